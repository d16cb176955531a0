"""The reader's own calibration: a ruler over something of known length gives a study its spacing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QToolButton, QWidget

from mammoview.core.errors import MammoviewError
from mammoview.display.length_text import length
from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.session.priors import PriorController
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.shortcut_override import ShortcutOverride
from mammoview.qt.widgets.viewport_prompt import ViewportPrompt
from mammoview.records import user_calibration
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.scan import Scan, Study
from mammoview.study.spacing import Spacing


class CalibrationWorker(Worker):
    """The thread that writes calibrations; it ends only when all of them are written."""

    completes_queue = True

    def remember(self, scans: Iterable[Scan]) -> Task[None, None]:
        """Keep or forget the calibration of these scans, as their spacing now is."""
        # Each writes the spacing that its scans have by then, so that any order is right.
        return self.submit(partial(_remember, tuple(scans)), object())


def _remember(scans: tuple[Scan, ...], _task: Task[None, None]) -> None:
    user_calibration.remember(scans)


class LengthPrompt(ViewportPrompt):
    """Asks, in the viewport and without blocking anything, how long the ruler really is."""

    answered = Signal(float)
    """Length, mm."""

    def __init__(self, present: float | None, parent: QWidget) -> None:
        """Ask in a viewport; `present` is the ruler's length so far in mm, or None."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        self.length = QDoubleSpinBox()
        self.length.setRange(0.1, user_calibration.LONGEST_MM)
        self.length.setDecimals(2)
        self.length.setSuffix(self.tr(" mm"))
        self.length.setValue(10.0 if present is None else present)
        self.accept_button, close = QToolButton(), QToolButton()
        self.accept_button.setText(self.tr("Calibrate"))
        close.setText("\u2715")
        close.setAutoRaise(True)
        self.accept_button.clicked.connect(self._accept)
        ShortcutOverride(self.length, lambda _event: True)
        self.length.lineEdit().returnPressed.connect(self._accept)
        close.clicked.connect(self.close)
        row.addWidget(QLabel(self.tr("The ruler's true length")))
        for widget in (self.length, self.accept_button, close):
            row.addWidget(widget)
        self.adjustSize()

    def _accept(self) -> None:
        """Emit the answer and close."""
        self.length.interpretText()
        self.answered.emit(self.length.value())
        self.close()


class CalibrationController(QObject):
    """The commands to calibrate a study and to take that back."""

    def __init__(
        self,
        session: Session,
        priors: PriorController,
        viewport_grid: ViewportGrid,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Act on the active viewport's study, of `session` or its prior."""
        super().__init__(parent)
        self._session, self._priors, self._viewport_grid = session, priors, viewport_grid
        self._notifier = notifier
        self._undo: list[dict[Scan, Spacing]] = []
        self._prompt: LengthPrompt | None = None
        self._prompt_scan: Scan | None = None
        self.worker = CalibrationWorker(self)
        self.worker.failed.connect(notifier.warn)
        session.study_closed.connect(self._take_close)

    def ask(self) -> None:
        """Ask how long the last ruler of the active viewport really is."""
        viewport = self._viewport_grid.active
        scan = None if viewport is None else viewport.scan
        rulers = [] if scan is None else [a for a in scan.annotations if a.kind is AnnotationKind.RULER]
        if viewport is None or scan is None or not rulers:
            self._notifier.info(self.tr("To calibrate, draw a ruler over something whose length is known first"))
            return
        if self._prompt is not None:
            self._prompt.close()
        ruler = rulers[-1]
        known = scan.spacing.known
        prompt = LengthPrompt(round(_measured(ruler, scan.spacing), 2) if known else None, viewport)
        prompt.answered.connect(lambda millimetres: self.calibrate(scan, ruler, millimetres))
        prompt.destroyed.connect(lambda: self._forget_prompt(prompt))
        self._prompt, self._prompt_scan = prompt, scan
        room = viewport.rect()
        prompt.move((room.width() - prompt.width()) // 2, room.height() - prompt.height() - 24)
        prompt.show()
        prompt.length.setFocus()
        prompt.length.selectAll()

    @property
    def prompt(self) -> LengthPrompt | None:
        """The question on screen."""
        return self._prompt

    def calibrate(self, scan: Scan, ruler: Annotation, millimetres: float) -> None:
        """Make a ruler that long, for the scan and all of its study that share its spacing."""
        study = next((e for e in (self._session.entries, self._priors.entries) if scan in e), None)
        if study is None:
            return
        try:
            spacing = user_calibration.calibrated(scan.spacing, _measured(ruler, scan.spacing), millimetres)
        except MammoviewError as error:
            self._notifier.warn(str(error))
            return
        others = user_calibration.companions(scan, study)
        self._undo.append({other: other.spacing for other in others})
        self._use(dict.fromkeys(others, spacing))
        text = self.tr("Calibrated by you: {um:.4g} µm per pixel, for {some} of the {all} scans of this study")
        text = text.format(um=1000 * spacing.column_mm, some=len(others), all=len(study))
        self._notifier.info(text)

    def undo(self) -> None:
        """Take the last calibration of this study or its prior back; one of an earlier day is forgotten."""
        present = {**self._session.entries, **self._priors.entries}
        for index in reversed(range(len(self._undo))):
            if any(scan in present for scan in self._undo[index]):
                self._use(self._undo.pop(index))
                break
        else:
            stated = {scan: scan.spacing.stated for scan in present if scan.spacing.stated is not None}
            if not stated:
                self._notifier.info(self.tr("This study is not calibrated by you"))
                return
            self._use(stated)
        self._notifier.info(self.tr("The calibration was removed"))

    def stop(self) -> None:
        """Write what waits."""
        self.worker.stop()

    def _use(self, spacings: dict[Scan, Spacing]) -> None:
        """Set the spacings of scans, show and store them."""
        for scan, spacing in spacings.items():
            user_calibration.use(scan, spacing)
        self._session.respace(spacings)
        self._priors.respace(spacings)
        self._viewport_grid.set_fitted(self._viewport_grid.fitted)
        self.worker.remember(spacings)

    def drop_prompt(self, *_what: object) -> None:
        """Close the question, unless the scan that it is about still hangs in its viewport."""
        viewport = None if self._prompt is None else self._prompt.parentWidget()
        if self._prompt is not None and not (isinstance(viewport, Viewport) and viewport.scan is self._prompt_scan):
            self._prompt.close()

    def _take_close(self, study: Study) -> None:
        """Release what is kept of a study that is closed."""
        self._undo = [step for step in self._undo if not any(scan in study.scans for scan in step)]

    def _forget_prompt(self, gone: LengthPrompt) -> None:
        """Drop a closed prompt, unless another one has taken its place."""
        if self._prompt is gone:
            self._prompt = self._prompt_scan = None


def _measured(ruler: Annotation, spacing: Spacing) -> float:
    """Length of a ruler: mm, or pixels where the spacing is unknown."""
    start, end = ruler.points.tolist()
    return length(start, end, spacing)
