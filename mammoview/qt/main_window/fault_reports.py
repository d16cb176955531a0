"""Faults of the program: shown once, and saved as a report without names."""

from __future__ import annotations

import sys
import traceback
from collections import Counter, deque
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from mammoview.assess.models.hashes import PINS
from mammoview.core import fault_report
from mammoview.core.errors import MammoviewError
from mammoview.core.private_output import debugging, print_error
from mammoview.formats.common.file_names import PICTURE_SUFFIXES
from mammoview.qt.concurrency.worker import FAULTS
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.widgets.file_dialogs import path_to_save

if TYPE_CHECKING:
    from mammoview.core.run_record import Crash
    from mammoview.core.settings import Settings
    from mammoview.qt.session.session import Session
    from mammoview.study.scan import Scan

MOST = 20
"""Faults that are remembered."""
_ENDINGS = frozenset({".dcm", *PICTURE_SUFFIXES, ".ljpeg", ".bmp"})


class FaultController(QObject):
    """Collects faults of this session, those of the worker threads included."""

    noted = Signal(str)
    """A fault of the GUI thread, as `fault_report.of_error` gives it."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        """Prepare; `catch` takes the faults of the GUI thread as well.

        Parameters
        ----------
        session, settings
            Facts of a report on the open files, without their names, and on the settings.
        window
            Window of the dialog; closed at a keyboard interrupt.
        """
        super().__init__(window)
        self._session, self._settings, self._window = session, settings, window
        self._own: deque[BaseException] = deque(maxlen=MOST)
        self._shown = False

    def catch(self) -> None:
        """Show uncaught exceptions in a dialog, besides the traceback in a terminal."""
        sys.excepthook = self.take

    def note(self, error: BaseException) -> None:
        """Remember a fault without the objects of its frames."""
        traceback.clear_frames(error.__traceback__)
        self._own.append(error)
        self.noted.emit(fault_report.of_error(error))

    @property
    def text(self) -> str:
        """The report as it would be saved."""
        faults = [fault_report.of_error(error) for error in (*FAULTS, *self._own)]
        scans = [scan for study in self._session.studies for scan in study.scans]
        opened = Counter({"study": len(self._session.studies)}) + Counter(map(_kind, scans))
        return fault_report.report(faults, self._settings, _models(), opened)

    def show(self) -> None:
        """Show the report, to be saved or copied."""
        FaultDialog(self.text, self._window).open()

    def show_crash(self, crash: Crash) -> None:
        """Show the report of a run that did not end as it should, to be saved or copied."""
        faults = crash.faults or ("The run was ended from outside, or left no trace.",)
        FaultDialog(fault_report.report(faults, self._settings, _models()), self._window).open()

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Note a fault of the GUI thread, and show the first one."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        (sys.__excepthook__ if debugging() else print_error)(kind, error, trace)
        self.note(error)
        if not self._shown:
            self._shown = True
            self.show()


def _models() -> dict[str, str]:
    """Return the SHA-256 of the bundled models by name."""
    return {name: files["model.safetensors"] for name, files in PINS.items()}


def _kind(scan: Scan) -> str:
    """Return what kind of file a scan is, of the kinds that the program reads, and how large its picture is."""
    ending = scan.path.suffix.lower()
    kind = f"a {ending} file" if ending in _ENDINGS else "a file of another ending"
    packed = ", out of a zip" if scan.file is not None else ""
    frames = "" if scan.stack is None else f", {scan.stack.count} frames"
    return f"{kind}{packed}: {scan.rows} x {scan.columns}, {scan.grey.bits} bit{frames}"


class FaultDialog(QDialog):
    """Shows the report in full before it is saved."""

    def __init__(self, text: str, parent: QWidget) -> None:
        """Show a report."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Report of a fault"))
        column = QVBoxLayout(self)
        head = QLabel(
            self.tr(
                "This is what a report would hold. Patients, files and folders are left out. Nothing is sent: save it "
                "and send it to those who maintain the program."
            )
        )
        head.setWordWrap(True)
        column.addWidget(head)
        self.text = QPlainTextEdit(text)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.tr("Report"))
        self.text.setTabChangesFocus(True)
        column.addWidget(self.text, 1)
        kinds = QDialogButtonBox.ButtonRole
        buttons = QDialogButtonBox()
        self.save_button = buttons.addButton(self.tr("Save…"), kinds.ActionRole)
        self.copy_button = buttons.addButton(self.tr("Copy"), kinds.ActionRole)
        buttons.addButton(self.tr("Close"), kinds.RejectRole)
        self.save_button.clicked.connect(self.ask)
        self.copy_button.clicked.connect(self._copy)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        column.addWidget(self.problem)
        self.resize(680, 460)

    def ask(self) -> None:
        """Ask for a file and save the report."""
        title, kinds = self.tr("Save the report"), self.tr("Texts (*.txt)")
        path = path_to_save(self, title, "mammoview-report.txt", kinds, ".txt", ".log", warn=self._show_problem)
        if path is not None:
            try:
                self.problem.setText(self.tr("Written: {}").format(fault_report.write(path, self.text.toPlainText())))
            except MammoviewError as error:
                self._show_problem(str(error))

    def _show_problem(self, line: str) -> None:
        """Show why the report cannot be saved."""
        self.problem.setText(phrase(line))

    def _copy(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())
