"""Description of studies as text and as JSON, for `mammoview info`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from mammoview.core.errors import printable
from mammoview.formats.inspection.completeness import SOURCE
from mammoview.formats.inspection.tags import completeness_of
from mammoview.study.marks import MarkOrigin
from mammoview.study.outline_sources import drawn_by
from mammoview.study.scan import Outline, Scan, Study
from mammoview.study.spacing import Spacing

_ORIGINS = {
    MarkOrigin.CAD: "CAD report",
    MarkOrigin.STATE: "presentation state",
    MarkOrigin.REPORT: "measurement report",
    MarkOrigin.SEGMENT: "segmentation",
    MarkOrigin.OVERLAY: "overlay plane",
}


def describe(studies: Iterable[Study]) -> dict[str, Any]:
    """Return everything that is known without decoding, ready for JSON."""
    return {"studies": [_study(study) for study in studies]}


def description_lines(studies: Iterable[Study]) -> list[str]:
    """Return the same as plain text, one line each."""
    return [line for study in studies for line in _study_lines(study)]


def _study(study: Study) -> dict[str, Any]:
    return {
        "patient": study.patient,
        "date": study.date,
        "scans": [_scan(scan) for scan in study.scans],
        "outside": list(study.outside),
    }


def _scan(scan: Scan) -> dict[str, Any]:
    grey = scan.grey
    return {
        "path": str(scan.path),
        "name": scan.name,
        "laterality": scan.laterality.value if scan.laterality else None,
        "projection": scan.projection.value if scan.projection else None,
        "rows": scan.rows,
        "columns": scan.columns,
        "bits": grey.bits,
        "signed": grey.signed,
        "inverted": grey.inverted,
        "for_processing": grey.for_processing,
        "windows": [
            {"name": w.name, "center": w.center, "width": w.width, "function": w.function.value} for w in grey.windows
        ],
        "tables": [table.name for table in grey.tables],
        "padding": list(grey.padding) if grey.padding else None,
        "orientation": list(scan.orientation) if scan.orientation else None,
        "spacing": {
            "row_mm": scan.spacing.row_mm if scan.spacing.known else None,
            "column_mm": scan.spacing.column_mm if scan.spacing.known else None,
            "source": scan.spacing.source.value,
            "label": scan.spacing.label,
        },
        "outlines": [_outline(outline) for outline in scan.outlines],
        "marks": [
            {
                "origin": mark.origin.value,
                "text": mark.text,
                "source": mark.source,
                "centre": list(mark.centre),
                "frame": None if mark.frame is None else mark.frame + 1,
            }
            for mark in scan.marks
        ],
        "maps": [{"name": one.name, "source": one.source, "highest": float(one.values.max())} for one in scan.maps],
        "facts": dict(scan.facts),
        "completeness": _completeness(scan),
        "warnings": list(scan.warnings),
    }


def _completeness(scan: Scan) -> dict[str, Any] | None:
    """Completeness of the header for a mammography display; None for other formats than DICOM."""
    found = completeness_of(scan)
    if found is None:
        return None
    return {
        "source": SOURCE,
        "present": [requirement.name for requirement in found.present],
        "missing": [requirement.name for requirement in found.missing],
    }


def _outline(outline: Outline) -> dict[str, Any]:
    return {
        "kind": outline.kind.value,
        "box": list(outline.box),
        "points": len(outline.points),
        "lesion_type": outline.lesion_type,
        "assessment": outline.assessment,
        "subtlety": outline.subtlety,
        "pathology": outline.pathology,
        "drawn_by": drawn_by(outline).value,
        "source": outline.source,
    }


def _study_lines(study: Study) -> Iterator[str]:
    count = len(study.scans)
    day = f", {study.date}" if study.date else ""
    yield f"Study of {study.patient or 'nobody named'}{day}: {count} scan{'s' if count != 1 else ''}"
    for scan in study.scans:
        size = f"{scan.columns} x {scan.rows} px  {scan.grey.bits} bit"
        yield f"  {scan.name:6}  {size}  {spacing(scan.spacing)}  {printable(scan.path)}"
        if scan.outlines:
            yield f"          outlines: {outlines(scan.outlines)}"
        for mark in scan.marks:
            yield f"          {_ORIGINS[mark.origin]}: {mark.words}"
        for one in scan.maps:
            yield f"          segmentation: map {one.name} ({one.source}), up to {one.values.max():.2f}"
        if scan.facts:
            yield f"          {', '.join(f'{fact} {value}' for fact, value in scan.facts.items())}"
        for warning in scan.warnings:
            yield f"          warning: {warning}"
    for line in study.outside:
        yield f"  not opened: {line}"


def spacing(spacing: Spacing) -> str:
    """Return a spacing with its source, such as "0.05 mm/px, assumed"; both numbers where pixels are not square."""
    if not spacing.known:
        return "spacing unknown"
    down, across = f"{spacing.row_mm:.4g}", f"{spacing.column_mm:.4g}"
    numbers = down if down == across else f"{down} down, {across} across"
    return f"{numbers} mm/px, {spacing.source.value}"


def outlines(drawn: Iterable[Outline]) -> str:
    """Return outlines counted by kind, pathology and who drew them, such as "2 box BENIGN (data set), 1 core (own)"."""
    counts = Counter((f"{o.kind.value} {o.pathology}".strip(), drawn_by(o)) for o in drawn)
    return ", ".join(f"{count} {what} ({by.value})" for (what, by), count in counts.items())
