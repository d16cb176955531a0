"""The main window: on screen at once, furnished when what it takes has been imported; passes the commands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from mammoview.qt.actions.menus import rekey, titles
from mammoview.qt.concurrency.background_import import Preparing
from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.focus import is_entry, keeps
from mammoview.qt.widgets.shortcut_override import OwnKeys
from mammoview.qt.widgets.status_bar import Status, notice

if TYPE_CHECKING:
    from mammoview.core.settings import Settings
    from mammoview.qt.actions.commands import Command
    from mammoview.qt.session.model_worker import AssessesScans
    from mammoview.study.scan import Study


class Window(QMainWindow):
    """The program's window."""

    furnished = Signal()
    """All parts are there."""
    first_painted = Signal()
    """The furnished window has been on screen for the first time; heavy work may start."""

    def __init__(
        self,
        settings: Settings | None = None,
        make_assessor: Callable[[], AssessesScans] | None = None,
        parent: QWidget | None = None,
        library: bool = True,
        at_once: bool = True,
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
        at_once
            Whether all parts are made now; if not, the first paint is that of the empty frame, and they follow.
        """
        super().__init__(parent)
        self._painted = self._whole = self._begun = self._closed = False
        self.failure: Exception | None = None
        self._waiting: list[Path] = []
        self._wanted = settings, make_assessor, library
        self.installEventFilter(self)
        OwnKeys(self, lambda event: keeps(QApplication.focusWidget(), event))
        self.status = Status()
        self.setStatusBar(self.status)
        self.show_title("")
        self.resize(QSize(1600, 1000).boundedTo(self.screen().availableSize()))
        self._preparing = Preparing("mammoview.qt.main_window.assemble", self)
        self._preparing.done.connect(self._take_prepared)
        if at_once:
            self._furnish()
        else:
            titles(self)
            empty = QWidget()
            empty.setPalette(theme.BACKGROUND)
            empty.setAutoFillBackground(True)
            self.setCentralWidget(empty)

    # Start and end

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Notice the window's own first paint and the loss of the keyboard."""
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin if self._whole else self._prepare)
        elif event.type() == QEvent.Type.WindowDeactivate and self._whole:
            self.holds.release()
        return False

    def _prepare(self) -> None:
        """Start the import, unless the window was closed meanwhile: nobody would wait for the thread any more."""
        if not self._closed:
            self._preparing.start()

    def _take_prepared(self) -> None:
        """Go on when everything has been imported, unless the window was closed meanwhile."""
        if self._closed:
            return
        try:
            self._furnish()
        except Exception as error:  # told by whoever runs the window: an empty one cannot
            self.failure = error
            self.close()
        else:
            QTimer.singleShot(0, self._begin)

    def _furnish(self) -> None:
        """Make all parts."""
        from mammoview.qt.main_window.assemble import furnish

        furnish(self, *self._wanted)
        self._whole = True
        self.furnished.emit()

    def _begin(self) -> None:
        """Start the threads, now that there is something to see, unless the window was closed meanwhile."""
        if self._closed:
            return
        self._begun = True
        self.light_box.setFocus()
        self.first_painted.emit()
        self.preferences.begin()
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.reading.open(waiting)
        else:
            self.studies_list.greet()
        if self.reading.assess_automatically:
            self.reading.prepare_models()

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
        if self._begun:
            self.reading.open(wanted)
        else:
            self._waiting += wanted

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the settings and end all threads before the window goes."""
        self._closed = True
        self.hide()
        self._preparing.wait()
        event.accept()
        if not self._whole:
            return
        # Imported here and below: what is not there yet when the window is first painted.
        from mammoview.qt.main_window import window_state as remembered

        remembered.keep(self)
        self.preferences.save()
        self.worksheets.stop()
        self.library.stop()
        self.reader.stop()
        self.reading.stop()
        self.exporting.exporter.stop()
        self.calibrating.stop()
        self.comparison.stop()
        self.model_layers.stop()
        self.drawing.stop()

    def demonstrate(self) -> None:
        """Show all layers at once, whatever the settings say of reading modes."""
        from mammoview.qt.reader.second_reader import CONCURRENT

        self.reader.set_mode(CONCURRENT)
        self.layers.show_only(self.layers.names)
        self.messages.tell(self.tr("Demonstration: concurrent reading, all layers are on"), warning=False)

    def tell_of_study(self, text: str, warning: bool = True) -> None:
        """Tell a line about the study on show."""
        self.messages.tell(text, warning, self.reading.study)

    def tell_written(self, path: str, study: Study | None = None) -> None:
        """Tell where a file is that was written of a study, the one on show by default."""
        self.messages.tell(self.tr("Written: {}").format(path), warning=False, study=study or self.reading.study)

    def show_title(self, stage: str) -> None:
        """Say in the title bar what is on show; never the patient."""
        parts = [word(stage), "Mammoview", notice()]
        self.setWindowTitle(" - ".join(part for part in parts if part))

    # Commands

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
        self.key_pointer.put_away()

    def toggle_key_help(self) -> None:
        """Show all keys, or hide them."""
        if self.key_help.isVisible():
            self.key_help.hide()
            self.focus_scans()
        else:
            self.key_help.open()

    def show_about(self) -> None:
        """Say what the program is, and what it is not."""
        from mammoview.qt.dialogs.about import About

        About(self.reading.loader, self).open()

    def use_keys(self, commands: Sequence[Command]) -> None:
        """Serve the commands with these keys from now on."""
        from mammoview.qt.main_window.apply_settings import first_keys
        from mammoview.qt.main_window.assemble import hint

        self.holds = rekey(self, self.actions_by_name, commands)
        keys = first_keys(commands)
        for panel in (self.layers_panel, self.findings):
            panel.set_keys(keys)
        self.reader.panel.set_key(keys["reveal"])
        self.key_help.show_commands(commands)
        self.light_box.hint = hint(keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold, unless something is being entered."""
        if not (self._whole and not is_entry(QApplication.focusWidget()) and self.holds.take(event, True)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold."""
        if not (self._whole and self.holds.take(event, False)):
            super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the help cover the scans still."""
        super().resizeEvent(event)
        if self._whole:
            self.key_help.setGeometry(self.light_box.rect())
