"""The one list of studies: what is open, what was opened last, and the library, with search and thumbnails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QProgressBar,
    QSizePolicy,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.library.insert import study_key
from mammoview.library.queries import IndexedStudy
from mammoview.qt.library.forget_dialog import ForgetController
from mammoview.qt.library.library_client import LibraryClient
from mammoview.qt.library.study_delegate import StudyDelegate, StudyListModel, StudyRow, indexed_study, matches_words
from mammoview.qt.widgets.file_dialogs import folder_to_open
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.search_list import SearchBox, SearchList
from mammoview.qt.widgets.status_bar import ElidedLabel
from mammoview.study.scan import Study

LIBRARY, RECENT, OPEN = range(3)
"""The tabs."""
_TYPING_MS = 150
_GROWING_MS = 1000


class StudyPanel(QDockWidget):
    """Search box, list and the library's commands; everything can be done from the keyboard."""

    chosen = Signal(int)
    """Place among the open studies of the one to show."""
    wanted = Signal(list)
    """Files and zips to open."""
    toggled = Signal()
    """The list came or went."""
    left = Signal()
    """The keyboard is to go back to the scans."""
    export_wanted = Signal(object)
    """Studies that are listed, a list of IndexedStudy, are to be exported."""

    def __init__(self, client: LibraryClient, notifier: Notifier, parent: QWidget | None = None) -> None:
        """Make an empty, hidden list; `client` answers."""
        super().__init__(parent)
        self.client, self._notifier = client, notifier
        self._studies: list[Study] = []
        self._index = -1
        self._known: list[IndexedStudy] = []
        self._of_key: dict[str, IndexedStudy] = {}
        self._library_offered = self._offered_once = self._resumed = self._follow = self._asked = False
        self._put_away = False
        """Whether the reader has hidden the list; then it is shown only by command."""
        self.forgetting = ForgetController(client, self)
        self.setObjectName("studies")
        self.setWindowTitle(self.tr("Studies"))
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        self.tabs = QTabBar()
        for name in (self.tr("Library"), self.tr("Recent"), self.tr("Open")):
            self.tabs.addTab(name)
        self.tabs.setExpanding(True)
        self.tabs.setAccessibleName(self.tr("Which studies are listed"))
        self.search = SearchBox()
        self.search.setPlaceholderText(self.tr("Search name, ID, date, text"))
        self.search.setAccessibleName(self.tr("Search studies"))
        self.search.setClearButtonEnabled(True)
        self.rows = StudyListModel(self)
        self.view = SearchList()
        self.view.setModel(self.rows)
        self.view.setItemDelegate(StudyDelegate(self.view))
        self.view.setAccessibleName(self.tr("Studies"))
        self.count = ElidedLabel()
        self.count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setMaximumHeight(8)
        self.bar.setTextVisible(False)
        self.add_button = self._button(self.tr("Add folder…"), self.add_folder)
        self.scan_button = self._button(self.tr("Scan again"), self.scan)
        self.forget_button = self._button(self.tr("Forget…"), self.ask_to_forget)
        self.cancel_button = self._button(self.tr("Cancel"), client.cancel_scan)
        self.export_button = self._button(self.tr("Export…"), self.export)
        self.export_button.setToolTip(self.tr("Export figures, data or DICOM objects of all studies in the list"))
        self._lay_out()
        self._typing, self._growing = QTimer(self), QTimer(self)
        for timer, milliseconds in ((self._typing, _TYPING_MS), (self._growing, _GROWING_MS)):
            timer.setSingleShot(True)
            timer.setInterval(milliseconds)
            timer.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda: self._typing.start())
        self.tabs.currentChanged.connect(self.refresh)
        self.view.activated.connect(self._open)
        self.search.entered.connect(self._open_first)
        self.search.down.connect(self._enter_list)
        for part in (self.search, self.view):
            part.escaped.connect(self._escape)
        self.view.deleted.connect(self.ask_to_forget)
        self.rows.picture_wanted.connect(client.paint, Qt.ConnectionType.QueuedConnection)
        self.rows.left.connect(client.forget_thumbnails_of)
        client.changed.connect(self.refresh)
        client.scanning.connect(self._take_scanning)
        self.visibilityChanged.connect(self._take_visibility)
        self._take_scanning("", 0.0)
        self.hide()

    def _lay_out(self) -> None:
        """Place the parts."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        column.addWidget(self.tabs)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        progress = QHBoxLayout()
        progress.addWidget(self.count, 1)
        progress.addWidget(self.export_button)
        progress.addWidget(self.cancel_button)
        column.addLayout(progress)
        column.addWidget(self.bar)
        buttons = QHBoxLayout()
        for button in (self.add_button, self.scan_button, self.forget_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        inside.setMinimumWidth(220)
        self.setWidget(inside)

    def _button(self, text: str, act: Callable[[], object]) -> QToolButton:
        """Make a button that the keyboard reaches."""
        button = QToolButton()
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: act())
        return button

    # Coming and going

    def open(self, shown: bool) -> None:
        """Show the list and go there, or hide it."""
        self._library_offered = False
        self._put_away = not shown
        self.setVisible(shown)
        if shown:
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()
        else:
            self.left.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Note that the reader has closed the list."""
        self._put_away = True
        super().closeEvent(event)

    def go_to_search(self) -> None:
        """Show the library, ready for a search."""
        self.tabs.setCurrentIndex(LIBRARY)
        self.open(True)

    def offer_library(self) -> None:
        """Show the library, where it has studies and none was opened last, which the start page would list."""
        if self.client.used:
            self.client.list_studies("", True, self._ask_for_library)

    def _ask_for_library(self, recent: list[IndexedStudy]) -> None:
        """Ask whether the library has studies."""
        if not recent:
            self.client.list_studies("", False, self._take_library)

    def _take_library(self, known: list[IndexedStudy]) -> None:
        """Show the library, once, as long as nothing is open."""
        if known and not self._offered_once and not self._studies:
            self._library_offered = self._offered_once = True
            self.tabs.setCurrentIndex(LIBRARY)
            self.show()

    def show_studies(self, studies: Sequence[Study], index: int) -> None:
        """Take over which studies are open; several are worth a list, unless the reader has just chosen in it."""
        several = len(studies) > max(1, len(self._studies))
        if index != self._index:
            self._follow = True
        self._studies, self._index = list(studies), index
        if several and self.client.used and not (self._asked or self._put_away):
            self.search.clear()  # words looked for before would hide some of them
            self.tabs.setCurrentIndex(OPEN)
            self.show()
        elif self._library_offered and studies:
            self._library_offered = False
            self.hide()
        self._asked = False
        self.refresh()

    def show_patient(self, shown: bool) -> None:
        """Name the patients, or do not."""
        self.rows.patient_shown = shown
        self.view.viewport().update()

    # What is listed

    def refresh(self) -> None:
        """Ask anew for what is to be listed."""
        if not self.isVisible():
            return
        tab, words = self.tabs.currentIndex(), self.search.text()
        self.client.list_studies(
            "" if tab == OPEN else words, tab == RECENT, lambda known: self._take_known(tab, words, known)
        )
        if tab == OPEN or not self.client.used:
            self._show_rows()

    def _take_known(self, tab: int, words: str, known: list[IndexedStudy]) -> None:
        """Show an answer, unless another question has been asked since."""
        if tab != self.tabs.currentIndex() or words != self.search.text():
            return
        self._known = known
        self._of_key = {study.key: study for study in known}
        self._show_rows()

    def _show_rows(self) -> None:
        """Make rows, and keep the place in the list; another current study is where the reader is now."""
        before = self._current()
        current = self._studies[self._index] if 0 <= self._index < len(self._studies) else None
        open_keys = {study_key(study): place for place, study in reversed(list(enumerate(self._studies)))}
        rows: list[tuple[IndexedStudy, int | None]]
        if self.tabs.currentIndex() == OPEN:
            words = self.search.text().casefold().split()
            listed = [indexed_study(study, self._of_key.get(study_key(study))) for study in self._studies]
            rows = [(study, place) for place, study in enumerate(listed) if matches_words(study, words)]
        else:
            rows = [(study, open_keys.get(study.key)) for study in self._known]
        made = []
        for study, place in rows:
            prior = (
                current is not None
                and bool(study.date)
                and study.date < current.date
                and study.identity.is_person(current.identity)
            )
            made.append(StudyRow(study, place, place is not None and place == self._index, prior))
        self.rows.show(made)
        self.export_button.setEnabled(bool(made))
        turned, self._follow = self._follow or before is None, False
        if turned or before is None:
            held = [number for number, row in enumerate(made) if row.shown]
        else:
            held = [number for number, row in enumerate(made) if row.study.key == before.study.key]
            # A study may be open twice, from one of its files and from its folder.
            held.sort(key=lambda number: made[number].open_as != before.open_as)
        if held:
            self.view.setCurrentIndex(self.rows.index(held[0]))
        if not self.client.scans_under_way:
            self.count.setText(self._counted(len(made)))

    def _counted(self, count: int) -> str:
        """Return the number of studies in words, or how to get some."""
        if count:
            return self.tr("Studies: {}").format(count)
        if self.search.text():
            return self.tr("No study matches this search")
        return {
            LIBRARY: self.tr("The library is empty: add a folder"),
            RECENT: self.tr("Nothing has been opened yet"),
            OPEN: self.tr("No study is open"),
        }[self.tabs.currentIndex()]

    def _current(self) -> StudyRow | None:
        """Return the row in which the reader is."""
        place = self.view.currentIndex()
        return self.rows.rows[place.row()] if place.isValid() and place.row() < len(self.rows.rows) else None

    # Opening

    def _open_first(self) -> None:
        """Open the row in which the reader is, or the first."""
        if self.rows.rows:
            self._open(self.view.currentIndex() if self.view.currentIndex().isValid() else self.rows.index(0))

    def _open(self, place: QModelIndex) -> None:
        """Show a study that is open, or open it; warn of what is missing."""
        row = self.rows.rows[place.row()]
        if row.open_as is not None:
            self.chosen.emit(row.open_as)
        elif not row.study.sources:
            self._notifier.warn_general(
                self.tr("{}: the files of this study are not there. Connect the medium, or forget the study").format(
                    row.study.missing[0].parent
                )
            )
            return
        else:
            if row.missing:
                self._notifier.warn_general(row.missing)
            self._asked = True
            self.wanted.emit([str(source) for source in row.study.sources])
        self.hide()
        self.left.emit()

    # The library

    def add_folder(self) -> None:
        """Ask for a folder, take it into the library and scan it."""
        name = folder_to_open(self, self.tr("Add a folder to the library"))
        if name:
            self.tabs.setCurrentIndex(LIBRARY)
            self.show()
            self.client.add(Path(name))

    def scan(self) -> None:
        """Bring the library up to date with its folders."""
        self.show()
        self.client.scan()

    def export(self) -> None:
        """Have all studies exported that are listed, also those of a search beyond the rows that are shown."""
        if self.tabs.currentIndex() == OPEN or not self.client.used:
            self.export_wanted.emit([row.study for row in self.rows.rows])
        else:
            recent = self.tabs.currentIndex() == RECENT
            self.client.find_all(self.search.text(), recent, self.export_wanted.emit)

    def ask_to_forget(self) -> None:
        """Ask what to forget: the study in which the reader is, its folder, or everything."""
        self.show()
        row = self._current()
        study = None if row is None or not row.study.id else row.study
        name = "" if row is None or study is None else f"{self.rows.patient(row)} {study.date}".strip()
        self.forgetting.ask(study, name)

    def _take_scanning(self, folder: str, fraction: float) -> None:
        """Show how far a scan is."""
        for part in (self.bar, self.cancel_button):
            part.setVisible(bool(folder))
        self.export_button.setVisible(not folder)
        self.scan_button.setEnabled(not folder)
        if not folder:
            self.count.setText(self._counted(len(self.rows.rows)))
            return
        self.bar.setRange(0, 0 if fraction < 0 else 1000)
        self.bar.setValue(round(1000 * max(0.0, fraction)))
        self.count.setText(self.tr("Scanning {}").format(folder))
        if not self._growing.isActive():
            self._growing.start()

    # Keyboard and screen

    def _enter_list(self) -> None:
        """Go from the search box into the list."""
        if self.rows.rows:
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self.rows.index(0))
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _escape(self) -> None:
        """Empty the search box, then go back to the scans."""
        if self.search.text():
            self.search.clear()
        else:
            self.open(not self._studies)
            self.left.emit()

    def _take_visibility(self, visible: bool) -> None:
        """Fill the list when it comes; a scan that was killed goes on when the library is first looked at."""
        self.toggled.emit()
        if visible:
            self.refresh()
            if not self._resumed:
                self._resumed = True
                self.client.resume()
        else:
            self.client.forget_thumbnails_wanted()
