"""What the window takes over from the settings, and what it gives back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.display.colours import NAMES
from mammoview.settings import LayerSettings

if TYPE_CHECKING:
    from mammoview.qt.window import Window


def restore(window: Window) -> None:
    """Set the window up as its settings say."""
    kept = window.settings
    window.light_box.linked = kept.linked
    window.cursor_link.on = kept.linked_cursor
    window.lens.set_size(kept.lens_size)
    window.lens.set_double(kept.lens_double)
    window.lens.set_square(kept.lens_square)
    window.reading.assess_automatically = kept.assess_on_open
    window.layers.fill_heatmap(kept.heatmap_fill)
    for name, layer in kept.layers.items():
        if name in window.layers.names:
            if layer.threshold is not None:
                window.layers.set_threshold(name, layer.threshold)
            if layer.opacity is not None:
                window.layers.set_opacity(name, layer.opacity)
            if layer.colours in NAMES:
                window.layers.set_colours(name, layer.colours)
    window.place(kept.window)


def keep(window: Window) -> None:
    """Write into the settings how the window is set up now."""
    kept = window.settings
    kept.linked = window.light_box.linked
    kept.linked_cursor = window.cursor_link.on
    kept.lens_size = window.lens.size_px
    kept.lens_double, kept.lens_square = window.lens.power == 2, not window.lens.round
    kept.heatmap_fill = window.layers.filled
    kept.layers = {
        name: LayerSettings(threshold=t, opacity=o, colours=c) for name, (t, o, c) in window.layers.kept.items()
    }
    if not window.isFullScreen():
        box = window.geometry()
        kept.window = (box.left(), box.top(), box.width(), box.height())
