"""The page of the settings on which commands get other keys: a table, a field for the key, and conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.actions.commands import Command, conflicts, shown_keys, with_keys
from mammoview.qt.widgets import theme


class ShortcutsPage(QWidget):
    """All commands with their keys; the chosen one can be given another."""

    edited = Signal()
    """A key was changed."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        """List the commands, which have their default keys."""
        super().__init__(parent)
        self._commands = commands
        self._keys: dict[str, str] = {}
        column = QVBoxLayout(self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search commands and keys"))
        self.search.setAccessibleName(self.tr("Search commands and keys"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        column.addWidget(self.search)
        self.table = QTableWidget(len(self._commands), 3)
        self.table.setAccessibleName(self.tr("Commands and their keys"))
        self.table.setHorizontalHeaderLabels([self.tr("Menu"), self.tr("Command"), self.tr("Keys")])
        self.table.verticalHeader().setVisible(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        # Names of keys are long in some languages and never cut: a command that has little room takes a second line.
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        for section, kind in enumerate((mode.ResizeToContents, mode.Stretch, mode.ResizeToContents)):
            header.setSectionResizeMode(section, kind)
        self.table.verticalHeader().setSectionResizeMode(mode.ResizeToContents)
        self.table.currentCellChanged.connect(self._take_row)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        self.key = QKeySequenceEdit()
        self.key.setAccessibleName(self.tr("Key of the chosen command"))
        self.key.setClearButtonEnabled(True)
        self.key.setMaximumSequenceLength(1)
        self.set_button = QPushButton(self.tr("Set key"))
        self.reset_button = QPushButton(self.tr("Reset"))
        self.reset_all_button = QPushButton(self.tr("Reset all"))
        for button, act in (
            (self.set_button, self.set_key),
            (self.reset_button, self.reset),
            (self.reset_all_button, self.reset_all),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(act)
        for widget in (self.key, self.set_button, self.reset_button, self.reset_all_button):
            row.addWidget(widget)
        column.addLayout(row)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        theme.make_warning(self.problem)
        column.addWidget(self.problem)
        self.show_keys({})
        self.table.setCurrentCell(0, 1)

    @property
    def keys(self) -> dict[str, str]:
        """Keys that differ from the table's own, as the settings keep them."""
        return dict(self._keys)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show the table with these keys in place of its own; those that cannot be used are left out."""
        usable, _problems = with_keys(self._commands, keys)
        plain = {command.name: command.key for command in self._commands}
        self._keys = {command.name: command.key for command in usable if command.key != plain[command.name]}
        self._refresh()

    def choose(self, name: str) -> None:
        """Choose a command."""
        self.table.setCurrentCell([command.name for command in self._commands].index(name), 1)

    def set_key(self) -> None:
        """Give the chosen command the key that was pressed, unless another has it."""
        command = self._commands[max(0, self.table.currentRow())]
        key = self.key.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        wanted = {**self._keys, command.name: key}
        clash = conflicts(self._commands, wanted).get(command.name)
        if clash is not None:
            other = next(c for c in self._commands if c.name == clash)
            text = self.tr("{key} belongs to \u201c{command}\u201d: give that another key first")
            self.problem.setText(text.format(key=self.key.keySequence().toString(), command=_title(other.title)))
            return
        self._change(command.name, key)

    def reset(self) -> None:
        """Reset the key of the chosen command."""
        command = self._commands[max(0, self.table.currentRow())]
        kept = {name: key for name, key in self._keys.items() if name != command.name}
        clash = conflicts(self._commands, kept).get(command.name)
        if clash is not None:
            other = next(c for c in self._commands if c.name == clash)
            text = self.tr("{key} belongs to \u201c{command}\u201d: give that another key first")
            self.problem.setText(text.format(key=shown_keys(command), command=_title(other.title)))
            return
        self._change(command.name, command.key)

    def reset_all(self) -> None:
        """Reset the keys of all commands."""
        self._keys = {}
        self.problem.clear()
        self._refresh()
        self.edited.emit()

    def _change(self, name: str, key: str) -> None:
        """Take a key."""
        plain = next(command.key for command in self._commands if command.name == name)
        self._keys = {**{n: k for n, k in self._keys.items() if n != name}, **({name: key} if key != plain else {})}
        self.problem.clear()
        self._refresh()
        self.edited.emit()

    def _refresh(self) -> None:
        """Show the table as it stands; changed keys are marked."""
        table, _problems = with_keys(self._commands, self._keys)
        for row, command in enumerate(table):
            mark = self.tr("{keys}  (changed)") if command.name in self._keys else "{keys}"
            texts = (_title(command.menu), _title(command.title), mark.format(keys=shown_keys(command)))
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self._take_row(self.table.currentRow())
        self._filter(self.search.text())

    def _take_row(self, row: int, *_others: int) -> None:
        """Show the key of the chosen command."""
        table, _problems = with_keys(self._commands, self._keys)
        keys = table[max(0, row)].keys
        self.key.setKeySequence(keys[0] if keys else QKeySequence())
        self.problem.clear()

    def _filter(self, text: str) -> None:
        """Show the commands that hold the text."""
        for row in range(self.table.rowCount()):
            items = (self.table.item(row, column) for column in range(3))
            held = " ".join(item.text() for item in items if item is not None)
            self.table.setRowHidden(row, text.casefold() not in held.casefold())


def _title(text: str) -> str:
    """Translate a title of the table."""
    return QCoreApplication.translate("commands", text)
