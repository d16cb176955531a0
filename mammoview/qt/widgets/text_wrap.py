"""Lines of several parts, which go on below where they are too wide: no part is cut, and no interval torn apart."""

from __future__ import annotations

import re

from PySide6.QtGui import QFontMetricsF

NO_BREAK = "\u00a0"
"""A space at which no line ends."""


def wrapped(line: str, metrics: QFontMetricsF, room: float, gap: str = "  ") -> list[str]:
    """Return a line as rows of whole parts.

    Parameters
    ----------
    line
        Parts, with `gap` between one and the next.
    metrics
        Of its font.
    room
        Width that a row may take, px; a part wider than that has a row of its own.
    gap
        What separates parts.
    """
    if not line.startswith(gap) and metrics.horizontalAdvance(line) <= room:
        return [line]
    rows = [""]
    for part in line.split(gap):
        longer = f"{rows[-1]}{gap}{part}" if rows[-1] else part
        if rows[-1] and metrics.horizontalAdvance(longer) > room:
            rows.append(part)
        else:
            rows[-1] = longer
    return rows


def whole_brackets(text: str) -> str:
    """Return a text with no-break spaces within its brackets: an interval stands in one line."""
    return re.sub(r"\([^()]*\)", lambda found: found[0].replace(" ", NO_BREAK), text)
