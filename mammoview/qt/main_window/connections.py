"""Connects the signals of the main window's parts; each function takes the parts that it connects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance

from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.qt.actions.menus import apply_keys
from mammoview.qt.eraser.eraser_controller import ERASER_TOOLS
from mammoview.qt.main_window.settings_controller import first_keys
from mammoview.qt.main_window.start_page import empty_grid_hint
from mammoview.qt.navigation.pixel_readout import readout

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from mammoview.assess.results.assessment import Finding
    from mammoview.core.settings import Settings
    from mammoview.qt.actions.commands import Command
    from mammoview.qt.actions.menus import HeldKeys
    from mammoview.qt.actions.shortcut_help import ShortcutHelp
    from mammoview.qt.dialogs.tag_browser import TagBrowser
    from mammoview.qt.drawing.calibration_controller import CalibrationController
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.drawing.save_actions import OutlineSaveController
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.findings.comparison import ComparisonController
    from mammoview.qt.findings.comparison_panel import ComparisonPanel
    from mammoview.qt.findings.findings_panel import FindingsPanel
    from mammoview.qt.layers.layers_panel import LayersPanel
    from mammoview.qt.layers.mark_lists import MarkListController
    from mammoview.qt.layers.model_layer_controller import ModelLayerController
    from mammoview.qt.library.library_client import LibraryClient
    from mammoview.qt.library.study_panel import StudyPanel
    from mammoview.qt.main_window.export_actions import ExportController
    from mammoview.qt.main_window.figure_controller import FigureController
    from mammoview.qt.main_window.navigation_tools import NavigationToolController
    from mammoview.qt.main_window.settings_controller import SettingsController
    from mammoview.qt.main_window.start_page import StartPage
    from mammoview.qt.main_window.top_bar import TopBar
    from mammoview.qt.main_window.viewport_copy import ViewportCopyController
    from mammoview.qt.navigation.context_menu import ContextMenuController
    from mammoview.qt.navigation.hanging_controller import HangingController
    from mammoview.qt.navigation.overlay_text_controller import OverlayTextController
    from mammoview.qt.navigation.slice_controller import SliceController
    from mammoview.qt.navigation.voi_controller import VoiController
    from mammoview.qt.reader.model_status import ViewportStateController
    from mammoview.qt.reader.reader_controller import ReaderController
    from mammoview.qt.session.layer_state import LayerState
    from mammoview.qt.session.priors import PriorController
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport import Viewport
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.message_bar import MessageBar
    from mammoview.qt.widgets.notifier import Notifier
    from mammoview.qt.widgets.status_bar import StatusBar
    from mammoview.study.scan import Scan, Study


def connect_studies(
    session: Session, study_panel: StudyPanel, mark_lists: MarkListController, tag_browser: TagBrowser
) -> None:
    """Keep the lists of studies, of marks and of DICOM attributes up to date."""
    session.studies_changed.connect(lambda: study_panel.show_studies(session.studies, session.index))
    session.studies_changed.connect(mark_lists.refresh)
    session.study_shown.connect(tag_browser.take_study)
    study_panel.chosen.connect(session.show_study)


def connect_library(session: Session, library: LibraryClient, settings: Settings) -> None:
    """Note in the library which studies are opened, if the settings allow that, and make thumbnails of their scans."""

    def note(studies: Sequence[Study]) -> None:
        if studies and settings.remember_studies:
            library.note_opened(studies)

    def take_scan(entry: ScanEntry) -> None:
        loaded = entry.true_picture
        if loaded is not None and loaded.stamp is not None:
            from mammoview.library.thumbnails import DecodedScan  # the loader has imported it

            decoded = DecodedScan(loaded.pixels, loaded.analysis, loaded.stamp)
            library.take_decoded(entry.scan.path.absolute(), decoded)

    session.opened.connect(note)
    session.study_shown.connect(lambda study: note([] if study is None else [study]))
    session.scan_loaded.connect(take_scan)
    session.progressed.connect(lambda words, _done: library.hold_thumbnails(bool(words)))
    session.study_closed.connect(lambda _study: library.forget_decoded())
    session.study_shown.connect(lambda _study: library.forget_decoded())


def connect_messages(session: Session, notifier: Notifier, messages: MessageBar) -> None:
    """Show messages, those about a study while it is the current one."""
    notifier.notified.connect(messages.show_message)
    notifier.withdrawn.connect(messages.withdraw)
    session.study_shown.connect(messages.show_study)
    session.study_closed.connect(messages.forget)


def connect_written_files(
    session: Session,
    priors: PriorController,
    outline_save: OutlineSaveController,
    reader: ReaderController,
    notifier: Notifier,
    written: Iterable[SignalInstance],
) -> None:
    """Show where files have been written to; `written` are signals of a path."""

    def take_saved(scan: Scan, path: str) -> None:
        """Show where drawings have been saved, of a study that is still open."""
        if priors.study is not None and scan in priors.study.scans:
            notifier.file_written(path)
        for study in session.studies:
            if scan in study.scans:
                notifier.file_written(path, study)

    for signal in (*written, outline_save.written, reader.records_worker.written):
        signal.connect(notifier.file_written)
    reader.records_worker.worksheet_written.connect(lambda path, _named: notifier.file_written(path))
    outline_save.saved.connect(take_saved)


def connect_status_bar(
    session: Session, viewport_grid: ViewportGrid, status: StatusBar, cancel_work: Callable[[], None]
) -> None:
    """Show progress, device, model and links of the viewports in the status bar."""

    def show_model() -> None:
        """Name the current model, unless that is the bundled one, alone."""
        choices = session.choices
        status.show_model(choices.shown_words if choices.letter or choices.shown.key else "")

    session.progressed.connect(status.show_progress)
    session.device_known.connect(status.show_device)
    session.model_shown.connect(show_model)
    session.study_shown.connect(lambda _study: status.readout.clear())
    viewport_grid.view_changed.connect(lambda: status.show_linked(viewport_grid.linked))
    status.cancel_wanted.connect(cancel_work)
    show_model()


def connect_readout(
    viewport_grid: ViewportGrid, hanging: HangingController, layers: LayerState, status: StatusBar
) -> None:
    """Show in the status bar what lies below the pointer."""

    def show(viewport: Viewport, column: float, row: float) -> None:
        entry = hanging.entry_of(viewport.scan)
        status.readout.setText("" if entry is None else readout(entry, column, row, layers))

    def take_viewport(viewport: Viewport) -> None:
        viewport.hovered.connect(show)
        viewport.unhovered.connect(status.readout.clear)

    def report(_about: object = None) -> None:
        for viewport in viewport_grid.visible:
            viewport.mouse.report()

    viewport_grid.viewport_made.connect(take_viewport)
    viewport_grid.view_changed.connect(report)
    for signal in (layers.changed, layers.opened, layers.bared):
        signal.connect(report)


def connect_findings(session: Session, layers: LayerState, findings: FindingsPanel) -> None:
    """List the findings of the current study.

    They are covered when it is shown, unless layers of the models are on, which show as much.
    """

    def take_study(_study: Study | None) -> None:
        findings.cover()
        if any(map(layers.is_on, MODEL_LAYERS)):
            findings.reveal()

    def take_layer(name: str) -> None:
        if name in MODEL_LAYERS and layers.is_on(name):
            findings.reveal()

    session.study_shown.connect(take_study)
    session.assessment_changed.connect(lambda _entry: findings.show_entries(session.entries.values()))
    session.progressed.connect(lambda words, _done: findings.set_working(bool(words)))
    layers.changed.connect(take_layer)


def connect_layers(
    layers: LayerState, model_layers: ModelLayerController, layers_panel: LayersPanel, viewport_grid: ViewportGrid
) -> None:
    """Draw each layer as it is now, and show the operating points of the models."""

    def refresh(name: str) -> None:
        for viewport in viewport_grid.viewports:
            viewport.refresh_layer(name)

    layers.changed.connect(refresh)
    model_layers.operates.connect(layers_panel.set_operating_point)


def connect_closed_layers(
    layers: LayerState,
    reader: ReaderController,
    layers_panel: LayersPanel,
    findings: FindingsPanel,
    comparison: ComparisonController,
    comparison_panel: ComparisonPanel,
) -> None:
    """Cover the lists of marks while the layers are closed to the reader, from now on."""

    def take(is_open: bool) -> None:
        layers_panel.setEnabled(is_open)
        findings.set_closed(reader.closed_text)
        if is_open:
            comparison_panel.refresh()
        else:
            comparison.cover()

    layers.opened.connect(take)
    take(layers.open)


def connect_viewports(
    session: Session,
    viewport_grid: ViewportGrid,
    hanging: HangingController,
    overlay_text: OverlayTextController,
    voi: VoiController,
    context_menus: ContextMenuController,
    show_title: Callable[[str], None],
) -> None:
    """Keep texts, polarity and prompts of the viewports those of the scans that hang, and connect their menus."""

    def take_scan(entry: ScanEntry) -> None:
        """Set the polarity of a new picture, and ask for a missing side or projection."""
        voi.refresh()
        viewport = viewport_grid.viewport_of(entry.scan)
        if viewport is not None:
            context_menus.ask_if_unknown(viewport)

    def take_stage(title: str) -> None:
        """Bring a hanging stage that has just been shown up to date."""
        overlay_text.refresh()
        context_menus.forget_prompts()
        voi.refresh()
        for viewport in viewport_grid.viewports:
            context_menus.ask_if_unknown(viewport)
        show_title(title)

    session.scan_loaded.connect(take_scan)
    hanging.shown.connect(take_stage)
    viewport_grid.view_changed.connect(context_menus.place_prompts)
    viewport_grid.viewport_made.connect(lambda viewport: viewport.menu_wanted.connect(context_menus.show))


def connect_slices(hanging: HangingController, priors: PriorController, slices: SliceController) -> None:
    """Show the sliders of stacks that hang."""
    hanging.shown.connect(slices.refresh)
    priors.loaded.connect(slices.refresh)


def connect_drawings(
    hanging: HangingController,
    priors: PriorController,
    layers: LayerState,
    drawing: DrawingController,
    calibration: CalibrationController,
) -> None:
    """Show the drawings of the scans that hang, and close prompts when others do."""
    hanging.shown.connect(drawing.settle_prompt)
    hanging.shown.connect(calibration.drop_prompt)
    hanging.shown.connect(drawing.refresh)
    priors.loaded.connect(drawing.restore_drawings)
    layers.bared.connect(drawing.hide)


def connect_comparison(
    session: Session,
    hanging: HangingController,
    drawing: DrawingController,
    model_layers: ModelLayerController,
    comparison: ComparisonController,
    comparison_panel: ComparisonPanel,
) -> None:
    """Compare the outlines that are drawn, with the weighting of the sensitivity that the reader has chosen."""

    def weigh() -> None:
        """Weight the sensitivity while figures of it are shown, whether its layer is on or not."""
        if (comparison_panel.isVisible() or comparison.difference) and comparison.revealed:
            model_layers.weigh()

    session.scan_loaded.connect(comparison.hatch)
    hanging.shown.connect(comparison.hatch)
    drawing.changed.connect(comparison.prepare)
    comparison_panel.shown.connect(weigh)
    comparison.changed.connect(weigh)


def connect_eraser(
    session: Session,
    viewport_grid: ViewportGrid,
    navigation_tools: NavigationToolController,
    eraser: EraserController,
    viewport_states: ViewportStateController,
    comparison: ComparisonController,
) -> None:
    """Prepare the active scan while a tool of the eraser is active, and show what it altered."""

    def prepare(_about: object = None) -> None:
        if navigation_tools.mode in ERASER_TOOLS:
            eraser.point_at(viewport_grid.active_scan())
        else:
            eraser.deactivate()

    session.model_shown.connect(prepare)
    navigation_tools.switched.connect(prepare)
    viewport_grid.active_changed.connect(prepare)
    eraser.changed.connect(viewport_states.refresh)
    eraser.changed.connect(comparison.hatch)


def connect_marks(
    hanging: HangingController,
    viewport_grid: ViewportGrid,
    findings: FindingsPanel,
    mark_lists: MarkListController,
    comparison_panel: ComparisonPanel,
) -> None:
    """Centre the viewports on what is chosen in the lists of findings and marks."""

    def centre_finding(entry: ScanEntry, finding: Finding) -> None:
        hanging.centre_on(entry.scan, finding.column, finding.row)

    def centre_pair(entry: ScanEntry, finding: Finding) -> None:
        """Centre on a finding, and on its partner where that hangs beside it."""
        centre_finding(entry, finding)
        chosen = findings.chosen_finding
        if chosen is None or chosen.partner is None:
            return
        other, mark = chosen.partner
        leader, viewport = viewport_grid.viewport_of(entry.scan), viewport_grid.viewport_of(other.scan)
        if leader is not None and viewport in viewport_grid.visible and viewport.content is not None:
            viewport.set_view(leader.scale_px, viewport.content.to_plane(mark.column, mark.row))

    findings.chosen.connect(centre_pair)
    mark_lists.chosen.connect(hanging.centre_on)
    comparison_panel.chosen.connect(centre_finding)


def connect_audit_log(
    reader: ReaderController,
    comparison: ComparisonController,
    export: ExportController,
    viewport_copy: ViewportCopyController,
    figures: FigureController,
    outline_save: OutlineSaveController,
) -> None:
    """Note in the audit log what is exported, copied and dragged, and when the difference of outlines is shown."""
    comparison.changed.connect(lambda: reader.audit_controller.take_difference(comparison.difference))
    comparison.written.connect(reader.noting("comparison"))
    outline_save.done.connect(reader.noting("outlines"))
    export.exported.connect(partial(reader.note_scan, "picture"))
    for part in (viewport_copy, figures):
        part.copied.connect(partial(reader.note_scan, "copy"))
        part.dragged.connect(partial(reader.note_scan, "drag"))


def connect_keys(
    settings: SettingsController,
    actions: Mapping[str, QAction],
    held_keys: HeldKeys,
    layers_panel: LayersPanel,
    findings: FindingsPanel,
    reader: ReaderController,
    shortcut_help: ShortcutHelp,
    start_page: StartPage,
    top_bar: TopBar,
    hanging: HangingController,
) -> None:
    """Use and show the keys that the reader has just given to the commands."""

    def take(commands: Sequence[Command]) -> None:
        apply_keys(actions, commands)
        held_keys.set_keys(commands)
        keys = first_keys(commands)
        for panel in (layers_panel, findings):
            panel.set_keys(keys)
        reader.panel.set_key(keys["reveal"])
        shortcut_help.show_commands(commands)
        start_page.hint.setText(empty_grid_hint(keys))
        top_bar.show_stages(hanging.protocols, hanging.name)

    settings.keys_changed.connect(take)
