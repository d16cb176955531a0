"""Ranked findings: peaks of the fused heatmap."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from skimage.feature import peak_local_max

from mammoview.assess.results.assessment import Finding, Grid, Layer
from mammoview.study.spacing import Spacing

NEAREST_CELLS = 3
"""Peaks closer than this (about 1 cm) are one finding."""
MOST = 12
"""No more findings than this are listed for a scan."""


def ranked_findings(
    heatmap: Layer, baseline: Layer, grids: Mapping[int, Grid], least: float, spacing: Spacing
) -> tuple[Finding, ...]:
    """Peaks of the fused heatmap at or above `least`, best first, with the layers that agree."""
    peaks = peak_local_max(
        heatmap.values, min_distance=NEAREST_CELLS, threshold_abs=least, exclude_border=False, num_peaks=MOST
    )
    values = heatmap.values[tuple(peaks.T)]
    findings = []
    for rank, i in enumerate(np.argsort(-values, kind="stable"), 1):
        column, row = heatmap.to_scan((peaks[i, 1] + 0.5, peaks[i, 0] + 0.5))
        layers = ["heatmap"]
        if (baseline.at(column, row) or 0) >= least:
            layers.append("heatmap_baseline")
        layers += [f"grid_{um}um" for um, g in grids.items() if (g.at(column, row) or 0) >= g.threshold]
        x, y = (column * spacing.column_mm, row * spacing.row_mm) if spacing.known else (None, None)
        findings.append(Finding(rank, float(column), float(row), x, y, float(values[i]), tuple(layers)))
    return tuple(findings)
