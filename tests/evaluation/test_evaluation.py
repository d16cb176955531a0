"""What is not as it should be: each is one line, and the rest is counted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.evaluation.attributes import attribute_name, attributes_of, check_keywords
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.evaluation_folder import Provenance, check_folder, read_provenance, write_provenance
from mammoview.evaluation.evaluation_page import cautions, write_report
from mammoview.evaluation.figures import CountedViews, figures_of, roc_cases
from mammoview.evaluation.results import ScanResult, rows_of
from mammoview.evaluation.study_codes import study_codes
from mammoview.formats.opening.open_study import open_study
from mammoview.study.identity import PatientIdentity
from mammoview.study.outline_sources import OWN_SOURCE, Truth
from mammoview.study.scan import Outline, Projection, Study, box
from mammoview.study.spacing import UNKNOWN_SPACING
from tests.evaluation.made_results import random_cases, result_of, results_of, scan_of
from tests.support.ddsm_cases import ICS, OVERLAY
from tests.support.dicom_files import write

LESION = box(100, 100, 200, 200, lesion_type="MASS", pathology="MALIGNANT")


def test_a_copy_is_counted_once() -> None:
    one = result_of(scan_of("a", (LESION,)), "w1", [(150, 150, 0.9), (600, 600, 0.5)])
    copy = replace(result_of(scan_of("a", (LESION,)), "w1", [(150, 150, 0.9)]), code="view b")
    other = result_of(scan_of("a"), "w2", [(150, 150, 0.9)], content="other outlines")
    found, lines = evaluation_of([one, copy, replace(other, code="view c")])
    assert lines == [
        "view b has the pixels of view a, and is not counted again",
        "view c has the pixels of view a, with other outlines, and is not counted again",
    ]
    assert [row["duplicate_of"] for row in found.views] == ["", "view a", "view a"]
    assert (len(found.lesions), len(found.marks), len(CountedViews.of(found).rows)) == (1, 2, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_of_copies_that_with_outlines_is_counted(order: int) -> None:
    bare = replace(result_of(scan_of("a"), "w1", [(150, 150, 0.9)], content="no outlines"), code="view b")
    drawn = result_of(scan_of("a", (LESION,)), "w1", [(150, 150, 0.9)])
    found, _ = evaluation_of([bare, drawn][::order])
    assert [(row["view_code"], row["label"]) for row in CountedViews.of(found).rows] == [("view a", "finding")]


def test_a_finding_on_a_failed_view_alone_gives_no_score() -> None:
    def failed(name: str, *outlines: Outline, side: str = "L") -> ScanResult:
        return replace(result_of(scan_of(name, outlines, side), name[0], []), held=None, reason="x")

    results = [
        failed("a1", LESION), result_of(scan_of("a2"), "a", [(1, 1, 0.7)]),
        failed("b1", LESION), result_of(scan_of("b2", (LESION,)), "b", [(1, 1, 0.6)]),
        failed("c1"), result_of(scan_of("c2"), "c", [(1, 1, 0.5)]),
        failed("d1", LESION), result_of(scan_of("d2", (replace(LESION, pathology="BENIGN"),)), "d", [(1, 1, 0.4)]),
    ]  # fmt: skip
    found, lines = evaluation_of(results)
    reported = [(row["patient"], row["label"], row["pathology"], row["score"]) for row in found.patients]
    assert reported == [
        ("a", "finding", "malignant", None), ("b", "finding", "malignant", 0.6),
        ("c", "normal", "", 0.5), ("d", "finding", "malignant", None),
    ]  # fmt: skip
    assert "2 patients have a finding only on views that could not be assessed, and no score" in lines
    assert len(roc_cases(found.patients)[0]) == 2


@pytest.mark.parametrize(
    ("words", "pathology"),
    [
        ("BENIGN UNPROVEN", "not stated"), ("UNPROVEN", "not stated"), ("BENIGN_WITHOUT_CALLBACK BENIGN", "benign"),
        ("UNPROVEN MALIGNANT", "malignant"),
    ],
)  # fmt: skip
def test_what_is_not_proven_is_no_pathology(words: str, pathology: str) -> None:
    outlines = tuple(replace(LESION, pathology=word) for word in words.split())
    found, _ = evaluation_of([result_of(scan_of("a", outlines), "w", [(1, 1, 0.5)])])
    assert [row["pathology"] for row in (*found.views, *found.breasts, *found.patients)] == [pathology] * 3


def test_a_copy_of_what_could_not_be_assessed_is_counted() -> None:
    one = result_of(scan_of("a", (LESION,)), "w1", [(150, 150, 0.9)])
    failed = replace(one, held=None, reason="its process ended early", code="view b", pixels="pixels of a")
    found, lines = evaluation_of([failed, one])
    assert [row["view_code"] for row in CountedViews.of(found).rows] == ["view a"]
    assert lines == ["view b is not counted: its process ended early"]


def test_marks_without_a_number_are_left_out() -> None:
    marks = [(150, 150, 0.9), (600, 600, math.nan), (700, 700, 0.2)]
    found, lines = evaluation_of([result_of(scan_of("a", (LESION,)), "w", marks)])
    assert lines == ["view a: 1 marks without a number as score are left out"]
    assert [(row["rank"], row["score"]) for row in found.marks] == [(1, 0.9), (2, 0.2)]


def test_what_could_not_be_assessed_or_placed_is_not_counted() -> None:
    failed = replace(result_of(scan_of("a", (LESION,)), "w1", []), held=None, reason="no breast was found. Look at it")
    unplaced = result_of(scan_of("b", facts={"data set": "mini-MIAS", "finding": "MISC B"}), "w2", [(1, 1, 0.5)])
    normal = result_of(scan_of("c", facts={"data set": "mini-MIAS", "finding": "NORM"}), "w3", [(1, 1, 0.5)])
    found, lines = evaluation_of([failed, unplaced, normal])
    assert lines[:2] == [
        "view a is not counted: no breast was found. Look at it",
        "1 views have a finding whose place is not known, or outlines that do not count (--truth), and are left out of "
        "the figures",
    ]
    assert [row["label"] for row in found.views] == ["finding", "unplaced", "normal"]
    assert [row["view_code"] for row in CountedViews.of(found).rows] == ["view c"]
    assert [row["score"] for row in found.patients] == [None, 0.5, 0.5]


def _ddsm(folder: Path, overlay: str | None) -> None:
    (folder / "B-3001-1.ics").write_text(ICS)
    if overlay is not None:
        (folder / "B_3001_1.LEFT_MLO.OVERLAY").write_text(overlay)


def test_a_damaged_overlay_plane_is_no_lost_outline() -> None:
    scan = scan_of("a", warnings=["overlay 6000 is left out: its data are too short"])
    assert rows_of(result_of(scan, "w", [])).view["label"] == "normal"


@pytest.mark.parametrize("name", ["a_L_MLO.outlines.JSON", "a.Overlay", "an outline of coco.JSON"])
def test_an_ending_in_capitals_is_a_lost_outline_too(name: str) -> None:
    scan = scan_of("a", warnings=[f"{name} is left out: it is damaged"])
    assert rows_of(result_of(scan, "w", [])).view["label"] == "unplaced"


def _mini_mias(folder: Path, place: str) -> None:
    Image.fromarray(np.zeros((1024, 1024), np.uint8)).save(folder / "mdb001.png")
    (folder / "Info.txt").write_text(f"mdb001 G CIRC B {place}\n")


def _beside(folder: Path, outlines: str) -> None:
    Image.fromarray(np.zeros((600, 400), np.uint16)).save(folder / "a_L_MLO.png")
    (folder / "a_L_MLO.outlines.json").write_text(outlines)


DRAWN = '{"mammoview_outlines": 1, "outlines": [{"kind": "box", "box": [%s]}]}'


@pytest.mark.parametrize(
    ("write", "given", "label"),
    [
        (_ddsm, OVERLAY, "finding"), (_ddsm, None, "unplaced"), (_ddsm, "no overlay", "unplaced"),
        (_ddsm, OVERLAY.replace("10 20 1 3", "9000 20 1 3"), "unplaced"),
        (_mini_mias, "535 425 197", "finding"), (_mini_mias, "", "unplaced"),
        (_beside, DRAWN % "1, 1, 9, 9", "finding"), (_beside, "{", "unplaced"),
        (_beside, DRAWN % "900, 1, 950, 9", "unplaced"),
        (_beside, '{"mammoview_outlines": 1, "outlines": []}', "normal"),
    ],
)  # fmt: skip
def test_a_view_whose_outlines_are_lost_is_not_normal(
    tmp_path: Path, write: Callable[[Path, str | None], None], given: str | None, label: str
) -> None:
    write(tmp_path, given)
    (study,) = open_study(tmp_path)
    scan = study.scans[-1]  # the left MLO where there are several
    assert scan.projection is Projection.MLO
    assert rows_of(result_of(scan, "w", [])).view["label"] == label, scan.warnings


def test_mixed_and_unknown_spacings_are_reported() -> None:
    known = result_of(scan_of("a", (LESION,)), "w1", [(90, 150, 0.9), (70, 150, 0.8)])
    unknown = result_of(scan_of("b", (LESION,), spacing=UNKNOWN_SPACING), "w1", [(70, 150, 0.8), (60, 150, 0.7)])
    found, lines = evaluation_of([known, unknown])
    assert [row["hit"] for row in found.marks] == [True, False, True, False]  # 1.6 mm are 16 or 32 px
    assert [row["size_mm"] for row in found.lesions] == [10.0, None]
    assert "1 views have no known spacing" in lines[0]
    assert lines[1].startswith("spacings come from several sources (1 calibrated, 1 unknown)")


def test_whose_outlines_count_can_be_chosen() -> None:
    own = box(500, 500, 600, 600, source=OWN_SOURCE)
    result = result_of(scan_of("a", (LESION, own)), "w", [(550, 550, 0.9)])
    hit = {truth: [row["hit_listed"] for row in evaluation_of([result], truth)[0].lesions] for truth in Truth}
    assert hit == {Truth.OTHERS: [False], Truth.OWN: [True], Truth.ALL: [False, True]}


@pytest.mark.parametrize(("truth", "source"), [(Truth.OWN, "DDSM"), (Truth.OTHERS, OWN_SOURCE)])
def test_a_view_is_not_normal_whose_outlines_do_not_count(truth: Truth, source: str) -> None:
    scans = [scan_of("a", (replace(LESION, source=source),)), scan_of("b")]
    found, lines = evaluation_of([result_of(scan, "w", [(150, 150, 0.9)]) for scan in scans], truth)
    assert [(row["label"], row["lesions"]) for row in found.views] == [("unplaced", 0), ("normal", 0)]
    assert [row["view_code"] for row in CountedViews.of(found).rows] == ["view b"]
    assert lines[0].startswith("1 views have a finding whose place is not known, or outlines that do not count")


def studies(*patients: tuple[str, str, str, str]) -> list[Study]:
    """Studies of (folder, Patient ID, birth date, word of the data set)."""
    found = []
    for folder, number, born, word in patients:
        identity = PatientIdentity(number, birth_date=born, name="Doe^Jane")
        scan = scan_of(f"{folder}/a", identity=identity, patient=word, facts={} if number else {"data set": "DDSM"})
        found.append(Study(word, [scan], key=("uid", folder)))
    return found


def test_a_patient_in_two_folders_is_one_patient() -> None:
    opened = studies(("x", "17", "", "17"), ("y", "17", "1950-01-01", "17"), ("z", "18", "", "18"), ("x", "", "", "D1"))
    codes, lines = study_codes(opened, b"secret")
    assert codes[0].patient == codes[1].patient != codes[2].patient
    assert len({code.study for code in codes}) == 4
    assert lines == [f"{codes[0].patient} is in 2 folders, and is one patient"]
    again, _ = study_codes(opened[::-1], b"secret")
    assert again[::-1] == codes, "codes do not depend on the order"
    assert not any(word in str(codes) for word in ("D1", "Doe"))
    assert study_codes(opened, b"other")[0][0] != codes[0]
    reported = [f"{name} ({code.patient})" for name, code in zip(("17", "17", "18", "D1"), codes, strict=True)]
    assert [code.patient for code in study_codes(opened, b"secret", keep_identity=True)[0]] == reported


@pytest.mark.parametrize("keep_identity", [False, True])
def test_one_number_with_two_birth_dates_is_two_patients(keep_identity: bool) -> None:
    opened = studies(("x", "17", "1950-01-01", "17"), ("y", "17", "1961-01-01", "17"))
    codes, lines = study_codes(opened, b"secret", keep_identity)
    assert codes[0].patient != codes[1].patient and lines == []


@pytest.mark.parametrize(
    "keyword",
    [
        "PatientName", "PatientID", "StudyDate", "AccessionNumber", "SOPInstanceUID", "ClinicalTrialSubjectID",
        "FillerOrderNumberImagingServiceRequest", "PlacerOrderNumberImagingServiceRequest", "RequestedProcedureID",
        "ServiceEpisodeID", "MedicalRecordLocator", "ImageComments", "StudyDescription", "AdditionalPatientHistory",
    ],
)  # fmt: skip
def test_attributes_that_name_somebody_are_refused(keyword: str) -> None:
    with pytest.raises(MammoviewError, match="--keep-identity"):
        check_keywords([keyword])
    check_keywords([keyword], keep_identity=True)


@pytest.mark.parametrize("keyword", ["Kvp", "PixelData", "ViewCodeSequence", ""])
def test_what_is_no_attribute_is_refused(keyword: str) -> None:
    check_keywords(["KVP", "StationName", "PatientAge", "ManufacturerModelName", "BodyPartThickness", "DetectorType"])
    with pytest.raises(MammoviewError, match="no DICOM attribute"):
        check_keywords([keyword])


def test_an_attribute_is_named_by_keyword_or_tag(tmp_path: Path) -> None:
    names = [attribute_name(word) for word in ("KVP", "0018,0060", "(0008,1010)", "00181030", "0045,101b", "what")]
    assert names == ["KVP", "KVP", "StationName", "ProtocolName", "0045,101B", "what"]
    check_keywords(["0045,101B"], keep_identity=True)
    for name, error in (("0045,101B", "--keep-identity"), ("0008,FFFF", "no DICOM attribute")):
        with pytest.raises(MammoviewError, match=error):
            check_keywords([name])
    file = write(tmp_path / "a.dcm", KVP=28, Manufacturer="Maker", ManufacturerModelName="One", StationName="room 3")
    header = pydicom.dcmread(file)
    header.add_new(0x00450010, "LO", "MAKER")
    header.add_new(0x0045101B, "LO", ["a b", "c"])
    header.add_new(0x0045101C, "UN", b"raw\0")
    header.save_as(file)
    (scan,) = open_study(file)[0].scans
    reported = attributes_of(scan, ["KVP", "StationName", "0045,101B", "0045,101C", "0045,1099", "ProtocolName"])
    assert list(reported.values()) == ["28.0", "room 3", "a b/c", "raw", "", ""]


def test_what_views_are_parted_by_is_that_of_the_data(tmp_path: Path) -> None:
    """Scanner, source of the spacing, density and projection, of DICOM, DDSM and mini-MIAS."""
    places = [tmp_path / name for name in ("dicom", "ddsm", "mias")]
    for place in places:
        place.mkdir()
    names = {"Manufacturer": "Maker", "ManufacturerModelName": "One", "ImagerPixelSpacing": [0.1, 0.1]}
    write(places[0] / "a.dcm", ImageLaterality="L", ViewPosition="CC", **names)
    _ddsm(places[1], OVERLAY)
    _mini_mias(places[2], "535 425 197")
    columns = ("data_set", "manufacturer", "scanner", "spacing_source", "density", "projection")
    rows = [rows_of(result_of(open_study(place)[0].scans[-1], "w", [])).view for place in places]
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("", "Maker", "One", "at detector", "", "CC"), ("DDSM", "", "LUMISYS LASER", "digitizer", "4", "MLO"),
        ("mini-MIAS", "", "", "assumed", "fatty-glandular", "MLO"),
    ]  # fmt: skip


def test_data_without_normals_or_without_lesions_say_what_that_means() -> None:
    with_lesion = result_of(scan_of("a", (LESION,)), "w1", [(150, 150, 0.9)])
    normal = result_of(scan_of("b"), "w2", [(150, 150, 0.6)])
    said = {}
    for name, results in {"lesions": [with_lesion], "normals": [normal], "both": [with_lesion, normal]}.items():
        found = evaluation_of(results)[0]
        said[name] = " ".join(cautions(CountedViews.of(found)))
        figures = {f.figure for f in figures_of(found, 10)}
        assert ("FROC" in figures) == (name != "normals")
        assert ("ROC" in figures) == ("AFROC" in figures) == (name == "both")
    assert "No view is normal" in said["lesions"]
    assert "No view has an outline" in said["normals"]
    assert all("Some views have no data set" in text and "Only " in text for text in said.values())
    known = evaluation_of([result_of(scan_of("c", facts={"data set": "DDSM"}), "w", [(1, 1, 0.5)])])[0]
    reported = " ".join(cautions(CountedViews.of(known)))
    assert "have no data set" not in reported and "trained on women of DDSM" in reported
    assert "have no data set" not in " ".join(cautions(CountedViews.of(found), bundled=False))
    assert "1 of 2 views" in said["both"]
    assert figures_of(evaluation_of([])[0], 10) == []
    assert cautions(CountedViews.of(evaluation_of([])[0])) == ["No view counts: there are no figures."]


def test_one_patient_has_no_interval() -> None:
    scans = [
        scan_of(f"{woman}{k}", (replace(LESION, subtlety=woman),)) for woman, k in ((1, 0), (1, 1), (2, 0), (3, 0))
    ]
    results = [result_of(scan, f"w{scan.path.stem[0]}", [(150, 150, 0.9)]) for scan in scans]
    figures = {f.subset: f.estimate for f in figures_of(evaluation_of(results)[0], 10) if f.name == "TPR at list"}
    assert math.isnan(figures["subtlety 1"].low) and figures["subtlety 1"].value == 1.0
    whole = next(f for f in figures_of(evaluation_of(results)[0], 10) if f.name == "lesions hit by the list")
    assert (whole.estimate.low, whole.estimate.high) == (1.0, 1.0)


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tables, figures and report of random results."""
    folder = tmp_path_factory.mktemp("evaluated")
    results = [
        replace(result, attributes={"KVP": str(27 + k % 3)}) for k, result in enumerate(results_of(random_cases(5, 12)))
    ]
    found, lines = evaluation_of(results, by=["KVP"])
    provenance = Provenance.of(results[0].held, Truth.OTHERS, ["KVP"])
    write_provenance(folder, provenance)
    found.write(folder)
    assert Evaluation.read(folder) == found
    assert read_provenance(folder) == provenance
    write_report(folder, found, figures_of(found, 20), provenance, [*lines, "<b>& a line</b>"])
    return folder


