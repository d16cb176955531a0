"""Hangings: the right breast in the left pane, chest walls back to back; whatever the study holds is reachable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mammoview.display.grey import render
from mammoview.display.hanging import _read_all, hang, hanging, hangings, stages, suggested
from mammoview.display.orientation import chest_wall, to_screen
from mammoview.errors import MammoviewError
from mammoview.study.breast import Side
from mammoview.study.opening import open_study
from mammoview.study.scan import Laterality, Projection, Scan, Study
from tests.phantoms import scan_of

FOUR = ["R CC", "L CC", "R MLO", "L MLO"]


def named(name: str) -> Scan:
    """A scan of that name, such as "R CC" or "? ?"."""
    side, projection = name.split()
    return scan_of(
        np.zeros((2, 2), np.uint8),
        None if side == "?" else Laterality(side),
        None if projection == "?" else Projection(projection),
    )


def study_of(names: Sequence[str]) -> Study:
    """A study of scans of those names."""
    return Study("nobody", [named(n) for n in names])


def shown(study: Study, name: str) -> list[str | None]:
    """Names of the scans in the panes of a hanging."""
    return [scan.name if scan else None for _, scan in hang(study, hanging(name))]


def test_the_hangings_step_from_pairs_to_single_views() -> None:
    assert [h.name for h in hangings()] == [
        "four-view", "cc", "prior-cc", "mlo", "prior-mlo", "right", "left", "r-cc", "l-cc", "r-mlo", "l-mlo",
    ]  # fmt: skip


def test_four_views() -> None:
    study = study_of(FOUR[::-1])
    assert shown(study, "four-view") == FOUR
    for pane, scan in hang(study, hanging("four-view")):
        assert scan is not None
        assert pane.column == (0 if scan.laterality is Laterality.R else 1)
        assert pane.row == (0 if scan.projection is Projection.CC else 1)


def test_chest_walls_are_back_to_back_everywhere() -> None:
    for h in hangings():
        for pane in h.panes:
            assert pane.chest_wall is (Side.RIGHT if pane.laterality is Laterality.R else Side.LEFT)


def test_panes_stay_empty_rather_than_show_the_wrong_scan() -> None:
    assert shown(study_of(["L MLO", "R CC"]), "four-view") == ["R CC", None, None, "L MLO"]
    assert shown(study_of(["L MLO"]), "r-cc") == [None]


def test_a_second_best_projection_fills_in() -> None:
    assert shown(study_of(["R ML", "L MLO", "L ML"]), "mlo") == ["R ML", "L MLO"]


def test_scans_of_unknown_side_are_seen() -> None:
    study = study_of(["? ?", "L CC", "? CC"])
    assert shown(study, "four-view") == ["? ?", "L CC", "? CC", None]
    lone = study_of(["? ?"])
    assert [scan for _, places in stages(lone) for _, scan in places if scan] == lone.scans


@pytest.mark.parametrize(
    ("names", "wanted"),
    [(FOUR, "four-view"), (FOUR[2:], "mlo"), (["R CC"], "r-cc"), (["L CC", "L MLO"], "left"), (FOUR[:3], "four-view")],
)
def test_a_study_opens_in_the_hanging_that_fits(names: list[str], wanted: str) -> None:
    assert suggested(study_of(names)).name == wanted


def test_every_scan_has_a_stage() -> None:
    study = study_of([*FOUR, "R CC", "L SIO"])
    reached = {id(scan) for _, places in stages(study) for _, scan in places if scan is not None}
    assert reached == {id(scan) for scan in study.scans}
    assert [h.name for h, _ in stages(study_of(FOUR))] == [h.name for h in hangings() if not h.compares]


def test_stages_leave_out_empty_and_repeated_views() -> None:
    assert [h.name for h, _ in stages(study_of(["R CC", "L CC"]))] == ["cc", "r-cc", "l-cc"]


def test_an_unknown_hanging_names_those_there_are() -> None:
    with pytest.raises(MammoviewError, match=r"no hanging named 'mosaic'. Choose one of four-view, cc"):
        hanging("mosaic")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rows = 1", "not a hanging"),
        ("order = 1\ntitle = 'x'\nrows = 1\ncolumns = 1\npanes = []", "overlap or lie outside"),
        (
            "order = 1\ntitle = 'x'\nrows = 1\ncolumns = 1\n[[panes]]\nrow = 0\ncolumn = 1\nchest_wall = 'left'",
            "overlap or lie outside",
        ),
        ("order = 1\ntitle = 'x'\nrows = 1\ncolumns = 1\n[[panes]]\nrow = 0\ncolumn = 0\nchest_wall = 'up'", "'up'"),
        ("rows = = 1", "not a hanging"),
    ],
)
def test_a_broken_hanging_file_is_named(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MammoviewError, match=what) as caught:
        _read_all(tmp_path)
    assert caught.value.path == tmp_path / "mine.toml"


def test_no_hangings_at_all(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="Install Mammoview again"):
        _read_all(tmp_path)


@pytest.mark.parametrize("case", ["sfm-benign-0", "sfm-malign-0"])
def test_the_real_samples_hang_right_breast_left_chest_walls_back_to_back(samples: Path, case: str) -> None:
    (study,) = open_study(samples / case)
    assert suggested(study).name == "four-view"
    places = hang(study, suggested(study))
    assert [scan.name if scan else None for _, scan in places] == FOUR
    for pane, scan in places:
        assert scan is not None
        wall = chest_wall(scan)
        assert wall is pane.chest_wall
        assert to_screen(scan, wall, pane.chest_wall).matrix.tolist() == np.eye(3).tolist()
        # The grey shows tissue on the side of the chest wall, air on the other, and is not burnt out.
        image = render(scan)
        quarter = scan.columns // 4
        near, far = image[:, :quarter], image[:, -quarter:]
        if wall is Side.RIGHT:
            near, far = far, near
        middle = slice(scan.rows // 3, 2 * scan.rows // 3)
        assert near[middle].mean() > 60
        assert np.median(far[middle]) == 0
        assert (near[middle] == 255).mean() < 0.05
        scan.release()


# Priors


def test_a_prior_hangs_below_in_the_same_columns() -> None:
    study, prior = study_of(FOUR), study_of(["L CC", "R CC", "R MLO"])
    places = hang(study, hanging("prior-cc"), prior)
    assert [(pane.row, pane.column, scan.name if scan else None) for pane, scan in places] == [
        (0, 0, "R CC"), (0, 1, "L CC"), (1, 0, "R CC"), (1, 1, "L CC"),
    ]  # fmt: skip
    for pane, scan in places:
        assert scan in (prior.scans if pane.prior else study.scans)
    walls = {(pane.row, pane.column): pane.chest_wall for pane, _ in places}
    assert walls[0, 0] is walls[1, 0]
    assert walls[0, 1] is walls[1, 1]


def test_stages_that_compare_need_something_on_both_sides() -> None:
    def compared(study: Study, prior: Study | None) -> list[str]:
        return [h.name for h, _ in stages(study, prior) if h.compares]

    study = study_of(FOUR)
    assert compared(study, None) == []
    assert compared(study, study_of(FOUR)) == ["prior-cc", "prior-mlo"]
    assert compared(study, study_of(["R CC"])) == ["prior-cc"]
    assert compared(study_of(["R MLO"]), study_of(["R CC"])) == []
    assert compared(study, study_of(["? ?"])) == []


def test_scans_of_unknown_view_never_hang_as_a_prior() -> None:
    places = hang(study_of(["R CC", "? ?"]), hanging("prior-cc"), study_of(["? ?"]))
    assert [scan.name if scan else None for _, scan in places] == ["R CC", "? ?", None, None]


def test_a_study_is_never_opened_in_a_stage_that_compares() -> None:
    assert not suggested(study_of(["R CC", "L CC"])).compares
