"""Dense inference of a classifier on a whole prepared mammogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import DenseResult, dense_logits
from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.assess.inference.preprocessing import patches_share
from mammoview.assess.models.networks import SqueezeNetConfig, TissueClassifier, TissueConfig
from mammoview.study.geometry import Affine
from training.data.prepare import PreparedMammogram
from training.metrics.calibration import RAW, LogitCalibration


def scan_prepared(network: TissueClassifier, member: PreparedMammogram, um: int) -> DenseResult:
    """Run the classifier densely over a prepared mammogram."""
    logits = dense_logits(network.eval(), np.asarray(member.image(um), np.float32))
    return scanned(member, um, network.config, logits)


def scanned(
    member: PreparedMammogram,
    um: int,
    config: TissueConfig | SqueezeNetConfig,
    logits: NDArray[np.floating],
    calibration: LogitCalibration = RAW,
) -> DenseResult:
    """Place the dense logits (rows, columns) of a prepared mammogram, calibrated."""
    share = patches_share(np.asarray(member.mask(um), np.float32) / 255, config.step, config.patch_px)
    image = np.asarray(member.image(um), np.float32)
    z = calibration.logits(logits)
    return DenseResult.of(image, member.corners[um], z, share, config)


def grid_cells(read: DenseResult, member: PreparedMammogram, um: int) -> NDArray[np.float32]:
    """Resample the probability on the 3.2 mm cells of a prepared mammogram, float32 (rows, columns)."""
    rows, columns = (n // CELL_PX for n in member.image(INPUT_UM).shape)
    left, top = member.corners[INPUT_UM]
    k = INPUT_UM * CELL_PX / um
    at = Affine(k, k, left * INPUT_UM / um - read.left, top * INPUT_UM / um - read.top)
    return read.cells(at, (rows, columns))
