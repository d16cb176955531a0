"""Options of a layer beside its style: the grid that is drawn, and the weighting of the sensitivity."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from mammoview.qt.i18n.message_catalog import localized_line
from mammoview.qt.layers.model_layer_controller import WEIGHTINGS, ModelLayerController
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.labeled_slider import LabeledSlider


class GridOptionsWidget(QWidget):
    """Which magnification's grid is drawn, or their mean; with a word on how far its figures can be trusted."""

    def __init__(self, model_layers: ModelLayerController, parent: QWidget | None = None) -> None:
        """Follow `model_layers`."""
        super().__init__(parent)
        self._model_layers = model_layers
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        self.box = QComboBox()
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_list(self.box, self.tr("Magnification of the patch grid"))
        self.box.activated.connect(lambda _index: model_layers.choose_grid(self.box.currentData()))
        self.note = QLabel()
        self.note.setWordWrap(True)
        theme.make_faint(self.note)
        column.addWidget(self.box)
        column.addWidget(self.note)
        model_layers.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what there is and what is chosen."""
        grids = self._model_layers.grids
        wanted = [(localized_line(title), name) for name, title in grids.items()]
        if wanted != [(self.box.itemText(i), self.box.itemData(i)) for i in range(self.box.count())]:
            self.box.clear()
            for title, name in wanted:
                self.box.addItem(title, name)
        name = self._model_layers.grid if self._model_layers.grid in grids else next(iter(grids), "")
        self.box.setCurrentIndex(max(0, list(grids).index(name)) if grids else -1)
        self.box.setVisible(len(grids) > 1)
        self.note.setText(self._about(name) if name else "")
        self.note.setVisible(bool(self.note.text()))

    def _about(self, name: str) -> str:
        """Return that the grid that is drawn is not there yet, or how far its figures and threshold can be trusted."""
        if self._model_layers.lacks_drawn:
            return self.tr("Not computed on every scan yet")
        if name == "grid_mean":
            return self._about_mean()
        if self._model_layers.grid_follows:
            return ""
        return self.tr("No operating curve for this grid: its threshold stays where it is")

    def _about_mean(self) -> str:
        """Return how far the mean can be trusted."""
        from mammoview.assess.results.assessment import MEAN_CALIBRATION

        text = self.tr("Mean: calibration error {} ({} to {}) on films new to the models; threshold not tuned")
        return text.format(*(f"{value:.2f}" for value in MEAN_CALIBRATION))


class SensitivityOptionsWidget(QWidget):
    """What the sensitivity is a gradient of, which patches count, and where."""

    def __init__(self, model_layers: ModelLayerController, parent: QWidget | None = None) -> None:
        """Follow `model_layers`."""
        super().__init__(parent)
        self._model_layers = model_layers
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        self.box = QComboBox()
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_list(self.box, self.tr("Weighting of the sensitivity"))
        titles = {
            "evidence": self.tr("as evidence, by patch"),
            "scored evidence": self.tr("as evidence, times the score of the mark there"),
            "entropy": self.tr("of the entropy, as in the paper"),
            "own label": self.tr("of its own label"),
            "logit": self.tr("of the logit"),
        }
        for weighting in WEIGHTINGS:
            self.box.addItem(titles[weighting], weighting)
        self.box.activated.connect(lambda _index: model_layers.set_weighting(self.box.currentData()))
        grid.addWidget(self.box, 0, 0, 1, 3)
        self.gate = LabeledSlider(grid, 1, self.tr("patch"), self.tr("Least probability of a patch"))
        self.gate.moved.connect(model_layers.set_gate)
        self.tau = LabeledSlider(grid, 2, self.tr("inside"), self.tr("Least value of the heatmap"))
        self.tau.moved.connect(model_layers.set_tau)
        model_layers.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the choice as it is."""
        chosen = self._model_layers
        self.box.setCurrentIndex(WEIGHTINGS.index(chosen.weighting))
        self.box.setToolTip(self.tr("Computing gradients") if chosen.busy else "")
        points = chosen.operating
        self.setEnabled(points is not None)
        gate, tau = (0.0, 0.0) if points is None else points
        for slider, own, point in ((self.gate, chosen.gate, gate), (self.tau, chosen.tau, tau)):
            value = point if own is None else own
            slider.show_value(value, "…" if chosen.busy else f"{value:.2f}")
