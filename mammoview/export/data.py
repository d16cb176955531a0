"""Writes assessments and outlines as data: NumPy archive, COCO annotations, CSV table, DDSM overlay.

Every file holds the spacing with its source, all thresholds, and the models with their hashes, and names nobody. Places
are those of the stored pixels, which cover 0..columns by 0..rows.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.assessment import Assessment, Finding
from mammoview.assess.results.assessment_files import arrays, figures, scan_facts
from mammoview.assess.results.content_keys import content_key
from mammoview.assess.results.mark_size import finding_outline, finding_size_mm
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.display.screen_orientation import hung_transform
from mammoview.export.caption_strip import LEAST_WIDTH, strip_margin
from mammoview.export.ddsm_overlay import overlay_text
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.export_names import file_name
from mammoview.export.provenance import models, thresholds
from mammoview.export.saving import save
from mammoview.formats.datasets.coco import EXPORTED, FINDING_STATUS
from mammoview.study.finding_status import finding_status
from mammoview.study.outline_sources import DrawnBy, drawn_by
from mammoview.study.scan import Outline, Scan

CATEGORIES = ("outline drawn by a person", "finding of the models")
"""Categories of COCO, numbered from 1."""
STORED = (
    "stored pixels of the source file (column, row), 0..width by 0..height. Exported pictures hang, and may be flipped "
    "or turned: exported_picture.from_stored, 2 x 3, maps (column, row, 1) to their pixels, and that of "
    "captioned_picture to those of pictures with captions below, where a narrow scan has a margin"
)
"""What the coordinates of a COCO image are of."""
COLUMNS = (
    "scan", "laterality", "projection", "what", "number", "column", "row", "x_mm", "y_mm", "score", "score_low",
    "score_high", "size_mm", "left", "top", "right", "bottom", "layers", "cluster", "flips_low", "flips_high",
    "folds_low", "folds_high", "kind", "drawn_by", "lesion_type", "pathology", "assessment", "subtlety",
    "um_per_column", "um_per_row", "spacing_source", "false_marks_per_normal_view", "thresholds", "models", "program",
)  # fmt: skip
"""Head of the table. `what` is "finding", "outline", "no finding" or "not assessed"; places are stored pixels.
`cluster`: whether a finding is listed for a cluster of bright spots.

`false_marks_per_normal_view` is the budget that the thresholds follow, empty where they are the models' own.
"""


def write_npz(content: ExportContent) -> None:
    """Write the layers of one scan as arrays, and the rest as JSON in `facts`. Raises MammoviewError.

    The arrays are those of SCAN.npz (`assess.results.assessment_files`), with `um_per_px` (row, column; NaN where it is
    unknown) and `facts`, the bytes of a JSON text, uint8.
    """
    (one,) = content.scans
    if one.assessment is None:
        raise MammoviewError(
            "the scan was not assessed, so there are no layers", "Choose another format", one.scan.path
        )
    spacing = one.scan.spacing
    um = [1000 * mm if spacing.known else np.nan for mm in (spacing.row_mm, spacing.column_mm)]
    held = arrays(one.assessment, one.scan)
    values = figures(one.assessment, one.scan) | {"false_marks_per_normal_view": one.assessment.budget} | _program()
    for entry in (values["comparison"] or {}).get("outlines", ()):
        entry["source"] = _source(DrawnBy(entry["drawn_by"]), entry["source"])
    facts = json.dumps(values)

    def write(file: Path) -> None:
        with file.open("wb") as out:
            np.savez_compressed(
                out, allow_pickle=False, um_per_px=np.array(um), facts=np.frombuffer(facts.encode(), np.uint8), **held
            )

    save(content.target, write)


def write_coco(content: ExportContent) -> None:
    """Write outlines and findings as COCO annotations, one file for all scans. Raises MammoviewError."""
    text = json.dumps(coco(content), indent=1)
    save(content.target, lambda file: file.write_text(text, encoding="utf-8"))


def write_csv(content: ExportContent) -> None:
    """Write a table with one line for each finding and outline. Raises MammoviewError."""
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for one in content.scans:
        table.writerows(_lines(one))
    save(content.target, lambda file: file.write_text(out.getvalue(), encoding="utf-8"))


def write_ddsm(content: ExportContent) -> None:
    """Write the outlines of one scan as a DDSM .OVERLAY. Raises MammoviewError where there are none."""
    (one,) = content.scans
    if not one.scan.outlines:
        raise MammoviewError("the scan has no outlines", "Choose another format", one.scan.path)
    text = overlay_text(one.scan.outlines)
    save(content.target, lambda file: file.write_text(text, encoding="ascii"))


def coco(content: ExportContent) -> dict[str, Any]:
    """Return outlines and findings as a COCO document, ready for JSON."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, one in enumerate(content.scans, 1):
        scan, spacing = one.scan, one.scan.spacing
        images.append(
            {
                "id": number,
                "file_name": _name(scan),
                "width": scan.columns,
                "height": scan.rows,
                "coordinates": STORED,
                **_exported_pictures(one),
                **scan_facts(scan),
                "um_per_px": [1000 * spacing.column_mm, 1000 * spacing.row_mm] if spacing.known else None,
                "assessed": one.assessment is not None,
                FINDING_STATUS: finding_status(scan).value,
            }
        )
        for entry in _annotations(one):
            annotations.append({"id": len(annotations) + 1, "image_id": number, "iscrowd": 0, **entry})
    return {
        "info": {"description": EXPORTED, **_program(), **_models(content.scans)},
        "licenses": [],
        "categories": [
            {"id": number, "name": name, "supercategory": "lesion"} for number, name in enumerate(CATEGORIES, 1)
        ],
        "images": images,
        "annotations": annotations,
    }


