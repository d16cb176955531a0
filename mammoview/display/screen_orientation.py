"""How a scan is turned for the screen, and the patient letters at its edges.

Orientation follows PatientOrientation (DICOM PS3.3 C.7.6.1.1.1) and the picture. Where both give it and disagree about
whether it lies on its side, where the chest wall is, or which end of an oblique view is up, the picture is followed as
far as it is clear, and `orientation_notes` says so. The stored pixels stay as they are.
"""

from __future__ import annotations

from mammoview.anatomy.pectoral import SURE
from mammoview.display.scan_analysis import tones
from mammoview.study.geometry import TRANSPOSED, Affine, flip_columns, flip_rows
from mammoview.study.patient_orientation import is_valid, standing, stored_chest_wall, stored_lying, stored_upside_down
from mammoview.study.scan import Laterality, Projection, Scan, Side
from mammoview.study.spacing import Spacing

_OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H"}
_CRANIOCAUDAL = (Projection.CC, Projection.XCCL, Projection.XCCM, Projection.FB)
OBLIQUE = (Projection.MLO, Projection.LMO)
_LATERAL = (Projection.ML, Projection.LM)


def orientation_notes(scan: Scan) -> list[str]:
    """Return the warnings about how the picture is turned, where the file alone does not; decodes the scan."""
    return [line for line in (_lying_remark(scan), disagreement(scan), turning(scan)) if line]


def lying(scan: Scan) -> bool:
    """Whether the stored picture lies on its side: it stands once rows and columns have changed places.

    Taken from the picture where it is clear, else from the file. The first call decodes the scan.
    """
    breast = tones(scan).breast
    return bool(stored_lying(scan)) if breast is None else breast.lying


def standing_size(scan: Scan) -> tuple[int, int]:
    """Return rows and columns of the standing picture."""
    return (scan.columns, scan.rows) if lying(scan) else (scan.rows, scan.columns)


def standing_spacing(scan: Scan) -> Spacing:
    """Return the spacing of the standing picture's rows and columns."""
    return scan.spacing.turned if lying(scan) else scan.spacing


def _lying_remark(scan: Scan) -> str:
    """Return the warning when file and picture disagree about lying, or only the picture shows it."""
    said, seen = stored_lying(scan), lying(scan)
    if said is seen or not (said or seen):
        return ""
    if not seen:
        return "PatientOrientation is wrong: it says that the picture lies on its side, it was left as stored"
    what = "missing" if said is None else "wrong"
    guessed = "; which end is up is a guess" if _upper_end_guessed(scan) else ""
    return f"PatientOrientation is {what}: the picture lies on its side and was turned by 90 degrees{guessed}"


def _upper_end_guessed(scan: Scan) -> bool:
    """Whether neither file nor picture shows the upper end of a picture on its side."""
    return lying(scan) and standing(scan, lying=True) is None and _seen_upside_down(scan) is None


def chest_wall(scan: Scan) -> Side:
    """Side of the standing picture on which the chest wall lies; the first call decodes the scan.

    Taken from the picture; where no breast is found in it, from the file; then from the usual way of storing.
    """
    breast = tones(scan).breast
    if breast is not None:
        return breast.chest_wall
    said = stored_chest_wall(scan, lying(scan))
    return said or (Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT)


def disagreement(scan: Scan) -> str:
    """Return the warning when file and picture disagree about the chest wall; empty when they do not."""
    said, seen = stored_chest_wall(scan, lying(scan)), chest_wall(scan)
    if said is None or said is seen:
        return ""
    return f"PatientOrientation puts the chest wall on the {said}, the picture on the {seen}; the picture was followed"


def upside_down(scan: Scan) -> bool:
    """Whether the standing picture must be turned over to be upright; the first call decodes the scan.

    As the file says, unless the pectoral muscle of an oblique view clearly lies at the other end. When neither does,
    False; a picture that lies on its side is then taken to have been rotated, not mirrored.
    """
    if _upper_end_guessed(scan):
        wall = chest_wall(scan)
        return wall is hung_side(scan, wall)
    seen = _seen_upside_down(scan)
    return bool(stored_upside_down(scan, lying(scan))) if seen is None else seen


