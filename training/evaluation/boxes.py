"""`python -m training boxes`: what the program's lists hit and missed in scans with outlines, box by box."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mammoview import Assessor, open_study
from mammoview.assess.results.assessment import Finding
from mammoview.study.scan import OutlineKind, Scan
from training.evaluation.one_path import lesion_of

COLUMNS = ("case", "view", "what", "lesion type", "pathology", "outcome", "rank", "score", "column", "row", "cluster")


def rows(case: str, scan: Scan, findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Return one line per outline, hit or missed, and one per mark that hits none. Cores belong to their boundary."""
    outlines = [o for o in scan.outlines if o.kind is not OutlineKind.CORE]
    places = np.array([(f.column, f.row) for f in findings], float).reshape(-1, 2)
    lesion = lesion_of(scan, places, outlines)
    lines: list[tuple[str, ...]] = []
    for number, outline in enumerate(outlines):
        first = next((f for f, hit in zip(findings, lesion, strict=True) if hit == number), None)
        outcome = ("missed", "", "") if first is None else ("hit", str(first.rank), f"{first.score:.3f}")
        column, row = outline.centroid
        facts = (outline.lesion_type, outline.pathology)
        by = "" if first is None else _cluster(first)
        lines.append((case, scan.name, "box", *facts, *outcome, f"{column:.0f}", f"{row:.0f}", by))
    for finding, hit in zip(findings, lesion, strict=True):
        if hit < 0:
            outcome = ("false", str(finding.rank), f"{finding.score:.3f}")
            place = f"{finding.column:.0f}", f"{finding.row:.0f}"
            lines.append((case, scan.name, "mark", "", "", *outcome, *place, _cluster(finding)))
    return lines


def _cluster(finding: Finding) -> str:
    """Return whether a mark is listed for a cluster of bright spots, as a word of the table."""
    return "yes" if finding.cluster else ""


def write(folders: Sequence[Path], file: Path, device: str = "auto") -> None:
    """Assess the mammograms of some folders and write every box and every false mark. Raises MammoviewError."""
    assessor = Assessor(device, flips=False)
    lines: list[tuple[str, ...]] = []
    for folder in folders:
        for study in open_study(folder):
            for scan in study.scans:
                if not scan.path.stem.endswith("_Mask"):  # a drawing of the outlines
                    lines += rows(folder.name, scan, assessor.assess(scan).findings)
                scan.release()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([COLUMNS, *lines])
