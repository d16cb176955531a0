"""The thread of the workbench: reads an evaluation, cuts crops, keeps notes, writes selections."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.qt.concurrency.worker import NOTHING, Worker
from mammoview.qt.workbench.error_table import CROP_PX
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation, open_evaluation
from mammoview.qt.workbench.opened_sources import OpenedSources, not_found
from mammoview.qt.workbench.written_selection import WrittenSelection, words, write_list, write_noted_selection
from mammoview.records.error_notes import NotesOnRows, RowNote, RowNotes, RowStatement, applied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mammoview.export.error_sheet import ErrorCrop
    from mammoview.export.training_set import WrittenSet
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.workbench.error_rows import ErrorRows
    from mammoview.study.scan import Scan

MOST_SCANS = 6
"""Scans that are kept in memory, a byte per pixel."""


@dataclass(frozen=True, eq=False)
class KeptNotes:
    """Notes after some were written.

    Parameters
    ----------
    notes
        All that are on the disk, by name, with those of other windows.
    shown
        Those that were shown before, with the changes made here.
    rows, row_notes
        Rows, and the notes on each of them.
    """

    notes: Mapping[str, RowNote]
    shown: Mapping[str, RowNote]
    rows: ErrorRows
    row_notes: NotesOnRows


class WorkbenchWorker(Worker):
    """Carries out the jobs of the workbench; queued notes are written before it ends."""

    completes_queue = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: OrderedDict[tuple[Path, str, bool, Hashable], tuple[Scan, NDArray[np.uint8]]] = OrderedDict()
        self._sources = OpenedSources()

    # GUI thread

    def open(self, folder: Path) -> Task[OpenedEvaluation, None]:
        """Read an evaluation."""
        return self.submit(partial(open_evaluation, folder), NOTHING)

    def crop(self, opened: OpenedEvaluation, row: int) -> Task[QImage, None]:
        """Cut the small picture of a row."""
        return self.submit(lambda _task: _image(self.cut(opened, row, CROP_PX)), NOTHING)

    def keep(
        self,
        statements: Sequence[RowStatement],
        notes: Mapping[str, RowNote],
        rows: ErrorRows,
        earlier: Sequence[RowStatement] = (),
    ) -> Task[KeptNotes, None]:
        """Write new statements on rows.

        Parameters
        ----------
        statements
            The new ones.
        notes
            As they were shown before; they are not changed.
        rows
            On which the notes are wanted then.
        earlier
            Those before `statements` that are being written.
        """
        return self.submit(
            lambda _task: _kept(statements, applied(earlier, notes)[1] if earlier else notes, rows), "notes"
        )

    def write_list(
        self, path: Path, opened: OpenedEvaluation, rows: Sequence[int], notes: Sequence[RowNote]
    ) -> Task[WrittenSelection, None]:
        """Write rows as CSV, with the note on each."""
        return self.submit(
            lambda _task: write_noted_selection(
                "list of errors",
                opened.rows,
                rows,
                path,
                lambda: write_list(path, opened.rows, rows, notes),
                named=opened.named,
            ),
            path,
        )

    def write_sheet(self, path: Path, opened: OpenedEvaluation, rows: Sequence[int]) -> Task[WrittenSelection, None]:
        """Write the crops of rows as a figure."""
        return self.submit(partial(self._write_sheet, path, opened, tuple(rows)), path)

    def write_set(self, folder: Path, opened: OpenedEvaluation, rows: Sequence[int]) -> Task[WrittenSet, None]:
        """Copy the pictures of rows with their outlines."""
        return self.submit(partial(self._write_set, folder, opened, tuple(rows)), folder)

    # Worker thread

    def cut(self, opened: OpenedEvaluation, row: int, pixels: int, leaves: bool = False) -> ErrorCrop:
        """Cut the crop of a row, `pixels` wide; one that `leaves` the program shows no label.

        Raises
        ------
        MammoviewError
            When its picture cannot be read, or is not the one that was assessed.
        """
        from mammoview.export.error_sheet import crop_round

        (facts,) = opened.rows.at([row])
        scan, grey = self.rendered(opened, facts["view_code"], leaves)
        left, top, right, bottom = (facts[name] for name in ("left", "top", "right", "bottom"))
        box = None if left is None else (left, top, right, bottom)
        return crop_round(scan, grey, (facts["column"], facts["row"]), box, pixels)

    def rendered(self, opened: OpenedEvaluation, code: str, leaves: bool) -> tuple[Scan, NDArray[np.uint8]]:
        """Return the scan of a view and its grey; some are kept, for rows of one scan often stand close together.

        What lies outside the breast, where a label may be, is black where the picture `leaves` the program.
        """
        from mammoview.display.rendering import render
        from mammoview.display.scan_analysis import analyse
        from mammoview.export.burned_in import blacked_out
        from mammoview.records.opened_studies import records_stamp

        path = opened.files.get(code)
        if path is None:
            raise not_found()
        key = path, opened.pixels.get(code, ""), leaves, records_stamp()
        shown = self._shown.pop(key, None)
        if shown is None:
            scan = self._sources.find(*key[:2])[1]
            try:
                analysis = analyse(scan)
                grey = render(scan, analysis=analysis)
                if leaves:
                    grey = blacked_out(analysis, grey, remedy="Leave the rows of this picture out of the sheet")
            finally:
                scan.release()
            shown = scan, grey
        while len(self._shown) >= MOST_SCANS:
            self._shown.popitem(last=False)
        # A sheet may be written beside a crop that does not end: only what was looked up just now is returned.
        self._shown[key] = shown
        return shown

    def _write_sheet(
        self, path: Path, opened: OpenedEvaluation, rows: tuple[int, ...], task: Task[WrittenSelection, None]
    ) -> WrittenSelection:
        from dataclasses import replace

        from mammoview.export.error_sheet import MOST, write_sheet

        if len(rows) > MOST:
            raise MammoviewError(f"a sheet holds 1 to {MOST} crops, and not {len(rows)}", "Select fewer rows")
        found, facts = {}, dict(zip(rows, opened.rows.at(rows), strict=True))
        # Rows of one picture together, so that it is read once.
        for row in sorted(rows, key=lambda one: str(facts[one]["view_code"])):
            task.check()
            title, text = words(facts[row])
            found[row] = replace(self.cut(opened, row, 384, leaves=True), title=title, text=text)
        crops = [found[row] for row in rows]
        return write_noted_selection("figure of errors", opened.rows, rows, path, lambda: write_sheet(path, crops))

    def _write_set(
        self, folder: Path, opened: OpenedEvaluation, rows: tuple[int, ...], task: Task[WrittenSet, None]
    ) -> WrittenSet:
        from mammoview.export.audit_entries import run_event, write_noted
        from mammoview.export.training_set import write_training_set
        from mammoview.records.own_drawings import own_drawings_of, saved_drawings, set_own_drawings

        scans, sources = {}, OpenedSources()  # anew: what was drawn meanwhile counts
        for code in dict.fromkeys(facts["view_code"] for facts in opened.rows.at(rows)):
            task.check()
            if code not in opened.files:
                raise not_found()
            scans[code] = sources.find(opened.files[code], opened.pixels.get(code, ""))
            scan = scans[code][1]
            # What the reader drew may lie in the user's folder, not beside the picture.
            set_own_drawings(scan, saved_drawings(scan, own_drawings_of(scan)))
            scan.release()
        written: list[WrittenSet] = []
        # The copies hold the patient: without an entry they are not made.
        event = run_event("training set", len(scans), named=True)
        write_noted(event, lambda: written.append(write_training_set(folder, scans, task.check)))
        return written[0]


def _kept(statements: Sequence[RowStatement], notes: Mapping[str, RowNote], rows: ErrorRows) -> KeptNotes:
    changes, shown = applied(statements, notes)
    kept = RowNotes.of(paths.data_folder()).update(changes)
    return KeptNotes(kept, shown, rows, NotesOnRows.of(kept, rows.keys, rows.places))


def _image(crop: ErrorCrop) -> QImage:
    """Return a crop as a picture, the lesion's box drawn into it."""
    grey = np.ascontiguousarray(crop.grey)
    if crop.box is not None:
        grey = grey.copy()
        side = len(grey)
        left, top, right, bottom = (int(np.clip(one * side, 0, side - 1)) for one in crop.box)
        for row in (top, bottom):
            grey[row, left : right + 1 : 3] = 255
        for column in (left, right):
            grey[top : bottom + 1 : 3, column] = 255
    rows, columns = grey.shape
    return QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
