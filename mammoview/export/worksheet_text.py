"""The reader's BI-RADS worksheet as text or as JSON; without the patient unless identity is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.records.birads import COMPOSITIONS, LEXICON, MANAGEMENT, AssessmentCategory
from mammoview.records.reader_report import UNKNOWN_BREAST, ReaderReport
from mammoview.records.worksheet import FindingSize, WorksheetFinding

_BREASTS = {"R": "right breast", "L": "left breast", UNKNOWN_BREAST: "breast of unknown side"}


def facts(own: ReaderReport) -> dict[str, Any]:
    """Return composition, findings, and per breast their overall category beside the impression's, ready for JSON."""
    sheet = own.worksheet
    differences = own.differences()
    return {
        "lexicon": LEXICON,
        "composition": None
        if sheet.composition is None
        else {"category": sheet.composition.value, "text": COMPOSITIONS[sheet.composition]},
        "findings": [_finding(number, finding) for number, finding in enumerate(sheet.findings, 1)],
        "breasts": {
            breast: {
                "birads": _value(sheet.category(breast)),
                "impression": _value(own.impression(breast)),
                "differ": breast in differences,
            }
            for breast in _breasts(own)
        },
    }


def worksheet_document(own: ReaderReport, reader: str, patient: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return everything, ready for JSON.

    Parameters
    ----------
    own
        The reader report; the models' findings are no part of its worksheet.
    reader
        Name of the reader.
    patient
        Patient and date of the study where the reader chose so; nobody is named otherwise, but the free text
        stands as it was written.
    """
    return {
        "mammoview_worksheet": 1,
        "program": f"Mammoview {__version__}",
        "notice": NOT_FOR_DIAGNOSIS,
        "medical_device": False,
        "study": own.key,
        **(patient or {}),
        "reader": reader,
        "layers_opened": own.revealed or None,
        "mode": own.mode or None,
        **facts(own),
    }


def text(own: ReaderReport, reader: str, patient: Mapping[str, str] | None = None) -> str:
    """Return the same for people; the parameters are those of `worksheet_document`."""
    sheet = own.worksheet
    composition = sheet.composition
    stated = "not given" if composition is None else f"{composition.value}, {COMPOSITIONS[composition]}"
    lines = [
        f"BI-RADS worksheet ({LEXICON})",
        f"{NOT_FOR_DIAGNOSIS} Not a medical device.",
        "",
        *(f"{name.capitalize()}: {value}" for name, value in (patient or {}).items()),
        f"Study: {own.key}",
        f"Reader: {reader}",
        f"Layers of the models: {'opened ' + own.revealed if own.revealed else 'not opened'}",
        f"Breast composition: {stated}",
    ]
    for number, finding in enumerate(sheet.findings, 1):
        lines += ["", *_lines(number, finding)]
    if not sheet.findings:
        lines += ["", "No findings described."]
    differences = own.differences()
    lines.append("")
    for breast in _breasts(own):
        described, impression = _value(sheet.category(breast)), _value(own.impression(breast))
        line = f"{_BREASTS[breast].capitalize()}: findings {described or 'none'}, impression {impression or 'none'}"
        lines.append(line + (": THEY DIFFER" if breast in differences else ""))
    return "\n".join([*lines, "", f"Written by Mammoview {__version__}."]) + "\n"


def write_worksheet(path: Path, own: ReaderReport, reader: str, patient: Mapping[str, str] | None = None) -> Path:
    """Write `worksheet_document` to a file that ends in .json, else `text`. Raises MammoviewError."""
    if path.suffix.lower() == ".json":
        content = json.dumps(worksheet_document(own, reader, patient), indent=1, ensure_ascii=False) + "\n"
    else:
        content = text(own, reader, patient)
    try:
        with atomic_write(path) as partial:
            partial.write_text(content, encoding="utf-8")
    except OSError as error:
        what = f"the worksheet cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", path) from error
    return path


def _breasts(own: ReaderReport) -> list[str]:
    """Breasts with an impression or a finding, the right one first."""
    breasts = {*own.first, *own.final, *(finding.breast for finding in own.worksheet.findings)}
    return [breast for breast in _BREASTS if breast in breasts]


def _value(category: AssessmentCategory | None) -> str | None:
    return None if category is None else category.value


def _finding(number: int, finding: WorksheetFinding) -> dict[str, Any]:
    """Return the lines about a finding; what is not stated is left out."""
    given: dict[str, Any] = {
        "quadrant": finding.quadrant,
        "clock": finding.clock,
        "depth": finding.depth,
        "kind": "" if finding.kind is None else finding.kind.value,
        **{axis.name: finding.terms.get(axis.name, "") for axis in finding.axes},
        "associated_features": list(finding.features),
        "size": None if finding.size is None else _size(finding.size),
        "birads": _value(finding.category),
        "management": "" if finding.category is None else MANAGEMENT[finding.category],
        "note": finding.note.strip(),
        "conflicts": list(finding.conflicts),
    }
    return {
        "number": number,
        "breast": finding.breast,
        **{name: value for name, value in given.items() if value},
        "changed": finding.time,
        "layers_opened_before": finding.aided,
    }


def _size(size: FindingSize) -> dict[str, Any]:
    unit, _, source = size.label.partition(", ")
    facts = {"value": round(size.value, 2), "unit": unit, "source": source, "view": size.view}
    return {name: value for name, value in facts.items() if value != ""}


def _lines(number: int, finding: WorksheetFinding) -> list[str]:
    """Return a finding as lines."""
    clock = f"{finding.clock} o'clock" if finding.clock else ""
    depth = f"{finding.depth} third" if finding.depth else ""
    place = ", ".join(part for part in (_BREASTS[finding.breast], finding.quadrant, clock, depth) if part)
    lines = [f"{number}. {'Finding' if finding.kind is None else finding.kind.value.capitalize()}, {place}"]
    rows = [(axis.name, finding.terms.get(axis.name, "")) for axis in finding.axes]
    size = finding.size
    if size is not None:
        rows.append(("size", size.text + (f", ruler on {size.view}" if size.view else "")))
    rows.append(("associated features", ", ".join(finding.features)))
    if finding.category is not None:
        rows.append(("assessment", f"BI-RADS {finding.category.value}: {MANAGEMENT[finding.category]}"))
    rows.append(("note", " ".join(finding.note.split())))
    rows += [("conflict", conflict) for conflict in finding.conflicts]
    rows.append(("described", f"{'after' if finding.aided else 'before'} the layers of the models were opened"))
    return [*lines, *(f"   {name.capitalize()}: {value}" for name, value in rows if value)]
