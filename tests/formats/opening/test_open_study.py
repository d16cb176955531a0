"""`open_study`: folders, several paths, DICOMDIRs, hanging order, and one clear error where nothing can be opened."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

import mammoview
from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.display.hanging_protocols import assign_scans, protocol_named
from mammoview.formats.opening import folder_walk
from mammoview.formats.opening.open_study import open_study
from tests.support.dicom_encoding import encoded, tissue
from tests.support.dicom_files import CT, PROCESSING, code, dataset, item, ramp, write
from tests.support.referencing_objects import (
    algorithm,
    annotation,
    cad_report,
    drawn,
    finding,
    graphic,
    presentation_state,
)

FOUR = [("L", "MLO"), ("R", "CC"), ("L", "CC"), ("R", "MLO")]


def four_views(folder: Path, **attributes: Any) -> Path:
    """Write four views of one study into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, (side, projection) in enumerate(FOUR):
        write(folder / f"IM{index}", ImageLaterality=side, ViewPosition=projection, **attributes)
    return folder


def test_it_is_the_public_name() -> None:
    assert mammoview.open_study is open_study


def test_hanging_order_and_the_rest_after_it(tmp_path: Path) -> None:
    root = four_views(tmp_path / "study")
    write(root / "A0", ImageLaterality="R", ViewPosition="ML")
    write(root / "A1", ImageLaterality="R", ViewPosition="CC", SOPClassUID=PROCESSING)
    (study,) = open_study(root)
    assert [s.name for s in study.scans] == ["R CC", "R CC", "L CC", "R MLO", "L MLO", "R ML"]
    assert [s.grey.for_processing for s in study.scans[:2]] == [False, True]
    assert (study.patient, study.date, study.outside) == ("P1", "2024-01-31", [])


def test_studies_are_reported_apart_by_uid_and_patient(tmp_path: Path) -> None:
    four_views(tmp_path / "a")
    four_views(tmp_path / "b", StudyInstanceUID="1.2.99")
    four_views(tmp_path / "c", PatientID="P2")
    assert [(s.patient, len(s.scans)) for s in open_study(tmp_path)] == [("P1", 4), ("P1", 4), ("P2", 4)]


def test_cbis_views_are_one_study_although_each_claims_its_own(tmp_path: Path) -> None:
    for side, long in (("L", "LEFT"), ("R", "RIGHT")):
        for projection in ("CC", "MLO"):
            write(
                tmp_path / f"{long}{projection}.dcm",
                PatientID=f"Mass-Training_P_00001_{long}_{projection}",
                StudyInstanceUID=generate_uid(),
                Laterality=side,
                ImageLaterality=None,
                ViewPosition=None,
                PatientOrientation=projection,
            )
    (study,) = open_study(tmp_path)
    assert study.patient == "P_00001" and [s.name for s in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]


