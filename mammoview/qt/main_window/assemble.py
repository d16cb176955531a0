"""Makes the parts of the main window and connects them: the part of its constructor that follows the first paint.

The window shows an empty frame while this module and what it imports are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from mammoview.core import settings as settings_file
from mammoview.core.paths import resources
from mammoview.core.settings import Settings
from mammoview.qt.actions.commands import with_keys
from mammoview.qt.actions.menus import build_menus
from mammoview.qt.actions.shortcut_help import ShortcutHelp
from mammoview.qt.dialogs.tag_browser import TagBrowser
from mammoview.qt.drawing.calibration_controller import CalibrationController
from mammoview.qt.drawing.drawing_controller import DrawingController
from mammoview.qt.drawing.save_actions import OutlineSaveController
from mammoview.qt.eraser.altered_overlay import AlteredOverlay
from mammoview.qt.eraser.eraser_controller import EraserController
from mammoview.qt.findings.comparison import ComparisonController
from mammoview.qt.findings.comparison_panel import ComparisonPanel
from mammoview.qt.findings.finding_marker import FindingMarker
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.findings.model_differences import model_differences
from mammoview.qt.i18n import language
from mammoview.qt.layers.false_mark_budget import FalseMarkBudgetController, FalseMarkBudgetWidget
from mammoview.qt.layers.layer_options import GridOptionsWidget, SensitivityOptionsWidget
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.qt.layers.mark_lists import MarkListController
from mammoview.qt.layers.model_layer_controller import ModelLayerController
from mammoview.qt.library.library_client import LibraryClient
from mammoview.qt.library.study_panel import StudyPanel
from mammoview.qt.main_window import connections, window_state
from mammoview.qt.main_window.action_states import ActionStates
from mammoview.qt.main_window.connect_commands import command_slots
from mammoview.qt.main_window.crash_offer import CrashOfferController
from mammoview.qt.main_window.dock_layout import place_panels, place_scans, side_panel
from mammoview.qt.main_window.drag_and_drop import DropController
from mammoview.qt.main_window.export_actions import ExportController
from mammoview.qt.main_window.fault_reports import FaultController
from mammoview.qt.main_window.figure_controller import FigureController
from mammoview.qt.main_window.model_controller import ModelController
from mammoview.qt.main_window.navigation_tools import NavigationToolController
from mammoview.qt.main_window.open_actions import OpenController
from mammoview.qt.main_window.panel_visibility import PanelVisibility
from mammoview.qt.main_window.screen_changes import ScreenChangeController
from mammoview.qt.main_window.second_screen import SecondScreenController
from mammoview.qt.main_window.settings_controller import SettingsController, apply_theme, first_keys
from mammoview.qt.main_window.start_page import StartPage, empty_grid_hint
from mammoview.qt.main_window.start_page_controller import StartPageController
from mammoview.qt.main_window.tool_rail import ToolRail
from mammoview.qt.main_window.top_bar import TopBar
from mammoview.qt.main_window.top_bar_controller import TopBarController
from mammoview.qt.main_window.true_size import ScreenScales, TrueSizeController
from mammoview.qt.main_window.viewport_copy import ViewportCopyController
from mammoview.qt.main_window.workbench_controller import WorkbenchController
from mammoview.qt.navigation.context_menu import ContextMenuController
from mammoview.qt.navigation.hanging_controller import HangingController
from mammoview.qt.navigation.keyboard_pointer import KeyboardPointer
from mammoview.qt.navigation.linked_cursor import LinkedCursor
from mammoview.qt.navigation.magnifier import Magnifier
from mammoview.qt.navigation.overlay_text_controller import OverlayTextController
from mammoview.qt.navigation.slice_controller import SliceController
from mammoview.qt.navigation.tile_controller import TileController
from mammoview.qt.navigation.voi_controller import VoiController
from mammoview.qt.reader.model_status import ViewportStateController
from mammoview.qt.reader.reader_controller import ReaderController
from mammoview.qt.reader.verdicts import VerdictController
from mammoview.qt.reader.worksheet_controller import WorksheetController
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_choice import ModelChoice
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.session.model_worker import ModelWorker
from mammoview.qt.session.priors import PriorController
from mammoview.qt.session.session import Session
from mammoview.qt.session.study_loader import StudyLoader, cache_of
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets.focus import FocusRing
from mammoview.qt.widgets.icons import IconLoader
from mammoview.qt.widgets.message_bar import MessageBar
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.running_application import running_application

if TYPE_CHECKING:
    from mammoview.assess.inference.scan_assessor import ScanAssessor
    from mammoview.qt.main_window.main_window_base import MainWindowBase

INITIAL_VIEWPORTS = 4
"""What most studies hang."""


def read_models(settings: Settings | None) -> tuple[ModelChoice, ModelChoice | None]:
    """Return the first and the second model that the settings name; the user's settings when None. Reads files."""
    if settings is None:
        settings, _problem = settings_file.load()
    second = settings.second_model
    return ModelChoice.at_start(settings.own_model), ModelChoice.at_start(second) if second else None


