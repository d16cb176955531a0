"""No object names the patient, and replacements are the same for the same person, study and secret."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import config, dcmread
from pydicom.dataset import Dataset

import mammoview
from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.dicom import deidentification, entry_points
from mammoview.export.dicom.deidentification import Deidentifier, kept_secret
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions
from mammoview.records.reader_report import ReaderReport, ReaderReportStore, Verdict, VerdictReason, report_key
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import Study
from tests.export.dicom.sources import draw, open_scan, write_mammogram
from tests.support.dicom_files import item
from tests.support.dicom_oracles import conformance_errors, validators
from tests.support.phantoms import assessed, breast_pixels

PLANTED = {
    "PatientName": "Plantagenet^Jane",
    "PatientID": "PID-99817",
    "IssuerOfPatientID": "Isle Registry",
    "OtherPatientIDs": "ALT-5512",
    "PatientBirthDate": "19610412",
    "PatientAge": "062Y",
    "PatientAddress": "12 Quarry Lane",
    "PatientComments": "sister of Ann",
    "StudyDate": "20240131",
    "StudyTime": "101517",
    "SeriesDate": "20240131",
    "AcquisitionDateTime": "20240131101519",
    "StudyDescription": "Recall of Plantagenet",
    "SeriesDescription": "Dr Quill R CC",
    "AccessionNumber": "ACC4711",
    "StudyID": "STUDY77",
    "ReferringPhysicianName": "Refer^Rita",
    "PerformingPhysicianName": "Quill^Quentin",
    "OperatorsName": "Oper^Olga",
    "InstitutionName": "Quarry General",
    "InstitutionAddress": "1 Quarry Lane",
    "StationName": "QG-MG-3",
    "DeviceSerialNumber": "SN-88123",
    "ProtocolName": "for Plantagenet",
    "ImageComments": "Jane moved",
    "StudyInstanceUID": "1.2.826.0.1.3680043.9.7156.55.1",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.9.7156.55.2",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.9.7156.55.3",
    "SOPInstanceUID": "1.2.826.0.1.3680043.9.7156.55.4",
    "RequestAttributesSequence": [item(RequestedProcedureID="RP-1200", ScheduledProcedureStepID="SPS-1300")],
}
WORDS = (
    *("Plantagenet", "Jane", "PID-99817", "Isle Registry", "ALT-5512", "19610412", "062Y", "Quarry", "sister of Ann"),
    *(
        "20240131",
        "101517",
        "101519",
        "Quill",
        "ACC4711",
        "STUDY77",
        "Rita",
        "Oper^Olga",
        "QG-MG-3",
        "SN-88123",
        "7156.55",
    ),
    *("RP-1200", "SPS-1300", "secret of a vendor", "Reader^Rose", "seen by Rose"),
)
KINDS = {
    "sr": entry_points.write_sr,
    "cad": entry_points.write_cad,
    "seg": entry_points.write_seg,
    "sc": entry_points.write_sc,
    "gsps": entry_points.write_gsps,
}


@pytest.fixture(autouse=True)
def one_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always the same secret: of another one, digits of a UID may happen to be those of a time.

    One secret in 24 also moves dates by whole days, and leaves the time as it is.
    """
    monkeypatch.setattr(entry_points, "kept_secret", lambda _folder: "a" * 64)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, AssessedScan]:
    """A study whose file is full of what must not leave."""
    folder = tmp_path_factory.mktemp("planted")
    made = dcmread(write_mammogram(folder, breast_pixels(300, 200), **PLANTED))
    made.private_block(0x0019, "VENDOR", create=True).add_new(0x01, "LO", "secret of a vendor")
    made.save_as(folder / "mammogram.dcm")
    (study,) = mammoview.open_study(folder)
    scan = study.scans[0]
    draw(scan)
    analysis = analyse(scan)
    verdict = Verdict(scan.pixel_hash, "L CC", 50.0, 150.0, 0.8, True, VerdictReason.MASS, "seen by Rose")
    return study, AssessedScan(analysis, assessed(scan, (50.0, 150.0), analysis=analysis), judged={1: verdict})


