"""The reader beside the models: reading mode, impressions, audit log, put together for the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mammoview.core import audit_log
from mammoview.core.audit_log import EventKind
from mammoview.core.settings import Settings
from mammoview.core.version import __version__
from mammoview.qt.reader.audit_controller import AuditController
from mammoview.qt.reader.impression_panel import ImpressionPanel
from mammoview.qt.reader.records_worker import RecordsWorker
from mammoview.qt.reader.second_reader import SecondReaderController
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.qt.widgets.notifier import Notifier
from mammoview.records.reader_report import BLIND

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan


class ReaderController(QObject):
    """The reader of a window: reading mode, impression and audit log."""

    left = Signal()
    """The keyboard goes back to the scans."""

    def __init__(
        self,
        session: Session,
        layers: LayerState,
        viewport_grid: ViewportGrid,
        settings: Settings,
        key: str,
        notifier: Notifier,
        parent: QWidget,
    ) -> None:
        """Follow `session` from its first study on.

        Parameters
        ----------
        session, layers
            What is read, and the layers that open after the first impression.
        viewport_grid
            Whose active scan the audit log names with an export.
        settings
            Reading mode and name of the reader.
        key
            Text of the key that reveals.
        notifier
            Shows what the reader is to know.
        parent
            Window that the file dialogs belong to.
        """
        super().__init__(parent)
        self._parent, self._layers, self._viewport_grid = parent, layers, viewport_grid
        self._notifier = notifier
        self.records_worker = RecordsWorker(self)
        self.audit_controller = AuditController(self.records_worker, layers, settings.reader, parent=self)
        self.second_reader = SecondReaderController(
            session, layers, self.records_worker, self.audit_controller, settings.reading, notifier, self
        )
        self.panel = ImpressionPanel(self.second_reader, key)
        self.panel.reveal_wanted.connect(self.reveal)
        self.records_worker.failed.connect(notifier.warn)
        self.records_worker.warned.connect(notifier.warn_general)
        self.panel.left.connect(self.left)
        self.records_worker.written.connect(self.noting("reader report"))
        self.records_worker.worksheet_written.connect(self.noting("worksheet"))

    @property
    def closed_text(self) -> str:
        """Why the layers are closed; empty while they are open."""
        if self._layers.open:
            return ""
        blind = self.second_reader.mode == BLIND
        return self.tr("Closed: blind reading.") if blind else self.tr("Closed until you reveal the layers.")

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
            self.left.emit()
        self.second_reader.reveal()

    def enter(self) -> None:
        """Take the keyboard to the impression."""
        self.panel.enter()

    def ask_for_file(self) -> None:
        """Ask for a file and write the reader report of the study to it."""
        if self.second_reader.own is None:
            self._notifier.warn(self.tr("There is no reader report to export. Open a study first"))
            return
        title, kinds = self.tr("Export reader report"), self.tr("Reader reports (*.json)")
        path = path_to_save(self._parent, title, "reader-report.json", kinds, ".json", warn=self._notifier.warn)
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Have the reader report of the study written to a file, once no grid is lacking."""
        session = self.second_reader.session
        session.assessment_queue.when_complete(partial(self._export, path), session.entries.values())

    def _export(self, path: Path) -> None:
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
                None if e.assessed is None else e.assessed.assessment,
                e.analysis,
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

    def judged(self, scan: Scan, assessment: Assessment) -> dict[int, Verdict]:
        """Return the verdicts on the findings of a scan, by rank."""
        said = {finding.rank: self.second_reader.verdict_of(scan, finding) for finding in assessment.findings}
        return {rank: verdict for rank, verdict in said.items() if verdict is not None}

    def noting(self, what: str) -> Callable[..., None]:
        """Return what notes an export in the audit log; its file's name stays out, since it may name the patient."""

        def note(_path: str, named: bool = False) -> None:
            active = self._viewport_grid.active
            self.note_scan(what, None if active is None else active.scan, named=named)

        return note

    def note_scan(self, what: str, scan: Scan | None, layers: Sequence[str] | None = None, named: bool = False) -> None:
        """Note in the audit log that a picture of a scan was exported, copied or dragged.

        Where another study is shown by now, the event is not noted as one of that study.

        Parameters
        ----------
        what
            Kind of picture.
        scan
            Of which it is; None where that is not known.
        layers
            Layers in it; those that are on when None.
        named
            Whether it names the patient.
        """
        view, shown = "" if scan is None else scan.name, self._layers.switched_on if layers is None else layers
        more = {"identity": True} if named else {}
        past = scan is not None and self.second_reader.session.entry_of(scan) is None
        note = self.audit_controller.note_elsewhere if past else self.audit_controller.note
        note(EventKind.EXPORT, what=what, view=view, layers=" ".join(shown), **more)

    def begin(self) -> None:
        """Note that a session begins."""
        self.audit_controller.note(EventKind.START, version=__version__, mode=self.second_reader.mode)