def assemble(
    window: MainWindowBase,
    settings: Settings | None,
    make_assessor: Callable[[], ScanAssessor] | None,
    library: bool,
    chosen: tuple[ModelChoice, ModelChoice | None] | None = None,
) -> None:
    """Make the parts and connect them; no thread runs yet.

    As `MainWindow` takes the parameters; `chosen` is what `read_models` has read, None where it is to be read now.
    """
    problem = ""
    keeps_settings = settings is None
    if settings is None:
        settings, problem = settings_file.load()
        apply_theme(settings)
        language.install(running_application(), settings.language)
    window.settings = settings
    window.notifier = Notifier(window)
    window.layers = LayerState(window)
    # As the models are made: what is set from now on counts from the next start on.
    as_started = settings.model_copy()
    cache = partial(cache_of, as_started) if settings.cache_mb and make_assessor is None else None
    first, second = chosen or read_models(settings)
    models = ModelWorker(settings.device, settings.grid_stride, settings.flips, make_assessor, cache, window, first)
    scales = ScreenScales(settings)
    window.viewport_grid = ViewportGrid(window.layers, scales.below)
    window.session = Session(
        StudyLoader(cache, window),
        models,
        window.layers,
        window.viewport_grid.active_scan,
        window.viewport_grid.scans_on_screen,
        window.notifier,
        ModelChoices(first, second, window),
        window,
    )
    window.open_actions = OpenController(window.session, settings, window.open_paths, window)
    commands, key_problems = with_keys(settings.keys)
    keys = first_keys(commands)
    # Connected before all that shows a study: the layers of another study close first.
    window.reader = ReaderController(
        window.session,
        window.layers,
        window.viewport_grid,
        settings,
        keys["reveal"],
        window.notifier,
        window,
    )
    # Connected before all that hangs a study: pictures of the study before are the true ones again.
    window.eraser = EraserController(window.session, window.viewport_grid, window.layers, window.notifier, window)
    AlteredOverlay(window.eraser, window.layers, window.viewport_grid)
    second_reader = window.reader.second_reader
    differences = partial(model_differences, window.session.choices, window.layers)
    window.findings = FindingsPanel(keys, second_reader.verdict_of, window.notifier, differences)
    window.verdicts = VerdictController(
        second_reader, window.findings, window.reader.audit_controller, window.notifier, window
    )
    window.magnifier = Magnifier(window.viewport_grid)
    window.tiles = TileController(window.viewport_grid, window)
    window.linked_cursor = LinkedCursor(window.viewport_grid, window)
    window.library = LibraryClient(window.notifier, library, window)
    window.priors = PriorController(window.session, window.library, window.notifier, window)
    window.hanging = HangingController(window.session, window.viewport_grid, window.priors, window.notifier, window)
    window.slices = SliceController(window.session, window.viewport_grid, window.notifier, window)
    window.model_layers = ModelLayerController(
        window.session, window.viewport_grid, window.layers, window.notifier, window
    )
    window.budget = FalseMarkBudgetController(window.session, window.layers, window.model_layers, window)
    window.overlay_text = OverlayTextController(window.viewport_grid, window.settings, window.notifier, window)
    window.voi = VoiController(window.viewport_grid, window.notifier, window)
    window.finding_marker = FindingMarker(window.findings, window.viewport_grid, window.layers, window)
    window.viewport_states = ViewportStateController(
        window.session,
        window.viewport_grid,
        window.hanging,
        window.layers,
        window.findings,
        second_reader,
        window,
    )
    window.comparison = ComparisonController(
        window.session, window.viewport_grid, window.layers, window.notifier, window
    )
    window.drawing = DrawingController(window.session, window.viewport_grid, window.notifier, window)
    window.navigation_tools = NavigationToolController(
        window.viewport_grid, window.drawing, window.eraser.tools, window
    )
    window.keyboard_pointer = KeyboardPointer(window.viewport_grid, window.notifier, window)
    window.outline_save = OutlineSaveController(window.drawing, window.notifier, window)
    window.comparison_panel = ComparisonPanel(window.comparison, window.viewport_grid, window)
    window.tag_browser = TagBrowser(window.viewport_grid, window.session.loader, window)
    centre = QWidget()
    window.messages = MessageBar(centre)
    window.calibration = CalibrationController(
        window.session, window.priors, window.viewport_grid, window.notifier, window
    )
    window.export = ExportController(
        window.session,
        window.viewport_grid,
        window.layers,
        window.reader.judged,
        window.finding_marker,
        window.notifier,
        window,
    )
    window.figures = FigureController(
        window.session, window.viewport_grid, window.layers, window.reader.judged, settings, window.notifier, window
    )
    window.viewport_copy = ViewportCopyController(
        window.session, window.viewport_grid, window.export.exporter, window.notifier, window
    )
    window.layers_panel = LayersPanel(window.layers, keys)
    window.study_panel = StudyPanel(window.library, window.notifier, window)
    window.mark_lists = MarkListController(window.layers_panel, lambda: window.session.study, window)
    window.layers_panel.add_choice("grid", GridOptionsWidget(window.model_layers))
    window.layers_panel.add_choice("saliency", SensitivityOptionsWidget(window.model_layers))
    window.layers_panel.add_below(FalseMarkBudgetWidget(window.budget))
    window.layers_panel.follow_wanted.connect(window.model_layers.follow)
    window.settings_controller = SettingsController(
        settings, window.session, window.reader, window.overlay_text, window.viewport_grid, keeps_settings, window
    )
    window.models = ModelController(window.session, settings, window.settings_controller, window.notifier, window)
    window.screens = ScreenChangeController(window, window.notifier)
    window.true_size = TrueSizeController(window.viewport_grid, scales, settings, window.notifier, window)
    window.worksheets = WorksheetController(
        window.session, window.reader, window.viewport_grid, window.notifier, window
    )
    window.workbench = WorkbenchController(
        window.session,
        window.hanging,
        window.viewport_grid,
        window.reader.second_reader,
        window.models,
        settings,
        window.notifier,
        window,
    )
    window.faults = FaultController(window.session, settings, window)
    window.focus_ring = FocusRing(window)
    window.icons = IconLoader(window)
    DropController(window, window.open_paths)
    window.setWindowIcon(QIcon(str(resources() / "icons" / "mammoview.svg")))
    place_scans(window, centre, window.viewport_grid)
    window.side_panel = side_panel(window.layers_panel, window.findings, window.reader.panel)
    window.side_dock = place_panels(window, window.side_panel, window.comparison_panel, window.study_panel)
    window.panel_visibility = PanelVisibility(
        window, window.side_dock, window.study_panel, window.comparison_panel, window.focus_scans
    )
    window.second_screen = SecondScreenController(window, window.side_dock, window.screens, settings, window.notifier)
    window.first_painted.connect(window.second_screen.apply)
    slots = command_slots(window)
    window.actions_by_name, window.held_keys = build_menus(window, window.viewport_grid, commands, slots)
    _add_bars(window, keys)
    window.shortcut_help = ShortcutHelp(commands, window.viewport_grid)
    window.context_menus = ContextMenuController(
        window.viewport_grid, window.voi, window.session, window.actions_by_name, window
    )
    action_states = ActionStates(window.actions_by_name, slots.switched, window)
    _connect_parts(window)
    _connect_states(window, action_states)
    window.overlay_text.patient_shown.emit(settings.show_patient)
    window.viewport_grid.prepare(INITIAL_VIEWPORTS)
    window_state.restore(settings, window.viewport_grid, window.linked_cursor, window.magnifier, window.layers)
    window.session.assess_automatically = settings.assess_on_open
    window.place(settings.window)
    window.reader.audit_controller.follow()
    connections.connect_closed_layers(
        window.layers,
        window.reader,
        window.layers_panel,
        window.findings,
        window.comparison,
        window.comparison_panel,
    )
    action_states.refresh()
    for line in (problem, *key_problems):
        if line:
            window.notifier.warn_general(line)