def content_of(target: Path, study: Study, one: AssessedScan, keep: bool = False) -> ExportContent:
    """Return what goes into the file of one scan."""
    options = ExportOptions(keep_identity=keep)
    return ExportContent(target, study, (one,), ("heatmap", "outlines"), options=options)


def files_of(folder: Path, kind: str, planted: tuple[Study, AssessedScan], keep: bool = False) -> list[Path]:
    study, one = planted
    KINDS[kind](content_of(folder / kind / "export.dcm", study, one, keep))
    return sorted((folder / kind).iterdir())


def every_byte(file: Path) -> bytes:
    """Return all bytes of a file, and its pixels as they are shown, in every order that letters may have."""
    made = dcmread(file)
    shown = made.pixel_array.tobytes() if "PixelData" in made else b""
    return file.read_bytes() + shown + file.name.encode()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_planted_leaves(
    tmp_path: Path, planted: tuple[Study, AssessedScan], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry_points, "reader_name", lambda: "Reader^Rose")
    found = files_of(tmp_path, kind, planted)
    assert len(found) == {"sr": 3, "cad": 1, "seg": 3, "sc": 1, "gsps": 1}[kind]
    for file in found:
        held = every_byte(file)
        assert [word for word in WORDS if word.encode() in held or word.encode("utf-16-le") in held] == []
        made = dcmread(file)
        assert made.PatientIdentityRemoved == "YES"
        assert [code.CodeValue for code in made.DeidentificationMethodCodeSequence] == ["113100", "113107"]
        assert not [element for element in made.iterall() if element.tag.is_private]
        if validators():
            assert conformance_errors(file) == []


def test_every_attribute_is_treated_as_the_table_says(tmp_path: Path, planted: tuple[Study, AssessedScan]) -> None:
    removed, kept = (dcmread(files_of(tmp_path / str(keep), "gsps", planted, keep)[0]) for keep in (False, True))
    for keyword in deidentification.REMOVED:
        assert keyword in kept
        assert keyword not in removed
    for keyword in deidentification.EMPTIED:
        assert kept[keyword].value
        assert not removed[keyword].value
    for keyword in (*deidentification.REPLACED, "StudyInstanceUID", "StudyDate", "StudyTime"):
        assert removed[keyword].value
        assert removed[keyword].value != kept[keyword].value
    assert "PatientIdentityRemoved" not in kept


def test_the_table_of_the_documentation_names_every_attribute() -> None:
    text = (Path(__file__).parents[3] / "docs" / "manual" / "exporting.md").read_text(encoding="utf-8")
    groups = ("UIDS", "REPLACED", "EMPTIED", "REMOVED", "SHIFTED")
    for keyword in (keyword for group in groups for keyword in getattr(deidentification, group)):
        assert f"`{keyword}`" in text


def header_of(**more: str) -> Dataset:
    """Return a header to be cleaned."""
    made = item(
        PatientID="P1", PatientName="Doe^Jane", StudyDate="20240131", StudyTime="101500", ContentDate="20240203",
        ContentTime="101500", StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4", SOPInstanceUID="1.2.3.4.5",
        **more,
    )  # fmt: skip
    made.file_meta = Dataset()
    return made


