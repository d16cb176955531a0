"""The provenance of an export: program, models, thresholds, spacing. Holds neither patient nor date nor file name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mammoview.assess.results.assessment import Assessment
from mammoview.core.version import __version__
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.study.pixel_changes import ALTERED
from mammoview.study.scan import Scan

LEAST_MOVE = 1e-6
"""Thresholds that differ by less are one."""


def facts(content: ExportContent) -> dict[str, str]:
    """Return the provenance of what is shown as plain texts, for the metadata of a picture."""
    names = ", ".join(dict.fromkeys(one.scan.name for one in content.scans))
    lines = {
        "Title": f"Mammoview: {content.options.figure.value} of {names}",
        "Software": f"Mammoview {__version__}",
        "Spacing": "; ".join(dict.fromkeys(spacing_text(one.scan) for one in content.scans)),
        "Layers": ", ".join(content.layers) or "none",
        "Notice": f"{NOT_FOR_DIAGNOSIS} Not a medical device.",
    }
    if any(one.scan.altered for one in content.scans):
        lines["Altered"] = ALTERED
    shown = first_assessment(content.scans)
    if shown is not None and MODEL_LAYERS & set(content.layers):
        lines["Models"] = "; ".join(model_lines(shown)) or "not stated"
        lines["Thresholds"] = threshold_text(shown, content.styles or {})
    return lines


def first_assessment(scans: Collection[AssessedScan]) -> Assessment | None:
    """Return the assessment of the first scan that has one: those of a study are made by the same models."""
    return next((one.assessment for one in scans if one.assessment is not None), None)


def spacing_text(scan: Scan) -> str:
    """Return the spacing of a scan with its source, such as "50 um per pixel (assumed)"."""
    spacing = scan.spacing
    if not spacing.known:
        return "unknown"
    across, down = 1000 * spacing.column_mm, 1000 * spacing.row_mm
    size = f"{across:g}" if across == down else f"{across:g} x {down:g}"
    return f"{size} um per pixel ({spacing.source.value})"


def models(assessment: Assessment) -> list[Mapping[str, Any]]:
    """Return name, version and hash of each model that made an assessment."""
    listed = assessment.provenance.get("models", ())
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []


def model_lines(assessment: Assessment) -> list[str]:
    """Return one line per model: name, version and the beginning of the hash."""
    return [
        f"{one.get('name', '?')} {one.get('version', '?')} (sha256 {str(one.get('sha256', '?'))[:12]})"
        for one in models(assessment)
    ]


def thresholds(assessment: Assessment) -> dict[str, float]:
    """Return the thresholds of an assessment by name."""
    return {
        "heatmap": assessment.operating,
        "saliency gate (tau)": assessment.tau,
        "findings": assessment.least,
        **{name: grid.threshold for name, grid in assessment.named_grids.items()},
    }


def threshold_text(assessment: Assessment, styles: Mapping[str, LayerStyle], digits: int = 3) -> str:
    """Return all thresholds in one line, with their budget and the values from which layers are drawn instead.

    Such as "0.5 false marks per normal view: heatmap 0.214, grid_200um 0.669 (drawn from 0.500)".
    """
    layers = {"heatmap": "heatmap", **({} if assessment.grid is None else {assessment.grid.name: "grid"})}
    sentences = []
    for name, value in thresholds(assessment).items():
        style = styles.get(layers.get(name, ""))
        text = f"{name} {value:.{digits}f}"
        if style is not None and abs(style.threshold - min(1.0, max(0.0, value))) > LEAST_MOVE:
            text += f" (drawn from {style.threshold:.{digits}f})"
        sentences.append(text)
    budget = budget_text(assessment)
    return (f"{budget}: " if budget else "") + ", ".join(sentences)


def budget_text(assessment: Assessment) -> str:
    """Return the budget that the thresholds follow in words; empty where they are the models' own."""
    return "" if assessment.budget is None else f"{assessment.budget:g} false marks per normal view"
