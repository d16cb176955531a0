"""A side that neither file nor name states stays unknown: shown as stored, called unknown, and asked for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

import mammoview
from mammoview.cli.command_line import main
from mammoview.display import screen_orientation
from mammoview.display.scan_analysis import analyse
from mammoview.export.captions import captions
from mammoview.export.export_names import base_name
from mammoview.qt.navigation.view_prompt import ViewPrompt
from mammoview.study.scan import Laterality, Projection, Side
from tests.qt.conftest import picture
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PATIENCE_MS

pytestmark = pytest.mark.usefixtures("fresh_data_folder")  # Answers are kept there.


def saved(folder: Path, name: str, wall: Side) -> Path:
    """Write a picture of that name whose chest wall is on that side."""
    folder.mkdir(exist_ok=True)
    made = breast_pixels()
    made = (made / made.max() * 255).astype(np.uint8)
    Image.fromarray(made if wall is Side.LEFT else made[:, ::-1]).save(folder / name)
    return folder / name


KINDS = [("film.png", "side unknown"), ("film_CC.png", "CC, side unknown"), ("film_R.png", "R, projection unknown")]


@pytest.mark.parametrize("wall", Side)
def test_a_picture_of_unknown_side_hangs_as_it_is_stored_and_claims_none(open_window, tmp_path: Path, wall: Side):
    window = open_window(saved(tmp_path / "in", "film.png", wall))
    (viewport,) = [v for v in window.viewport_grid.viewports if v.scan is not None]
    assert viewport.scan.laterality is None and viewport.wall_left is (wall is Side.LEFT)
    origin, along = viewport.viewport_point(0, 0), viewport.viewport_point(10, 0)
    assert along.x() > origin.x()
    shown = picture(viewport)[..., 0].astype(int)
    middle = shown[shown.shape[0] // 2]
    third = len(middle) // 3
    assert bool(middle[:third].mean() > middle[-third:].mean()) is (wall is Side.LEFT)
    title = window.windowTitle()
    assert "Side or projection unknown" in title and not any(word in title for word in ("Right", "Left", "CC", "MLO"))
    assert viewport.corners().title == "side unknown"
    assert not {"R", "L", "HR", "HL"} & set(viewport.letters)


@pytest.mark.parametrize(("name", "said"), KINDS)
def test_unknown_is_said_everywhere(open_window, tmp_path: Path, name: str, said: str):
    window = open_window(saved(tmp_path / "in", name, Side.LEFT))
    (viewport,) = [v for v in window.viewport_grid.viewports if v.scan is not None]
    scan = viewport.scan
    assert scan.name == viewport.corners().title == captions(analyse(scan), None, ()).title == said
    assert "Side or projection unknown" in window.windowTitle()
    assert said in "".join(window.findings.list.item(i).text() for i in range(window.findings.list.count())) or any(
        said in text for text in _texts(window)
    )
    file = base_name(scan)
    assert ("side-unknown" in file) is (scan.laterality is None)
    assert ("projection-unknown" in file) is (scan.projection is None)


def _texts(window) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in window.findChildren(QLabel)]


def test_nothing_is_chosen_before_the_reader_chooses(open_window, tmp_path: Path, qtbot):
    window = open_window(saved(tmp_path / "in", "film_CC.png", Side.LEFT))
    prompt = window.viewport_grid.findChild(ViewPrompt)
    assert prompt.side.currentIndex() == -1 and prompt.projection.currentText() == "CC"
    assert not prompt.accept_button.isEnabled()
    prompt.side.setCurrentIndex(prompt.side.findData(Laterality.L))
    qtbot.mouseClick(prompt.accept_button, Qt.MouseButton.LeftButton)
    hung = next(v for v in window.viewport_grid.viewports if v.scan is not None)
    assert hung.scan.name == "L CC" and hung.wall_left
    assert not any("unknown: name" in line for line in hung.scan.warnings)


def test_the_answer_holds_in_the_next_session(open_window, tmp_path: Path, qtbot, fresh_data_folder: Path):
    file = saved(tmp_path / "in", "film.png", Side.RIGHT)
    window = open_window(file)
    prompt = window.viewport_grid.findChild(ViewPrompt)
    prompt.side.setCurrentIndex(prompt.side.findData(Laterality.R))
    prompt.projection.setCurrentIndex(prompt.projection.findData(Projection.CC))
    qtbot.mouseClick(prompt.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((fresh_data_folder / "views.json").exists, timeout=PATIENCE_MS)
    again = open_window(file)
    hung = next(v for v in again.viewport_grid.viewports if v.scan is not None)
    assert hung.scan.name == "R CC"
    assert again.viewport_grid.findChild(ViewPrompt) is None


def test_half_an_answer_leaves_the_rest_unknown(open_window, tmp_path: Path, qtbot):
    window = open_window(saved(tmp_path / "in", "film.png", Side.LEFT))
    prompt = window.viewport_grid.findChild(ViewPrompt)
    prompt.projection.setCurrentIndex(prompt.projection.findData(Projection.MLO))
    qtbot.mouseClick(prompt.accept_button, Qt.MouseButton.LeftButton)
    hung = next(v for v in window.viewport_grid.viewports if v.scan is not None)
    assert hung.scan.name == "MLO, side unknown"
    assert [line.partition(":")[0] for line in hung.scan.warnings if "name the file" in line] == ["side unknown"]


@pytest.mark.parametrize("wall", Side)
def test_files_that_leave_the_program_say_unknown_too(tmp_path: Path, wall: Side):
    file = saved(tmp_path / "in", "film.png", wall)
    (scan,) = mammoview.open_study(file)[0].scans
    hung = screen_orientation.hung_transform(analyse(scan))
    assert hung.column_scale == hung.row_scale == 1 and not hung.swapped
    assert main(["export", str(file), "-o", str(tmp_path / "out"), "--layers", ""]) == 0
    (written,) = (tmp_path / "out").iterdir()
    assert re.fullmatch(r"film_side-unknown_projection-unknown-[0-9a-f]+-no-layers\.png", written.name)
    with Image.open(written) as exported:
        grey = np.asarray(exported.convert("L")).astype(int)[: scan.rows]
    left = (grey.shape[1] - scan.columns) // 2
    stored = mammoview.render(scan).astype(int)
    assert np.abs(grey[:, left : left + scan.columns] - stored).max() <= 1


@pytest.mark.slow
def test_an_assessment_claims_no_side(tmp_path: Path):
    """Where the nipple points to is seen in the picture; mirrored pictures give the same."""
    said = []
    for wall in Side:
        file = saved(tmp_path / wall, "film.png", wall)
        assert main(["assess", str(file), "-o", str(tmp_path / f"out-{wall}")]) == 0
        (written,) = (tmp_path / f"out-{wall}").glob("*.json")
        found = json.loads(written.read_text())
        assert found["scan"]["laterality"] is None
        said.append([round(one["score"], 2) for one in found["findings"]])
    assert said[0] == said[1]