def test_dates_of_a_person_move_together_and_uids_stay_related() -> None:
    person = PatientIdentity(patient_id="P1")
    first, prior = header_of(), header_of()
    prior.StudyDate, prior.SOPInstanceUID = "20220131", "1.2.3.4.6"
    for header in (first, prior):
        Deidentifier("secret", person).clean(header)

    def days(header: Dataset, keyword: str) -> np.datetime64:
        said = str(header[keyword].value)
        return np.datetime64(f"{said[:4]}-{said[4:6]}-{said[6:]}")

    assert days(first, "ContentDate") - days(first, "StudyDate") == np.timedelta64(3, "D")
    assert days(first, "StudyDate") - days(prior, "StudyDate") == np.timedelta64(730, "D")
    assert days(first, "StudyDate") < np.datetime64("2023-12-01")
    assert first.StudyInstanceUID == prior.StudyInstanceUID
    assert first.StudyInstanceUID.startswith("2.25.")
    assert first.SOPInstanceUID != prior.SOPInstanceUID
    assert (first.PatientName, first.PatientID) == (prior.PatientName, prior.PatientID)


def test_a_time_without_its_date_does_not_stay() -> None:
    header = header_of()
    header.StudyDate = ""
    del header.ContentDate
    Deidentifier("secret", PatientIdentity(patient_id="P1")).clean(header)
    assert (header.StudyTime, header.ContentTime) == ("", "")


def test_another_secret_or_person_gives_other_replacements() -> None:
    made = []
    for secret, number in (("secret", "P1"), ("other", "P1"), ("secret", "P2")):
        header = header_of()
        Deidentifier(secret, PatientIdentity(patient_id=number)).clean(header)
        made.append((str(header.PatientID), str(header.StudyInstanceUID)))
    assert len(set(made)) == 3


def test_studies_without_a_number_are_not_those_of_one_person() -> None:
    made = []
    for study in ("1.2.3", "1.2.4"):
        header = header_of()
        header.PatientID = header.PatientName = ""
        header.StudyInstanceUID = study
        Deidentifier("secret", PatientIdentity()).clean(header)
        made.append((str(header.PatientID), str(header.PatientName)))
    assert made[0][0] != made[1][0] and made[0][1] != made[1][1]
    # The number is made for the study, also where name and birth date are those of one woman.
    twice = []
    for study in ("1.2.3", "1.2.4"):
        header = header_of(PatientBirthDate="19610412")
        header.PatientID, header.StudyInstanceUID = "", study
        Deidentifier("secret", PatientIdentity(name="Doe^Jane", birth_date="19610412")).clean(header)
        twice.append((str(header.PatientID), str(header.PatientName)))
    assert twice[0][0] != twice[1][0] and twice[0][1] == twice[1][1]
    # Nor are people of one number, in two archives, who were born on different days.
    numbers = []
    for born in ("19610412", "19550101"):
        header = header_of()
        Deidentifier("secret", PatientIdentity(patient_id="P1", birth_date=born)).clean(header)
        numbers.append(str(header.PatientID))
    assert numbers[0] != numbers[1]
    assert all(number and name for number, name in made)


def test_the_secret_is_kept_for_the_user_alone() -> None:
    folder = paths.data_folder()
    secret = kept_secret(folder)
    assert secret == kept_secret(folder)
    assert len(secret) == 64
    assert stat.S_IMODE((folder / "deidentification.key").stat().st_mode) == 0o600


def test_a_secret_that_cannot_be_read_is_an_error() -> None:
    file = paths.data_folder() / "deidentification.key"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(MammoviewError, match="secret"):
        kept_secret(file.parent)


def test_exporting_twice_gives_the_same_objects(tmp_path: Path, planted: tuple[Study, AssessedScan]) -> None:
    one, two = (files_of(tmp_path / part, "seg", planted) for part in ("a", "b"))
    assert [file.name for file in one] == [file.name for file in two]
    for first, second in zip(one, two, strict=True):
        assert dcmread(first).SOPInstanceUID == dcmread(second).SOPInstanceUID


