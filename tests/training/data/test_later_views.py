"""Films whose pitch follows from their size; views that came later move no patient and share their woman's fold."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import MammoviewError
from tests.support.training_datasets import cbis_masses
from training.data.prepare import UNKNOWN_FOLD, load, run
from training.data.splits import ALL, PARTS, split
from training.datasets import Example, ExcludedImage, examples
from training.datasets.cbis_masses_png import cbis_masses as squashed
from training.datasets.ddsm_examples import WOMEN, ddsm_100um
from training.datasets.digitizers import pixel_um


@pytest.mark.parametrize(
    ("rows", "columns", "exact", "um"),
    [
        (4656, 2680, True, 50.0),  # DDSM case 0033, LUMISYS
        (5912, 3104, True, 50.0),  # case 0235: a film of 30 cm
        (5296, 2566, True, 43.5),  # case 4000, HOWTEK
        (4846, 2206, True, 43.5),  # a short film of that digitizer
        (5534, 3920, False, 43.5),  # recovered, so that its sides are no evidence
        (5901, 3366, False, 50.0),
        (6790, 3360, False, 43.5),
        (4700, 2536, True, 50.0),  # neither digitizer's sides: the length decides
    ],
)
def test_the_pitch_is_reported_by_the_sides_else_by_the_length(rows: int, columns: int, exact: bool, um: float) -> None:
    assert pixel_um(rows, columns, exact) == um


def test_the_pitch_is_that_of_the_same_films_in_ddsm(shared_data: Path) -> None:
    """The DDSM cases at hand state their pitch, and show women of the squashed set: two films of most of them."""
    if not (shared_data / "ddsm_100um").is_dir() or not (shared_data / "cbis_masses").is_dir():
        pytest.skip("the two sets are not at hand")
    stated = {}
    for item in ddsm_100um(shared_data / "ddsm_100um"):
        assert isinstance(item, Example)
        rows, columns = (2 * n for n in item.read().shape)
        stated[item.group, rows, columns] = item.spacing.row_mm / 2 * 1000
    with (shared_data / "cbis_masses" / "labels.csv").open() as f:
        lines = [r for r in csv.DictReader(f) if r["native_source"] == "table"]
    same = {(f"cbis_masses:{r['patient']}", int(r["native_rows"]), int(r["native_columns"])): r["image"] for r in lines}
    checked = {same[key]: (pixel_um(key[1], key[2]), um) for key, um in stated.items() if key in same}
    assert len(checked) >= 10
    assert all(ours == theirs == 50 for ours, theirs in checked.values())


def later_set(folder: Path, *, added: dict[int, tuple[int, int]], source: str = "boxes") -> Path:
    """Write the made-up squashed set, some lines of which have a size that was recovered."""
    cbis_masses(folder / "cbis_masses")
    table = folder / "cbis_masses" / "labels.csv"
    with table.open() as f:
        rows = list(csv.DictReader(f))
    for number, row in enumerate(rows, 1):
        row["native_source"] = "table" if row["native_rows"] else ""
        if number in added:
            row["native_rows"], row["native_columns"], row["native_source"] = *map(str, added[number]), source
    with table.open("w", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def folds(folder: Path) -> dict[str, int]:
    return {m.name: m.fold for m in load(folder)}


def test_views_with_a_recovered_size_move_nobody(tmp_path: Path) -> None:
    run(later_set(tmp_path / "before", added={}), tmp_path / "one", jobs=1)
    run(later_set(tmp_path / "after", added={20: (2958, 1681)}), tmp_path / "two", jobs=1)
    before, after = folds(tmp_path / "one"), folds(tmp_path / "two")
    assert set(after) - set(before) == {"00020_LEFT_CC"}
    assert {name: after[name] for name in before} == before
    changes = json.loads((tmp_path / "two" / "manifest.json").read_text())["changes"]
    assert changes == {"later than the folds of the bundled models": ["cbis_masses.00020_LEFT_CC"]}


def test_what_is_stated_otherwise_is_prepared_anew_and_reported(tmp_path: Path) -> None:
    data = later_set(tmp_path / "data", added={})
    run(data, tmp_path / "prepared", jobs=1)
    assert all(m.findings[0].subtlety is not None for m in load(tmp_path / "prepared") if m.source == "cbis_masses")
    kept = (tmp_path / "prepared" / "cbis_masses.00001_LEFT_CC.400.npy").stat().st_mtime_ns
    wide = (tmp_path / "prepared" / "cbis_masses.00002_LEFT_CC.400.npy").stat().st_size
    shutil.rmtree(data)
    later_set(tmp_path / "data", added={2: (3200, 1816), 20: (2960, 1680)}, source="table")
    table = data / "cbis_masses" / "labels.csv"
    with table.open() as f:
        rows = list(csv.DictReader(f))
    rows[2]["width"] = str(float(rows[2]["width"]) + 5)
    with table.open("w", newline="") as f:
        writer = csv.DictWriter(f, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    run(data, tmp_path / "prepared", jobs=1)
    changes = json.loads((tmp_path / "prepared" / "manifest.json").read_text())["changes"]
    assert changes["other outlines"] == ["cbis_masses.00003_LEFT_CC"]
    assert changes["added"] == ["cbis_masses.00020_LEFT_CC"] and changes["removed"] == []
    assert changes["other spacing"] == ["cbis_masses.00002_LEFT_CC"]
    assert (tmp_path / "prepared" / "cbis_masses.00001_LEFT_CC.400.npy").stat().st_mtime_ns == kept
    assert (tmp_path / "prepared" / "cbis_masses.00002_LEFT_CC.400.npy").stat().st_size > wide


def test_a_size_that_cannot_be_is_left_out_with_the_reason(tmp_path: Path) -> None:
    data = later_set(tmp_path / "data", added={20: (9000, 4000), 19: (1600, 2960)}) / "cbis_masses"
    table = data / "labels.csv"
    lines = table.read_text().splitlines()
    double = lines[1].replace(",2960,1680,", ",3200,1680,")
    table.write_text("\n".join([*lines, double]) + "\n")
    why = {i.name: i.why for i in squashed(data) if isinstance(i, ExcludedImage)}
    assert why == {
        "00001_LEFT_CC.jpg": "its lines tell different native sizes (3200 and 2960)",
        "00019_LEFT_CC.jpg": "no film has a native size of 1600 x 2960",
        "00020_LEFT_CC.jpg": "no film has a native size of 9000 x 4000",
    }


def test_a_manifest_with_a_woman_in_two_folds_is_refused(tmp_path: Path) -> None:
    run(later_set(tmp_path / "data", added={}), tmp_path / "prepared", jobs=1, magnifications=(400,))
    file = tmp_path / "prepared" / "manifest.json"
    manifest = json.loads(file.read_text())
    first, second = (e for e in manifest["examples"] if e["group"] in ("cbis_masses:00001", "cbis_masses:00002"))
    second["group"], first["fold"], second["fold"] = first["group"], 1, 3
    file.write_text(json.dumps(manifest))
    with pytest.raises(MammoviewError, match="cbis_masses:00001 is in folds 1 and 3"):
        load(tmp_path / "prepared")


def test_a_recovered_size_that_disagrees_with_the_woman_s_other_views_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Views 1 and 2 are made those of one woman; the recovered size of the second one gives the other digitizer."""
    data = later_set(tmp_path / "data", added={2: (5534, 3920)})
    table = data / "cbis_masses" / "labels.csv"
    lines = table.read_text().splitlines()
    lines[2] = lines[2].replace(",00002,", ",00001,")
    table.write_text("\n".join(lines) + "\n")
    run(data, tmp_path / "prepared", jobs=1, magnifications=(400,))
    warnings = json.loads((tmp_path / "prepared" / "manifest.json").read_text())["warnings"]
    assert warnings == {
        "cbis_masses.00002_LEFT_CC": "its recovered size gives 43.5 um per pixel, other views of the woman 50"
    }
    assert "00002_LEFT_CC: its recovered size gives 43.5 um" in capsys.readouterr().out


