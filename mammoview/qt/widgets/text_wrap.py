"""Lines of several parts, which go on below where they are too wide: no part is cut."""

from __future__ import annotations

from PySide6.QtGui import QFontMetricsF


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
