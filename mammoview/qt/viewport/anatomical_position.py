"""Position of a point of a scan in anatomical terms: distance from the chest wall and from the nipple line."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.message_catalog import by_locale, localized_line
from mammoview.qt.session.loaded_scan import LoadedScan


def place(column: float, row: float, picture: LoadedScan) -> tuple[float, float | None]:
    """Return the place of a scan point.

    Parameters
    ----------
    column, row
        Scan point.
    picture
        The scan, its chest wall and nipple.

    Returns
    -------
    Distance from the chest wall edge and, upwards on screen, from the nipple line; mm, or pixels where the spacing is
    unknown. The second is None where no breast was found.
    """
    from mammoview.study.scan import Side

    spacing = picture.analysis.standing_spacing
    column, row = picture.stand((column, row))
    inward = (column - picture.wall_column) * (1 if picture.chest_wall is Side.LEFT else -1)
    if picture.nipple is None:
        return float(inward * spacing.column_mm), None
    up = picture.stand(picture.nipple)[1] - row
    return float(inward * spacing.column_mm), float(
        (-up if picture.analysis.orientation.upside_down else up) * spacing.row_mm
    )


def place_text(column: float, row: float, picture: LoadedScan) -> str:
    """Return such as "34.1 from the chest wall, 12.0 above the nipple (mm, assumed 50 \u00b5m)"."""
    inward, up = place(column, row, picture)
    digits = 1 if picture.scan.spacing.known else 0
    words = [_tr("{:.{}f} from the chest wall").format(inward, digits)]
    if up is not None:
        text = _tr("{:.{}f} above the nipple") if up >= 0 else _tr("{:.{}f} below the nipple")
        words.append(text.format(abs(up), digits))
    return f"{by_locale(', '.join(words))} ({localized_line(picture.scan.spacing.label)})"


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("place", text)
