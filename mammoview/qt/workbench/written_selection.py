"""Files of selected rows of the workbench: the list of rows, and what every file leaves in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.tables import TEXT, Column, Row, write_csv
from mammoview.qt.workbench.error_rows import LISTED

if TYPE_CHECKING:
    from mammoview.qt.workbench.error_rows import ErrorRows
    from mammoview.records.error_notes import RowNote


@dataclass(frozen=True)
class WrittenSelection:
    """A file of selected rows, and why the audit log has no entry of it, empty where it has one."""

    path: Path
    unnoted: str = ""


def write_noted_selection(
    what: str, rows: ErrorRows, chosen: Sequence[int], path: Path, write: Callable[[], object], named: bool = False
) -> WrittenSelection:
    """Write a file of selected rows, with its entry in the audit log; `named` where it has Patient IDs."""
    from mammoview.export.audit_entries import run_event, write_noted

    scans = len({facts["view_code"] for facts in rows.at(chosen)})
    event = run_event(what, scans, named, rows=len(chosen), format=path.suffix[1:].lower())
    return WrittenSelection(path, write_noted(event, write))


def words(facts: Row) -> tuple[str, str]:
    """Return a title and further lines about a row, in English; they name nobody."""
    score = facts["score"]
    parts = ["" if score is None else f"score {score:.2f}", facts["kind"], facts["pathology"]]
    return f"{facts['what']}, {facts['view']}", ", ".join(filter(None, parts))


def write_list(path: Path, rows: ErrorRows, chosen: Sequence[int], notes: Sequence[RowNote]) -> None:
    """Write rows with the verdict and note on each as CSV, whole or not at all. Raises MammoviewError."""
    noted = [{"verdict": one.verdict and one.verdict.value, "note": one.note} for one in notes]
    listed = [facts | more for facts, more in zip(rows.at(chosen), noted, strict=True)]
    write_csv(path, [Column(name, TEXT) for name in (*LISTED, "verdict", "note")], listed)
