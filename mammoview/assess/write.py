"""An Assessment as files: SCAN.json for people and tables, SCAN.npz for arrays."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.assessment import Assessment, Layer
from mammoview.assess.comparing import comparison
from mammoview.errors import MammoviewError
from mammoview.study.frame import resample
from mammoview.study.scan import Scan


def saliency_in_scan(assessment: Assessment, scan: Scan) -> NDArray[np.float32]:
    """Return the saliency at every pixel of the scan, float32 (rows, columns) (P26)."""
    layer = assessment.saliency
    return resample(layer.values, layer.to_scan.inverse, (scan.rows, scan.columns))


def figures(assessment: Assessment, scan: Scan) -> dict[str, Any]:
    """Return everything but the arrays, ready for JSON; holds neither patient nor file name."""
    return {
        "scan": {
            "laterality": scan.laterality,
            "projection": scan.projection,
            "rows": scan.rows,
            "columns": scan.columns,
            "spacing_mm": [scan.spacing.row_mm, scan.spacing.column_mm] if scan.spacing.known else None,
            "spacing_source": scan.spacing.source.value,
        },
        "findings": [asdict(f) for f in assessment.findings],
        "layers": {name: _facts(layer) for name, layer in _layers(assessment).items()},
        "thresholds": {"tau": assessment.tau, "mark": assessment.operating}
        | {name: grid.threshold for name, grid in assessment.named_grids.items()},
        "saliency_reading": {"of": assessment.reading, "gate": assessment.gate, "tau": assessment.tau},
        "provenance": dict(assessment.provenance),
        "comparison": comparison(scan, assessment),
        "warnings": list(assessment.warnings),
    }


def _layers(assessment: Assessment) -> dict[str, Layer]:
    return {
        "heatmap": assessment.frame_heatmap,
        "heatmap_baseline": assessment.frame_heatmap_baseline,
        "heatmap_breast": assessment.heatmap,
        "heatmap_baseline_breast": assessment.heatmap_baseline,
        **dict(sorted(assessment.named_grids.items())),
    }


def _facts(layer: Layer) -> dict[str, object]:
    return {"shape": list(layer.values.shape), "to_scan": layer.to_scan.matrix.tolist(), "max": _top(layer.values)}


def _top(values: NDArray[np.float32]) -> float:
    return float(values.max()) if values.size else 0.0


def write(assessment: Assessment, scan: Scan, folder: Path, stem: str | None = None) -> tuple[Path, Path]:
    """Write SCAN.json and SCAN.npz into `folder`, whole or not at all.

    The .npz holds `heatmap` and `heatmap_baseline` (32 x 32, the paper's Frame), the same with `_breast` for the
    whole breast, one `grid_NNNum` per magnification and their mean `grid_mean`, `saliency` with the scan's rows and
    columns, `affine` (3 x 3, Frame pixels at 50 um to scan pixels) and `NAME_affine` (cells to scan pixels) for every
    layer.

    Raises
    ------
    MammoviewError
        When the folder cannot be written to.
    """
    stem = stem or scan.path.stem
    arrays: dict[str, NDArray[Any]] = {"affine": assessment.frame.to_scan.matrix}
    for name, layer in _layers(assessment).items():
        arrays[name] = layer.values
        arrays[f"{name}_affine"] = layer.to_scan.matrix
    arrays["saliency"] = saliency_in_scan(assessment, scan)
    text = json.dumps(figures(assessment, scan), indent=1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        npz = _whole(folder / f"{stem}.npz", lambda f: np.savez_compressed(f, allow_pickle=False, **arrays))
        return _whole(folder / f"{stem}.json", lambda f: f.write(text.encode())), npz
    except OSError as error:
        what = f"nothing can be written here ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", folder) from error


def _whole(path: Path, fill: Callable[[IO[bytes]], object]) -> Path:
    """Write a file beside its place and then move it there, so that no half file is ever taken for a result."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as f:
            fill(f)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path
