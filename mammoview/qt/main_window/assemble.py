"""Puts light box, panels, messages and workers into a window.

Apart from `mammoview.qt.main_window.main_window`, which is on screen before what is imported here has been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QDockWidget, QVBoxLayout, QWidget

from mammoview.core import settings as settings_file
from mammoview.core.paths import resources
from mammoview.core.settings import Settings
from mammoview.qt.actions.commands import with_keys
from mammoview.qt.actions.menus import build
from mammoview.qt.actions.shortcut_help import KeyHelp
from mammoview.qt.dialogs.tag_browser import TagBrowser
from mammoview.qt.drawing.calibration_controller import Calibrating
from mammoview.qt.drawing.drawing_controller import Drawing
from mammoview.qt.drawing.save_actions import OutlineSaving
from mammoview.qt.findings.comparison import Comparison
from mammoview.qt.findings.comparison_panel import ComparisonPanel
from mammoview.qt.findings.finding_marker import FindingMark
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.i18n import language as languages
from mammoview.qt.layers.layer_options import GridChoice, SensitivityChoice
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.qt.layers.mark_lists import MarksLists
from mammoview.qt.layers.model_layer_controller import ModelLayers
from mammoview.qt.library.library_client import LibraryDesk
from mammoview.qt.library.study_panel import StudiesList
from mammoview.qt.main_window import action_states as ticks
from mammoview.qt.main_window import window_state as remembered
from mammoview.qt.main_window.apply_settings import Preferences, dress, first_keys
from mammoview.qt.main_window.connections import Switchboard
from mammoview.qt.main_window.drag_and_drop import Drops
from mammoview.qt.main_window.export_actions import Exporting
from mammoview.qt.main_window.fault_reports import Faults
from mammoview.qt.main_window.open_actions import Opening
from mammoview.qt.main_window.screen_changes import Screens
from mammoview.qt.main_window.side_panel import SidePanel
from mammoview.qt.main_window.true_size import TrueSize
from mammoview.qt.navigation.context_menu import ScanMenus
from mammoview.qt.navigation.hanging_controller import Stages
from mammoview.qt.navigation.keyboard_pointer import KeyPointer
from mammoview.qt.navigation.linked_cursor import LinkedCursor
from mammoview.qt.navigation.magnifier import Lens
from mammoview.qt.navigation.overlay_text_controller import CornerChoice
from mammoview.qt.navigation.slice_controller import Slices
from mammoview.qt.navigation.tile_controller import Tiles
from mammoview.qt.navigation.voi_controller import Greys
from mammoview.qt.reader.model_status import PaneStates
from mammoview.qt.reader.reader_controller import Reader
from mammoview.qt.reader.worksheet_controller import Worksheets
from mammoview.qt.session.layer_state import Layers
from mammoview.qt.session.model_worker import AssessesScans, ModelWorker
from mammoview.qt.session.priors import Priors
from mammoview.qt.session.session import Reading
from mammoview.qt.session.study_loader import Loader, cache_of
from mammoview.qt.viewport.viewport_grid import LightBox
from mammoview.qt.widgets.focus import FocusRing
from mammoview.qt.widgets.message_bar import Messages

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import Window

PANES = 4
"""What most studies hang."""


def furnish(
    window: Window,
    settings: Settings | None,
    make_assessor: Callable[[], AssessesScans] | None,
    library: bool,
) -> None:
    """Make the parts and let them hear of each other; no thread runs yet. As `Window` takes the parameters."""
    problem = ""
    keeps_settings = settings is None
    if settings is None:
        settings, problem = settings_file.load()
        dress(settings)
        languages.install(QApplication.instance(), settings.language)
    window.settings = settings
    window.layers = Layers(window)
    models = ModelWorker(settings.device, settings.grid_stride, settings.flips, make_assessor, window)
    window.reading = Reading(Loader(window), models, window)
    if settings.cache_mb and make_assessor is None:
        # As the models were made: what is set from now on counts from the next start on.
        as_started = settings.model_copy()
        window.reading.keep_in(lambda: cache_of(as_started))
    window.opening = Opening(window.reading, settings, window.open_paths, window)
    commands, key_problems = with_keys(settings.keys)
    keys = first_keys(commands)
    # Before whoever shows a study: the layers of another study close first.
    window.reader = Reader(window.reading, window.layers, settings, keys["reveal"], window)
    window.light_box = LightBox(window.layers)
    window.lens = Lens(window.light_box)
    window.tiles = Tiles(window.light_box, window)
    window.cursor_link = LinkedCursor(window.light_box, window)
    window.library = LibraryDesk(library, window)
    window.priors = Priors(window.reading, window.library, window)
    window.stages = Stages(window.reading, window.light_box, window.priors, window)
    window.slices = Slices(window.reading, window.light_box, window)
    window.model_layers = ModelLayers(window.reading, window.light_box, window.layers, window)
    window.corner_choice = CornerChoice(window.light_box, window.settings, window)
    window.greys = Greys(window.light_box, window)
    window.findings = FindingsPanel(keys)
    window.finding_mark = FindingMark(window.findings, window.light_box, window.layers, window)
    window.pane_states = PaneStates(
        window.reading,
        window.light_box,
        window.stages,
        window.layers,
        window.findings,
        window.reader.second_reader,
        window,
    )
    window.comparison = Comparison(window.reading, window.light_box, window.layers, window)
    window.drawing = Drawing(window.reading, window.light_box, window)
    window.key_pointer = KeyPointer(window.light_box, window)
    window.outline_saving = OutlineSaving(window.drawing, window)
    window.comparison_panel = ComparisonPanel(window.comparison, window.light_box, window)
    window.tag_browser = TagBrowser(window.light_box, window.reading.loader, window)
    window.messages = Messages()
    window.calibrating = Calibrating(window.reading, window.priors, window.light_box, window.tell_of_study, window)
    window.exporting = Exporting(window.reading, window.light_box, window.layers, window)
    window.exporting.marked = window.finding_mark.told_of
    window.layers_panel = LayersPanel(window.layers, keys)
    window.studies_list = StudiesList(window.library, window)
    window.marks_lists = MarksLists(window.layers_panel, lambda: window.reading.study, window)
    window.layers_panel.add_choice("grid", GridChoice(window.model_layers))
    window.layers_panel.add_choice("saliency", SensitivityChoice(window.model_layers))
    window.preferences = Preferences(window, keeps_settings)
    window.screens = Screens(window)
    window.true_size = TrueSize(window)
    window.worksheets = Worksheets(window)
    window.faults = Faults(window)
    window.focus_ring = FocusRing(window)
    Drops(window, window.open_paths)
    _lay_out(window, keys)
    window.actions_by_name, window.holds = build(window, window.light_box, commands)
    window.key_help = KeyHelp(commands, window.light_box)
    window.scan_menus = ScanMenus(window.light_box, window.greys, window.reading, window.actions_by_name, window)
    Switchboard(window)
    window.corner_choice.patient_shown.emit(settings.show_patient)
    window.light_box.prepare(PANES)
    remembered.restore(window)
    window.reader.follow(window)
    ticks.set_all(window)
    for line in (problem, *key_problems):
        if line:
            window.messages.tell(line)


def _lay_out(window: Window, keys: Mapping[str, str]) -> None:
    """Place the parts: scans have the room, the panel is narrow."""
    window.setWindowIcon(QIcon(str(resources() / "icons" / "mammoview.svg")))
    centre = QWidget()
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(window.messages)
    column.addWidget(window.light_box, 1)
    window.setCentralWidget(centre)
    window.light_box.hint = hint(keys)
    dock = QDockWidget(QCoreApplication.translate("Window", "Layers and findings"), window)
    dock.setObjectName("side")
    dock.setTitleBarWidget(QWidget())
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    side = SidePanel((window.reader.panel, window.layers_panel, window.findings))
    window.findings.grown.connect(side.show_last)
    dock.setWidget(side)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.comparison_panel)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.studies_list)
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)


def hint(keys: Mapping[str, str]) -> str:
    """Return what an empty window says."""
    text = QCoreApplication.translate("Window", "Drop files or a folder here, or press {open}.  {help} shows all keys.")
    return text.format(open=keys["open_files"], help=keys["help"])
