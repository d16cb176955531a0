"""Tables of the comparison panel: their cells in words, and totals by the source of outlines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.message_catalog import by_locale
from mammoview.study.outline_sources import DrawnBy, drawn_by, hits_by_source
from mammoview.study.scan import Outline, OutlineKind

if TYPE_CHECKING:
    from mammoview.assess.results.hits_and_overlap import LayerComparison

ROUGH = (OutlineKind.BOX, OutlineKind.CIRCLE)
"""Kinds that only frame a lesion: an overlap with one is called by its kind."""
HEAD_MARGIN_PX = 4
"""Round the title of a column."""


@dataclass
class LayerTotal:
    """Figures of one layer over several scans.

    Parameters
    ----------
    threshold
        0..1; NaN for the reader's own outlines.
    scans, marks, false
        Number of scans, of marks on them, and of those that hit nothing.
    hits
        (hit, all) of the outlines, by who drew them.
    """

    threshold: float
    scans: int = 0
    marks: int = 0
    false: int = 0
    hits: dict[DrawnBy, tuple[int, int]] = field(default_factory=dict)

    def add(self, outlines: Sequence[Outline], found: LayerComparison) -> None:
        """Count one scan."""
        self.scans += 1
        self.marks += found.marks
        self.false += found.false_marks
        for by, (hits, count) in hits_by_source(outlines, (match.hit for match in found.matches)).items():
            before = self.hits.get(by, (0, 0))
            self.hits[by] = before[0] + hits, before[1] + count

    def texts(self, sources: Collection[DrawnBy]) -> list[str]:
        """Return false marks per scan, outlines hit of all where they have several `sources`, and those of each."""
        counts = [self.hits.get(by, (0, 0)) for by in sources]
        if len(counts) > 1:
            counts.insert(0, (sum(hits for hits, _ in counts), sum(count for _, count in counts)))
        return [by_locale(f"{self.false / self.scans:.2g}"), *(f"{hits} / {count}" for hits, count in counts)]


def sources_of(outlines: Iterable[Outline]) -> dict[DrawnBy, str]:
    """Return a title for each source of outlines, which calls boxes boxes and circles circles."""
    kinds: dict[DrawnBy, set[OutlineKind]] = {}
    for outline in outlines:
        kinds.setdefault(drawn_by(outline), set()).add(outline.kind)
    titles = {}
    for by in DrawnBy:
        if by in kinds:
            rough = [word(kind.value) for kind in ROUGH if kind in kinds[by]]
            title = word(by.value)
            titles[by] = f"{title} ({', '.join(rough)})" if rough else title
    return titles


def source_text(outline: Outline) -> str:
    """Return who drew an outline: of another file as that file states."""
    by = drawn_by(outline)
    return outline.source if by is DrawnBy.OTHER and outline.source else word(by.value)


def overlap_text(value: float, outline: Outline) -> str:
    """Return an overlap; one with a box or circle is called that: it means less than one with the lesion's outline."""
    text = by_locale(f"{value:.2f}")
    return f"{text} ({word(outline.kind.value)})" if outline.kind in ROUGH else text


def read_only_table(head: Sequence[str]) -> QTableWidget:
    """Return an empty table that is only looked at."""
    table = QTableWidget(0, len(head))
    table.setHorizontalHeaderLabels(list(head))
    table.verticalHeader().setVisible(False)
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 6)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setHighlightSections(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    return table


def fill_table(table: QTableWidget, lines: Sequence[Sequence[str]], head: Sequence[str] | None = None) -> None:
    """Write the lines, and the head where it may change; cells that stay the same are not touched."""
    other = table.rowCount() != len(lines)
    if other:
        table.setRowCount(len(lines))
    titles = (table.horizontalHeaderItem(column) for column in range(table.columnCount()))
    if head is not None and list(head) != [title.text() for title in titles if title is not None]:
        other = True
        table.setColumnCount(len(head))
        table.setHorizontalHeaderLabels(list(head))
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            item = table.item(row, column)
            if item is None:
                table.setItem(row, column, QTableWidgetItem(text))
            elif item.text() != text:
                item.setText(text)
    if other:
        # Not at every step of a slider: columns that jump are hard to read.
        _fit_columns(table)


def _fit_columns(table: QTableWidget) -> None:
    """Make columns as wide as their cells and their titles in two lines, and the head high enough for these."""
    header = table.horizontalHeader()
    metrics, margin = header.fontMetrics(), 2 * HEAD_MARGIN_PX
    height = 0
    for column in range(table.columnCount()):
        title = table.horizontalHeaderItem(column)
        text = "" if title is None else title.text()
        words = text.split()
        # In two lines, and however long a word is.
        halves = [(" ".join(words[:cut]), " ".join(words[cut:])) for cut in range(1, len(words) + 1)]
        title_px = min((max(map(metrics.horizontalAdvance, both)) for both in halves), default=0)
        width = max(title_px + margin + 2, table.sizeHintForColumn(column) + 1)
        table.setColumnWidth(column, width)
        room = QRect(0, 0, width - margin, 1000)
        height = max(height, metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height())
    header.setFixedHeight(height + margin)


def fit_to_contents(table: QTableWidget) -> None:
    """Make a table so large that nothing of it is scrolled: what it lies in is."""
    frame = 2 * table.frameWidth()
    rows = sum(table.rowHeight(row) for row in range(table.rowCount()))
    table.setFixedHeight(table.horizontalHeader().height() + rows + frame)
    table.setMinimumWidth(sum(table.columnWidth(column) for column in range(table.columnCount())) + frame)
