"""Notes in folders of what models made, `models.json`: hashes of these models. What other models made is refused.

Seeds name the folders, and models that are trained once more have the seeds of those before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from safetensors.torch import save
from torch import nn

from mammoview.assess.models.bundle import BundledModel
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_text

NOTE = "models.json"
FACTS = {"network", "um_per_px", "temperature"}
"""What a model's logits depend on beside its weights."""


def weights_key(*networks: nn.Module) -> str:
    """Return 12 hexadecimal digits of the weights of networks."""
    digest = sha256()
    for network in networks:
        digest.update(save({name: values.contiguous() for name, values in network.state_dict().items()}))
    return digest.hexdigest()[:12]


def logits_key(*models: BundledModel) -> str:
    """Return 12 hexadecimal digits of all that the logits of models depend on; cards and curves may change."""
    described = [f"{weights_key(m.network)} {m.facts.model_dump_json(include=FACTS)}" for m in models]
    return sha256("\n".join(described).encode()).hexdigest()[:12]


def claim(folder: Path, keys: Mapping[str, str]) -> None:
    """Note in a folder which models make what is to go there.

    Parameters
    ----------
    keys
        Hash of the models by what they are for, such as the number of a fold; those noted before stay.

    Raises
    ------
    MammoviewError
        When the folder holds results of other models, or does not state which.
    """
    note, known = folder / NOTE, {}
    if any(folder.glob("*.npz")):
        known = noted(folder) if note.is_file() else {}
        if not known or any(known.get(name, key) != key for name, key in keys.items()):
            raise _of_others(folder)
    write_text(note, json.dumps(known | dict(keys)))


def check(folder: Path, key_of: Callable[[str], str]) -> None:
    """Check that what a folder holds was made by the models that are there now; a missing folder passes.

    Parameters
    ----------
    key_of
        Returns the hash of the models that are there now for a name of the note.

    Raises
    ------
    MammoviewError
        When it is of other models, or does not state which.
    """
    if folder.exists() and any(key_of(name) != key for name, key in noted(folder).items()):
        raise _of_others(folder)


def noted(folder: Path) -> dict[str, str]:
    """Return what was noted in a folder. Raises MammoviewError where nothing was."""
    try:
        noted: dict[str, str] = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except OSError as error:
        what = "this folder does not tell which models made what is in it"
        raise MammoviewError(what, "Delete or rename it, and make it once more", folder) from error
    return noted


def _of_others(folder: Path) -> MammoviewError:
    what = "this folder holds what other models made"
    return MammoviewError(what, "Delete or rename it, and make it once more", folder)
