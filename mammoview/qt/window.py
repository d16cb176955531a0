"""The main window: puts light box, panels, messages and workers together and passes the commands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from mammoview import settings as settings_file
from mammoview.paths import resources
from mammoview.qt import languages, remembered, ticks
from mammoview.qt.about import About
from mammoview.qt.calibrating import Calibrating
from mammoview.qt.commands import Command, with_keys
from mammoview.qt.comparison import Comparison
from mammoview.qt.comparison_panel import ComparisonPanel
from mammoview.qt.drawing import Drawing
from mammoview.qt.drops import Drops
from mammoview.qt.exporting import Exporting
from mammoview.qt.faults import Faults
from mammoview.qt.findings_panel import FindingsPanel
from mammoview.qt.focus import FocusRing, keeps
from mammoview.qt.greys import Greys
from mammoview.qt.key_help import KeyHelp
from mammoview.qt.layer_choices import GridChoice, SensitivityChoice
from mammoview.qt.layers import Layers
from mammoview.qt.layers_panel import LayersPanel
from mammoview.qt.lens import Lens
from mammoview.qt.library_desk import LibraryDesk
from mammoview.qt.light_box import LightBox
from mammoview.qt.linked_cursor import LinkedCursor
from mammoview.qt.loader import Loader, cache_of
from mammoview.qt.marks_lists import MarksLists
from mammoview.qt.menus import build, rekey
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
from mammoview.qt.second_reader import CONCURRENT
from mammoview.qt.side_panel import SidePanel
from mammoview.qt.slices import Slices
from mammoview.qt.stages import Stages
from mammoview.qt.status import Status, notice
from mammoview.qt.studies_list import StudiesList
from mammoview.qt.switchboard import Switchboard
from mammoview.qt.tag_browser import TagBrowser
from mammoview.qt.tiles import Tiles
from mammoview.qt.words import word
from mammoview.settings import Settings


class Window(QMainWindow):
    """The program's window."""

    first_painted = Signal()
    """The window has been on screen for the first time; heavy work may start."""

    def __init__(
        self,
        settings: Settings | None = None,
        make_assessor: Callable[[], AssessesScans] | None = None,
        parent: QWidget | None = None,
        library: bool = True,
    ) -> None:
        """Build the window; no thread runs yet.

        Parameters
        ----------
        settings
            The user's; read from their file when None.
        make_assessor
            Makes the assessor in its thread; the real one by default.
        parent
            Qt parent.
        library
            Whether the user's library is asked and told.
        """
        super().__init__(parent)
        problem = ""
        self._keeps_settings = settings is None
        if settings is None:
            settings, problem = settings_file.load()
            dress(settings)
            languages.install(QApplication.instance(), settings.language)
        self.settings = settings
        self._painted = False
        self._waiting: list[Path] = []
        self.layers = Layers(self)
        models = ModelWorker(settings.device, settings.grid_stride, settings.flips, make_assessor, self)
        self.reading = Reading(Loader(self), models, self)
        if settings.cache_mb and make_assessor is None:
            self.reading.keep_in(lambda: cache_of(settings))
        self.opening = Opening(self.reading, settings, self.open_paths, self)
        commands, key_problems = with_keys(settings.keys)
        keys = first_keys(commands)
        # Before whoever shows a study: the layers of another study close first.
        self.reader = Reader(self.reading, self.layers, settings, keys["reveal"], self)
        self.light_box = LightBox(self.layers)
        self.lens = Lens(self.light_box)
        self.tiles = Tiles(self.light_box, self)
        self.cursor_link = LinkedCursor(self.light_box, self)
        self.library = LibraryDesk(library, self)
        self.priors = Priors(self.reading, self.library, self)
        self.stages = Stages(self.reading, self.light_box, self.priors, self)
        self.slices = Slices(self.reading, self.light_box, self)
        self.model_layers = ModelLayers(self.reading, self.light_box, self.layers, self)
        self.greys = Greys(self.light_box, self)
        self.findings = FindingsPanel(keys)
        self.comparison = Comparison(self.reading, self.light_box, self.layers, self)
        self.drawing = Drawing(self.reading, self.light_box, self)
        self.outline_saving = OutlineSaving(self.drawing, self)
        self.comparison_panel = ComparisonPanel(self.comparison, self.light_box, self)
        self.tag_browser = TagBrowser(self.light_box, self.reading.loader, self)
        self.messages = Messages()
        self.calibrating = Calibrating(self.reading, self.light_box, self.messages.tell, self)
        self.exporting = Exporting(self.reading, self.light_box, self.layers, self)
        self.layers_panel = LayersPanel(self.layers, keys)
        self.studies_list = StudiesList(self.library, self)
        self.marks_lists = MarksLists(self.layers_panel, lambda: self.reading.study, self)
        self.layers_panel.add_choice("grid", GridChoice(self.model_layers))
        self.layers_panel.add_choice("saliency", SensitivityChoice(self.model_layers))
        self.status = Status()
        self.preferences = Preferences(self, self._keeps_settings)
        self.faults = Faults(self)
        self.focus_ring = FocusRing(self)
        self._drops = Drops(self, self.open_paths)
        self._lay_out(keys)
        self.actions_by_name, self._holds = build(self, self.light_box, commands)
        self.key_help = KeyHelp(commands, self.light_box)
        self.scan_menus = ScanMenus(self.light_box, self.greys, self.reading, self.actions_by_name, self)
        self._switchboard = Switchboard(self)
        self.reader.follow(self)
        remembered.restore(self)
        ticks.set_all(self)
        for line in (problem, *key_problems):
            if line:
                self.messages.tell(line)

    def _lay_out(self, keys: Mapping[str, str]) -> None:
        """Place the parts: scans have the room, the panel is narrow."""
        self.setWindowIcon(QIcon(str(resources() / "icons" / "mammoview.svg")))
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self.light_box, 1)
        self.setCentralWidget(centre)
        self.light_box.hint = _hint(keys)
        dock = QDockWidget(self.tr("Layers and findings"), self)
        dock.setObjectName("side")
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(SidePanel((self.reader.panel, self.layers_panel, self.findings)))
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.comparison_panel)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.studies_list)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setStatusBar(self.status)
        self.show_title("")
        self.resize(1600, 1000)

    # Start and end

    def event(self, event: QEvent) -> bool:
        """Notice the first paint and the loss of the keyboard."""
        if event.type() == QEvent.Type.ShortcutOverride and keeps(QApplication.focusWidget(), event):
            event.accept()
            return True
        done = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._holds.release()
        return done

    def _begin(self) -> None:
        """Start the threads, now that there is something to see."""
        self.light_box.setFocus()
        self.first_painted.emit()
        self.preferences.begin()
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.reading.open(waiting)
        else:
            self.studies_list.greet()
        if self.reading.assess_automatically:
            self.reading.start_models()

    def open_paths(self, paths: Sequence[Path | str]) -> None:
        """Open files, folders, zips or DICOMDIRs; before the first paint they wait for it."""
        wanted = [Path(p) for p in paths]
        if not wanted:
            return
        if self._painted:
            self.reading.open(wanted)
        else:
            self._waiting += wanted

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the settings and end all threads before the window goes."""
        self.hide()
        remembered.keep(self)
        self.preferences.save()
        self.library.stop()
        self.reader.stop()
        self.reading.stop()
        self.exporting.exporter.stop()
        self.calibrating.stop()
        self.comparison.stop()
        self.model_layers.stop()
        self.drawing.stop()
        event.accept()

    def demonstrate(self) -> None:
        """Show all layers at once, whatever the settings say of reading modes."""
        self.reader.set_mode(CONCURRENT)
        self.layers.show_only(self.layers.names)
        self.messages.tell(self.tr("Demonstration: concurrent reading, all layers are on"), warning=False)

    def tell_written(self, path: str) -> None:
        """Tell where a file is."""
        self.messages.tell(self.tr("Written: {}").format(path), warning=False)

    def show_title(self, stage: str) -> None:
        """Say in the title bar what is on show; never the patient."""
        parts = [word(stage), "Mammoview", notice()]
        self.setWindowTitle(" - ".join(part for part in parts if part))

    # Commands

    def show_patient(self, shown: bool) -> None:
        """Show or hide patient and date in the corners."""
        self.settings.show_patient = shown
        self.studies_list.show_patient(shown)
        for viewport in self.light_box.viewports:
            viewport.patient_shown = shown
            viewport.viewport().update()

    def focus_scans(self) -> None:
        """Give the keyboard back to the scans."""
        if self.light_box.active is not None:
            self.light_box.active.setFocus()

    def show_full_screen(self, full: bool) -> None:
        """Take the whole screen, or give it back."""
        self.showFullScreen() if full else self.showNormal()

    def clear(self) -> None:
        """Close help and messages, and drop what is being drawn."""
        self.key_help.hide()
        self.focus_scans()
        self.messages.clear()
        self.drawing.cancel()

    def toggle_key_help(self) -> None:
        """Show all keys, or hide them."""
        self.key_help.hide() if self.key_help.isVisible() else self.key_help.open()

    def show_about(self) -> None:
        """Say what the program is, and what it is not."""
        About(self.reading.loader, self).open()

    def use_keys(self, commands: Sequence[Command]) -> None:
        """Serve the commands with these keys from now on."""
        self._holds = rekey(self, self.actions_by_name, commands)
        keys = first_keys(commands)
        for panel in (self.layers_panel, self.findings):
            panel.set_keys(keys)
        self.reader.panel.set_key(keys["reveal"])
        self.key_help.show_commands(commands)
        self.light_box.hint = _hint(keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold."""
        if not self._holds.take(event, True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold."""
        if not self._holds.take(event, False):
            super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the help cover the scans still."""
        super().resizeEvent(event)
        self.key_help.setGeometry(self.light_box.rect())


def _hint(keys: Mapping[str, str]) -> str:
    """Return what an empty window says."""
    text = QCoreApplication.translate("Window", "Drop files or a folder here, or press {open}.  {help} shows all keys.")
    return text.format(open=keys["open_files"], help=keys["help"])
