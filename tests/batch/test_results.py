"""No result of one woman ever reaches another: by the command line, on zips and folders that change between runs."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.assess.results import content_keys
from mammoview.batch import runner
from mammoview.batch.batch_task import BatchSettings
from mammoview.batch.table import COLUMNS, TABLE
from mammoview.cli.command_line import main
from mammoview.records import user_calibration
from mammoview.study.scan import Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import write as write_dicom
from tests.support.phantoms import breast_pixels

pytestmark = pytest.mark.usefixtures("small_models")
Capture = pytest.CaptureFixture[str]


def save(file: Path, top: int, side: Side = Side.LEFT) -> Path:
    """A picture whose tissue is as bright as `top`, so that no two are alike."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(breast_pixels(side=side, top=top) * 15).save(file)
    return file


def save_dicom(file: Path, patient: str, top: int) -> None:
    """The same as a DICOM file of a patient's left CC."""
    file.parent.mkdir(parents=True)
    write_dicom(file, pixels=breast_pixels(top=top), PatientID=patient, ImageLaterality="L", ViewPosition="CC")


def pack(file: Path, top: int, stamp: tuple[int, ...] = (1980, 1, 1, 0, 0, 0)) -> Path:
    """A zip of one woman's left CC, its member named and dated as in all of them."""
    picture = save(file.parent / "unpacked" / "scan_L_CC.png", top)
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(zipfile.ZipInfo("images/scan_L_CC.png", stamp), picture.read_bytes())
    shutil.rmtree(picture.parent)
    return file


def assess(out: Path, *words: str | Path) -> int:
    return main(["assess", *map(str, words), "-o", str(out), "--device", "cpu"])


def table(out: Path) -> list[dict[str, str]]:
    with (out / TABLE).open(newline="") as file:
        return list(csv.DictReader(file))


def truth(tmp_path: Path, top: int) -> dict[str, object]:
    """Figures of a woman's scan in a run without any other."""
    out = tmp_path / f"alone-{top}"
    if not out.exists():
        assert assess(out, save(tmp_path / f"alone-{top}-in" / "scan_L_CC.png", top)) == 0
    return figures(next(out.glob("*.json")))


