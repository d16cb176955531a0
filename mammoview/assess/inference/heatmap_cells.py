"""The lattice of the heatmaps: the Frame at 256 x 256 pixels of 0.4 mm, and its 32 x 32 cells of 3.2 mm (P18)."""

from __future__ import annotations

from mammoview.assess.models.scoring import NEAREST_CELLS

INPUT_UM = 400
"""The Frame at 256 x 256."""
FRAME_PX, CELL_PX = 256, 8
"""Side of a Frame and of a heatmap cell, in pixels of the input."""
CELL_UM = INPUT_UM * CELL_PX
FRAME_CELLS = FRAME_PX // CELL_PX
NEAREST_UM = NEAREST_CELLS * CELL_UM
"""Peaks closer than this (about 1 cm) are one finding."""
