"""Every data set gives examples whose outlines lie on their pixels, or says what is left out and why."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from skimage.draw import polygon2mask

from mammoview import open_study
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.study.scan import Side
from tests.formats.datasets.test_cbis import HEADER, write_mask
from tests.formats.datasets.test_mini_mias import folder as mias_folder
from tests.support.ljpeg_encoder import encode
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PATIENCE_S
from training.data.prepare import OFFICIAL_TEST, load, run
from training.data.splits import PARTS, split
from training.datasets import Example, ExcludedImage, examples
from training.datasets.cbis import cbis_ddsm
from training.datasets.ddsm_examples import ddsm
from training.datasets.mini_mias_examples import mini_mias
from training.datasets.own_folder import own

ROOT = Path(__file__).parents[3]


def _line(patient: str, side: str, view: str, kind: str, split_name: str) -> str:
    folder = f"Mass-{split_name}_{patient}_{side}_{view}"
    return (
        f"{patient},3,{side},{view},1,{kind},OVAL,CIRCUMSCRIBED,4,BENIGN,4,{folder}/1.2/1.3/000000.dcm,"
        f"{folder}_1/1.4/1.5/000000.dcm,{folder}_1/1.4/1.5/000001.dcm\n"
    )


@pytest.fixture(scope="module")
def archive(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    """Two real CBIS-DDSM views, laid out as the archive does, with masks made of their outlines; a third is missing."""
    folder = tmp_path_factory.mktemp("cbis")
    scans = [s for s in open_study(samples / "sfm-malign-0")[0].scans if s.projection == "CC"]
    lines, masks = HEADER, {}
    for scan in scans:
        side = "LEFT" if scan.laterality == "L" else "RIGHT"
        name = f"Mass-Training_P_09999_{side}_CC"
        target = folder / name / "1.2" / "1.3" / "000000.dcm"
        target.parent.mkdir(parents=True)
        target.symlink_to(scan.path)
        mask = np.zeros((scan.rows, scan.columns), bool)
        for outline in scan.outlines or ():
            mask |= polygon2mask(mask.shape, np.asarray(outline.points)[:, ::-1] - 0.5)
        if not mask.any():
            mask[1000:1200, 900:1100] = True
        write_mask(folder / f"{name}_1" / "1.4" / "1.5" / "000001.dcm", mask * 255)
        write_mask(folder / f"{name}_1" / "1.4" / "1.5" / "000000.dcm", np.arange(120 * 90).reshape(120, 90) % 251)
        masks[f"P_09999_{side}_CC"] = mask
        lines += _line("P_09999", side, "CC", "mass", "Training")
    lines += _line("P_09998", "LEFT", "CC", "mass", "Training")
    (folder / "mass_case_description_train_set.csv").write_text(lines)
    return folder, masks


def test_cbis_ddsm_as_the_archive_lays_it_out(archive) -> None:
    folder, masks = archive
    items = list(cbis_ddsm(folder))
    found = [i for i in items if isinstance(i, Example)]
    assert {i.name for i in found} == set(masks)
    assert [(i.name, i.why) for i in items if isinstance(i, ExcludedImage)] == [
        ("Mass-Training_P_09998_LEFT_CC", "image missing")
    ]
    for example in found:
        drawn = np.zeros_like(masks[example.name])
        for outline in example.outlines:
            drawn |= polygon2mask(drawn.shape, np.asarray(outline.points)[:, ::-1] - 0.5)
        assert np.logical_xor(drawn, masks[example.name]).mean() < 1e-4
        assert example.patient == "P_09999"
        assert example.official == "training"
        assert example.outlines[0].lesion_type.startswith("MASS SHAPE OVAL")
        assert example.read().shape == drawn.shape
        assert example.spacing.known


def test_a_patient_tested_on_in_one_list_is_trained_on_in_none(archive, tmp_path: Path) -> None:
    folder, _ = archive
    for name in folder.iterdir():
        (tmp_path / name.name).symlink_to(name)
    calc = _line("P_09999", "LEFT", "MLO", "mass", "Test")
    (tmp_path / "calc_case_description_test_set.csv").write_text(HEADER + calc)
    found = [i for i in cbis_ddsm(tmp_path) if isinstance(i, Example)]
    assert found
    assert {i.official for i in found} == {"test"}


def test_a_mask_of_another_size_leaves_its_view_out(archive, tmp_path: Path) -> None:
    folder, masks = archive
    view = sorted(masks)[0]
    for name in folder.iterdir():
        if f"{view}_1" not in name.name:
            (tmp_path / name.name).symlink_to(name)
    write_mask(tmp_path / f"Mass-Training_{view}_1" / "000001.dcm", np.eye(300, dtype=np.uint8) * 255)
    excluded = {i.name: i.why for i in cbis_ddsm(tmp_path) if isinstance(i, ExcludedImage)}
    assert "does not fit" in excluded[f"Mass-Training_{view}"]


def test_a_ddsm_case_from_its_own_files(tmp_path: Path) -> None:
    """Lossless pictures, spacing of the digitizer, boundaries without their cores; a case is a patient."""
    case = tmp_path / "cancers" / "case3001"
    case.mkdir(parents=True)
    pixels = breast_pixels(740, 420, side=Side.LEFT)
    (case / "B_3001_1.LEFT_CC.LJPEG").write_bytes(encode(pixels, 12))
    around = " ".join(str(d) for d in (2, 4, 6, 0) for _ in range(39))
    (case / "B_3001_1.LEFT_CC.OVERLAY").write_text(
        "TOTAL_ABNORMALITIES 1\nABNORMALITY 1\nLESION_TYPE MASS SHAPE OVAL MARGINS CIRCUMSCRIBED\n"
        f"PATHOLOGY BENIGN\nTOTAL_OUTLINES 2\nBOUNDARY\n100 300 {around} #\n\tCORE\n110 310 2 4 6 0 #\n"
    )
    (case / "B-3001-1.ics").write_text(
        "filename B-3001-1\nDENSITY 3\nDIGITIZER LUMISYS LASER\n"
        "LEFT_CC LINES 740 PIXELS_PER_LINE 420 BITS_PER_PIXEL 12 RESOLUTION 200 OVERLAY\n"
    )
    (tmp_path / "case3002").mkdir()
    (tmp_path / "case3002" / "B-3002-1.ics").write_text("nothing of a case")
    examples_found = [i for i in ddsm(tmp_path) if isinstance(i, Example)]
    (one,) = examples_found
    assert one.patient == "case3001"
    assert one.spacing.row_mm == pytest.approx(0.2)
    assert len(one.outlines) == 1
    assert one.outlines[0].box == pytest.approx((100.5, 300.5, 139.5, 339.5))
    assert one.facts["density"] == "3"
    image = one.read()
    assert image.shape == (740, 420)
    assert image[370, 40] > image[20, 400], "tissue is bright"
    assert any(i.name == "case3002" for i in ddsm(tmp_path) if isinstance(i, ExcludedImage))


def test_mini_mias_as_it_is_distributed(tmp_path: Path) -> None:
    items = {i.name: i for i in mini_mias(mias_folder(tmp_path / "mini_mias", (1, 2, 3, 5, 59, 216)))}
    assert all(isinstance(i, Example) for i in items.values())
    assert [items[n].patient for n in ("mdb001", "mdb002", "mdb003")] == ["1", "1", "2"]
    assert len(items["mdb005"].outlines) == 2
    assert {n for n, i in items.items() if i.unplaced} == {"mdb059", "mdb216"}
    assert kind_of(items["mdb001"].outlines[0].lesion_type) == "mass"
    assert items["mdb001"].read().shape == (1024, 1024)


def test_cbis_ddsm_without_its_tables_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="case-description tables"):
        list(cbis_ddsm(tmp_path))


def test_own_pictures_with_a_table(made_up: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a_L_CC.png"
    picture.write_bytes((made_up / "mini_mias" / "images" / "mdb002.png").read_bytes())
    for name in ("b_L_CC.png", "far_L_CC.png", "bad_L_CC.png", "two_L_CC.png", "small_L_CC.png"):
        (tmp_path / name).write_bytes(picture.read_bytes())
    rows = [
        ["a_L_CC.png", "anna", "200", "60", "300", "110", "350", "MASS", "BENIGN"],
        ["b_L_CC.png", "berta", "200", "", "", "", "", "", ""],
        ["far_L_CC.png", "carla", "200", "9000", "300", "9100", "350", "MASS", ""],
        ["bad_L_CC.png", "dora", "two hundred", "60", "300", "110", "350", "MASS", ""],
        ["two_L_CC.png", "eva", "200", "60", "300", "110", "350", "MASS", ""],
        ["two_L_CC.png", "fanny", "200", "60", "400", "110", "450", "MASS", ""],
        ["small_L_CC.png", "gerda", "", "60", "300", "110", "350", "MASS", ""],
        ["gone.png", "hanna", "200", "60", "300", "110", "350", "MASS", ""],
    ]
    with (tmp_path / "outlines.csv").open("w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["image", "patient", "um", "left", "top", "right", "bottom", "lesion_type", "pathology"])
        table.writerows(rows)
    items = {i.name: i for i in own(tmp_path)}
    first = items["a_L_CC.png"]
    assert isinstance(first, Example)
    assert first.outlines[0].box == (60, 300, 110, 350)
    assert first.spacing.row_mm == pytest.approx(0.2)
    assert isinstance(items["b_L_CC.png"], Example)
    why = {name: i.why for name, i in items.items() if isinstance(i, ExcludedImage)}
    assert "outside the image" in why["far_L_CC.png"]
    assert "number" in why["bad_L_CC.png"]
    assert "eva, fanny" in why["two_L_CC.png"]
    assert "spacing unknown" in why["small_L_CC.png"]
    assert why["gone.png"] == "image missing"


def test_own_pictures_with_outlines_beside_them(made_up: Path, tmp_path: Path) -> None:
    (tmp_path / "p1_L_CC.png").write_bytes((made_up / "mini_mias" / "images" / "mdb002.png").read_bytes())
    outlines = {"p1_L_CC.png": [{"kind": "circle", "circle": [100, 300, 20]}]}
    (tmp_path / "outlines.json").write_text(json.dumps({"mammoview_outlines": 1, "files": outlines}))
    (item,) = own(tmp_path)
    assert isinstance(item, ExcludedImage), "a PNG without pixel size knows no millimetres"
    assert "spacing unknown" in item.why


def test_a_patient_in_two_parts_of_an_official_split_is_refused(made_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import datasets

    def torn(folder: Path):
        for k, item in enumerate(datasets.mini_mias(folder)):
            if isinstance(item, Example):
                yield Example(**(vars(item) | {"official": "test" if k % 2 else "training"}))

    monkeypatch.setitem(datasets.SOURCES, "mini_mias", torn)
    with pytest.raises(MammoviewError, match="two parts of its split"):
        list(examples(made_up))


def test_official_test_patients_are_in_no_fold(made_up: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import datasets

    def parted(folder: Path):
        for item in datasets.mini_mias(folder):
            if isinstance(item, Example):
                yield Example(**(vars(item) | {"official": "test" if item.patient in ("1", "2") else "training"}))

    monkeypatch.setitem(datasets.SOURCES, "mini_mias", parted)
    run(made_up, tmp_path / "prepared", 1)
    members = load(tmp_path / "prepared")
    apart = {m.group for m in members if m.fold == OFFICIAL_TEST}
    assert apart == {"mini_mias:1", "mini_mias:2"}
    for part in PARTS:
        assert not apart & {m.group for m in split(members, part).training}


def test_the_manifest_counts_everything(runs: Path) -> None:
    manifest = json.loads((runs / "prepared" / "manifest.json").read_text())
    assert manifest["counts"]["mini_mias"]["images"] == 20
    assert manifest["counts"]["mini_mias"]["images with a finding of unknown place"] == 1
    assert manifest["counts"]["ddsm_normals"]["normal images"] == 5
    assert all(len(e["pixels_sha256"]) == 64 for e in manifest["examples"])
    assert manifest["excluded"] == [
        {"source": "cbis_masses", "name": "00020_LEFT_CC.jpg", "why": "native size unknown"}
    ]


@pytest.mark.slow
def test_a_killed_preparation_keeps_what_it_finished(made_up: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "training",
        "prepare",
        "--data",
        str(made_up),
        "--runs",
        str(tmp_path),
        "--jobs",
        "1",
    ]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)
    folder = tmp_path / "prepared"
    until = time.monotonic() + PATIENCE_S
    while len(list(folder.glob("*.json"))) < 8 and time.monotonic() < until and process.poll() is None:
        os.sched_yield()
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "manifest.json").exists()
    before = {f: f.stat().st_mtime_ns for f in folder.glob("*.json")}
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (folder / "manifest.json").exists()
    assert all(f.stat().st_mtime_ns == t for f, t in before.items()), "what was finished was done again"


def test_a_folder_that_cannot_be_written_is_said(made_up: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").write_text("a file where the folder should be")
    with pytest.raises(MammoviewError, match="cannot be written"):
        run(made_up, tmp_path / "prepared", 1)


def test_a_full_disk_is_said_and_leaves_nothing_as_finished(made_up: Path, tmp_path: Path) -> None:
    """A process that may write no large file meets what a full disk gives; with room again it goes on."""
    command = [sys.executable, "-m", "training", "prepare", "--data", str(made_up), "--runs", str(tmp_path)]
    small = f"ulimit -f 200; exec {shlex.join([*command, '--jobs', '1'])}"
    done = subprocess.run(["bash", "-c", small], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    folder = tmp_path / "prepared"
    assert not (folder / "manifest.json").exists()
    assert not list(folder.glob("*.json")), "an example whose arrays are cut short counts as prepared"
    with pytest.raises(MammoviewError, match="nothing is prepared"):
        load(folder)
    run(made_up, folder, 1)
    assert all(np.isfinite(np.asarray(m.image(200))).all() for m in load(folder))


def test_damaged_pictures_and_tables_leave_out_their_image_alone(made_up: Path, tmp_path: Path) -> None:
    """One bad image or number of each data set; what else is there is prepared."""
    shutil.copytree(made_up, tmp_path / "data")
    data = tmp_path / "data"
    (data / "mini_mias" / "images" / "mdb004.png").unlink()
    (data / "mini_mias" / "images" / "mdb006.png").write_bytes(b"no picture")
    _edit(data / "mini_mias" / "labels.csv", "mdb008", "column", "left of the middle")
    _edit(data / "mini_mias" / "labels.csv", "mdb010", "column", "9000")
    (data / "cbis_masses" / "images" / "00003_LEFT_CC.jpg").unlink()
    _edit(data / "cbis_masses" / "labels.csv", "00004_LEFT_CC.jpg", "width", "wide")
    _edit(data / "cbis_masses" / "labels.csv", "00005_LEFT_CC.jpg", "x", "-900")
    (data / "ddsm_normals" / "case0002" / "A_0002_1.LEFT_CC.jpg").write_bytes(b"no picture")
    run(data, tmp_path / "prepared", 1)
    excluded = json.loads((tmp_path / "prepared" / "manifest.json").read_text())["excluded"]
    why = {e["name"]: e["why"] for e in excluded}
    assert why["mdb004"] == "image missing"
    assert "cannot be read" in why["mdb006"]
    assert "number cannot be read" in why["mdb008"]
    assert why["mdb010"] == "an outline lies outside the image"
    assert why["00003_LEFT_CC.jpg"] == "image missing or damaged"
    assert "number cannot be read" in why["00004_LEFT_CC.jpg"]
    assert why["00005_LEFT_CC.jpg"] == "an outline lies outside the image"
    assert why["A_0002_1.LEFT_CC"] == "image damaged"
    assert len(load(tmp_path / "prepared")) + len(why) == 45


def _edit(file: Path, image: str, column: str, value: str) -> None:
    with file.open(newline="") as f:
        rows = list(csv.DictReader(f))
    for row in rows:
        if row["image"] == image:
            row[column] = value
    with file.open("w", newline="") as f:
        written = csv.DictWriter(f, list(rows[0]))
        written.writeheader()
        written.writerows(rows)


def test_a_table_without_its_columns_is_named(made_up: Path, tmp_path: Path) -> None:
    shutil.copytree(made_up / "cbis_masses", tmp_path / "cbis_masses")
    (tmp_path / "cbis_masses" / "labels.csv").write_text("image,patient\n")
    with pytest.raises(MammoviewError, match="no column density, height"):
        list(examples(tmp_path))


def test_a_data_set_without_a_finding_is_refused(made_up: Path, tmp_path: Path) -> None:
    (tmp_path / "ddsm_normals").symlink_to(made_up / "ddsm_normals")
    with pytest.raises(MammoviewError, match="no image has a finding"):
        run(tmp_path, tmp_path / "prepared", 1)
