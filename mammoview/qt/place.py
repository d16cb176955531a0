"""Where a point of a scan lies, in the reader's terms: how far from the chest wall and from the nipple line."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mammoview.qt.picture import Picture


def place_text(column: float, row: float, picture: Picture, decimals: int = 0) -> str:
    """Return the place of a scan point, with the source of the spacing.

    Parameters
    ----------
    column, row
        Scan point.
    picture
        The scan, its chest wall and nipple.
    decimals
        Digits after the point.

    Returns
    -------
    Such as "34 from the chest wall, 12 above the nipple (mm, assumed 50 um)".
    """
    from mammoview.study.breast import Side
    from mammoview.study.orientation import upside_down

    scan, spacing = picture.scan, picture.scan.spacing
    inward = column if picture.chest_wall is Side.LEFT else scan.columns - column
    words = [_tr("{:.{}f} from the chest wall").format(inward * spacing.column_mm, decimals)]
    if picture.breast is not None:
        up = (picture.breast.nipple[1] - row) * spacing.row_mm * (-1 if upside_down(scan) else 1)
        text = _tr("{:.{}f} above the nipple") if up >= 0 else _tr("{:.{}f} below the nipple")
        words.append(text.format(abs(up), decimals))
    return f"{', '.join(words)} ({spacing.label})"


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("place", text)
