"""Makes the parts of the main window and connects them, after the first paint.

The window shows an empty frame while this module and what it imports are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from mammoview.core import settings as settings_file
from mammoview.core.paths import resources
from mammoview.core.settings import Settings
from mammoview.qt.actions.command_slots import bind, connect
from mammoview.qt.actions.commands import Command, with_keys
from mammoview.qt.actions.menus import HeldKeys, build_menus
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
from mammoview.qt.main_window.cancel_controller import CancelController
from mammoview.qt.main_window.crash_offer import CrashOfferController
from mammoview.qt.main_window.dock_layout import place_panels, place_scans, side_panel
from mammoview.qt.main_window.drag_and_drop import DropController
from mammoview.qt.main_window.export_actions import ExportController
from mammoview.qt.main_window.fault_reports import FaultController
from mammoview.qt.main_window.figure_controller import FigureController
from mammoview.qt.main_window.help_controller import HelpController
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.main_window.model_controller import ModelController
from mammoview.qt.main_window.navigation_tools import NavigationToolController
from mammoview.qt.main_window.open_actions import OpenController
from mammoview.qt.main_window.panel_visibility import PanelVisibility
from mammoview.qt.main_window.parts import Parts
from mammoview.qt.main_window.screen_changes import ScreenChangeController
from mammoview.qt.main_window.second_screen import SecondScreenController
from mammoview.qt.main_window.settings_controller import SettingsController, apply_theme, first_keys
from mammoview.qt.main_window.side_panel_controller import SidePanelController
from mammoview.qt.main_window.start_page import StartPage, empty_grid_hint
from mammoview.qt.main_window.start_page_controller import StartPageController
from mammoview.qt.main_window.tool_rail import ToolRail
from mammoview.qt.main_window.top_bar import TopBar
from mammoview.qt.main_window.top_bar_controller import TopBarController
from mammoview.qt.main_window.true_size import ScreenScales, TrueSizeController
from mammoview.qt.main_window.undo_controller import UndoController
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
    from mammoview.qt.main_window.window_frame import WindowFrame

INITIAL_VIEWPORTS = 4
"""What most studies hang."""


def read_models(settings: Settings | None) -> tuple[ModelChoice, ModelChoice | None]:
    """Return the first and the second model that the settings name; the user's settings when None. Reads files."""
    if settings is None:
        settings, _problem = settings_file.load()
    second = settings.second_model
    return ModelChoice.at_start(settings.own_model), ModelChoice.at_start(second) if second else None


