"""Priors: found by ID, hung beside the study or in its place, and never to be taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF

from mammoview.library.database import LibraryDatabase
from mammoview.library.folder_scan import add_folder, scan_folder
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.viewport import corner_painting
from mammoview.qt.widgets import theme
from tests.qt.conftest import await_prior, exams, picture, viewport_of
from tests.support.timeouts import PATIENCE_MS


def dates(window) -> list[tuple[str, str, bool]]:
    """Name, date and whether a prior, of every viewport that has a scan."""
    return [(v.scan.name, v.date, v.prior) for v in window.viewport_grid.viewports if v.scan is not None]


def test_a_stage_hangs_both_at_one_scale(compared):
    window = compared
    window.hanging.show("prior-cc")
    assert dates(window) == [
        ("R CC", "2024-03-15", False), ("L CC", "2024-03-15", False),
        ("R CC", "2021-03-15", True), ("L CC", "2021-03-15", True),
    ]  # fmt: skip
    views = window.viewport_grid.viewports
    assert len({view.scale_px for view in views}) == 1
    assert all(np.ptp(picture(view)) > 100 for view in views)
    assert views[0].wall_left == views[2].wall_left
    # They are moved together, as viewports of one projection are.
    views[0].zoom_about(QPointF(50, 50), 2.0)
    assert views[2].centre == views[0].centre
    assert views[2].scale_px == views[0].scale_px


def test_only_a_prior_says_that_it_is_one_with_its_day(compared):
    window = compared
    window.hanging.show("prior-cc")
    banners = [view.corners().banner for view in window.viewport_grid.viewports]
    assert banners == ["", "", "PRIOR 15 Mar 2021", "PRIOR 15 Mar 2021"]
    framed = [bool((rgb(v.viewport().grab().toImage()) == rgb_of(theme.PRIOR)).all(-1).sum() > 50)
              for v in window.viewport_grid.viewports]  # fmt: skip
    assert framed == [False, False, True, True]
    # The day identifies the patient, but that it is a prior is always shown.
    window.overlay_text.show_patient(False)
    assert [view.corners().banner for view in window.viewport_grid.viewports][2:] == ["PRIOR", "PRIOR"]
    assert "2021" not in window.windowTitle()


def test_a_priors_day_is_whole_in_a_narrow_viewport(compared, qtbot, monkeypatch):
    window = compared
    window.resize(1100, 700)
    window.hanging.show("prior-cc")
    whole = []
    line = corner_painting.TextBlock.line

    def note(block, text, font, ink, y):
        if "PRIOR" in text:
            whole.append(QFontMetricsF(font).horizontalAdvance(text) <= block.room(font))
        return line(block, text, font, ink, y)

    monkeypatch.setattr(corner_painting.TextBlock, "line", note)
    for view in window.viewport_grid.viewports:
        view.foreground.forget()
        view.grab()
    assert whole and all(whole)


def test_a_folder_opens_with_the_latest_examination_of_the_woman_first_found(open_window, make_study):
    then, now = exams(make_study, "2021", "2024")
    other = make_study("else", StudyDate="20250101", StudyInstanceUID="1.2.9", PatientID="P2", PatientName="Roe^Ann")
    assert open_window(then, now, other).session.study.date == "2024-03-15"


def rgb_of(colour) -> list[int]:
    return [colour.red(), colour.green(), colour.blue()]


def test_one_key_blinks_in_the_same_place(compared, qtbot):
    window = compared
    window.hanging.show("four-view")
    view = viewport_of(window, "L CC")
    view.zoom_about(QPointF(60, 80), 1.7)
    before, image = (
        [(v.scale_px, QPointF(v.centre), v.geometry()) for v in window.viewport_grid.viewports],
        picture(view),
    )
    current = [v.scan for v in window.viewport_grid.viewports]
    for _ in range(2):
        qtbot.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_Backspace)
        assert [d for _, d, p in dates(window) if p] == ["2021-03-15"] * 4
        assert [v.scan.name for v in window.viewport_grid.viewports] == [s.name for s in current]
        assert not set(current) & {v.scan for v in window.viewport_grid.viewports}
        assert all("PRIOR 15 Mar 2021" in v.corners().banner for v in window.viewport_grid.viewports)
        assert "PRIOR" in window.windowTitle()
        assert window.actions_by_name["prior"].isChecked()
        assert [(v.scale_px, v.centre, v.geometry()) for v in window.viewport_grid.viewports] == before
        qtbot.keyClick(window.viewport_grid.active.viewport(), Qt.Key.Key_Backspace)
        assert [v.scan for v in window.viewport_grid.viewports] == current
        assert [(v.scale_px, v.centre, v.geometry()) for v in window.viewport_grid.viewports] == before
        assert not any(v.prior or v.corners().banner for v in window.viewport_grid.viewports)
        assert not window.actions_by_name["prior"].isChecked()
    assert (picture(view) == image).all()


def test_an_older_prior_takes_the_place_of_the_one_that_hangs(open_window, make_study, qtbot):
    now, then, before = exams(make_study, "2024", "2021", "2018")
    window = open_window(now, then, before)
    await_prior(qtbot, window, "2021-03-15")
    window.hanging.show("four-view")
    viewport_of(window, "L CC").zoom_about(QPointF(60, 80), 1.7)
    views = [(v.scale_px, QPointF(v.centre)) for v in window.viewport_grid.viewports]
    window.actions_by_name["prior"].trigger()
    for command, year in (("older_prior", "2018"), ("newer_prior", "2021")):
        window.actions_by_name[command].trigger()
        await_prior(qtbot, window, f"{year}-03-15")
        assert {day for _, day, prior in dates(window) if prior} == {f"{year}-03-15"}
        assert window.hanging.prior_shown and "PRIOR" in window.windowTitle()
        assert [(v.scale_px, v.centre) for v in window.viewport_grid.viewports] == views
    window.actions_by_name["prior"].trigger()
    assert not any(prior for _, _, prior in dates(window))
    assert [(v.scale_px, v.centre) for v in window.viewport_grid.viewports] == views


def test_blinking_keeps_the_scale_of_another_film(open_window, make_study, qtbot):
    """Same millimetres in the same pixels, though the prior was taken with a coarser detector."""
    (now,) = exams(make_study, "2024")
    coarse = dict.fromkeys(("R CC", "L CC", "R MLO", "L MLO"), (0.5, 0.5))
    (then,) = exams(make_study, "2021", spacings=coarse)
    window = open_window(then, now)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    view = window.viewport_grid.active
    scale, zoom, centre = view.scale_px, view.zoom, QPointF(view.centre)
    window.hanging.show_prior(True)
    assert view.scale_px == scale
    assert view.zoom == pytest.approx(zoom * 0.5 / 0.4)
    window.hanging.show_prior(False)
    assert (view.scale_px, view.centre) == (scale, centre)
    # Nothing was moved: a new size of the window fits the scans again.
    window.resize(900, 700)
    assert view.scale_px != scale


def test_moving_while_the_prior_is_shown_moves_the_study_as_well(compared):
    window = compared
    window.hanging.show_prior(True)
    view = window.viewport_grid.active
    view.zoom_about(QPointF(view.width() / 2, view.height() / 2), 2.0)
    place = (view.scale_px, QPointF(view.centre))
    window.hanging.show_prior(False)
    assert (view.scale_px, view.centre) == place


@pytest.mark.parametrize("move", ["fit_breast", "zoom_in"])
def test_a_prior_that_arrives_after_a_move_follows_it(compared, move):
    compared.actions_by_name["zoom_in"].trigger()
    compared.actions_by_name["prior"].trigger()
    compared.actions_by_name[move].trigger()
    moved = {viewport.scale_px for viewport in compared.viewport_grid.visible}
    for entry in compared.priors.entries.values():
        compared.priors.loaded.emit(entry)
    assert {viewport.scale_px for viewport in compared.viewport_grid.visible} == moved and len(moved) == 1


def test_stepping_on_shows_the_study_again(compared):
    window = compared
    window.hanging.show_prior(True)
    window.hanging.show_next()
    assert not window.hanging.prior_shown
    assert not any(prior for _, _, prior in dates(window) if not window.hanging.title.endswith("prior"))


def test_a_view_that_the_prior_lacks_is_not_shown_twice(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    (then / "LCC.dcm").unlink()
    window = open_window(then, now)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    window.hanging.show("four-view")
    place = viewport_of(window, "L CC")
    window.hanging.show_prior(True)
    assert place.scan is None
    assert place.note == "No prior of L CC"
    window.hanging.show_prior(False)
    assert place.scan.name == "L CC"


@pytest.mark.parametrize("other", [{"PatientID": "P2"}, {"PatientID": ""}, {"PatientBirthDate": "19500101"}])
def test_another_woman_of_the_same_name_is_no_prior(open_window, make_study, qtbot, other):
    born = {"PatientBirthDate": "19600101"}
    (now,), (then,) = exams(make_study, "2024", **born), exams(make_study, "2021", **{**born, **other})
    window = open_window(now, then)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2024-03-15"))
    answered = []
    window.library.find_priors(window.session.study, answered.append)
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    assert window.priors.study is None
    window.actions_by_name["prior"].trigger()
    assert not window.hanging.prior_shown
    assert any("No earlier examination" in text for text in window.messages.texts)
    assert not window.actions_by_name["prior"].isChecked()


def test_what_is_open_but_later_is_no_prior(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    window = open_window(now, then)
    window.session.show_study(next(i for i, s in enumerate(window.session.studies) if s.date == "2021-03-15"))
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert window.priors.study is None
    assert window.priors.dates == []


def test_priors_are_found_in_the_library_and_stepped_through(open_window, make_study, qtbot, fresh_data_folder):
    now, *before = exams(make_study, "2024", "2021", "2018", "2015")
    with LibraryDatabase() as index:
        for folder in before:
            scan_folder(index, add_folder(index, folder))
    (before[2]).rename(before[2].with_name("unplugged"))
    window = open_window(now)
    await_prior(qtbot, window, "2021-03-15")
    assert len(window.session.studies) == 1
    assert window.priors.dates == ["2021-03-15", "2018-03-15", "2015-03-15"]
    assert any("2015-03-15" in text and "not there" in text for text in window.messages.texts)
    window.hanging.show("prior-mlo")
    window.actions_by_name["older_prior"].trigger()
    await_prior(qtbot, window, "2018-03-15")
    assert [day for _, day, prior in dates(window) if prior] == ["2018-03-15"] * 2
    assert all(np.ptp(picture(v)) > 100 for v in window.viewport_grid.viewports)
    window.actions_by_name["older_prior"].trigger()
    assert "There is no older prior" in window.messages.texts
    window.actions_by_name["newer_prior"].trigger()
    await_prior(qtbot, window, "2021-03-15")


def test_a_prior_that_cannot_be_decoded_says_so_in_its_viewport(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    with LibraryDatabase() as index:
        scan_folder(index, add_folder(index, then))
    file = then / "RCC.dcm"
    held = file.read_bytes()
    window = open_window(now)
    await_prior(qtbot, window, "2021-03-15")
    entry = next(e for e in window.priors.entries.values() if e.scan.name == "R CC")
    file.write_bytes(held[:2000])
    entry.grey = None
    entry.scan.release()
    window.priors.load()
    qtbot.waitUntil(lambda: bool(entry.problem), timeout=PATIENCE_MS)
    window.hanging.show("prior-cc")
    shown = next(v for v in window.viewport_grid.viewports if v.prior and v.scan.name == "R CC")
    assert "RCC.dcm" in shown.note


def test_the_study_that_follows_lets_the_prior_go(compared, make_study, qtbot):
    window = compared
    window.hanging.show_prior(True)
    held = list(window.priors.entries)
    window.open_paths([make_study("other", StudyDate="20200101")])
    qtbot.waitUntil(lambda: len(window.session.studies) == 3 and not window.session.busy, timeout=PATIENCE_MS)
    assert window.priors.study is None
    assert not window.hanging.prior_shown
    assert not any(one.is_decoded for one in held)
    assert not any(prior for _, _, prior in dates(window))
