"""Window, level, presets and polarity, as the reader changes them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from mammoview.display.doubts import LOOKS_DIGITAL
from mammoview.study.scan import Side
from tests.qt.conftest import drag, picture, scan_pixels, viewport_of
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
    names = []
    for _ in range(4):
        names.append(viewport.content.grey.text)
        window.voi.show_next_preset()
    assert [name.split("(")[1] for name in names] == ["soft)", "hard)", "automatic)", "soft)"]


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
    left.share((right.picture.scan,))
    assert left.window == own
    left.reset()
    assert left.window == right.window