def test_pictures_that_are_not_dicom_get_uids_and_say_so(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(breast_pixels(300, 200)).save(tmp_path / "LCC.png")
    (study,) = mammoview.open_study(tmp_path)
    scan = study.scans[0]
    draw(scan)
    KINDS["gsps"](content_of(tmp_path / "out" / "state.dcm", study, AssessedScan(analyse(scan)), True))
    made = dcmread(tmp_path / "out" / "state.dcm")
    assert "no DICOM file" in made.ImageComments
    assert made.StudyInstanceUID.startswith("2.25.")


def test_a_file_without_uids_or_with_frames_is_refused(tmp_path: Path) -> None:
    bare = open_scan(write_mammogram(tmp_path, breast_pixels(300, 200), SeriesInstanceUID=None))
    study = Study("", [bare])
    target = tmp_path / "out" / "x.dcm"
    with pytest.raises(MammoviewError, match="SeriesInstanceUID"):
        KINDS["gsps"](content_of(target, study, AssessedScan(analyse(bare))))
    frames = np.stack([breast_pixels(300, 200)] * 2)
    stack_file = write_mammogram(
        tmp_path, frames.reshape(600, 200), NumberOfFrames=2, Rows=300, SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3"
    )
    stack = open_scan(stack_file)
    with pytest.raises(MammoviewError, match="2 frames"):
        KINDS["gsps"](content_of(target, Study("", [stack]), AssessedScan(analyse(stack))))
    assert not target.parent.exists()


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("more", "want"),
    [
        ({"StudyDate": "1996.07.03", "StudyTime": "10:15:00"}, {"StudyDate": "19960703", "StudyTime": "101500"}),
        ({"StudyDate": "19961399", "StudyTime": "noon"}, {"StudyDate": "", "StudyTime": ""}),
        ({"PatientSex": "female", "PatientBirthDate": "1961"}, {"PatientSex": "", "PatientBirthDate": ""}),
        ({"PatientName": "Müller^Änne", "SpecificCharacterSet": "ISO_IR 100"}, {"PatientName": "Müller^Änne"}),
        (
            {"PatientName": "山田^花子=やまだ", "SpecificCharacterSet": "ISO_IR 192"},
            {"PatientName": "山田^花子=やまだ"},
        ),
        ({"StudyTime": "101500.123456"}, {"StudyTime": "101500"}),
    ],
    ids=["old", "impossible", "malformed", "umlaut", "kanji", "fraction"],
)
def test_malformed_headers_and_other_scripts(
    tmp_path: Path, more: dict[str, str], want: dict[str, str], keep: bool
) -> None:
    with config.disable_value_validation():
        file = write_mammogram(tmp_path, breast_pixels(300, 200), **more)
    scan = open_scan(file)
    draw(scan)
    KINDS["gsps"](content_of(tmp_path / "out" / "x.dcm", Study("", [scan]), AssessedScan(analyse(scan)), keep))
    made = dcmread(tmp_path / "out" / "x.dcm")
    if keep:
        assert {keyword: str(made[keyword].value) for keyword in want} == want
    assert conformance_errors(tmp_path / "out" / "x.dcm") == []


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path: Path, planted: tuple[Study, AssessedScan]) -> None:
    (tmp_path / "file").write_text("in the way")
    study, one = planted
    with pytest.raises(MammoviewError, match="cannot be written"):
        KINDS["sr"](content_of(tmp_path / "file" / "x.dcm", study, one))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["file"]


def test_verdicts_that_the_reader_gave_before_are_reported(tmp_path: Path, planted: tuple[Study, AssessedScan]) -> None:
    study, one = planted
    verdict = one.judged[1]
    key = report_key(scan.pixel_hash for scan in study.scans)
    ReaderReportStore.of(paths.data_folder()).keep(ReaderReport(key, verdicts=(verdict,)))
    KINDS["sr"](content_of(tmp_path / "report.dcm", study, replace(one, judged={})))
    said = [dcmread(file).SeriesDescription for file in tmp_path.iterdir() if file.suffix == ".dcm"]
    assert sorted(said) == ["Mammoview: findings", "Mammoview: marks", "Mammoview: verdicts of the reader"]
