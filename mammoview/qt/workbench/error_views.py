"""The rows of an evaluation on screen: a table, and a grid of their crops, which share what is selected."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QRegion
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QListView,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from mammoview.qt.workbench.error_table import COLUMNS, CROP_PX, TRANSLATED, ErrorTableModel, verdict_words
from mammoview.qt.workbench.row_selection import RowSelection

_WIDTHS = {"what": 104, "models": 110, "score": 58, "rank": 50, "view": 64, "note": 170}
"""Of columns, px; others are as wide as Qt makes them, and none is narrower than its head."""
_BEYOND = 60
"""Places beyond those in sight whose selection is shown as well, as scrolling comes to them first."""
_STEP_PX = CROP_PX // 3
"""Between points of a view at which it is looked which rows are in sight."""
_PAD_PX = 16
"""Beside the words of a cell."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SEVERAL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class ErrorViews(QSplitter):
    """Table and crops. What is selected stays so while the rows are sorted or filtered."""

    chosen = Signal()
    """Other rows are selected."""
    wanted = Signal(int, bool)
    """A row of `ErrorRows` that was clicked; whether twice or by Enter, so that its study is to come to the front."""

    def __init__(self, model: ErrorTableModel) -> None:
        """Show the rows of a model."""
        super().__init__()
        self._model = model
        self._kept: tuple[list[int], int | None] = [], None
        """Rows of `ErrorRows` that were selected, and the current one, before the rows were sorted or filtered."""
        self.selection = RowSelection(model, self)
        self.table = self._table(model)
        self.crops = self._grid(model)
        self.selection.chosen.connect(self.chosen)
        for view in (self.table, self.crops):
            view.verticalScrollBar().valueChanged.connect(self._show_selected)
            view.verticalScrollBar().rangeChanged.connect(self._show_selected)
        self.addWidget(self.table)
        self.addWidget(self.crops)
        self.setSizes([760, 520])
        self.table.selectionModel().currentChanged.connect(self._follow)
        model.modelAboutToBeReset.connect(self._keep_selection)
        model.modelReset.connect(self._restore_selection)
        self._restore_selection()

    def _table(self, model: ErrorTableModel) -> QTableView:
        table = QTableView()
        table.setModel(model)
        table.setSelectionModel(self.selection)
        table.setAccessibleName(self.tr("Rows of the evaluation"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        table.setColumnHidden(0, True)
        table.setSortingEnabled(True)
        # With the selection of the table, the heads ask about every row of each column whenever they are painted.
        table.horizontalHeader().setSelectionModel(QItemSelectionModel(model, table))
        table.horizontalHeader().setSortIndicator(COLUMNS.index("score"), Qt.SortOrder.DescendingOrder)
        for name, width in _WIDTHS.items():
            table.setColumnWidth(COLUMNS.index(name), width)
        head = table.horizontalHeader()
        for column in range(1, len(COLUMNS)):
            table.setColumnWidth(column, max(table.columnWidth(column), head.sectionSizeHint(column)))
        margin = table.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, table) + 1
        widest = max(table.fontMetrics().horizontalAdvance(words) for words in verdict_words())
        verdict = COLUMNS.index("verdict")
        table.setColumnWidth(verdict, max(table.columnWidth(verdict), widest + 2 * margin + 2))
        self._open_by(table)
        return table

    def _grid(self, model: ErrorTableModel) -> _CropView:
        grid = _CropView()
        grid.setModel(model)
        grid.setSelectionModel(self.selection)
        grid.setAccessibleName(self.tr("Crops"))
        grid.setViewMode(QListView.ViewMode.IconMode)
        grid.setResizeMode(QListView.ResizeMode.Adjust)
        grid.setMovement(QListView.Movement.Static)
        grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        grid.setUniformItemSizes(True)
        grid.setLayoutMode(QListView.LayoutMode.Batched)  # many rows are laid out bit by bit
        grid.setIconSize(QSize(CROP_PX, CROP_PX))
        grid.setWordWrap(True)
        grid.setItemDelegate(_CropDelegate(grid))
        self._open_by(grid)
        return grid

    def _open_by(self, view: QAbstractItemView) -> None:
        """Open rows by a click or Enter; `activated` is one click on some desktops, and no Enter on others."""
        view.clicked.connect(self._open_clicked)
        view.doubleClicked.connect(partial(self._open_index, in_front=True))
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the current row by Enter."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() in _ENTER:
            assert isinstance(watched, QAbstractItemView)
            self._open_index(watched.currentIndex(), in_front=True)
            return True
        return super().eventFilter(watched, event)

    def _open_clicked(self, index: QModelIndex) -> None:
        """Open a row that was clicked, but not where the click selects several."""
        if not QApplication.keyboardModifiers() & _SEVERAL:
            self._open_index(index, in_front=False)

    def _open_index(self, index: QModelIndex, in_front: bool) -> None:
        if index.isValid():
            self.wanted.emit(self._model.row_of(index), in_front)

    def _follow(self, index: QModelIndex) -> None:
        """Bring the current row into sight on both sides; each of them shows columns that the other has not."""
        if index.isValid():
            self.table.scrollTo(index.siblingAtColumn(max(1, index.column())))
            self.crops.scrollTo(index.siblingAtColumn(0))

    def is_crop_seen(self, place: int) -> bool:
        """Whether the crop of a place of the table is in sight."""
        box = self.crops.visualRect(self._model.index(place, 0))
        return self.crops.viewport().rect().intersects(box)

    def forget(self) -> None:
        """Select nothing: the rows that come are of another evaluation."""
        self.selection.select(QItemSelection(), QItemSelectionModel.SelectionFlag.Clear)
        self.selection.clear()

    def selected(self) -> list[int]:
        """Return the selected rows of `ErrorRows`, in the order of the table."""
        return self._model.rows_at(np.flatnonzero(self.selection.held()))

    def first_selected(self) -> int | None:
        """Return the selected row of `ErrorRows` that stands first in the table; None where none is selected."""
        first = self._model.rows_at(np.flatnonzero(self.selection.held())[:1])
        return first[0] if first else None

    def _show_selected(self, *_about: object) -> None:
        """Have the selected rows in sight painted so, once the views stand where they are to be."""
        if self.selection.is_scattered:
            self.selection.show_in(self._seen())

    def _seen(self) -> NDArray[np.bool_]:
        """Return the places of the table that are in sight, or nearly, in one of the views, bool (rows,)."""
        seen = np.zeros(self._model.rowCount(), np.bool_)
        for view in (self.table, self.crops):
            wide, high = view.viewport().width(), view.viewport().height()
            points = [QPoint(x, y) for x in (wide // 4, wide // 2, wide - 9) for y in (*range(1, high, _STEP_PX), high)]
            rows = [index.row() for index in map(view.indexAt, points) if index.isValid()]
            if rows:
                seen[max(0, min(rows) - _BEYOND) : max(rows) + _BEYOND] = True
        return seen

    def _keep_selection(self) -> None:
        """Keep what is selected while the rows are sorted or filtered; Qt forgets it."""
        current = self.table.selectionModel().currentIndex()
        self._kept = self.selected(), self._model.row_of(current) if current.isValid() else None

    def _fit_words(self) -> None:
        """Make room for translated words: in columns, as wide as the widest of them that there is, and below crops."""
        advance = self.table.fontMetrics().horizontalAdvance
        for name in TRANSLATED:
            widest = max(map(advance, self._model.words_of(name)), default=0) + _PAD_PX
            column = COLUMNS.index(name)
            self.table.setColumnWidth(column, max(self.table.columnWidth(column), widest))
        self.crops.fit(self._model.words_of("what"))

    def _restore_selection(self) -> None:
        """Select the rows that were selected and are still listed; show columns of models and readers where any is."""
        self._fit_words()
        for name in ("models", "reader", "judged_by", "listed_for"):
            self.table.setColumnHidden(COLUMNS.index(name), not self._model.has_any(name))
        rows, current = self._kept
        self._kept = [], None
        selection, model = self.selection, self._model
        held = np.zeros(model.rowCount(), np.bool_)
        held[model.places_of(rows)] = True
        selection.hold(held)
        at = model.places_of([] if current is None else [current])
        if len(at):
            index = model.index(int(at[0]), COLUMNS.index("what"))
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.table.scrollTo(index)
            self.crops.scrollTo(index.siblingAtColumn(0))
        self._show_selected()
        self.chosen.emit()


class _CropView(QListView):
    """A grid of crops that shares its selection with a table: a click selects a whole row."""

    def fit(self, words: Iterable[str]) -> None:
        """Have room below each crop for a score and the longest of these words, which go on below."""
        metrics, line = self.fontMetrics(), QRect(0, 0, CROP_PX, 0)
        wrapped = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        heights = [metrics.boundingRect(line, wrapped, f"0.00 {one}").height() for one in words]
        self.setGridSize(QSize(CROP_PX + _PAD_PX, CROP_PX + max(heights, default=metrics.height()) + _PAD_PX))

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Return what becomes of the selection."""
        return super().selectionCommand(index, event) | QItemSelectionModel.SelectionFlag.Rows

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """Return what is painted anew where a selection changes: all that is in sight.

        Qt computes the place of each selected row instead, also of invisible ones.
        """
        return QRegion() if selection.isEmpty() else QRegion(self.viewport().rect())


class _CropDelegate(QStyledItemDelegate):
    """Paints a crop and its words into a whole cell of the grid, however short the words of the first crop are."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of a cell."""
        grid = self.parent()
        assert isinstance(grid, _CropView)
        return grid.gridSize()
