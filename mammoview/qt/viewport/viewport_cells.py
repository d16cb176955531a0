"""Cells of the viewports of a hanging protocol: its rows and columns, or four in one row of a wide window."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize

if TYPE_CHECKING:
    from mammoview.qt.viewport.viewport import Viewport

GAP = 2
"""Between rows of viewports, px; columns touch, so that chest walls meet."""
CLEARLY = 1.1
"""Viewports are hung in a row, or no longer, where that shows them larger by this factor."""


@dataclass(frozen=True)
class ViewportCells:
    """The arrangement of the viewports.

    Parameters
    ----------
    rows, columns
        Of the hanging protocol.
    in_a_row
        Whether all viewports hang in one row instead.
    """

    rows: int = 1
    columns: int = 1
    in_a_row: bool = False

    def rects(self, viewports: Sequence[Viewport], size: QSize) -> dict[Viewport, QRect]:
        """Return the rectangle of each viewport in an area of that size, px.

        In one row, a gap parts what the hanging protocol shows in different rows.
        """
        rows, columns = (1, self.rows * self.columns) if self.in_a_row else (self.rows, self.columns)
        gaps = GAP * (self.rows - 1)
        width, height = size.width() - gaps * self.in_a_row, size.height() - gaps * (not self.in_a_row)
        cells = {}
        for viewport in viewports:
            box = viewport.image_box
            if box is None:
                continue
            row, column = (0, box.row * self.columns + box.column) if self.in_a_row else (box.row, box.column)
            left, right = (width * c // columns for c in (column, column + 1))
            top, bottom = (height * r // rows for r in (row, row + 1))
            across, down = (GAP * box.row, 0) if self.in_a_row else (0, GAP * box.row)
            cells[viewport] = QRect(left + across, top + down, right - left, bottom - top)
        return cells

    def largest(
        self, viewports: Sequence[Viewport], fitted: Mapping[Viewport, QRectF | None], size: QSize
    ) -> ViewportCells:
        """Return the arrangement that shows four viewports clearly larger, as one row does on a wide screen.

        Parameters
        ----------
        viewports
            Those of the hanging protocol.
        fitted
            What is to be seen of each, mm of its plane.
        size
            Of the area, px.
        """
        if (self.rows, self.columns) != (2, 2):
            return self

        def scale(cells: ViewportCells) -> float:
            rects = cells.rects(viewports, size)
            return min((v.fitting_scale(rect, rects[v]) for v, rect in fitted.items() if v in rects), default=math.inf)

        other = ViewportCells(self.rows, self.columns, not self.in_a_row)
        found = scale(other)
        return other if math.isfinite(found) and found > CLEARLY * scale(self) else self
