"""One slider for the thresholds of heatmap, patch grid and findings: the false marks that they may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from mammoview.core.false_mark_budgets import FALSE_MARK_BUDGETS
from mammoview.display.layers.registry import BUDGETED
from mammoview.qt.i18n.message_catalog import by_locale, phrase
from mammoview.qt.layers.model_layer_controller import ModelLayerController
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.session import Session
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.text_wrap import whole_brackets

if TYPE_CHECKING:
    from mammoview.assess.models.operating_curves import BundleCurves, OperatingCurve

HANDLE_PX = 7
"""From the end of the slider to the middle of its handle at that end."""


class FalseMarkBudgetController(QObject):
    """The budget of false marks per normal view, one of `FALSE_MARK_BUDGETS`.

    The thresholds follow it on every scan. One that the reader has set by hand follows again when the budget is moved.
    """

    changed = Signal()
    """The budget, or what is known of the curves behind it."""

    def __init__(
        self, session: Session, layers: LayerState, model_layers: ModelLayerController, parent: QObject | None = None
    ) -> None:
        """Set the thresholds of what `session` shows; `layers` holds the budget."""
        super().__init__(parent)
        self._session, self._layers, self._model_layers = session, layers, model_layers
        self.curves: BundleCurves | None = None
        """Of the current model, once it has assessed a scan; None until then."""
        self._grid_stays = False
        session.assessment_changed.connect(self._take_change)
        session.model_shown.connect(self._take_model)
        session.study_shown.connect(self._take_study)
        layers.changed.connect(self._take_grid)
        model_layers.changed.connect(self._take_grid)

    @property
    def value(self) -> float:
        """False marks per normal view: the step nearest to what the settings hold."""
        return min(FALSE_MARK_BUDGETS, key=lambda budget: abs(budget - self._layers.false_marks))

    @property
    def curve(self) -> OperatingCurve | None:
        """Curve of the findings list, or of the heatmap where that has none; None where neither has, or before."""
        return None if self.curves is None else self.curves.findings or self.curves.heatmap

    @property
    def works(self) -> bool:
        """Whether a budget can be chosen: not where the models are known to have no curves."""
        return self.curves is None or self.curve is not None

    @property
    def grid_stays(self) -> bool:
        """Whether a grid is drawn whose threshold does not follow the budget, though the others do."""
        return self.curve is not None and self._layers.is_on("grid") and not self._model_layers.grid_follows

    def set_value(self, false_marks: float) -> None:
        """Choose a budget; thresholds that were the reader's own follow it, too."""
        if not self.works or (false_marks == self.value and not any(map(self._layers.has_own_threshold, BUDGETED))):
            return
        self._layers.false_marks = false_marks
        for name in BUDGETED:
            self._model_layers.follow(name)
        self._model_layers.show_chosen()
        self.changed.emit()

    def lower(self) -> None:
        """Choose the next smaller budget: fewer marks."""
        self._step(-1)

    def raise_(self) -> None:
        """Choose the next larger budget: more marks."""
        self._step(1)

    def _step(self, step: int) -> None:
        """Choose a neighbour of the budget; the last one stays."""
        index = FALSE_MARK_BUDGETS.index(self.value) + step
        self.set_value(FALSE_MARK_BUDGETS[min(max(index, 0), len(FALSE_MARK_BUDGETS) - 1)])

    def _take_change(self, _entry: object) -> None:
        """Take the curves of the current model from a scan that it has assessed; those of the last study stay."""
        self._use(self._known() or self.curves)

    def _take_model(self) -> None:
        """Take the curves of another model."""
        self._use(self._known())

    def _take_study(self, study: object) -> None:
        """Know no curves while no study is open; from one study to the next they stay."""
        if study is None:
            self._use(None)

    def _take_grid(self, _name: str = "") -> None:
        """Take another grid, or that it is drawn."""
        if self.grid_stays != self._grid_stays:
            self._grid_stays = self.grid_stays
            self.changed.emit()

    def _known(self) -> BundleCurves | None:
        """Return the curves of the current model; None before it has assessed a scan."""
        made = (entry.made for entry in self._session.all_entries if entry.made is not None)
        return next((one.assessment.curves for one in made), None)

    def _use(self, curves: BundleCurves | None) -> None:
        """Show what is known of the curves."""
        if curves != self.curves:
            self.curves = curves
            self.changed.emit()


