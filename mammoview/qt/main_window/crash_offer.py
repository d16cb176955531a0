"""Offer of the start page after a crash: the last study, and the report of the fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mammoview.qt.i18n.message_catalog import day

if TYPE_CHECKING:
    from pathlib import Path

    from mammoview.library.queries import IndexedStudy
    from mammoview.qt.drawing.journal_worker import JournalWorker, LeftByCrash
    from mammoview.qt.library.library_client import LibraryClient
    from mammoview.qt.main_window.fault_reports import FaultController
    from mammoview.qt.main_window.start_page import StartPage


class CrashOffer(QFrame):
    """Reports that the last run did not end as it should and what is kept of it, with a button for each thing to do."""

    seen = Signal()
    """It has been on screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make it hidden."""
        super().__init__(parent)
        self.setObjectName("crashOffer")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        self.title = QLabel(self.tr("The last run did not end as it should"))
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.reopen = QPushButton(self.tr("Open the last study"))
        self.look = QPushButton(self.tr("Report of the fault…"))
        self.dismiss = QPushButton(self.tr("Close"))
        self.dismiss.clicked.connect(self.hide)
        for label in (self.title, self.text):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addWidget(self.reopen)
        row = QHBoxLayout()
        row.addWidget(self.look, 1)
        row.addWidget(self.dismiss)
        column.addLayout(row)
        self.reopen.hide()
        self.hide()

    def show_left(self, left: LeftByCrash) -> None:
        """Show what is kept."""
        lines = []
        if left.crash.started:
            began = datetime.fromtimestamp(left.crash.started).astimezone()
            lines.append(
                self.tr("It began on {day} at {time}.").format(day=day(f"{began:%Y-%m-%d}"), time=f"{began:%H:%M}")
            )
        if left.unsaved:
            lines.append(
                self.tr(
                    "Unsaved drawings are kept (scans with such drawings: {}). They come back when their study is "
                    "opened."
                ).format(left.unsaved)
            )
        lines.append(self.tr("Impressions and worksheets are kept as they were entered. Nothing is sent anywhere."))
        self.text.setText(" ".join(lines))
        self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the texts once the layouts are through: what is asked for meanwhile would be lost."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_texts)

    def _fit_texts(self) -> None:
        """Give the texts the lines that they need: a page that is too low would cut them."""
        margins = self.contentsMargins() + self._column.contentsMargins()
        for label in (self.title, self.text):
            # Without a text it is -1.
            height = label.heightForWidth(self.width() - margins.left() - margins.right())
            label.setMinimumHeight(max(0, height))
        # The layouts around it would give it the height of an earlier width.
        self.setMinimumHeight(self._column.minimumSize().height() + 2 * self.frameWidth())

    def showEvent(self, event: QShowEvent) -> None:
        """Note that it has been on screen."""
        super().showEvent(event)
        if not event.spontaneous():
            self.seen.emit()


class CrashOfferController(QObject):
    """Looks for a run that did not end as it should, and offers once what it left."""

    def __init__(
        self,
        page: StartPage,
        journal: JournalWorker,
        library: LibraryClient,
        faults: FaultController,
        open_paths: Callable[[Sequence[Path]], None],
        parent: QObject,
    ) -> None:
        """Offer nothing yet.

        Parameters
        ----------
        page
            Start page that the offer stands on.
        journal
            Looks for what was left.
        library
            Returns the files of the study that was shown last.
        faults
            Shows the report.
        open_paths
            Opens the last study.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self._journal, self._library, self._faults, self._open = journal, library, faults, open_paths
        self._left: LeftByCrash | None = None
        self._last: list[Path] = []
        self.offer = CrashOffer()
        page.put_above(self.offer)
        self.offer.seen.connect(self._forget)
        self.offer.reopen.clicked.connect(self._reopen)
        self.offer.look.clicked.connect(self._show_report)

    def look(self) -> None:
        """Search for files and records that the last run left."""
        self._journal.find_left().connect(self, result=self._take_left)

    def _take_left(self, left: LeftByCrash | None) -> None:
        """Offer what was found."""
        self._left = left
        if left is not None:
            self.offer.show_left(left)
            self._library.list_studies("", True, self._take_recent)

    def _take_recent(self, known: Sequence[IndexedStudy]) -> None:
        """Offer the study that the run which ended showed last, if its files are there."""
        left = self._left
        last = None if left is None else next((one for one in known if left.crash.showed_last(one.key)), None)
        self._last = [] if last is None else last.sources
        self.offer.reopen.setVisible(bool(self._last))

    def _forget(self) -> None:
        """Remove the record: what is on screen is not offered again at the next start."""
        if self._left is not None:
            self._journal.forget(self._left.crash)

    def _reopen(self) -> None:
        """Open the last study."""
        self.offer.hide()
        self._open(self._last)

    def _show_report(self) -> None:
        """Show the report of the fault."""
        if self._left is not None:
            self._faults.show_crash(self._left.crash)
