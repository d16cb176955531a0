"""Hanging protocols: the right breast in the left viewport, chest walls back to back; every scan is reachable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.display.hanging_protocols import (
    all_protocols,
    assign_scans,
    hanging_stages,
    own_folder,
    problems,
    protocol_named,
    suggested_protocol,
)
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.display.screen_orientation import to_screen
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Laterality, Projection, Scan, Side, Study
from tests.support.phantoms import scan_of

FOUR = ["R CC", "L CC", "R MLO", "L MLO"]


def named(name: str) -> Scan:
    """A scan of that side and projection, such as "R CC" or "? ?"."""
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
    """Names of the scans in the viewports of a hanging protocol."""
    return [scan.name if scan else None for _, scan in assign_scans(study, protocol_named(name))]


def test_the_hanging_stages_step_from_pairs_to_single_views() -> None:
    assert [h.name for h in all_protocols()] == [
        "cc", "prior-cc", "mlo", "prior-mlo", "four-view", "right", "left", "r-cc", "l-cc", "r-mlo", "l-mlo",
    ]  # fmt: skip


def test_four_views() -> None:
    study = study_of(FOUR[::-1])
    assert shown(study, "four-view") == FOUR
    for image_box, scan in assign_scans(study, protocol_named("four-view")):
        assert scan is not None
        assert image_box.column == (0 if scan.laterality is Laterality.R else 1)
        assert image_box.row == (0 if scan.projection is Projection.CC else 1)


def test_chest_walls_are_back_to_back_everywhere() -> None:
    for h in all_protocols():
        for image_box in h.image_boxes:
            assert image_box.chest_wall is (Side.RIGHT if image_box.laterality is Laterality.R else Side.LEFT)


def test_viewports_stay_empty_rather_than_show_the_wrong_scan() -> None:
    assert shown(study_of(["L MLO", "R CC"]), "four-view") == ["R CC", None, None, "L MLO"]
    assert shown(study_of(["L MLO"]), "r-cc") == [None]


def test_a_second_best_projection_fills_in() -> None:
    assert shown(study_of(["R ML", "L MLO", "L ML"]), "mlo") == ["R ML", "L MLO"]


def test_scans_of_unknown_side_are_seen() -> None:
    """But not in a viewport that is for a certain side: they would pass for it."""
    study = study_of(["? ?", "L CC", "? CC", "R ?"])
    assert shown(study, "four-view") == [None, "L CC", None, None]
    titles = {h.title: [scan.name for _, scan in places if scan] for h, places in hanging_stages(study)}
    assert titles == {
        "Left CC": ["L CC"],
        "Side or projection unknown": ["side unknown", "CC, side unknown", "R, projection unknown"],
    }
    assert suggested_protocol(study).title == "Side or projection unknown"
    lone = study_of(["? ?"])
    assert [scan for _, places in hanging_stages(lone) for _, scan in places] == lone.scans
    many = study_of(["? ?"] * 9)
    assert [len(places) for _, places in hanging_stages(many)] == [4, 4, 1]
    assert len({h.name for h, _ in hanging_stages(many)}) == len({h.title for h, _ in hanging_stages(many)}) == 3


@pytest.mark.parametrize(
    ("names", "wanted"),
    [(FOUR, "four-view"), (FOUR[2:], "mlo"), (["R CC"], "r-cc"), (["L CC", "L MLO"], "left"), (FOUR[:3], "four-view")],
)
def test_a_study_opens_in_the_hanging_protocol_that_fits(names: list[str], wanted: str) -> None:
    assert suggested_protocol(study_of(names)).name == wanted


def test_every_scan_has_a_stage() -> None:
    study = study_of([*FOUR, "R CC", "L SIO"])
    reached = {id(scan) for _, places in hanging_stages(study) for _, scan in places if scan is not None}
    assert reached == {id(scan) for scan in study.scans}
    assert [h.name for h, _ in hanging_stages(study_of(FOUR))] == [h.name for h in all_protocols() if not h.compares]


def test_stages_leave_out_empty_and_repeated_views() -> None:
    assert [h.name for h, _ in hanging_stages(study_of(["R CC", "L CC"]))] == ["cc", "r-cc", "l-cc"]


def test_an_unknown_hanging_protocol_names_those_there_are() -> None:
    with pytest.raises(MammoviewError, match=r"no hanging protocol named 'mosaic'. Choose one of cc, prior-cc"):
        protocol_named("mosaic")


HEAD = "order = 5\ntitle = 'Mine'\nrows = 1\ncolumns = 2\n"
VIEWPORT = "[[viewports]]\nrow = 0\ncolumn = 0\nchest_wall = 'left'\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rows = 1", "title is missing"),
        (HEAD + "viewports = []", "overlap, or lie outside"),
        (HEAD + VIEWPORT + VIEWPORT, "overlap, or lie outside"),
        (HEAD + VIEWPORT.replace("column = 0", "column = 2"), "overlap, or lie outside"),
        (HEAD + VIEWPORT.replace("row = 0", "row = -1"), "overlap, or lie outside"),
        (HEAD + VIEWPORT.replace("'left'", "'up'"), "chest_wall of viewport 1 is 'up'; there are left, right"),
        (HEAD + VIEWPORT + "laterality = 'B'", "laterality of viewport 1 is 'B'"),
        (HEAD + VIEWPORT + "projections = ['CC', 'MOL']", "projection of viewport 1 is 'MOL'"),
        (HEAD + VIEWPORT + "lateralty = 'L'", "viewport 1 has a 'lateralty'"),
        (HEAD + "colour = 1\n" + VIEWPORT, "the file has a 'colour'"),
        (HEAD.replace("rows = 1", "rows = 9") + VIEWPORT, "rows and columns are 1 to 4"),
        (HEAD.replace("rows = 1", "rows = 'one'") + VIEWPORT, "rows is 'one'"),
        (HEAD + "viewports = [1]", "viewport 1 is no"),
        (HEAD + "viewports = 3", "not a hanging protocol"),
        ("rows = = 1", "not a hanging protocol"),
        ("\x00", "not a hanging protocol"),
    ],
)
def test_a_broken_file_of_the_users_is_one_line_and_the_others_stay(own: Path, text: str, what: str) -> None:
    (own / "bad.toml").write_text(text, encoding="utf-8")
    (own / "good.toml").write_text(HEAD + VIEWPORT, encoding="utf-8")
    (line,) = problems()
    assert what in line and "bad.toml" in line and "\n" not in line and "docs/manual/studies.md" in line
    assert "good" in [h.name for h in all_protocols()] and "bad" not in [h.name for h in all_protocols()]


def test_a_file_for_an_earlier_version_is_still_read(own: Path) -> None:
    (own / "earlier.toml").write_text(HEAD + VIEWPORT.replace("viewports", "panes"))
    (own / "both.toml").write_text(HEAD + VIEWPORT + VIEWPORT.replace("viewports", "panes"))
    assert protocol_named("earlier").image_boxes[0].chest_wall is Side.LEFT
    (line,) = problems()
    assert "both.toml" in line and "the file has a 'panes', which means nothing" in line


@pytest.fixture
def own() -> Path:
    """Folder of the user's hanging protocols."""
    folder = own_folder()
    folder.mkdir(parents=True)
    return folder


