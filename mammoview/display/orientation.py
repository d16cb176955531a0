"""How a scan is turned for the screen: flips only, and the patient letters at its edges.

Orientation follows PatientOrientation (DICOM PS3.3 C.7.6.1.1.1) and the picture; where both speak about the chest wall
and disagree, the picture is followed and `disagreement` says so. So it is with the pectoral muscle of an oblique view,
which tells its upper end where it is seen clearly: `turning` says so.
"""

from __future__ import annotations

from mammoview.display.tones import tones
from mammoview.study.breast import Side
from mammoview.study.geometry import Affine, flip_columns, flip_rows
from mammoview.study.orientation import is_valid, stored_chest_wall, stored_upside_down
from mammoview.study.pectoral import SURE
from mammoview.study.scan import Laterality, Projection, Scan

_OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H"}
_CRANIOCAUDAL = (Projection.CC, Projection.XCCL, Projection.XCCM, Projection.FB)
OBLIQUE = (Projection.MLO, Projection.LMO)
_LATERAL = (Projection.ML, Projection.LM)


def chest_wall(scan: Scan) -> Side:
    """Side of the stored picture on which the chest wall lies; the first call decodes the scan.

    Taken from the picture; where no breast is found in it, from the file; then from the usual way of storing.
    """
    breast = tones(scan).breast
    if breast is not None:
        return breast.chest_wall
    return stored_chest_wall(scan) or (Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT)


def disagreement(scan: Scan) -> str:
    """Return the line to tell when file and picture disagree about the chest wall; empty when they do not."""
    said, seen = stored_chest_wall(scan), chest_wall(scan)
    if said is None or said is seen:
        return ""
    return f"PatientOrientation puts the chest wall on the {said}, the picture on the {seen}; the picture was followed"


def upside_down(scan: Scan) -> bool:
    """Whether the stored picture must be turned over to stand upright; the first call for an MLO decodes it.

    As the file says, unless the pectoral muscle of an oblique view clearly lies at the other end; False when neither
    tells.
    """
    seen = _seen_upside_down(scan)
    return bool(stored_upside_down(scan)) if seen is None else seen


def turning(scan: Scan) -> str:
    """Return the line to tell when the picture, not the file, decides which end is up; empty when the two agree."""
    said, seen = stored_upside_down(scan), _seen_upside_down(scan)
    if seen is None or seen is bool(said):
        return ""
    where = "lower" if seen else "upper"
    if said is None:
        return "PatientOrientation is missing: the pectoral muscle lies at the lower end, the picture was turned over"
    how = "turned over" if seen else "left as stored"
    return f"PatientOrientation is wrong: the pectoral muscle lies at the {where} end, and the picture was {how}"


def _seen_upside_down(scan: Scan) -> bool | None:
    """Whether the pectoral muscle lies at the lower end of the stored picture; None where that cannot be seen."""
    if scan.projection is not Projection.MLO:
        return None
    breast = tones(scan).breast
    if breast is None or abs(breast.pectoral) < SURE:
        return None
    return breast.pectoral < 0


def hung_side(scan: Scan, chest_wall: Side) -> Side:
    """Side for the chest wall when hung alone: R breast to the right, L to the left, unknown as stored."""
    if scan.laterality is None:
        return chest_wall
    return Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT


def to_screen(scan: Scan, chest_wall: Side, wanted: Side) -> Affine:
    """Map scan (column, row) to the upright picture of the same size with its chest wall on the wanted side.

    Parameters
    ----------
    scan
        Its size and PatientOrientation count.
    chest_wall
        Side on which the chest wall lies in the stored picture.
    wanted
        Side on which it is to lie on screen.
    """
    turned = Affine() if chest_wall is wanted else flip_columns(scan.columns)
    return (flip_rows(scan.rows) if upside_down(scan) else Affine()) @ turned


def letters(scan: Scan, to_screen: Affine, chest_wall: Side) -> tuple[str, str, str, str]:
    """Return the patient letters at the left, top, right and bottom edge of the picture on screen.

    From PatientOrientation, flipped like the picture. Where the file is silent or wrong, they are derived from
    laterality and projection for an upright scan; "" when unknown.
    """
    said = stored_chest_wall(scan)
    flipped, turned_over = to_screen.column_scale < 0, to_screen.row_scale < 0
    trusted = said is chest_wall and stored_upside_down(scan) in (None, upside_down(scan))
    if scan.orientation is not None and trusted and is_valid(scan.orientation):
        right, bottom = scan.orientation
        left, top = _opposite(right), _opposite(bottom)
        if flipped:
            left, right = right, left
        if turned_over:
            top, bottom = bottom, top
        return left, top, right, bottom
    top = _upper_letter(scan)
    wall_left = (chest_wall is Side.LEFT) != flipped
    left, right = ("P", "A") if wall_left else ("A", "P")
    return left, top, right, _opposite(top)


def _upper_letter(scan: Scan) -> str:
    """Patient letter at the top of an upright scan: lateral in CC, head (and lateral) in the others."""
    if scan.projection in _LATERAL:
        return "H"
    if scan.laterality is None:
        return ""
    if scan.projection in _CRANIOCAUDAL:
        return scan.laterality.value
    return f"H{scan.laterality.value}" if scan.projection in OBLIQUE else ""


def _opposite(direction: str) -> str:
    """Direction that points the other way, such as "FL" for "HR"."""
    return "".join(_OPPOSITE[letter] for letter in direction)
