"""The panel at the right: a switch per layer, and folded below it its colour bar, threshold and opacity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.display.colormaps import NAMES, colour, colours
from mammoview.display.layer_style import FILL_AT_MOST, LayerStyle
from mammoview.display.layers.drawing import RGB
from mammoview.display.layers.registry import BUDGETED, LAYERS
from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.layers.color_bar import ColorBar
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import in_turn, name_list
from mammoview.qt.widgets.labeled_slider import LabeledSlider


class LayersPanel(QWidget):
    """One row per layer, and below them what concerns several. The options of one layer at most are unfolded."""

    follow_wanted = Signal(str)
    """Layer whose threshold is to follow the models again."""

    def __init__(self, layers: LayerState, keys: dict[str, str], parent: QWidget | None = None) -> None:
        """Show `layers`; `keys` are the texts of their keys by layer name."""
        super().__init__(parent)
        self._layers = layers
        self.operating_points: dict[str, float | None] = {}
        """Of the model behind each layer, by the layer's name; None where it has none."""
        self._unfolded = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        self.rows = {name: LayerRow(layers.style(name), keys.get(name, ""), self) for name in layers.names}
        for name, row in self.rows.items():
            column.addWidget(row)
            row.switched.connect(self._switch)
            row.threshold_moved.connect(self._set_threshold)
            row.opacity_moved.connect(layers.set_opacity)
            row.colours_chosen.connect(layers.set_colours)
            row.filled.connect(layers.fill)
            row.follow_wanted.connect(self.follow_wanted)
            row.unfolded.connect(self._unfold)
            self._refresh(name)
        layers.changed.connect(self._refresh)

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Show other keys."""
        for name, row in self.rows.items():
            row.badge.setText(keys.get(name, ""))

    def add_choice(self, name: str, choice: QWidget) -> None:
        """Put what else can be chosen about a layer below its sliders."""
        row = self.rows[name]
        row.grid.addWidget(choice, row.grid.rowCount(), 0, 1, 3)
        # The list that a box unfolds is a window of its own.
        inside = [one for one in (choice, *choice.findChildren(QWidget)) if one.window() is row.window()]
        in_turn(row.colours, *(one for one in inside if one.focusPolicy() & Qt.FocusPolicy.TabFocus))

    def add_below(self, widget: QWidget) -> None:
        """Put a widget below all rows."""
        column = self.layout()
        assert column is not None
        column.addWidget(widget)

    def set_operating_point(self, name: str, value: float | None) -> None:
        """Tick the model's own threshold on a layer's bar."""
        if value != self.operating_points.get(name):
            self.operating_points[name] = value
            self._refresh(name)

    def unfold(self, name: str) -> None:
        """Show the options of a layer while it is on, and of no other; with an empty name of none."""
        before, self._unfolded = self._unfolded, name
        for one in {before, name} - {""}:
            self._refresh(one)

    def _unfold(self, name: str, on: bool) -> None:
        """Unfold a layer's options, or fold them."""
        self.unfold(name if on else "")

    def _switch(self, name: str, on: bool) -> None:
        """Emit the click, and show the options of a layer that is switched on here."""
        if on:
            self.unfold(name)
        self._layers.switch(name, on)

    def _set_threshold(self, name: str, value: float) -> None:
        """Pass the reader's threshold on."""
        self._layers.set_threshold(name, value)

    def _refresh(self, name: str) -> None:
        """Show a layer as it is."""
        own = name in BUDGETED and self._layers.has_own_threshold(name)
        style, on, unfolded = self._layers.style(name), self._layers.is_on(name), name == self._unfolded
        self.rows[name].refresh(style, on, self.operating_points.get(name), own, unfolded)


