"""The model of the error browser: the rows that a filter lets through, sorted; crops come from a worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage, QPixmap

from mammoview.core.tables import Row
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme
from mammoview.qt.workbench.error_rows import NUMBERS, TEXTS, ErrorRows
from mammoview.records.error_notes import NotesOnRows, RowNote, RowStatement, RowVerdict

Index = QModelIndex | QPersistentModelIndex
_C = "workbench"
_N = translate_noop
HEADS: Mapping[str, str] = {
    "crop": "",
    "what": _N(_C, "What"),
    "models": _N(_C, "Models"),
    "reader": _N(_C, "Reader"),
    "judged_by": _N(_C, "Judged by"),
    "listed_for": _N(_C, "Listed for"),
    "score": _N(_C, "Score"),
    "view": _N(_C, "View"),
    "kind": _N(_C, "Kind"),
    "pathology": _N(_C, "Pathology"),
    "verdict": _N(_C, "Verdict"),
    "note": _N(_C, "Note"),
    "size_mm": _N(_C, "Size, mm"),
    "near_miss_mm": _N(_C, "To the outline, mm"),
    "scales_spread": _N(_C, "Scales differ by"),
    "folds_spread": _N(_C, "Folds differ by"),
    "views_spread": _N(_C, "Views differ by"),
    "rank": _N(_C, "Rank"),
    "density": _N(_C, "Density"),
    "data_set": _N(_C, "Data set"),
    "patient": _N(_C, "Patient"),
    "study": _N(_C, "Study"),
    "scanner": _N(_C, "Scanner"),
    "source": _N(_C, "File"),
}
"""Columns and their heads; the first holds the crops alone."""
COLUMNS = tuple(HEADS)
WHOLE = ("rank",)
TRANSLATED = ("what", "models", "judged_by", "listed_for")
"""Columns of words of the program."""
_NOTED = ("verdict", "note")
"""Columns of a person's notes on a row."""
CROP_PX = 128
"""Side of a crop in the grid."""
MOST_CROPS = 2000
"""Crops that are kept in memory, 16 KiB each."""
_PAGE, _MOST_PAGES = 128, 24
"""Rows that are asked for together, and how often so many of them are kept in memory."""


