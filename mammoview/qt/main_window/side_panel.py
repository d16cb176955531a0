"""The column at the right: as wide as it is, whatever stands in it; sections that fold, in one scroll."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from mammoview.qt.widgets.running_application import running_application
from mammoview.qt.widgets.section import Section

WIDTH_EMS = 24
"""Width in widths of the letter m."""
MARGIN = 12
"""Above and below the control that has the keyboard, px."""


class SidePanel(QScrollArea):
    """Stacks sections, each with a title that folds it.

    Neither the layers' sliders that come and go nor long words move the scans.
    """

    def __init__(self, panels: Sequence[tuple[str, QWidget]], parent: QWidget | None = None) -> None:
        """Stack panels with their titles from top to bottom."""
        super().__init__(parent)
        self.sections = {panel: Section(title, panel) for title, panel in panels}
        self._inside = inside = QWidget()
        stack = QVBoxLayout(inside)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        for section in self.sections.values():
            stack.addWidget(section)
        stack.addStretch(1)
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

    def show_panel(self, panel: QWidget) -> None:
        """Scroll to a panel, to its end where it is too high."""
        # What has just come or gone in it may not have its place yet.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        top = panel.mapTo(self._inside, QPoint(0, 0)).y()
        bar, room = self.verticalScrollBar(), self.viewport().height()
        lowest = top + panel.height() - room
        if bar.value() < lowest or panel.height() > room:
            bar.setValue(lowest)
        elif bar.value() > top:
            bar.setValue(top)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hold the panels within the width."""
        self._inside.setMaximumWidth(self.viewport().width())
        super().resizeEvent(event)