class LayerRow(QWidget):
    """Switch of a layer; while it is on, its options can be unfolded."""

    switched = Signal(str, bool)
    """Layer, on."""
    threshold_moved = Signal(str, float)
    """Layer, threshold 0..1."""
    opacity_moved = Signal(str, float)
    """Layer, opacity 0..1."""
    colours_chosen = Signal(str, str)
    """Layer, name of a colour table."""
    filled = Signal(str, bool)
    """Layer, whether its cells are filled."""
    follow_wanted = Signal(str)
    """Layer whose threshold is to follow the models again."""
    unfolded = Signal(str, bool)
    """Layer, whether its options are to be seen."""

    def __init__(self, style: LayerStyle, key: str, parent: QWidget | None = None) -> None:
        """Make the row of a layer."""
        super().__init__(parent)
        self._name = style.name
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.check = QCheckBox(phrase(style.title))
        self.check.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.check.toggled.connect(self._toggled)
        self.badge = QLabel(key)
        self.badge.setStyleSheet(
            "color: palette(placeholder-text); border: 1px solid palette(light); border-radius: 3px; padding: 0 5px;"
        )
        self.own = self._add_own()
        self.fold = QToolButton()
        self.fold.setCheckable(True)
        self.fold.setAutoRaise(True)
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        about = self.tr("{layer}: options").format(layer=self.check.text())
        self.fold.setAccessibleName(about)
        self.fold.setToolTip(about)
        self.fold.clicked.connect(lambda on: self.unfolded.emit(self._name, on))
        head = QHBoxLayout()
        head.addWidget(self.check, 1)
        head.addWidget(self.own)
        head.addWidget(self.fold)
        head.addWidget(self.badge)
        column.addLayout(head)
        self.body = QWidget()
        column.addWidget(self.body)
        grid = self.grid = QGridLayout(self.body)
        grid.setContentsMargins(20, 0, 0, 6)
        grid.setVerticalSpacing(1)
        # The same for every layer, so that all bars and sliders stand in line.
        grid.setColumnMinimumWidth(0, self.fontMetrics().horizontalAdvance(self.tr("opacity")) + 4)
        self.bar: ColorBar | None = None
        self.dashes: _Dashes | None = None
        self.threshold: LabeledSlider | None = None
        layer = LAYERS[style.name]
        self._fades_fill_alone = layer.fades_fill_alone
        self._most = FILL_AT_MOST if layer.fades_fill_alone else 1.0
        if style.unit:
            self.bar = ColorBar(style)
            unit = QLabel(phrase(style.unit))
            theme.make_faint(unit)
            grid.addWidget(unit, 0, 1, 1, 2)
            grid.addWidget(self.bar, 1, 1)
            self.threshold = self._slider(2, self.tr("from"))
            self.threshold.moved.connect(self._threshold_moved)
        elif layer.dashes:
            self.dashes = _Dashes(style, layer.dashes, layer.inks)
            grid.addWidget(self.dashes, 0, 0, 1, 3)
        text = self.tr("fill") if layer.fades_fill_alone else self.tr("opacity")
        self.opacity = self._slider(4, text)
        self.opacity.moved.connect(self._opacity_moved)
        self.fill: QCheckBox | None = None
        if layer.fillable:
            self.fill = QCheckBox(self.tr("fill the cells"))
            self.fill.setAccessibleName(f"{self.check.text()}: {self.fill.text()}")
            self.fill.toggled.connect(self._fill_toggled)
            grid.addWidget(self.fill, 3, 0, 1, 3)
            in_turn(self.fill, self.opacity)
        self.colours = self._add_colours(grid)

    def _add_own(self) -> QPushButton:
        """Return the sign of a threshold that is the reader's own; a press gives it back to the models."""
        button = QPushButton(self.tr("own"), self)
        button.setFlat(True)
        button.setAutoDefault(False)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        about = self.tr("The threshold is your own. Press to have it follow the false marks per normal view again")
        button.setToolTip(about)
        button.setAccessibleName(f"{self.check.text()}: {about}")
        button.setStyleSheet("QPushButton { padding: 0 4px; }")
        button.clicked.connect(lambda: self.follow_wanted.emit(self._name))
        button.hide()
        return button

    def _slider(self, row: int, text: str) -> LabeledSlider:
        """Return a new slider in a row of the layer's grid."""
        return LabeledSlider(self.grid, row, text, f"{self.check.text()}: {text}")

    def _add_colours(self, grid: QGridLayout) -> QComboBox:
        """Add the choice of colours: each table as a strip with its name."""
        label = QLabel(self.tr("colours"))
        theme.make_faint(label)
        box = _ColourTables()
        name_list(box, self.tr("{layer}: colours").format(layer=self.check.text()))
        box.activated.connect(self._colours_chosen)
        grid.addWidget(label, 5, 0)
        grid.addWidget(box, 5, 1, 1, 2)
        return box

    def refresh(self, style: LayerStyle, on: bool, operating_point: float | None, own: bool, unfolded: bool) -> None:
        """Show switch, figures and bar, and whether the threshold is the reader's own."""
        self.own.setVisible(own)
        self.opacity.show_value(style.opacity / self._most, f"{style.opacity:.2f}")
        if self.threshold is not None:
            self.threshold.show_value(style.threshold, f"{style.threshold:.2f}")
        self.colours.setCurrentIndex(self.colours.findData(style.colours))
        self.check.blockSignals(True)
        self.check.setChecked(on)
        self.check.blockSignals(False)
        self.fold.setVisible(on)
        self.fold.setChecked(unfolded)
        self.fold.setArrowType(Qt.ArrowType.DownArrow if unfolded else Qt.ArrowType.RightArrow)
        self.body.setVisible(on and unfolded)
        if self.fill is not None:
            self.fill.blockSignals(True)
            self.fill.setChecked(style.filled)
            self.fill.blockSignals(False)
            # The heatmap's contours are always whole: its slider is that of the fill.
            self.opacity.show_row(style.filled or not self._fades_fill_alone)
        if self.dashes is not None:
            self.dashes.show_style(style)
        if self.bar is not None:
            self.bar.show_style(style, operating_point)

    def _toggled(self, on: bool) -> None:
        """Pass the switch on."""
        self.switched.emit(self._name, on)

    def _fill_toggled(self, filled: bool) -> None:
        """Pass the fill on."""
        self.filled.emit(self._name, filled)

    def _threshold_moved(self, position: float) -> None:
        """Pass the threshold on."""
        self.threshold_moved.emit(self._name, position)

    def _colours_chosen(self, _index: int) -> None:
        """Pass the colours on."""
        self.colours_chosen.emit(self._name, self.colours.currentData())

    def _opacity_moved(self, position: float) -> None:
        """Pass the opacity on."""
        self.opacity_moved.emit(self._name, self._most * position)


