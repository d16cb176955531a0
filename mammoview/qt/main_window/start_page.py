"""The page in place of the scans while no study is open: ways to open one, and the studies opened last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mammoview.library.queries import IndexedStudy
from mammoview.qt.library.library_client import LibraryClient
from mammoview.qt.library.study_delegate import StudyDelegate, StudyListModel, StudyRow
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.icons import ICON_PX, IconLoader
from mammoview.qt.widgets.search_list import SearchList
from mammoview.qt.widgets.status_bar import notice

START_COMMANDS = ("open_folder", "open_files", "sample", "manual")
"""Commands that have a button, from the top."""
MOST_RECENT = 3
"""Most studies that are listed."""
_WIDTH = 420
"""Width of the column, px, where there is room."""


class StartPage(QScrollArea):
    """Covers its parent while it is visible."""

    wanted = Signal(list)
    """Files and zips to open."""

    def __init__(
        self,
        actions: Mapping[str, QAction],
        icons: IconLoader,
        client: LibraryClient,
        patient_shown: bool,
        parent: QWidget,
    ) -> None:
        """Cover `parent`, with buttons for some of `actions`; `client` lists the studies opened last."""
        super().__init__(parent)
        self._client = client
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("startPage")
        around = QVBoxLayout(inside)
        self._column = column = QVBoxLayout()
        column.setSpacing(8)
        title = QLabel("Mammoview")
        title.setFont(theme.title_font(self.font()))
        self.notice = QLabel(notice())
        self.hint = QLabel()
        for label in (self.notice, self.hint):
            label.setWordWrap(True)
            theme.make_faint(label)
        column.addWidget(title)
        column.addWidget(self.notice)
        column.addSpacing(12)
        self.buttons = {name: self._button(actions[name], icons, name) for name in START_COMMANDS}
        for button in self.buttons.values():
            column.addWidget(button)
        column.addWidget(self.hint)
        column.addSpacing(12)
        self.recent_title = QLabel(self.tr("Recent studies"))
        self.rows = StudyListModel(self)
        self.rows.patient_shown = patient_shown
        self.recent = SearchList()
        self.recent.setModel(self.rows)
        self.recent.setItemDelegate(StudyDelegate(self.recent))
        self.recent.setAccessibleName(self.tr("Recent studies"))
        self.recent.activated.connect(self._open)
        self.recent.clicked.connect(self._open)
        self.rows.picture_wanted.connect(client.paint, Qt.ConnectionType.QueuedConnection)
        self.rows.left.connect(client.forget_thumbnails_of)
        column.addWidget(self.recent_title)
        column.addWidget(self.recent, 1)
        page = QWidget()
        page.setMaximumWidth(_WIDTH)
        page.setLayout(column)
        page.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        around.addStretch(1)
        around.addWidget(page, 0, Qt.AlignmentFlag.AlignHCenter)
        around.addStretch(2)
        self._page = page
        self.setWidget(inside)
        self._take_recent([])
        parent.installEventFilter(self)
        self.setGeometry(parent.rect())
        client.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Ask anew what was opened last, while it is to be seen."""
        if self.isVisible():
            self._client.list_studies("", True, self._take_recent)

    def put_above(self, widget: QWidget) -> None:
        """Put something above the buttons."""
        self._column.insertWidget(self._column.indexOf(self.buttons[START_COMMANDS[0]]), widget)

    def show_patient(self, shown: bool) -> None:
        """Name the patients, or do not."""
        self.rows.patient_shown = shown
        self.recent.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the parent, whatever its size."""
        parent = self.parentWidget()
        if watched is not parent or parent is None:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(parent.rect())
            self._page.setFixedWidth(min(_WIDTH, max(80, parent.width() - 24)))
        return False

    def _take_recent(self, known: Sequence[IndexedStudy]) -> None:
        """List studies that can be opened still, as high as they need."""
        there = [StudyRow(study) for study in known if study.sources][:MOST_RECENT]
        self.rows.show(there)
        for part in (self.recent_title, self.recent):
            part.setVisible(bool(there))
        if there:
            height = self.recent.sizeHintForRow(0)
            self.recent.setFixedHeight(len(there) * height + 2 * self.recent.frameWidth())

    def _open(self, place: QModelIndex) -> None:
        """Open a study that was opened before."""
        row = self.rows.rows[place.row()]
        self.wanted.emit([str(source) for source in row.study.sources])

    def _button(self, action: QAction, icons: IconLoader, name: str) -> QToolButton:
        """Return a wide button for a command, with its key."""
        button = QToolButton()
        button.setObjectName("startButton")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        icons.give(button, name)
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setText(f"  {action.toolTip()}")
            button.setAccessibleName(action.text())

        action.changed.connect(follow)
        follow()
        return button


def empty_grid_hint(keys: Mapping[str, str]) -> str:
    """Return the text of an empty window."""
    text = QCoreApplication.translate(
        "MainWindow", "Drop files or a folder here, or press {open}.  {help} shows all keys."
    )
    return text.format(open=keys["open_files"], help=keys["help"])
