"""`mammoview export`: names, copies, what the user's folder keeps, and no models where none are needed."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.cli.command_line import main
from mammoview.formats.common.outline_files import write_outlines
from mammoview.records.own_drawings import fallback_file, own_outline
from mammoview.study.scan import Side
from tests.support.phantoms import breast_pixels

Capture = pytest.CaptureFixture[str]


def test_export_never_writes_over_the_picture_of_another_patient(case: Path, tmp_path: Path, capsys: Capture) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    Image.fromarray(breast_pixels(top=3500) * 15).save(other / "one_L_CC.png")
    assert main(["export", str(case / "one_L_CC.png"), "-o", str(out), "--layers", ""]) == 0
    (first,) = out.iterdir()
    content, written = first.read_bytes(), first.stat().st_mtime_ns
    assert main(["export", str(other), "-o", str(out), "--layers", ""]) == 0
    (second,) = set(out.iterdir()) - {first}
    assert first.read_bytes() == content != second.read_bytes()
    # What is there is kept and said so, unless it is to be written again.
    capsys.readouterr()
    assert main(["export", str(case / "one_L_CC.png"), "-o", str(out), "--layers", ""]) == 0
    assert "1 already there, left as they are (--overwrite" in capsys.readouterr().err
    assert first.stat().st_mtime_ns == written
    assert main(["export", str(case / "one_L_CC.png"), "-o", str(out), "--layers", "", "--overwrite"]) == 0
    assert first.stat().st_mtime_ns != written
    assert len(list(out.iterdir())) == 2


def test_exports_of_left_and_right_compare(tmp_path: Path) -> None:
    folder, out = tmp_path / "unequal", tmp_path / "out"
    folder.mkdir()
    for name, side, share in (("one_L_CC", Side.LEFT, 1.0), ("one_R_CC", Side.RIGHT, 0.6)):
        Image.fromarray((breast_pixels(side=side) * (15 * share)).astype(np.uint16)).save(folder / f"{name}.png")
    assert main(["export", str(folder), "-o", str(out), "--layers", ""]) == 0
    left, right = (
        np.percentile(np.asarray(Image.open(file).convert("L"))[250:350], 95) for file in sorted(out.iterdir())
    )
    assert 0.5 * left < right < 0.7 * left
    # Alone, the study is not known, and the picture has a window of its own.
    assert main(["export", str(folder / "one_R_CC.png"), "-o", str(tmp_path / "alone"), "--layers", ""]) == 0
    (file,) = (tmp_path / "alone").iterdir()
    assert np.percentile(np.asarray(Image.open(file).convert("L"))[250:350], 95) > 0.9 * left


def test_export_shows_what_the_users_folder_keeps(case: Path, tmp_path: Path, fresh_data_folder: Path) -> None:
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as packed:
        packed.write(case / "one_L_CC.png", "one_L_CC.png")
    (scan,) = mammoview.open_study(tmp_path / "case.zip")[0].scans
    kept = fallback_file(fresh_data_folder, scan.pixel_hash)
    kept.parent.mkdir(parents=True)
    write_outlines(kept, [own_outline([(40, 200), (160, 210), (90, 300)])])
    for source in (tmp_path / "case.zip", case / "one_R_CC.png"):
        assert main(["export", str(source), "-o", str(tmp_path / "out"), "--layers", "outlines"]) == 0
    left, right = (np.asarray(Image.open(file)).astype(int) for file in sorted((tmp_path / "out").iterdir()))
    mint = [(np.abs(picture[:600] - (139, 226, 139)) < 12).all(2).sum() for picture in (left, right)]
    assert mint[0] > 50 and mint[1] == 0


def test_export_gives_copies_files_of_their_own(case: Path, tmp_path: Path) -> None:
    shutil.copytree(case, tmp_path / "both" / "a")
    shutil.copytree(case, tmp_path / "both" / "b")
    assert main(["export", str(tmp_path / "both"), "-o", str(tmp_path / "out"), "--layers", ""]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_export_without_model_layers_needs_no_models(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("the models were loaded")

    monkeypatch.setattr("mammoview.assess.inference.assessor.Assessor", forbidden)
    assert main(["export", str(case), "-o", str(tmp_path / "out"), "--layers", ""]) == 0
    assert len(list((tmp_path / "out").glob("*.png"))) == 2


def test_export_says_what_is_not_in_the_audit_log(
    case: Path, tmp_path: Path, capsys: Capture, fresh_data_folder: Path
) -> None:
    fresh_data_folder.write_text("a file in the way")
    assert main(["export", str(case), "-o", str(tmp_path / "out"), "--format", "csv", "--layers", ""]) == 0
    assert capsys.readouterr().err.count("the audit log does not have all of them") == 1
    assert list((tmp_path / "out").iterdir())
