"""The reader beside the models: reading mode, impressions, audit log, put together for the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core import audit_log
from mammoview.core.audit_log import EventKind
from mammoview.core.settings import Settings
from mammoview.core.version import __version__
from mammoview.qt.reader.audit_controller import AuditController
from mammoview.qt.reader.impression_panel import ImpressionPanel
from mammoview.qt.reader.records_worker import RecordsWorker
from mammoview.qt.reader.second_reader import BLIND, SecondReaderController, mode_text
from mammoview.qt.reader.verdicts import VerdictController
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.session import Session
from mammoview.qt.widgets.file_dialogs import path_to_save

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.qt.main_window.main_window import MainWindow
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan


class ReaderController(QObject):
    """What the window knows of its reader."""

    told = Signal(str)
    """A line for the reader."""

    def __init__(
        self, session: Session, layers: LayerState, settings: Settings, key: str, parent: QObject | None = None
    ) -> None:
        """Follow `session` from its first study on; `key` is the text of the key that reveals."""
        super().__init__(parent)
        self.records_worker = RecordsWorker(self)
        self.audit_controller = AuditController(self.records_worker, layers, settings.reader, parent=self)
        self.second_reader = SecondReaderController(
            session, layers, self.records_worker, self.audit_controller, settings.reading, self
        )
        self.panel = ImpressionPanel(self.second_reader, key)
        self.panel.reveal_wanted.connect(self.reveal)
        self.records_worker.failed.connect(self.told)
        self.second_reader.told.connect(self.told)

    def follow(self, window: MainWindow) -> None:
        """Cover what would give the layers away, and note what leaves the program."""
        self._window = window
        self.told.connect(window.tell_of_study)
        self.records_worker.told.connect(window.messages.tell)
        self.records_worker.written.connect(window.tell_written)
        self.panel.left.connect(window.focus_scans)
        self.second_reader.changed.connect(self._take_change)
        window.layers.opened.connect(self._take_gate)
        window.first_painted.connect(self._begin)
        for signal, what in (
            (window.export.done, "picture"),
            (window.comparison.written, "comparison"),
            (window.outline_save.done, "outlines"),
            (self.records_worker.written, "own reading"),
            (self.records_worker.worksheet_written, "worksheet"),
        ):
            signal.connect(self._noting(what))
        self.verdicts = VerdictController(self.second_reader, window.findings, self.audit_controller, self)
        self.verdicts.told.connect(self.told)
        window.findings.verdict.left.connect(window.focus_scans)
        window.export.judged = self._judged
        window.comparison.changed.connect(lambda: self.audit_controller.take_difference(window.comparison.difference))
        self.audit_controller.follow()
        self._take_gate(window.layers.open)
        self._take_change()

    def keep_no_record(self) -> None:
        """Write and ask nothing: nobody reads, as in a snapshot."""
        self.audit_controller.enabled = False
        self.second_reader.recording = False
        self.panel.refresh()

    def reveal(self) -> None:
        """Open the layers, if the first impression is there."""
        self.panel.settle()
        if self.second_reader.ready:
            # The next keys, such as that of the next finding, are for the scans and not for a field of the impression.
            self._window.focus_scans()
        self.second_reader.reveal()

    def enter(self) -> None:
        """Take the keyboard to the impression."""
        self.panel.enter()

    def accept(self) -> None:
        """Accept the chosen finding, or take that back."""
        self.verdicts.accept()

    def reject(self) -> None:
        """Reject the chosen finding, or take that back."""
        self.verdicts.reject()

    def ask_for_file(self) -> None:
        """Ask for a file and write the own reading of the study to it."""
        if self.second_reader.own is None:
            self.told.emit(self.tr("There is no reader report to export. Open a study first"))
            return
        title, kinds = self.tr("Export reader report"), self.tr("Reader reports (*.json)")
        path = path_to_save(self._window, title, "own-reading.json", kinds, ".json", tell=self.told.emit)
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Have the own reading of the study written to a file."""
        from mammoview.core import fault_report
        from mammoview.export.reader_report_json import ReportedScan

        self.panel.settle()
        reader = self.second_reader
        if reader.own is None:
            return
        reads = tuple(
            ReportedScan(
                e.scan,
                reader.keys[e.scan],
                e.state.value,
                # It names the file, which may name the patient.
                fault_report.without_values(e.state_text) if e.state_text else "",
                e.assessed and e.assessed.assessment,
            )
            for e in reader.session.entries.values()
            if e.scan in reader.keys
        )
        who = self.audit_controller.who or audit_log.user_name()
        self.records_worker.export_report(path, reader.own, reads, who)

    def set_mode(self, mode: str) -> None:
        """Read in another mode from now on."""
        self.panel.settle()
        self.second_reader.set_mode(mode)

    def stop(self) -> None:
        """Write what has not been written, and end the thread."""
        self.panel.settle()
        self.second_reader.stop()
        self.audit_controller.settle()
        self.audit_controller.note(EventKind.END)
        self.records_worker.stop()

    def _judged(self, scan: Scan, assessment: Assessment) -> dict[int, Verdict]:
        """Return the verdicts on the findings of a scan, by rank."""
        said = {finding.rank: self.verdicts.of(scan, finding) for finding in assessment.findings}
        return {rank: verdict for rank, verdict in said.items() if verdict is not None}

    def _noting(self, what: str) -> Callable[..., None]:
        """Return what notes an export; its file's name stays out, since it may name the patient."""

        def note(_path: str, named: bool = False) -> None:
            active = self._window.viewport_grid.active
            view = active.scan.name if active is not None and active.scan is not None else ""
            layers = " ".join(self._window.layers.switched_on)
            self.audit_controller.note(
                EventKind.EXPORT, what=what, view=view, layers=layers, **({"identity": True} if named else {})
            )

        return note

    def _begin(self) -> None:
        """Note that a session begins."""
        self.audit_controller.note(EventKind.START, version=__version__, mode=self.second_reader.mode)

    def _take_change(self) -> None:
        """Say how layers and reader meet."""
        self._window.status.show_mode(mode_text(self.second_reader.mode))

    def _take_gate(self, is_open: bool) -> None:
        """Cover the lists of marks while the layers are closed."""
        window = self._window
        window.layers_panel.setEnabled(is_open)
        blind = self.second_reader.mode == BLIND
        closed = self.tr("Closed: blind reading.") if blind else self.tr("Closed until you reveal the layers.")
        window.findings.set_closed("" if is_open else closed)
        if is_open:
            window.comparison_panel.refresh()
        else:
            window.comparison.cover()
