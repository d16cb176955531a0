"""A part of a panel with a title that folds and unfolds it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A title above a panel; where the panel hides itself, so does its title."""

    def __init__(self, title: str, panel: QWidget, parent: QWidget | None = None) -> None:
        """Put a title above `panel`, unfolded."""
        super().__init__(parent)
        self.panel = panel
        self.head = QToolButton()
        self.head.setObjectName("sectionTitle")
        self.head.setText(title)
        self.head.setCheckable(True)
        self.head.setChecked(True)
        self.head.setArrowType(Qt.ArrowType.DownArrow)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.head.toggled.connect(self.unfold)
        # The panel may hide itself: what folds is around it.
        self._body = QWidget()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._body)
        QWidget.setTabOrder(self.head, panel)
        panel.installEventFilter(self)
        if panel.isHidden():  # to show it here would open a window of its own
            self.hide()

    @property
    def unfolded(self) -> bool:
        """Whether the panel is in sight."""
        return not self._body.isHidden()

    def unfold(self, on: bool) -> None:
        """Unfold the panel, or fold it."""
        self.head.setChecked(on)
        self.head.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._body.setVisible(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the panel."""
        if event.type() in (QEvent.Type.HideToParent, QEvent.Type.ShowToParent):
            self.setHidden(self.panel.isHidden())
        return False
