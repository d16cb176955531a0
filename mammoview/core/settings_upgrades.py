"""Upgrades settings files of older versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

VERSION = 5
"""Version of the settings file; a later one adds its step to `UPGRADES`."""


def upgraded(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade a file of an older version; of a newer version the known settings are used."""
    version = stored.get("version", 1)
    for step in range(version if isinstance(version, int) and version >= 1 else 1, VERSION):
        stored = UPGRADES[step](stored)
    return {**stored, "version": VERSION}


def _without_reading_mode(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 1: drop the reading mode, of which "concurrent" was the only choice."""
    return {name: value for name, value in stored.items() if name != "reading"}


def _with_fill_per_layer(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 2, which had a fill for the heatmap alone; a filled heatmap stays filled."""
    layers = stored.get("layers")
    layers = dict(layers) if isinstance(layers, dict) else {}
    heatmap = layers.get("heatmap")
    if stored.get("heatmap_fill") is True:
        layers["heatmap"] = {**(heatmap if isinstance(heatmap, dict) else {}), "filled": True}
    return {**{name: value for name, value in stored.items() if name != "heatmap_fill"}, "layers": layers}


def _without_grid_threshold(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 3, whose threshold of the grid was of values that were not calibrated on tissue yet."""
    layers = stored.get("layers")
    if not isinstance(layers, dict) or not isinstance(layers.get("grid"), dict):
        return stored
    grid = {name: value for name, value in layers["grid"].items() if name != "threshold"}
    return {**stored, "layers": {**layers, "grid": grid}}


_RENAMED_SETTINGS = {
    "lens_size": "magnifier_size",
    "lens_double": "magnifier_double",
    "lens_square": "magnifier_square",
}
"""New name of each setting that version 5 renamed."""

_RENAMED_COMMANDS = {
    "export_reading": "export_reader_report",
    "next_pane": "next_viewport",
    "hold_lens": "hold_magnifier",
    "lens": "magnifier",
    "lens_wider": "wider_magnifier",
    "lens_narrower": "narrower_magnifier",
    "lens_double": "double_magnifier",
    "lens_square": "square_magnifier",
    "words": "all_overlay_text",
    "reset_grey": "reset_window_level",
    "drag_grey": "drag_window_level",
    "next_reading": "next_weighting",
    "grey_tool": "window_level_tool",
}
"""New name of each command that version 5 renamed; settings hold the user's shortcuts by it."""


def _with_names_of_version_5(stored: dict[str, Any]) -> dict[str, Any]:
    """Upgrade version 4, in which settings, commands and the hanging protocol of a figure had other names."""
    stored = _renamed(stored, _RENAMED_SETTINGS)
    if isinstance(keys := stored.get("keys"), dict):
        stored["keys"] = _renamed(keys, _RENAMED_COMMANDS)
    if isinstance(figures := stored.get("figures"), dict):
        stored["figures"] = {
            name: _renamed(figure, {"hanging": "hanging_protocol"}) if isinstance(figure, dict) else figure
            for name, figure in figures.items()
        }
    return stored


def _renamed(stored: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy with new names, in the same order."""
    return {names.get(name, name): value for name, value in stored.items()}


UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: _without_reading_mode,
    2: _with_fill_per_layer,
    3: _without_grid_threshold,
    4: _with_names_of_version_5,
}
"""Function that upgrades a file from this version to the next."""
