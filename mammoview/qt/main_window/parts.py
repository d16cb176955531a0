"""The parts of the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QDockWidget

    from mammoview.core.settings import Settings
    from mammoview.qt.actions.menus import HeldKeys
    from mammoview.qt.actions.shortcut_help import ShortcutHelp
    from mammoview.qt.dialogs.tag_browser import TagBrowser
    from mammoview.qt.drawing.calibration_controller import CalibrationController
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.drawing.save_actions import OutlineSaveController
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.findings.comparison import ComparisonController
    from mammoview.qt.findings.comparison_panel import ComparisonPanel
    from mammoview.qt.findings.finding_marker import FindingMarker
    from mammoview.qt.findings.findings_panel import FindingsPanel
    from mammoview.qt.layers.false_mark_budget import FalseMarkBudgetController
    from mammoview.qt.layers.layers_panel import LayersPanel
    from mammoview.qt.layers.mark_lists import MarkListController
    from mammoview.qt.layers.model_layer_controller import ModelLayerController
    from mammoview.qt.library.library_client import LibraryClient
    from mammoview.qt.library.study_panel import StudyPanel
    from mammoview.qt.main_window.action_states import ActionStates
    from mammoview.qt.main_window.cancel_controller import CancelController
    from mammoview.qt.main_window.crash_offer import CrashOfferController
    from mammoview.qt.main_window.export_actions import ExportController
    from mammoview.qt.main_window.fault_reports import FaultController
    from mammoview.qt.main_window.figure_controller import FigureController
    from mammoview.qt.main_window.help_controller import HelpController
    from mammoview.qt.main_window.model_controller import ModelController
    from mammoview.qt.main_window.navigation_tools import NavigationToolController
    from mammoview.qt.main_window.open_actions import OpenController
    from mammoview.qt.main_window.panel_visibility import PanelVisibility
    from mammoview.qt.main_window.screen_changes import ScreenChangeController
    from mammoview.qt.main_window.second_screen import SecondScreenController
    from mammoview.qt.main_window.settings_controller import SettingsController
    from mammoview.qt.main_window.side_panel import SidePanel
    from mammoview.qt.main_window.side_panel_controller import SidePanelController
    from mammoview.qt.main_window.start_page import StartPage
    from mammoview.qt.main_window.tool_rail import ToolRail
    from mammoview.qt.main_window.top_bar import TopBar
    from mammoview.qt.main_window.true_size import TrueSizeController
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
    from mammoview.qt.session.priors import PriorController
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport_grid import ViewportGrid
    from mammoview.qt.widgets.focus import FocusRing
    from mammoview.qt.widgets.icons import IconLoader
    from mammoview.qt.widgets.message_bar import MessageBar
    from mammoview.qt.widgets.notifier import Notifier


class Parts:
    """What the main window consists of once it is assembled; the modules of the parts are imported for that only.

    A part takes what it uses of the others when it is made, and never all of them.
    """

    settings: Settings
    notifier: Notifier
    layers: LayerState
    session: Session
    open_actions: OpenController
    reader: ReaderController
    viewport_grid: ViewportGrid
    magnifier: Magnifier
    tiles: TileController
    linked_cursor: LinkedCursor
    library: LibraryClient
    priors: PriorController
    hanging: HangingController
    slices: SliceController
    model_layers: ModelLayerController
    budget: FalseMarkBudgetController
    overlay_text: OverlayTextController
    voi: VoiController
    findings: FindingsPanel
    verdicts: VerdictController
    finding_marker: FindingMarker
    viewport_states: ViewportStateController
    comparison: ComparisonController
    drawing: DrawingController
    eraser: EraserController
    keyboard_pointer: KeyboardPointer
    outline_save: OutlineSaveController
    comparison_panel: ComparisonPanel
    tag_browser: TagBrowser
    messages: MessageBar
    calibration: CalibrationController
    export: ExportController
    figures: FigureController
    viewport_copy: ViewportCopyController
    layers_panel: LayersPanel
    study_panel: StudyPanel
    mark_lists: MarkListController
    settings_controller: SettingsController
    models: ModelController
    screens: ScreenChangeController
    second_screen: SecondScreenController
    true_size: TrueSizeController
    worksheets: WorksheetController
    workbench: WorkbenchController
    faults: FaultController
    focus_ring: FocusRing
    icons: IconLoader
    navigation_tools: NavigationToolController
    undo_controller: UndoController
    panel_visibility: PanelVisibility
    side_panel: SidePanel
    side_dock: QDockWidget
    side_panel_controller: SidePanelController
    start_page: StartPage
    crash_offer: CrashOfferController
    top_bar: TopBar
    tool_rail: ToolRail
    shortcut_help: ShortcutHelp
    help_controller: HelpController
    cancel_controller: CancelController
    context_menus: ContextMenuController
    actions_by_name: dict[str, QAction]
    held_keys: HeldKeys
    action_states: ActionStates
