"""Writes verdicts and notes on rows, and shows those of other windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from mammoview.qt.workbench.error_table import ErrorTableModel
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
from mammoview.qt.workbench.workbench_worker import KeptNotes, WorkbenchWorker
from mammoview.records.error_notes import NotesOnRows, RowNote, RowStatement, applied


class NoteWriter(QObject):
    """Writes the notes of a table model, one write after the other: what a write changes is known only after it."""

    written = Signal()
    """Everything is written, and the model shows it with what other windows have written."""
    failed = Signal(str)
    """A line about what could not be written; it goes with the next note."""

    def __init__(self, model: ErrorTableModel, worker: WorkbenchWorker, parent: QObject) -> None:
        """Write nothing before `show`."""
        super().__init__(parent)
        self._model, self._worker = model, worker
        self._notes: Mapping[str, RowNote] = {}
        """All notes by name, but for the next two."""
        self._unwritten: list[RowStatement] = []
        """What is not being written yet."""
        self._being_written: list[RowStatement] = []
        """What is being written."""

    def show(self, opened: OpenedEvaluation) -> None:
        """Show the rows of an evaluation that has been read, with all notes on them."""
        self._notes, row_notes, later = opened.notes, opened.row_notes, [*self._being_written, *self._unwritten]
        if row_notes is None or later:  # notes made meanwhile are newer than those that were read
            row_notes = NotesOnRows.of(applied(later, opened.notes)[1], opened.rows.keys, opened.rows.places)
        self._model.show_rows(opened.rows, row_notes)

    @property
    def is_writing(self) -> bool:
        """Whether notes are being written."""
        return bool(self._being_written)

    @property
    def all_written(self) -> bool:
        """Whether no note waits to be written."""
        return not self._unwritten

    def note_rows(self, rows: Sequence[int], **changes: object) -> None:
        """Show and write a verdict, a note or both on rows of `ErrorRows`, where it is new."""
        statement = self._model.set_notes(rows, **changes)
        if statement is not None:
            self._unwritten.append(statement)
            if not self._being_written:
                self.write()

    def write(self) -> None:
        """Write now what waits, even while other notes are being written."""
        if not self._unwritten:
            return
        assert self._model.rows is not None  # the notes are on them
        earlier, self._being_written, self._unwritten = self._being_written, self._unwritten, []
        task = self._worker.keep(self._being_written, self._notes, self._model.rows, earlier)
        task.connect(self, result=self._take_notes, failed=self._take_unwritten)

    def _take_unwritten(self, line: str) -> None:
        """Have what could not be written go with the next note, and report why it could not."""
        self._unwritten = [*self._being_written, *self._unwritten]
        self._being_written = []
        self.failed.emit(line)

    def _take_notes(self, kept: KeptNotes) -> None:
        """Show the notes of other windows once all that waits here is written."""
        self._being_written = []
        if self._unwritten:
            self._notes = kept.shown
            self.write()
            return
        self._notes, rows = kept.notes, self._model.rows
        if rows is not None:
            row_notes = kept.row_notes if rows is kept.rows else NotesOnRows.of(kept.notes, rows.keys, rows.places)
            self._model.show_notes(row_notes)
            self.written.emit()
