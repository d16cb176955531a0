"""Orientation: the chest wall where it is wanted, upright, with true letters."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import mammoview
from mammoview.display.orientation import (
    chest_wall,
    disagreement,
    hung_side,
    letters,
    to_screen,
    turning,
    upside_down,
)
from mammoview.study.breast import Side
from mammoview.study.scan import Laterality, Projection
from tests.phantoms import breast_pixels, scan_of
from tests.study.making import film

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


@pytest.mark.parametrize(("laterality", "projection"), SCANS)
@pytest.mark.parametrize(("mirrored", "turned_over"), list(itertools.product([False, True], repeat=2)))
def test_every_stored_flip_is_hung_the_same(
    laterality: Laterality, projection: Projection, mirrored: bool, turned_over: bool
) -> None:
    side = Side.LEFT if laterality is L else Side.RIGHT
    upright = breast_pixels(side=side)
    upright[100:120, 180:200] = 9000  # a mark in the upper half
    stored = upright[:: -1 if turned_over else 1, :: -1 if mirrored else 1]
    left, top, right, bottom = UPRIGHT[laterality, projection]
    orientation = (left if mirrored else right, top if turned_over else bottom)
    scan = scan_of(stored, laterality, projection, orientation=orientation)
    wall = chest_wall(scan)
    hung = to_screen(scan, wall, side)
    rows, columns = np.nonzero(stored == 9000)
    mark = hung(np.column_stack([columns + 0.5, rows + 0.5]).mean(0))
    assert mark.tolist() == [190, 110]
    assert letters(scan, hung, wall) == (left, top, right, bottom)
    assert disagreement(scan) == ""


@pytest.mark.parametrize(("laterality", "projection"), SCANS)
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_silent_file_gets_letters_from_side_and_projection(
    laterality: Laterality, projection: Projection, mirrored: bool
) -> None:
    hung = Side.LEFT if laterality is L else Side.RIGHT
    other = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}[hung]
    scan = scan_of(breast_pixels(side=other if mirrored else hung), laterality, projection)
    wall = chest_wall(scan)
    assert letters(scan, to_screen(scan, wall, hung_side(scan, wall)), wall) == UPRIGHT[laterality, projection]


def test_letters_of_other_projections() -> None:
    pixels = breast_pixels()
    for projection, top in [(Projection.ML, "H"), (Projection.XCCL, "L"), (Projection.SIO, ""), (None, "")]:
        scan = scan_of(pixels, L, projection)
        assert letters(scan, to_screen(scan, Side.LEFT, Side.LEFT), Side.LEFT)[1] == top
    nameless = scan_of(pixels, None, CC)
    assert letters(nameless, to_screen(nameless, Side.LEFT, Side.LEFT), Side.LEFT) == ("P", "", "A", "")
    assert hung_side(nameless, Side.RIGHT) is Side.RIGHT


def test_the_picture_wins_over_a_wrong_file_and_it_is_said() -> None:
    scan = scan_of(breast_pixels(side=Side.RIGHT), L, CC, orientation=("A", "R"))
    assert chest_wall(scan) is Side.RIGHT
    assert "on the left, the picture on the right" in disagreement(scan)
    hung = to_screen(scan, Side.RIGHT, Side.LEFT)
    assert hung.column_scale == -1
    assert letters(scan, hung, Side.RIGHT) == UPRIGHT[L, CC]


def test_without_a_breast_the_file_or_the_custom_decides() -> None:
    blank = np.zeros((50, 40), np.uint16)
    assert chest_wall(scan_of(blank, L, CC, orientation=("P", "R"))) is Side.RIGHT
    assert chest_wall(scan_of(blank, R, CC)) is Side.RIGHT
    assert chest_wall(scan_of(blank, None, None)) is Side.LEFT


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
    assert upside_down(scan) is turned
    hung = to_screen(scan, chest_wall(scan), side)
    assert hung.row_scale == (-1 if turned else 1)
    assert letters(scan, hung, chest_wall(scan)) == (left, top, right, bottom)
    assert bool(turning(scan)) is (said == "wrong" or (turned and said is None))
    assert ("PatientOrientation is wrong" in turning(scan)) is (said == "wrong")


@pytest.mark.parametrize("projection", [CC, Projection.ML, None])
def test_other_projections_and_faint_muscles_are_left_to_the_file(projection: Projection | None) -> None:
    assert not upside_down(scan_of(oblique()[::-1], L, projection))
    assert not upside_down(scan_of(breast_pixels(), L, MLO)) and turning(scan_of(breast_pixels(), L, MLO)) == ""
    assert upside_down(scan_of(breast_pixels(), L, MLO, orientation=("A", "HL")))


def test_real_oblique_views_stand_upright_whichever_way_they_are_stored(samples: Path) -> None:
    seen = 0
    for study in mammoview.open_study(samples):
        for scan in (s for s in study.scans if s.projection is MLO):
            stored = scan.pixels
            turned = scan_of(stored[::-1], scan.laterality, MLO, scan.grey, scan.spacing)
            assert not upside_down(scan)
            assert upside_down(turned)
            seen += 1
    assert seen == 4
