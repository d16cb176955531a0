"""Steps through the hanging protocols of a study and fills the viewports with what has been loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.priors import PriorController
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import HangingProtocol, Hung, ImageBox
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.scan import Laterality, Projection, Scan, Study


View = tuple[float, QPointF]
"""Pixels per mm and the middle of a viewport."""
LEAST_SCALE = 8.0
"""Least scale at which a point of a scan is shown that the reader has chosen in a list, screen pixels per mm."""


class HangingController(QObject):
    """The hanging protocols of the current study, one of them on the viewport grid."""

    shown = Signal(str)
    """Title of the hanging protocol that is up."""

    def __init__(
        self,
        session: Session,
        viewport_grid: ViewportGrid,
        priors: PriorController,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Keep the viewport grid up to date with the session and the prior."""
        super().__init__(parent)
        self._session, self._viewport_grid, self._priors, self._notifier = session, viewport_grid, priors, notifier
        self._views: dict[Viewport, tuple[View, View]] = {}
        self.prior_shown = False
        self._stages: list[tuple[HangingProtocol, Hung]] = []
        self._index = 0
        self.first = ""
        self._refused: list[str] = []
        session.loader.protocols_refused.connect(self._take_refused)
        session.study_shown.connect(self._take_study)
        session.scan_loaded.connect(self._take_scan)
        session.assessment_changed.connect(self._take_assessment)
        session.prior_changed.connect(self._take_assessment)
        session.greys_changed.connect(self._take_greys)
        priors.greys_changed.connect(self._take_greys)
        priors.changed.connect(self._take_prior)
        priors.loaded.connect(self._take_scan)
        session.layer_arrived.connect(self._take_layer)

    @property
    def title(self) -> str:
        """Title of the hanging stage that is up, and whether the prior hangs in its place; empty when nothing is up."""
        title = self._stages[self._index][0].title if self._stages else ""
        return f"{word(title)} ({self.tr('PRIOR')})" if self.prior_shown else title

    @property
    def name(self) -> str:
        """Name of the hanging protocol that is up; empty when nothing is up."""
        return self._stages[self._index][0].name if self._stages else ""

    @property
    def protocols(self) -> dict[str, HangingProtocol]:
        """The hanging protocols that show something of this study, by name, in the order of the stages."""
        return {protocol.name: protocol for protocol, _ in self._stages}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hanging protocols that show something of this study, in the order of the stages."""
        return tuple(protocol.name for protocol, _ in self._stages)

    def show_next(self) -> None:
        """Hang the next stage; after the last the first."""
        self._step(1)

    def show_previous(self) -> None:
        """Hang the stage before; before the first the last."""
        self._step(-1)

    def show(self, name: str) -> None:
        """Hang the stage of that name. Raises MammoviewError when there is no such hanging protocol."""
        from mammoview.display.hanging_protocols import assign_scans, protocol_named

        wanted = protocol_named(name)
        if wanted.name not in self.names and self._session.study is not None:
            self._stages.append((wanted, assign_scans(self._session.study, wanted, self._priors.study)))
        if wanted.name in self.names:
            self._index = self.names.index(wanted.name)
            self._hang()

    def show_scan(self, scan: Scan) -> Viewport | None:
        """Viewport of a scan; steps through the stages until it hangs."""
        for _ in range(len(self._stages) + 1):
            viewport = self._viewport_grid.viewport_of(scan)
            if viewport is not None:
                if viewport not in self._viewport_grid.visible:
                    self._viewport_grid.toggle_single()
                return viewport
            self.show_next()
        return None

    def centre_on(self, scan: Scan, column: float, row: float) -> None:
        """Centre the viewport of a scan on a point of it, and activate it; hang the scan first if it does not hang."""
        viewport = self.show_scan(scan)
        if viewport is not None:
            self._viewport_grid.activate(viewport)
            self._viewport_grid.centre_on(viewport, column, row, LEAST_SCALE)

    def show_prior(self, shown: bool) -> None:
        """Put the prior's scans into the places of the study's, view by view at the same scale, or take them back."""
        if shown and self._priors.study is None:
            self._notifier.warn(self.tr("No earlier examination of this patient is open or in the library"))
        elif shown != self.prior_shown and self._stages:
            self.prior_shown = shown
            if shown:
                self._views.clear()
                self._priors.load()
                self._viewport_grid.hold_view(True)
            self._exchange()
            if not shown:
                self._viewport_grid.hold_view(False)
        self.shown.emit(self.title)

    def _exchange(self) -> None:
        """Hang the other scans where the study's hang; no viewport moves or changes its scale."""
        for viewport, (image_box, scan) in zip(
            self._viewport_grid.viewports, self._stages[self._index][1], strict=True
        ):
            if image_box.prior:
                continue
            now = (viewport.scale_px, QPointF(viewport.centre))
            wanted, left = self._views.get(viewport, (now, now))
            # A scan that ends earlier may have kept the viewport from its place; the other one gets it back.
            wanted = wanted if now == left else now
            other = self._priors.counterpart(scan) if self.prior_shown else scan
            note = self._note(image_box, other)
            if other is None and self.prior_shown:
                note = self.tr("No prior of {}").format(scan.name) if scan is not None else ""
            viewport.hang(image_box, other, self._wall_left(image_box, scan), note)
            self._label(viewport, self.prior_shown)
            viewport.set_view(*wanted)
            self._views[viewport] = wanted, (viewport.scale_px, QPointF(viewport.centre))
            self._fill(other)

    def entry_of(self, scan: Scan | None) -> ScanEntry | None:
        """Return what is known of a scan of the study or of its prior."""
        if scan is None:
            return None
        return self._session.entries.get(scan) or self._priors.entries.get(scan)

    def _step(self, step: int) -> None:
        """Hang another stage."""
        if self._stages:
            self._index = (self._index + step) % len(self._stages)
            self._hang()

    def _take_refused(self, lines: list[str]) -> None:
        """Warn once of each of the user's hanging protocols that are left out."""
        for line in lines:
            if line not in self._refused:
                self._refused.append(line)
                self._notifier.warn_general(line)

    def _take_study(self, study: Study | None) -> None:
        """Work out the stages of a study and hang the one that suits it; take all down when there is none."""
        self._views.clear()
        if study is None:
            self._stages, self._index, self.prior_shown = [], 0, False
            self._viewport_grid.empty()
            self.shown.emit("")
            return
        from mammoview.display.hanging_protocols import hanging_stages, suggested_protocol

        self._stages = hanging_stages(study, self._priors.study)
        name = self.first or suggested_protocol(study).name
        self._index = self.names.index(name) if name in self.names else 0
        if self.first and self.first not in self.names:
            self.show(self.first)
        else:
            self._hang()

    def _take_prior(self) -> None:
        """Work out the stages anew for another prior, which takes the place of one that hangs."""
        from mammoview.display.hanging_protocols import hanging_stages

        study = self._session.study
        if study is None or not self._stages:
            return
        before = self._stages[self._index][0]
        self._stages = hanging_stages(study, self._priors.study)
        names = self.names
        self._index = names.index(before.name) if before.name in names else 0
        same = self._stages[self._index][0].name == before.name
        if self.prior_shown and same and self._priors.study is not None:
            self._exchange()
        elif self.prior_shown or before.compares or not same:
            self._hang()

    def _hang(self) -> None:
        """Put the stage on the viewport grid."""
        protocol, places = self._stages[self._index]
        if self._session.study is None:
            return
        self.prior_shown = False
        self._viewport_grid.hang(protocol, places, self._wall_left, self._note)
        for viewport, (image_box, scan) in zip(self._viewport_grid.viewports, places, strict=True):
            self._label(viewport, image_box.prior)
            self._fill(scan)
        if protocol.compares:
            self._priors.load()
        self.shown.emit(self.title)

    def _label(self, viewport: Viewport, prior: bool) -> None:
        """Set in a viewport whose examination it shows, and which of several scans of one view."""
        study = self._priors.study if prior else self._session.study
        viewport.prior = prior
        viewport.patient, viewport.date = ("", "") if study is None else (study.patient, study.date)
        scan, scans = viewport.scan, () if study is None else study.scans
        viewport.ordinal = ""
        if scan is None or None in _view(scan):
            return
        alike = [one for one in scans if _view(one) == _view(scan)]
        if scan in alike and len(alike) > 1:
            viewport.ordinal = self.tr("{} of {}").format(alike.index(scan) + 1, len(alike))

    def _fill(self, scan: Scan | None) -> None:
        """Show the picture of a scan that hangs, and its layers, if they have arrived."""
        entry = self.entry_of(scan)
        if entry is not None and entry.grey is not None:
            self._take_scan(entry)
            self._take_assessment(entry)

    @staticmethod
    def _wall_left(image_box: ImageBox, scan: Scan | None) -> bool:
        """Whether the chest wall goes to the left: the scan's own side decides where the viewport takes any."""
        from mammoview.study.scan import Laterality, Side

        if image_box.laterality is None and scan is not None and scan.laterality is not None:
            return scan.laterality is Laterality.L
        return image_box.chest_wall is Side.LEFT

    def _note(self, image_box: ImageBox, scan: Scan | None) -> str:
        """Return what stands in a viewport without a picture."""
        if scan is None:
            text = self.tr("No prior of {name}") if image_box.prior else self.tr("No {name} in this study")
            return text.format(name=image_box.name) if image_box.name else ""
        entry = self.entry_of(scan)
        return (
            phrase(entry.problem)
            if entry is not None and entry.problem
            else self.tr("Loading {}…").format(phrase(scan.name))
        )

    def _take_scan(self, entry: ScanEntry) -> None:
        """Show a picture that has arrived, or why there is none."""
        viewport = self._viewport_grid.viewport_of(entry.scan)
        if viewport is None:
            return
        if entry.grey is None:
            viewport.show_note(phrase(entry.problem))
            return
        now = viewport.scale_px, QPointF(viewport.centre)
        viewport.show_picture(entry.grey)
        wanted, left = self._views.get(viewport, (now, now))
        # Where the viewports have been moved or fitted since the prior was put in place, its picture follows them.
        if self.prior_shown and viewport in self._views and now == left:
            viewport.set_view(*wanted)
            self._views[viewport] = wanted, (viewport.scale_px, QPointF(viewport.centre))
        else:
            self._viewport_grid.settle(viewport)

    def _take_greys(self, entry: ScanEntry) -> None:
        """Show a scan that hangs in its new window."""
        viewport = self._viewport_grid.viewport_of(entry.scan)
        if viewport is not None and viewport.content is not None and viewport.content.grey is entry.grey:
            viewport.refresh_grey()

    def _take_assessment(self, entry: ScanEntry) -> None:
        """Lay the layers over a scan that hangs."""
        viewport = self._viewport_grid.viewport_of(entry.scan)
        if viewport is not None:
            viewport.show_assessment(entry.drawn)
            for name in entry.arrived:
                self._take_layer(entry, name)

    def _take_layer(self, entry: ScanEntry, name: str) -> None:
        """Lay the first layers over a scan while the others are being made."""
        viewport = self._viewport_grid.viewport_of(entry.scan)
        if viewport is not None and entry.assessed is None:
            viewport.show_layer(name, entry.arrived[name][0])


def _view(scan: Scan) -> tuple[Laterality | None, Projection | None]:
    """Return side and projection."""
    return scan.laterality, scan.projection
