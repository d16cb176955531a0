"""What made an assessment: program, models, thresholds, device, time."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import torch

from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.models.bundle import ModelBundle
from mammoview.assess.results.assessment import Grid
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
        "grid_thresholds": {f"{um}um": g.threshold for um, g in grids.items()},
        "grid_stride": stride.value,
        "device": placement.device.type,
        "half_precision": sorted(placement.halved),
        "seconds": round(seconds, 3),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "notice": "For research and education. Not a medical device, not for diagnosis.",
    }
