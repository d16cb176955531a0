"""Patient Orientation gives the side of the chest wall and which way is up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.study.patient_orientation import is_valid, stored_chest_wall, stored_lying, stored_upside_down, turned
from mammoview.study.scan import Laterality, Projection, Scan, Side


def scan(orientation: tuple[str, str] | None, side: str = "L", projection: str = "CC") -> Scan:
    """Return a scan that is stored so."""
    return Scan(
        Path("a.dcm"), 4, 3, lambda: np.zeros((4, 3)), Laterality(side), Projection(projection), orientation=orientation
    )


@pytest.mark.parametrize(
    ("orientation", "wall"),
    [
        (("A", "R"), Side.LEFT),
        (("P", "L"), Side.RIGHT),
        (("A", "FR"), Side.LEFT),
        (("P", "HL"), Side.RIGHT),
        (("AR", "F"), Side.LEFT),
        (("F", "A"), None),
        (None, None),
    ],
)
def test_chest_wall(orientation: tuple[str, str] | None, wall: Side | None) -> None:
    assert stored_chest_wall(scan(orientation)) is wall


@pytest.mark.parametrize(
    ("side", "projection", "down", "want"),
    [
        ("L", "CC", "R", False),  # Lateral, her left, is up.
        ("L", "CC", "L", True),
        ("R", "CC", "L", False),
        ("R", "CC", "R", True),
        ("L", "MLO", "F", False),
        ("L", "MLO", "FR", False),
        ("L", "MLO", "HL", True),
        ("R", "MLO", "H", True),
        ("R", "ML", "F", False),
        ("R", "MLO", "R", True),  # No head or foot given: lateral hangs up in an MLO too.
        ("R", "XCCL", "R", True),
    ],
)
def test_stored_upside_down(side: str, projection: str, down: str, want: bool) -> None:
    assert stored_upside_down(scan(("A", down), side, projection)) is want


def test_silence_says_nothing() -> None:
    assert stored_upside_down(scan(None)) is None
    unknown = scan(("A", "L"))
    unknown.laterality = None
    assert stored_upside_down(unknown) is None


def test_sense_and_nonsense() -> None:
    assert is_valid(("A", "FR")) and is_valid(("P", "H"))
    assert not any(is_valid(o) for o in [("AP", "F"), ("", "F"), ("A", "X"), ("A", "FF"), ("CC", "MLO")])
    assert turned(("F", "A")) and not turned(("A", "F")) and not turned(("AF", "P"))


def test_of_a_picture_on_its_side_the_directions_change_places() -> None:
    lying = scan(("HR", "A"), "R", "MLO")
    assert stored_lying(lying) and stored_chest_wall(lying) is None and stored_upside_down(lying) is None
    assert stored_chest_wall(lying, lying=True) is Side.LEFT
    assert stored_upside_down(lying, lying=True) is True
    standing = scan(("A", "FL"), "R", "MLO")
    assert stored_lying(standing) is False and stored_chest_wall(standing, lying=True) is None
    assert stored_lying(scan(None)) is None
