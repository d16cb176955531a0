"""Which rows of a table of many are selected, as an array; Qt is given those in sight alone.

Qt holds a selection as ranges. Where thousands of selected rows do not stand side by side, each change of it takes
tenths of a second. The meaning of the commands is that of `QItemSelectionModel`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Signal,
)

from mammoview.qt.workbench.error_table import COLUMNS, ErrorTableModel

Mask = NDArray[np.bool_]
Flag = QItemSelectionModel.SelectionFlag
MOST_RUNS = 200
"""Runs of selected rows that Qt holds quickly; of more it is given those in sight."""


class RowSelection(QItemSelectionModel):
    """The selection of whole rows that table and crops share."""

    chosen = Signal()
    """Other rows are selected."""

    def __init__(self, model: ErrorTableModel, parent: QObject) -> None:
        """Select nothing."""
        super().__init__(model, parent)
        self._rows = model
        self._before = self._current = np.zeros(0, np.bool_)
        self._command = Flag.NoUpdate
        self._seen = np.zeros(0, np.bool_)
        self._scattered = False

    def held(self) -> Mask:
        """Return which places of the table are selected, bool (rows,)."""
        return _changed(self._sized(self._before), self._sized(self._current), self._command)

    def hold(self, held: Mask) -> None:
        """Select these places of the table and no others."""
        self._before, self._current, self._command = held, np.zeros(len(held), np.bool_), Flag.NoUpdate
        self._show()

    @property
    def is_scattered(self) -> bool:
        """Whether Qt holds but those selected rows that are in sight."""
        return self._scattered

    def show_in(self, seen: Mask) -> None:
        """Show which of these places of the table are selected; they are those in sight."""
        self._seen = seen
        self._show()

    def select(
        self,
        selected: QItemSelection | QModelIndex | QPersistentModelIndex,
        command: QItemSelectionModel.SelectionFlag,
    ) -> None:
        """Select by `command`; `Current` replaces what the last command selected."""
        if command == Flag.NoUpdate:
            return
        if command & Flag.Clear:
            self._before = self._current = self._sized(np.zeros(0, np.bool_))
            self._command = Flag.NoUpdate
        if not command & Flag.Current:
            self._before, self._current = self.held(), self._sized(np.zeros(0, np.bool_))
            self._command = Flag.NoUpdate
        kind = command & (Flag.Select | Flag.Deselect | Flag.Toggle)
        if kind:
            self._current, self._command = self._places(selected), kind
        self._show()
        self.chosen.emit()

    def _places(self, selected: QItemSelection | QModelIndex | QPersistentModelIndex) -> Mask:
        """Return the places of the table in a selection."""
        places = self._sized(np.zeros(0, np.bool_))
        if isinstance(selected, QItemSelection):
            for one in map(selected.at, range(selected.count())):
                places[one.top() : one.bottom() + 1] = True
        elif selected.isValid():
            places[selected.row()] = True
        return places

    def _sized(self, places: Mask) -> Mask:
        """Return places of the table as it is; none are selected where it has another number of rows."""
        count = self._rows.rowCount()
        return places if len(places) == count else np.zeros(count, np.bool_)

    def _show(self) -> None:
        """Give Qt the selected rows: all, or those in sight and the first one where they are many."""
        held = self.held()
        self._scattered = int(np.count_nonzero(np.diff(held.view(np.int8), prepend=0) == 1)) > MOST_RUNS
        if self._scattered:
            first = int(np.argmax(held))
            held = held & self._sized(self._seen)
            held[first] = True
        super().select(self._selection_of(held), Flag.ClearAndSelect)

    def _selection_of(self, held: Mask) -> QItemSelection:
        """Return places of the table as ranges, one for each run."""
        edges = np.diff(held.view(np.int8), prepend=0, append=0)
        found, last, model = QItemSelection(), len(COLUMNS) - 1, self._rows
        # `index` would compute the number of rows and columns each time.
        for top, end in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
            found.append(QItemSelectionRange(model.createIndex(top, 0), model.createIndex(end - 1, last)))
        return found


def _changed(before: Mask, current: Mask, command: QItemSelectionModel.SelectionFlag) -> Mask:
    """Return which places are selected after a command on some of them."""
    if command & Flag.Toggle:
        return before ^ current
    if command & Flag.Deselect:
        return before & ~current
    return before | current if command & Flag.Select else before.copy()
