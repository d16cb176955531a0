"""Files of selected rows of the workbench: the list of rows, and what every file leaves in the audit log."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import MammoviewError

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

    scans = len({str(rows.texts["view_code"][row]) for row in chosen})
    event = run_event(what, scans, named, rows=len(chosen), format=path.suffix[1:].lower())
    return WrittenSelection(path, write_noted(event, write))


def words(rows: ErrorRows, row: int) -> tuple[str, str]:
    """Return a title and further lines about a row, in English; they name nobody."""
    texts, numbers = rows.texts, rows.numbers
    score = numbers["score"][row]
    facts = [f"score {score:.2f}" if not math.isnan(score) else "", texts["kind"][row], texts["pathology"][row]]
    return f"{texts['what'][row]}, {texts['view'][row]}", ", ".join(filter(None, map(str, facts)))


def write_list(path: Path, rows: ErrorRows, chosen: Sequence[int], notes: Sequence[RowNote]) -> None:
    """Write rows with the verdict and note on each as CSV, whole or not at all. Raises MammoviewError."""
    from mammoview.core.atomic_write import atomic_write

    names = (*rows.texts, *rows.numbers)
    try:
        with atomic_write(path) as partial_file, partial_file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([*names, "verdict", "note"])
            for row, said in zip(chosen, notes, strict=True):
                numbers = ("" if math.isnan(one[row]) else repr(float(one[row])) for one in rows.numbers.values())
                writer.writerow([*(one[row] for one in rows.texts.values()), *numbers, said.verdict or "", said.note])
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", path) from error
