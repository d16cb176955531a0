"""A slider from 0 to 1 with its name at the left and its figure at the right."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider

from mammoview.qt.i18n.message_catalog import by_locale
from mammoview.qt.widgets import theme

STEPS = 100
"""Positions of a slider."""


class LabeledSlider(QSlider):
    """A row of three in a grid, so that the sliders below each other stand in line."""

    moved = Signal(float)
    """The reader chose a position 0..1."""

    def __init__(self, grid: QGridLayout, row: int, text: str, what: str) -> None:
        """Lie in a row of `grid` behind `text`; `what` describes what it sets."""
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(what)
        self.setToolTip(what)
        self.valueChanged.connect(self._take)
        self._label = QLabel(text)
        theme.make_faint(self._label)
        self.figure = QLabel()
        self.figure.setMinimumWidth(self.figure.fontMetrics().horizontalAdvance("0.00 "))
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._label, row, 0)
        grid.addWidget(self, row, 1)
        grid.addWidget(self.figure, row, 2)

    def show_value(self, position: float, figure: str) -> None:
        """Move to a position 0..1 and show its figure, without a signal."""
        with QSignalBlocker(self):
            self.setValue(round(STEPS * position))
        self.figure.setText(by_locale(figure))

    def show_row(self, shown: bool) -> None:
        """Show the row, or leave it out."""
        for widget in (self._label, self, self.figure):
            widget.setVisible(shown)

    def _take(self, value: int) -> None:
        """Pass the choice on."""
        self.moved.emit(value / STEPS)
