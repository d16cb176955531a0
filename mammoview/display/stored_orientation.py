"""Orientation of the stored picture: on its side, mirrored, upside down; from PatientOrientation and the breast in it.

Where file (DICOM PS3.3 C.7.6.1.1.1) and picture disagree about whether it lies on its side, where the chest wall is, or
which end of an oblique view is up, the picture is followed as far as it is clear, and a note says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.anatomy.breast import Breast
from mammoview.anatomy.pectoral import SURE
from mammoview.study.patient_orientation import standing, stored_chest_wall, stored_lying, stored_upside_down
from mammoview.study.scan import Laterality, Projection, Scan, Side


@dataclass(frozen=True)
class StoredOrientation:
    """How a picture is stored.

    Parameters
    ----------
    lying
        Whether it lies on its side: it stands once rows and columns have changed places.
    chest_wall
        Side of the standing picture on which the chest wall lies.
    upside_down
        Whether the standing picture must be turned over to be upright.
    upper_end_guessed
        Whether neither file nor picture says which end of a picture on its side is up.
    notes
        Lines for the reader where the file alone does not say how it is turned.
    """

    lying: bool
    chest_wall: Side
    upside_down: bool
    upper_end_guessed: bool
    notes: tuple[str, ...]


def stored_orientation(scan: Scan, breast: Breast | None) -> StoredOrientation:
    """Return how the picture of a scan is stored, given the breast that was found in it. Decodes nothing.

    The chest wall is taken from the picture; where no breast is found in it, from the file; then from the usual way of
    storing. The upper end is as the file says, unless the pectoral muscle of an oblique view clearly lies at the other
    end. When neither says, the picture stands upright; one on its side is then taken to be rotated, not mirrored.
    """
    lying = bool(stored_lying(scan)) if breast is None else breast.lying
    seen = _seen_upside_down(scan, breast)
    wall = _chest_wall(scan, breast, lying)
    guessed = lying and standing(scan, lying=True) is None and seen is None
    if guessed:
        upside_down = wall is hung_side(scan, wall)
    else:
        upside_down = bool(stored_upside_down(scan, lying)) if seen is None else seen
    on_side = _lying_note(scan, lying, guessed)
    notes = (on_side, _wall_note(scan, lying, wall), "" if on_side else _upper_end_note(scan, lying, seen))
    return StoredOrientation(lying, wall, upside_down, guessed, tuple(note for note in notes if note))


def hung_side(scan: Scan, chest_wall: Side) -> Side:
    """Side for the chest wall when hung alone: R breast to the right, L to the left, unknown as it stands."""
    if scan.laterality is None:
        return chest_wall
    return Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT


def _chest_wall(scan: Scan, breast: Breast | None, lying: bool) -> Side:
    """Side of the standing picture on which the chest wall lies."""
    if breast is not None:
        return breast.chest_wall
    return stored_chest_wall(scan, lying) or (Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT)


def _seen_upside_down(scan: Scan, breast: Breast | None) -> bool | None:
    """Whether the pectoral muscle lies at the lower end of the standing picture; None where that cannot be seen."""
    if scan.projection is not Projection.MLO or breast is None or abs(breast.pectoral) < SURE:
        return None
    return breast.pectoral < 0


def _lying_note(scan: Scan, lying: bool, guessed: bool) -> str:
    """Return the line for when file and picture disagree about lying, or only the picture says."""
    stated = stored_lying(scan)
    if stated is lying or not (stated or lying):
        return ""
    if not lying:
        return "PatientOrientation is wrong: it says that the picture lies on its side, it was left as stored"
    what = "missing" if stated is None else "wrong"
    guess = "; which end is up is a guess" if guessed else ""
    return f"PatientOrientation is {what}: the picture lies on its side and was turned by 90 degrees{guess}"


def _wall_note(scan: Scan, lying: bool, seen: Side) -> str:
    """Return the line for when file and picture disagree about the chest wall; empty when they do not."""
    stated = stored_chest_wall(scan, lying)
    if stated is None or stated is seen:
        return ""
    return (
        f"PatientOrientation puts the chest wall on the {stated}, the picture on the {seen}; the picture was followed"
    )


def _upper_end_note(scan: Scan, lying: bool, seen: bool | None) -> str:
    """Return the line for when the picture, not the file, decides which end is up; empty when the two agree."""
    stated = stored_upside_down(scan, lying)
    if seen is None or seen is bool(stated):
        return ""
    where = "lower" if seen else "upper"
    if stated is None:
        return "PatientOrientation is missing: the pectoral muscle lies at the lower end, the picture was turned over"
    how = "turned over" if seen else "left as stored"
    return f"PatientOrientation is wrong: the pectoral muscle lies at the {where} end, and the picture was {how}"
