"""What the reader enters for a scan of unknown side or projection is found again by the picture alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.cli.command_line import main
from mammoview.records.user_view import recall_views, remember_view, use_view
from mammoview.study.scan import Laterality, Projection, Study
from tests.support.phantoms import breast_pixels


def picture(folder: Path, name: str, top: int = 4000) -> Path:
    """Write a picture of 600 x 400 pixels."""
    folder.mkdir(exist_ok=True)
    Image.fromarray((breast_pixels(top=top) / 16).astype(np.uint8)).save(folder / name)
    return folder / name


def opened(path: Path) -> Study:
    """Open a file, and recall what was entered."""
    (study,) = mammoview.open_study(path)
    recall_views([study])
    return study


def test_it_is_found_again_under_another_name(tmp_path: Path, fresh_data_folder: Path) -> None:
    (scan,) = opened(picture(tmp_path / "a", "secret.png")).scans
    assert scan.laterality is scan.projection is None
    use_view(scan, Laterality.L, Projection.CC)
    remember_view(scan)
    assert "secret" not in (fresh_data_folder / "views.json").read_text()
    (again,) = opened(picture(tmp_path / "b", "other.png")).scans
    assert again.name == "L CC" and not any("unknown: name" in line for line in again.warnings)
    # The size is the same, the pixels are not.
    (different,) = opened(picture(tmp_path / "c", "film.png", top=3500)).scans
    assert different.laterality is None


def test_what_the_file_tells_is_not_replaced(tmp_path: Path, fresh_data_folder: Path) -> None:
    (scan,) = opened(picture(tmp_path / "a", "film.png")).scans
    use_view(scan, Laterality.L, Projection.CC)
    remember_view(scan)
    (reported,) = opened(picture(tmp_path / "b", "film_R_MLO.png")).scans
    assert reported.name == "R MLO"
    (half,) = opened(picture(tmp_path / "c", "film_R.png")).scans
    assert half.name == "R CC"


def test_an_answer_is_corrected_and_a_damaged_file_ignored(tmp_path: Path, fresh_data_folder: Path) -> None:
    file = picture(tmp_path, "film.png")
    for side in (Laterality.L, Laterality.R):
        (scan,) = opened(file).scans
        use_view(scan, side, None)
        remember_view(scan)
    assert opened(file).scans[0].name == "R, projection unknown"
    kept = fresh_data_folder / "views.json"
    (entry,) = json.loads(kept.read_text())["scans"].values()
    entry["laterality"] = "both"
    kept.write_text(json.dumps({"version": 1, "scans": {"0": entry, "1": 3}}))
    assert opened(file).scans[0].laterality is None
    kept.write_text("[]")
    assert opened(file).scans[0].laterality is None


def test_the_command_line_knows_it(tmp_path: Path, fresh_data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = picture(tmp_path, "film.png")
    (scan,) = opened(file).scans
    use_view(scan, Laterality.L, Projection.MLO)
    remember_view(scan)
    assert main(["info", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["studies"][0]["scans"][0]["name"] == "L MLO"
