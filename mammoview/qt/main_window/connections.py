"""Lets the parts of the window hear of each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.display.layer_styles import MODEL_LAYERS
from mammoview.qt.main_window import action_states as ticks
from mammoview.qt.navigation.pixel_readout import readout

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import Window
    from mammoview.qt.session.session import Entry
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.scan import Scan, Study


class Switchboard(QObject):
    """Passes on what one part of a window tells to those whom it concerns."""

    def __init__(self, window: Window) -> None:
        """Connect all parts of `window`."""
        super().__init__(window)
        self._window = window
        self._connect_reading()
        self._connect_scans()
        self._connect_drawings()
        self._connect_lists()
        for part in (
            window.reading,
            window.model_layers,
            window.drawing,
            window.outline_saving,
            window.comparison,
            window.priors,
            window.stages,
            window.findings,
            window.exporting,
            window.greys,
            window.corner_choice,
            window.key_pointer,
        ):
            part.told.connect(window.tell_of_study)
        window.reading.told_of.connect(lambda study, line: window.messages.tell(line, study=study))
        for told in (
            window.reading.told_always,
            window.library.told,
            window.studies_list.told,
            window.screens.told,
        ):
            told.connect(window.messages.tell)
        for written in (window.outline_saving.written, window.comparison.written, window.exporting.done):
            written.connect(window.tell_written)
        window.outline_saving.saved.connect(self._tell_saved)

    def _connect_reading(self) -> None:
        """Connect what is open, and what the models say of it."""
        window, reading = self._window, self._window.reading
        light_box = window.light_box
        reading.wanted_first = lambda: None if light_box.active is None else light_box.active.scan
        reading.on_screen = lambda: {v.scan for v in light_box.visible if v.scan is not None}
        reading.studies_changed.connect(self._take_studies)
        reading.studies_changed.connect(window.marks_lists.refresh)
        reading.study_shown.connect(window.findings.cover)
        reading.study_shown.connect(window.messages.show_study)
        reading.study_shown.connect(lambda _study: window.status.readout.clear())
        reading.study_closed.connect(window.messages.forget)
        reading.opened.connect(self._note_studies)
        reading.study_shown.connect(self._note_study)
        reading.study_shown.connect(window.tag_browser.take_study)
        reading.scan_loaded.connect(self._take_scan)
        reading.scan_loaded.connect(window.comparison.hatch)
        reading.assessment_changed.connect(self._take_assessment)
        reading.progressed.connect(window.status.show_progress)
        reading.device_known.connect(window.status.show_device)
        window.status.cancel_wanted.connect(reading.cancel)
        window.model_layers.operates.connect(window.layers_panel.set_operating_point)

    def _connect_scans(self) -> None:
        """Connect what hangs, and how it looks."""
        window = self._window
        window.layers.changed.connect(self._take_layer)
        window.light_box.viewport_made.connect(self._take_viewport)
        window.corner_choice.patient_shown.connect(window.studies_list.show_patient)
        window.corner_choice.patient_shown.connect(window.marks_lists.show_patient)
        window.light_box.view_changed.connect(window.scan_menus.place_prompts)
        window.light_box.view_changed.connect(lambda: window.status.show_linked(window.light_box.linked))
        window.stages.shown.connect(self._take_stage)
        window.stages.shown.connect(window.comparison.hatch)
        window.stages.shown.connect(window.slices.refresh)
        window.stages.shown.connect(window.drawing.settle_prompt)
        window.stages.shown.connect(window.calibrating.drop_prompt)
        window.stages.shown.connect(window.drawing.refresh)
        window.greys.changed.connect(self._tick)
        window.slices.played.connect(self._tick)
        window.priors.loaded.connect(window.slices.refresh)

    def _connect_drawings(self) -> None:
        """Connect what the reader draws, and how it compares."""
        window = self._window
        window.priors.loaded.connect(window.drawing.look_back)
        window.drawing.changed.connect(window.comparison.prepare)
        window.layers.bared.connect(window.drawing.hide)
        window.drawing.switched.connect(self._tick)
        window.drawing.switched.connect(window.key_pointer.let_go)
        window.comparison.changed.connect(self._tick)
        window.comparison_panel.chosen.connect(self._centre_finding)
        window.comparison_panel.shown.connect(self._tick)

    def _connect_lists(self) -> None:
        """Connect the lists of findings, marks and studies."""
        window = self._window
        window.findings.chosen.connect(self._centre_finding)
        window.marks_lists.chosen.connect(self._centre)
        studies = window.studies_list
        studies.chosen.connect(window.reading.show_study)
        studies.wanted.connect(window.open_paths)
        studies.toggled.connect(self._tick)
        studies.left.connect(window.focus_scans)
        studies.forgetting.forgotten.connect(window.opening.forget)

    def _tick(self) -> None:
        """Tick the menus."""
        ticks.set_all(self._window)

    # What the workers tell

    def _take_studies(self) -> None:
        """Show which studies are open."""
        reading = self._window.reading
        self._window.studies_list.show_studies(reading.studies, reading.index)

    def _note_study(self, study: Study | None) -> None:
        """Let the library know what is looked at."""
        if study is not None:
            self._note_studies([study])

    def _note_studies(self, studies: Sequence[Study]) -> None:
        """Let the library know what was opened, if it is to remember that."""
        if studies and self._window.settings.remember_studies:
            self._window.library.note_opened(studies)

    def _take_scan(self, entry: Entry) -> None:
        """Give a new picture the polarity of the others, and ask for what its file does not tell."""
        self._window.greys.refresh()
        viewport = self._window.light_box.viewport_of(entry.scan)
        if viewport is not None:
            self._window.scan_menus.ask_if_unknown(viewport)

    def _tell_saved(self, scan: Scan, path: str) -> None:
        """Tell that drawings lie on the disk, of a study that is open still."""
        window = self._window
        priors = window.priors.study
        if priors is not None and scan in priors.scans:
            window.tell_written(path)
        for study in window.reading.studies:
            if scan in study.scans:
                window.tell_written(path, study)

    def _take_assessment(self, _entry: Entry) -> None:
        """Show findings and states."""
        self._window.findings.show_entries(self._window.reading.entries.values())

    # What the reader chooses

    def _take_layer(self, name: str) -> None:
        """Show a layer as it is now."""
        window = self._window
        if name in MODEL_LAYERS and window.layers.is_on(name):
            window.findings.reveal()
        for viewport in window.light_box.viewports:
            viewport.refresh_layer(name)
        self._tick()

    def _take_stage(self, title: str) -> None:
        """Dress a hanging that has just been put up."""
        window = self._window
        window.corner_choice.dress()
        window.scan_menus.forget_prompts()
        window.greys.refresh()
        for viewport in window.light_box.viewports:
            window.scan_menus.ask_if_unknown(viewport)
        window.show_title(title)
        self._tick()

    def _take_viewport(self, viewport: Viewport) -> None:
        """Hear of a new pane's pointer and menu."""
        viewport.hovered.connect(self._show_readout)
        viewport.unhovered.connect(self._window.status.readout.clear)
        viewport.menu_wanted.connect(self._window.scan_menus.show)

    def _show_readout(self, viewport: Viewport, column: float, row: float) -> None:
        """Say what lies below the pointer."""
        entry = self._window.stages.entry_of(viewport.scan)
        text = "" if entry is None else readout(entry, column, row, self._window.layers)
        self._window.status.readout.setText(text)

    def _centre_finding(self, entry: Entry, finding: object) -> None:
        """Bring a finding to the middle of its pane, hanging its scan first if it does not hang."""
        self._centre(entry.scan, finding.column, finding.row)

    def _centre(self, scan: Scan, column: float, row: float) -> None:
        """Bring a point of a scan to the middle of its pane."""
        viewport = self._window.stages.pane_of(scan)
        if viewport is not None:
            self._window.light_box.activate(viewport)
            self._window.light_box.centre_on(viewport, column, row, 8.0)
