"""State of the window that is restored from the settings and stored in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.display.colormaps import NAMES
from mammoview.qt.viewport.film_masking import FilmMasking

if TYPE_CHECKING:
    from mammoview.core.settings import Settings
    from mammoview.qt.main_window.side_panel import SidePanel
    from mammoview.qt.navigation.linked_cursor import LinkedCursor
    from mammoview.qt.navigation.magnifier import Magnifier
    from mammoview.qt.session.layer_state import LayerState
    from mammoview.qt.viewport.viewport_grid import ViewportGrid


def restore(
    kept: Settings,
    viewport_grid: ViewportGrid,
    linked_cursor: LinkedCursor,
    magnifier: Magnifier,
    layers: LayerState,
    side_panel: SidePanel,
) -> None:
    """Set these parts of the window up by the settings."""
    apply_to_viewports(kept, viewport_grid)
    linked_cursor.on = kept.linked_cursor
    magnifier.set_size(kept.magnifier_size)
    magnifier.set_double(kept.magnifier_double)
    magnifier.set_square(kept.magnifier_square)
    layers.false_marks = kept.false_marks
    side_panel.fold(kept.folded_sections)
    for name, layer in kept.layers.items():
        if name in layers.names:
            if layer.threshold is not None:
                layers.set_threshold(name, layer.threshold)
            if layer.opacity is not None:
                layers.set_opacity(name, layer.opacity)
            if layer.colours in NAMES:
                layers.set_colours(name, layer.colours)
            if layer.filled is not None:
                layers.fill(name, layer.filled)


def apply_to_viewports(kept: Settings, viewport_grid: ViewportGrid) -> None:
    """Show the scans by the settings."""
    viewport_grid.set_linked(kept.linked)
    viewport_grid.set_smooth(kept.smooth_pixels)
    viewport_grid.set_film_mask(FilmMasking.FILM if kept.film_mask else FilmMasking.OFF)
    viewport_grid.set_fitted(kept.fitted)


def store(
    kept: Settings,
    viewport_grid: ViewportGrid,
    linked_cursor: LinkedCursor,
    magnifier: Magnifier,
    layers: LayerState,
    side_panel: SidePanel,
) -> None:
    """Write into the settings how these parts of the window are set up now."""
    kept.linked = viewport_grid.linked
    kept.film_mask, kept.fitted = viewport_grid.film_mask is not FilmMasking.OFF, viewport_grid.fitted
    kept.smooth_pixels = viewport_grid.smooth
    kept.linked_cursor = linked_cursor.on
    kept.magnifier_size = magnifier.size_px
    kept.magnifier_double, kept.magnifier_square = magnifier.power == 2, not magnifier.round
    kept.false_marks = layers.false_marks
    kept.layers = layers.kept
    kept.folded_sections = side_panel.folded