def _add_bars(window: MainWindowBase, keys: Mapping[str, str]) -> None:
    """Put the bars with buttons around the scans, and what stands in their place while there are none."""
    window.top_bar = TopBar(window.actions_by_name)
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, window.top_bar)
    window.tool_rail = ToolRail(window.actions_by_name, window.icons)
    window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, window.tool_rail)
    window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # Qt's own would offer to hide them
    TopBarController(
        window.top_bar,
        window.session,
        window.overlay_text,
        window.hanging,
        window.layers,
        window.reader.second_reader,
        window.settings,
        window.focus_scans,
        window,
    )
    grid = window.viewport_grid
    window.start_page = page = StartPage(
        window.actions_by_name, window.icons, window.library, window.settings.show_patient, grid
    )
    page.wanted.connect(window.open_paths)
    window.overlay_text.patient_shown.connect(page.show_patient)
    window.first_painted.connect(StartPageController(page, window.session, grid, window).refresh)
    window.crash_offer = CrashOfferController(
        window.start_page, window.drawing.journal_worker, window.library, window.faults, window.open_paths, window
    )
    window.start_page.hint.setText(empty_grid_hint(keys))
    tools = window.navigation_tools
    window.icons.loaded.connect(
        lambda: tools.set_icons({name: window.icons.icon(name) for name in ("window_level_tool", "zoom_tool")})
    )
    window.first_painted.connect(window.icons.begin)


