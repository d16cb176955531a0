"""Lists of the marks of DICOM objects about the scans, below the switch of their layer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Scan, Study

LINES = 5
"""Height of a list."""


class MarkListController(QObject):
    """Shows the rows of these layers where the current study has such marks, and lists these."""

    chosen = Signal(object, float, float)
    """Scan, column, row of a mark."""

    def __init__(self, panel: LayersPanel, study: Callable[[], Study | None], parent: QObject | None = None) -> None:
        """Add a list to each row of `panel`."""
        super().__init__(parent)
        self._study, self._panel = study, panel
        self._patient_shown = True
        self.lists: dict[MarkOrigin, QListWidget] = {}
        for origin in MarkOrigin:
            marks = QListWidget()
            marks.setAccessibleName(panel.rows[origin].check.text())
            marks.setWordWrap(True)
            marks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            marks.setFixedHeight(LINES * marks.fontMetrics().lineSpacing())
            marks.itemActivated.connect(self._choose)
            marks.itemClicked.connect(self._choose)
            panel.add_choice(origin, marks)
            self.lists[origin] = marks
        self.refresh()

    def show_patient(self, shown: bool) -> None:
        """Show the texts of presentation states, or leave them out: anyone may have written anything there."""
        self._patient_shown = shown
        self.refresh()

    def refresh(self) -> None:
        """List the marks of the current study."""
        study = self._study()
        scans: list[Scan] = [] if study is None else study.scans
        for origin, shown in self.lists.items():
            shown.clear()
            for scan in scans:
                for mark in scan.marks:
                    if mark.origin is origin:
                        shown.addItem(_line(scan, mark, self._patient_shown or not mark.free_text))
            shown.setVisible(shown.count() > 0)
            mapped = origin is MarkOrigin.SEGMENT and any(scan.maps for scan in scans)
            self._panel.rows[origin].setVisible(shown.count() > 0 or mapped)

    def _choose(self, item: QListWidgetItem) -> None:
        """Emit where a mark is."""
        scan, mark = item.data(Qt.ItemDataRole.UserRole)
        self.chosen.emit(scan, *mark.centre)


def _line(scan: Scan, mark: Mark, worded: bool) -> QListWidgetItem:
    """Return the line of a mark, with its words or without."""
    words = (mark.words or mark.source) if worded else ""
    item = QListWidgetItem(f"{phrase(scan.name)}  {words}".rstrip())
    item.setToolTip(mark.words if worded else "")
    item.setData(Qt.ItemDataRole.UserRole, (scan, mark))
    return item