class FalseMarkBudgetWidget(QWidget):
    """A slider of four steps, and below it what the chosen budget finds."""

    def __init__(self, budget: FalseMarkBudgetController, parent: QWidget | None = None) -> None:
        """Show `budget` and set it."""
        super().__init__(parent)
        self._budget = budget
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(2)
        title = QLabel(self.tr("False marks per normal view"))
        title.setWordWrap(True)
        self.figure = QLabel()
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        font = self.figure.font()
        font.setBold(True)
        self.figure.setFont(font)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.figure)
        column.addLayout(head)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, len(FALSE_MARK_BUDGETS) - 1)
        self.slider.setPageStep(1)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(1)
        self.slider.setAccessibleName(title.text())
        self.slider.valueChanged.connect(lambda step: budget.set_value(FALSE_MARK_BUDGETS[step]))
        column.addWidget(self.slider)
        column.addWidget(_StepLabels())
        self.note = QLabel()
        self.note.setWordWrap(True)
        theme.make_faint(self.note)
        column.addWidget(self.note)
        budget.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the budget and what it finds."""
        value = self._budget.value
        with QSignalBlocker(self.slider):
            self.slider.setValue(FALSE_MARK_BUDGETS.index(value))
        self.slider.setEnabled(self._budget.works)
        self.figure.setText(_figure(value) if self._budget.works else "")
        self.note.setText(self._found(value))
        self._fit_note()
        # A screen reader reads out the position alone, which is the number of the step.
        self.slider.setAccessibleDescription(f"{self.figure.text()}, {self.note.text()}")
        self.setToolTip(self._about(value))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the note the lines that it needs at another width."""
        super().resizeEvent(event)
        self._fit_note()

    def _fit_note(self) -> None:
        """Keep the room for all lines of the note: the layouts around it would give it that of an earlier width."""
        self.note.setMinimumHeight(max(0, self.note.heightForWidth(self.width())))  # -1 without a text

    def _found(self, value: float) -> str:
        """Return what a budget finds, or why that is not known."""
        curve = self._budget.curve
        if curve is None:
            if self._budget.works:
                return self.tr("What this finds is shown once a scan has been assessed")
            return self.tr("These models were not measured on normal views: each layer has its own threshold")
        share, low, high = (100 * part for part in curve.sensitivity_at(value))
        text = self.tr("finds {share:.0f} % of findings ({low:.0f} to {high:.0f}), n\u00a0=\u00a0{n}")
        found = whole_brackets(text.format(share=share, low=low, high=high, n=curve.findings))
        if self._budget.grid_stays:
            found += "\n" + self.tr("The patch grid that is shown has no operating curve: its threshold stays")
        return found

    def _about(self, value: float) -> str:
        """Return what the figures rest on."""
        curve = self._budget.curve
        if curve is None:
            return ""
        cost = curve.false_marks_at(curve.threshold_at(value))
        text = self.tr(
            "{of}: {split}.\nFalse marks per normal view: {value:.2f} ({low:.2f} to {high:.2f}), n = {views} views.\n"
            "Intervals are of 95 %."
        )
        words = {"of": phrase(curve.of), "split": phrase(curve.split), "views": curve.normal_views}
        return by_locale(text.format(value=cost.value, low=cost.low, high=cost.high, **words))


class _StepLabels(QWidget):
    """The budgets below the ticks of the slider."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for one line."""
        return QSize(120, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each figure below its tick."""
        painter = QPainter(self)
        painter.setPen(theme.FAINT)
        metrics = painter.fontMetrics()
        for step, budget in enumerate(FALSE_MARK_BUDGETS):
            text = _figure(budget)
            width = metrics.horizontalAdvance(text)
            x = HANDLE_PX + step * (self.width() - 2 * HANDLE_PX) / (len(FALSE_MARK_BUDGETS) - 1) - width / 2
            painter.drawText(QPointF(min(max(0.0, x), self.width() - width), metrics.ascent()), text)
        painter.end()


def _figure(budget: float) -> str:
    """Return such as "0.5"."""
    return by_locale(f"{budget:g}")
