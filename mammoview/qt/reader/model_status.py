"""State of the models in each viewport, so that "not assessed" never looks like "nothing found"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.i18n.message_catalog import by_locale, phrase
from mammoview.qt.navigation.hanging_controller import HangingController
from mammoview.qt.reader.second_reader import SecondReaderController
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.overlay_text import StateTone
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.records.reader_report import BLIND

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment

STEP = 0.05
"""Progress is shown in steps of this size: a figure that changes all the time draws the eye."""


class ViewportStateController(QObject):
    """Keeps the line about the models up to date in every viewport of a viewport grid.

    Before the layers are revealed it says nothing from which marks, or their absence, could be guessed; nor while the
    list of findings is covered, in concurrent reading.
    """

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        stages: HangingController,
        layers: LayerState,
        findings: FindingsPanel,
        second_reader: SecondReaderController,
        parent: QObject | None = None,
    ) -> None:
        """Follow all changes of the state of scans shown in `viewport_grid`."""
        super().__init__(parent)
        self._session, self._viewport_grid, self._stages = session, viewport_grid, stages
        self._layers, self._findings, self._second_reader = layers, findings, second_reader
        for signal in (
            session.scan_loaded,
            session.assessment_changed,
            session.prior_changed,
            session.model_shown,
            session.assessment_queue.moved,
            stages.shown,
            layers.changed,
            layers.opened,
            layers.bared,
            findings.covered_changed,
            second_reader.changed,
        ):
            signal.connect(self.refresh)

    def refresh(self, *_what: object) -> None:
        """Show the state of the assessment in each viewport."""
        for viewport in self._viewport_grid.viewports:
            entry = self._stages.entry_of(viewport.scan)
            viewport.set_state(*(("", StateTone.QUIET) if entry is None else self.state(entry)))

    def state(self, entry: ScanEntry) -> tuple[str, StateTone]:
        """Return the line about a scan, empty while there is no picture of it, and what it is."""
        if entry.grey is None:
            return "", StateTone.QUIET
        text = self._text(entry)
        tone = StateTone.QUIET
        if entry.state in (AssessmentState.FAILED, AssessmentState.OUT_OF_SCOPE):
            tone = StateTone.WARNING
        elif entry.assessed is not None and self._open and self._count(entry.assessed.assessment):
            tone = StateTone.MARKS
        return (self._named(entry, text) if text else ""), tone

    def _named(self, entry: ScanEntry, text: str) -> str:
        """Return the text on a scan with the model that it is about."""
        choices = self._session.choices
        if choices.letter:
            return _tr("{model}, {state}").format(model=choices.shown_words, state=text)
        own = choices.shown.name if entry.assessed is None else entry.assessed.assessment.own_model
        return _tr("Model {}: {}").format(own, text) if own else _tr("Models: {}").format(text)

    def _text(self, entry: ScanEntry) -> str:
        """Return the state of a scan's assessment in words, or its number of marks."""
        if entry.state is AssessmentState.WAITING:
            return _tr("waiting")
        if entry.state is AssessmentState.RUNNING:
            done = int(self._session.assessment_queue.fraction / STEP + 1e-6) * STEP
            return _tr("assessing {:.0f} %").format(100 * done)
        if entry.state is AssessmentState.NOT_RUN:
            if self._session.assessment_queue.broken:
                return _tr("not run (no models)")
            return _tr("not run") if not entry.seen else _tr("not run on this frame")
        if entry.state is AssessmentState.FAILED:
            return _tr("failed: {}").format(phrase(entry.state_text))
        if entry.state is AssessmentState.OUT_OF_SCOPE:
            return _tr("out of scope: {}").format(phrase(entry.state_text))
        if entry.assessed is None:
            return ""
        if not self._layers.open:
            blind = self._second_reader.mode == BLIND
            return _tr("closed, blind reading") if blind else _tr("not revealed yet")
        if self._findings.covered:
            return _tr("assessed, layers off")
        parts = self._marks((entry.drawn or entry.assessed).assessment)
        return ", ".join(parts if entry.altered is None else [_tr("altered picture"), *parts])

    @staticmethod
    def _nothing(assessment: Assessment, point: float) -> str:
        """Return that there are no marks from a score on, or at the budget of false marks where that sets the score."""
        if assessment.curves.findings is not None and point == assessment.least:
            return _tr("no marks at this budget")
        return by_locale(_tr("no marks at or above {:.2f}").format(point))

    @property
    def _open(self) -> bool:
        """Whether what the models found may be known."""
        return self._layers.open and not self._findings.covered

    def _point(self, assessment: Assessment) -> float:
        """Return the score from which on a mark can be seen."""
        hides = self._layers.shown("heatmap") and not assessment.rescored
        return max(assessment.least, self._layers.style("heatmap").threshold if hides else 0.0)

    def _count(self, assessment: Assessment) -> int:
        """Return how many marks can be seen."""
        return sum(finding.score >= self._point(assessment) for finding in assessment.findings)

    def _marks(self, assessment: Assessment) -> list[str]:
        """Return how many marks can be seen, and what keeps others from being seen."""
        drawn = [name for name in MODEL_LAYERS if self._layers.shown(name)]
        point, count = self._point(assessment), self._count(assessment)
        if not count:
            parts = [self._nothing(assessment, point)]
        else:
            parts = [_tr("1 mark") if count == 1 else _tr("{} marks").format(count)]
        if count < len(assessment.findings):
            parts.append(_tr("{} below the threshold").format(len(assessment.findings) - count))
        if not drawn:
            parts.append(_tr("layers off"))
        elif "heatmap" not in drawn:
            parts.append(_tr("heatmap off"))
        if "grid" in drawn and assessment.lacks_drawn:
            parts.append(_tr("patch grid not computed yet"))
        if "heatmap" not in drawn and "grid" in drawn and assessment.grid is not None:
            threshold = self._layers.style("grid").threshold
            if not (assessment.grid.values >= threshold).any():
                parts.append(by_locale(_tr("no patch at or above {:.2f}").format(threshold)))
        return parts


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("states", text)
