"""The BI-RADS worksheet at work: kept with the reader report, noted in the audit log, written to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mammoview.core import audit_log
from mammoview.core.audit_log import EventKind
from mammoview.display.length_text import length
from mammoview.qt.reader.reader_controller import ReaderController
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.qt.widgets.notifier import Notifier
from mammoview.records.birads import BreastComposition
from mammoview.records.reader_report import UNKNOWN_BREAST
from mammoview.records.worksheet import FindingSize, Worksheet, WorksheetFinding
from mammoview.study.annotations import AnnotationKind

if TYPE_CHECKING:
    from mammoview.qt.reader.worksheet_dialog import WorksheetDialog


class WorksheetController(QObject):
    """Opens the worksheet of the current study, and takes over what the reader enters.

    No result of the models is ever put into it. As second reader it opens after the first impression has a
    category for each breast, so that it is no way around that; from the reveal on, what is changed is marked so.
    """

    left = Signal()
    """The keyboard goes back to the scans."""

    def __init__(
        self,
        session: Session,
        reader: ReaderController,
        viewport_grid: ViewportGrid,
        notifier: Notifier,
        parent: QWidget,
    ) -> None:
        """Serve the current study in `session`; the dialog belongs to the window `parent`."""
        super().__init__(parent)
        self._session, self._viewport_grid, self._notifier, self._parent = session, viewport_grid, notifier, parent
        self._second, self._audit_controller = reader.second_reader, reader.audit_controller
        self._records_worker = reader.records_worker
        self._removed: tuple[str, int, WorksheetFinding] | None = None
        self._made: WorksheetDialog | None = None
        self._second.changed.connect(self.refresh)

    @property
    def dialog(self) -> WorksheetDialog:
        """Its window, made when it is first wanted: the start of the program does not wait for it."""
        if self._made is None:
            from mammoview.qt.reader.worksheet_dialog import WorksheetDialog

            self._made = made = WorksheetDialog(self._parent)
            made.composed.connect(self._compose)
            made.edited.connect(self._edit)
            made.typed.connect(self._type)
            made.form.typing_paused.connect(self._keep)
            made.added.connect(self.add)
            made.removed.connect(self._remove)
            made.restored.connect(self._restore)
            made.export_wanted.connect(self.ask_for_file)
            made.finished.connect(self.left)
        return self._made

    @property
    def _shown(self) -> bool:
        """Whether the window is open."""
        return self._made is not None and self._made.isVisible()

    def open(self) -> None:
        """Open the worksheet, and take the keyboard to it."""
        if not self._shown:
            self.dialog.identity.setChecked(False)
            # Over the panels: the scans are what is read.
            corner = self._parent.geometry().topRight()
            self.dialog.move(corner.x() - self.dialog.width(), corner.y())
        self.dialog.show()
        self.refresh()
        self.dialog.raise_()
        self.dialog.activateWindow()
        self.dialog.enter()

    def stop(self) -> None:
        """Close the worksheet with the window; what was being typed is in the reader report already."""
        if self._made is not None:
            self._made.close()

    def refresh(self, *_what: object) -> None:
        """Show the worksheet as it stands, if it is open."""
        if self._shown:
            from mammoview.qt.reader.worksheet_dialog import ShownWorksheet

            own = self._second.own
            back = self._removed is not None and own is not None and self._removed[0] == own.key
            self.dialog.show_worksheet(ShownWorksheet(own, self._second.breasts, self._closed(), self._rulers(), back))

    def add(self) -> None:
        """Add a finding of the breast that is looked at."""
        breasts = self._second.breasts
        if not self._second.worksheet_open or not breasts:
            return
        active = self._viewport_grid.active
        scan = None if active is None else active.scan
        side = "" if scan is None else str(scan.laterality or UNKNOWN_BREAST)
        number = len(self._worksheet.findings)
        finding = self._stamped(WorksheetFinding(side if side in breasts else breasts[0]))
        self._record(self._worksheet.with_finding(number, finding))
        self._note("added", number, finding)
        self.dialog.choose(number)

    def ask_for_file(self) -> None:
        """Ask for a file and write the worksheet to it; the name that is offered names nobody."""
        if self._second.own is None:
            self._notifier.warn(self.tr("There is no worksheet to export. Open a study first"))
            return
        kinds = self.tr("Texts (*.txt);;JSON (*.json)")
        title, offered = self.tr("Export BI-RADS worksheet"), "birads-worksheet.txt"
        path = path_to_save(self._parent, title, offered, kinds, ".txt", ".json", warn=self._notifier.warn)
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Have the worksheet written to a file: JSON where it ends in .json, else text."""
        own, study = self._second.own, self._session.study
        if own is None or study is None:
            return
        wanted = self._shown and self.dialog.identity.isChecked()
        named = {"patient": study.patient, "date": study.date} if wanted else {}
        reader = self._audit_controller.who or audit_log.user_name()
        identity = {name: value for name, value in named.items() if value}
        self._records_worker.export_worksheet(path, own, reader, identity)

    @property
    def _worksheet(self) -> Worksheet:
        """The worksheet of the current study."""
        return Worksheet() if self._second.own is None else self._second.own.worksheet

    def _closed(self) -> str:
        """Return why nothing can be changed; empty when everything can."""
        if self._second.worksheet_open:
            return ""
        if self._second.own is None:
            return self.tr("The worksheet opens once all scans of a study are loaded.")
        return self.tr("Read-only until each breast has a category in your first impression.")

    def _rulers(self) -> dict[str, tuple[FindingSize, ...]]:
        """Return the rulers on the study's scans by breast, the last one drawn on a scan first."""
        found: dict[str, list[FindingSize]] = {}
        for scan in self._session.entries:
            for ruler in reversed(scan.annotations):
                if ruler.kind is AnnotationKind.RULER:
                    start, end = ruler.points.tolist()
                    size = FindingSize(round(length(start, end, scan.spacing), 1), scan.spacing.label, scan.name)
                    found.setdefault(str(scan.laterality or UNKNOWN_BREAST), []).append(size)
        return {breast: tuple(dict.fromkeys(sizes)) for breast, sizes in found.items()}

    def _compose(self, composition: BreastComposition | None) -> None:
        """Take over the composition."""
        if self._second.worksheet_open and composition is not self._worksheet.composition:
            self._record(replace(self._worksheet, composition=composition))
            value = "none" if composition is None else composition.value
            self._audit_controller.note(EventKind.WORKSHEET, what="composition", value=value)

    def _edit(self, index: int, finding: WorksheetFinding) -> None:
        """Take over a finding."""
        if self._second.worksheet_open and 0 <= index < len(self._worksheet.findings):
            finding = self._stamped(finding)
            self._record(self._worksheet.with_finding(index, finding))
            self._note("changed", index, finding)

    def _type(self, index: int, finding: WorksheetFinding) -> None:
        """Take over a note that is still being typed: it is written when it rests, or another study comes."""
        own = self._second.own
        if own is not None and self._second.worksheet_open and 0 <= index < len(self._worksheet.findings):
            changed = self._worksheet.with_finding(index, self._stamped(finding))
            self._second.hold(replace(own, worksheet=changed))

    def _keep(self) -> None:
        """Have written what was typed."""
        self._second.keep()
        self.refresh()

    def _remove(self, index: int) -> None:
        """Take a finding out; it can be brought back."""
        own = self._second.own
        if own is not None and self._second.worksheet_open and 0 <= index < len(self._worksheet.findings):
            finding = self._worksheet.findings[index]
            self._removed = own.key, index, finding
            self._record(self._worksheet.without(index))
            self._note("removed", index, finding)

    def _restore(self) -> None:
        """Bring back the finding that was taken out last."""
        own = self._second.own
        if self._removed is None or own is None or self._removed[0] != own.key or not self._second.worksheet_open:
            return
        _, index, finding = self._removed
        self._removed = None
        index = min(index, len(self._worksheet.findings))
        self._record(self._worksheet.with_inserted(index, finding))
        self._note("brought back", index, finding)
        self.dialog.choose(index)

    def _stamped(self, finding: WorksheetFinding) -> WorksheetFinding:
        """Return a finding as changed now, with the layers opened or not."""
        own = self._second.own
        return replace(finding, time=audit_log.now(), aided=own is not None and bool(own.revealed))

    def _record(self, sheet: Worksheet) -> None:
        """Have the worksheet written with the reader report."""
        own = self._second.own
        if own is not None:
            self._second.record(replace(own, worksheet=sheet))

    def _note(self, change: str, index: int, finding: WorksheetFinding) -> None:
        """Note a change in the audit log; the free text stays out."""
        kind = "" if finding.kind is None else finding.kind.value
        category = "" if finding.category is None else finding.category.value
        facts = {name: value for name, value in (("type", kind), ("category", category)) if value}
        self._audit_controller.note(
            EventKind.WORKSHEET, what="finding", change=change, number=index + 1, breast=finding.breast, **facts
        )
