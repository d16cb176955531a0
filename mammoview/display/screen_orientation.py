"""Orientation of a scan on screen, and the patient letters at its edges. The stored pixels are not changed."""

from __future__ import annotations

from mammoview.display.scan_analysis import OBLIQUE, ScanAnalysis
from mammoview.display.stored_orientation import hung_side
from mammoview.study.geometry import Affine, flip_columns, flip_rows
from mammoview.study.patient_orientation import is_valid, standing, stored_chest_wall, stored_upside_down
from mammoview.study.scan import Projection, Scan, Side

_OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "H": "F", "F": "H"}
_CRANIOCAUDAL = (Projection.CC, Projection.XCCL, Projection.XCCM, Projection.FB)
_LATERAL = (Projection.ML, Projection.LM)


def to_screen(analysis: ScanAnalysis, wanted: Side) -> Affine:
    """Map scan (column, row) to the upright picture with its chest wall on the wanted side."""
    rows, columns = analysis.standing_size
    turned = Affine() if analysis.orientation.chest_wall is wanted else flip_columns(columns)
    return (flip_rows(rows) if analysis.orientation.upside_down else Affine()) @ turned @ analysis.stand


def hung_transform(analysis: ScanAnalysis) -> Affine:
    """Map scan (column, row) to the picture as it hangs alone."""
    return to_screen(analysis, hung_side(analysis.scan, analysis.orientation.chest_wall))


def patient_letters(analysis: ScanAnalysis, to_screen: Affine) -> tuple[str, str, str, str]:
    """Return the patient letters at the left, top, right and bottom edge of the picture on screen.

    From PatientOrientation, turned like the picture, whichever way a presentation state turns it. Where the file is
    silent or wrong, they are derived from laterality and projection for an upright scan; "" when unknown.
    """
    as_hung = hung_transform(analysis)
    left, top, right, bottom = _hung_letters(analysis, as_hung)
    further = to_screen @ as_hung.inverse
    if further.swapped:
        left, top, right, bottom = top, left, bottom, right
    if further.column_scale < 0:
        left, right = right, left
    if further.row_scale < 0:
        top, bottom = bottom, top
    return left, top, right, bottom


def _hung_letters(analysis: ScanAnalysis, to_screen: Affine) -> tuple[str, str, str, str]:
    """Return the letters of the upright picture."""
    scan, stored = analysis.scan, analysis.orientation
    stated, directions = stored_chest_wall(scan, stored.lying), standing(scan, stored.lying)
    flipped, turned_over = to_screen.column_scale < 0, to_screen.row_scale < 0
    trusted = stated is stored.chest_wall and stored_upside_down(scan, stored.lying) in (None, stored.upside_down)
    if directions is not None and trusted and is_valid(directions):
        right, bottom = directions
        left, top = _opposite(right), _opposite(bottom)
        if flipped:
            left, right = right, left
        if turned_over:
            top, bottom = bottom, top
        return left, top, right, bottom
    top = "" if stored.upper_end_guessed else _upper_letter(scan)
    wall_left = (stored.chest_wall is Side.LEFT) != flipped
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