def test_pictures_are_grouped_by_patient_within_a_folder(tmp_path: Path) -> None:
    for name in ("p1_L_CC.png", "p1_R_CC.png", "p2_R_MLO.png", "anna/L_CC.png", "anna/R_CC.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(ramp(top=255).astype("u1")).save(tmp_path / name)
    studies = open_study(tmp_path)
    assert [(s.patient, [scan.name for scan in s.scans]) for s in studies] == [
        ("p1", ["R CC", "L CC"]),
        ("p2", ["R MLO"]),
        ("anna", ["R CC", "L CC"]),
    ]
    assert all(scan.patient == study.patient for study in studies for scan in study.scans)


def test_the_rest_opens_and_each_bad_file_is_one_line(tmp_path: Path) -> None:
    root = four_views(tmp_path / "study")
    (root / "empty.dcm").write_bytes(b"")
    (root / "cut.dcm").write_bytes((root / "IM0").read_bytes()[:1000])
    (root / "words.png").write_text("hello")
    write(root / "ct.dcm", Modality="CT", SOPClassUID=CT)
    (root / "broken.dcm").symlink_to(root / "nowhere")
    (root / "notes.txt").write_text("hello")
    os.mkfifo(root / "pipe.dcm")
    (root / ".hidden.dcm").write_bytes(b"")
    (study,) = open_study(root)
    assert len(study.scans) == 4
    for name, reported in {
        "empty.dcm": "the file is empty",
        "cut.dcm": "cut short",
        "words.png": "damaged",
        "ct.dcm": "its modality is CT",
        "broken.dcm": "no such file",
        "pipe.dcm": "not a plain file",
        "notes.txt": "left out, as no pictures",
    }.items():
        (line,) = [line for line in study.outside if name in line]
        assert reported in line and "\n" not in line
    assert len(study.outside) == 7


def test_lines_belong_to_the_study_of_their_folder(tmp_path: Path) -> None:
    four_views(tmp_path / "a")
    root = four_views(tmp_path / "b", StudyInstanceUID="1.2.99")
    (root / "empty.dcm").write_bytes(b"")
    first, second = open_study(tmp_path)
    assert first.outside == [] and len(second.outside) == 1


def test_links_in_circles_end(tmp_path: Path) -> None:
    root = four_views(tmp_path / "study")
    (root / "again").symlink_to(root)
    (root / "itself").symlink_to(root / "itself")
    (root / "deep").mkdir()
    (root / "deep" / "up").symlink_to(tmp_path)
    (study,) = open_study(tmp_path)
    assert len(study.scans) == 4


def test_a_linked_folder_is_followed(tmp_path: Path) -> None:
    four_views(tmp_path / "elsewhere")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    assert len(open_study(tmp_path / "here")[0].scans) == 4


def test_several_paths_and_the_same_file_twice(tmp_path: Path) -> None:
    root = four_views(tmp_path / "study")
    (tmp_path / "bad.dcm").write_bytes(b"")
    (study,) = open_study([root / "IM0", str(root), tmp_path / "bad.dcm"])
    assert len(study.scans) == 4
    (line,) = study.outside
    assert "bad.dcm: the file is empty" in line


@pytest.mark.parametrize("name", ["with blank.dcm", "Ünïcode Ω 乳.dcm", "1.2.840.113", "no_ending"])
def test_any_name_of_a_dicom_file(tmp_path: Path, name: str) -> None:
    assert len(open_study(write(tmp_path / name))[0].scans) == 1


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    cases: list[tuple[object, type[MammoviewError], str]] = [
        ([], NotAMammogramError, "no file was given"),
        (tmp_path / "none.dcm", UnreadableError, r"none\.dcm: there is no such file or folder"),
        (tmp_path / "empty", NotAMammogramError, "empty: no picture is in it"),
        (tmp_path / ("x" * 300), UnreadableError, "cannot be read"),
        ("a\0b", UnreadableError, "there is no such file"),
        ([tmp_path / "none.dcm", tmp_path / "empty"], NotAMammogramError, "no mammogram was found.*none"),
    ]
    for path, kind, reported in cases:
        with pytest.raises(kind, match=reported) as caught:
            open_study(path)
        assert "\n" not in str(caught.value)


def test_folder_in_which_nothing_opens_tells_the_first_reason(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(b"")
    (tmp_path / "b.png").write_bytes(b"x")
    with pytest.raises(NotAMammogramError, match=r"no mammogram was found; a\.dcm: the file is empty.*\(and 1 more\)"):
        open_study(tmp_path)


def test_names_that_cannot_be_printed_stay_on_one_line(tmp_path: Path) -> None:
    root = four_views(tmp_path / "study")
    Path(os.fsdecode(os.fsencode(root) + b"/bro\xffken\nname.dcm")).write_bytes(b"")
    (study,) = open_study(root)
    (line,) = study.outside
    assert "bro?ken?name.dcm: the file is empty" in line
    line.encode()


@pytest.mark.parametrize("text", ["hello", "<html></html>", "%PDF-1.4", "#!/bin/sh"])
def test_what_is_no_picture(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(UnreadableError, match=r"a\.txt: it is not a picture of a kind that is read. Give DICOM, PNG"):
        open_study(tmp_path / "a.txt")
    (tmp_path / "b.dcm").write_text(text)
    with pytest.raises(UnreadableError, match=r"b\.dcm"):
        open_study(tmp_path / "b.dcm")


def test_reading_not_permitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = four_views(tmp_path / "study")
    opened = Path.open

    def guarded(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "IM2":
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)
    with pytest.raises(UnreadableError, match=r"IM2: reading is not permitted"):
        open_study(root / "IM2")
    (study,) = open_study(root)
    assert len(study.scans) == 3 and any("IM2: reading is not permitted" in line for line in study.outside)


def test_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = four_views(tmp_path / "study")
    (root / "locked").mkdir()
    listed = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", guarded)
    (study,) = open_study(root)
    assert len(study.scans) == 4 and any("locked: reading is not permitted" in line for line in study.outside)
    with pytest.raises(UnreadableError, match="locked: reading is not permitted"):
        open_study(root / "locked")


def test_far_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    four_views(tmp_path / "a")
    four_views(tmp_path / "b")
    monkeypatch.setattr(folder_walk, "MAX_FILES", 6)
    (study,) = open_study(tmp_path)
    assert len(study.scans) == 4 and any("more than 6 files" in line for line in study.outside)


def dicomdir(path: Path, files: list[list[str]]) -> Path:
    """Write a DICOMDIR that lists these files."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = Dataset()
    made.file_meta = meta
    made.SOPClassUID = meta.MediaStorageSOPClassUID
    records = [item(DirectoryRecordType="IMAGE", ReferencedFileID=parts) for parts in files]
    made.DirectoryRecordSequence = Sequence([item(DirectoryRecordType="PATIENT"), *records])
    made.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("name", ["A" * 300, "a\0b"])
def test_a_dicomdir_may_list_what_no_file_can_be_called(tmp_path: Path, name: str) -> None:
    four_views(tmp_path / "images")
    (study,) = open_study(dicomdir(tmp_path / "DICOMDIR", [["IMAGES", "IM0"], ["IMAGES", name]]))
    assert len(study.scans) == 1 and "which is not there" in study.outside[0]


def test_dicomdir_in_any_case(tmp_path: Path) -> None:
    four_views(tmp_path / "images")
    path = dicomdir(tmp_path / "DICOMDIR", [["IMAGES", "IM0"], ["IMAGES", "im1"], ["IMAGES", "GONE"]])
    (study,) = open_study(path)
    assert len(study.scans) == 2
    assert any("lists IMAGES/GONE, which is not there" in line for line in study.outside)
    (study,) = open_study(tmp_path)
    assert len(study.scans) == 4 and study.outside == []


def test_dicomdir_as_the_standard_writes_it(tmp_path: Path) -> None:
    """Its class stands in the meta information alone; pydicom, which is no code of ours, makes this one."""
    made = FileSet()
    for side in "LR":
        one = dataset(ImageLaterality=side, StudyTime="120000", StudyID="1", SeriesNumber=1, InstanceNumber=1)
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID
        made.add(one)
    made.write(tmp_path / "medium")
    study = open_study(tmp_path / "medium" / "DICOMDIR")[0]
    assert [scan.name for scan in study.scans] == ["R CC", "L CC"]


def test_dicomdir_lists_reports_and_states_as_well(tmp_path: Path) -> None:
    """pydicom writes the records; what they list comes onto the picture that it is about."""
    picture = dataset(ramp(60, 50), StudyTime="120000", StudyID="1", SeriesNumber=1, InstanceNumber=1)
    picture.SOPInstanceUID = picture.file_meta.MediaStorageSOPInstanceUID
    uid = str(picture.SOPInstanceUID)
    point = drawn("POINT", [20, 30])
    state = presentation_state([uid], (60, 50), GraphicAnnotationSequence=Sequence([annotation([uid], [point])]))
    place = graphic(("111010", "Center"), "POINT", [25, 35], 1)
    report = cad_report([uid], [finding(("4147007", "Mass"), *algorithm("Finder", "2.1"), place)])
    made = FileSet()
    for one in (state, report, picture):
        made.add(one)
    made.write(tmp_path / "medium")
    (scan,) = open_study(tmp_path / "medium" / "DICOMDIR")[0].scans
    assert {mark.origin.value: mark.centre for mark in scan.marks} == {"gsps": (20, 30), "cad": (25, 35)}
    assert len(scan.grey.states) == 1


def test_a_single_picture_hangs_before_the_tomosynthesis_of_the_same_view(tmp_path: Path) -> None:
    frames = tissue(3, 60, 50, 12)
    tomosynthesis = encoded(ExplicitVRLittleEndian, frames, 12, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3")
    write(tmp_path / "a.dcm", tomosynthesis)
    write(tmp_path / "b.dcm", StudyInstanceUID=str(tomosynthesis.StudyInstanceUID))
    write(tmp_path / "c.dcm", ImageLaterality="R", StudyInstanceUID=str(tomosynthesis.StudyInstanceUID))
    (study,) = open_study(tmp_path)
    assert [scan.path.name for scan in study.scans] == ["c.dcm", "b.dcm", "a.dcm"]
    assert [scan.path.name for _, scan in assign_scans(study, protocol_named("four-view")) if scan] == [
        "c.dcm",
        "b.dcm",
    ]


def test_the_whole_exposed_view_hangs_before_spots_displaced_implants_and_computed_ones(tmp_path: Path) -> None:
    spot = code("R-10242", "SRT", modifiers=(code("R-102D7", "SRT", "Spot Compression"),))
    displaced = code("399162004", "SCT", modifiers=(code("399209000", "SCT", "Implant Displaced"),))
    write(tmp_path / "a.dcm", ViewCodeSequence=Sequence([spot]))
    write(tmp_path / "b.dcm", ViewCodeSequence=Sequence([displaced]), BreastImplantPresent="YES")
    write(tmp_path / "c.dcm", ImageType=["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"])
    write(tmp_path / "d.dcm", BreastImplantPresent="YES")
    (study,) = open_study(tmp_path)
    assert [scan.path.name for scan in study.scans] == ["d.dcm", "c.dcm", "a.dcm", "b.dcm"]
    assert [scan.path.name for _, scan in assign_scans(study, protocol_named("four-view")) if scan] == ["d.dcm"]


def test_dicomdir_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "outside.dcm")
    (tmp_path / "medium").mkdir()
    path = dicomdir(tmp_path / "medium" / "DICOMDIR", [["..", "outside.dcm"], [str(tmp_path / "outside.dcm")]])
    with pytest.raises(NotAMammogramError, match="which is not there"):
        open_study(path)
    with pytest.raises(UnreadableError, match="lists no images"):
        open_study(dicomdir(tmp_path / "medium" / "DICOMDIR", []))


def test_pixels_are_not_decoded_at_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("mammoview.formats.dicom.decode.decode", refuse)
    monkeypatch.setattr("mammoview.formats.image.image_reader.decode_picture", refuse)
    root = four_views(tmp_path / "study")
    Image.fromarray(ramp(top=255).astype("u1")).save(root / "p_L_CC.png")
    assert len(open_study(root)) == 2


def test_real_samples_from_a_zip(tmp_path: Path, samples: Path) -> None:
    root = tmp_path / "case"
    shutil.copytree(samples / "sfm-malign-0", root)
    archive = shutil.make_archive(str(tmp_path / "case"), "zip", root)
    (study,) = open_study(archive)
    assert [s.name for s in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    (plain,) = open_study(root)
    np.testing.assert_array_equal(study.scans[0].pixels, plain.scans[0].pixels)
    assert [o.box for o in study.scans[1].outlines] == [o.box for o in plain.scans[1].outlines] != []
