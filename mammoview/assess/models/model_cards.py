"""Names, hashes and model cards of the models, read without loading any of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mammoview.assess.models.hashes import PINS
from mammoview.assess.models.own_model_folder import OwnModelFolder, name_problem
from mammoview.core.errors import ModelError
from mammoview.core.paths import resources

MOST_CARD_BYTES = 1_000_000
"""Cards of the user's own models that are larger are not shown."""


@dataclass(frozen=True)
class ModelCard:
    """One model.

    Parameters
    ----------
    name, version
        As the model states them; the version is empty where it cannot be read.
    sha256
        Hash of the weights that is pinned in the program, or stated by a model of the user's own.
    sound
        Whether the weights of a bundled model have that hash; whether a model of the user's own is the one that was
        chosen.
    text
        Its card; empty where it cannot be read.
    licence
        Of a model of the user's own; empty for the bundled ones.
    """

    name: str
    version: str
    sha256: str
    sound: bool
    text: str
    licence: str = ""


def cards(folder: Path | None = None, own: Sequence[OwnModelFolder] = ()) -> tuple[ModelCard, ...]:
    """Return the user's `own` models, then every pinned model, missing and altered ones too; reads files."""
    folder = folder or resources() / "models"
    pinned = (_card(folder / name, pins["model.safetensors"]) for name, pins in PINS.items())
    return (*(own_card(one) for one in own), *pinned)


def own_card(own: OwnModelFolder) -> ModelCard:
    """Return the card of a model of the user's own as it was chosen; one that is another by now is not sound."""
    try:
        facts = own.unchanged_facts()
    except ModelError:
        return ModelCard(own.path.name, "", "", False, "")
    text = ""
    file = own.path / facts.card
    try:
        if not name_problem(own.path, facts.card) and file.stat().st_size <= MOST_CARD_BYTES:
            text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass
    return ModelCard(facts.name, facts.version, facts.weights.sha256, True, text, facts.licence)


def _card(folder: Path, pin: str) -> ModelCard:
    try:
        sound = sha256((folder / "model.safetensors").read_bytes()).hexdigest() == pin
    except OSError:
        sound = False
    try:
        version = str(json.loads((folder / "model.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        version = ""
    try:
        text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    return ModelCard(folder.name, version, pin, sound, text)