class _ColourTables(QComboBox):
    """Choice of a colour table; strips are drawn where they come into sight, since all of them delay the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setIconSize(QSize(48, 8))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.currentIndexChanged.connect(self._draw)
        for name in NAMES:
            self.addItem(word(name), name)

    def showPopup(self) -> None:
        """Show all tables."""
        for index in range(self.count()):
            self._draw(index)
        super().showPopup()

    def _draw(self, index: int) -> None:
        """Draw the strip of a table, if that has not been done."""
        if index >= 0 and self.itemIcon(index).isNull():
            self.setItemIcon(index, _strip(self.itemData(index)))


def _strip(name: str) -> QIcon:
    """Return a colour table as a strip, from 0 on the left to 1 on the right."""
    table = np.ascontiguousarray(colours(name))
    image = QImage(table.data, len(table), 1, 3 * len(table), QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.scaled(48, 8)))


class _Dashes(QWidget):
    """Which dash stands for which kind of line."""

    def __init__(
        self, style: LayerStyle, dashes: Mapping[str, tuple[int, int] | None], inks: Mapping[str, RGB]
    ) -> None:
        super().__init__()
        self._dashes, self._inks = dashes, inks
        self._style = style

    def show_style(self, style: LayerStyle) -> None:
        """Take other colours."""
        self._style = style
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for one line per kind."""
        return QSize(160, len(self._dashes) * (self.fontMetrics().height() + 1))

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines and their names."""
        painter = QPainter(self)
        height = self.fontMetrics().height() + 1
        ink = colour(self._style.colours, 1.0)
        pen = QPen(QColor(*ink), 2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        for index, (kind, dash) in enumerate(self._dashes.items()):
            middle = index * height + height / 2
            pen.setColor(QColor(*self._inks.get(kind, ink)))
            if dash is None:
                pen.setStyle(Qt.PenStyle.SolidLine)
            else:
                pen.setDashPattern([float(part) for part in dash])
            painter.setPen(pen)
            painter.drawLine(QPointF(0, middle), QPointF(48, middle))
            painter.setPen(theme.FAINT)
            painter.drawText(QPointF(56, middle + self.fontMetrics().ascent() / 2 - 1), word(kind))
        painter.end()
