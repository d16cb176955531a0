"""The window of the workbench: the errors of an evaluation as a table and as crops, notes on them, exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from mammoview.core.errors import MammoviewError
from mammoview.qt.concurrency.task import Task
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.widgets.file_dialogs import folder_to_open, path_to_save
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.workbench.crop_queue import CropQueue
from mammoview.qt.workbench.error_table import ErrorTableModel
from mammoview.qt.workbench.error_views import ErrorViews
from mammoview.qt.workbench.evaluation_bar import EvaluationBar
from mammoview.qt.workbench.model_line import ModelLine
from mammoview.qt.workbench.note_writer import NoteWriter
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
from mammoview.qt.workbench.workbench_worker import WorkbenchWorker
from mammoview.qt.workbench.written_selection import WrittenSelection
from mammoview.records.error_notes import RowNote, RowVerdict

_SEARCH_MS = 150
_SIZE = QSize(1280, 820)
_FRAME = QSize(16, 40)
"""What a desktop puts round a window at most: its title and borders."""


class WorkbenchWindow(QWidget):
    """A window of its own beside the scans; a click opens the study of a row there."""

    wanted = Signal(object, bool)
    """A RowPlace that is to be shown, and whether the window with it is to come to the front."""

    def __init__(
        self,
        notifier: Notifier,
        parent: QWidget | None = None,
        device: Callable[[], str] = lambda: "auto",
        choices: ModelChoices | None = None,
    ) -> None:
        """Show nothing yet.

        `device` returns where the models of an evaluation are to run; `choices` are the models of the window whose
        layers stand beside the rows, the bundled ones by default.
        """
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(self.tr("Workbench"))
        self.notifier = notifier
        self.worker = WorkbenchWorker(self)
        self.model = ErrorTableModel(self)
        self.views = ErrorViews(self.model)
        self.crops = CropQueue(self.model, self.views, self)
        self.notes = NoteWriter(self.model, self.worker, self)
        for part in (self.worker, self.crops, self.notes):
            part.failed.connect(self.warn)
        self.opened: OpenedEvaluation | None = None
        self.model_line = ModelLine(choices or ModelChoices(parent=self))
        self._stoppable: list[Task[Any, None]] = []
        self._later = QTimer(self, singleShot=True, interval=_SEARCH_MS)
        self._later.timeout.connect(self.apply_filter)
        self.filter, self.search, self.count = QComboBox(), QLineEdit(), QLabel()
        for name, title in self._filters():
            self.filter.addItem(title, name)
        self.filter.setCurrentIndex(1)
        self.filter.setAccessibleName(self.tr("Which rows are listed"))
        self.filter.currentIndexChanged.connect(self.apply_filter)
        self.search.setPlaceholderText(self.tr("Words"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._later.start)
        self.views.chosen.connect(self._show_selection)
        self.views.wanted.connect(self.open_row)
        self.verdict, self.note = QComboBox(), QLineEdit()
        self.evaluation = EvaluationBar(device)
        self.evaluation.finished.connect(self.open_folder)
        self.evaluation.refused.connect(notifier.warn_general)
        self._lay_out()
        self.model.modelAboutToBeReset.connect(self.note_typed)  # a head that is clicked takes no focus
        self.notes.written.connect(self._take_written)
        self.resize(_SIZE.boundedTo(self.screen().availableSize() - _FRAME))
        self._show_selection()

    def _filters(self) -> list[tuple[str, str]]:
        return [
            ("all", self.tr("All rows")),
            ("errors", self.tr("Errors")),
            ("missed", self.tr("Missed lesions")),
            ("false", self.tr("False marks")),
            ("near", self.tr("Near misses")),
            ("found", self.tr("Found lesions and their marks")),
            ("clusters", self.tr("Clusters of bright spots")),
            ("scales", self.tr("Scales disagree")),
            ("folds", self.tr("Folds disagree")),
            ("views", self.tr("Views disagree")),
            ("models", self.tr("Two models disagree")),
            ("reader_missed", self.tr("Reader missed")),
            ("reader_false", self.tr("False marks of the reader")),
            ("reader_differs", self.tr("Reader and model disagree")),
        ]

    def _lay_out(self) -> None:
        folder = QPushButton(self.tr("Open an evaluation…"))
        folder.clicked.connect(self.ask_for_folder)
        head = QHBoxLayout()
        evaluate = QPushButton(self.tr("Evaluate a data set…"))
        evaluate.clicked.connect(self.evaluation.ask)
        head.addWidget(folder)
        head.addWidget(evaluate)
        head.addWidget(self.filter)
        head.addWidget(self.search, 1)
        head.addWidget(self.count)
        self.verdict.addItem("", None)
        for verdict in RowVerdict:
            self.verdict.addItem(phrase_of(verdict), verdict)
        self.verdict.setAccessibleName(self.tr("Verdict on the selected rows"))
        self.verdict.activated.connect(self._set_verdict)
        self.note.setPlaceholderText(self.tr("Note on the selected rows"))
        self.note.editingFinished.connect(self.note_typed)
        foot = QHBoxLayout()
        foot.addWidget(self.verdict)
        foot.addWidget(self.note, 1)
        self.buttons: list[QPushButton] = []
        for text, act in (
            (self.tr("Show"), self.open_selected),
            (self.tr("Figure…"), self._ask_for_sheet),
            (self.tr("List…"), self._ask_for_list),
            (self.tr("Training set…"), self._ask_for_set),
        ):
            button = QPushButton(text)
            button.clicked.connect(act)
            foot.addWidget(button)
            self.buttons.append(button)
        column = QVBoxLayout(self)
        column.addLayout(head)
        column.addWidget(self.evaluation)
        column.addWidget(self.model_line)
        column.addWidget(self.views, 1)
        column.addLayout(foot)

    # An evaluation

    def ask_for_folder(self) -> None:
        """Ask for a folder that `mammoview evaluate` has written."""
        folder = folder_to_open(self, self.tr("Folder of an evaluation"))
        if folder:
            self.open_folder(Path(folder))

    def open_folder(self, folder: Path) -> None:
        """Read an evaluation and show it."""
        self.count.setText(self.tr("Reading"))
        task = self.worker.open(folder).connect(self, result=self.show_evaluation, failed=self._take_failure)
        self._stop_at_end(task)

    def show_evaluation(self, opened: OpenedEvaluation) -> None:
        """Show an evaluation that has been read."""
        self.note_typed()
        self.views.forget()
        self.crops.show(opened)
        self.opened = opened
        self.model_line.set_model(opened.model)
        self.setWindowTitle(self.tr("Workbench: {}").format(opened.folder.name))
        self.notes.show(opened)
        self.apply_filter()

    def _take_failure(self, line: str) -> None:
        self.count.clear()
        self.warn(line)

    def warn(self, line: str) -> None:
        """Report an error here and in the main window."""
        self.count.setText(phrase(line))
        self.count.setToolTip(phrase(line))
        self.notifier.warn_general(line)

    def apply_filter(self) -> None:
        """List the rows that are asked for."""
        self._later.stop()
        self.model.set_filter(str(self.filter.currentData()), self.search.text())
        total = 0 if self.opened is None else len(self.opened.rows)
        self.count.setToolTip("")
        self.count.setText(self.tr("{shown} of {total}").format(shown=self.model.rowCount(), total=total))

    # What is selected

    def _show_selection(self, *_about: object) -> None:
        """Show verdict and note of the first selected row."""
        row = self.views.first_selected()
        note = RowNote() if row is None else self.model.note_of(row)
        self.verdict.setCurrentIndex(self.verdict.findData(note.verdict) if note.verdict else 0)
        self.note.setText(note.note)
        for widget in (self.verdict, self.note, *self.buttons):
            widget.setEnabled(row is not None)

    def _set_verdict(self) -> None:
        """Set the verdict on the selected rows; their notes stay."""
        chosen = self.verdict.currentData()  # a plain text: Qt does not keep the enumeration
        verdict = RowVerdict(chosen) if chosen else None
        self.notes.note_rows(self.views.selected(), verdict=verdict)

    def note_typed(self) -> None:
        """Keep the note on the selected rows where it was edited; their verdicts stay."""
        first, note = self.views.first_selected(), self.note.text().strip()
        if first is None or (note == self.model.note_of(first).note and not self.note.isModified()):
            return
        self.note.setModified(False)
        self.notes.note_rows(self.views.selected(), note=note)

    def _take_written(self) -> None:
        """Show the note of the first selected row as other windows have it, unless one is being typed."""
        if not self.note.isModified():
            self._show_selection()

    def open_selected(self) -> None:
        """Open the study of the first selected row at its place."""
        row = self.views.first_selected()
        if row is not None:
            self.open_row(row)

    def open_row(self, row: int, in_front: bool = True) -> None:
        """Ask for the place of a row, in front of the workbench or behind it."""
        if self.opened is None:
            return
        try:
            place = self.opened.place_of(row)
        except MammoviewError as error:
            self.warn(str(error))
        else:
            self.wanted.emit(place, in_front)

    # Exports

    def _ask_for_sheet(self) -> None:
        kinds = self.tr("Pictures and documents (*.png *.pdf *.svg)")
        self._ask("errors.png", kinds, ".png", lambda path, rows: self.export_sheet(path, rows))

    def _ask_for_list(self) -> None:
        self._ask("errors.csv", self.tr("Tables (*.csv)"), ".csv", lambda path, rows: self.export_list(path, rows))

    def _ask(self, name: str, kinds: str, suffix: str, act: Callable[[Path, Sequence[int]], object]) -> None:
        rows = self.views.selected()
        path = path_to_save(self, self.tr("Export the selection"), name, kinds, suffix, warn=self.warn)
        if path is not None:
            act(path, rows)

    def export_sheet(self, path: Path, rows: Sequence[int]) -> None:
        """Have the crops of rows written as a figure."""
        if self.opened is not None:
            task = self.worker.write_sheet(path, self.opened, rows)
            self._stop_at_end(task.connect(self, result=self._show_written))

    def export_list(self, path: Path, rows: Sequence[int]) -> None:
        """Have rows written as CSV."""
        if self.opened is not None:
            notes = [self.model.note_of(row) for row in rows]
            task = self.worker.write_list(path, self.opened, rows, notes)
            self._stop_at_end(task.connect(self, result=self._show_written))

    def _ask_for_set(self) -> None:
        rows = self.views.selected()
        folder = folder_to_open(self, self.tr("Empty folder for the training set"))
        if folder:
            self.export_set(Path(folder), rows)

    def export_set(self, folder: Path, rows: Sequence[int]) -> None:
        """Have the pictures of rows copied with their outlines."""
        if self.opened is None:
            return
        text = self.tr("{pictures} pictures with their outlines; {left_out} left out: other formats, or no spacing")
        task = self.worker.write_set(folder, self.opened, rows).connect(
            self,
            result=lambda done: self.count.setText(text.format(pictures=done.pictures, left_out=done.left_out)),
        )
        self._stop_at_end(task)

    def _show_written(self, written: WrittenSelection) -> None:
        self.count.setText(self.tr("Written: {}").format(written.path.name))
        self.notifier.file_written(str(written.path))
        if written.unnoted:
            self.warn(written.unnoted)

    def _stop_at_end(self, task: Task[Any, None]) -> None:
        """Have a task cancelled by `stop`; notes are written even then."""
        self._stoppable = [*(one for one in self._stoppable if one.is_pending), task]

    def stop(self) -> None:
        """Cancel all but the writing of notes, and end the thread."""
        self.crops.drop()
        for task in self._stoppable:
            task.cancel()
        self.notes.write()
        self.evaluation.stop()
        self.crops.stop()
        self.worker.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep a note that is being typed."""
        self.note_typed()
        super().closeEvent(event)


def phrase_of(verdict: RowVerdict) -> str:
    """Return a verdict in the reader's language."""
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("workbench", verdict.value)
