"""Names of result files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.export.export_names import file_name, suffixed
from mammoview.export.formats import FORMATS
from mammoview.export.targets import ExportTargets
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import Laterality, Projection, Scan
from tests.support.phantoms import scan_of

CONTENT = "0123456789abcdef" * 4


def at(path: str, laterality: Laterality | None = Laterality.L, patient: str = "") -> Scan:
    """A CC scan of that path."""
    scan = scan_of(np.zeros((2, 2), np.uint16), laterality, Projection.CC)
    scan.path, scan.identity = Path(path), PatientIdentity(patient_id=patient)
    return scan


@pytest.mark.parametrize(
    ("path", "patient", "name"),
    [
        ("case/1-280.dcm", "P_00820", "1-280_L_CC"),
        ("A_1141_1.LEFT_CC.LJPEG", "A_1141_1", "A_1141_1.LEFT_CC"),
        ("mdb001.pgm", "mdb001", "mdb001_L_CC"),
        ("IM000001", "", "IM000001_L_CC"),
        ("DOE_JANE 4711.dcm", "DOE^JANE", "4711_L_CC"),
        ("doejane.dcm", "Doe^Jane", "scan_L_CC"),
        ("LI_WU clinic 12.dcm", "Li^Wu", "clinic_12_L_CC"),
    ],
)
def test_names_say_which_scan_and_not_whose(path: str, patient: str, name: str) -> None:
    assert file_name(at(path, patient=patient), CONTENT) == f"{name}-0123456789ab"


def test_a_name_depends_on_the_content_and_not_on_the_folder() -> None:
    assert file_name(at("a/1.dcm"), CONTENT) == file_name(at("b/1.DCM"), CONTENT) != file_name(at("a/1.dcm"), "f" * 64)


def test_a_name_does_not_depend_on_what_the_neighbours_say() -> None:
    lone, beside = at("DOE 1.dcm"), at("DOE 1.dcm")
    beside.patient = "DOE"  # as `open_study` fills it in from the other scans of a study
    assert file_name(lone, CONTENT) == file_name(beside, CONTENT)


def test_a_long_name_leaves_room_for_what_is_added_while_it_is_written() -> None:
    assert len(file_name(at("x" * 240 + ".dcm"), CONTENT)) < 120


def test_an_anonymous_name_says_nothing_of_the_file() -> None:
    assert file_name(at("Jane_Doe.png"), CONTENT, anonymous=True) == "scan_L_CC-0123456789ab"


def test_of_two_copies_and_two_women_each_has_a_file_of_her_own(tmp_path: Path) -> None:
    targets = ExportTargets(tmp_path, FORMATS["png"])
    other = at("c/1.dcm")
    other.read = lambda: np.ones((2, 2), np.uint16)
    ruled = at("a/1.dcm")
    ruled.annotations = (Annotation(AnnotationKind.RULER, np.array([[0.0, 0.0], [1.0, 1.0]])),)
    found = [targets.of(scan).name for scan in (at("a/1.dcm"), at("b/1.dcm"), other, ruled)]
    assert len({name.lower() for name in found}) == 4
    assert ExportTargets(tmp_path, FORMATS["png"]).of(other).name == found[2]
    assert found[3].startswith(found[0].removesuffix(".png"))


@pytest.mark.parametrize(
    ("given", "suffixes", "wanted"),
    [
        ("x.png", (".png",), "x.png"),
        ("x.PNG", (".png",), "x.PNG"),
        ("x", (".png",), "x.png"),
        ("case.2", (".png",), "case.2.png"),
        ("A_1.LEFT_CC", (".OVERLAY",), "A_1.LEFT_CC.OVERLAY"),
        ("sheet.json", (".txt", ".json"), "sheet.json"),
        ("mine.own.outlines.json", (".own.outlines.json",), "mine.own.outlines.json"),
    ],
)
def test_a_file_ends_as_its_format_does(tmp_path, given, suffixes, wanted):
    assert suffixed(tmp_path / given, *suffixes) == tmp_path / wanted


@pytest.mark.parametrize(
    ("given", "suffixes"),
    [("x.pdf", (".png",)), ("x.jpeg", (".png",)), ("x.dcm", (".txt", ".json")), ("x.json", (".own.outlines.json",))],
)
def test_an_ending_of_another_format_is_an_error_and_no_new_name(tmp_path, given, suffixes):
    with pytest.raises(MammoviewError, match="the name ends in") as caught:
        suffixed(tmp_path / given, *suffixes)
    assert caught.value.path == tmp_path / given and suffixes[0] in str(caught.value)