def half_size_case(folder: Path, case: str) -> None:
    """Write one DDSM case whose pictures have half the size that its .ics states."""
    folder.mkdir(parents=True)
    number = case.removeprefix("case")
    ics = [f"filename C-{number}-1", "DENSITY 2", "DIGITIZER LUMISYS LASER", "SEQUENCE"]
    rng = np.random.default_rng(int(number))
    for view in ("LEFT_CC", "LEFT_MLO", "RIGHT_CC", "RIGHT_MLO"):
        ics.append(f"{view} LINES 1480 PIXELS_PER_LINE 840 BITS_PER_PIXEL 12 RESOLUTION 50 NON_OVERLAY")
        picture = np.tile(np.r_[np.full(260, 150), np.full(160, 12)], (740, 1)) + rng.integers(0, 9, (740, 420))
        if view.startswith("RIGHT"):
            picture = picture[:, ::-1]
        Image.fromarray(picture.astype(np.uint8)).save(folder / f"C_{number}_1.{view}.jpg", quality=95)
    Image.fromarray(np.zeros((740, 420), np.uint8)).save(folder / f"C_{number}_1.LEFT_CC_Mask.jpg")
    (folder / f"C-{number}-1.ics").write_text("\n".join(ics) + "\n")


def test_a_woman_known_from_another_set_shares_its_fold_and_an_unknown_one_has_none(tmp_path: Path) -> None:
    data = tmp_path / "data"
    cbis_masses(data / "cbis_masses")
    table = data / "cbis_masses" / "labels.csv"
    woman = WOMEN["case0033"].split(":")[1]
    table.write_text(table.read_text().replace(",00007,LEFT", f",{woman},LEFT"))
    half_size_case(data / "ddsm_100um" / "case0033", "case0033")
    half_size_case(data / "ddsm_100um" / "case0237", "case0237")
    run(data, tmp_path / "prepared", jobs=1, magnifications=(400,))
    members = load(tmp_path / "prepared")
    own = [m for m in members if m.source == "ddsm_100um"]
    assert len(own) == 8 and not any("Mask" in m.name for m in own)
    known, unknown = ([m for m in own if m.name.startswith(f"C_{n}")] for n in ("0033", "0237"))
    (same,) = [m for m in members if m.name == "00007_LEFT_CC"]
    assert {m.group for m in known} == {same.group} and {m.fold for m in known} == {same.fold}
    assert {m.fold for m in unknown} == {UNKNOWN_FOLD}
    for part in (*PARTS, ALL):
        of = split(members, part)
        assert not {m.name for m in unknown} & {m.name for m in (*of.training, *of.held)}
        assert not {m.group for m in of.training} & {m.group for m in of.held}


@pytest.mark.parametrize(
    ("one", "other"),
    [("ddsm", "ddsm_100um"), ("ddsm", "cbis_masses"), ("cbis_ddsm", "cbis_masses"), ("cbis_ddsm", "ddsm_100um")],
)
def test_the_same_women_in_two_folders_are_refused(one: str, other: str, tmp_path: Path) -> None:
    for name in (one, other):
        (tmp_path / name).mkdir()
    with pytest.raises(MammoviewError, match=f"{one} and {other} show the same women"):
        list(examples(tmp_path))
