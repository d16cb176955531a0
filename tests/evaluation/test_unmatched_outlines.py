"""Outlines of pictures that are not there are reported, a line for each list."""

from __future__ import annotations

from pathlib import Path

from mammoview.evaluation.unmatched_outlines import outlines_without_pictures
from mammoview.formats.datasets import mini_mias
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Scan
from tests.formats.datasets.test_cbis import HEADER, LINE
from tests.formats.datasets.test_mini_mias import INFO, folder
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels


def scans(path: Path) -> list[Scan]:
    return [scan for study in open_study(path) for scan in study.scans]


def test_a_list_of_mini_mias_has_one_line_for_the_pictures_that_are_absent(tmp_path: Path) -> None:
    data = folder(tmp_path / "mias", (1, 3))
    outlined = {name for name, of in mini_mias.parse_info(INFO, data).items() if any(one.circle for one in of)}
    absent = sorted(outlined - {"mdb001", "mdb003"})
    (line,) = outlines_without_pictures([data], scans(data))
    assert line.startswith(f"{data / 'Info.txt'}: {len(absent)} pictures that it outlines are not there: ")
    assert absent[0] in line and "mdb001" not in line and "mdb003" not in line
    # A picture that is there, though it alone was not opened, is not reported.
    whole = folder(tmp_path / "whole", tuple(int(name[3:]) for name in outlined))
    assert outlines_without_pictures([whole], scans(whole / "mdb001.pgm")) == []


def test_a_file_named_after_all_of_the_picture_is_reported_for_it_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", pixels=breast_pixels())
    said = '{"mammoview_outlines": 1, "source": "x", "outlines": [{"kind": "box", "box": [9, 9, 90, 90]}]}'
    (tmp_path / "a.dcm.outlines.json").write_text(said)
    (scan,) = scans(tmp_path)
    assert scan.outlines == ()
    (line,) = outlines_without_pictures([tmp_path], [scan])
    assert line == f"{tmp_path / 'a.dcm.outlines.json'}: it is not read: outlines of a.dcm lie in a.outlines.json"
    for name in ("a.outlines.json", "a.dcm.own.outlines.json"):
        (tmp_path / "a.dcm.outlines.json").rename(tmp_path / name)
        (scan,) = scans(tmp_path)
        assert len(scan.outlines) == 1 and outlines_without_pictures([tmp_path], [scan]) == []
        (tmp_path / name).rename(tmp_path / "a.dcm.outlines.json")


def test_a_table_of_cbis_has_one_line_for_the_views_that_are_absent(tmp_path: Path) -> None:
    view = tmp_path / "Mass-Training_P_00001_LEFT_CC" / "study" / "series" / "1-1.dcm"
    view.parent.mkdir(parents=True)
    write(view, pixels=breast_pixels(), PatientID="Mass-Training_P_00001_LEFT_CC", PatientName="P_00001")
    others = "".join(LINE.replace("P_00001", f"P_0000{n}") for n in range(2, 8))
    (tmp_path / "mass_case_description_train_set.csv").write_text(HEADER + LINE + others)
    (line,) = outlines_without_pictures([tmp_path], scans(tmp_path))
    assert "6 pictures that it outlines are not among those that were opened: P_00002_LEFT_CC, " in line
    assert line.endswith("P_00005_LEFT_CC, ...") and "P_00001" not in line
