"""Overlay planes of the file are a layer and a list; they follow flips and zoom, and a presentation state's choice."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import draw_annotated
from mammoview.export.captions import captions
from mammoview.qt.main_window.viewport_pictures import without_patient
from mammoview.study.marks import MarkOrigin
from tests.formats.dicom.test_overlay_planes import label, with_plane
from tests.qt.conftest import picture, viewport_of
from tests.support.dicom_files import write
from tests.support.referencing_objects import annotation, presentation_state, written

TOP, LEFT = 205, 141


@pytest.fixture
def planes_study(study: Path) -> Path:
    """The made-up study with a ring drawn into both CC views, and one into L CC elsewhere."""
    y, x = np.mgrid[:61, :61] - 30
    ring = (np.hypot(y, x) < 30) & (np.hypot(y, x) > 28.5)
    for name in ("LCC", "RCC"):
        made = dcmread(study / f"{name}.dcm")
        with_plane(made, ring, (TOP + 1, LEFT + 1), label=label("First target mark"))
        if name == "LCC":
            with_plane(made, ring, (401, 21), group=0x6002)
        write(study / f"{name}.dcm", made)
    return study


@pytest.fixture
def shown(open_window: Callable, planes_study: Path):
    return open_window(planes_study)


def places(viewport, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return where two pictures of a viewport differ, scan pixels (column, row)."""
    changed = np.argwhere((before != after).any(-1))
    ratio = viewport.devicePixelRatioF()
    origin, along, down = (viewport.viewport_point(*point) for point in ((0, 0), (1, 0), (0, 1)))
    x = (changed[:, 1] / ratio - origin.x()) / (along.x() - origin.x())
    y = (changed[:, 0] / ratio - origin.y()) / (down.y() - origin.y())
    return np.column_stack([x, y])


def test_planes_have_a_list_and_none_where_there_are_none(shown) -> None:
    rows = shown.layers_panel.rows
    assert (
        not rows[MarkOrigin.OVERLAY].isHidden()
        and rows[MarkOrigin.CAD].isHidden()
        and rows[MarkOrigin.STATE].isHidden()
    )
    texts = [shown.mark_lists.lists[MarkOrigin.OVERLAY].item(i).text() for i in range(3)]
    assert texts == ["R CC  First target mark (overlay 6000)", "L CC  First target mark (overlay 6000)",
                     "L CC  overlay 6002"]  # fmt: skip


@pytest.mark.parametrize("zoom", [1.0, 6.0])
@pytest.mark.parametrize("name", ["L CC", "R CC"])
def test_a_plane_lies_where_it_was_drawn_at_every_zoom(shown, name: str, zoom: float) -> None:
    viewport = viewport_of(shown, name)
    if zoom != 1:
        viewport.zoom_about(viewport.viewport_point(LEFT + 30, TOP + 30), zoom)
    before = picture(viewport)
    shown.layers.switch("planes", True)
    found = places(viewport, before, picture(viewport))
    ring = found[np.abs(found - (LEFT + 30.5, TOP + 30.5)).max(1) < 40]
    distance = np.hypot(*(ring - (LEFT + 30.5, TOP + 30.5)).T)
    # Lines are seen whole, though they are thinner than a pixel of the screen; the words beside the box are not meant.
    px = 1 / viewport.zoom
    near = np.abs(distance - 29.3) < 2 + 2.5 * px
    assert near.mean() > 0.8
    angles = np.arctan2(*(ring[near] - (LEFT + 30.5, TOP + 30.5)).T)
    assert np.histogram(angles, 24, (-np.pi, np.pi))[0].min() > 0
    shown.layers.switch("planes", False)
    np.testing.assert_array_equal(picture(viewport), before)


def test_planes_stay_where_a_picture_leaves_without_the_patient(shown) -> None:
    viewport = viewport_of(shown, "L CC")
    before = without_patient(viewport)
    shown.layers.switch("planes", True)
    there = picture(viewport)
    assert without_patient(viewport) == before
    assert "planes" in shown.layers.switched_on and "planes" not in shown.layers.nameless
    np.testing.assert_array_equal(picture(viewport), there)


