"""The main window: on screen at once, filled with its parts when they have been imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from mammoview.qt.actions.menu_bar import add_empty_menus
from mammoview.qt.concurrency.background_import import BackgroundImport
from mammoview.qt.main_window.parts import Parts
from mammoview.qt.main_window.window_frame import WindowFrame
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.focus import is_entry, wants_key
from mammoview.qt.widgets.shortcut_override import ShortcutOverride

if TYPE_CHECKING:
    from mammoview.assess.inference.scan_assessor import ScanAssessor
    from mammoview.core.settings import Settings


class MainWindow(WindowFrame, Parts):
    """The program's window; its parts are its attributes once they have been made."""

    assembled = Signal()
    """All parts are there."""

    def __init__(
        self,
        settings: Settings | None = None,
        make_assessor: Callable[[], ScanAssessor] | None = None,
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
            Whether the user's library is read and written.
        at_once
            Whether all parts are made now; if not, the first paint is that of the empty frame, and they follow.
        """
        super().__init__(parent)
        self.painted = False
        """Whether the window, or its empty frame, has been painted."""
        self._assembled = self._closed = False
        self.failure: Exception | None = None
        self.close_box: QMessageBox | None = None
        """The question about exports that wait, asked when the window was to close."""
        self._wanted = settings, make_assessor, library
        self.installEventFilter(self)
        ShortcutOverride(self, lambda event: wants_key(QApplication.focusWidget(), event))
        self.show_title("")
        self.resize(QSize(1600, 1000).boundedTo(self.screen().availableSize()))
        rest = "mammoview.qt.main_window.assemble"
        self._background_import = BackgroundImport(rest, self, lambda module: module.read_models(settings))
        self._background_import.done.connect(self._take_prepared)
        if at_once:
            self._assemble()
        else:
            add_empty_menus(self)
            empty = QWidget()
            empty.setPalette(theme.BACKGROUND)
            empty.setAutoFillBackground(True)
            self.setCentralWidget(empty)

    # Start and end

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Start after the window's first paint."""
        if isinstance(event, QPaintEvent):
            # A filter in Python costs time for every event, also for each frame of the busy indicator.
            self.removeEventFilter(self)
            self.painted = True
            QTimer.singleShot(0, self._begin if self._assembled else self._prepare)
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Release held keys when the window loses the keyboard."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self._assembled and not self.isActiveWindow():
            self.held_keys.release()

    def _prepare(self) -> None:
        """Start the import, unless the window was closed meanwhile: nothing would wait for the end of the thread."""
        if not self._closed:
            self._background_import.start()

    def _take_prepared(self) -> None:
        """Go on when everything has been imported, unless the window was closed meanwhile."""
        if self._closed:
            return
        try:
            self._assemble()
        except Exception as error:  # reported by the caller: an empty window cannot
            self.failure = error
            self.close()
        else:
            QTimer.singleShot(0, self._begin)

    def _assemble(self) -> None:
        """Make all parts."""
        from mammoview.qt.main_window.assemble import Assembly

        vars(self).update(vars(Assembly(self, *self._wanted, self._background_import.result)))
        self._assembled = True
        self.assembled.emit()

    def _begin(self) -> None:
        """Start the threads, now that there is something to see, unless the window was closed meanwhile."""
        if self._closed:
            return
        self.viewport_grid.setFocus()
        self.first_painted.emit()
        self.settings_controller.begin()
        if not self.open_with(self.session.open):
            self.study_panel.offer_library()
        if self.session.assess_automatically:
            self.session.prepare_models()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the settings and end all threads before the window goes; ask first where an export still waits."""
        if self._assembled and not self._closed and self.session.assessment_queue.pending.writes:
            event.ignore()
            from mammoview.qt.main_window.close_question import ask_to_close

            self.close_box = ask_to_close(self, self._close_without_exports)
            return
        self._closed = True
        self.hide()
        self._background_import.stop()
        event.accept()
        if self._assembled:
            self.store_state()
            self.settings_controller.save()
            self.stop_parts()

    def _close_without_exports(self) -> None:
        """Close the window though exports wait."""
        self.session.assessment_queue.pending.refuse_all()
        self.close()

    def store_state(self) -> None:
        """Write into the settings how the window is set up now."""
        # Imported here and below: what is not there yet when the window is first painted.
        from mammoview.qt.main_window import window_state

        window_state.store(
            self.settings, self.viewport_grid, self.linked_cursor, self.magnifier, self.layers, self.side_panel
        )
        if not self.isFullScreen():
            box = self.geometry()
            self.settings.window = (box.left(), box.top(), box.width(), box.height())

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

    def demonstrate(self) -> None:
        """Show findings and heatmap of one study at once, in whatever reading mode."""
        from mammoview.display.layers.registry import INITIAL_LAYERS

        self.reader.second_reader.demonstrate()
        self.layers.show_only(INITIAL_LAYERS)
        self.notifier.info_general(self.tr("Demonstration: concurrent reading, findings and heatmap are on"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold, unless something is being entered."""
        if not (self._assembled and not is_entry(QApplication.focusWidget()) and self.held_keys.take(event, True)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Serve the keys to hold."""
        if not (self._assembled and self.held_keys.take(event, False)):
            super().keyReleaseEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the help over the scans."""
        super().resizeEvent(event)
        if self._assembled:
            self.side_panel.fit_window(self.width())
            self.shortcut_help.setGeometry(self.viewport_grid.rect())
