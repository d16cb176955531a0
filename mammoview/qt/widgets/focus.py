"""The keyboard's place in the window: what a focused control keeps for itself, and a ring that shows where it is."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)

from mammoview.qt.widgets import theme
from mammoview.qt.widgets.running_application import running_application

_KEY = Qt.Key
_STEPS = frozenset(
    {_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Up, _KEY.Key_Down}
    | {_KEY.Key_PageUp, _KEY.Key_PageDown, _KEY.Key_Home, _KEY.Key_End}
)
_KEPT = (
    (QAbstractButton, frozenset({_KEY.Key_Space})),
    (QAbstractSlider, _STEPS),
    (QComboBox, _STEPS | {_KEY.Key_Space}),
    (QScrollArea, _STEPS),
    (QAbstractItemView, _STEPS | {_KEY.Key_Space, _KEY.Key_Return, _KEY.Key_Enter}),
)
"""Keys that a control needs to be worked with, though the window has commands for them."""
_ENTRIES = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox)
"""Controls into which words, figures or a choice are typed."""
_ENTRY = "keepsSingleKeys"
_LEFT_TO_COMMANDS = frozenset({_KEY.Key_Escape, _KEY.Key_Tab})
_MODIFIED = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
OWN_FRAME = "drawsItsOwnFocusFrame"
"""Property of a widget that shows by itself where the keyboard is."""
GAP = 2
"""Between a control and its ring, px."""


def keep_single_keys(widget: QWidget) -> None:
    """Let a widget, and all that lies in it, keep single keys from the commands: something is entered there."""
    widget.setProperty(_ENTRY, True)


def is_entry(widget: QWidget | None) -> bool:
    """Return whether something is entered in a control: while it has the keyboard, no single key acts on the images."""
    while widget is not None:
        if isinstance(widget, _ENTRIES) or widget.property(_ENTRY):
            return True
        widget = None if widget.isWindow() else widget.parentWidget()
    return False


def wants_key(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Return whether the control that has the keyboard uses this key itself.

    Where something is entered, that is every key without Ctrl, Alt or Meta, but for Escape and the function keys.
    """
    key = event.key()
    if key == _KEY.Key_Backtab:
        # Hides the panels while the scans have the keyboard; elsewhere it goes back to the control before.
        return widget is not None and not isinstance(widget, QGraphicsView) and not widget.property(OWN_FRAME)
    if is_entry(widget) and not event.modifiers() & _MODIFIED:
        return key not in _LEFT_TO_COMMANDS and not _KEY.Key_F1 <= key <= _KEY.Key_F35
    if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
        return False
    return any(isinstance(widget, kind) and event.key() in keys for kind, keys in _KEPT)


class FocusRing(QWidget):
    """A frame around the control that has the keyboard, wherever it is; viewports have their own."""

    def __init__(self, window: QMainWindow) -> None:
        """Follow the keyboard within `window`."""
        super().__init__(window)
        self._on: QWidget | None = None
        self._watched: list[QWidget] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVisible(False)
        running_application().focusChanged.connect(self._take_focus)

    @property
    def around(self) -> QWidget | None:
        """The control that it surrounds; None while it is hidden."""
        return self._on if self.isVisible() else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move with the control and with what it lies in."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame."""
        painter = QPainter(self)
        painter.setPen(QPen(theme.ACCENT.lighter(140), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _take_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Go to where the keyboard has gone."""
        for widget in self._watched:
            with suppress(RuntimeError):  # it may have gone, with a dialog
                widget.removeEventFilter(self)
        self._on = None
        if now is not None and now.window() is self.window() and self.window() is not now:
            self._on = now if not isinstance(now, QGraphicsView) and now.focusPolicy() else None
        self._watched = [] if self._on is None else _with_parents(self._on)
        for widget in self._watched:
            widget.installEventFilter(self)
        self._place()

    def _place(self) -> None:
        """Lie around the control, within what can be seen of it."""
        on = self._on
        if on is None or not on.isVisible() or on.property(OWN_FRAME):
            self.hide()
            return
        box = QRect(on.mapTo(self.window(), QPoint(0, 0)), on.size()).adjusted(-GAP, -GAP, GAP, GAP)
        self.setGeometry(box & self.window().rect())
        self.raise_()
        self.show()


def _with_parents(widget: QWidget) -> list[QWidget]:
    """Return a control and what it lies in, but for the window: sections that unfold above it move those."""
    found = [widget]
    while (parent := found[-1].parentWidget()) is not None and not parent.isWindow():
        found.append(parent)
    return found