def test_the_pointer_reads_the_words_on_the_line_alone(shown) -> None:
    viewport = viewport_of(shown, "L CC")
    shown.layers.switch("planes", True)
    assert "First target mark (overlay 6000)" in viewport.tip_at(viewport.viewport_point(LEFT + 30, TOP + 1))
    assert "target" not in viewport.tip_at(viewport.viewport_point(LEFT + 30, TOP + 30))


def test_a_presentation_state_shows_the_planes_that_it_activates(open_window: Callable, planes_study: Path) -> None:
    left = dcmread(planes_study / "LCC.dcm", stop_before_pixels=True)
    state = presentation_state([str(left.SOPInstanceUID)], (600, 400), str(left.StudyInstanceUID))
    state.add_new((0x6002, 0x1001), "CS", "MARKS")
    write(planes_study / "state.dcm", state)
    window = open_window(planes_study)
    viewport = viewport_of(window, "L CC")
    window.viewport_grid.activate(viewport)
    window.layers.switch("planes", True)
    on, elsewhere = viewport.viewport_point(LEFT + 30, TOP + 1), viewport.viewport_point(50, 401)
    assert "6000" in viewport.tip_at(on) and "6002" in viewport.tip_at(elsewhere)
    presets = list(viewport.content.grey.picture.presets)
    window.voi.show_preset(next(i for i, name in enumerate(presets) if "SECOND READ" in name))
    assert "6000" not in viewport.tip_at(on) and "6002" in viewport.tip_at(elsewhere)
    window.voi.show_preset(0)
    assert "6000" in viewport.tip_at(on)


def test_a_scan_that_is_taken_down_needs_no_garbage_collector(shown) -> None:
    """Its items would be freed in whatever thread that runs in, where Qt must not be used."""
    viewport = viewport_of(shown, "L CC")
    shown.layers.switch("planes", True)
    picture(viewport)
    gc.collect()
    gc.disable()
    try:
        content = weakref.ref(viewport.content)
        shown.session.close_study()
        assert content() is None
    finally:
        gc.enable()


def test_texts_of_two_layers_at_one_place_do_not_cover_each_other(open_window: Callable, planes_study: Path) -> None:
    uid = str(dcmread(planes_study / "LCC.dcm", stop_before_pixels=True).SOPInstanceUID)
    # Drawn at the upper right corner of the ring, beside which the words of the plane stand.
    said = annotation([uid], texts=[written("Seen in the second read", (LEFT + 61, TOP))])
    state = presentation_state([uid], (600, 400), "1.2.3", GraphicAnnotationSequence=[said])
    write(planes_study / "state.dcm", state)
    window = open_window(planes_study)
    viewport = viewport_of(window, "L CC")
    bare = picture(viewport)
    drawn = {}
    for layers in (("planes",), ("gsps",), ("planes", "gsps")):
        for name in layers:
            window.layers.switch(name, True)
        drawn[layers] = (picture(viewport) != bare).any(-1).sum()
        for name in layers:
            window.layers.switch(name, False)
    apart = drawn["planes",] + drawn["gsps",]
    assert drawn["planes", "gsps"] > 0.97 * apart


@pytest.mark.parametrize("name", ["L CC", "R CC"])
def test_exports_draw_planes_where_they_are_asked_for(planes_study: Path, name: str) -> None:
    import mammoview
    from mammoview.display import screen_orientation

    scan = next(s for s in mammoview.open_study(planes_study)[0].scans if s.name == name)
    plain, drawn = (np.asarray(draw_annotated(scan, None, layers))[: scan.rows] for layers in ((), ("planes",)))
    changed = np.argwhere((plain != drawn).any(-1))[:, ::-1] + 0.5
    # The strip below is wider than the scan, which stands in the middle.
    beside = np.array([(plain.shape[1] - scan.columns) // 2, 0])
    centre = screen_orientation.hung_transform(analyse(scan))([LEFT + 30.5, TOP + 30.5]) + beside
    near = changed[np.abs(changed - centre).max(1) < 40]
    assert np.abs(np.hypot(*(near - centre).T) - 29.3).max() < 5
    assert [one.text for one in captions(analyse(scan), None, ("planes",)).legends] == [
        "Overlay planes, drawn into the file by the program that wrote it"
    ]
