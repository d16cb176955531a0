"""What the window takes over from the settings, and what it gives back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.display.colormaps import NAMES

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import Window


def restore(window: Window) -> None:
    """Set the window up as its settings say."""
    kept = window.settings
    window.light_box.linked = kept.linked
    window.light_box.set_smooth(kept.smooth_pixels)
    window.cursor_link.on = kept.linked_cursor
    window.lens.set_size(kept.lens_size)
    window.lens.set_double(kept.lens_double)
    window.lens.set_square(kept.lens_square)
    window.reading.assess_automatically = kept.assess_on_open
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


def keep(window: Window) -> None:
    """Write into the settings how the window is set up now."""
    kept = window.settings
    kept.linked = window.light_box.linked
    kept.smooth_pixels = window.light_box.smooth
    kept.linked_cursor = window.cursor_link.on
    kept.lens_size = window.lens.size_px
    kept.lens_double, kept.lens_square = window.lens.power == 2, not window.lens.round
    kept.layers = window.layers.kept
    if not window.isFullScreen():
        box = window.geometry()
        kept.window = (box.left(), box.top(), box.width(), box.height())