def _exported_pictures(one: AssessedScan) -> dict[str, Any]:
    """Return size and place of the scan in exported pictures at full resolution, which hang; with captions and without.

    Captions make a picture higher, by as many lines as they need.
    """
    rows, columns = one.analysis.standing_size
    from_stored = hung_transform(one.analysis).matrix[:2]
    margin = strip_margin(columns)
    placed = np.add(from_stored, [[0, 0, margin], [0, 0, 0]])
    return {
        "exported_picture": {"width": columns, "height": rows, "from_stored": from_stored.tolist()},
        "captioned_picture": {"width": max(columns, LEAST_WIDTH), "from_stored": placed.tolist()},
    }


def _annotations(one: AssessedScan) -> Iterator[dict[str, Any]]:
    """Go over the outlines of a scan and the findings of the models."""
    for outline in one.scan.outlines:
        yield {"category_id": 1, **polygon_entry(outline.points), **outline_facts(outline)}
    assessment = one.assessment
    if assessment is None:
        return
    for finding in assessment.findings:
        around = _around(one.scan, assessment, finding)
        yield {
            "category_id": 2,
            **polygon_entry(around),
            "score": finding.score,
            "score_interval": finding.interval,
            "rank": finding.rank,
            "point": [finding.column, finding.row],
            "layers": list(assessment.layers_above(finding)),
            "cluster": finding.cluster,
            "source": "Mammoview",
        }


def _around(scan: Scan, assessment: Assessment, finding: Finding) -> NDArray[np.float64]:
    """Return the polygon of a finding as far as it lies in the scan; cells of the heatmap may reach beyond it."""
    points = finding_outline(assessment.heatmap, finding)
    return np.clip(points, 0, (scan.columns, scan.rows))


def polygon_entry(points: NDArray[np.float64], exact: bool = False) -> dict[str, Any]:
    """Return segmentation, box and area of a polygon as COCO has them, its places to 0.01 px or `exact`."""
    (left, top), (right, bottom) = points.min(0), points.max(0)
    x, y = (points - points[0]).T
    area = abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2
    return {
        "segmentation": [(points if exact else np.round(points, 2)).ravel().tolist()],
        "bbox": [round(float(side), 2) for side in (left, top, right - left, bottom - top)],
        "area": round(area, 2),
    }


def outline_facts(outline: Outline) -> dict[str, Any]:
    """Return the facts of an outline. Its note, and the name of a file that it came from, may name the patient."""
    by = drawn_by(outline)
    return {
        "kind": outline.kind.value,
        "drawn_by": by.value,
        "source": _source(by, outline.source),
        "lesion_type": outline.lesion_type,
        "pathology": outline.pathology,
        "assessment": outline.assessment,
        "subtlety": outline.subtlety,
    }


