"""The parts of the main window, and the commands that concern several of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.widgets.status_bar import StatusBar, notice

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget

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
    from mammoview.qt.findings.finding_marker import FindingMarker
    from mammoview.qt.findings.findings_panel import FindingsPanel
    from mammoview.qt.layers.false_mark_budget import FalseMarkBudgetController
    from mammoview.qt.layers.layers_panel import LayersPanel
    from mammoview.qt.layers.mark_lists import MarkListController
    from mammoview.qt.layers.model_layer_controller import ModelLayerController
    from mammoview.qt.library.library_client import LibraryClient
    from mammoview.qt.library.study_panel import StudyPanel
    from mammoview.qt.main_window.crash_offer import CrashOfferController
    from mammoview.qt.main_window.export_actions import ExportController
    from mammoview.qt.main_window.fault_reports import FaultController
    from mammoview.qt.main_window.figure_controller import FigureController
    from mammoview.qt.main_window.model_controller import ModelController
    from mammoview.qt.main_window.navigation_tools import NavigationToolController
    from mammoview.qt.main_window.open_actions import OpenController
    from mammoview.qt.main_window.panel_visibility import PanelVisibility
    from mammoview.qt.main_window.screen_changes import ScreenChangeController
    from mammoview.qt.main_window.second_screen import SecondScreenController
    from mammoview.qt.main_window.settings_controller import SettingsController
    from mammoview.qt.main_window.side_panel import SidePanel
    from mammoview.qt.main_window.start_page import StartPage
    from mammoview.qt.main_window.tool_rail import ToolRail
    from mammoview.qt.main_window.top_bar import TopBar
    from mammoview.qt.main_window.true_size import TrueSizeController
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


class MainWindowBase(QMainWindow):
    """A window with its parts, which `assemble` makes."""

    first_painted = Signal()
    """All parts have been on screen for the first time; heavy work may start."""

    # The parts, made by `assemble`: their modules are imported after the first paint.
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
    panel_visibility: PanelVisibility
    side_panel: SidePanel
    side_dock: QDockWidget
    start_page: StartPage
    crash_offer: CrashOfferController
    top_bar: TopBar
    tool_rail: ToolRail
    shortcut_help: ShortcutHelp
    context_menus: ContextMenuController
    actions_by_name: dict[str, QAction]
    held_keys: HeldKeys

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show the status bar; the parts follow."""
        super().__init__(parent)
        self.status = StatusBar()
        self.setStatusBar(self.status)
        self._waiting: list[Path] | None = []
        """What is to be opened after the first paint; None from then on."""

    def place(self, box: tuple[int, int, int, int] | None) -> None:
        """Go where the window was the last time: left, top, width and height; stay where that is on no screen."""
        wanted = QRect(*(box or (0, 0, 0, 0)))
        # A screen that has gone since then must not keep the window.
        if any(screen.geometry().intersects(wanted) for screen in QApplication.screens()):
            self.setGeometry(wanted)

    def open_paths(self, paths: Sequence[Path | str]) -> None:
        """Open files, folders, zips or DICOMDIRs; before the first paint of the whole they wait."""
        wanted = [Path(p) for p in paths]
        if not wanted:
            return
        if self._waiting is None:
            self.session.open(wanted)
        else:
            self._waiting += wanted

    def stop_parts(self) -> None:
        """End all threads of the parts, those that write reader reports and drawings included."""
        self.icons.stop()
        self.models.stop()
        self.worksheets.stop()
        self.library.stop()
        self.reader.stop()
        self.session.stop()
        self.export.exporter.stop()
        self.figures.stop()
        self.calibration.stop()
        self.comparison.stop()
        self.model_layers.stop()
        self.drawing.stop()
        self.workbench.stop()

    def show_title(self, stage: str) -> None:
        """Show the hanging stage in the title bar; never the patient."""
        parts = [word(stage), "Mammoview", notice()]
        self.setWindowTitle(" - ".join(part for part in parts if part))

    # Commands

    def focus_scans(self) -> None:
        """Give the keyboard back to the scans."""
        if self.viewport_grid.active is not None:
            self.viewport_grid.active.setFocus()

    def clear(self) -> None:
        """Close help and messages, and drop what is being drawn."""
        self.shortcut_help.hide()
        self.focus_scans()
        self.messages.clear()
        self.drawing.cancel()
        self.eraser.cancel()
        self.keyboard_pointer.hide()

    def cancel_work(self) -> None:
        """Cancel loading and assessments, and a step of the eraser whose results are not there yet."""
        self.eraser.cancel()
        self.session.cancel()

    def toggle_key_help(self) -> None:
        """Show all keys, or hide them."""
        if self.shortcut_help.isVisible():
            self.shortcut_help.hide()
            self.focus_scans()
        else:
            self.shortcut_help.open()

    def show_about(self) -> None:
        """Show what the program is, and what it is not."""
        from mammoview.qt.dialogs.about import AboutDialog

        AboutDialog(self.session.loader, self.session.choices.run, self).open()

    def show_manual(self) -> None:
        """Open the manual."""
        from mammoview.qt.dialogs.manual_window import ManualWindow

        ManualWindow(self).show()

    def show_palette(self) -> None:
        """Ask for a command by its words."""
        from mammoview.qt.actions.command_palette import CommandPalette
        from mammoview.qt.actions.commands import with_keys

        CommandPalette(with_keys(self.settings.keys)[0], self.actions_by_name, self).open()

    def open_sample(self) -> None:
        """Open the sample study, or show how to get it."""
        from mammoview.core.errors import MammoviewError
        from mammoview.formats.opening.sample_study import sample_study

        try:
            self.open_paths([sample_study()])
        except MammoviewError as error:
            self.notifier.warn_general(str(error))

    def use_keys(self, commands: Sequence[Command]) -> None:
        """Use these keys for the commands from now on."""
        from mammoview.qt.actions.menus import apply_keys
        from mammoview.qt.main_window.settings_controller import first_keys
        from mammoview.qt.main_window.start_page import empty_grid_hint

        apply_keys(self.actions_by_name, commands)
        self.held_keys.set_keys(commands)
        keys = first_keys(commands)
        for panel in (self.layers_panel, self.findings):
            panel.set_keys(keys)
        self.reader.panel.set_key(keys["reveal"])
        self.shortcut_help.show_commands(commands)
        self.start_page.hint.setText(empty_grid_hint(keys))
        self.top_bar.show_stages(self.hanging.protocols, self.hanging.name)
