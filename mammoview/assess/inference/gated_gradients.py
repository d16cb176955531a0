"""The gradients of the patches of a scan that a gate lets through: what a sensitivity is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from mammoview.assess.inference.dense_classifier import DenseResult
from mammoview.assess.inference.gradients import gradients
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.models.networks import TissueClassifier
from mammoview.assess.results.assessment import Layer
from mammoview.assess.results.sensitivity import MOST_PATCHES, Sensitivity, in_heatmap


def gated_gradients(
    bundle: ModelBundle,
    prepared: PreparedScan,
    s: DenseResult,
    stride: int,
    heatmap: Layer,
    gates: tuple[float, float | None],
    progress: Callable[[float], None],
) -> Sensitivity:
    """Take the gradients of the leading grid's patches that are let through.

    Parameters
    ----------
    s
        Answer of the leading classifier.
    stride
        Distance of the grid's cells, pixels of its magnification.
    heatmap
        The fused heatmap.
    gates
        Least probability of a patch, and least value of the heatmap at its centre. With both, gradients are kept as
        they are; where the second is None, the most probable `MOST_PATCHES` wherever they lie, at half precision.
    progress
        Called with the share done, 0..1.
    """
    (gate, tau), model = gates, bundle.classifiers[bundle.leading]
    lattice = prepared.frame.lattice(bundle.leading, s.left, s.top)
    rows, columns = s.strided(stride)
    starts = np.stack(np.meshgrid(rows * s.step, columns * s.step, indexing="ij"), -1).reshape(-1, 2)
    p, z = (values[np.ix_(rows, columns)].ravel() for values in (s.shown_probability, s.logits))
    chosen = np.flatnonzero((p > 0) & (p >= gate))  # of patches without breast nothing was read
    if tau is None:
        chosen = chosen[np.argsort(-p[chosen], kind="stable")]
        gate = float(p[chosen[MOST_PATCHES - 1]]) if len(chosen) > MOST_PATCHES else gate
        chosen = chosen[:MOST_PATCHES]
    else:
        chosen = chosen[in_heatmap(heatmap, lattice, starts[chosen] + s.patch_px / 2, tau)]
    patches = gradients(cast(TissueClassifier, model.network), s.image, starts[chosen], progress, s.kept)
    highest = np.maximum(patches.max((1, 2), initial=0), np.finfo(np.float32).tiny)
    patches /= highest[:, None, None]
    kept = patches if tau is not None else patches.astype(np.float16)
    return Sensitivity(
        kept,
        highest,
        starts[chosen],
        z[chosen],
        model.facts.temperature,
        lattice,
        s.image.shape,
        heatmap,
        gate,
        shown=s.shown,
    )
