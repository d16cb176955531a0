"""The column at the right: as wide as it is, whatever stands in it; sections that fold, in one scroll."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from mammoview.qt.widgets.running_application import running_application
from mammoview.qt.widgets.section import Section

WIDTH_EMS, NARROW_EMS = 24, 19
"""Width in widths of the letter m, and that in a window of less than `NARROW_WINDOW_EMS`."""
NARROW_WINDOW_EMS = 75
"""Width of a window in widths of the letter m up to which the panel is narrow."""
MARGIN = 12
"""Above and below the control that has the keyboard, px."""


class SidePanel(QScrollArea):
    """Stacks sections, each with a title that folds it.

    Neither the layers' sliders that come and go nor long words move the scans.
    """

    def __init__(self, panels: Sequence[tuple[str, str, QWidget]], parent: QWidget | None = None) -> None:
        """Stack panels from top to bottom, each with its name in the settings and its title."""
        super().__init__(parent)
        self.sections = {panel: Section(title, panel) for _, title, panel in panels}
        self._names = {name: self.sections[panel] for name, _, panel in panels}
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
        self.fit_window(None)
        self._keeps_focus = True
        """Whether the control that has the keyboard is kept in sight: not once the reader has scrolled away."""
        self.verticalScrollBar().actionTriggered.connect(self._follow_reader)
        running_application().focusChanged.connect(self._take_focus)

    @property
    def folded(self) -> tuple[str, ...]:
        """Names of the sections that are folded, from top to bottom."""
        return tuple(name for name, section in self._names.items() if not section.unfolded)

    def fold(self, names: Collection[str]) -> None:
        """Fold the sections of these names and unfold the others."""
        for name, section in self._names.items():
            section.unfold(name not in names)

    def _take_focus(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Show the control that has the keyboard, by whatever key it got it."""
        if now is not None and self._inside.isAncestorOf(now):
            self._keeps_focus = True
            self.ensureWidgetVisible(now, 0, MARGIN)

    def _follow_reader(self, _action: int) -> None:
        """Note whether the reader scrolls away from the control that has the keyboard, or back to it."""
        focus = running_application().focusWidget()
        if focus is not None and self._inside.isAncestorOf(focus):
            seen_from = self.verticalScrollBar().sliderPosition()
            top = focus.mapTo(self._inside, QPoint(0, 0)).y()
            self._keeps_focus = seen_from <= top and top + focus.height() <= seen_from + self.viewport().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the control that has the keyboard in sight when something unfolds or folds."""
        done = super().eventFilter(watched, event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and watched is self.widget():
            focus = running_application().focusWidget()
            if self._keeps_focus and focus is not None and self._inside.isAncestorOf(focus):
                self.ensureWidgetVisible(focus, 0, MARGIN)
        return done

    def fit_window(self, width: int | None) -> None:
        """Take the width that suits a window of `width` px; the usual one where that is not known."""
        em = self.fontMetrics().horizontalAdvance("m")
        narrow = width is not None and width < NARROW_WINDOW_EMS * em
        self.setFixedWidth((NARROW_EMS if narrow else WIDTH_EMS) * em)

    def show_part(self, panel: QWidget, part: QRect) -> None:
        """Scroll to a part of a panel, to its end where it is too high; not away from a control with the keyboard."""
        focus = running_application().focusWidget()
        if focus is not None and self._inside.isAncestorOf(focus) and not panel.isAncestorOf(focus):
            return
        # What has just come or gone in it may not have its place yet.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        top = panel.mapTo(self._inside, part.topLeft()).y()
        bar, room = self.verticalScrollBar(), self.viewport().height()
        lowest = top + part.height() - room
        if bar.value() < lowest or part.height() > room:
            bar.setValue(lowest)
        elif bar.value() > top:
            bar.setValue(top)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hold the panels within the width."""
        self._inside.setMaximumWidth(self.viewport().width())
        super().resizeEvent(event)
