"""Commands that act in a section of the panel at the right, and bring it into sight first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from mammoview.qt.findings.findings_panel import FindingsPanel
    from mammoview.qt.main_window.panel_visibility import PanelVisibility
    from mammoview.qt.main_window.side_panel import SidePanel
    from mammoview.qt.reader.reader_controller import ReaderController


class SidePanelController(QObject):
    """Shows the panel with the section unfolded, whatever is hidden, and acts there."""

    def __init__(
        self,
        side_panel: SidePanel,
        visibility: PanelVisibility,
        findings: FindingsPanel,
        reader: ReaderController,
        parent: QObject,
    ) -> None:
        """Act in the sections of `findings` and of the impression of `reader`."""
        super().__init__(parent)
        self._side_panel, self._visibility = side_panel, visibility
        self._findings, self._reader = findings, reader

    def enter_impression(self) -> None:
        """Give the keyboard to the impression."""
        self._show(self._reader.panel)
        self._reader.enter()

    def show_next_finding(self) -> None:
        """Choose the next finding."""
        self._show(self._findings)
        self._findings.show_next()

    def show_previous_finding(self) -> None:
        """Choose the finding before."""
        self._show(self._findings)
        self._findings.show_previous()

    def go_to_reason(self) -> None:
        """Give the keyboard to the reason for the verdict."""
        self._show(self._findings)
        self._findings.go_to_reason()

    def _show(self, section: QWidget) -> None:
        self._visibility.show_side()
        self._side_panel.sections[section].unfold(True)