class Assembly(Parts):
    """The parts of a main window, made and connected; no thread runs yet."""

    def __init__(
        self,
        window: WindowFrame,
        settings: Settings | None,
        make_assessor: Callable[[], ScanAssessor] | None,
        library: bool,
        chosen: tuple[ModelChoice, ModelChoice | None] | None = None,
    ) -> None:
        """Make the parts for `window`, and lay them out in it.

        As `MainWindow` takes the parameters; `chosen` is what `read_models` has read, None where it is to be read now.
        """
        problem = ""
        keeps_settings = settings is None
        if settings is None:
            settings, problem = settings_file.load()
            apply_theme(settings)
            language.install(running_application(), settings.language)
        commands, key_problems = with_keys(COMMANDS, settings.keys)
        keys = first_keys(commands)
        scales = ScreenScales(settings)
        self.settings = settings
        self.notifier = Notifier(window)
        self.layers = LayerState(window)
        self.viewport_grid = ViewportGrid(self.layers, scales.below)
        self._make_session(window, make_assessor, chosen)
        self._make_reader(window, keys)
        self._make_navigation(window, library)
        self._make_tools(window)
        self._make_exports(window)
        self._make_panels(window, keys)
        self._make_dialogs(window, scales, keeps_settings)
        self._lay_out(window)
        self._add_commands(window, commands, keys)
        self._connect_parts(window)
        self._restore(window)
        for line in (problem, *key_problems):
            if line:
                self.notifier.warn_general(line)

    def _make_session(
        self,
        window: WindowFrame,
        make_assessor: Callable[[], ScanAssessor] | None,
        chosen: tuple[ModelChoice, ModelChoice | None] | None,
    ) -> None:
        """Make what opens studies and runs the models."""
        # As the models are made: what is set from now on counts from the next start on.
        as_started = self.settings.model_copy()
        cache = partial(cache_of, as_started) if self.settings.cache_mb and make_assessor is None else None
        first, second = chosen or read_models(self.settings)
        models = ModelWorker(
            self.settings.device, self.settings.grid_stride, self.settings.flips, make_assessor, cache, window, first
        )
        self.session = Session(
            StudyLoader(cache, window),
            models,
            self.layers,
            self.viewport_grid.active_scan,
            self.viewport_grid.scans_on_screen,
            self.notifier,
            ModelChoices(first, second, window),
            window,
        )

    def _make_reader(self, window: WindowFrame, keys: dict[str, str]) -> None:
        """Make the reader's report, the findings, and the eraser."""
        self.open_actions = OpenController(self.session, self.settings, window.open_paths, self.notifier, window)
        # Connected before all that shows a study: the layers of another study close first.
        self.reader = ReaderController(
            self.session,
            self.layers,
            self.viewport_grid,
            self.settings,
            keys["reveal"],
            self.notifier,
            window,
        )
        # Connected before all that hangs a study: pictures of the study before are the true ones again.
        self.eraser = EraserController(self.session, self.viewport_grid, self.layers, self.notifier, window)
        AlteredOverlay(self.eraser, self.layers, self.viewport_grid)
        second_reader = self.reader.second_reader
        differences = partial(model_differences, self.session.choices, self.layers)
        self.findings = FindingsPanel(keys, second_reader.verdict_of, self.notifier, differences)
        self.verdicts = VerdictController(
            second_reader, self.findings, self.reader.audit_controller, self.notifier, window
        )

    def _make_navigation(self, window: WindowFrame, library: bool) -> None:
        """Make what chooses the scans that hang, and how they are seen."""
        self.magnifier = Magnifier(self.viewport_grid)
        self.tiles = TileController(self.viewport_grid, window)
        self.linked_cursor = LinkedCursor(self.viewport_grid, window)
        self.library = LibraryClient(self.notifier, library, window)
        self.priors = PriorController(self.session, self.library, self.notifier, window)
        self.hanging = HangingController(self.session, self.viewport_grid, self.priors, self.notifier, window)
        self.slices = SliceController(self.session, self.viewport_grid, self.notifier, window)
        self.model_layers = ModelLayerController(self.session, self.viewport_grid, self.layers, self.notifier, window)
        self.budget = FalseMarkBudgetController(self.session, self.layers, self.model_layers, window)
        self.overlay_text = OverlayTextController(self.viewport_grid, self.settings, self.notifier, window)
        self.voi = VoiController(self.viewport_grid, self.notifier, window)

    def _make_tools(self, window: WindowFrame) -> None:
        """Make what marks and compares findings, draws and measures."""
        self.finding_marker = FindingMarker(self.findings, self.viewport_grid, self.layers, window)
        self.viewport_states = ViewportStateController(
            self.session,
            self.viewport_grid,
            self.hanging,
            self.layers,
            self.findings,
            self.reader.second_reader,
            window,
        )
        self.comparison = ComparisonController(self.session, self.viewport_grid, self.layers, self.notifier, window)
        self.drawing = DrawingController(self.session, self.viewport_grid, self.notifier, window)
        self.navigation_tools = NavigationToolController(self.viewport_grid, self.drawing, self.eraser.tools, window)
        self.keyboard_pointer = KeyboardPointer(self.viewport_grid, self.notifier, window)
        self.outline_save = OutlineSaveController(self.drawing, self.notifier, window)
        self.undo_controller = UndoController(self.navigation_tools, self.eraser, self.drawing, window)
        self.comparison_panel = ComparisonPanel(self.comparison, self.viewport_grid, window)
        self.tag_browser = TagBrowser(self.viewport_grid, self.session.loader, window)
        self.calibration = CalibrationController(self.session, self.priors, self.viewport_grid, self.notifier, window)

    def _make_exports(self, window: WindowFrame) -> None:
        """Make what writes files."""
        self.export = ExportController(
            self.session,
            self.viewport_grid,
            self.layers,
            self.reader.judged,
            self.finding_marker,
            self.notifier,
            window,
        )
        self.figures = FigureController(
            self.session, self.viewport_grid, self.layers, self.reader.judged, self.settings, self.notifier, window
        )
        self.viewport_copy = ViewportCopyController(
            self.session, self.viewport_grid, self.export.exporter, self.notifier, window
        )

    def _make_panels(self, window: WindowFrame, keys: dict[str, str]) -> None:
        """Make the panels beside the scans."""
        self.layers_panel = LayersPanel(self.layers, keys)
        self.study_panel = StudyPanel(self.library, self.notifier, window)
        session = self.session
        self.mark_lists = MarkListController(self.layers_panel, lambda: session.study, window)
        self.layers_panel.add_choice("grid", GridOptionsWidget(self.model_layers))
        self.layers_panel.add_choice("saliency", SensitivityOptionsWidget(self.model_layers))
        self.layers_panel.add_below(FalseMarkBudgetWidget(self.budget))
        self.layers_panel.follow_wanted.connect(self.model_layers.follow)

    def _make_dialogs(self, window: WindowFrame, scales: ScreenScales, keeps_settings: bool) -> None:
        """Make what opens dialogs and further windows."""
        self.settings_controller = SettingsController(
            self.settings,
            self.session,
            self.reader,
            self.overlay_text,
            self.viewport_grid,
            COMMANDS,
            keeps_settings,
            window,
        )
        self.models = ModelController(self.session, self.settings, self.settings_controller, self.notifier, window)
        self.screens = ScreenChangeController(window, self.notifier)
        self.true_size = TrueSizeController(self.viewport_grid, scales, self.settings, self.notifier, window)
        self.worksheets = WorksheetController(self.session, self.reader, self.viewport_grid, self.notifier, window)
        self.workbench = WorkbenchController(
            self.session,
            self.hanging,
            self.viewport_grid,
            self.reader.second_reader,
            self.models,
            self.settings,
            self.notifier,
            window,
        )
        self.faults = FaultController(self.session, self.settings, window)

    def _lay_out(self, window: WindowFrame) -> None:
        """Put scans and panels into the window."""
        self.focus_ring = FocusRing(window)
        self.icons = IconLoader(window)
        DropController(window, window.open_paths)
        window.setWindowIcon(QIcon(str(resources() / "icons" / "mammoview.svg")))
        centre = QWidget()
        self.messages = MessageBar(centre)
        place_scans(window, centre, self.viewport_grid)
        self.side_panel = side_panel(self.layers_panel, self.findings, self.reader.panel)
        self.side_dock = place_panels(window, self.side_panel, self.comparison_panel, self.study_panel)
        self.panel_visibility = PanelVisibility(
            window, self.side_dock, self.study_panel, self.comparison_panel, self.viewport_grid.focus_active
        )
        self.side_panel_controller = SidePanelController(
            self.side_panel, self.panel_visibility, self.findings, self.reader, window
        )
        self.second_screen = SecondScreenController(window, self.side_dock, self.screens, self.settings, self.notifier)
        window.first_painted.connect(self.second_screen.apply)

    def _add_commands(self, window: WindowFrame, commands: Sequence[Command], keys: dict[str, str]) -> None:
        """Add menus and bars, and connect their commands with the parts, all of which must be there."""
        self.actions_by_name = build_menus(window, self.viewport_grid, commands)
        self._add_bars(window, keys)
        self.shortcut_help = ShortcutHelp(commands, self.viewport_grid)
        self.context_menus = ContextMenuController(
            self.viewport_grid, self.voi, self.session, self.actions_by_name, window
        )
        self.help_controller = HelpController(
            self.session, COMMANDS, self.actions_by_name, self.settings, self.shortcut_help, self.viewport_grid, window
        )
        self.cancel_controller = CancelController(
            self.session,
            self.eraser,
            self.drawing,
            self.keyboard_pointer,
            self.messages,
            self.shortcut_help,
            self.viewport_grid,
            window,
        )
        slots = bind(commands, (window, *vars(self).values()))
        connect(self.actions_by_name, slots)
        self.held_keys = HeldKeys(slots.held, commands)
        self.action_states = ActionStates(self.actions_by_name, slots.states, window)

    def _add_bars(self, window: WindowFrame, keys: dict[str, str]) -> None:
        """Put the bars with buttons around the scans, and what stands in their place while there are none."""
        self.top_bar = TopBar(self.actions_by_name)
        window.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.top_bar)
        self.tool_rail = ToolRail(self.actions_by_name, self.icons)
        window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_rail)
        window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # Qt's own would offer to hide them
        TopBarController(
            self.top_bar,
            self.session,
            self.overlay_text,
            self.hanging,
            self.layers,
            self.reader.second_reader,
            self.settings,
            self.viewport_grid.focus_active,
            window,
        )
        grid = self.viewport_grid
        self.start_page = page = StartPage(
            self.actions_by_name, self.icons, self.library, self.settings.show_patient, grid
        )
        page.wanted.connect(window.open_paths)
        self.overlay_text.patient_shown.connect(page.show_patient)
        window.first_painted.connect(StartPageController(page, self.session, grid, window).refresh)
        self.crash_offer = CrashOfferController(
            self.start_page, self.drawing.journal_worker, self.library, self.faults, window.open_paths, window
        )
        self.start_page.hint.setText(empty_grid_hint(keys))
        tools, icons = self.navigation_tools, self.icons
        self.icons.loaded.connect(
            lambda: tools.set_icons({name: icons.icon(name) for name in ("window_level_tool", "zoom_tool")})
        )
        window.first_painted.connect(self.icons.begin)

    def _connect_parts(self, window: WindowFrame) -> None:
        """Connect the parts with each other."""
        session, layers, grid, hanging = self.session, self.layers, self.viewport_grid, self.hanging
        findings, reader, drawing, priors = self.findings, self.reader, self.drawing, self.priors
        comparison, panel = self.comparison, self.comparison_panel
        connections.connect_studies(session, self.study_panel, self.mark_lists, self.tag_browser)
        connections.connect_findings(session, layers, findings)
        connections.connect_messages(session, self.notifier, self.messages)
        connections.connect_status_bar(session, grid, window.status, self.cancel_controller.cancel_work)
        connections.connect_library(session, self.library, self.settings)
        connections.connect_layers(layers, self.model_layers, self.layers_panel, grid)
        connections.connect_viewports(
            session, grid, hanging, self.overlay_text, self.voi, self.context_menus, window.show_title
        )
        connections.connect_readout(grid, hanging, layers, window.status)
        connections.connect_comparison(session, hanging, drawing, self.model_layers, comparison, panel)
        connections.connect_slices(hanging, priors, self.slices)
        connections.connect_drawings(hanging, priors, layers, drawing, self.calibration)
        connections.connect_eraser(session, grid, self.navigation_tools, self.eraser, self.viewport_states, comparison)
        connections.connect_marks(hanging, grid, findings, self.mark_lists, panel)
        connections.connect_audit_log(
            reader, comparison, self.export, self.viewport_copy, self.figures, self.outline_save
        )
        written = (comparison.written, self.export.done, self.figures.done)
        connections.connect_written_files(session, priors, self.outline_save, reader, self.notifier, written)
        self.study_panel.wanted.connect(window.open_paths)
        self.study_panel.export_wanted.connect(self.figures.show_listed)
        self.study_panel.forgetting.forgotten.connect(self.open_actions.forget)
        for shows in (self.study_panel, self.mark_lists):
            self.overlay_text.patient_shown.connect(shows.show_patient)
        for part in (self.study_panel, reader, findings.verdict, self.worksheets, self.true_size):
            part.left.connect(grid.focus_active)
        drawing.switched.connect(self.keyboard_pointer.release)
        drawing.changed.connect(self.worksheets.refresh)
        drawing.changed.connect(reader.second_reader.take_drawing)
        hanging.shown.connect(lambda _title: reader.second_reader.take_seen(grid.scans_on_screen()))
        window.first_painted.connect(reader.begin)
        window.first_painted.connect(self.true_size.follow_window)
        self.screens.changed.connect(self.true_size.refresh)
        self.true_size.measured.connect(self.settings_controller.save)
        connections.connect_keys(
            self.settings_controller,
            self.actions_by_name,
            self.held_keys,
            self.layers_panel,
            findings,
            reader,
            self.shortcut_help,
            self.start_page,
            self.top_bar,
            hanging,
        )
        for changed in (
            self.layers.changed,
            self.hanging.shown,
            self.voi.changed,
            self.viewport_grid.active_changed,
            self.viewport_grid.film_covered_changed,
            self.slices.played,
            self.drawing.switched,
            self.navigation_tools.switched,
            self.panel_visibility.changed,
            self.comparison.changed,
            self.comparison_panel.shown,
            self.study_panel.toggled,
        ):
            changed.connect(self.action_states.refresh)

    def _restore(self, window: WindowFrame) -> None:
        """Set the parts up by the settings."""
        self.overlay_text.patient_shown.emit(self.settings.show_patient)
        self.viewport_grid.prepare(INITIAL_VIEWPORTS)
        window_state.restore(
            self.settings, self.viewport_grid, self.linked_cursor, self.magnifier, self.layers, self.side_panel
        )
        self.session.assess_automatically = self.settings.assess_on_open
        window.place(self.settings.window)
        self.reader.audit_controller.follow()
        connections.connect_closed_layers(
            self.layers,
            self.reader,
            self.layers_panel,
            self.findings,
            self.comparison,
            self.comparison_panel,
        )
        self.action_states.refresh()
