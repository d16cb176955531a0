"""Attributes of the scan under the pointer: a tree that is searched, copied, and checked against the IHE profile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.study_loader import StudyLoader
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.formats.inspection.completeness import Completeness
    from mammoview.formats.inspection.tags import TagList, TagRow
    from mammoview.qt.concurrency.task import Task
    from mammoview.study.scan import Scan, Study

_ROLE = Qt.ItemDataRole.UserRole


class TagBrowser(QDialog):
    """Modeless; shows the scan for which it was opened last."""

    def __init__(self, viewport_grid: ViewportGrid, loader: StudyLoader, parent: QWidget | None = None) -> None:
        """Show scans of `viewport_grid`; the reading is done by `loader`."""
        super().__init__(parent)
        self._viewport_grid, self._loader = viewport_grid, loader
        self._reading: Task[TagList, None] | None = None
        self._scan: Scan | None = None
        self.completeness = QLabel()
        self.completeness.setTextFormat(Qt.TextFormat.PlainText)
        self.completeness.setWordWrap(True)
        self.completeness.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search tags, names and values"))
        self.search.setAccessibleName(self.tr("Search tags, names and values"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Tags of the scan"))
        self.tree.setColumnCount(4)
        self.tree.setHeaderLabels([self.tr("Tag"), self.tr("Name"), self.tr("VR"), self.tr("Value")])
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((150, 290, 44)):
            header.resizeSection(column, width)
        copy = QAction(self.tr("Copy"), self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(self.copy)
        self.tree.addAction(copy)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setToolTip(self.tr("Copies the selected rows, or all that are listed (Ctrl+C)"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self.copy)
        self.count = QLabel()
        palette = self.count.palette()
        palette.setColor(self.count.foregroundRole(), theme.FAINT)
        self.count.setPalette(palette)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.copy_button)
        column_of_all = QVBoxLayout(self)
        column_of_all.addWidget(self.search)
        column_of_all.addWidget(self.tree, 1)
        column_of_all.addWidget(self.completeness)
        column_of_all.addLayout(foot)
        self.resize(900, 640)

    def show_pointed(self) -> None:
        """Show the scan under the pointer, else that of the active viewport."""
        pointed = (v for v in self._viewport_grid.visible if v.scan is not None and v.underMouse())
        viewport = next(pointed, self._viewport_grid.active)
        if viewport is not None and viewport.scan is not None:
            self.show_scan(viewport.scan)

    def show_scan(self, scan: Scan) -> None:
        """Read the attributes of a scan and open the window."""
        self._clear()
        self._scan = scan
        self.count.setText(self.tr("Reading"))
        self.setWindowTitle(self.tr("Tags of {}").format(scan.name))
        self._reading = self._loader.read_tags(scan).connect(self, result=self._take_tags, failed=self._take_failure)
        self.show()
        self.raise_()
        self.search.setFocus()

    def take_study(self, study: Study | None) -> None:
        """Close when another study is shown: what is listed belongs to the patient before."""
        if self._scan is not None and (study is None or self._scan not in study.scans):
            self._clear()
            self.hide()

    def _clear(self) -> None:
        """List nothing, and wait for nothing."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._scan = None
        self.tree.clear()
        self.completeness.clear()
        self.count.clear()

    @property
    def busy(self) -> bool:
        """Whether a file is being read."""
        return self._reading is not None

    def _take_tags(self, found: TagList) -> None:
        """List what was read."""
        self._reading = None
        self.tree.addTopLevelItems([_item(row) for row in found.rows])
        self.completeness.setText(self._complete(found.completeness))
        self._filter(self.search.text())

    def _take_failure(self, line: str) -> None:
        """Show why there are no tags."""
        self._reading = None
        self.count.clear()
        self.completeness.setText(phrase(line))

    def _complete(self, found: Completeness) -> str:
        """Show how much of what a mammography display needs the file holds, and what it lacks."""
        from mammoview.formats.inspection.completeness import SOURCE

        held, every = len(found.present), len(found.present) + len(found.missing)
        counts = self.tr("{held} of {all} attributes for a mammography display ({source})")
        counts = counts.format(held=held, all=every, source=SOURCE)
        if not found.missing:
            return self.tr("{}: complete").format(counts)
        return self.tr("{}; missing: {}").format(counts, ", ".join(phrase(one.name) for one in found.missing))

    def _filter(self, text: str) -> None:
        """Show the rows that hold the text, those above them, and those below them."""
        rows = _children(self.tree.invisibleRootItem())
        shown = sum(_show_matching(row, text.strip(), False) for row in rows)
        if rows:
            self.count.setText(self.tr("{shown} of {all}").format(shown=shown, all=len(rows)))

    def copy(self) -> None:
        """Put the selected rows, or all that are listed, on the clipboard with tabs between the columns."""
        listed = list(_listed(self.tree.invisibleRootItem()))
        chosen = [item for item in listed if item.isSelected()] or listed
        QGuiApplication.clipboard().setText("\n".join(_line(item) for item in chosen))


def _item(row: TagRow) -> QTreeWidgetItem:
    """Return a row with those below it."""
    item = QTreeWidgetItem([row.tag, row.name, row.vr, row.value])
    item.setData(0, _ROLE, row)
    item.setToolTip(3, row.value)
    item.addChildren([_item(below) for below in row.rows])
    return item


def _children(item: QTreeWidgetItem) -> Sequence[QTreeWidgetItem]:
    return [child for i in range(item.childCount()) if (child := item.child(i)) is not None]


def _show_matching(item: QTreeWidgetItem, text: str, above: bool) -> bool:
    """Show a row if it, one above it or one below it holds the text; returns whether it is shown."""
    row: TagRow = item.data(0, _ROLE)
    here = above or row.matches(text)
    below = [_show_matching(child, text, here) for child in _children(item)]
    shown = here or any(below)
    item.setHidden(not shown)
    item.setExpanded(bool(text) and any(below) and not above)
    return shown


def _listed(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """All rows below a row that the search lets through, closed branches included."""
    for child in _children(item):
        if not child.isHidden():
            yield child
            yield from _listed(child)


def _line(item: QTreeWidgetItem) -> str:
    """Return a row as text, set in by its depth."""
    depth, above = 0, item.parent()
    while above is not None:
        depth, above = depth + 1, above.parent()
    return "  " * depth + "\t".join(item.text(column) for column in range(4))
