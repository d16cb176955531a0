"""Window, level, presets and polarity, as the reader changes them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from mammoview.display import rendering
from mammoview.display.pixel_warnings import LOOKS_DIGITAL
from mammoview.study.scan import Side
from tests.qt.conftest import PATIENCE_MS, drag, picture, scan_pixels, viewport_of
from tests.support.dicom_files import write


def test_dragging_with_the_right_button_changes_window_and_level(window, qtbot):
    viewport = viewport_of(window, "L CC")
    before, start = picture(viewport), viewport.content.grey.window
    drag(qtbot, viewport, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(150, 100))
    wider = viewport.content.grey.window
    assert wider.width > start.width
    assert wider.center == pytest.approx(start.center)
    drag(qtbot, viewport, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(100, 160))
    assert viewport.content.grey.window.center > wider.center
    assert (picture(viewport) != before).any()
    window.voi.reset()
    assert (picture(viewport) == before).all()


def test_modality_values_of_small_steps_can_be_windowed(open_window, tmp_path):
    write(tmp_path / "a.dcm", pixels=scan_pixels(Side.LEFT), BitsStored=16, HighBit=15, RescaleSlope="0.0001")
    grey = viewport_of(open_window(tmp_path), "L CC").content.grey
    start = grey.start_of_drag
    assert start.width < 1
    grey.drag(start, -0.5, 0)
    assert grey.window.width == pytest.approx(start.width / 2)


def test_w_and_a_drag_does_the_same(window, qtbot):
    viewport = viewport_of(window, "R CC")
    start, centre = viewport.content.grey.window, viewport.centre
    qtbot.keyPress(window, Qt.Key.Key_W)
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(170, 100))
    qtbot.keyRelease(window, Qt.Key.Key_W)
    assert viewport.content.grey.window.width > start.width
    assert viewport.centre == centre
    drag(qtbot, viewport, Qt.MouseButton.LeftButton, QPoint(100, 100), QPoint(100, 110))
    assert viewport.centre != centre


def test_inverting_turns_the_tissue_and_says_so(window):
    viewport = viewport_of(window, "L CC")
    image = picture(viewport)
    window.actions_by_name["invert"].trigger()
    inverted = picture(viewport)
    row, column = image.shape[0] // 2, 20
    assert abs(int(image[row, column, 0]) + int(inverted[row, column, 0]) - 255) <= 3
    assert "inverted" in viewport.corners().warnings
    window.hanging.show_next()
    assert all("inverted" in v.corners().warnings for v in window.viewport_grid.viewports if v.scan is not None)


def test_presets_are_stepped_through(open_window, tmp_path):
    folder = tmp_path / "windows"
    folder.mkdir()
    write(folder / "a.dcm", pixels=scan_pixels(Side.LEFT), WindowCenter=[2000, 3000], WindowWidth=[2000, 500],
          WindowCenterWidthExplanation=["soft", "hard"], BitsStored=16, HighBit=15)  # fmt: skip
    window = open_window(folder)
    viewport = window.viewport_grid.active
    names, seen = [], []
    for _ in range(4):
        names.append(viewport.content.grey.text)
        seen += [line for line in viewport.corners().reduced("brief").top if "window/level" in line]
        window.voi.show_next_preset()
    assert [name.split("(")[1] for name in names] == ["soft)", "hard)", "automatic)", "soft)"]
    # Another than the one that the file puts first is named without a key.
    assert seen == ["window/level: hard", "window/level: automatic"]


def test_the_viewport_says_what_is_doubtful(open_window, tmp_path):
    y, x = np.mgrid[:600, :400]
    full = np.where(np.hypot(x - 395, y - 595) < 80, 0, 3000) + np.random.default_rng(4).integers(0, 40, (600, 400))
    digital = scan_pixels(Side.LEFT)
    digital[digital < 100] = 0
    for name, pixels in (("one_R_CC", full), ("one_L_CC", digital)):
        Image.fromarray(pixels.astype(np.uint16)).save(tmp_path / f"{name}.png")
    window = open_window(tmp_path)
    lines = {name: viewport_of(window, name).corners().details.splitlines() for name in ("R CC", "L CC")}
    assert "the breast mask is implausible: nearly the whole picture counts as breast" in lines["R CC"]
    assert LOOKS_DIGITAL in lines["L CC"]
    assert LOOKS_DIGITAL not in lines["R CC"]


def test_both_breasts_hang_in_one_automatic_window(open_window, tmp_path):
    folder = tmp_path / "unequal"
    folder.mkdir()
    for laterality, side, share in (("L", Side.LEFT, 1.0), ("R", Side.RIGHT, 0.5)):
        pixels = (scan_pixels(side) * share).astype("uint16")
        write(folder / f"{laterality}.dcm", pixels=pixels, ImageLaterality=laterality, BitsStored=16, HighBit=15)
    window = open_window(folder)
    left, right = (viewport_of(window, name).content.grey for name in ("L CC", "R CC"))
    assert left.window == right.window
    assert "automatic, both breasts" in left.text and "automatic, both breasts" in right.text
    left.drag(left.start_of_drag, 0.5, 0)
    own = left.window
    left.share(())
    left.share((right.picture.analysis,))
    assert left.window == own
    left.reset()
    assert left.window == right.window


def test_a_drag_changes_all_linked_viewports_each_from_its_own_window(window, qtbot):
    left, right = (viewport_of(window, name) for name in ("L CC", "R CC"))
    right.content.grey.drag(right.content.grey.start_of_drag, 0.25, 0)
    starts = left.content.grey.window.width, right.content.grey.window.width
    drag(qtbot, left, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(150, 100))
    ratios = left.content.grey.window.width / starts[0], right.content.grey.window.width / starts[1]
    assert ratios[0] > 1.1
    assert ratios[0] == pytest.approx(ratios[1])


@pytest.mark.parametrize("how", ["control", "unlinked"])
def test_a_drag_can_be_kept_to_one_viewport(window, qtbot, how):
    left, right = (viewport_of(window, name) for name in ("L CC", "R CC"))
    starts = left.content.grey.window, right.content.grey.window
    modifier = Qt.KeyboardModifier.ControlModifier if how == "control" else Qt.KeyboardModifier.NoModifier
    window.viewport_grid.set_linked(how == "control")
    drag(qtbot, left, Qt.MouseButton.RightButton, QPoint(100, 100), QPoint(150, 100), modifiers=modifier)
    assert left.content.grey.window != starts[0]
    assert right.content.grey.window == starts[1]


def test_one_viewport_can_be_inverted_alone_and_all_again(window):
    left, right = (viewport_of(window, name) for name in ("L CC", "R CC"))
    window.viewport_grid.activate(left)
    window.actions_by_name["invert_one"].trigger()
    assert left.content.grey.shown_inverted and not right.content.grey.shown_inverted
    assert window.actions_by_name["invert"].isChecked()
    window.viewport_grid.activate(right)
    assert not window.actions_by_name["invert"].isChecked()
    window.actions_by_name["invert"].trigger()
    assert left.content.grey.shown_inverted and right.content.grey.shown_inverted
    window.viewport_grid.set_linked(False)
    window.actions_by_name["invert"].trigger()
    assert left.content.grey.shown_inverted and not right.content.grey.shown_inverted


def test_a_preset_is_taken_by_all_that_have_one_of_its_name(open_window, tmp_path):
    facts = {"WindowCenter": [600, 900], "WindowWidth": [400, 800], "WindowCenterWidthExplanation": ["SOFT", "HARD"]}
    for side in (Side.LEFT, Side.RIGHT):
        letter = "L" if side is Side.LEFT else "R"
        write(tmp_path / f"{letter}.dcm", pixels=scan_pixels(side), ImageLaterality=letter, **facts)
    window = open_window(tmp_path)
    left, right = (viewport_of(window, name).content.grey for name in ("L CC", "R CC"))
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.actions_by_name["next_preset"].trigger()
    assert left.preset == right.preset == 1
    window.actions_by_name["next_preset_one"].trigger()
    assert left.preset == 2 and right.preset == 1


def test_an_exported_scan_is_in_the_window_of_both_breasts(open_window, qtbot, tmp_path):
    folder = tmp_path / "unequal"
    folder.mkdir()
    for laterality, side, share in (("L", Side.LEFT, 1.0), ("R", Side.RIGHT, 0.5)):
        pixels = (scan_pixels(side) * share).astype("uint16")
        write(folder / f"{laterality}.dcm", pixels=pixels, ImageLaterality=laterality, BitsStored=16, HighBit=15)
    window = open_window(folder)
    right = viewport_of(window, "R CC")
    window.viewport_grid.activate(right)
    for layer in window.layers.switched_on:
        window.layers.switch(layer, False)
    with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
        window.export.export_scan(tmp_path / "R.png")
    grey = right.content.grey
    shown = grey.table()[rendering.codes(grey.picture.analysis)]
    with Image.open(tmp_path / "R.png") as file:
        exported = np.asarray(file.convert("L"))
    rows, columns = shown.shape
    left = (exported.shape[1] - columns) // 2
    assert np.array_equal(exported[:rows, left : left + columns], shown)
    assert not np.array_equal(shown, rendering.render(grey.picture.scan))
