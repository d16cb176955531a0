"""The column at the right: as wide as it is, whatever stands in it, and scrolled where the window is low."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from mammoview.qt.widgets.running_application import running_application

WIDTH_EMS = 24
"""Width in widths of the letter m."""
MARGIN = 12
"""Above and below the control that has the keyboard, px."""


class SidePanel(QScrollArea):
    """Stacks panels; the last one takes the height that is left.

    Neither the layers' sliders that come and go nor long words move the scans.
    """

    def __init__(self, panels: Sequence[QWidget], parent: QWidget | None = None) -> None:
        """Stack the panels from top to bottom."""
        super().__init__(parent)
        self._inside = inside = QWidget()
        stack = QVBoxLayout(inside)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        for panel in panels:
            stack.addWidget(panel, panel is panels[-1])
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(inside)
        self.setFixedWidth(WIDTH_EMS * self.fontMetrics().horizontalAdvance("m"))
        running_application().focusChanged.connect(self._take_focus)

    def _take_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Show the control that has the keyboard, by whatever key it got it."""
        if now is not None and self._inside.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, MARGIN)

    def show_last(self) -> None:
        """Scroll to the last panel, as far as it goes."""
        if self._inside.height() > self.viewport().height():
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hold the panels within the width."""
        self._inside.setMaximumWidth(self.viewport().width())
        super().resizeEvent(event)
