"""Puts light box, panels, messages and workers into a window.

Apart from `mammoview.qt.window`, which is on screen before what is imported here has been.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QDockWidget, QVBoxLayout, QWidget

from mammoview import settings as settings_file
from mammoview.paths import resources
from mammoview.qt import languages, remembered, ticks
from mammoview.qt.calibrating import Calibrating
from mammoview.qt.commands import with_keys
from mammoview.qt.comparison import Comparison
from mammoview.qt.comparison_panel import ComparisonPanel
from mammoview.qt.corner_choice import CornerChoice
from mammoview.qt.drawing import Drawing
from mammoview.qt.drops import Drops
from mammoview.qt.exporting import Exporting
from mammoview.qt.faults import Faults
from mammoview.qt.finding_mark import FindingMark
from mammoview.qt.findings_panel import FindingsPanel
from mammoview.qt.focus import FocusRing
from mammoview.qt.greys import Greys
from mammoview.qt.key_help import KeyHelp
from mammoview.qt.key_pointer import KeyPointer
from mammoview.qt.layer_choices import GridChoice, SensitivityChoice
from mammoview.qt.layers import Layers
from mammoview.qt.layers_panel import LayersPanel
from mammoview.qt.lens import Lens
from mammoview.qt.library_desk import LibraryDesk
from mammoview.qt.light_box import LightBox
from mammoview.qt.linked_cursor import LinkedCursor
from mammoview.qt.loader import Loader, cache_of
from mammoview.qt.marks_lists import MarksLists
from mammoview.qt.menus import build
from mammoview.qt.messages import Messages
from mammoview.qt.model_layers import ModelLayers
from mammoview.qt.model_worker import AssessesScans, ModelWorker
from mammoview.qt.opening import Opening
from mammoview.qt.outline_saving import OutlineSaving
from mammoview.qt.preferences import Preferences, dress, first_keys
from mammoview.qt.priors import Priors
from mammoview.qt.reader import Reader
from mammoview.qt.reading import Reading
from mammoview.qt.scan_menus import ScanMenus
from mammoview.qt.screens import Screens
from mammoview.qt.side_panel import SidePanel
from mammoview.qt.slices import Slices
from mammoview.qt.stages import Stages
from mammoview.qt.studies_list import StudiesList
from mammoview.qt.switchboard import Switchboard
from mammoview.qt.tag_browser import TagBrowser
from mammoview.qt.tiles import Tiles
from mammoview.qt.true_size import TrueSize
from mammoview.qt.worksheets import Worksheets
from mammoview.settings import Settings

if TYPE_CHECKING:
    from mammoview.qt.window import Window

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
        window.reading.keep_in(lambda: cache_of(settings))
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
    window.comparison = Comparison(window.reading, window.light_box, window.layers, window)
    window.drawing = Drawing(window.reading, window.light_box, window)
    window.key_pointer = KeyPointer(window.light_box, window)
    window.outline_saving = OutlineSaving(window.drawing, window)
    window.comparison_panel = ComparisonPanel(window.comparison, window.light_box, window)
    window.tag_browser = TagBrowser(window.light_box, window.reading.loader, window)
    window.messages = Messages()
    window.calibrating = Calibrating(window.reading, window.priors, window.light_box, window.messages.tell, window)
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
