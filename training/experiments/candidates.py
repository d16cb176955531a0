"""Candidates of every mammogram: the highest peaks of an out-of-fold map, and what they hit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.heatmap_cells import CELL_PX
from mammoview.assess.inference.rescoring import candidate_cells
from mammoview.assess.models.bundle import BundledModel, ModelBundle
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.models.scoring import CANDIDATES, NEAREST_CELLS, logit
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.data.prepare import FOLDS, PreparedMammogram
from training.evaluation.model_notes import claim, logits_key
from training.evaluation.out_of_fold import OutOfFoldImage
from training.fit.dense_scan import grid_cells, scan_prepared, scanned
from training.metrics.calibration import LogitCalibration

GRID_UM = 200
LEAST_APART_CELLS = 2 * NEAREST_CELLS
"""A candidate that misses lies at least this far from every finding's centre to be learned as a negative."""


@dataclass(frozen=True)
class Candidates:
    """The candidates of one mammogram, best first.

    Parameters
    ----------
    member
        The mammogram.
    cells
        (N, 2): row and column on the 3.2 mm cells of its 400 um image.
    score
        Value of the map there, a logit, float64 (N,).
    lesion
        Which finding each one hits, -1 for none, (N,).
    """

    member: PreparedMammogram
    cells: NDArray[np.intp]
    score: NDArray[np.float64]
    lesion: NDArray[np.intp]


def classifiers_of(bundle: ModelBundle) -> list[BundledModel]:
    """Return the bundled leading classifier of every fold, each trained without the women of that fold.

    Raises MammoviewError when the bundle has not all of them.
    """
    own = bundle.classifiers[bundle.leading]
    named = {m.facts.name.rsplit("_", 1)[-1]: m for m in bundle.folds}
    missing = [str(fold) for fold in range(FOLDS) if str(fold) not in named]
    if len(missing) != 1:
        raise MammoviewError(f"the bundle has {len(named)} further folds, not {FOLDS - 1}", "Ship all five folds")
    named[missing[0]] = own
    return [named[str(fold)] for fold in range(FOLDS)]


def grid_keys(bundle: ModelBundle) -> dict[str, str]:
    """Return the hash of the bundled leading classifier of every fold, by the fold. Raises as `classifiers_of` does."""
    return {str(fold): logits_key(model) for fold, model in enumerate(classifiers_of(bundle))}


def read_grids(bundle: ModelBundle, members: list[PreparedMammogram], folder: Path) -> None:
    """Let the classifier of each member's fold read it, and keep its probability on the 3.2 mm cells.

    Members that were read already are passed over. Raises MammoviewError where they are of other classifiers.
    """
    models = classifiers_of(bundle)
    claim(folder, grid_keys(bundle))
    for member in track(members, "reading"):
        file = folder / f"{member.key}.npz"
        if not file.exists():
            network, calibration = models[member.fold].network, LogitCalibration(models[member.fold].facts.temperature)
            assert isinstance(network, TissueClassifier)
            logits = scan_prepared(network, member, GRID_UM).logits
            read = scanned(member, GRID_UM, network.config, logits, calibration)
            write_arrays(file, {"grid": grid_cells(read, member, GRID_UM)})


def candidates(member: PreparedMammogram, values: NDArray[np.floating], most: int = CANDIDATES) -> Candidates:
    """Return the peaks of a map of logits on the cells of a mammogram, inside the breast."""
    image = OutOfFoldImage(member, np.empty(0, np.float32), np.empty(0, np.float32))
    found = candidate_cells(values, image.inside, most)
    lesion = [image.hit((c + 0.5) * CELL_PX, (r + 0.5) * CELL_PX) for r, c in found]
    return Candidates(member, found, values[tuple(found.T)].astype(float), np.array(lesion, np.intp))


def grid_logit(folder: Path, member: PreparedMammogram) -> NDArray[np.float64]:
    """Return the out-of-fold grid of a member as logits on its cells. Raises MammoviewError when it was not read."""
    try:
        with np.load(folder / f"{member.key}.npz") as kept:
            return logit(kept["grid"])
    except OSError as error:
        raise MammoviewError("this mammogram was not read yet", "Run: python -m training candidates", folder) from error