def _connect_parts(window: MainWindowBase) -> None:
    """Connect the parts with each other."""
    session, layers, grid, hanging = window.session, window.layers, window.viewport_grid, window.hanging
    findings, reader, drawing, priors = window.findings, window.reader, window.drawing, window.priors
    comparison, panel = window.comparison, window.comparison_panel
    connections.connect_studies(session, window.study_panel, window.mark_lists, window.tag_browser)
    connections.connect_findings(session, layers, findings)
    connections.connect_messages(session, window.notifier, window.messages)
    connections.connect_status_bar(session, grid, window.status, window.cancel_work)
    connections.connect_library(session, window.library, window.settings)
    connections.connect_layers(layers, window.model_layers, window.layers_panel, grid)
    connections.connect_viewports(
        session, grid, hanging, window.overlay_text, window.voi, window.context_menus, window.show_title
    )
    connections.connect_readout(grid, hanging, layers, window.status)
    connections.connect_comparison(session, hanging, drawing, window.model_layers, comparison, panel)
    connections.connect_slices(hanging, priors, window.slices)
    connections.connect_drawings(hanging, priors, layers, drawing, window.calibration)
    connections.connect_eraser(
        session, grid, window.navigation_tools, window.eraser, window.viewport_states, comparison
    )
    connections.connect_marks(hanging, grid, findings, window.mark_lists, panel)
    connections.connect_audit_log(
        reader, comparison, window.export, window.viewport_copy, window.figures, window.outline_save
    )
    written = (comparison.written, window.export.done, window.figures.done)
    connections.connect_written_files(session, priors, window.outline_save, reader, window.notifier, written)
    window.study_panel.wanted.connect(window.open_paths)
    window.study_panel.export_wanted.connect(window.figures.show_listed)
    window.study_panel.forgetting.forgotten.connect(window.open_actions.forget)
    for shows in (window.study_panel, window.mark_lists):
        window.overlay_text.patient_shown.connect(shows.show_patient)
    for part in (window.study_panel, reader, findings.verdict, window.worksheets, window.true_size):
        part.left.connect(window.focus_scans)
    drawing.switched.connect(window.keyboard_pointer.release)
    drawing.changed.connect(window.worksheets.refresh)
    drawing.changed.connect(window.reader.second_reader.take_drawing)
    hanging.shown.connect(lambda _title: window.reader.second_reader.take_seen(grid.scans_on_screen()))
    window.first_painted.connect(reader.begin)
    window.first_painted.connect(window.true_size.follow_window)
    window.screens.changed.connect(window.true_size.refresh)
    window.true_size.measured.connect(window.settings_controller.save)
    window.settings_controller.keys_changed.connect(window.use_keys)


def _connect_states(window: MainWindowBase, states: ActionStates) -> None:
    """Refresh the check marks of the menus whenever a switch may have changed."""
    for changed in (
        window.layers.changed,
        window.hanging.shown,
        window.voi.changed,
        window.viewport_grid.active_changed,
        window.viewport_grid.film_covered_changed,
        window.slices.played,
        window.drawing.switched,
        window.navigation_tools.switched,
        window.panel_visibility.changed,
        window.comparison.changed,
        window.comparison_panel.shown,
        window.study_panel.toggled,
    ):
        changed.connect(states.refresh)