def test_the_report_needs_nothing_else(evaluated: Path) -> None:
    text = (evaluated / "report.html").read_text()
    assert not [word for word in ("<script", "src=", "href=", "@import", "url(") if word in text]
    assert text.count("http") == text.count("http://www.w3.org/2000/svg")
    assert "&lt;b&gt;&amp; a line" in text
    for word in ("research and education only", "95&nbsp;%", "SHA-256 00", "listed 0.4", "views that count", "seed 3"):
        assert word in text


def test_only_the_folder_of_an_evaluation_is_written_again(evaluated: Path, tmp_path: Path) -> None:
    check_folder(evaluated)
    check_folder(tmp_path)
    (tmp_path / "report.html").write_text("somebody's")
    with pytest.raises(MammoviewError, match=r"report\.html that is not of an evaluation"):
        check_folder(tmp_path)
    with pytest.raises(UnreadableError, match="no folder of an evaluation"):
        read_provenance(tmp_path)


def test_views_without_outlines_that_nobody_calls_normal_are_reported() -> None:
    views = [scan_of("told"), *(scan_of(name, facts={}) for name in ("a", "b")), scan_of("c", (box(1, 2, 30, 40),))]
    found, lines = evaluation_of([result_of(scan, "w", []) for scan in views])
    assert [view["label"] for view in found.views] == ["normal"] * 3 + ["finding"]
    assert lines == ["2 views have no outlines, and their data do not say that they are normal: they count as normal"]
