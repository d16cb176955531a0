"""Steps through the hangings of a study and fills the panes with what has been loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.qt.light_box import LightBox
from mammoview.qt.reading import Entry, Reading

if TYPE_CHECKING:
    from mammoview.display.hanging import Hanging, Hung, Pane
    from mammoview.qt.viewport import Viewport
    from mammoview.study.scan import Scan, Study


class Stages(QObject):
    """The hangings of the study on show, one of them on the light box."""

    shown = Signal(str)
    """Title of the hanging that is up."""

    def __init__(self, reading: Reading, light_box: LightBox, parent: QObject | None = None) -> None:
        """Keep the light box up to date with the reading."""
        super().__init__(parent)
        self._reading, self._light_box = reading, light_box
        self._stages: list[tuple[Hanging, Hung]] = []
        self._index = 0
        self.first = ""
        self._refused: list[str] = []
        reading.loader.hangings_refused.connect(self._take_refused)
        reading.study_shown.connect(self._take_study)
        reading.scan_loaded.connect(self._take_scan)
        reading.assessment_changed.connect(self._take_assessment)
        reading.layer_arrived.connect(self._take_layer)

    @property
    def title(self) -> str:
        """Title of the hanging that is up; empty when nothing is."""
        return self._stages[self._index][0].title if self._stages else ""

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
        from mammoview.display.hanging import hang, hanging

        wanted = hanging(name)
        if wanted.name not in self.names and self._reading.study is not None:
            self._stages.append((wanted, hang(self._reading.study, wanted)))
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
                self._reading.told.emit(line)

    def _take_study(self, study: Study) -> None:
        """Work out the stages of a study and hang the one that suits it."""
        from mammoview.display.hanging import stages, suggested

        self._stages = stages(study)
        name = self.first or suggested(study).name
        self._index = self.names.index(name) if name in self.names else 0
        if self.first and self.first not in self.names:
            self.show(self.first)
        else:
            self._hang()

    def _hang(self) -> None:
        """Put the stage on the light box."""
        hanging, places = self._stages[self._index]
        study = self._reading.study
        if study is None:
            return
        self._light_box.hang(hanging, places, self._wall_left, self._note)
        for viewport in self._light_box.viewports:
            viewport.patient, viewport.date = study.patient, study.date
        for _pane, scan in places:
            entry = None if scan is None else self._reading.entries.get(scan)
            if entry is not None and entry.grey is not None:
                self._take_scan(entry)
                self._take_assessment(entry)
        self.shown.emit(hanging.title)

    @staticmethod
    def _wall_left(pane: Pane, scan: Scan | None) -> bool:
        """Tell whether the chest wall goes to the left: the scan's own side decides where the pane takes any."""
        from mammoview.study.breast import Side
        from mammoview.study.scan import Laterality

        if pane.laterality is None and scan is not None and scan.laterality is not None:
            return scan.laterality is Laterality.L
        return pane.chest_wall is Side.LEFT

    def _note(self, pane: Pane, scan: Scan | None) -> str:
        """Return what stands in a pane without a picture."""
        if scan is None:
            return self.tr("No {name} in this study").format(name=pane.name) if pane.name else ""
        entry = self._reading.entries.get(scan)
        return entry.problem if entry is not None and entry.problem else self.tr("Loading {}…").format(scan.name)

    def _take_scan(self, entry: Entry) -> None:
        """Show a picture that has arrived, or why there is none."""
        viewport = self._light_box.viewport_of(entry.scan)
        if viewport is None:
            return
        if entry.grey is None:
            viewport.show_note(entry.problem)
        else:
            viewport.show_picture(entry.grey)
            self._light_box.settle(viewport)

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
