"""A second screen: takes the panel, or the images while the panel stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from mammoview.core.settings import SecondScreen, Settings
from mammoview.qt.main_window.screen_changes import place_frame
from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.running_application import running_application

if TYPE_CHECKING:
    from mammoview.qt.main_window.screen_changes import ScreenChangeController

ORDER: tuple[SecondScreen, ...] = ("none", "panel", "images")
"""What the second screen takes, in the order of the command."""


class SecondScreenController(QObject):
    """Spreads the window over two screens, and brings it together when one goes.

    The choice is kept in the settings: it holds again as soon as there are two screens.
    """

    def __init__(
        self,
        window: QMainWindow,
        dock: QDockWidget,
        screens: ScreenChangeController,
        settings: Settings,
        notifier: Notifier,
    ) -> None:
        """Serve `window` and the panel in `dock`."""
        super().__init__(window)
        self._window, self._dock, self._settings, self._notifier = window, dock, settings, notifier
        self._title_bar: QWidget | None = None
        self._features = dock.features()
        screens.settled.connect(self.apply)

    def show_next(self) -> None:
        """Give the panel to the second screen, then the images, then neither."""
        if len(running_application().screens()) < 2:
            self._notifier.info_general(self.tr("There is one screen only"))
            return
        before = self._settings.second_screen
        wanted = ORDER[(ORDER.index(before) + 1) % len(ORDER)]
        if "images" in (before, wanted):
            self._change_screen()
        self._settings.second_screen = wanted
        self.apply()

    def apply(self) -> None:
        """Place the panel by the settings, as far as there are screens."""
        other = self._other_screen()
        if self._settings.second_screen == "none" or other is None:
            self._dock_panel()
        else:
            self._float_panel(other)

    def _other_screen(self) -> QScreen | None:
        """Return a screen on which the window is not; None where there is none."""
        own = self._own_screen()
        return next((one for one in running_application().screens() if one is not own), None)

    def _own_screen(self) -> QScreen:
        """Return the screen on which the window is; right after a move, Qt names the one before."""
        return running_application().screenAt(self._window.geometry().center()) or self._window.screen()

    def _change_screen(self) -> None:
        """Move the window to the other screen, as large as it was, as far as that has room."""
        other = self._other_screen()
        if other is None:
            return
        state = self._window.windowState()
        self._window.setWindowState(Qt.WindowState.WindowNoState)
        room, box = other.availableGeometry(), self._window.geometry()
        size = box.size().boundedTo(room.size())
        self._window.setGeometry(QRect(room.center() - QRect(room.topLeft(), size).center() + room.topLeft(), size))
        self._window.setWindowState(state)

    def _float_panel(self, screen: QScreen) -> None:
        """Show the panel on a screen, at the edge next to the window."""
        if not self._dock.isFloating():
            self._title_bar = self._dock.titleBarWidget()
            self._dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # None takes the own one away
            movable = QDockWidget.DockWidgetFeature.DockWidgetMovable
            self._dock.setFeatures(movable | QDockWidget.DockWidgetFeature.DockWidgetFloatable)
            self._dock.setAllowedAreas(Qt.DockWidgetArea.NoDockWidgetArea)
            self._dock.setFloating(True)
        room = screen.availableGeometry()
        frame = self._dock.frameGeometry().width() - self._dock.width()
        width = max(self._dock.sizeHint().width(), self._dock.minimumSizeHint().width(), self._dock.width()) + frame
        right = room.center().x() < self._own_screen().geometry().center().x()
        left = room.right() + 1 - width if right else room.left()
        place_frame(self._dock, QRect(left, room.top(), width, room.height()))

    def _dock_panel(self) -> None:
        """Put the panel back beside the images."""
        if not self._dock.isFloating():
            return
        self._dock.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self._dock.setFloating(False)
        self._dock.setFeatures(self._features)
        if self._title_bar is not None:
            self._dock.setTitleBarWidget(self._title_bar)
