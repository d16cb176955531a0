"""The comparison of outlines and layers as JSON and as a table. No torch."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.hits_and_overlap import (
    HIT_MARGIN_MM,
    OWN_LAYER,
    LayerComparison,
    OutlineComparison,
    operating_points,
)
from mammoview.study.outline_sources import DrawnBy, Truth, drawn_by, hits_by_source
from mammoview.study.scan import Scan


def comparison(scan: Scan, assessment: Assessment) -> dict[str, Any] | None:
    """Return the comparison at the operating points, ready for JSON; None for a scan on which others drew nothing."""
    compared = OutlineComparison(scan, assessment)
    if not compared.outlines:
        return None
    points = operating_points(assessment)
    own = {name: value for name, value in _facts(compared, compared.reader).items() if name != "threshold"}
    return {
        "truth": compared.truth.value,
        "hit_margin_mm": HIT_MARGIN_MM,
        "distance_unit": "mm" if scan.spacing.known else "px",
        "outlines": [
            {
                "kind": o.kind.value,
                "lesion_type": o.lesion_type,
                "pathology": o.pathology,
                "drawn_by": drawn_by(o).value,
                "source": o.source,
                "centre": list(o.centroid),
            }
            for o in compared.outlines
        ],
        "layers": {name: _facts(compared, compared.at(name, points[name])) for name in compared.layers},
        "weighting": compared.weighting,
        "own_outlines": own if compared.own else None,
    }


def outline_results(scan: Scan, assessment: Assessment) -> list[dict[str, Any]]:
    """Return hits and overlaps of the layers per outline of any source, ready for JSON; cores lie in their boundaries.

    The overlap is that with the fused heatmap at its threshold; `highest` is the highest value of each layer where a
    mark would hit the outline.
    """
    compared = OutlineComparison(scan, assessment, Truth.ALL)
    if not compared.outlines:
        return []
    matches = compared.at("heatmap", assessment.operating).matches
    highest = {name: compared.highest(name) for name in compared.layers}
    return [
        {
            "kind": outline.kind.value,
            "box": list(outline.box),
            "iou": match.iou,
            "dice": match.dice,
            "highest": {name: values[k] for name, values in highest.items()},
        }
        for k, (outline, match) in enumerate(zip(compared.outlines, matches, strict=True))
    ]


def _facts(compared: OutlineComparison, found: LayerComparison) -> dict[str, Any]:
    """Figures of one layer; the kind stands beside each overlap, which means less where it is one with a box."""
    by_source = hits_by_source(compared.outlines, (match.hit for match in found.matches))
    return {
        "threshold": found.threshold,
        "marks": found.marks,
        "false_marks": found.false_marks,
        "hits": found.hits,
        "by_source": {by.value: {"hits": hits, "outlines": count} for by, (hits, count) in by_source.items()},
        "outlines": [
            {"kind": outline.kind.value, **vars(match)}
            for outline, match in zip(compared.outlines, found.matches, strict=True)
        ],
    }


COLUMNS = (
    "scan", "outline", "lesion", "layer", "threshold", "hit", "IoU", "Dice", "distance", "unit", "score",
    "kind", "drawn by", "source", "truth", "models", "weighting",
)  # fmt: skip
"""Head of the table of `comparison_rows`; what an IoU is worth depends on the kind, which may be a box or a circle."""


def comparison_rows(
    compared: OutlineComparison, thresholds: Mapping[str, float], own: bool = False
) -> list[tuple[str, ...]]:
    """Return one line per outline and layer, then one per layer with its false marks; texts under `COLUMNS`.

    Layers without a threshold are left out; `own` takes in the reader's own outlines as a layer.
    """
    scan = compared.scan
    found: list[tuple[str, ...]] = []
    compared_values = _figures(compared, thresholds, own)
    truth = compared.truth.value
    unit = scan.spacing.label
    for k, outline in enumerate(compared.outlines):
        lesion = " ".join(part for part in (outline.lesion_type, outline.pathology) if part)
        for name, one in compared_values.items():
            match = one.matches[k]
            figures = (
                "yes" if match.hit else "no",
                f"{match.iou:.3f}",
                f"{match.dice:.3f}",
                "" if match.distance is None else f"{match.distance:.1f}",
                unit,
                "" if match.score is None else f"{match.score:.3f}",
            )
            drawn = (outline.kind.value, drawn_by(outline).value, outline.source)
            about = (*drawn, truth, _models(compared, name), _weighting(compared, name))
            found.append((scan.name, str(k + 1), lesion, name, _threshold(one), *figures, *about))
    for name, one in compared_values.items():
        figures = (str(one.false_marks), "", "", "", "", "")
        about = ("", "", "", truth, _models(compared, name), _weighting(compared, name))
        found.append((scan.name, "false marks", "", name, _threshold(one), *figures, *about))
    return found


def source_rows(
    study: Sequence[OutlineComparison], thresholds: Sequence[Mapping[str, float]], own: bool = False
) -> list[tuple[str, ...]]:
    """Return one line per layer and source of outlines, over all scans: how many of them were hit; under `COLUMNS`.

    Parameters
    ----------
    study
        Its scans.
    thresholds
        Those of each scan, as `comparison_rows` takes them.
    own
        As `comparison_rows` takes it.
    """
    counts: dict[tuple[str, str, str, str], dict[DrawnBy, tuple[int, int]]] = {}
    for compared, of_scan in zip(study, thresholds, strict=True):
        for name, one in _figures(compared, of_scan, own).items():
            key = name, _threshold(one), _models(compared, name), _weighting(compared, name)
            total = counts.setdefault(key, {})
            for by, (hits, outlines) in hits_by_source(compared.outlines, (match.hit for match in one.matches)).items():
                before = total.get(by, (0, 0))
                total[by] = before[0] + hits, before[1] + outlines
    truth = study[0].truth.value if study else ""
    return [
        ("all", "hits", "", name, threshold, f"{hits} of {outlines}", *[""] * 6, by.value, "", truth, models, weighting)
        for (name, threshold, models, weighting), total in counts.items()
        for by, (hits, outlines) in sorted(total.items(), key=lambda entry: list(DrawnBy).index(entry[0]))
    ]


def _figures(compared: OutlineComparison, thresholds: Mapping[str, float], own: bool) -> dict[str, LayerComparison]:
    """Return the figures of a scan's layers by name, last those of the reader."""
    found = {name: compared.at(name, thresholds[name]) for name in compared.layers if name in thresholds}
    return {**found, OWN_LAYER: compared.reader} if own else found


def _models(compared: OutlineComparison, layer: str) -> str:
    """Return the models that made a layer; empty for the reader's own outlines."""
    return "" if layer == OWN_LAYER else compared.models


def _weighting(compared: OutlineComparison, layer: str) -> str:
    """Return what the saliency is the gradient of; empty for other layers."""
    return compared.weighting if layer == "saliency" else ""


def _threshold(found: LayerComparison) -> str:
    return "" if math.isnan(found.threshold) else f"{found.threshold:.2f}"


def as_csv(lines: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """Return the table with its head as CSV, or with tabs for a clipboard."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return out.getvalue()
