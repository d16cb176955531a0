"""`python -m training folds`: weights of other folds that are kept beside the code, put where runs look for them.

The bundled heatmap and re-scorer were trained without fold 4. Those of the other folds, and networks of
`cluster-network`, are kept here, so that out-of-fold figures can be worked out without training.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from training.data.memmaps import write_bytes, write_text
from training.experiments.detection import CLUSTER_PARTS, SHIPPED_FOLD, cluster_folder, heatmap_folder, rescorer_folder
from training.fit.pretrained import Origin
from training.fit.trainer import WEIGHTS

FOLDER = Path(__file__).parents[1] / "folds"
HASHES = "hashes.json"
"""SHA-256 of every file of `FOLDER`."""
HEATMAP_SEED = 12
RESCORER_SEED = 31
CLUSTER_SEEDS = (1, 2)


def places(runs: Path) -> dict[str, Path]:
    """Return which file of `FOLDER` belongs where in a folder of runs."""
    found = {}
    for fold in range(SHIPPED_FOLD):
        found[f"heatmap_{fold}.safetensors"] = heatmap_folder(runs, str(fold), HEATMAP_SEED) / WEIGHTS
        found[f"rescorer_{fold}.safetensors"] = rescorer_folder(runs, str(fold), RESCORER_SEED) / WEIGHTS
    for seed in CLUSTER_SEEDS:
        for part in range(len(CLUSTER_PARTS)):
            found[f"clusters_seed{seed}_{part}.safetensors"] = cluster_folder(runs, part, seed) / WEIGHTS
    return found


def place(runs: Path, folder: Path = FOLDER) -> list[Path]:
    """Copy the weights of all folds, the bundled ones included, into a folder of runs; existing files are kept.

    Returns what was written.

    Raises
    ------
    MammoviewError
        When a file is missing or altered.
    """
    hashes = json.loads((folder / HASHES).read_text(encoding="utf-8"))
    written = []
    for name, to in places(runs).items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise MammoviewError(
                "weights of a fold are missing",
                "The repository has them, the source archive has not: run this in a clone",
                folder / name,
            ) from error
        if hashlib.sha256(content).hexdigest() != hashes.get(name):
            raise MammoviewError("weights of a fold were altered", "Check the project out again", folder / name)
        if not to.exists():
            write_bytes(to, content)
            written.append(to)
    models = resources() / "models"
    for name, to in (
        ("heatmap_baseline", heatmap_folder(runs, str(SHIPPED_FOLD), HEATMAP_SEED)),
        ("rescorer", rescorer_folder(runs, str(SHIPPED_FOLD), RESCORER_SEED)),
    ):
        if not (to / WEIGHTS).exists():
            training = json.loads((models / name / "model.json").read_text(encoding="utf-8"))["training"]
            write_text(to / "config.json", json.dumps({"start": Origin.of_facts(training)}))
            write_bytes(to / WEIGHTS, (models / name / WEIGHTS).read_bytes())
            written.append(to / WEIGHTS)
    return written
