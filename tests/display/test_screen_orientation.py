"""Orientation: the chest wall where it is wanted, upright, with true letters."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import mammoview
from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.stored_rotation import SURE
from mammoview.display.scan_analysis import analyse
from mammoview.display.screen_orientation import hung_transform, patient_letters, to_screen
from mammoview.display.stored_orientation import StoredOrientation, hung_side
from mammoview.study.scan import Laterality, Projection, Scan, Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import film
from tests.support.phantoms import breast_pixels, exchanged, scan_of

L, R, CC, MLO = Laterality.L, Laterality.R, Projection.CC, Projection.MLO

# What the edges of an upright picture with its chest wall on the left (L) or right (R) are: left, top, right, bottom.
UPRIGHT = {
    (L, CC): ("P", "L", "A", "R"),
    (R, CC): ("A", "R", "P", "L"),
    (L, MLO): ("P", "HL", "A", "FR"),
    (R, MLO): ("A", "HR", "P", "FL"),
}
SCANS = list(UPRIGHT)
OPPOSITE = {"A": "P", "P": "A", "L": "R", "R": "L", "HL": "FR", "FR": "HL", "HR": "FL", "FL": "HR"}


def stored(scan: Scan) -> StoredOrientation:
    """How a scan is stored."""
    return analyse(scan).orientation


def hung_letters(scan: Scan) -> tuple[str, str, str, str]:
    """Patient letters of a scan that hangs alone."""
    analysis = analyse(scan)
    return patient_letters(analysis, hung_transform(analysis))


@pytest.mark.parametrize(("laterality", "projection"), SCANS)
@pytest.mark.parametrize(("mirrored", "turned_over"), list(itertools.product([False, True], repeat=2)))
def test_every_stored_flip_is_hung_the_same(
    laterality: Laterality, projection: Projection, mirrored: bool, turned_over: bool
) -> None:
    side = Side.LEFT if laterality is L else Side.RIGHT
    upright = breast_pixels(side=side)
    upright[100:120, 180:200] = 9000  # a mark in the upper half
    kept = upright[:: -1 if turned_over else 1, :: -1 if mirrored else 1]
    left, top, right, bottom = UPRIGHT[laterality, projection]
    orientation = (left if mirrored else right, top if turned_over else bottom)
    scan = scan_of(kept, laterality, projection, orientation=orientation)
    analysis = analyse(scan)
    shown = to_screen(analysis, side)
    rows, columns = np.nonzero(kept == 9000)
    mark = shown(np.column_stack([columns + 0.5, rows + 0.5]).mean(0))
    assert mark.tolist() == [190, 110]
    assert patient_letters(analysis, shown) == (left, top, right, bottom)
    assert stored(scan).notes == ()


@pytest.mark.parametrize(("laterality", "projection"), SCANS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_silent_file_gets_letters_from_side_and_projection(
    laterality: Laterality, projection: Projection, mirrored: bool
) -> None:
    side = Side.LEFT if laterality is L else Side.RIGHT
    other = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}[side]
    scan = scan_of(breast_pixels(side=other if mirrored else side), laterality, projection)
    assert hung_letters(scan) == UPRIGHT[laterality, projection]


@pytest.mark.parametrize(
    ("name", "depth", "height"), [("01232_RIGHT_MLO", 0.2, 0.75), ("00731_RIGHT_MLO", 0.25, 0.65)], ids=str
)
@pytest.mark.parametrize("mirrored", [False, True])
def test_an_oblique_view_with_a_dense_core_on_air_of_exactly_zero_is_not_turned_over(
    shared_data: Path, name: str, depth: float, height: float, mirrored: bool
) -> None:
    (study,) = mammoview.open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    pixels = study.scans[0].pixels.reshape(400, 2, 400, 2).mean((1, 3)).astype(np.float32)
    spacing = Spacing(0.58, 0.36, SpacingSource.ASSUMED)
    mask = find_breast(pixels, spacing).mask
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    up, out = (y - rows[0]) / np.ptp(rows), (columns[-1] - x) / np.ptp(columns)
    # At the chest wall and four times as bright as anything else, muscle included.
    core = mask * np.clip(1.5 - 1.5 * np.hypot((out - depth) / 0.3, (up - height) / 0.2), 0, 1)
    made = np.where(mask, np.maximum(pixels, 3), 0) * (1 - core) + 1000 * core
    scan = scan_of((made[:, ::-1] if mirrored else made).astype(np.uint16), R, MLO, spacing=spacing)
    assert find_breast(scan.pixels.astype(np.float32), spacing).mask.mean() > 0.9 * mask.mean()
    orientation = analyse(scan).orientation
    assert not orientation.upside_down
    assert orientation.chest_wall is (Side.LEFT if mirrored else Side.RIGHT)


def test_letters_of_other_projections() -> None:
    pixels = breast_pixels()
    for projection, top in [(Projection.ML, "H"), (Projection.XCCL, "L"), (Projection.SIO, ""), (None, "")]:
        scan = scan_of(pixels, L, projection)
        assert hung_letters(scan)[1] == top
    nameless = scan_of(pixels, None, CC)
    assert hung_letters(nameless) == ("P", "", "A", "")
    assert hung_side(nameless, Side.RIGHT) is Side.RIGHT


def test_the_picture_wins_over_a_wrong_file_and_it_is_said() -> None:
    scan = scan_of(breast_pixels(side=Side.RIGHT), L, CC, orientation=("A", "R"))
    analysis = analyse(scan)
    assert analysis.orientation.chest_wall is Side.RIGHT
    assert "on the left, the picture on the right" in analysis.orientation.notes[0]
    shown = to_screen(analysis, Side.LEFT)
    assert shown.column_scale == -1
    assert patient_letters(analysis, shown) == UPRIGHT[L, CC]


def test_without_a_breast_the_file_or_the_custom_decides() -> None:
    blank = np.zeros((50, 40), np.uint16)
    assert stored(scan_of(blank, L, CC, orientation=("P", "R"))).chest_wall is Side.RIGHT
    assert stored(scan_of(blank, R, CC)).chest_wall is Side.RIGHT
    assert stored(scan_of(blank, None, None)).chest_wall is Side.LEFT


def oblique(side: Side = Side.LEFT) -> np.ndarray:
    """An upright MLO whose pectoral muscle is plain."""
    upright = film(oblique=True)
    return (upright if side is Side.LEFT else upright[:, ::-1]).astype(np.uint16)


@pytest.mark.parametrize("laterality", [L, R])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("said", [None, "right", "wrong"])
def test_the_pectoral_muscle_tells_which_end_is_up(laterality: Laterality, turned: bool, said: str | None) -> None:
    side = Side.LEFT if laterality is L else Side.RIGHT
    left, top, right, bottom = UPRIGHT[laterality, MLO]
    upright = said is not None and (turned is (said == "wrong"))
    orientation = None if said is None else (right, bottom if upright else top)
    scan = scan_of(oblique(side)[:: -1 if turned else 1], laterality, MLO, orientation=orientation)
    analysis = analyse(scan)
    notes = "".join(analysis.orientation.notes)
    assert analysis.orientation.upside_down is turned
    shown = to_screen(analysis, side)
    assert shown.row_scale == (-1 if turned else 1)
    assert patient_letters(analysis, shown) == (left, top, right, bottom)
    assert bool(notes) is (said == "wrong" or (turned and said is None))
    assert ("PatientOrientation is wrong" in notes) is (said == "wrong")


@pytest.mark.parametrize("projection", [CC, Projection.ML, None])
def test_other_projections_and_faint_muscles_are_left_to_the_file(projection: Projection | None) -> None:
    assert not stored(scan_of(oblique()[::-1], L, projection)).upside_down
    assert (
        not stored(scan_of(breast_pixels(), L, MLO)).upside_down and not stored(scan_of(breast_pixels(), L, MLO)).notes
    )
    assert stored(scan_of(breast_pixels(), L, MLO, orientation=("A", "HL"))).upside_down


def test_real_oblique_views_stand_upright_whichever_way_they_are_stored(samples: Path) -> None:
    seen = 0
    for study in mammoview.open_study(samples):
        for scan in (s for s in study.scans if s.projection is MLO):
            kept = scan.pixels
            turned = scan_of(kept[::-1], scan.laterality, MLO, scan.grey, scan.spacing)
            assert not stored(scan).upside_down
            assert stored(turned).upside_down
            seen += 1
    assert seen == 4


ALL_WAYS = list(itertools.product([False, True], repeat=3))


@pytest.mark.parametrize(("laterality", "projection"), SCANS)
@pytest.mark.parametrize(("mirrored", "turned_over", "on_side"), ALL_WAYS)
def test_every_way_of_storing_is_hung_the_same(
    laterality: Laterality, projection: Projection, mirrored: bool, turned_over: bool, on_side: bool
) -> None:
    side = Side.LEFT if laterality is L else Side.RIGHT
    upright = breast_pixels(side=side)
    kept = upright[:: -1 if turned_over else 1, :: -1 if mirrored else 1]
    left, top, right, bottom = UPRIGHT[laterality, projection]
    orientation = (left if mirrored else right, top if turned_over else bottom)
    spacing = Spacing(0.21, 0.19, SpacingSource.CALIBRATED)
    scan = scan_of(kept, laterality, projection, spacing=spacing, orientation=orientation)
    scan = exchanged(scan) if on_side else scan
    assert np.array_equal(hung_transform(analyse(scan)).turned(scan.pixels), upright)
    assert hung_letters(scan) == (left, top, right, bottom)
    assert stored(scan).notes == ()


@pytest.mark.parametrize(("laterality", "projection"), [*SCANS, (None, None)])
@pytest.mark.parametrize("quarters", [1, 3])
@pytest.mark.parametrize("said", [None, "upright"])
def test_a_rotated_picture_is_seen_and_turned_and_it_is_said(
    laterality: Laterality | None, projection: Projection | None, quarters: int, said: str | None
) -> None:
    upright = breast_pixels(side=Side.RIGHT if laterality is R else Side.LEFT)
    upright[100:120, 180:200] = 9000
    orientation = None if said is None else ("P" if laterality is R else "A", "F")
    scan = scan_of(np.rot90(upright, quarters), laterality, projection, orientation=orientation)
    shown = hung_transform(analyse(scan)).turned(scan.pixels)
    # The upper end of a view without a name is unknown: it is rotated all the same, one way or the other.
    assert any(np.array_equal(shown, u) for u in (upright, upright[::-1, ::-1])[: 2 if laterality is None else 1])
    (line,) = stored(scan).notes
    assert line == (
        f"PatientOrientation is {'missing' if said is None else 'wrong'}: "
        "the picture lies on its side and was turned by 90 degrees; which end is up is a guess"
    )
    if laterality is not None:
        left, _, right, _ = UPRIGHT[laterality, projection]
        assert hung_letters(scan) == (left, "", right, "")


@pytest.mark.parametrize("laterality", [L, R])
@pytest.mark.parametrize(("mirrored", "turned_over"), list(itertools.product([False, True], repeat=2)))
def test_the_pectoral_muscle_tells_the_upper_end_of_a_picture_on_its_side(
    laterality: Laterality, mirrored: bool, turned_over: bool
) -> None:
    upright = oblique(Side.LEFT if laterality is L else Side.RIGHT)
    scan = exchanged(scan_of(upright[:: -1 if turned_over else 1, :: -1 if mirrored else 1], laterality, MLO))
    assert np.array_equal(hung_transform(analyse(scan)).turned(scan.pixels), upright)
    (line,) = stored(scan).notes
    assert "was turned by 90 degrees" in line and "guess" not in line
    assert hung_letters(scan) == UPRIGHT[laterality, MLO]


def test_a_file_that_wrongly_says_lying_is_left_as_stored_and_it_is_said() -> None:
    scan = scan_of(breast_pixels(), L, CC, orientation=("R", "A"))
    assert np.array_equal(hung_transform(analyse(scan)).turned(scan.pixels), scan.pixels)
    assert stored(scan).notes == (
        "PatientOrientation is wrong: it says that the picture lies on its side, it was left as stored",
    )
    assert hung_letters(scan) == UPRIGHT[L, CC]


@pytest.mark.parametrize("orientation", [None, ("A", "R"), ("R", "A")])
def test_what_is_not_clear_is_turned_only_if_the_file_says_so(orientation: tuple[str, str] | None) -> None:
    y, x = np.mgrid[:500, :500] + 0.5
    everywhere = np.where(np.hypot(x - 250, y - 250) < 200, 2000, 40).astype(np.uint16)
    scan = scan_of(everywhere, L, CC, orientation=orientation)
    breast = find_breast(everywhere.astype(np.float32), scan.spacing)
    assert abs(breast.sideways) < SURE
    assert stored(scan).lying is (orientation == ("R", "A"))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_real_scans_are_seen_to_lie_or_stand(samples: Path, quarters: int) -> None:
    for study in mammoview.open_study(samples):
        for scan in study.scans:
            turned = scan_of(np.rot90(scan.pixels, quarters), scan.laterality, scan.projection, scan.grey, scan.spacing)
            assert stored(turned).lying is bool(quarters % 2)
            if scan.projection is MLO or quarters != 2:  # A CC turned by 180 degrees looks like a mirrored one.
                there, here = (
                    hung_transform(analyse(turned)).turned(turned.pixels),
                    hung_transform(analyse(scan)).turned(scan.pixels),
                )
                assert np.array_equal(there, here)
            scan.release()
