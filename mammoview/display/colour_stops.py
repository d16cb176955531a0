"""Stops of the colour tables of the layers, which `mammoview.display.colormaps` computes. Imports no numpy."""

from __future__ import annotations

PATHS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "ember": ((0.42, 0.15, 355), (0.58, 0.21, 20), (0.72, 0.18, 50), (0.90, 0.16, 95)),
    "lagoon": ((0.45, 0.10, 255), (0.60, 0.11, 210), (0.75, 0.15, 160), (0.92, 0.19, 120)),
    "orchid": ((0.45, 0.20, 295), (0.62, 0.22, 310), (0.85, 0.10, 325)),
    "cyan": ((0.55, 0.10, 215), (0.815, 0.118, 206.1)),
    "rose": ((0.52, 0.17, 2), (0.66, 0.19, 2), (0.80, 0.12, 358)),
    "violet": ((0.45, 0.17, 298), (0.81, 0.11, 300)),
    "blue": ((0.32, 0.17, 264), (0.69, 0.15, 260)),
    "olive": ((0.45, 0.09, 112), (0.80, 0.16, 110)),
    "jade": ((0.42, 0.12, 148), (0.82, 0.20, 148)),
    "amber": ((0.62, 0.13, 54), (0.73, 0.14, 64), (0.84, 0.14, 75)),
    "yellow": ((0.68, 0.12, 98), (0.85, 0.13, 101), (0.98, 0.08, 106)),
}
"""Stops (lightness 0..1, chroma, hue in degrees), from 0 to 1 of the value, by name of the table."""
