"""Orientation of the stored image, from Patient Orientation (DICOM PS3.3 C.7.6.1.1.1).

A picture stored on its side becomes upright by exchanging rows and columns; only flips remain then.
"""

from __future__ import annotations

from mammoview.study.scan import Laterality, Projection, Scan, Side

_FROM_ABOVE = (Projection.CC, Projection.XCCL, Projection.XCCM, Projection.FB)
"""Projections shown with the lateral side up; all others have the head up."""


def stored_lying(scan: Scan) -> bool | None:
    """Whether the picture is stored on its side according to the file; None when the file does not say."""
    return None if scan.orientation is None else turned(scan.orientation)


def standing(scan: Scan, lying: bool) -> tuple[str, str] | None:
    """Return the patient directions of the upright picture's columns and rows.

    None when the file does not say, or contradicts `lying` (whether it is stored on its side).
    """
    if scan.orientation is None or turned(scan.orientation) is not lying:
        return None
    along_row, down = scan.orientation
    return (down, along_row) if lying else (along_row, down)


def stored_chest_wall(scan: Scan, lying: bool = False) -> Side | None:
    """Side of the upright picture on which the chest wall lies; None when the file does not say.

    Where columns run towards the front of the woman (A), the wall is at the left end of a row.
    """
    directions = standing(scan, lying)
    if directions is None:
        return None
    along_row = directions[0]
    if ("A" in along_row) == ("P" in along_row):
        return None
    return Side.LEFT if "A" in along_row else Side.RIGHT


def stored_upside_down(scan: Scan, lying: bool = False) -> bool | None:
    """Whether the upright picture's rows run towards the head, or lateral in a CC, so that it must be flipped.

    None when the file does not say.
    """
    directions = standing(scan, lying)
    if directions is None:
        return None
    down = directions[1]
    if scan.projection not in _FROM_ABOVE and ("F" in down) != ("H" in down):
        return "H" in down
    if scan.laterality is None or ("L" in down) == ("R" in down):
        return None
    # Lateral of the right breast is the patient's right, so the letter of the side is also that of its lateral end.
    return scan.laterality.value in down


def contradicts(laterality: Laterality | None, projection: Projection | None, orientation: tuple[str, str]) -> bool:
    """Whether an oblique view's orientation is that of the other breast.

    Its upper end is lateral: rows run to the feet and away from the breast's own side, or to the head and towards it.
    """
    down = orientation[0 if turned(orientation) else 1]
    sideways = ("L" in down) != ("R" in down) and ("F" in down) != ("H" in down)
    if projection is not Projection.MLO or laterality is None or not sideways:
        return False
    return ("F" in down) == (laterality.value in down)


def turned(orientation: tuple[str, str]) -> bool:
    """Whether the picture is stored on its side: anterior lies along a column, not along a row."""
    along_row, down = orientation
    front = {"A", "P"}
    return not front & set(along_row) and down[:1] in front


def is_valid(orientation: tuple[str, str]) -> bool:
    """Whether the two directions share no letter and no pair of opposite letters."""
    for direction in orientation:
        letters = set(direction)
        if not 1 <= len(direction) <= 3 or len(letters) != len(direction) or not letters <= set("APRLHF"):
            return False
        if any(set(pair) <= letters for pair in ("AP", "RL", "HF")):
            return False
    return True
