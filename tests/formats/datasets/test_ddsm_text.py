"""The texts of DDSM cases, .ics and .OVERLAY: as they are, and in all the ways in which mirrors change them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.datasets.ddsm_text import STEPS, parse_ics, parse_overlay
from mammoview.study.scan import OutlineKind
from tests.support.ddsm_cases import ICS, OVERLAY

HERE = Path("case.ics")


def test_ics() -> None:
    found = parse_ics(ICS, HERE)
    assert (found.name, found.date) == ("B_3001_1", "1996-07-02")
    assert found.facts["density"] == "4" and found.facts["age"] == "42" and found.facts["digitizer"] == "LUMISYS LASER"
    assert [v.name for v in found.views] == ["LEFT_CC", "LEFT_MLO", "RIGHT_CC", "RIGHT_MLO"]
    view = found.views[1]
    assert (view.rows, view.columns, view.bits, view.um, view.overlay) == (400, 320, 12, 50, True)


def test_ics_with_fields_missing_reordered_and_in_small_letters() -> None:
    text = "\n \r\nleft_cc RESOLUTION 43.5 OVERLAY PIXELS_PER_LINE 300 LINES 400  \r\ndensity 2\nDATE_OF_STUDY x y z\n"
    found = parse_ics(text, HERE)
    (view,) = found.views
    assert (view.rows, view.columns, view.bits, view.um, view.overlay) == (400, 300, 0, 43.5, True)
    assert found.facts == {"density": "2"} and found.date == "" and found.name == ""


@pytest.mark.parametrize("um", ["0", "-43.5", "nan", "", "1e9", "99999"])
def test_impossible_resolution_is_unknown(um: str) -> None:
    assert parse_ics(f"LEFT_CC LINES 4 PIXELS_PER_LINE 3 RESOLUTION {um} OVERLAY", HERE).views[0].um is None


def test_overlay() -> None:
    drawn = parse_overlay(OVERLAY, HERE)
    boundary, core, second = drawn.outlines
    assert drawn.warnings == ()
    assert [o.kind for o in (boundary, core, second)] == [OutlineKind.BOUNDARY, OutlineKind.CORE, OutlineKind.BOUNDARY]
    # A square of 3 steps a side; the closing point is not repeated, and pixel centres lie at + 0.5.
    assert len(boundary.points) == 12 and boundary.box == (100.5, 200.5, 103.5, 203.5)
    assert boundary.lesion_type.startswith("MASS SHAPE IRREGULAR MARGINS SPICULATED-ILL_DEFINED + CALCIFICATION TYPE")
    assert (boundary.assessment, boundary.subtlety, boundary.pathology) == (5, 3, "MALIGNANT")
    assert (core.assessment, core.pathology) == (5, "MALIGNANT")
    assert (second.assessment, second.subtlety, second.pathology) == (None, None, "BENIGN_WITHOUT_CALLBACK")
    np.testing.assert_array_equal(second.points - 0.5, [(10, 20), (11, 19), (12, 20), (11, 21)])


def test_steps_go_round_the_compass() -> None:
    np.testing.assert_array_equal(STEPS[0], (0, -1))  # up
    np.testing.assert_array_equal(STEPS[2], (1, 0))  # right
    np.testing.assert_array_equal(STEPS.sum(0), (0, 0))
    np.testing.assert_array_equal(STEPS[:4], -STEPS[4:])


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.lower(),
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace(" 6 6 6", "\n6 6\n6"),
        lambda t: "\n \n" + t.replace("\n", "  \n\n"),
        lambda t: t.replace("BOUNDARY\n", "BOUNDARY "),
    ],
)
def test_overlay_in_other_dress(change: Callable[[str], str]) -> None:
    plain_drawn, dressed_drawn = parse_overlay(OVERLAY, HERE), parse_overlay(change(OVERLAY), HERE)
    assert dressed_drawn.warnings == ()
    for plain, dressed in zip(plain_drawn.outlines, dressed_drawn.outlines, strict=True):
        np.testing.assert_array_equal(plain.points, dressed.points)
        assert (plain.pathology, plain.assessment, plain.kind) == (dressed.pathology, dressed.assessment, dressed.kind)


@pytest.mark.parametrize(
    ("text", "kept", "reported"),
    [
        (
            OVERLAY[: OVERLAY.rindex("#") - 4],
            2,
            "outline 1 of abnormality 2 in case.ics is left out: its chain code is",
        ),
        (OVERLAY[: OVERLAY.rindex("#")], 3, "outline 1 of abnormality 2 in case.ics lacks the # at its end"),
        (OVERLAY.replace("2 4 6 0 #", "2 4 6 0"), 3, "outline 2 of abnormality 1 in case.ics lacks the #"),
        (OVERLAY[: OVERLAY.rindex("BOUNDARY")], 2, "announces 3 outlines, 2 are there"),
        (OVERLAY.replace("ABNORMALITIES 2", "ABNORMALITIES 3"), 3, "announces 3 abnormalities, 2 are there"),
        (OVERLAY.replace("2 2 2 4", "2 2 9 4"), 2, "outline 1 of abnormality 1 in case.ics is left out: .* step 9"),
        (OVERLAY.replace("100 200 2", "100 x 2"), 2, "something else than numbers"),
        (OVERLAY.replace("100 200 2", "-100 200 2"), 2, "something else than numbers"),
        (OVERLAY.replace("100 200 2 2 2 4 4 4 6 6 6 0 0 0 #", "#"), 2, "too short"),
        (OVERLAY.replace("100 200 2", "999999999 200 2"), 2, "far outside any picture"),
        (OVERLAY.replace("6 6 6 0 0 0 #", "6 6 6 #"), 3, "does not close: a straight line of 3 pixels closes it"),
    ],
)
def test_of_damaged_overlays_the_sound_outlines_stay(text: str, kept: int, reported: str) -> None:
    drawn = parse_overlay(text, HERE)
    assert len(drawn.outlines) == kept
    assert any(re.search(reported, line) for line in drawn.warnings), drawn.warnings


def test_what_is_no_overlay_is_an_error() -> None:
    with pytest.raises(UnreadableError, match=r"not the \.OVERLAY file"):
        parse_overlay("hello", HERE)


def test_no_abnormalities_are_no_outlines() -> None:
    assert parse_overlay("TOTAL_ABNORMALITIES 0\n", HERE) == OutlineFileContents()


scraps = st.lists(st.sampled_from([*OVERLAY.split(), *ICS.split(), "\n", "#", "9" * 25, "-1", "٣"]), max_size=60)


@given(st.text() | scraps.map(" ".join))
def test_any_text_gives_a_result_or_one_error(text: str) -> None:
    for parse in (parse_overlay, parse_ics):
        try:
            parse(text, HERE)
        except MammoviewError as error:
            assert "case.ics" in str(error)


@given(st.lists(st.integers(0, 7), min_size=3, max_size=200), st.integers(0, 9000), st.integers(0, 9000))
def test_chains_are_followed_step_by_step(steps: list[int], column: int, row: int) -> None:
    text = f"ABNORMALITY 1\nBOUNDARY\n{column} {row} {' '.join(map(str, steps))} #"
    place, want = np.array([column, row]), [np.array([column, row])]
    for step in steps:
        place = place + STEPS[step]
        want.append(place)
    if (want[-1] == want[0]).all():
        want.pop()
    if len(want) < 3:
        return
    (outline,) = parse_overlay(text, HERE).outlines
    np.testing.assert_array_equal(outline.points, np.array(want) + 0.5)
