"""The aggregated patch grids: one per magnification (P17), and the mean over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame, resample
from mammoview.assess.inference.dense_classifier import PatchLogits, known_patches
from mammoview.assess.inference.preprocessing import Normalisation
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.results.assessment import Assessment, Grid
from mammoview.study.geometry import Affine


def grid(scanned: PatchLogits, frame: Frame, um: int, stride: int, threshold: float) -> Grid:
    """Read a grid off the dense logits at one magnification, as it is shown.

    Parameters
    ----------
    stride
        Distance of the cells, pixels of that magnification.
    threshold
        Operating threshold of the classifier's own probability; that of the grid lets the same cells through.
    """
    half = scanned.patch_px // 2
    return Grid(
        scanned.shown_probability[np.ix_(*scanned.strided(stride))].astype(np.float32),
        frame.lattice(um, scanned.left + half, scanned.top + half) @ Affine(stride, stride),
        um_per_px=float(um),
        stride_px=stride,
        patch_px=scanned.patch_px,
        threshold=scanned.shown.threshold(threshold),
    )


def mean_grid(
    scanned: Mapping[int, PatchLogits],
    frame: Frame,
    leading: Grid,
    thresholds: Mapping[int, float],
    shown: PlattScaling = UNSCALED,
) -> Grid:
    """Mean of the classifiers' own logits of all magnifications, at the places of the leading grid's patches.

    Each magnification is read between its own nearest patches, those on the breast alone. The threshold is not chosen:
    it stands where the mean of the single ones lies, which are those of the classifiers' own probabilities.

    Parameters
    ----------
    shown
        Calibration of what a reader is shown of the mean (`assessment.MEAN_CALIBRATION` says how far off it is).
    """
    total = np.zeros(leading.values.shape)
    number = np.zeros(leading.values.shape)
    for um, one in scanned.items():
        to_cells = (frame.lattice(um, one.left, one.top) @ one.lattice).inverse @ leading.to_scan
        inside = _read(one.inside, to_cells, leading.values.shape)
        z = _read(np.where(one.inside, one.logits, 0), to_cells, leading.values.shape)
        some = inside > 1e-3
        total += np.where(some, z / np.where(some, inside, 1), 0)
        number += some
    on = (leading.values > 0) & (number > 0)
    values = np.where(on, shown.probability(total / np.maximum(number, 1)), 0)
    points = np.array([thresholds[um] for um in scanned])
    return Grid(
        values.astype(np.float32),
        leading.to_scan,
        um_per_px=leading.um_per_px,
        stride_px=leading.stride_px,
        patch_px=leading.patch_px,
        threshold=float(shown.probability(np.log(points / (1 - points)).mean())),
        mean_of=tuple(scanned),
    )


def mean_of_bundle(bundle: ModelBundle, scanned: Mapping[int, PatchLogits], frame: Frame, leading: Grid) -> Grid | None:
    """Return the mean of a bundle's grids; None where there is but one."""
    if len(scanned) == 1:
        return None
    points = {um: bundle.classifiers[um].facts.thresholds["operating"].value for um in scanned}
    return mean_grid(scanned, frame, leading, points, bundle.classifiers[bundle.leading].facts.shown_mean)


def known_logits(bundle: ModelBundle, prepared: Normalisation, made: Assessment) -> dict[int, PatchLogits]:
    """Return the logits of a bundle's classifiers at a scan's patches, as its assessment has them, by um per pixel.

    Magnifications of which it has none are left out, and so are those that were read in another view of the scan.
    """
    found = {
        um: known_patches(cast(TissueClassifier, model.network), prepared, um, made.logits[um], model.facts.shown)
        for um, model in sorted(bundle.classifiers.items())
        if um in made.logits
    }
    return {um: one for um, one in found.items() if one is not None}


def _read(values: NDArray[np.generic], lattice: Affine, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Read values at the centres of a lattice's cells."""
    return resample(values.astype(np.float32), lattice, shape, averaged=False)