def turning(scan: Scan) -> str:
    """Return the warning when the picture, not the file, decides which end is up; empty when the two agree."""
    said, seen = stored_upside_down(scan, lying(scan)), _seen_upside_down(scan)
    if seen is None or seen is bool(said) or _lying_remark(scan):
        return ""
    where = "lower" if seen else "upper"
    if said is None:
        return "PatientOrientation is missing: the pectoral muscle lies at the lower end, the picture was turned over"
    how = "turned over" if seen else "left as stored"
    return f"PatientOrientation is wrong: the pectoral muscle lies at the {where} end, and the picture was {how}"


def _seen_upside_down(scan: Scan) -> bool | None:
    """Whether the pectoral muscle lies at the lower end of the standing picture; None where that cannot be seen."""
    if scan.projection is not Projection.MLO:
        return None
    breast = tones(scan).breast
    if breast is None or abs(breast.pectoral) < SURE:
        return None
    return breast.pectoral < 0


def hung_side(scan: Scan, chest_wall: Side) -> Side:
    """Side for the chest wall when hung alone: R breast to the right, L to the left, unknown as it stands."""
    if scan.laterality is None:
        return chest_wall
    return Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT


def to_screen(scan: Scan, chest_wall: Side, wanted: Side) -> Affine:
    """Map scan (column, row) to the upright picture with its chest wall on the wanted side.

    Parameters
    ----------
    scan
        Its size and PatientOrientation count.
    chest_wall
        Side on which the chest wall lies in the standing picture.
    wanted
        Side on which it is to lie on screen.
    """
    rows, columns = standing_size(scan)
    stand = TRANSPOSED if lying(scan) else Affine()
    turned = Affine() if chest_wall is wanted else flip_columns(columns)
    return (flip_rows(rows) if upside_down(scan) else Affine()) @ turned @ stand


def hung_transform(scan: Scan) -> Affine:
    """Map scan (column, row) to the picture as it hangs alone. Decodes the scan."""
    wall = chest_wall(scan)
    return to_screen(scan, wall, hung_side(scan, wall))


def patient_letters(scan: Scan, to_screen: Affine, chest_wall: Side) -> tuple[str, str, str, str]:
    """Return the patient letters at the left, top, right and bottom edge of the picture on screen.

    From PatientOrientation, turned like the picture, whichever way a presentation state turns it. Where the file is
    silent or wrong, they are derived from laterality and projection for an upright scan; "" when unknown.
    """
    as_hung = hung_transform(scan)
    left, top, right, bottom = _hung_letters(scan, as_hung, chest_wall)
    further = to_screen @ as_hung.inverse
    if further.swapped:
        left, top, right, bottom = top, left, bottom, right
    if further.column_scale < 0:
        left, right = right, left
    if further.row_scale < 0:
        top, bottom = bottom, top
    return left, top, right, bottom


def _hung_letters(scan: Scan, to_screen: Affine, chest_wall: Side) -> tuple[str, str, str, str]:
    """Return the letters of the upright picture."""
    lies = lying(scan)
    said, directions = stored_chest_wall(scan, lies), standing(scan, lies)
    flipped, turned_over = to_screen.column_scale < 0, to_screen.row_scale < 0
    trusted = said is chest_wall and stored_upside_down(scan, lies) in (None, upside_down(scan))
    if directions is not None and trusted and is_valid(directions):
        right, bottom = directions
        left, top = _opposite(right), _opposite(bottom)
        if flipped:
            left, right = right, left
        if turned_over:
            top, bottom = bottom, top
        return left, top, right, bottom
    top = "" if _upper_end_guessed(scan) else _upper_letter(scan)
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
