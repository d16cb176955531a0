"""Priors: found by ID, hung beside the study or in its place, and never to be taken for it."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF

from mammoview.errors import CancelledError
from mammoview.library.index import Index
from mammoview.library.scanning import add, scan
from mammoview.qt import corner_text, theme
from mammoview.qt.entry import State
from mammoview.qt.exporting import rgb
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.outlines import own_file
from mammoview.study.own_outlines import drawn
from mammoview.study.scan import Laterality, Projection
from tests.qt.conftest import PATIENCE_MS, StandIn, pane, picture

BOTH = {"PatientID": "P1", "PatientName": "Doe^Jane"}


def exams(make_study, *years: str, **more: str):
    """Folders of examinations of one woman, in these years."""
    return [make_study(year, StudyDate=f"{year}0315", StudyInstanceUID=f"1.2.{year}", **BOTH, **more) for year in years]


@pytest.fixture
def compared(open_window, make_study, qtbot):
    """A window with an examination and the one before, both given; the later one is on show."""
    now, then = exams(make_study, "2024", "2021")
    window = open_window(now, then)
    window.reading.show_study(next(i for i, s in enumerate(window.reading.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    return window


def await_prior(qtbot, window, date: str) -> None:
    """Wait until the prior of that day is there with its pictures."""
    qtbot.waitUntil(
        lambda: (
            window.priors.study is not None
            and window.priors.study.date == date
            and all(entry.grey is not None for entry in window.priors.entries.values())
            and not window.reading.busy
        ),
        timeout=PATIENCE_MS,
    )


def dates(window) -> list[tuple[str, str, bool]]:
    """Name, date and whether a prior, of every pane that has a scan."""
    return [(v.scan.name, v.date, v.prior) for v in window.light_box.viewports if v.scan is not None]


def test_a_stage_hangs_both_at_one_scale(compared):
    window = compared
    window.stages.show("prior-cc")
    assert dates(window) == [
        ("R CC", "2024-03-15", False), ("L CC", "2024-03-15", False),
        ("R CC", "2021-03-15", True), ("L CC", "2021-03-15", True),
    ]  # fmt: skip
    views = window.light_box.viewports
    assert len({view.scale_px for view in views}) == 1
    assert all(np.ptp(picture(view)) > 100 for view in views)
    assert views[0].wall_left == views[2].wall_left
    # They are moved together, as panes of one projection are.
    views[0].zoom_about(QPointF(50, 50), 2.0)
    assert views[2].centre == views[0].centre
    assert views[2].scale_px == views[0].scale_px


def test_only_a_prior_says_that_it_is_one_with_its_day(compared):
    window = compared
    window.stages.show("prior-cc")
    banners = [view.corners().banner for view in window.light_box.viewports]
    assert banners == ["", "", "PRIOR 15 Mar 2021", "PRIOR 15 Mar 2021"]
    framed = [bool((rgb(v.viewport().grab().toImage()) == rgb_of(theme.PRIOR)).all(-1).sum() > 50)
              for v in window.light_box.viewports]  # fmt: skip
    assert framed == [False, False, True, True]
    # The day is the patient's, but that it is a prior is said always.
    window.corner_choice.show_patient(False)
    assert [view.corners().banner for view in window.light_box.viewports][2:] == ["PRIOR", "PRIOR"]
    assert "2021" not in window.windowTitle()


def test_a_priors_day_is_whole_in_a_narrow_pane(compared, qtbot, monkeypatch):
    window = compared
    window.resize(1100, 700)
    window.stages.show("prior-cc")
    whole = []
    line = corner_text._Block.line

    def note(block, text, font, ink, y):
        if "PRIOR" in text:
            whole.append(QFontMetricsF(font).horizontalAdvance(text) <= block.room(font))
        return line(block, text, font, ink, y)

    monkeypatch.setattr(corner_text._Block, "line", note)
    for view in window.light_box.viewports:
        view._words.forget()
        view.grab()
    assert whole and all(whole)


def test_a_folder_opens_with_the_latest_examination_of_the_woman_first_found(open_window, make_study):
    then, now = exams(make_study, "2021", "2024")
    other = make_study("else", StudyDate="20250101", StudyInstanceUID="1.2.9", PatientID="P2", PatientName="Roe^Ann")
    assert open_window(then, now, other).reading.study.date == "2024-03-15"


def rgb_of(colour) -> list[int]:
    return [colour.red(), colour.green(), colour.blue()]


def test_one_key_blinks_in_the_same_place(compared, qtbot):
    window = compared
    window.stages.show("four-view")
    view = pane(window, "L CC")
    view.zoom_about(QPointF(60, 80), 1.7)
    before, image = [(v.scale_px, QPointF(v.centre), v.geometry()) for v in window.light_box.viewports], picture(view)
    current = [v.scan for v in window.light_box.viewports]
    for _ in range(2):
        qtbot.keyClick(window.light_box.active.viewport(), Qt.Key.Key_Backspace)
        assert [d for _, d, p in dates(window) if p] == ["2021-03-15"] * 4
        assert [v.scan.name for v in window.light_box.viewports] == [s.name for s in current]
        assert not set(current) & {v.scan for v in window.light_box.viewports}
        assert all("PRIOR 15 Mar 2021" in v.corners().banner for v in window.light_box.viewports)
        assert "PRIOR" in window.windowTitle()
        assert window.actions_by_name["prior"].isChecked()
        assert [(v.scale_px, v.centre, v.geometry()) for v in window.light_box.viewports] == before
        qtbot.keyClick(window.light_box.active.viewport(), Qt.Key.Key_Backspace)
        assert [v.scan for v in window.light_box.viewports] == current
        assert [(v.scale_px, v.centre, v.geometry()) for v in window.light_box.viewports] == before
        assert not any(v.prior or v.corners().banner for v in window.light_box.viewports)
        assert not window.actions_by_name["prior"].isChecked()
    assert (picture(view) == image).all()


def test_an_older_prior_takes_the_place_of_the_one_that_hangs(open_window, make_study, qtbot):
    now, then, before = exams(make_study, "2024", "2021", "2018")
    window = open_window(now, then, before)
    await_prior(qtbot, window, "2021-03-15")
    window.stages.show("four-view")
    pane(window, "L CC").zoom_about(QPointF(60, 80), 1.7)
    views = [(v.scale_px, QPointF(v.centre)) for v in window.light_box.viewports]
    window.actions_by_name["prior"].trigger()
    for command, year in (("older_prior", "2018"), ("newer_prior", "2021")):
        window.actions_by_name[command].trigger()
        await_prior(qtbot, window, f"{year}-03-15")
        assert {day for _, day, prior in dates(window) if prior} == {f"{year}-03-15"}
        assert window.stages.prior_shown and "PRIOR" in window.windowTitle()
        assert [(v.scale_px, v.centre) for v in window.light_box.viewports] == views
    window.actions_by_name["prior"].trigger()
    assert not any(prior for _, _, prior in dates(window))
    assert [(v.scale_px, v.centre) for v in window.light_box.viewports] == views


def test_blinking_keeps_the_scale_of_another_film(open_window, make_study, qtbot):
    """Same millimetres in the same pixels, though the prior was taken with a coarser detector."""
    now = make_study("2024", StudyDate="20240315", StudyInstanceUID="1.2.2024", **BOTH)
    coarse = dict.fromkeys(("R CC", "L CC", "R MLO", "L MLO"), (0.5, 0.5))
    then = make_study("2021", spacings=coarse, StudyDate="20210315", StudyInstanceUID="1.2.2021", **BOTH)
    window = open_window(then, now)
    window.reading.show_study(next(i for i, s in enumerate(window.reading.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    view = window.light_box.active
    scale, zoom, centre = view.scale_px, view.zoom, QPointF(view.centre)
    window.stages.show_prior(True)
    assert view.scale_px == scale
    assert view.zoom == pytest.approx(zoom * 0.5 / 0.4)
    window.stages.show_prior(False)
    assert (view.scale_px, view.centre) == (scale, centre)
    # Nobody has moved anything: a new size of the window fits the scans again.
    window.resize(900, 700)
    assert view.scale_px != scale


def test_moving_while_the_prior_is_shown_moves_the_study_as_well(compared):
    window = compared
    window.stages.show_prior(True)
    view = window.light_box.active
    view.zoom_about(QPointF(view.width() / 2, view.height() / 2), 2.0)
    place = (view.scale_px, QPointF(view.centre))
    window.stages.show_prior(False)
    assert (view.scale_px, view.centre) == place


def test_stepping_on_shows_the_study_again(compared):
    window = compared
    window.stages.show_prior(True)
    window.stages.show_next()
    assert not window.stages.prior_shown
    assert not any(prior for _, _, prior in dates(window) if not window.stages.title.endswith("prior"))


def test_a_view_that_the_prior_lacks_is_not_shown_twice(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    (then / "LCC.dcm").unlink()
    window = open_window(then, now)
    window.reading.show_study(next(i for i, s in enumerate(window.reading.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, window, "2021-03-15")
    window.stages.show("four-view")
    place = pane(window, "L CC")
    window.stages.show_prior(True)
    assert place.scan is None
    assert place.note == "No prior of L CC"
    window.stages.show_prior(False)
    assert place.scan.name == "L CC"


class Noting(StandIn):
    """Notes which file it is asked about; from some file on it works until it is cancelled."""

    def __init__(self, stop_at: str = "") -> None:
        self.asked: list[str] = []
        self.stop_at = stop_at
        self.never = Event()

    def assess(self, scan, progress=None, cancelled=None, arrived=None):
        self.asked.append(f"{scan.path.parent.name} {scan.name}")
        while self.asked[-1].startswith(self.stop_at or "nothing"):
            if cancelled():
                raise CancelledError
            self.never.wait(0.002)  # lets the other threads run
        return super().assess(scan, progress, cancelled, arrived)


def of_2024(open_window, now, then, models):
    """Window on the later of two examinations, shown before anything was assessed."""
    with Index() as index:
        scan(index, add(index, then))
    return open_window(now, assessor=lambda: models, wait=False)


def test_priors_are_assessed_after_the_study(open_window, make_study, qtbot):
    models = Noting()
    window = of_2024(open_window, *exams(make_study, "2024", "2021"), models)
    await_prior(qtbot, window, "2021-03-15")
    assert [asked.split()[0] for asked in models.asked] == ["2024"] * 4 + ["2021"] * 4
    assert all(entry.state is State.DONE for entry in window.priors.entries.values())


def test_the_layers_of_a_prior_hang_over_it_and_follow_the_reader(compared):
    window = compared
    window.layers.show_only(["heatmap"])
    window.stages.show("prior-cc")
    views = [view for view in window.light_box.viewports if view.prior]
    assert all("heatmap" in view.content._items for view in views)
    own = [entry.assessed.assessment for entry in window.priors.entries.values()]
    window.model_layers.choose_grid("grid_200um")
    assert all(entry.assessed.assessment.drawn == "grid_200um" for entry in window.priors.entries.values())
    assert not any(one.drawn for one in own)


def test_cancelling_stops_the_prior_as_well_and_asking_goes_on_with_it(open_window, make_study, qtbot):
    models = Noting("2021")
    window = of_2024(open_window, *exams(make_study, "2024", "2021"), models)
    qtbot.waitUntil(
        lambda: len(models.asked) == 5 and all(entry.grey is not None for entry in window.priors.entries.values()),
        timeout=30000,
    )
    assert window.reading.busy
    window.reading.cancel()
    assert not window.reading.busy
    assert {entry.state for entry in window.priors.entries.values()} == {State.NOT_RUN}
    assert {entry.state for entry in window.reading.entries.values()} == {State.DONE}
    models.stop_at = ""
    window.reading.assess()
    await_prior(qtbot, window, "2021-03-15")
    assert {entry.state for entry in window.priors.entries.values()} == {State.DONE}


def test_a_prior_that_makes_way_for_an_older_one_is_assessed_no_more(open_window, make_study, qtbot):
    now, then, before = exams(make_study, "2024", "2021", "2018")
    with Index() as index:
        scan(index, add(index, before))
    models = Noting("2021")
    window = of_2024(open_window, now, then, models)
    qtbot.waitUntil(lambda: len(models.asked) == 5, timeout=30000)
    left = list(window.priors.entries.values())
    window.priors.show_older()
    await_prior(qtbot, window, "2018-03-15")
    assert [asked.split()[0] for asked in models.asked[4:]] == ["2021"] + ["2018"] * 4
    assert not any(entry.assessed for entry in left)


def test_a_prior_whose_assessment_was_kept_is_not_assessed_again(open_window, make_study, qtbot):
    models = Noting()
    now, then = exams(make_study, "2024", "2021")
    window = of_2024(open_window, now, then, models)
    window.reading.keep_in(lambda: kept)
    kept = Kept()
    await_prior(qtbot, window, "2021-03-15")
    first, asked = window.priors.entries, list(models.asked)
    window.priors._drop()
    window.priors._look()
    await_prior(qtbot, window, "2021-03-15")
    assert window.priors.entries is not first
    qtbot.waitUntil(lambda: all(e.assessed for e in window.priors.entries.values()), timeout=30000)
    assert models.asked == asked


class Kept:
    """A cache in memory, by file."""

    def __init__(self) -> None:
        self.by_file: dict[object, object] = {}

    def get(self, scan):
        return self.by_file.get(scan.path)

    def put(self, scan, assessment) -> None:
        self.by_file[scan.path] = assessment


def test_the_findings_leave_priors_alone(compared):
    window = compared
    assert not set(window.priors.entries) & set(window.reading.entries)
    assert all(entry.assessed is not None for entry in window.priors.entries.values())
    listed = window.findings._entries
    assert {entry.scan for entry in listed} == set(window.reading.entries)
    window.stages.show_prior(True)
    assert all(v.content.scan in window.priors.entries for v in window.light_box.viewports)
    assert {(e.scan.laterality, e.scan.projection) for e in window.reading.entries.values()} == {
        (side, view) for side in Laterality for view in (Projection.CC, Projection.MLO)
    }


@pytest.mark.parametrize("other", [{"PatientID": "P2"}, {"PatientID": ""}, {"PatientBirthDate": "19500101"}])
def test_another_woman_of_the_same_name_is_no_prior(open_window, make_study, qtbot, other):
    born = {"PatientBirthDate": "19600101"}
    now = make_study("2024", StudyDate="20240315", StudyInstanceUID="1.2.2024", **{**BOTH, **born})
    then = make_study("2021", StudyDate="20210315", StudyInstanceUID="1.2.2021", **{**BOTH, **born, **other})
    window = open_window(now, then)
    window.reading.show_study(next(i for i, s in enumerate(window.reading.studies) if s.date == "2024-03-15"))
    answered = []
    window.library.find_priors(window.reading.study, answered.append)
    qtbot.waitUntil(lambda: bool(answered), timeout=PATIENCE_MS)
    assert window.priors.study is None
    window.actions_by_name["prior"].trigger()
    assert not window.stages.prior_shown
    assert any("No earlier examination" in text for text in window.messages.texts)
    assert not window.actions_by_name["prior"].isChecked()


def test_what_is_open_but_later_is_no_prior(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    window = open_window(now, then)
    window.reading.show_study(next(i for i, s in enumerate(window.reading.studies) if s.date == "2021-03-15"))
    qtbot.waitUntil(lambda: not window.reading.busy, timeout=PATIENCE_MS)
    assert window.priors.study is None
    assert window.priors.dates == []


def test_priors_are_found_in_the_library_and_stepped_through(open_window, make_study, qtbot, fresh_data_folder):
    now, *before = exams(make_study, "2024", "2021", "2018", "2015")
    with Index() as index:
        for folder in before:
            scan(index, add(index, folder))
    (before[2]).rename(before[2].with_name("unplugged"))
    window = open_window(now)
    await_prior(qtbot, window, "2021-03-15")
    assert len(window.reading.studies) == 1
    assert window.priors.dates == ["2021-03-15", "2018-03-15", "2015-03-15"]
    assert any("2015-03-15" in text and "not there" in text for text in window.messages.texts)
    window.stages.show("prior-mlo")
    window.actions_by_name["older_prior"].trigger()
    await_prior(qtbot, window, "2018-03-15")
    assert [day for _, day, prior in dates(window) if prior] == ["2018-03-15"] * 2
    assert all(np.ptp(picture(v)) > 100 for v in window.light_box.viewports)
    window.actions_by_name["older_prior"].trigger()
    assert "There is no older prior" in window.messages.texts
    window.actions_by_name["newer_prior"].trigger()
    await_prior(qtbot, window, "2021-03-15")


def test_a_prior_that_cannot_be_decoded_says_so_in_its_pane(open_window, make_study, qtbot):
    now, then = exams(make_study, "2024", "2021")
    with Index() as index:
        scan(index, add(index, then))
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
    window.stages.show("prior-cc")
    shown = next(v for v in window.light_box.viewports if v.prior and v.scan.name == "R CC")
    assert "RCC.dcm" in shown.note


def test_the_study_that_follows_lets_the_prior_go(compared, make_study, qtbot):
    window = compared
    window.stages.show_prior(True)
    held = list(window.priors.entries)
    window.open_paths([make_study("other", StudyDate="20200101")])
    qtbot.waitUntil(lambda: len(window.reading.studies) == 3 and not window.reading.busy, timeout=PATIENCE_MS)
    assert window.priors.study is None
    assert not window.stages.prior_shown
    assert all(one._pixels is None for one in held)
    assert not any(prior for _, _, prior in dates(window))


# What is drawn and measured on a prior


def prior_pane(window, name: str):
    return next(v for v in window.light_box.viewports if v.prior and v.scan.name == name)


def triangle(scan, kind=AnnotationKind.RULER) -> tuple:
    """A ruler and an outline for a scan."""
    return (
        drawn([(0.2 * scan.columns, 250), (0.4 * scan.columns, 250), (0.3 * scan.columns, 330)]),
        Annotation(kind, np.array([[0.25 * scan.columns, 300.0], [0.5 * scan.columns, 300.0]])),
    )


def test_drawings_on_a_prior_are_its_own_and_saved_with_it(compared, open_window, tmp_path, qtbot):
    window = compared
    window.stages.show("prior-cc")
    old, new = prior_pane(window, "L CC"), pane(window, "L CC")
    scan = old.scan
    assert scan is not new.scan
    outline, ruler = triangle(scan)
    window.drawing.add(scan, outline)
    window.drawing.add(scan, ruler)
    assert [one for one, _figures in old.content.annotations.shown] == [ruler]
    assert scan.outlines == (outline,)
    assert new.scan.annotations == () and new.scan.outlines == () and new.content.annotations.shown == []
    # In its place, too, a prior keeps what is its own, and the study what is not.
    window.stages.show("four-view")
    window.stages.show_prior(True)
    assert next(v for v in window.light_box.viewports if v.scan is scan).content.annotations.shown
    window.stages.show_prior(False)
    assert pane(window, "L CC").content.annotations.shown == []
    window.actions_by_name["save"].trigger()
    beside = own_file(tmp_path / "2021" / "LCC.dcm")
    qtbot.waitUntil(lambda: beside.is_file() and not window.drawing.unsaved, timeout=PATIENCE_MS)
    assert not list((tmp_path / "2024").glob("*.own.outlines.json"))
    # No comparison counts it, and it comes back with the prior.
    assert scan not in window.reading.entries
    again = open_window(tmp_path / "2021", tmp_path / "2024")
    again.reading.show_study(next(i for i, s in enumerate(again.reading.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, again, "2021-03-15")
    again.stages.show("prior-cc")
    assert len(prior_pane(again, "L CC").scan.annotations) == 1
    assert pane(again, "L CC").scan.annotations == ()


def test_what_the_users_folder_keeps_of_a_prior_comes_back_with_it(compared, open_window, tmp_path, qtbot):
    window = compared
    window.stages.show("prior-cc")
    scan = prior_pane(window, "L CC").scan
    window.drawing.add(scan, triangle(scan)[1])
    window.outline_saving.keep_in_own_folder(scan)
    qtbot.waitUntil(lambda: not window.drawing.unsaved, timeout=PATIENCE_MS)
    again = open_window(tmp_path / "2021", tmp_path / "2024")
    again.reading.show_study(next(i for i, s in enumerate(again.reading.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, again, "2021-03-15")
    again.stages.show("prior-cc")
    qtbot.waitUntil(lambda: len(prior_pane(again, "L CC").scan.annotations) == 1, timeout=PATIENCE_MS)


def test_a_calibration_on_a_prior_is_that_of_the_prior_alone(compared, qtbot):
    window = compared
    window.stages.show("prior-cc")
    old, new = prior_pane(window, "L CC"), pane(window, "L CC")
    before = new.scan.spacing
    ruler = triangle(old.scan)[1]
    window.drawing.add(old.scan, ruler)
    window.calibrating.calibrate(old.scan, ruler, 80.0)
    width = old.scan.spacing.column_mm * 0.25 * old.scan.columns
    assert width == pytest.approx(80.0)
    assert {entry.scan.spacing for entry in window.priors.entries.values()} == {old.scan.spacing}
    assert old.content.annotations.shown[0][1][0] == "80.0 mm, calibrated by you"
    assert old.content.placement.rect.width() == pytest.approx(old.scan.columns * old.scan.spacing.column_mm)
    assert {entry.scan.spacing for entry in window.reading.entries.values()} == {before}
    assert not any("calibrated by you" in line for line in new.corners().bottom)
    window.calibrating.undo()
    assert old.scan.spacing == before