def test_the_folder_of_an_earlier_version_is_found(own: Path) -> None:
    (own / "mine.toml").write_text(HEAD + VIEWPORT)
    own.rename(own.with_name("hangings"))
    assert protocol_named("mine").own
    assert (own / "mine.toml").is_file() and not own.with_name("hangings").exists()


def test_no_folder_of_the_users_is_no_problem() -> None:
    assert problems() == [] and not own_folder().exists()


def test_a_file_that_is_no_text_is_one_line(own: Path) -> None:
    (own / "bad.toml").write_bytes(b"\xff\xfe\x00")
    (own / "folder.toml").mkdir()
    assert len(problems()) == 2 and len(all_protocols()) == 11


def test_the_users_hanging_protocol_comes_where_its_order_says_and_opens_first(own: Path) -> None:
    viewports = "".join(
        f"[[viewports]]\nrow = 0\ncolumn = {column}\nlaterality = '{name[0]}'\nprojections = ['{name[2:]}']\n"
        f"chest_wall = '{'right' if name[0] == 'R' else 'left'}'\n"
        for column, name in enumerate(["R MLO", "L MLO", "R CC", "L CC"])
    )
    (own / "row.toml").write_text(f"order = 5\ntitle = 'All in a row'\nrows = 1\ncolumns = 4\n{viewports}")
    assert all_protocols()[0].title == "All in a row" and all_protocols()[0].own
    study = study_of(FOUR)
    assert suggested_protocol(study).name == "row"
    assert shown(study, "row") == ["R MLO", "L MLO", "R CC", "L CC"]
    # The program's own four views show the same scans, and both are stages.
    assert [h.name for h, _ in hanging_stages(study)][:2] == ["row", "cc"]


def test_the_users_file_takes_the_place_of_one_of_the_same_name(own: Path) -> None:
    (own / "cc.toml").write_text(HEAD.replace("order = 5", "order = 20") + VIEWPORT)
    assert len(all_protocols()) == 11
    assert protocol_named("cc").title == "Mine" and protocol_named("cc").own


