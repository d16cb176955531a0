"""What made an assessment: program, models, thresholds, device, time."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import cast

import torch

from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.results.assessment import Assessment, Grid
from mammoview.assess.results.strides import GridStride
from mammoview.core.version import __version__


def provenance(
    bundle: ModelBundle, placement: ModelPlacement, stride: GridStride, grids: Mapping[int, Grid], seconds: float
) -> dict[str, object]:
    """Return `Assessment.provenance` of an assessment that took so many seconds."""
    return {
        "program": f"mammoview {__version__}",
        "models": bundle.provenance(),
        "tau": bundle.tau,
        "mark": bundle.mark,
        "listed": bundle.listed,
        "scores": "values of the fused heatmap" if bundle.rescorer is None else "frequencies",
        "grid_thresholds": grid_thresholds(grids),
        "grid_stride": stride.value,
        "device": placement.device.type,
        "half_precision": sorted(placement.halved),
        "seconds": round(seconds, 3),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "notice": "For research and education. Not a medical device, not for diagnosis.",
    }


def completed_provenance(
    bundle: ModelBundle,
    placement: ModelPlacement,
    stride: GridStride,
    grids: Mapping[int, Grid],
    made: Assessment,
    seconds: float,
) -> dict[str, object]:
    """Return `Assessment.provenance` of an assessment, `made` without some grids, that these took so many seconds more.

    The models of the first step ran in the precision that they had then, those of the second as they do now.
    """
    added = {bundle.classifiers[um].facts.name for um in made.lacking}
    halved = (set(cast(Sequence[str], made.provenance["half_precision"])) - added) | (placement.halved & added)
    seconds += cast(float, made.provenance["seconds"])
    return {**provenance(bundle, placement, stride, grids, seconds), "half_precision": sorted(halved)}


def grid_thresholds(grids: Mapping[int, Grid]) -> dict[str, float]:
    """Return the thresholds of grids for a provenance."""
    return {f"{um}um": grid.threshold for um, grid in grids.items()}
