"""The reader report of a study as one JSON file: impressions, worksheet, and every scan with its verdicts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.assessment_files import scan_facts
from mammoview.assess.results.mark_pairs import pair_document, placed, same_lesion
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export import worksheet_text
from mammoview.records.reader_report import Impression, ReaderReport, Verdict
from mammoview.study.scan import Scan


@dataclass(frozen=True, eq=False)
class ReportedScan:
    """One scan of the study.

    Parameters
    ----------
    scan, key
        The scan and the key of its pixels.
    state
        How far the models are: "done", "not run", "failed", "out of scope".
    why
        Reason for "failed" and "out of scope".
    assessment
        Results of the models; None where there are none, or the layers were never opened.
    analysis
        Analysis of the pixels; marks of scans without one are in no pair.
    """

    scan: Scan
    key: str
    state: str
    why: str = ""
    assessment: Assessment | None = None
    analysis: ScanAnalysis | None = None


def study_report_document(own: ReaderReport, scans: Sequence[ReportedScan], reader: str) -> dict[str, Any]:
    """Return everything, ready for JSON; it holds neither patient nor file name, but the free text as it was written.

    Findings of the models are left out as long as the reader has not opened the layers.
    """
    return {
        "mammoview_exported_reader_report": 1,
        "program": f"Mammoview {__version__}",
        "notice": NOT_FOR_DIAGNOSIS,
        "study": own.key,
        "reader": reader,
        "layers_opened": own.revealed or None,
        "mode": own.mode or None,
        "models_shown": list(own.models),
        "first_impression": {breast: _impression(impression) for breast, impression in own.first.items()},
        "final_impression": {breast: _impression(impression) for breast, impression in own.final.items()},
        "worksheet": worksheet_text.facts(own),
        "scans": [_scan(own, read) for read in scans],
        "pairs": _pairs(scans) if own.revealed else None,
    }


def write_reader_report(path: Path, own: ReaderReport, scans: Sequence[ReportedScan], reader: str) -> Path:
    """Write `study_report_document` to a file. Raises MammoviewError."""
    text = json.dumps(study_report_document(own, scans, reader), indent=1, ensure_ascii=False)
    try:
        with atomic_write(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        what = f"the reader report cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", path) from error
    return path


def _impression(impression: Impression) -> dict[str, str | None]:
    return {"birads": None if impression.category is None else impression.category.value, "text": impression.text}


def _scan(own: ReaderReport, read: ReportedScan) -> dict[str, Any]:
    """Return the facts of a scan in the words of SCAN.json, with the verdict beside each finding."""
    shown = read.assessment if own.revealed else None
    return {
        "scan": scan_facts(read.scan) | {"pixels": read.key},
        "models": read.state + (f": {read.why}" if read.why else ""),
        "findings": []
        if shown is None
        else [
            {**asdict(finding), **_verdict(own.verdict(read.key, finding.column, finding.row, shown.model_key))}
            for finding in shown.findings
        ],
        "thresholds": {} if shown is None else {"mark": shown.operating, "listed": shown.least},
        "provenance": {} if shown is None else dict(shown.provenance),
    }


def _pairs(scans: Sequence[ReportedScan]) -> dict[str, Any]:
    """Return the pairs of listed findings, and how often such pairs were one lesion."""
    shown = [(read.analysis, read.assessment) for read in scans if read.analysis and read.assessment]
    rate = same_lesion(shown[0][1]) if shown else None
    marks = [mark for analysis, assessment in shown for mark in placed(analysis, assessment)]
    return pair_document(marks, rate, {read.scan: read.key for read in scans})


def _verdict(verdict: Verdict | None) -> dict[str, str | None]:
    if verdict is None:
        return {"verdict": None}
    word = "accepted" if verdict.accepted else "rejected"
    return {"verdict": word, "reason": verdict.reason.value, "note": verdict.note, "judged": verdict.time}
