"""Screens that come and go: what was on one that has gone is moved to where it can be reached, and back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from mammoview.qt.widgets.notifier import Notifier
from mammoview.qt.widgets.running_application import running_application

SETTLING_MS = 400
"""Several changes come at once, and the desktop itself moves windows first."""
SAME_PLACE_PX = 50
"""A window whose corners lie nearer than this to a place is there: window managers add frames of their own."""
_KINDS = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Tool)


class ScreenChangeController(QObject):
    """Keeps the program's windows and dialogs on the screens that there are."""

    changed = Signal()
    """A screen has come, gone, or has another size or place."""
    settled = Signal()
    """The windows have been brought back after such a change."""

    def __init__(self, window: QWidget, notifier: Notifier) -> None:
        """Watch the screens for `window` and its dialogs."""
        super().__init__(window)
        self._window, self._notifier = window, notifier
        self._before = QRect()  # the window with its frame as the screens began to change
        self._away: tuple[QRect, QRect] | None = None  # where it was while it had its screen, and where it is instead
        self._settling = QTimer(self, singleShot=True, interval=SETTLING_MS)
        self._settling.timeout.connect(self.bring_back)
        application = running_application()
        application.screenAdded.connect(self._take_screen)
        application.screenRemoved.connect(self._take_change)
        for screen in application.screens():
            self._watch(screen)

    @property
    def settling(self) -> bool:
        """Whether the screens have just changed."""
        return self._settling.isActive()

    def bring_back(self) -> None:
        """Move what no longer lies whole on the screens, with a message about the window; it goes back to its screen.

        Where the reader has moved the window since, it stays.
        """
        boxes = [screen.availableGeometry() for screen in QApplication.screens()]
        self._return_window(boxes)
        for widget in QApplication.topLevelWidgets():
            kept = widget.isVisible() and widget.windowType() in _KINDS and not widget.isMinimized()
            kept = kept and self._has(widget)
            box = position_on_screen(widget.frameGeometry(), boxes) if kept else None
            if widget is self._window and position_on_screen(self._before, boxes) is not None:
                self._away = self._before, box or widget.frameGeometry()
            if box is not None:
                place_frame(widget, box)
                if widget is self._window:
                    text = self.tr("The screens have changed: the window has been moved to where it is seen")
                    self._notifier.warn_general(text)
        self.settled.emit()

    def _return_window(self, boxes: Sequence[QRect]) -> None:
        """Put the window back on the screen that it was on, if that is there again."""
        if self._away is None:
            return
        there, instead = self._away
        if not _same_place(self._window.frameGeometry(), instead):
            self._away = None
        elif position_on_screen(there, boxes) is None:
            self._away = None
            self._before = there
            place_frame(self._window, there)

    def _has(self, widget: QWidget) -> bool:
        """Whether a window is the one that is kept on the screens, or a dialog of it."""
        while (parent := widget.parentWidget()) is not None:
            widget = parent
        return widget is self._window or not isinstance(widget, QMainWindow)

    def _watch(self, screen: QScreen) -> None:
        """Follow size and place of a screen."""
        screen.geometryChanged.connect(self._take_change)

    def _take_screen(self, screen: QScreen) -> None:
        """Watch a new screen."""
        self._watch(screen)
        self._take_change()

    def _take_change(self, _about: object = None) -> None:
        """Report the change, and check the windows once it is over."""
        if not self.settling:
            self._before = self._window.frameGeometry()
        self.changed.emit()
        self._settling.start()


def position_on_screen(box: QRect, screens: Sequence[QRect]) -> QRect | None:
    """Return where a window is to go so that it is seen whole; None where it may stay, or there is no screen.

    Parameters
    ----------
    box
        The window with its frame, px.
    screens
        What may be used of each screen, px; the first one is for windows that lie on none.
    """

    def seen(screen: QRect) -> int:
        part = screen & box
        return max(0, part.width()) * max(0, part.height())

    # A window may lie across several screens.
    if not screens or sum(map(seen, screens)) >= 0.9 * box.width() * box.height():
        return None
    screen = max(screens, key=seen)
    size = box.size().boundedTo(screen.size())
    left = min(max(box.left(), screen.left()), screen.right() + 1 - size.width())
    top = min(max(box.top(), screen.top()), screen.bottom() + 1 - size.height())
    return QRect(left, top, size.width(), size.height())


def _same_place(first: QRect, second: QRect) -> bool:
    """Whether two windows lie in nearly the same place."""
    ways = first.topLeft() - second.topLeft(), first.bottomRight() - second.bottomRight()
    return all(way.manhattanLength() < SAME_PLACE_PX for way in ways)


def place_frame(widget: QWidget, box: QRect) -> None:
    """Give a window, with its frame, a place; one that fills its screen fills the other one."""
    state = widget.windowState()
    filling = state & (Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMaximized)
    if filling:
        widget.setWindowState(Qt.WindowState.WindowNoState)
    frame, inner = widget.frameGeometry(), widget.geometry()
    widget.setGeometry(
        box.adjusted(
            inner.left() - frame.left(),
            inner.top() - frame.top(),
            inner.right() - frame.right(),
            inner.bottom() - frame.bottom(),
        )
    )
    if filling:
        widget.setWindowState(state)
