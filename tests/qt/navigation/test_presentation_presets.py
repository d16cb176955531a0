"""A presentation state chosen as the grey of a viewport turns, covers and places its scan as it specifies."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.sequence import Sequence

from mammoview.qt.main_window.true_size import screen_description
from tests.qt.conftest import SPACING, picture, viewport_of
from tests.support.dicom_files import item, write
from tests.support.referencing_objects import presentation_state

SHUTTER = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 1,
    "ShutterRightVerticalEdge": 200,
    "ShutterUpperHorizontalEdge": 201,
    "ShutterLowerHorizontalEdge": 400,
    "ShutterPresentationValue": 0xFFFF,
}


@pytest.fixture
def with_state(open_window, study):
    """Open the study of 600 x 400 scans with a state of its L CC; returns window and viewport, before it is chosen."""

    def opened(**asked):
        uid = str(dcmread(study / "LCC.dcm").SOPInstanceUID)
        voi = Sequence([item(WindowCenter="2000", WindowWidth="4000")])
        made = presentation_state([uid], (600, 400), SoftcopyVOILUTSequence=voi, **asked)
        write(study / "state.dcm", made)
        window = open_window(study)
        window.layers.show_only(())
        viewport = viewport_of(window, "L CC")
        window.viewport_grid.activate(viewport)
        return window, viewport

    return opened


def choose(window, viewport) -> None:
    """Choose the state."""
    window.voi.show_preset(len(viewport.content.grey.picture.presets) - 1)


def test_it_turns_and_back(with_state):
    window, viewport = with_state(ImageRotation=90, ImageHorizontalFlip="N")
    before, letters = viewport.content.to_plane(100, 200), viewport.letters
    choose(window, viewport)
    # Clockwise: what was up is at the right, and rows run to the left.
    here, right, down = (viewport.content.to_plane(*p) for p in ((100, 200), (101, 200), (100, 201)))
    assert right.y() > here.y() and right.x() == pytest.approx(here.x())
    assert down.x() < here.x() and down.y() == pytest.approx(here.y())
    assert viewport.letters == (letters[3], letters[0], letters[1], letters[2])
    rect = viewport.content.placement.rect
    assert (rect.left(), rect.width(), rect.height()) == pytest.approx((0, 240, 160))
    window.voi.show_preset(0)
    assert viewport.content.to_plane(100, 200) == before and viewport.letters == letters


def test_the_shutter_covers_the_rest_below_the_layers(with_state):
    window, viewport = with_state(**SHUTTER)
    open_, place = picture(viewport), lambda c, r: viewport.viewport_point(c, r).toPoint()
    outside, inside = place(300, 300), place(100, 300)
    assert open_[outside.y(), outside.x(), 0] < 200
    choose(window, viewport)
    covered = picture(viewport)
    assert covered[outside.y(), outside.x()].tolist() == [255, 255, 255]
    assert 0 < covered[inside.y(), inside.x(), 0] < 255
    window.voi.show_preset(0)
    np.testing.assert_array_equal(picture(viewport), open_)


def test_the_displayed_area_fills_the_viewport(with_state):
    area = item(
        DisplayedAreaTopLeftHandCorner=[51, 201],
        DisplayedAreaBottomRightHandCorner=[150, 300],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=[1, 1],
    )
    window, viewport = with_state(DisplayedAreaSelectionSequence=Sequence([area]))
    window.viewport_grid.set_linked(False)
    choose(window, viewport)
    corners = [viewport.viewport_point(*p) for p in ((50, 200), (150, 300))]
    width, height = (abs(corners[1].x() - corners[0].x()), abs(corners[1].y() - corners[0].y()))
    viewport_size = viewport.viewport().rect()
    assert min(viewport_size.width() - width, viewport_size.height() - height) == pytest.approx(0, abs=1)
    assert max(width - viewport_size.width(), height - viewport_size.height()) <= 1


def true_size(mm: float, first=(1, 1), last=(400, 600)) -> Sequence:
    """Return the displayed area of a state that specifies pixels `mm` wide on the screen."""
    return Sequence(
        [
            item(
                DisplayedAreaTopLeftHandCorner=list(first),
                DisplayedAreaBottomRightHandCorner=list(last),
                PresentationSizeMode="TRUE SIZE",
                PresentationPixelSpacing=[mm, mm],
            )
        ]
    )


@pytest.mark.parametrize(("mm", "claimed"), [(SPACING[1], True), (SPACING[1] / 2, False)])
def test_true_size_is_that_of_the_state_on_a_measured_screen(with_state, mm, claimed):
    """The viewport claims it only where the state and the scan agree on how wide a pixel is."""
    window, viewport = with_state(DisplayedAreaSelectionSequence=true_size(mm, (101, 201), (200, 400)))
    window.settings.screens = (screen_description(window.screen(), 0.25),)
    choose(window, viewport)
    a, b = viewport.viewport_point(100, 300), viewport.viewport_point(200, 300)
    assert (b.x() - a.x()) * viewport.devicePixelRatioF() * 0.25 == pytest.approx(100 * mm)
    assert viewport.true_size is claimed
    assert not [text for text in window.messages.texts if "true size" in text]
    middle = viewport.viewport_point(150, 300)
    assert middle.y() == pytest.approx(viewport.viewport().height() / 2, abs=1)


def test_true_size_is_what_fits_where_the_screen_is_not_measured_and_says_so(with_state):
    window, viewport = with_state(DisplayedAreaSelectionSequence=true_size(SPACING[1]))
    choose(window, viewport)
    assert not viewport.true_size
    assert viewport.scale_px == pytest.approx(min(v.fitting_scale() for v in window.viewport_grid.visible))
    assert "No true size, as the presentation state specifies: the viewport must lie on a measured screen" in (
        window.messages.texts
    )