def figures(file: Path) -> dict[str, object]:
    held = json.loads(file.read_text())
    return {name: held[name] for name in ("findings", "layers", "content")}


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and time of all files but the table."""
    return {f.name: (f.read_bytes(), f.stat().st_mtime_ns) for f in folder.iterdir() if f.name != TABLE}


def test_two_women_have_zips_of_one_name_in_two_folders(tmp_path: Path) -> None:
    one, other = pack(tmp_path / "x" / "study.zip", 4000), pack(tmp_path / "y" / "study.zip", 3000)
    apart, together = tmp_path / "apart", tmp_path / "together"
    assert assess(apart, one) == 0
    first = state(apart)
    assert assess(apart, other) == 0
    assert assess(together, one, other) == 0
    for out in (apart, together):
        lines = table(out)
        assert [line["source"] for line in lines] == ["study.zip/images/scan_L_CC.png"] * 2
        assert len({line["source_id"] for line in lines}) == len({line["name"] for line in lines}) == 2
        found = [figures(out / f"{line['name']}.json") for line in lines]
        assert sorted(map(str, found)) == sorted(map(str, (truth(tmp_path, 4000), truth(tmp_path, 3000))))
        for line, of_line in zip(lines, found, strict=True):
            assert line["content"] == of_line["content"]
            assert float(line["heatmap_max"]) == of_line["layers"]["heatmap"]["max"]
    assert first.items() <= state(apart).items()
    assert {line["state"] for line in table(apart)} == {"assessed"}


def test_a_zip_is_replaced_in_place_by_another_womans(tmp_path: Path, capsys: Capture) -> None:
    file, out = pack(tmp_path / "study.zip", 4000), tmp_path / "out"
    assert assess(out, file) == 0
    first = state(out)
    pack(file, 3000)
    capsys.readouterr()
    assert assess(out, file) == 0
    said = capsys.readouterr()
    assert "already there" not in said.err
    assert said.out.count("findings") == 1
    assert first.items() <= state(out).items()
    by_state = {line["state"]: line for line in table(out)}
    assert set(by_state) == {"assessed", "superseded"}
    assert figures(out / f"{by_state['assessed']['name']}.json") == truth(tmp_path, 3000)
    assert figures(out / f"{by_state['superseded']['name']}.json") == truth(tmp_path, 4000)
    # The first one comes back: hers is there still, and counts again.
    pack(file, 4000)
    assert assess(out, file) == 0
    assert "1 already there" in capsys.readouterr().err
    (line,) = [line for line in table(out) if line["state"] == "assessed"]
    assert line["content"] == truth(tmp_path, 4000)["content"]


def test_a_worker_that_outlives_a_run_never_takes_the_old_zip_for_the_new_one(tmp_path: Path) -> None:
    file, how = pack(tmp_path / "study.zip", 4000), BatchSettings("cpu")
    with ThreadPoolExecutor(1) as worker:  # as a worker of a cluster does
        for top in (4000, 3000):
            pack(file, top)
            out = tmp_path / str(top)
            (outcome,) = runner.run(runner.plan([file], mammoview.open_study(file), out, how), worker)
            assert figures(out / f"{outcome.name}.json") == truth(tmp_path, top)


def test_a_folder_grows(tmp_path: Path, capsys: Capture) -> None:
    folder, out = tmp_path / "films", tmp_path / "out"
    # Their patients' numbers are taken out of the names, which are all alike then.
    for number in (5, 7):
        save_dicom(folder / f"{number}" / f"PAT{number}.dcm", f"PAT{number}", 4000 + number)
    save(folder / "b" / "case_L_CC.png", 3900)
    assert assess(out, folder) == 0
    before, lines = state(out), table(out)
    assert len(lines) == 3
    assert all("PAT" not in name for name in before)
    # Sorted, the new ones come first and last, and one has a name that is there already.
    save_dicom(folder / "1" / "PAT1.dcm", "PAT1", 4001)
    save(folder / "a" / "case_L_CC.png", 3800)
    save(folder / "z" / "case_L_CC.png", 3700)
    capsys.readouterr()
    assert assess(out, folder) == 0
    said = capsys.readouterr()
    assert said.out.count("findings") == 3
    assert "3 already there" in said.err
    assert before.items() <= state(out).items()
    assert len(state(out)) == 12
    now = table(out)
    assert len(now) == 6
    assert all(line in now for line in lines)
    assert {line["source"] for line in now} == {
        "1/PAT1.dcm", "5/PAT5.dcm", "7/PAT7.dcm", "a/case_L_CC.png", "b/case_L_CC.png", "z/case_L_CC.png",
    }  # fmt: skip
    # An unchanged folder changes nothing.
    after = state(out)
    assert assess(out, folder) == 0
    assert (state(out), table(out)) == (after, now)


def test_results_named_after_the_earlier_hash_are_neither_made_again_nor_taken_for_another_scan(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = save(tmp_path / "films" / "case_L_CC.png", 4000), tmp_path / "out"
    with monkeypatch.context() as earlier:
        earlier.setattr(runner, "content_key", content_keys.earlier_content_key)
        assert assess(out, file) == 0
    before, lines = state(out), table(out)
    assert assess(out, file) == 0
    assert "1 already there" in capsys.readouterr().err
    assert (state(out), table(out)) == (before, lines)
    save(file, 3900)
    assert assess(out, file) == 0
    assert before.items() < state(out).items() and len(state(out)) == 4
    assert {line["state"] for line in table(out)} == {"assessed", "superseded"}


def test_several_workers_use_the_same_names(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    for i in range(3):
        save(folder / f"{i}" / "case_L_CC.png", 4000 - i)
    studies, how = mammoview.open_study(folder), BatchSettings("cpu")
    with ThreadPoolExecutor(3) as pool:
        many = list(runner.run(runner.plan([folder], studies, tmp_path / "many", how), pool))
    one = list(runner.run(runner.plan([folder], studies, tmp_path / "one", how), None))
    assert sorted((o.source.file, o.name) for o in many) == sorted((o.source.file, o.name) for o in one)
    # What one has done another need not do.
    again = runner.run(runner.plan([folder], studies, tmp_path / "many", how), None)
    assert all(outcome.there for outcome in again)


def test_folders_assessed_one_after_another_stand_in_one_table(tmp_path: Path) -> None:
    out = tmp_path / "out"
    save(tmp_path / "x" / "case_L_CC.png", 4000)
    save(tmp_path / "y" / "case_L_CC.png", 3000)
    assert assess(out, tmp_path / "x") == 0
    assert assess(out, tmp_path / "y") == 0
    assert [(line["source"], line["state"]) for line in table(out)] == [("case_L_CC.png", "assessed")] * 2
    # An archive that has only been moved is no other one.
    (tmp_path / "y").rename(tmp_path / "elsewhere")
    before = state(out)
    assert assess(out, tmp_path / "elsewhere") == 0
    assert state(out) == before
    assert len(table(out)) == 2


def test_copies_are_told_apart_in_the_table(tmp_path: Path) -> None:
    save(tmp_path / "films" / "a" / "case_L_CC.png", 4000)
    shutil.copytree(tmp_path / "films" / "a", tmp_path / "films" / "b")
    out = tmp_path / "out"
    assert assess(out, tmp_path / "films") == 0
    assert [line["source"] for line in table(out)] == ["a/case_L_CC.png", "b/case_L_CC.png"]
    assert len({line["content"] for line in table(out)}) == 1


def test_two_readers_outlines_on_copies_of_one_picture_are_two_results(tmp_path: Path) -> None:
    for reader, row in (("a", 200), ("b", 300)):
        save(tmp_path / "films" / reader / "case_L_CC.png", 4000)
        drawn = {"kind": "box", "box": [40, row, 80, row + 40]}
        text = json.dumps({"mammoview_outlines": 1, "outlines": [drawn]})
        (tmp_path / "films" / reader / "case_L_CC.outlines.json").write_text(text)
    out = tmp_path / "out"
    assert assess(out, tmp_path / "films") == 0
    centres = {}
    for line in table(out):
        held = json.loads((out / f"{line['name']}.json").read_text())
        assert held["source"] == line["source"]
        centres[line["source"]] = held["comparison"]["outlines"][0]["centre"]
    assert centres == {"a/case_L_CC.png": [60.0, 220.0], "b/case_L_CC.png": [60.0, 320.0]}


def test_other_settings_do_not_stand_beside_these(tmp_path: Path, capsys: Capture) -> None:
    picture, out = save(tmp_path / "case_L_CC.png", 4000), tmp_path / "out"
    assert assess(out, picture) == 0
    before = state(out), table(out)
    capsys.readouterr()
    for words in (["--grid", "fine"], ["--anonymous"]):
        assert assess(out, picture, *words) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert f"{out}: it holds results of other models, another version or other settings" in error
    assert (state(out), table(out)) == before
    assert assess(out, picture, "--grid", "fine", "--overwrite") == 0
    assert len(table(out)) == 1
    (file,) = out.glob("case*.json")
    assert json.loads(file.read_text())["provenance"]["grid_stride"] == "fine"
    assert assess(out, picture, "--grid", "fine") == 0
    assert "1 already there" in capsys.readouterr().err


def test_other_models_do_not_stand_beside_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert assess(out, save(tmp_path / "one_L_CC.png", 4000)) == 0
    (out / TABLE).unlink()  # as a killed run leaves it
    monkeypatch.setattr("mammoview.assess.results.content_keys.PINS", {"tissue_200um": {"model.safetensors": "0"}})
    another = save(tmp_path / "another_L_CC.png", 3000)
    for words in ([], ["--overwrite"]):
        assert assess(out, another, *words) == 2
        assert "it holds results of other models" in capsys.readouterr().err
    assert len(list(out.glob("*.json"))) == 1


def test_a_worker_with_other_models_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, out = save(tmp_path / "one_L_CC.png", 4000), tmp_path / "out"
    tasks = runner.plan([picture], mammoview.open_study(picture), out, BatchSettings("cpu"))
    monkeypatch.setattr("mammoview.assess.results.content_keys.PINS", {"tissue_200um": {"model.safetensors": "0"}})
    (outcome,) = runner.run(tasks, None)
    assert outcome.failed
    assert "Install the same on all machines" in outcome.text
    assert not out.exists()


def test_a_run_that_is_killed_while_it_overwrites_leaves_no_mixed_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, out = save(tmp_path / "one_L_CC.png", 4000), tmp_path / "out"
    assert assess(out, picture) == 0
    replace = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if self.suffix == ".json" and self.parent.suffix == ".part":
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        assert assess(out, picture, "--grid", "fine", "--overwrite") == 130
    assert not list(out.glob("one*.json"))
    assert assess(out, picture) == 0
    (file,) = out.glob("one*.json")
    held = json.loads(file.read_text())
    with np.load(file.with_suffix(".npz")) as arrays:
        assert list(arrays["grid_200um"].shape) == held["layers"]["grid_200um"]["shape"]


OLD_HEAD = "name,state,reason,laterality,source\n"


def test_results_of_the_older_naming_are_left_alone_and_not_counted(tmp_path: Path, capsys: Capture) -> None:
    out, file = tmp_path / "out", pack(tmp_path / "study.zip", 3000)
    assert assess(out, pack(tmp_path / "first" / "study.zip", 4000)) == 0
    # Made into what an older version left: no content in the name, a hash of the path for the source.
    (name,) = (path.stem for path in out.glob("*.json"))
    held = json.loads((out / f"{name}.json").read_text())
    for key in ("source_id", "content", "asked"):
        del held[key]
    (out / "scan_L_CC.json").write_text(json.dumps({**held, "source": "0123456789abcdef" * 2}))
    (out / f"{name}.npz").rename(out / "scan_L_CC.npz")
    (out / f"{name}.json").unlink()
    (out / TABLE).write_text(f"{OLD_HEAD}scan_L_CC,assessed,,L,{'0123456789abcdef' * 2}\n")
    before, old_table = state(out), (out / TABLE).read_bytes()
    capsys.readouterr()
    assert assess(out, file) == 0
    error = capsys.readouterr().err
    assert "1 results of an older Mammoview are left as they are, and are not in assessments.csv" in error
    assert before.items() <= state(out).items()
    assert (out / "assessments-older.csv").read_bytes() == old_table
    (line,) = table(out)
    assert figures(out / f"{line['name']}.json") == truth(tmp_path, 3000)
    assert assess(out, file) == 0
    assert not (out / "assessments-older-2.csv").exists()


def test_a_result_that_was_deleted_leaves_the_table_and_a_failed_one_comes_right(tmp_path: Path) -> None:
    folder, out = tmp_path / "films", tmp_path / "out"
    save(folder / "one_L_CC.png", 4000)
    whole = save(folder / "two_L_CC.png", 3000).read_bytes()
    (folder / "two_L_CC.png").write_bytes(whole[: len(whole) // 2] + b"\0" * 20 + whole[len(whole) // 2 + 20 :])
    assert assess(out, folder) == 2
    assert {line["source"]: line["state"] for line in table(out)} == {
        "one_L_CC.png": "assessed", "two_L_CC.png": "failed",
    }  # fmt: skip
    (folder / "two_L_CC.png").write_bytes(whole)
    for file in out.glob("one*"):
        file.unlink()
    assert assess(out, folder / "two_L_CC.png") == 0
    assert [(line["source"], line["state"]) for line in table(out)] == [("two_L_CC.png", "assessed")]


def test_a_calibration_goes_with_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_data_folder: Path
) -> None:
    picture = save(tmp_path / "case_L_CC.png", 4000)
    (study,) = mammoview.open_study(picture)
    user_calibration.use(study.scans[0], Spacing(0.2, 0.2, SpacingSource.USER))
    user_calibration.remember(study.scans)
    tasks = runner.plan([picture], [study], tmp_path / "out", BatchSettings("cpu"))
    shutil.rmtree(fresh_data_folder)  # as on another machine of the cluster
    (outcome,) = runner.run(tasks, None)
    held = json.loads((tmp_path / "out" / f"{outcome.name}.json").read_text())
    assert held["scan"]["spacing_source"] == SpacingSource.USER.value


def test_the_table_tells_both_sides_of_pixels_that_are_not_square(tmp_path: Path, fresh_data_folder: Path) -> None:
    picture = save(tmp_path / "case_L_CC.png", 4000)
    (study,) = mammoview.open_study(picture)
    user_calibration.use(study.scans[0], Spacing(0.2, 0.15, SpacingSource.USER))
    user_calibration.remember(study.scans)
    assert assess(tmp_path / "out", picture) == 0
    (line,) = table(tmp_path / "out")
    assert (line["spacing_mm"], line["column_spacing_mm"]) == ("0.2", "0.15")


def test_the_table_has_its_columns(tmp_path: Path) -> None:
    assert assess(tmp_path / "out", save(tmp_path / "case_L_CC.png", 4000)) == 0
    assert tuple(table(tmp_path / "out")[0]) == COLUMNS