def test_the_manual_shows_a_hanging_protocol_that_is_one(own: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "manual" / "studies.md").read_text()
    (text,) = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    (own / "manual.toml").write_text(text)
    assert problems() == [] and protocol_named("manual").image_boxes


@pytest.mark.parametrize(
    "names",
    [
        ["L CC"],
        ["R MLO", "R CC"],
        ["R CC", "L MLO"],
        FOUR[:3],
        [*FOUR, "R CC", "L CC"],
        ["L CC", "L MLO", "L ML", "L CC", "L XCCL", "L MLO"],
    ],
)
def test_whatever_is_missing_or_too_much_every_scan_hangs_the_right_way_round(names: list[str]) -> None:
    study = study_of(names)
    found = hanging_stages(study)
    assert {id(s) for _, places in found for _, s in places if s} == {id(s) for s in study.scans}
    for _hanging, places in found:
        for image_box, scan in places:
            if scan is not None and image_box.laterality is not None:
                assert scan.laterality is image_box.laterality
                assert image_box.chest_wall is (Side.RIGHT if scan.laterality is Laterality.R else Side.LEFT)
            elif scan is not None:
                assert image_box.laterality is None, "the scan's own side decides"
    opened = assign_scans(study, suggested_protocol(study))
    assert sum(s is not None for _, s in opened) == max(sum(s is not None for _, s in places) for _, places in found)


def test_a_second_scan_of_a_view_has_a_stage_that_says_so() -> None:
    last, places = hanging_stages(study_of([*FOUR, "R CC"]))[-1]
    assert last.title == "R CC, another" and [s.name for _, s in places if s] == ["R CC"]


@pytest.mark.parametrize("case", ["sfm-benign-0", "sfm-malign-0"])
def test_the_real_samples_hang_right_breast_left_chest_walls_back_to_back(samples: Path, case: str) -> None:
    (study,) = open_study(samples / case)
    assert suggested_protocol(study).name == "four-view"
    places = assign_scans(study, suggested_protocol(study))
    assert [scan.name if scan else None for _, scan in places] == FOUR
    for image_box, scan in places:
        assert scan is not None
        analysis = analyse(scan)
        assert analysis.orientation.chest_wall is image_box.chest_wall
        assert to_screen(analysis, image_box.chest_wall).matrix.tolist() == np.eye(3).tolist()
        # The grey shows tissue on the side of the chest wall, air on the other, and is not burnt out.
        image = render(scan)
        quarter = scan.columns // 4
        near, far = image[:, :quarter], image[:, -quarter:]
        if image_box.chest_wall is Side.RIGHT:
            near, far = far, near
        middle = slice(scan.rows // 3, 2 * scan.rows // 3)
        assert near[middle].mean() > 60
        assert np.median(far[middle]) == 0
        assert (near[middle] == 255).mean() < 0.05
        scan.release()


# Priors


def test_a_prior_hangs_below_in_the_same_columns() -> None:
    study, prior = study_of(FOUR), study_of(["L CC", "R CC", "R MLO"])
    places = assign_scans(study, protocol_named("prior-cc"), prior)
    assert [(image_box.row, image_box.column, scan.name if scan else None) for image_box, scan in places] == [
        (0, 0, "R CC"), (0, 1, "L CC"), (1, 0, "R CC"), (1, 1, "L CC"),
    ]  # fmt: skip
    for image_box, scan in places:
        assert scan in (prior.scans if image_box.prior else study.scans)
    walls = {(image_box.row, image_box.column): image_box.chest_wall for image_box, _ in places}
    assert walls[0, 0] is walls[1, 0]
    assert walls[0, 1] is walls[1, 1]


def test_stages_that_compare_need_something_on_both_sides() -> None:
    def compared(study: Study, prior: Study | None) -> list[str]:
        return [h.name for h, _ in hanging_stages(study, prior) if h.compares]

    study = study_of(FOUR)
    assert compared(study, None) == []
    assert compared(study, study_of(FOUR)) == ["prior-cc", "prior-mlo"]
    assert compared(study, study_of(["R CC"])) == ["prior-cc"]
    assert compared(study_of(["R MLO"]), study_of(["R CC"])) == []
    assert compared(study, study_of(["? ?"])) == []


def test_scans_of_unknown_view_never_hang_as_a_prior() -> None:
    places = assign_scans(study_of(["R CC", "? ?"]), protocol_named("prior-cc"), study_of(["? ?"]))
    assert [scan.name if scan else None for _, scan in places] == ["R CC", None, None, None]


def test_a_study_is_never_opened_in_a_stage_that_compares() -> None:
    assert not suggested_protocol(study_of(["R CC", "L CC"])).compares
