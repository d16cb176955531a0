"""What a tool that takes the left button of the viewports must be able to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport


class PointerTool(Protocol):
    """Takes events of the left button: the scan point, and the size of a screen pixel in scan pixels."""

    def press(self, viewport: Viewport, point: QPointF, pixel_size: float) -> None:
        """Take a press."""

    def move(self, viewport: Viewport, point: QPointF, pixel_size: float, down: bool) -> None:
        """Take a move, with the button down or not."""

    def release(self, viewport: Viewport, point: QPointF, pixel_size: float) -> None:
        """Take a release."""

    def double(self, viewport: Viewport, point: QPointF, pixel_size: float) -> None:
        """Take a double click."""
