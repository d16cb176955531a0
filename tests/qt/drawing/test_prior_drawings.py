"""What is drawn and measured on a prior is the prior's, and comes back with it."""

from __future__ import annotations

import numpy as np
import pytest

from mammoview.formats.common.outline_files import own_file
from mammoview.records.own_drawings import own_outline
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import await_prior, viewport_of
from tests.support.timeouts import PATIENCE_MS


def prior_viewport(window, name: str):
    return next(v for v in window.viewport_grid.viewports if v.prior and v.scan.name == name)


def triangle(scan, kind=AnnotationKind.RULER) -> tuple:
    """A ruler and an outline for a scan."""
    return (
        own_outline([(0.2 * scan.columns, 250), (0.4 * scan.columns, 250), (0.3 * scan.columns, 330)]),
        Annotation(kind, np.array([[0.25 * scan.columns, 300.0], [0.5 * scan.columns, 300.0]])),
    )


def test_drawings_on_a_prior_are_its_own_and_saved_with_it(compared, open_window, tmp_path, qtbot):
    window = compared
    window.hanging.show("prior-cc")
    old, new = prior_viewport(window, "L CC"), viewport_of(window, "L CC")
    scan = old.scan
    assert scan is not new.scan
    outline, ruler = triangle(scan)
    window.drawing.add(scan, outline)
    window.drawing.add(scan, ruler)
    assert [one for one, _figures in old.content.annotations.shown] == [ruler]
    assert scan.outlines == (outline,)
    assert new.scan.annotations == () and new.scan.outlines == () and new.content.annotations.shown == []
    # In its place, too, a prior keeps what is its own, and the study what is not.
    window.hanging.show("four-view")
    window.hanging.show_prior(True)
    assert next(v for v in window.viewport_grid.viewports if v.scan is scan).content.annotations.shown
    window.hanging.show_prior(False)
    assert viewport_of(window, "L CC").content.annotations.shown == []
    window.actions_by_name["save"].trigger()
    beside = own_file(tmp_path / "2021" / "LCC.dcm")
    qtbot.waitUntil(lambda: beside.is_file() and not window.drawing.unsaved, timeout=PATIENCE_MS)
    assert not list((tmp_path / "2024").glob("*.own.outlines.json"))
    # No comparison counts it, and it comes back with the prior.
    assert scan not in window.session.entries
    again = open_window(tmp_path / "2021", tmp_path / "2024")
    again.session.show_study(next(i for i, s in enumerate(again.session.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, again, "2021-03-15")
    again.hanging.show("prior-cc")
    assert len(prior_viewport(again, "L CC").scan.annotations) == 1
    assert viewport_of(again, "L CC").scan.annotations == ()


def test_what_the_users_folder_keeps_of_a_prior_comes_back_with_it(compared, open_window, tmp_path, qtbot):
    window = compared
    window.hanging.show("prior-cc")
    scan = prior_viewport(window, "L CC").scan
    window.drawing.add(scan, triangle(scan)[1])
    window.outline_save.keep_in_own_folder(scan)
    qtbot.waitUntil(lambda: not window.drawing.unsaved, timeout=PATIENCE_MS)
    again = open_window(tmp_path / "2021", tmp_path / "2024")
    again.session.show_study(next(i for i, s in enumerate(again.session.studies) if s.date == "2024-03-15"))
    await_prior(qtbot, again, "2021-03-15")
    again.hanging.show("prior-cc")
    qtbot.waitUntil(lambda: len(prior_viewport(again, "L CC").scan.annotations) == 1, timeout=PATIENCE_MS)


def test_a_calibration_on_a_prior_is_that_of_the_prior_alone(compared, qtbot):
    window = compared
    window.hanging.show("prior-cc")
    old, new = prior_viewport(window, "L CC"), viewport_of(window, "L CC")
    before = new.scan.spacing
    ruler = triangle(old.scan)[1]
    window.drawing.add(old.scan, ruler)
    window.calibration.calibrate(old.scan, ruler, 80.0)
    width = old.scan.spacing.column_mm * 0.25 * old.scan.columns
    assert width == pytest.approx(80.0)
    assert {entry.scan.spacing for entry in window.priors.entries.values()} == {old.scan.spacing}
    assert old.content.annotations.shown[0][1][0] == "80.0 mm, calibrated by you"
    assert old.content.placement.rect.width() == pytest.approx(old.scan.columns * old.scan.spacing.column_mm)
    assert {entry.scan.spacing for entry in window.session.entries.values()} == {before}
    assert not any("calibrated by you" in line for line in new.corners().bottom)
    window.calibration.undo()
    assert old.scan.spacing == before
