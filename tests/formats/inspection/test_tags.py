"""Tags of real and made files, and how complete they are."""

from __future__ import annotations

import zipfile

import pytest
from pydicom import dcmread
from pydicom.sequence import Sequence

from mammoview.core.errors import NotAMammogramError, UnreadableError
from mammoview.formats.inspection.completeness import REQUIREMENTS, completeness
from mammoview.formats.inspection.tags import MAX_ITEMS, MAX_ROWS, TagRow, read_tags
from mammoview.formats.opening.open_study import open_study
from tests.support.dicom_files import code, dataset, item, write


def tags(path) -> dict[str, TagRow]:
    return {row.name: row for row in read_tags(open_study(path)[0].scans[0]).rows if row.name}


def test_every_attribute_of_a_real_file_is_listed_as_pydicom_reads_it(samples):
    path = next(samples.rglob("*.dcm"))
    header = dcmread(path)
    rows = {row.tag: row for row in read_tags(open_study(path)[0].scans[0]).rows}
    assert set(rows) == {str(e.tag) for e in (*header.file_meta, *header)}
    for element in header:
        if element.VR in ("CS", "US", "LO", "DA", "IS", "UI"):
            assert rows[str(element.tag)].value == str(element.value)


def test_sequences_are_trees_private_tags_stay_and_long_values_are_cut(tmp_path):
    made = dataset(ViewCodeSequence=Sequence([code("399162004", meaning="cranio-caudal", modifiers=(code("1"),))]))
    block = made.private_block(0x0029, "SOMEBODY", create=True)
    block.add_new(0x10, "OB", bytes(range(256)) * 4)
    made.ImageComments = "é" * 5000
    rows = tags(write(tmp_path / "a.dcm", made))
    view = rows["View Code Sequence"]
    assert view.value == "1 item"
    (first,) = view.rows
    assert first.name == "Item 1"
    inside = {row.name: row for row in first.rows}
    assert inside["Code Meaning"].value == "cranio-caudal"
    assert inside["View Modifier Code Sequence"].rows[0].rows[0].value == "1"
    assert next(row for row in rows.values() if row.tag == "(0029,1010)").value == "1024 bytes"
    assert rows["Image Comments"].value.endswith("(5000 signs)")
    assert len(rows["Image Comments"].value) < 230


def test_huge_sequences_cannot_flood_the_list(tmp_path):
    deep = item(CodeValue="end")
    for _ in range(40):
        deep = item(ConceptCodeSequence=Sequence([deep]))
    many = Sequence([code(str(n)) for n in range(500)])
    made = dataset(ViewCodeSequence=many, ConceptNameCodeSequence=Sequence([deep]))
    found = read_tags(open_study(write(tmp_path / "a.dcm", made))[0].scans[0])
    rows = {row.name: row for row in found.rows}
    assert len(rows["View Code Sequence"].rows) == MAX_ITEMS + 1
    assert "400 more" in rows["View Code Sequence"].rows[-1].value
    assert _size(found.rows) < MAX_ROWS


def _size(rows) -> int:
    return sum(1 + _size(row.rows) for row in rows)


def test_a_broken_value_does_not_hide_the_others(tmp_path):
    path = write(tmp_path / "a.dcm", KVP="28")
    raw = path.read_bytes()
    place = raw.index(b"\x18\x00\x60\x00DS") + 8
    path.write_bytes(raw[:place] + b"x!" + raw[place + 2 :])
    rows = tags(path)
    assert rows["Rows"].value == "40"
    assert "(0018,0060)" in {row.tag for row in rows.values()} or "KVP" not in rows


def test_tags_are_read_inside_a_zip(tmp_path):
    write(tmp_path / "a.dcm")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.dcm", "inside/a.dcm")
    assert tags(tmp_path / "a.zip")["View Position"].value == "CC"


def test_what_is_no_dicom_or_has_gone_is_said(tmp_path, samples):
    scan = open_study(write(tmp_path / "a.dcm"))[0].scans[0]
    (tmp_path / "a.dcm").unlink()
    with pytest.raises(UnreadableError, match="no such file"):
        read_tags(scan)
    (tmp_path / "a.dcm").write_bytes(b"P5\n20 20\n255\n" + bytes(400))
    scan.path = tmp_path / "a.pgm"
    (tmp_path / "a.dcm").rename(scan.path)
    with pytest.raises(NotAMammogramError, match="not a DICOM"):
        read_tags(scan)


def test_empty_attributes_count_as_missing_and_any_of_several_will_do():
    header = dataset(ViewPosition=None, ImagerPixelSpacing=[0.07, 0.07], OrganDose="", KVP="28")
    missing = {r.name for r in completeness(header).missing}
    assert {"projection", "organ dose", "implant"} <= missing
    assert not {"pixel spacing", "kVp", "side"} & missing
    header.ViewCodeSequence = Sequence([code("399162004")])
    found = completeness(header)
    assert "projection" not in {r.name for r in found.missing}
    assert len(found.present) + len(found.missing) == len(REQUIREMENTS)


def test_functional_groups_of_multi_frame_files_count():
    header = dataset(ImagerPixelSpacing=None)
    before = {r.name for r in completeness(header).missing}
    header.SharedFunctionalGroupsSequence = Sequence(
        [item(PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.1, 0.1])]))]
    )
    assert before - {r.name for r in completeness(header).missing} == {"pixel spacing"}
