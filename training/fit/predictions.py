"""`python -m training read`: predictions of each fold's models on patients they never saw (rule 3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.inference.heatmaps import stacked_inputs
from mammoview.assess.models.networks import HeatmapRegressor, SqueezeNetConfig, TissueClassifier, TissueConfig
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.fit.dense_scan import grid_cells, scan_prepared, scanned
from training.fit.heatmap_runs import padded_map
from training.metrics.calibration import LogitCalibration


@dataclass(frozen=True)
class Predictions:
    """Predictions for one mammogram by models that never saw its patient.

    Parameters
    ----------
    logits
        Dense logits by um per pixel, uncalibrated, float32 (rows, columns).
    baseline
        Baseline heatmap on the 3.2 mm cells of the 400 um image, float32 (rows, columns).
    """

    logits: dict[int, NDArray[np.float32]]
    baseline: NDArray[np.float32]

    def grid(
        self, member: PreparedMammogram, um: int, config: TissueConfig | SqueezeNetConfig, calibration: LogitCalibration
    ) -> NDArray[np.float32]:
        """Calibrated probability on the 3.2 mm cells, float32 (rows, columns)."""
        return grid_cells(scanned(member, um, config, self.logits[um], calibration), member, um)

    def stacked(
        self,
        member: PreparedMammogram,
        grids: tuple[int, ...],
        config: TissueConfig | SqueezeNetConfig,
        calibrations: dict[int, LogitCalibration],
    ) -> NDArray[np.float32]:
        """Input of the fused model: baseline map, grids and position, float32 (channels, rows, columns)."""
        cells = [self.grid(member, um, config, calibrations[um]) for um in grids]
        return stacked_inputs(self.baseline, cells, np.asarray(member.position(), np.float32))


def predictions_folder(runs: Path) -> Path:
    """Return the folder of a run's predictions; those of earlier versions are read where they are, in "readings"."""
    earlier = runs / "readings"
    return earlier if earlier.is_dir() else runs / "predictions"


def _file(folder: Path, member: PreparedMammogram) -> Path:
    return folder / f"{member.key}.npz"


def read(
    classifiers: dict[int, TissueClassifier], baseline: HeatmapRegressor, members: list[PreparedMammogram], folder: Path
) -> None:
    """Run the models on every member and save the predictions; members with predictions are skipped."""
    for member in track(members, "reading"):
        file = _file(folder, member)
        if file.exists():
            continue
        logits = {f"z{um}": scan_prepared(n, member, um).logits.astype(np.float32) for um, n in classifiers.items()}
        base = padded_map(baseline, np.asarray(member.image(INPUT_UM), np.float32))
        write_arrays(file, {"baseline": base, **logits})


def load_predictions(folder: Path, member: PreparedMammogram) -> Predictions:
    """Load saved predictions. Raises MammoviewError when there are none."""
    try:
        with np.load(_file(folder, member)) as kept:
            logits = {int(name[1:]): kept[name] for name in kept.files if name.startswith("z")}
            return Predictions(logits, kept["baseline"])
    except OSError as error:
        raise MammoviewError("this mammogram was not read yet", "Run: python -m training read", folder) from error
