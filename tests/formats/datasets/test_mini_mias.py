"""mini-MIAS folders: circles, sides and pairs, and the two ways in which rows are counted."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.datasets.mini_mias import MIRRORED, parse_info, parse_labels
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Laterality, OutlineKind

INFO = """This file lists the films in the MIAS database.

REFNUM BG CLASS SEVERITY X Y RADIUS
mdb001 G CIRC B 535 425 197
mdb002 G CIRC B 522 280 69
mdb003 D NORM
mdb004 d norm
mdb005 F CIRC B 477 133 30
mdb005 F CIRC B 500 168 26
mdb216 D CALC M *NOTE 3*
mdb059 F CIRC B
"""
HERE = Path("Info.txt")


def folder(root: Path, numbers: tuple[int, ...], ending: str = "pgm", size: int = 1024) -> Path:
    """Write a mini-MIAS folder with these images and return it."""
    root.mkdir(exist_ok=True)
    (root / "Info.txt").write_text(INFO)
    for number in numbers:
        pixels = np.full((size, size), number % 200, np.uint8)
        path = root / f"mdb{number:03d}.{ending}"
        if ending == "pgm":
            path.write_bytes(f"P5\n{size} {size}\n255\n".encode() + pixels.tobytes())
        else:
            Image.fromarray(pixels).save(path)
    return root


def test_rows_are_turned_to_count_from_the_top() -> None:
    found = parse_info(INFO, HERE)
    (first,) = found["mdb001"]
    assert first.circle == (535, 1024 - 425, 197) and (first.kind, first.severity) == ("CIRC", "B")
    assert len(found["mdb005"]) == 2 and found["mdb004"][0].kind == "NORM"
    assert found["mdb216"][0].circle is None and found["mdb059"][0].circle is None
    assert "refnum" not in found


def test_a_folder_of_pairs(tmp_path: Path) -> None:
    studies = open_study(folder(tmp_path / "mias", (1, 2, 3, 5, 216)))
    assert [[s.name for s in study.scans] for study in studies] == [["R MLO", "L MLO"], ["R MLO"], ["R MLO"], ["L MLO"]]
    assert studies[0].patient == "mini-MIAS 001" and studies[3].patient == "mini-MIAS 108"
    scan = studies[0].scans[0]
    assert scan.spacing.label == "mm, assumed 200 um" and any("200 um per pixel" in w for w in scan.warnings)
    (outline,) = scan.outlines
    assert outline.kind is OutlineKind.CIRCLE and outline.pathology == "BENIGN" and outline.source == "mini-MIAS"
    assert outline.centroid == pytest.approx((535, 599))
    assert scan.facts["background"] == "fatty-glandular" and scan.facts["finding"] == "CIRC B"
    assert len(studies[2].scans[0].outlines) == 2
    assert "finding without a position: CALC" in studies[3].scans[0].warnings
    assert int(scan.pixels[0, 0]) == 1


def test_one_image_finds_what_lies_near_it(tmp_path: Path) -> None:
    root = folder(tmp_path / "mias", (1, 2), "png")
    (study,) = open_study(root / "mdb001.png")
    assert len(study.scans) == 1 and len(study.scans[0].outlines) == 1
    alone = tmp_path / "alone"
    alone.mkdir()
    (root / "mdb001.png").rename(alone / "MDB001.PNG")
    (study,) = open_study(alone / "MDB001.PNG")
    assert study.scans[0].name == "R MLO" and not study.scans[0].outlines


def test_other_sizes_have_no_circles_and_no_spacing(tmp_path: Path) -> None:
    (study,) = open_study(folder(tmp_path / "mias", (1,), size=512))
    scan = study.scans[0]
    assert not scan.outlines and not scan.spacing.known
    assert any("circles are left out" in w for w in scan.warnings)


def test_one_bad_image_is_one_line(tmp_path: Path) -> None:
    root = folder(tmp_path / "mias", (1, 2))
    (root / "mdb003.pgm").write_bytes(b"P5\n1024 1024\n255\n")
    (study,) = open_study(root)
    assert len(study.scans) == 2
    assert len(study.outside) == 1 and "mdb003.pgm: the greymap is cut short" in study.outside[0]


def test_bad_info_is_one_line_and_the_images_open(tmp_path: Path) -> None:
    root = folder(tmp_path / "mias", (1, 2))
    (root / "Info.txt").write_text("nothing of use")
    (study,) = open_study(root)
    assert [s.name for s in study.scans] == ["R MLO", "L MLO"]
    assert any("Info.txt: no line in it is about a mini-MIAS image" in line for line in study.outside)


@pytest.mark.parametrize(
    "line",
    [
        "mdb001,1,R,G,CIRC,B,5000,599,197",
        "mdb001,1,R,G,CIRC,B,535,599,-1",
        "mdb001,1,R,G,CIRC,B,nan,599,197",
        "mdb001,1,R,G,LUMP,B,535,599,197",
        "mdb001,1,R,G",
        "mdb001,1,R,G,CIRC,B,left,599,197",
    ],
)
def test_bad_labels(line: str) -> None:
    head = "image,patient,side,background,class,severity,column,row,radius\n"
    assert parse_labels(head + "mdb001,1,R,G,CIRC,B,535,599,197\n", HERE)["mdb001"][0].circle == (535, 599, 197)
    with pytest.raises(UnreadableError, match="table cannot be read"):
        parse_labels(f"{head}{line}\n", HERE)
    with pytest.raises(UnreadableError, match="not a mini-MIAS table"):
        parse_labels("image,patient\nmdb001,1\n", HERE)


@given(st.text() | st.lists(st.sampled_from([*INFO.split(), "\n", "-7", "9" * 30, "mdb1"]), max_size=30).map(" ".join))
def test_any_text_gives_findings_or_one_error(text: str) -> None:
    for parse in (parse_info, parse_labels):
        try:
            for findings in parse(text, HERE).values():
                assert all(f.circle is None or f.circle[2] > 0 for f in findings)
        except MammoviewError as error:
            assert "Info.txt" in str(error)


def test_the_copy_at_hand(shared_data: Path) -> None:
    start = time.process_time()
    studies = open_study(shared_data / "mini_mias")
    assert time.process_time() - start < 2
    assert len(studies) == 128 and all([s.name for s in study.scans] == ["R MLO", "L MLO"] for study in studies)
    labels = (shared_data / "mini_mias" / "labels.csv").read_text().splitlines()[1:]
    scans = {s.path.stem: s for study in studies for s in study.scans}
    placed = [line.split(",") for line in labels if not line.endswith(",")]
    assert sum(len(s.outlines) for s in scans.values()) == len(placed)
    for name, _, side, *_, column, row, _ in placed:
        assert scans[name].laterality == side
        assert any(o.centroid == pytest.approx((float(column), float(row))) for o in scans[name].outlines)
    assert any("painted: left out" in line for line in studies[0].outside)
    assert studies[5].scans[0].pixels.shape == (1024, 1024)


def test_the_doubt_about_the_side_is_reported(shared_data: Path) -> None:
    """Film 2 carries an R in mirror writing, and the list calls it left."""
    scan = open_study(shared_data / "mini_mias" / "images" / "mdb002.png")[0].scans[0]
    assert scan.laterality is Laterality.L
    assert MIRRORED in scan.warnings