def _source(by: DrawnBy, source: str) -> str:
    """Return the source of an outline as far as it is one of the program's."""
    return source if by is not DrawnBy.OTHER else "other file"


def _lines(one: AssessedScan) -> Iterator[dict[str, Any]]:
    """Go over the lines of a scan; one line states so where nothing was found or assessed."""
    scan, spacing = one.scan, one.scan.spacing
    common: dict[str, Any] = {
        "scan": _name(scan),
        "laterality": scan.laterality or "",
        "projection": scan.projection or "",
        "um_per_column": 1000 * spacing.column_mm if spacing.known else "",
        "um_per_row": 1000 * spacing.row_mm if spacing.known else "",
        "spacing_source": spacing.source.value,
        "program": f"Mammoview {__version__}",
    }
    assessment = one.assessment
    if assessment is None:
        yield {**common, "what": "not assessed"}
    else:
        values = thresholds(assessment)
        common["false_marks_per_normal_view"] = "" if assessment.budget is None else assessment.budget
        common["thresholds"] = " ".join(f"{name.replace(' ', '_')}={value:.6g}" for name, value in values.items())
        common["models"] = " ".join(
            f"{model.get('name')}:{model.get('version')}:{model.get('sha256')}" for model in models(assessment)
        )
        for finding in assessment.findings:
            yield {**common, **_finding(one, finding)}
        if not assessment.findings:
            yield {**common, "what": "no finding"}
    for number, outline in enumerate(scan.outlines, 1):
        column, row = outline.centroid
        left, top, right, bottom = outline.box
        about = {
            name: value for name, value in outline_facts(outline).items() if name != "source" and value is not None
        }
        box = {"left": left, "top": top, "right": right, "bottom": bottom}
        place = {"column": column, "row": row, **_mm(scan, column, row)}
        yield {**common, "what": "outline", "number": number, **place, **box, **about}


def _finding(one: AssessedScan, finding: Finding) -> dict[str, Any]:
    """Return the cells of a finding."""
    assessment = one.assessment
    assert assessment is not None
    column, row = finding.column, finding.row
    around = _around(one.scan, assessment, finding)
    (left, top), (right, bottom) = around.min(0).tolist(), around.max(0).tolist()
    size = finding_size_mm(assessment.heatmap, finding, one.scan.spacing)
    cells: dict[str, Any] = {"what": "finding", "number": finding.rank, "column": column, "row": row}
    cells |= {
        **_mm(one.scan, column, row),
        "score": finding.score,
        "layers": " ".join(assessment.layers_above(finding)),
        "cluster": finding.cluster,
    }
    cells |= {"left": left, "top": top, "right": right, "bottom": bottom, "size_mm": "" if size is None else size}
    for name, span in (("score", finding.interval), ("flips", finding.flips), ("folds", finding.folds)):
        if span is not None:
            cells[f"{name}_low"], cells[f"{name}_high"] = span
    return cells


def _mm(scan: Scan, column: float, row: float) -> dict[str, float]:
    """Return a place in mm from the left and the upper edge; nothing where the spacing is unknown."""
    spacing = scan.spacing
    return {"x_mm": column * spacing.column_mm, "y_mm": row * spacing.row_mm} if spacing.known else {}


def _name(scan: Scan) -> str:
    """Return the name that all exports of a scan begin with."""
    return file_name(scan, content_key(scan))


def _program() -> dict[str, Any]:
    return {"program": f"Mammoview {__version__}", "notice": NOT_FOR_DIAGNOSIS, "medical_device": False}


def _models(scans: tuple[AssessedScan, ...]) -> dict[str, Any]:
    """Return models and thresholds; they are the same for all scans that were assessed."""
    assessment = next((one.assessment for one in scans if one.assessment is not None), None)
    if assessment is None:
        return {"models": [], "thresholds": {}, "false_marks_per_normal_view": None}
    return {
        "models": [dict(model) for model in models(assessment)],
        "thresholds": thresholds(assessment),
        "false_marks_per_normal_view": assessment.budget,
    }
