"""An Assessment as files: SCAN.json for people and tables, SCAN.npz for arrays."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import resample
from mammoview.assess.results.assessment import Assessment, Finding, Grid, Layer
from mammoview.assess.results.comparison_table import comparison, outline_results
from mammoview.assess.results.hits_and_overlap import averaged_saliency, highest_place
from mammoview.assess.results.mark_pairs import listed_false_marks
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS
from mammoview.display.breast_position import breast_position
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Scan


def saliency_in_scan(assessment: Assessment, scan: Scan) -> NDArray[np.float32]:
    """Return the saliency at every pixel of the scan, float32 (rows, columns) (P26)."""
    layer = assessment.saliency
    return resample(layer.values, layer.to_scan.inverse, (scan.rows, scan.columns))


def scan_facts(scan: Scan) -> dict[str, Any]:
    """Return what a scan is, ready for JSON; holds neither patient nor file name. Raises MammoviewError if altered."""
    refuse_altered(scan, "a table or a file of results")
    return {
        "laterality": scan.laterality,
        "projection": scan.projection,
        "rows": scan.rows,
        "columns": scan.columns,
        "spacing_mm": [scan.spacing.row_mm, scan.spacing.column_mm] if scan.spacing.known else None,
        "spacing_source": scan.spacing.source.value,
    }


def figures(assessment: Assessment, scan: Scan, analysis: ScanAnalysis | None = None) -> dict[str, Any]:
    """Return everything but the arrays, ready for JSON; holds neither patient nor file name.

    With the `analysis` of the scan each finding has its position from the nipple, so that pairs can be found later.
    Raises MammoviewError when the assessment is not complete.
    """
    return {
        "scan": scan_facts(scan),
        "findings": [{**asdict(f), **_from_nipple(analysis, f)} for f in assessment.findings],
        "marks": [_mark(assessment, analysis, mark) for mark in assessment.marks],
        "budgets": _budgets(assessment),
        "listed_false_marks": listed_false_marks(assessment),
        "layers": {name: _facts(layer) for name, layer in _layers(assessment).items()},
        "thresholds": {"tau": assessment.tau, "mark": assessment.operating, "listed": assessment.least}
        | {name: grid.threshold for name, grid in assessment.named_grids.items()},
        "saliency_weighting": {"of": assessment.weighting, "gate": assessment.gate, "tau": assessment.tau},
        "provenance": dict(assessment.provenance),
        "comparison": comparison(scan, assessment),
        "outlines": outline_results(scan, assessment),
        "highest": {
            "heatmap": highest_place(assessment.heatmap),
            "saliency": highest_place(averaged_saliency(assessment.saliency, scan.spacing)),
        },
        "warnings": list(assessment.warnings),
    }


def _mark(assessment: Assessment, analysis: ScanAnalysis | None, mark: Finding) -> dict[str, Any]:
    """Return a mark that is listed at some budget of false marks, with the value of every layer at it."""
    layers: dict[str, Layer | Grid | None] = {
        "heatmap": assessment.heatmap,
        "heatmap_baseline": assessment.heatmap_baseline,
        **assessment.named_grids,
    }
    values = {name: layer.at(mark.column, mark.row) for name, layer in layers.items() if layer is not None}
    return {**asdict(mark), **_from_nipple(analysis, mark), "values": values}


def _budgets(assessment: Assessment) -> dict[str, float]:
    """Return the score from which marks are listed at each budget of false marks; empty without an operating curve."""
    curve = assessment.curves.findings
    return {} if curve is None else {f"{budget:g}": curve.threshold_at(budget) for budget in FALSE_MARK_BUDGETS}


def _from_nipple(analysis: ScanAnalysis | None, finding: Finding) -> dict[str, Any]:
    """Return where a finding lies from the nipple, mm; None without a nipple, or where the spacing is unknown."""
    if analysis is None:
        return {}
    position = breast_position(analysis, finding.column, finding.row)
    return {"from_nipple": None if position is None else {"inward_mm": position.inward, "up_mm": position.up}}


def _layers(assessment: Assessment) -> dict[str, Layer]:
    assessment.refuse_incomplete()
    heatmaps = {
        "heatmap": assessment.frame_heatmap,
        "heatmap_baseline": assessment.frame_heatmap_baseline,
        "heatmap_breast": assessment.heatmap,
        "heatmap_baseline_breast": assessment.heatmap_baseline,
    }
    there = {name: layer for name, layer in heatmaps.items() if layer is not None}
    return {**there, **dict(sorted(assessment.named_grids.items()))}


def _facts(layer: Layer) -> dict[str, object]:
    return {"shape": list(layer.values.shape), "to_scan": layer.to_scan.matrix.tolist(), "max": _top(layer.values)}


def _top(values: NDArray[np.float32]) -> float:
    return float(values.max()) if values.size else 0.0


def arrays(assessment: Assessment, scan: Scan) -> dict[str, NDArray[Any]]:
    """Return the arrays of SCAN.npz by name, as `write` describes them. Raises MammoviewError if not complete."""
    held: dict[str, NDArray[Any]] = {"affine": assessment.frame.to_scan.matrix}
    for name, layer in _layers(assessment).items():
        held[name] = layer.values
        held[f"{name}_affine"] = layer.to_scan.matrix
    held["saliency"] = saliency_in_scan(assessment, scan)
    return held


def write(
    assessment: Assessment,
    scan: Scan,
    folder: Path,
    stem: str | None = None,
    analysis: ScanAnalysis | None = None,
) -> tuple[Path, Path]:
    """Write SCAN.json and SCAN.npz into `folder`, whole or not at all.

    The .npz holds `heatmap` and `heatmap_baseline` (32 x 32, the paper's Frame), the same with `_breast` for the
    whole breast, one `grid_NNNum` per magnification and their mean `grid_mean`, `saliency` with the scan's rows and
    columns, `affine` (3 x 3, Frame pixels at 50 um to scan pixels) and `NAME_affine` (cells to scan pixels) for every
    layer.

    Raises
    ------
    MammoviewError
        When the assessment is not complete, or the folder cannot be written to.
    """
    stem = stem or scan.path.stem
    held = arrays(assessment, scan)
    text = json.dumps(figures(assessment, scan, analysis), indent=1)
    try:
        npz, written = folder / f"{stem}.npz", folder / f"{stem}.json"
        with atomic_write(npz) as partial, partial.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **held)
        with atomic_write(written) as partial:
            partial.write_text(text, encoding="utf-8")
        return written, npz
    except OSError as error:
        what = f"nothing can be written here ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", folder) from error
