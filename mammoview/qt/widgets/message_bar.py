"""Lines for the reader above the scans: they block nothing and go away with a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.widgets.notifier import Message
    from mammoview.study.scan import Study

MOST = 50
"""More lines than this are dropped, the oldest first."""


class MessageBar(QScrollArea):
    """A stack of dismissable lines, the newest on top; as high as they need, up to four lines.

    A line about a study is seen while that study is on show, and goes with it.
    """

    dismissed = Signal(str)
    """Text of a line that the reader closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty, invisible stack."""
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        self._stack = QVBoxLayout(self._inside)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(1)
        self.setWidget(self._inside)
        self._lines: list[_MessageLine] = []
        self._study: Study | None = None
        self.setVisible(False)

    @property
    def texts(self) -> tuple[str, ...]:
        """All lines that are seen, the newest first."""
        return tuple(line.text for line in self._seen)

    @property
    def _seen(self) -> list[_MessageLine]:
        """The lines that concern no study, or the one on show."""
        return [line for line in self._lines if line.study is None or line.study is self._study]

    def show_message(self, message: Message) -> None:
        """Show a message; one that stands there already is not repeated."""
        text, study = phrase(message.text), message.study
        if any(line.text == text and line.study in (None, study) for line in self._lines):
            return
        line = _MessageLine(text, message.warning, study, self._inside)
        line.closed.connect(self._dismiss)
        self._lines.insert(0, line)
        self._stack.insertWidget(0, line)
        for old in self._lines[MOST:]:
            self._remove(old)
        self._fit()

    def clear(self) -> None:
        """Dismiss everything that is seen."""
        for line in self._seen:
            self._dismiss(line)

    def show_study(self, study: Study | None) -> None:
        """Show the lines about a study, and those about others no more, until they are shown again."""
        self._study = study
        self._fit()

    def forget(self, study: Study) -> None:
        """Drop the lines about a study: it has been closed."""
        for line in [line for line in self._lines if line.study is study]:
            self._remove(line)

    def _dismiss(self, line: _MessageLine) -> None:
        """Take a line away that the reader has dismissed."""
        self._remove(line)
        self.dismissed.emit(line.text)

    def _remove(self, line: _MessageLine) -> None:
        """Take a line away."""
        self._lines.remove(line)
        self._stack.removeWidget(line)
        line.hide()
        line.setParent(None)
        line.deleteLater()
        self._fit()

    def _fit(self) -> None:
        """Take the height of the lines."""
        seen = self._seen
        for line in self._lines:
            line.setVisible(line in seen)
        self.setVisible(bool(seen))
        width = (self.parentWidget() or self).width()
        self.setFixedHeight(min(112, sum(line.height_for(width) + 1 for line in seen)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the lines need at this width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()


class _MessageLine(QFrame):
    """One line with its button."""

    closed = Signal(object)

    def __init__(self, text: str, warning: bool, study: Study | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.text, self.study = text, study
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(10, 3, 4, 3)
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        palette = label.palette()
        palette.setColor(label.foregroundRole(), theme.WARNING if warning else theme.TEXT)
        label.setPalette(palette)
        close = QToolButton()
        close.setText("\u2715")
        close.setAutoRaise(True)
        close.setToolTip(self.tr("Dismiss (Esc)"))
        close.setAccessibleName(self.tr("Dismiss (Esc)"))
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.clicked.connect(self._close)
        row.addWidget(label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAutoFillBackground(True)

    def height_for(self, width: int) -> int:
        """Return the height of the line at that width, px."""
        return max(28, self._row.heightForWidth(max(150, width)))

    def _close(self) -> None:
        """Ask to be taken away."""
        self.closed.emit(self)
