"""Connects the signals of the window's parts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.qt.eraser.eraser_controller import ERASER_TOOLS
from mammoview.qt.main_window import action_states
from mammoview.qt.navigation.pixel_readout import readout

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Finding
    from mammoview.qt.main_window.window_parts import WindowParts
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.study.scan import Scan, Study


class Connections(QObject):
    """Connections between the parts of a window."""

    def __init__(self, window: WindowParts) -> None:
        """Connect all parts of `window`."""
        super().__init__(window)
        self._window = window
        self._connect_session()
        self._connect_scans()
        self._connect_drawings()
        self._connect_lists()
        self._connect_reader()
        window.notifier.notified.connect(window.messages.show_message)
        for written in (
            window.outline_save.written,
            window.comparison.written,
            window.export.done,
            window.figures.done,
            window.reader.records_worker.written,
        ):
            written.connect(window.notifier.file_written)
        window.reader.records_worker.worksheet_written.connect(self._take_worksheet_written)
        window.outline_save.saved.connect(self._take_saved)

    def _connect_session(self) -> None:
        """Connect what is open, and what the models say of it."""
        window, session = self._window, self._window.session
        session.studies_changed.connect(self._take_studies)
        session.studies_changed.connect(window.mark_lists.refresh)
        session.study_shown.connect(self._take_study)
        session.study_shown.connect(window.messages.show_study)
        session.study_shown.connect(lambda _study: window.status.readout.clear())
        session.study_closed.connect(window.messages.forget)
        session.opened.connect(self._note_studies)
        session.study_shown.connect(self._note_study)
        session.study_shown.connect(window.tag_browser.take_study)
        session.scan_loaded.connect(self._take_scan)
        session.scan_loaded.connect(window.comparison.hatch)
        session.assessment_changed.connect(self._take_assessment)
        session.progressed.connect(window.status.show_progress)
        session.progressed.connect(lambda words, _done: window.findings.set_working(bool(words)))
        session.progressed.connect(lambda words, _done: window.library.hold_thumbnails(bool(words)))
        session.study_closed.connect(lambda _study: window.library.forget_decoded())
        session.study_shown.connect(lambda _study: window.library.forget_decoded())
        session.device_known.connect(window.status.show_device)
        session.model_shown.connect(self._show_model)
        session.model_shown.connect(self._take_tool)
        self._show_model()
        window.status.cancel_wanted.connect(window.cancel_work)
        window.model_layers.operates.connect(window.layers_panel.set_operating_point)

    def _connect_scans(self) -> None:
        """Connect what hangs, and how it looks."""
        window = self._window
        window.layers.changed.connect(self._take_layer)
        window.viewport_grid.viewport_made.connect(self._take_viewport)
        window.overlay_text.patient_shown.connect(window.study_panel.show_patient)
        window.overlay_text.patient_shown.connect(window.mark_lists.show_patient)
        window.viewport_grid.view_changed.connect(window.context_menus.place_prompts)
        window.viewport_grid.view_changed.connect(lambda: window.status.show_linked(window.viewport_grid.linked))
        window.hanging.shown.connect(self._take_stage)
        window.hanging.shown.connect(window.comparison.hatch)
        window.hanging.shown.connect(window.slices.refresh)
        window.hanging.shown.connect(window.drawing.settle_prompt)
        window.hanging.shown.connect(window.calibration.drop_prompt)
        window.hanging.shown.connect(window.drawing.refresh)
        window.voi.changed.connect(self._update_action_states)
        window.viewport_grid.active_changed.connect(self._update_action_states)
        window.viewport_grid.film_covered_changed.connect(self._update_action_states)
        window.slices.played.connect(self._update_action_states)
        window.priors.loaded.connect(window.slices.refresh)

    def _connect_drawings(self) -> None:
        """Connect what the reader draws, and how it compares."""
        window = self._window
        window.priors.loaded.connect(window.drawing.restore_drawings)
        window.drawing.changed.connect(window.comparison.prepare)
        window.layers.bared.connect(window.drawing.hide)
        window.drawing.switched.connect(self._update_action_states)
        window.drawing.switched.connect(window.keyboard_pointer.let_go)
        window.navigation_tools.switched.connect(self._update_action_states)
        window.navigation_tools.switched.connect(self._take_tool)
        window.viewport_grid.active_changed.connect(self._take_tool)
        window.eraser.changed.connect(window.viewport_states.refresh)
        window.eraser.changed.connect(window.comparison.hatch)
        window.panel_visibility.changed.connect(self._update_action_states)
        window.comparison.changed.connect(self._update_action_states)
        window.comparison_panel.chosen.connect(self._centre_finding)
        window.comparison_panel.shown.connect(self._update_action_states)
        window.comparison_panel.shown.connect(self._weigh_compared)
        window.comparison.changed.connect(self._weigh_compared)

    def _connect_lists(self) -> None:
        """Connect the lists of findings, marks and studies."""
        window = self._window
        window.findings.chosen.connect(self._centre_pair)
        window.mark_lists.chosen.connect(self._centre)
        studies = window.study_panel
        studies.chosen.connect(window.session.show_study)
        studies.wanted.connect(window.open_paths)
        studies.toggled.connect(self._update_action_states)
        studies.left.connect(window.focus_scans)
        studies.export_wanted.connect(window.figures.show_listed)
        studies.forgetting.forgotten.connect(window.open_actions.forget)

    def _connect_reader(self) -> None:
        """Connect what the reader does themselves, and what the audit log notes of it."""
        window, reader = self._window, self._window.reader
        reader.left.connect(window.focus_scans)
        window.findings.verdict.left.connect(window.focus_scans)
        window.worksheets.left.connect(window.focus_scans)
        window.layers.opened.connect(self._take_gate)
        window.first_painted.connect(reader.begin)
        window.first_painted.connect(window.true_size.follow_window)
        window.screens.changed.connect(window.true_size.refresh)
        window.true_size.measured.connect(window.settings_controller.save)
        window.true_size.left.connect(window.focus_scans)
        window.settings_controller.keys_changed.connect(window.use_keys)
        window.drawing.changed.connect(window.worksheets.refresh)
        window.drawing.changed.connect(window.reader.second_reader.take_drawing)
        window.comparison.changed.connect(self._note_difference)
        window.export.exported.connect(partial(reader.note_scan, "picture"))
        for part in (window.viewport_copy, window.figures):
            part.copied.connect(partial(reader.note_scan, "copy"))
            part.dragged.connect(partial(reader.note_scan, "drag"))
        window.comparison.written.connect(reader.noting("comparison"))
        window.outline_save.done.connect(reader.noting("outlines"))

    def show_gate(self) -> None:
        """Cover what would give closed layers away."""
        self._take_gate(self._window.layers.open)

    def _take_gate(self, is_open: bool) -> None:
        """Cover the lists of marks while the layers are closed."""
        window = self._window
        window.layers_panel.setEnabled(is_open)
        window.findings.set_closed(window.reader.closed_text)
        if is_open:
            window.comparison_panel.refresh()
        else:
            window.comparison.cover()

    def _weigh_compared(self) -> None:
        """Have the figures of the comparison be those of the sensitivity that is chosen, whether it is shown or not."""
        window = self._window
        on_show = window.comparison_panel.isVisible() or window.comparison.difference
        if on_show and window.comparison.revealed:
            window.model_layers.weigh()

    def _note_difference(self) -> None:
        """Note in the audit log whether the difference of outlines and a layer is on show."""
        self._window.reader.audit_controller.take_difference(self._window.comparison.difference)

    def _update_action_states(self, *_what: object) -> None:
        """Tick the menu entries of what is on."""
        action_states.update_action_states(self._window)

    def _take_tool(self, _about: object = None) -> None:
        """Make the active scan ready while a tool of the eraser is in hand, so that the models answer at once."""
        window = self._window
        if window.navigation_tools.mode in ERASER_TOOLS:
            window.eraser.point_at(window.viewport_grid.active_scan())
        else:
            window.eraser.put_away()

    # Signals of the workers

    def _take_studies(self) -> None:
        """Show which studies are open."""
        session = self._window.session
        self._window.study_panel.show_studies(session.studies, session.index)

    def _show_model(self) -> None:
        """Name the model on show, unless that is the bundled one, alone."""
        choices = self._window.session.choices
        self._window.status.show_model(choices.shown_words if choices.letter or choices.shown.key else "")

    def _note_study(self, study: Study | None) -> None:
        """Note in the library which study is on show."""
        if study is not None:
            self._note_studies([study])

    def _note_studies(self, studies: Sequence[Study]) -> None:
        """Note in the library which studies were opened, if the settings allow that."""
        if studies and self._window.settings.remember_studies:
            self._window.library.note_opened(studies)

    def _take_scan(self, entry: ScanEntry) -> None:
        """Set the polarity of a new picture, ask for missing side and projection, and have its thumbnail made."""
        self._window.voi.refresh()
        loaded = entry.true_picture
        if loaded is not None and loaded.stamp is not None:
            from mammoview.library.thumbnails import DecodedScan  # the loader has imported it

            decoded = DecodedScan(loaded.pixels, loaded.analysis, loaded.stamp)
            self._window.library.take_decoded(entry.scan.path.absolute(), decoded)
        viewport = self._window.viewport_grid.viewport_of(entry.scan)
        if viewport is not None:
            self._window.context_menus.ask_if_unknown(viewport)

    def _take_saved(self, scan: Scan, path: str) -> None:
        """Show where drawings have been saved, of a study that is still open."""
        window = self._window
        priors = window.priors.study
        if priors is not None and scan in priors.scans:
            window.notifier.file_written(path)
        for study in window.session.studies:
            if scan in study.scans:
                window.notifier.file_written(path, study)

    def _take_worksheet_written(self, path: str, _named: bool) -> None:
        """Show where the worksheet has been written to."""
        self._window.notifier.file_written(path)

    def _take_study(self, _study: Study | None) -> None:
        """Cover the findings of another study, unless layers of the models are on, which show as much."""
        window = self._window
        window.findings.cover()
        if any(map(window.layers.is_on, MODEL_LAYERS)):
            window.findings.reveal()

    def _take_assessment(self, _entry: ScanEntry) -> None:
        """Show findings and states."""
        self._window.findings.show_entries(self._window.session.entries.values())

    # What the reader chooses

    def _take_layer(self, name: str) -> None:
        """Show a layer as it is now."""
        window = self._window
        if name in MODEL_LAYERS and window.layers.is_on(name):
            window.findings.reveal()
        for viewport in window.viewport_grid.viewports:
            viewport.refresh_layer(name)
        self._update_action_states()

    def _take_stage(self, title: str) -> None:
        """Bring a hanging protocol that has just been put up up to date."""
        window = self._window
        window.overlay_text.refresh()
        window.context_menus.forget_prompts()
        window.voi.refresh()
        for viewport in window.viewport_grid.viewports:
            window.context_menus.ask_if_unknown(viewport)
        window.show_title(title)
        self._update_action_states()

    def _take_viewport(self, viewport: Viewport) -> None:
        """Connect pointer and menu of a new viewport."""
        viewport.hovered.connect(self._show_readout)
        viewport.unhovered.connect(self._window.status.readout.clear)
        viewport.menu_wanted.connect(self._window.context_menus.show)

    def _show_readout(self, viewport: Viewport, column: float, row: float) -> None:
        """Show what lies below the pointer."""
        entry = self._window.hanging.entry_of(viewport.scan)
        text = "" if entry is None else readout(entry, column, row, self._window.layers)
        self._window.status.readout.setText(text)

    def _centre_finding(self, entry: ScanEntry, finding: Finding) -> None:
        """Bring a finding to the middle of its viewport, hanging its scan first if it does not hang."""
        self._centre(entry.scan, finding.column, finding.row)

    def _centre_pair(self, entry: ScanEntry, finding: Finding) -> None:
        """Bring a finding to the middle, and its partner where that hangs beside it."""
        self._centre_finding(entry, finding)
        chosen = self._window.findings.chosen_finding
        if chosen is None or chosen.partner is None:
            return
        other, mark = chosen.partner
        grid, leader = self._window.viewport_grid, self._window.viewport_grid.viewport_of(entry.scan)
        viewport = grid.viewport_of(other.scan)
        if leader is not None and viewport in grid.visible and viewport.content is not None:
            viewport.set_view(leader.scale_px, viewport.content.to_plane(mark.column, mark.row))

    def _centre(self, scan: Scan, column: float, row: float) -> None:
        """Bring a point of a scan to the middle of its viewport."""
        viewport = self._window.hanging.show_scan(scan)
        if viewport is not None:
            self._window.viewport_grid.activate(viewport)
            self._window.viewport_grid.centre_on(viewport, column, row, 8.0)
