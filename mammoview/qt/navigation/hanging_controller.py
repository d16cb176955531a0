"""Steps through the hangings of a study and fills the panes with what has been loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.priors import Priors
from mammoview.qt.session.session import Entry, Reading
from mammoview.qt.viewport.viewport_grid import LightBox

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import Hanging, Hung, Pane
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.scan import Scan, Study


View = tuple[float, QPointF]
"""Pixels per mm and the middle of a pane."""


class Stages(QObject):
    """The hangings of the study on show, one of them on the light box."""

    shown = Signal(str)
    """Title of the hanging that is up."""

    told = Signal(str)
    """A line for the reader."""

    def __init__(self, reading: Reading, light_box: LightBox, priors: Priors, parent: QObject | None = None) -> None:
        """Keep the light box up to date with the reading and the prior."""
        super().__init__(parent)
        self._reading, self._light_box, self._priors = reading, light_box, priors
        self._views: dict[Viewport, tuple[View, View]] = {}
        self.prior_shown = False
        self._stages: list[tuple[Hanging, Hung]] = []
        self._index = 0
        self.first = ""
        self._refused: list[str] = []
        reading.loader.hangings_refused.connect(self._take_refused)
        reading.study_shown.connect(self._take_study)
        reading.scan_loaded.connect(self._take_scan)
        reading.assessment_changed.connect(self._take_assessment)
        reading.prior_changed.connect(self._take_assessment)
        reading.greys_changed.connect(self._take_greys)
        priors.greys_changed.connect(self._take_greys)
        priors.changed.connect(self._take_prior)
        priors.loaded.connect(self._take_scan)
        reading.layer_arrived.connect(self._take_layer)

    @property
    def title(self) -> str:
        """Title of the hanging that is up, and whether the prior hangs in its place; empty when nothing is up."""
        title = self._stages[self._index][0].title if self._stages else ""
        return f"{word(title)} ({self.tr('PRIOR')})" if self.prior_shown else title

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hangings that show something of this study, in the order of the stages."""
        return tuple(hanging.name for hanging, _ in self._stages)

    def show_next(self) -> None:
        """Hang the next stage; after the last the first."""
        self._step(1)

    def show_previous(self) -> None:
        """Hang the stage before; before the first the last."""
        self._step(-1)

    def show(self, name: str) -> None:
        """Hang the stage of that name. Raises MammoviewError when there is no such hanging."""
        from mammoview.display.hanging_protocols import hang, hanging

        wanted = hanging(name)
        if wanted.name not in self.names and self._reading.study is not None:
            self._stages.append((wanted, hang(self._reading.study, wanted, self._priors.study)))
        if wanted.name in self.names:
            self._index = self.names.index(wanted.name)
            self._hang()

    def pane_of(self, scan: Scan) -> Viewport | None:
        """Pane of a scan; steps through the stages until it hangs."""
        for _ in range(len(self._stages) + 1):
            viewport = self._light_box.viewport_of(scan)
            if viewport is not None:
                if viewport not in self._light_box.visible:
                    self._light_box.toggle_single()
                return viewport
            self.show_next()
        return None

    def show_prior(self, shown: bool) -> None:
        """Put the prior's scans into the places of the study's, view by view at the same scale, or take them back."""
        if shown and self._priors.study is None:
            self.told.emit(self.tr("No earlier examination of this patient is open or in the library"))
        elif shown != self.prior_shown and self._stages:
            self.prior_shown = shown
            if shown:
                self._views.clear()
                self._priors.load()
                self._light_box.hold_view(True)
            self._exchange()
            if not shown:
                self._light_box.hold_view(False)
        self.shown.emit(self.title)

    def _exchange(self) -> None:
        """Hang the other scans where the study's hang; no pane moves or changes its scale."""
        for viewport, (pane, scan) in zip(self._light_box.viewports, self._stages[self._index][1], strict=True):
            if pane.prior:
                continue
            now = (viewport.scale_px, QPointF(viewport.centre))
            wanted, left = self._views.get(viewport, (now, now))
            # A scan that ends earlier may have kept the pane from its place; the other one gets it back.
            wanted = wanted if now == left else now
            other = self._priors.counterpart(scan) if self.prior_shown else scan
            note = self._note(pane, other)
            if other is None and self.prior_shown:
                note = self.tr("No prior of {}").format(scan.name) if scan is not None else ""
            viewport.hang(pane, other, self._wall_left(pane, scan), note)
            self._label(viewport, self.prior_shown)
            viewport.set_view(*wanted)
            self._views[viewport] = wanted, (viewport.scale_px, QPointF(viewport.centre))
            self._fill(other)

    def entry_of(self, scan: Scan | None) -> Entry | None:
        """Return what is known of a scan of the study or of its prior."""
        if scan is None:
            return None
        return self._reading.entries.get(scan) or self._priors.entries.get(scan)

    def _step(self, step: int) -> None:
        """Hang another stage."""
        if self._stages:
            self._index = (self._index + step) % len(self._stages)
            self._hang()

    def _take_refused(self, lines: list[str]) -> None:
        """Tell, once, which of the user's hangings are left out."""
        for line in lines:
            if line not in self._refused:
                self._refused.append(line)
                self._reading.told_always.emit(line)

    def _take_study(self, study: Study | None) -> None:
        """Work out the stages of a study and hang the one that suits it; take all down when there is none."""
        self._views.clear()
        if study is None:
            self._stages, self._index, self.prior_shown = [], 0, False
            self._light_box.empty()
            self.shown.emit("")
            return
        from mammoview.display.hanging_protocols import stages, suggested

        self._stages = stages(study, self._priors.study)
        name = self.first or suggested(study).name
        self._index = self.names.index(name) if name in self.names else 0
        if self.first and self.first not in self.names:
            self.show(self.first)
        else:
            self._hang()

    def _take_prior(self) -> None:
        """Work out the stages anew for another prior, which takes the place of one that hangs."""
        from mammoview.display.hanging_protocols import stages

        study = self._reading.study
        if study is None or not self._stages:
            return
        before = self._stages[self._index][0]
        self._stages = stages(study, self._priors.study)
        names = self.names
        self._index = names.index(before.name) if before.name in names else 0
        same = self._stages[self._index][0].name == before.name
        if self.prior_shown and same and self._priors.study is not None:
            self._exchange()
        elif self.prior_shown or before.compares or not same:
            self._hang()

    def _hang(self) -> None:
        """Put the stage on the light box."""
        hanging, places = self._stages[self._index]
        if self._reading.study is None:
            return
        self.prior_shown = False
        self._light_box.hang(hanging, places, self._wall_left, self._note)
        for viewport, (pane, scan) in zip(self._light_box.viewports, places, strict=True):
            self._label(viewport, pane.prior)
            self._fill(scan)
        if hanging.compares:
            self._priors.load()
        self.shown.emit(self.title)

    def _label(self, viewport: Viewport, prior: bool) -> None:
        """Tell a pane whose examination it shows."""
        study = self._priors.study if prior else self._reading.study
        viewport.prior = prior
        viewport.patient, viewport.date = ("", "") if study is None else (study.patient, study.date)

    def _fill(self, scan: Scan | None) -> None:
        """Show the picture of a scan that hangs, and its layers, if they have arrived."""
        entry = self.entry_of(scan)
        if entry is not None and entry.grey is not None:
            self._take_scan(entry)
            self._take_assessment(entry)

    @staticmethod
    def _wall_left(pane: Pane, scan: Scan | None) -> bool:
        """Tell whether the chest wall goes to the left: the scan's own side decides where the pane takes any."""
        from mammoview.study.scan import Laterality, Side

        if pane.laterality is None and scan is not None and scan.laterality is not None:
            return scan.laterality is Laterality.L
        return pane.chest_wall is Side.LEFT

    def _note(self, pane: Pane, scan: Scan | None) -> str:
        """Return what stands in a pane without a picture."""
        if scan is None:
            text = self.tr("No prior of {name}") if pane.prior else self.tr("No {name} in this study")
            return text.format(name=pane.name) if pane.name else ""
        entry = self.entry_of(scan)
        return (
            phrase(entry.problem)
            if entry is not None and entry.problem
            else self.tr("Loading {}…").format(phrase(scan.name))
        )

    def _take_scan(self, entry: Entry) -> None:
        """Show a picture that has arrived, or why there is none."""
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is None:
            return
        if entry.grey is None:
            viewport.show_note(phrase(entry.problem))
        else:
            viewport.show_picture(entry.grey)
            if self.prior_shown and viewport in self._views:
                wanted, _left = self._views[viewport]
                viewport.set_view(*wanted)
                self._views[viewport] = wanted, (viewport.scale_px, QPointF(viewport.centre))
            else:
                self._light_box.settle(viewport)

    def _take_greys(self, entry: Entry) -> None:
        """Show a scan that hangs in its new window."""
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is not None and viewport.content is not None and viewport.content.grey is entry.grey:
            viewport.refresh_grey()

    def _take_assessment(self, entry: Entry) -> None:
        """Lay the layers over a scan that hangs."""
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is not None:
            viewport.show_assessment(entry.assessed)
            for name in entry.arrived:
                self._take_layer(entry, name)

    def _take_layer(self, entry: Entry, name: str) -> None:
        """Lay the first layers over a scan while the others are being made."""
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is not None and entry.assessed is None:
            viewport.show_layer(name, entry.arrived[name][0])
