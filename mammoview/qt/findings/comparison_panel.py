"""The panel below the scans: per outline and layer hit, overlap and distance; per layer hits by source, false marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mammoview.display.layers.registry import COMPARED
from mammoview.display.length_text import length_text
from mammoview.qt.canvas.difference_item import DifferenceLegend
from mammoview.qt.findings.comparison import ComparisonController
from mammoview.qt.findings.comparison_tables import (
    LayerTotal,
    fill_table,
    fit_to_contents,
    overlap_text,
    read_only_table,
    source_text,
    sources_of,
)
from mammoview.qt.i18n.message_catalog import by_locale, localized_line, phrase
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.study.outline_sources import Truth, counted

if TYPE_CHECKING:
    from mammoview.assess.results.hits_and_overlap import OutlineComparison

OWN = "own"
"""`OWN_LAYER` of `mammoview.assess.results.hits_and_overlap`, which is imported in the worker thread only."""
TITLES = {one.name: one.title for one in COMPARED}
"""Compared layers of the models in words."""
TRUTHS = {
    Truth.OTHERS: translate_noop("ComparisonPanel", "Truth: outlines of others"),
    Truth.ALL: translate_noop("ComparisonPanel", "Truth: others' and your own"),
    Truth.OWN: translate_noop("ComparisonPanel", "Truth: your own alone"),
}
"""Whose outlines count, in words."""


@dataclass(frozen=True)
class CentrePoint:
    """A place in scan pixels, to be centred."""

    column: float
    row: float


class ComparisonPanel(QDockWidget):
    """Figures of the active scan or of the study, as the threshold sliders stand."""

    chosen = Signal(object, object)
    """Entry and `CentrePoint` of the outline whose row was clicked."""
    shown = Signal()
    """The panel was opened or closed."""

    def __init__(
        self, comparison: ComparisonController, viewport_grid: ViewportGrid, parent: QWidget | None = None
    ) -> None:
        """Make it, closed."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Comparison with the outlines"))
        self.setObjectName("comparison")
        self.setTitleBarWidget(QWidget())
        self.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._comparison, self._viewport_grid = comparison, viewport_grid
        self._places: list[tuple[ScanEntry, CentrePoint] | None] = []
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(10, 6, 10, 6)
        column.addLayout(self._head())
        self.note = QLabel()
        self.note.setWordWrap(True)
        column.addWidget(self.note)
        self.layers_table = read_only_table(())
        self.reader_table = read_only_table(())
        self.table = read_only_table(
            (
                self.tr("Scan"),
                self.tr("Outline"),
                self.tr("Drawn by"),
                self.tr("Layer"),
                self.tr("Hit"),
                self.tr("Best IoU"),
                self.tr("Dice"),
                self.tr("Centre to nearest mark"),
                self.tr("Score"),
            )
        )
        self.layers_table.setAccessibleName(self.tr("Layers against the outlines"))
        self.reader_table.setAccessibleName(self.tr("Your own outlines against those that count as truth"))
        for table in (self.layers_table, self.reader_table):
            table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setAccessibleName(self.tr("Outlines against the layers"))
        self.table.cellActivated.connect(self._clicked)
        self.table.cellClicked.connect(self._clicked)
        self.body = QWidget()
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        totals = QVBoxLayout()
        totals.setSpacing(4)
        totals.addWidget(self.layers_table)
        totals.addWidget(self.reader_table)
        totals.addStretch(1)
        row.addLayout(totals, 12)
        row.addWidget(self.table, 21)
        column.addWidget(self.body, 1)
        # In a small window the panel is scrolled; it never makes the window larger than its screen.
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumHeight(72)
        self.setWidget(scroll)
        self.setVisible(False)
        comparison.changed.connect(self.refresh)
        viewport_grid.active_changed.connect(self._take_active)

    def _head(self) -> QVBoxLayout:
        """Make the two lines of switches and buttons; in one, they would widen a small window."""
        self.extent = QComboBox()
        name_list(self.extent, self.tr("Extent of the comparison"))
        self.extent.addItems([self.tr("Study"), self.tr("Active scan")])
        self.extent.currentIndexChanged.connect(self.refresh)
        self.truth = QComboBox()
        name_list(self.truth, self.tr("Whose outlines count as truth"))
        for truth, title in TRUTHS.items():
            self.truth.addItem(QCoreApplication.translate("ComparisonPanel", title), truth)
        self.truth.currentIndexChanged.connect(self._choose_truth)
        self.difference = QCheckBox(self.tr("Show the difference to"))
        self.difference.toggled.connect(self._switch_difference)
        self.against = QComboBox()
        name_list(self.against, self.tr("Layer that the outlines are set against"))
        for name, title in TITLES.items():
            self.against.addItem(phrase(title), name)
        self.against.setCurrentIndex(self.against.findData(self._comparison.difference_layer))
        self.against.currentIndexChanged.connect(self._choose_layer)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.clicked.connect(self.copy)
        self.save_button = QPushButton(self.tr("Save CSV…"))
        self.save_button.clicked.connect(self.ask_for_csv)
        heading = QLabel(self.tr("Comparison with the outlines"))
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        head = QVBoxLayout()
        for left, right in (
            ((heading, self.extent, self.truth), (self.copy_button, self.save_button)),
            ((self.difference, self.against, DifferenceLegend()), ()),
        ):
            row = QHBoxLayout()
            for one in left:
                row.addWidget(one)
            row.addStretch(1)
            for button in right:
                row.addWidget(button)
            head.addLayout(row)
        for widget in (self.extent, self.truth, self.difference, self.against, self.copy_button, self.save_button):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return head

    # What the reader does

    def open(self, on: bool) -> None:
        """Open the panel, or close it."""
        self.setVisible(on)
        self.refresh()
        self.shown.emit()

    def copy(self) -> None:
        """Put the study's figures on the clipboard, with tabs, as spreadsheets take them."""
        if self._comparison.revealed:
            QGuiApplication.clipboard().setText(self._comparison.table("\t"))

    def ask_for_csv(self) -> None:
        """Ask for a file and write the study's figures to it."""
        if not self._comparison.revealed:
            return
        title, kinds = self.tr("Save the comparison"), self.tr("Tables (*.csv)")
        path = path_to_save(self, title, "comparison.csv", kinds, ".csv", warn=self._comparison.notifier.warn)
        if path is not None:
            self._comparison.write_table(path)

    def _switch_difference(self, on: bool) -> None:
        """Pass the switch on."""
        self._comparison.show_difference(on)

    def _choose_layer(self, index: int) -> None:
        """Pass the choice on."""
        self._comparison.set_against(self.against.itemData(index))

    def _choose_truth(self, index: int) -> None:
        """Pass the choice on."""
        self._comparison.count_as_truth(Truth(self.truth.itemData(index)))

    def _clicked(self, row: int, _column: int) -> None:
        """Centre the outline of a row."""
        place = self._places[row] if 0 <= row < len(self._places) else None
        if place is not None:
            self.chosen.emit(*place)

    def _take_active(self, _viewport: object) -> None:
        """Show another scan's figures."""
        if self.extent.currentIndex() == 1:
            self.refresh()

    # What is shown

    def refresh(self, *_about: object) -> None:
        """Show the figures as things stand."""
        self.difference.blockSignals(True)
        self.difference.setChecked(self._comparison.difference)
        self.difference.blockSignals(False)
        if not self.isVisible():
            return
        compared = self._chosen()
        note = self._note(compared)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.body.setVisible(not note)
        self.copy_button.setEnabled(not note)
        self.save_button.setEnabled(not note)
        self._fill([] if note else compared)

    def _chosen(self) -> list[OutlineComparison]:
        """Return what is chosen to be listed: the study, or the active scan."""
        active = self._viewport_grid.active
        scan = None if active is None else active.scan
        return [c for c in self._comparison.compared if self.extent.currentIndex() == 0 or c.scan is scan]

    def _note(self, compared: Sequence[OutlineComparison]) -> str:
        """Return why there are no figures; empty when there are."""
        entries = self._comparison.session.entries.values()
        if not self._comparison.layers.open:
            return self.tr("Closed, as the layers are.")
        if not self._comparison.revealed:
            return self.tr("Covered until the outlines are shown: press O.")
        if not any(entry.scan.outlines for entry in entries):
            return self.tr("There are no outlines in this study. Press D to draw your own.")
        if not any(counted(entry.scan.outlines, self._comparison.truth) for entry in entries):
            if self._comparison.truth is Truth.OWN:
                return self.tr("You have drawn no outlines in this study. Press D to draw, or choose another truth.")
            return self.tr("All outlines here are your own, and these do not count as truth unless you choose so.")
        if any(entry.assessed is not None and entry.assessed.assessment.lacks_drawn for entry in entries):
            return self.tr("The patch grid that is chosen has not been computed yet.")
        if not compared:
            return self.tr("Nothing to compare yet: the scan has no outlines, or it has not been assessed.")
        return ""

    def _fill(self, compared: Sequence[OutlineComparison]) -> None:
        """Write the tables: the models and the reader against the same truth, and outline by outline."""
        lines: list[tuple[str, ...]] = []
        self._places = []
        totals: dict[str, LayerTotal] = {}
        for one in compared:
            entry = self._comparison.session.entries[one.scan]
            by_layer = self._comparison.figures(one)
            for found in by_layer:
                title = self._title(found.layer, one.weighting)
                totals.setdefault(title, LayerTotal(found.threshold)).add(one.outlines, found)
            for number, outline in enumerate(one.outlines):
                lesion = outline.lesion_type.split(" ")[0].capitalize() or outline.kind.value.capitalize()
                words = f"{number + 1}  {lesion} {outline.pathology.lower()}".rstrip()
                for found in by_layer:
                    match = found.matches[number]
                    spacing = one.scan.spacing
                    lines.append(
                        (
                            one.scan.name,
                            words,
                            source_text(outline),
                            self._title(found.layer, one.weighting),
                            self.tr("\u2713 hit") if match.hit else self.tr("\u2715 missed"),
                            overlap_text(match.iou, outline),
                            overlap_text(match.dice, outline),
                            "" if match.distance is None else localized_line(length_text(match.distance, spacing)),
                            "" if match.score is None else by_locale(f"{match.score:.2f}"),
                        )
                    )
                    self._places.append((entry, CentrePoint(*outline.centroid)))
        fill_table(self.table, lines)
        sources = sources_of(outline for one in compared for outline in one.outlines)
        reader = totals.pop(self._title(OWN), None)
        # One source needs no total.
        whole = [self.tr("Outlines hit")] if len(sources) > 1 else []
        counted_by = [
            self.tr("False per scan"),
            *whole,
            *(self.tr("Hit: {}").format(title) for title in sources.values()),
        ]
        fill_table(
            self.layers_table,
            [(title, by_locale(f"{total.threshold:.2f}"), *total.texts(sources)) for title, total in totals.items()],
            [self.tr("Models"), self.tr("From"), *counted_by],
        )
        fill_table(
            self.reader_table,
            [] if reader is None else [(self._title(OWN), str(reader.marks), *reader.texts(sources))],
            [self.tr("Reader"), self.tr("Drawn"), *counted_by],
        )
        self.reader_table.setVisible(reader is not None)
        fit_to_contents(self.layers_table)
        fit_to_contents(self.reader_table)

    def _title(self, name: str, weighting: str = "") -> str:
        """Return the words for a layer; for the sensitivity with its weighting, on which its figures depend."""
        if name == OWN:
            return self.tr("Your own outlines")
        kind, _, um = name.partition("_")
        if name not in TITLES:  # one of several magnifications
            return f"{phrase(TITLES[kind])} {um.removesuffix('um')} \u00b5m"
        title = phrase(TITLES[name])
        return f"{title} ({phrase(weighting)})" if name == "saliency" and weighting else title
