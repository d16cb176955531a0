"""Stability of a local result: the patch is flipped, and classified by the models of other folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.inference.dense_classifier import BATCH, patchwise_logits
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.models.platt import UNSCALED, PlattScaling
from mammoview.assess.results.assessment import Finding
from mammoview.study.geometry import Affine

FLIPS = ((), (2,), (3,), (2, 3))
"""As it is, upside down, left to right, and both; dimensions of (N, 1, rows, columns)."""


def flip_interval(
    network: TissueClassifier,
    image: NDArray[np.float32],
    centres: NDArray[np.floating],
    temperature: float,
    shown: PlattScaling = UNSCALED,
) -> NDArray[np.float64]:
    """Lowest and highest calibrated probability of a patch over its four flips, float64 (N, 2).

    A classifier that has learned what tissue looks like gives similar outputs; a wide range shows that the score
    depends on chance.

    Parameters
    ----------
    image
        float32 (rows, columns), normalised, magnified; no side is shorter than a patch.
    centres
        (N, 2): row and column of each patch's centre in `image`; a patch that would leave the image is moved inside.
    shown
        Calibration of what a reader is shown of the classifier's logits.
    """
    side = network.config.patch_px
    device = next(network.parameters()).device
    starts = starts_around(centres, side, image.shape)
    found = []
    with torch.inference_mode():
        for i in range(0, len(starts), BATCH // 4):
            patches = np.stack([image[r : r + side, c : c + side] for r, c in starts[i : i + BATCH // 4]])
            x = torch.from_numpy(patches)[:, None].to(device)
            # The flips of one batch: patches of the same kind of tissue in one pass.
            both = network(torch.cat([x.flip(dims) for dims in FLIPS]).contiguous(memory_format=torch.channels_last))
            z = (both[:, 1] - both[:, 0])[:, 0, 0].double().cpu().numpy().reshape(len(FLIPS), -1) / temperature
            p = shown.probability(z)
            found.append(np.stack([p.min(0), p.max(0)], 1))
    return np.concatenate(found) if found else np.zeros((0, 2))


def fold_probabilities(
    networks: Sequence[tuple[TissueClassifier, float]],
    image: NDArray[np.float32],
    centres: NDArray[np.floating],
    shown: PlattScaling = UNSCALED,
) -> NDArray[np.float64]:
    """Calibrated probability of each patch by each of several classifiers that learned from other women, (N, networks).

    Parameters
    ----------
    networks
        Each with its temperature; all of one patch size.
    image, centres, shown
        As for `flip_interval`.
    """
    starts = starts_around(centres, networks[0][0].config.patch_px, image.shape)
    p = [shown.probability(patchwise_logits(network, image, starts) / temperature) for network, temperature in networks]
    return np.stack(p, 1)


def steadied(
    findings: tuple[Finding, ...],
    networks: Sequence[tuple[TissueClassifier, float]],
    image: NDArray[np.float32],
    to_scan: Affine,
    flips: bool,
    shown: PlattScaling = UNSCALED,
) -> tuple[Finding, ...]:
    """Add to each finding the range of its patch over the flips, where that is wanted, and over the folds.

    Parameters
    ----------
    networks
        The leading classifier with its temperature, and those of other folds.
    image, to_scan
        The magnified image and the affine from its pixels to those of the scan.
    shown
        Calibration of what a reader is shown of the leading classifier's logits; the folds' are scaled alike.
    """
    to_image = to_scan.inverse
    centres = np.array([to_image((f.column, f.row))[::-1] for f in findings]).reshape(-1, 2)
    if flips:
        ranges = flip_interval(networks[0][0], image, centres, networks[0][1], shown)
        findings = tuple(replace(f, flips=(float(a), float(b))) for f, (a, b) in zip(findings, ranges, strict=True))
    if len(networks) > 1:
        of_folds = fold_probabilities(networks, image, centres, shown).tolist()
        findings = tuple(
            replace(f, folds=(min(p), max(p)), fold_values=tuple(p)) for f, p in zip(findings, of_folds, strict=True)
        )
    return findings


def starts_around(centres: NDArray[np.floating], side: int, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Corners (row, column) of patches around centres in an image of that shape; all lie inside it."""
    return np.clip(np.round(np.asarray(centres) - side / 2).astype(np.intp), 0, np.array(shape) - side)
