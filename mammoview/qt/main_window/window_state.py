"""State of the window that is restored from the settings and stored in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.display.colormaps import NAMES
from mammoview.qt.viewport.film_masking import FilmMasking

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window_base import MainWindowBase


def restore(window: MainWindowBase) -> None:
    """Set the window up as its settings say."""
    kept = window.settings
    window.viewport_grid.linked = kept.linked
    window.viewport_grid.set_smooth(kept.smooth_pixels)
    window.viewport_grid.set_film_mask(FilmMasking.FILM if kept.film_mask else FilmMasking.OFF)
    window.viewport_grid.set_fitted(kept.fitted)
    window.linked_cursor.on = kept.linked_cursor
    window.magnifier.set_size(kept.magnifier_size)
    window.magnifier.set_double(kept.magnifier_double)
    window.magnifier.set_square(kept.magnifier_square)
    window.layers.false_marks = kept.false_marks
    window.session.assess_automatically = kept.assess_on_open
    for name, layer in kept.layers.items():
        if name in window.layers.names:
            if layer.threshold is not None:
                window.layers.set_threshold(name, layer.threshold)
            if layer.opacity is not None:
                window.layers.set_opacity(name, layer.opacity)
            if layer.colours in NAMES:
                window.layers.set_colours(name, layer.colours)
            if layer.filled is not None:
                window.layers.fill(name, layer.filled)
    window.place(kept.window)


def store(window: MainWindowBase) -> None:
    """Write into the settings how the window is set up now."""
    kept = window.settings
    kept.linked = window.viewport_grid.linked
    kept.film_mask, kept.fitted = window.viewport_grid.film_mask is not FilmMasking.OFF, window.viewport_grid.fitted
    kept.smooth_pixels = window.viewport_grid.smooth
    kept.linked_cursor = window.linked_cursor.on
    kept.magnifier_size = window.magnifier.size_px
    kept.magnifier_double, kept.magnifier_square = window.magnifier.power == 2, not window.magnifier.round
    kept.false_marks = window.layers.false_marks
    kept.layers = window.layers.kept
    if not window.isFullScreen():
        box = window.geometry()
        kept.window = (box.left(), box.top(), box.width(), box.height())