class ErrorTableModel(QAbstractTableModel):
    """Rows of an evaluation for a table and for a grid of crops."""

    crop_wanted = Signal(int)
    """Row of `ErrorRows` whose crop is on screen and not there yet."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.rows: ErrorRows | None = None
        self._notes = NotesOnRows.of({}, np.zeros(0, object), np.zeros((0, 2)))
        self._order = np.zeros(0, np.intp)
        self._sorted = "score", True
        self._filter = "errors", ""
        self._is_reset = False
        self._crops: OrderedDict[int, QPixmap] = OrderedDict()
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._blank = QPixmap(CROP_PX, CROP_PX)
        self._blank.fill(theme.BACKGROUND)

    @property
    def crop_count(self) -> int:
        """Number of rows whose crops are kept."""
        return len(self._crops)

    def show_rows(self, rows: ErrorRows | None, row_notes: NotesOnRows | None = None) -> None:
        """Show other rows, and the notes on them; None where there are none."""
        with self._reset():
            self.rows = rows
            count = 0 if rows is None else len(rows)
            self._notes = row_notes or NotesOnRows.of({}, np.zeros(count, object), np.zeros((0, 2)))
            self._crops.clear()
            self._arrange_anew()

    def set_filter(self, name: str, words: str) -> None:
        """Let rows through: `name` out of `error_rows.FILTERS`, and words that one of their texts holds."""
        self._filter = name, words
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; what is not known comes last."""
        wanted = COLUMNS[column], order is Qt.SortOrder.DescendingOrder
        if wanted != self._sorted or wanted[0] in _NOTED:  # Qt asks twice
            self._sorted = wanted
            self._arrange()

    def _arrange(self) -> None:
        """Filter and sort anew."""
        with self._reset():
            self._arrange_anew()

    @contextmanager
    def _reset(self) -> Iterator[None]:
        """Reset the model; a note that is being typed and taken as that begins starts no second reset."""
        self._is_reset = True
        self.beginResetModel()
        try:
            yield
        finally:
            self._is_reset = False
            self.endResetModel()

    def _arrange_anew(self) -> None:
        self._pages.clear()
        if self.rows is None:
            self._order = np.zeros(0, np.intp)
            return
        by, descending = self._sorted
        sort_by = getattr(self._notes, by) if by in _NOTED else None
        self._order = self.rows.arranged(*self._filter, "" if by == "crop" else by, descending, sort_by)

    def words_of(self, name: str) -> list[str]:
        """Return the different words of a column of `TRANSLATED`."""
        return [] if self.rows is None else [_tr(text) for text in self.rows.different(name)]

    def has_any(self, name: str) -> bool:
        """Whether a row has a text in a column, such as "models" where two of them were set against each other."""
        return self.rows is not None and bool(self.rows.different(name))

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # as Qt has it
        """Return the number of rows that are let through."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the head of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return QCoreApplication.translate(_C, HEADS[COLUMNS[section]]) if HEADS[COLUMNS[section]] else ""
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text, the crop or the alignment of a cell."""
        if self.rows is None or not index.isValid():
            return None
        name = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), name)
        if role == Qt.ItemDataRole.ToolTipRole and name in (*TEXTS, *_NOTED, "crop"):
            return self._text(index.row(), name)  # whole, where a cell has no room for it
        if role == Qt.ItemDataRole.DecorationRole and name == "crop":
            return self._crop(self.row_of(index))
        if role == Qt.ItemDataRole.TextAlignmentRole and name in NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def places_of(self, rows: Collection[int]) -> NDArray[np.intp]:
        """Return where rows of `ErrorRows` stand in the table, ascending; those that no filter lets through are not."""
        return np.flatnonzero(np.isin(self._order, np.fromiter(rows, np.intp, len(rows))))

    def rows_at(self, places: NDArray[np.intp]) -> list[int]:
        """Return the rows of `ErrorRows` that stand at places of the table."""
        rows: list[int] = self._order[places].tolist()
        return rows

    def row_of(self, index: Index) -> int:
        """Return the row of `ErrorRows` that an index shows."""
        return int(self._order[index.row()])

    def note_of(self, row: int) -> RowNote:
        """Return verdict and note on a row of `ErrorRows`."""
        return RowNote(self._notes.verdict[row], self._notes.note[row])

    def set_notes(self, rows: Sequence[int], **changes: object) -> RowStatement | None:
        """Put a verdict, a note or both to rows of `ErrorRows`; returns None where nothing is new."""
        at = np.array(rows, np.intp)
        if self.rows is None or not any(
            (getattr(self._notes, name)[at] != value).any() for name, value in changes.items()
        ):
            return None
        for name, value in changes.items():
            getattr(self._notes, name)[at] = value
        self._report_notes(changes)
        return RowStatement(self.rows.keys[at], self.rows.places[at], changes)

    def show_notes(self, row_notes: NotesOnRows) -> None:
        """Show the notes on each row, such as those of other windows."""
        self._notes = row_notes
        self._report_notes(_NOTED)

    def _report_notes(self, names: Collection[str]) -> None:
        """Repaint the notes on the rows; sort again where they are sorted by them."""
        if self._is_reset:
            return
        if self._sorted[0] in names:
            self._arrange()
            return
        last = self.index(self.rowCount() - 1, len(COLUMNS) - 1)
        self.dataChanged.emit(self.index(0, COLUMNS.index("verdict")), last)

    def take_crop(self, row: int, image: QImage) -> None:
        """Show the crop of a row of `ErrorRows`."""
        self._crops[row] = QPixmap.fromImage(image)
        while len(self._crops) > MOST_CROPS:
            self._crops.popitem(last=False)
        for place in np.flatnonzero(self._order == row):
            index = self.index(int(place), 0)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def _crop(self, row: int) -> QPixmap:
        known = self._crops.get(row)
        if known is None:
            self.crop_wanted.emit(row)
            return self._blank
        self._crops.move_to_end(row)
        return known

    def _text(self, place: int, name: str) -> str:
        """Return the text of a cell in the row that stands at a place of the table."""
        if name in _NOTED:
            note = self.note_of(int(self._order[place]))
            return note.note if name == "note" else _tr(note.verdict.value) if note.verdict else ""
        facts = self._facts(place)
        if name in TEXTS:
            text = str(facts[name])
            return _tr(text) if name in TRANSLATED and text else text
        if name == "crop":
            # The score first: what stands below a crop has little room.
            what = _tr(str(facts["what"]))
            return what if facts["score"] is None else f"{QLocale().toString(facts['score'], 'f', 2)} {what}"
        return "" if facts[name] is None else QLocale().toString(facts[name], "f", 0 if name in WHOLE else 2)

    def _facts(self, place: int) -> Row:
        """Return the row that stands at a place of the table; those about it are asked for together."""
        assert self.rows is not None
        number, within = divmod(place, _PAGE)
        page = self._pages.get(number)
        if page is None:
            page = self.rows.at(self._order[number * _PAGE : (number + 1) * _PAGE])
            self._pages[number] = page
            while len(self._pages) > _MOST_PAGES:
                self._pages.popitem(last=False)
        return page[within]


def verdict_words() -> list[str]:
    """Return what stands in the column of verdicts, one text for each of them."""
    return [_tr(verdict.value) for verdict in RowVerdict]


def _tr(text: str) -> str:
    """Translate a word of the table."""
    return QCoreApplication.translate(_C, text)


WORDS = (
    _N(_C, "missed lesion"),
    _N(_C, "found lesion"),
    _N(_C, "false mark"),
    _N(_C, "hit"),
    _N(_C, "near miss"),
    _N(_C, "false mark of the other"),
    _N(_C, "missed by the reader"),
    _N(_C, "found by the reader, unaided"),
    _N(_C, "found by the reader, after the layers"),
    _N(_C, "accepted mark"),
    _N(_C, "rejected mark"),
    _N(_C, "false mark of the reader, unaided"),
    _N(_C, "false mark of the reader, after the layers"),
    _N(_C, "place"),
    _N(_C, "breast"),
    _N(_C, "place unaided, breast after"),
    _N(_C, "breast unaided, place after"),
    _N(_C, "no report"),
    _N(_C, "no report unaided, place after"),
    _N(_C, "no report unaided, breast after"),
    _N(_C, "place unaided, no report after"),
    _N(_C, "cluster of bright spots"),
    _N(_C, "this one alone"),
    _N(_C, "the other alone"),
    _N(_C, "the model is right"),
    _N(_C, "the model is wrong"),
    _N(_C, "the outline is wrong"),
    _N(_C, "not sure"),
)
"""Texts of cells that are translated."""
