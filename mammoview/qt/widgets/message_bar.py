"""Messages at the bottom of the scans, one at a time; they disappear after the time that reading takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QCursor, QEnterEvent, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.widgets.notifier import Message
    from mammoview.study.scan import Study

MOST = 50
"""More messages than this are dropped, the oldest first."""
LEAST_MS, PER_LETTER_MS = 5000, 70
"""Time that a message is shown: a fixed part, and a part for its length. A warning has twice as long."""
_WIDTH = 640
"""Most width of a message, px."""
_MARGIN = 10
"""Between a message and the edges of the scans, px."""


@dataclass(eq=False)
class _Message:
    """A message.

    Parameters
    ----------
    text
        In the reader's language.
    warning
        Whether it is one.
    study
        What it is about; None for what concerns the program.
    read
        Whether it has been shown for its time.
    """

    text: str
    warning: bool
    study: Study | None
    read: bool = False


class MessageBar(QFrame):
    """Shows the newest message that has not been read, over the bottom of its parent, which it never moves.

    A message goes when it is dismissed, or after the time that reading it takes; it begins anew after the pointer
    was over it or the window was not active. Then the one before is shown. A message about a study is seen while that
    study is shown, and goes with it.
    """

    dismissed = Signal(str)
    """Text of a message that the reader closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty, invisible bar over `parent`."""
        super().__init__(parent)
        self._messages: list[_Message] = []
        self._shown: _Message | None = None
        self._study: Study | None = None
        self._pointer = QPoint()
        self.setObjectName("message")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.more = QLabel()
        theme.make_faint(self.more)
        self.close_button = QToolButton()
        self.close_button.setText("\u2715")
        self.close_button.setAutoRaise(True)
        self.close_button.setToolTip(self.tr("Dismiss (Esc)"))
        self.close_button.setAccessibleName(self.tr("Dismiss (Esc)"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self._dismiss_shown)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(self.label, 1)
        row.addWidget(self.more)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._time = QTimer(self)
        self._time.setSingleShot(True)
        self._time.timeout.connect(self._take_read)
        if parent is not None:
            parent.installEventFilter(self)
        self.setVisible(False)

    @property
    def texts(self) -> tuple[str, ...]:
        """Text of all messages about the program or the current study that were not dismissed, the newest first."""
        return tuple(message.text for message in self._current)

    @property
    def shown(self) -> str:
        """Text of the message on the screen; empty when there is none."""
        return "" if self._shown is None else self._shown.text

    @property
    def _current(self) -> list[_Message]:
        """The messages that concern no study, or the current one."""
        return [message for message in self._messages if message.study is None or message.study is self._study]

    def show_message(self, message: Message) -> None:
        """Show a message; one that waits or is on the screen already is not repeated."""
        text, study = phrase(message.text), message.study
        same = [one for one in self._messages if one.text == text and one.study in (None, study)]
        if any(not one.read for one in same):
            return
        self._messages = [one for one in self._messages if one not in same]
        self._messages.insert(0, _Message(text, message.warning, study))
        del self._messages[MOST:]
        self._show_newest()

    def clear(self) -> None:
        """Dismiss all messages about the program and the current study."""
        gone = self._current
        self._messages = [message for message in self._messages if message not in gone]
        self._show_newest()
        for message in gone:
            self.dismissed.emit(message.text)

    def withdraw(self, text: str) -> None:
        """Drop the messages with a text: they no longer hold."""
        self._messages = [message for message in self._messages if message.text != text]
        self._show_newest()

    def show_study(self, study: Study | None) -> None:
        """Show the messages about a study, and those about others no more, until they are shown again."""
        self._study = study
        self._show_newest()

    def forget(self, study: Study) -> None:
        """Drop the messages about a study: it has been closed."""
        self._messages = [message for message in self._messages if message.study is not study]
        self._show_newest()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the bottom of the parent."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay as long as a pointer does that has been moved here; one that lay here before does not count."""
        super().enterEvent(event)
        if QCursor.pos() != self._pointer:
            self._time.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Have the whole time again."""
        super().leaveEvent(event)
        self._begin_time()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the message while another window is active."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._begin_time()

    def _dismiss_shown(self) -> None:
        """Take the message on the screen away, for good."""
        if self._shown is not None:
            message = self._shown
            self._messages.remove(message)
            self._show_newest()
            self.dismissed.emit(message.text)

    def _take_read(self) -> None:
        """Take the message on the screen for read."""
        if self._shown is not None:
            self._shown.read = True
            self._show_newest()

    def _show_newest(self) -> None:
        """Show the newest message that has not been read, or nothing."""
        unread = [message for message in self._current if not message.read]
        before, self._shown = self._shown, unread[0] if unread else None
        if self._shown is None:
            self._time.stop()
            self.hide()
            return
        self.more.setText(self.tr("{} more").format(len(unread) - 1))
        self.more.setVisible(len(unread) > 1)
        if self._shown is not before:
            self._pointer = QCursor.pos()
            palette = self.label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, theme.WARNING if self._shown.warning else theme.TEXT)
            self.label.setPalette(palette)
            self.label.setText(self._shown.text)
            self.setAccessibleName(self._shown.text)
            self._begin_time()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self.show()
        self.raise_()
        self._place()

    @property
    def is_timed(self) -> bool:
        """Whether the message goes by itself after the time that reading takes."""
        return self._time.isActive()

    def _begin_time(self) -> None:
        """Count the time of the message on the screen from now on, if the reader is there."""
        self._time.stop()
        if self._shown is not None and self.isActiveWindow():
            length = LEAST_MS + PER_LETTER_MS * len(self._shown.text)
            self._time.start(2 * length if self._shown.warning else length)

    def _place(self) -> None:
        """Lie in the middle of the parent's lower edge."""
        parent = self.parentWidget()
        if parent is None or self.isHidden():
            return
        beside = self.sizeHint().width() - self.label.sizeHint().width()
        wanted = self.label.fontMetrics().horizontalAdvance(self.shown) + beside + 4
        width = max(1, min(wanted, _WIDTH, parent.width() - 2 * _MARGIN))
        height = min(max(self.heightForWidth(width), self.minimumSizeHint().height()), parent.height())
        self.resize(width, height)
        self.move(QPoint((parent.width() - width) // 2, max(0, parent.height() - height - _MARGIN)))
