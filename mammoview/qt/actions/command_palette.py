"""All commands in one list with a search: type some letters of what is wanted, and Return carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from mammoview.qt.actions.commands import Command, Hold, shown_keys
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.search_list import SearchBox

_NAME = Qt.ItemDataRole.UserRole
_HEIGHT = 460
"""Height of the palette, px."""


class CommandPalette(QDialog):
    """A search box over the list of commands: title, menu and key."""

    def __init__(self, commands: Sequence[Command], actions: Mapping[str, QAction], parent: QWidget) -> None:
        """List the commands that can be carried out from a list: not those that last as long as their key is down."""
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Find a command"))
        self._commands = [command for command in commands if not isinstance(command.slot, Hold)]
        self._actions = actions
        self._items: list[QTreeWidgetItem] = []
        column = QVBoxLayout(self)
        self.search = SearchBox()
        self.search.setPlaceholderText(self.tr("Find a command"))
        self.search.setAccessibleName(self.tr("Find a command"))
        self.list = QTreeWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        self.list.setColumnCount(3)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderHidden(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = self.list.header()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2):
            head.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._show)
        self.search.down.connect(lambda: self._step(1))
        self.search.up.connect(lambda: self._step(-1))
        self.search.escaped.connect(self.reject)
        self.search.entered.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self.resize(theme.ems(self, 44), _HEIGHT)
        self._show("")

    @property
    def listed(self) -> list[str]:
        """Names of the commands in the list, from the top."""
        return [item.data(0, _NAME) for item in self._items]

    def _show(self, words: str) -> None:
        """List the commands that have all these words somewhere, those that begin with them first."""
        wanted = words.casefold().split()
        found: list[tuple[bool, QTreeWidgetItem]] = []
        for command in self._commands:
            title, menu = _tr(command.title), _tr(command.menu)
            text = f"{title} {menu} {command.title}".casefold()
            if not self._actions[command.name].isEnabled() or not all(word in text for word in wanted):
                continue
            item = QTreeWidgetItem([title, menu, shown_keys(command)])
            item.setData(0, _NAME, command.name)
            item.setForeground(1, theme.FAINT)
            item.setForeground(2, theme.FAINT)
            found.append((not title.casefold().startswith(words.casefold().strip()), item))
        self._items = [item for _later, item in sorted(found, key=lambda one: one[0])]
        self.list.clear()
        self.list.addTopLevelItems(self._items)
        if self._items:
            self.list.setCurrentItem(self._items[0])

    def _step(self, step: int) -> None:
        """Go to the next command of the list, or the one before."""
        item = self.list.currentItem()
        if item is not None:
            row = self.list.indexOfTopLevelItem(item) + step
            self.list.setCurrentItem(self._items[row % len(self._items)])

    def _choose(self, *_item: object) -> None:
        """Have the command carried out once the window has the keyboard again."""
        item = self.list.currentItem()
        if item is not None:
            self.accept()
            action = self._actions[item.data(0, _NAME)]
            QTimer.singleShot(0, action, action.trigger)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
