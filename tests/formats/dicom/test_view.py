"""Side, projection, orientation and spacing of DICOM headers, by the rules of the standard and of the data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mammoview.formats.dicom.dicom_reader import read_dicom
from mammoview.formats.dicom.view import SPECIMEN_CODES, VIEW_CODES
from mammoview.study.scan import Laterality, Projection, Scan
from mammoview.study.spacing import SpacingSource
from tests.support.dicom_files import code, dataset, item, write


def scan_of(folder: Path, name: str = "a.dcm", **attributes: Any) -> Scan:
    """Write a mammogram with these attributes and read it."""
    return read_dicom(write(folder / name, **attributes)).scan


def test_codes_are_those_of_the_standard() -> None:
    from pydicom.sr._concepts_dict import concepts
    from pydicom.sr._snomed_dict import mapping

    known: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = dict(concepts)
    standard = {
        value: meaning
        for named in known["SCT"].values()
        for value, (meaning, groups) in named.items()
        if 4014 in groups
    }
    both = standard | {mapping["SCT"][v]: m for v, m in standard.items()}
    assert set(VIEW_CODES) | set(SPECIMEN_CODES) == set(both)
    words = {"CC": "cranio-caudal", "MLO": "medio-lateral oblique", "LM": "latero-medial", "FB": "caudo-cranial"}
    for value, projection in VIEW_CODES.items():
        if projection in words:
            assert both[value] == words[projection]
    assert both["399260004"] == "medial-lateral" and VIEW_CODES["399260004"] is Projection.ML


@pytest.mark.parametrize(("value", "projection"), VIEW_CODES.items())
def test_view_code_wins_over_view_position(tmp_path: Path, value: str, projection: Projection) -> None:
    codes = Sequence([code(value, "SRT" if "-" in value else "SCT")])
    scan = scan_of(tmp_path, ViewCodeSequence=codes, ViewPosition="FB" if projection is not Projection.FB else "CC")
    assert scan.projection is projection


@pytest.mark.parametrize(
    ("value", "meaning", "said"),
    [
        ("399163009", "Vergrößerungsaufnahme", "Magnification"),
        ("r-102d7", "", "Spot Compression"),
        ("P2-00161", "", "Anterior Compression"),
        ("R-40AB2", "", "Axillary Tissue"),
        ("R-40ABE", "", "Infra-mammary Fold"),
        ("R-40AB3", "", "Nipple in Profile"),
        ("X1", "", "X1"),
        ("X1", "Other", "Other"),
    ],
)
def test_a_modifier_is_known_by_its_code(tmp_path: Path, value: str, meaning: str, said: str) -> None:
    """A spot view whose modifier had no words passed for the whole view, and hung in its place."""
    view = code("399162004", modifiers=(code(value, meaning=meaning),))
    made = scan_of(tmp_path, SpecificCharacterSet="ISO_IR 192", ViewCodeSequence=Sequence([view]))
    assert made.facts["modifiers"] == said


def test_modifiers_are_reported(tmp_path: Path) -> None:
    view = code("399162004", modifiers=(code("399163009", meaning="Magnification"), code("1", meaning="Spot")))
    assert scan_of(tmp_path, ViewCodeSequence=Sequence([view])).facts["modifiers"] == "Magnification, Spot"


@pytest.mark.parametrize(
    ("attributes", "side"),
    [
        ({"ImageLaterality": "R", "Laterality": "L"}, Laterality.R),
        ({"ImageLaterality": None, "Laterality": "L"}, Laterality.L),
        ({"ImageLaterality": "B", "Laterality": "R"}, Laterality.R),
        ({"ImageLaterality": None, "BodyPartExamined": "RIGHT BREAST"}, Laterality.R),
        ({"ImageLaterality": None, "PatientID": "Calc-Training_P_00005_RIGHT_CC"}, Laterality.R),
        ({"ImageLaterality": None}, None),
        ({"ImageLaterality": "U"}, None),
    ],
)
def test_side(tmp_path: Path, attributes: dict[str, Any], side: Laterality | None) -> None:
    scan = scan_of(tmp_path, **attributes)
    assert scan.laterality is side
    assert any("side unknown: name the file like case_L_CC.png" in w for w in scan.warnings) == (side is None)


@pytest.mark.parametrize("words", ["LEFT MLO", "L CC", "Mammogram left, MLO"])
def test_descriptions_tell_neither_side_nor_projection(tmp_path: Path, words: str) -> None:
    said = dict.fromkeys(("SeriesDescription", "StudyDescription", "ProtocolName", "ImageComments"), words)
    silent = scan_of(tmp_path, ImageLaterality=None, ViewPosition=None, **said)
    assert (silent.laterality, silent.projection) == (None, None)
    other = scan_of(tmp_path, "b.dcm", ImageLaterality="R", ViewPosition="ML", **said)
    assert (other.laterality, other.projection) == (Laterality.R, Projection.ML)


@pytest.mark.parametrize("where", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_side_of_functional_groups(tmp_path: Path, where: str) -> None:
    group = item(FrameAnatomySequence=Sequence([item(FrameLaterality="R")]))
    scan = scan_of(tmp_path, ImageLaterality=None, name="a.dcm", **{where: Sequence([group])})
    assert scan.laterality is Laterality.R


def test_file_name_fills_gaps_and_contradictions_are_reported(tmp_path: Path) -> None:
    silent = scan_of(tmp_path, "x_R_MLO.dcm", ImageLaterality=None, ViewPosition=None)
    assert silent.name == "R MLO"
    assert sum("is taken from the file name" in w for w in silent.warnings) == 2
    wrong = scan_of(tmp_path, "y_R_CC.dcm")
    assert wrong.name == "L CC"
    assert "the file name says R, the header L: the header is believed" in wrong.warnings


def test_cbis_writes_the_projection_in_patient_orientation(tmp_path: Path) -> None:
    scan = scan_of(
        tmp_path,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        PatientID="Mass-Test_P_00820_LEFT_MLO",
        PatientOrientation="MLO",
        ViewPosition=None,
        ImageLaterality=None,
        Laterality="L",
    )
    assert scan.name == "L MLO" and scan.orientation is None and scan.patient == "P_00820"
    assert scan.spacing.label == "mm, assumed 50 um"
    assert any("50 um per pixel are taken" in w for w in scan.warnings)


def test_sides_that_contradict_each_other_are_reported(tmp_path: Path) -> None:
    (line,) = [w for w in scan_of(tmp_path, ImageLaterality="R", Laterality="L").warnings if "contradicts" in w]
    assert line == (
        "the header contradicts itself about the side (ImageLaterality R, Laterality L): ImageLaterality is believed"
    )
    assert not any("contradicts" in w for w in scan_of(tmp_path, "b.dcm", ImageLaterality="R", Laterality="R").warnings)


@pytest.mark.parametrize(
    ("values", "orientation", "reported"),
    [
        (["A", "FR"], ("A", "FR"), ""),
        (["p", "hl"], ("P", "HL"), ""),
        (["F", "A"], ("F", "A"), "lying on its side"),
        (["A", "P"], ("A", "P"), ""),
        (["X", "F"], None, "makes no sense"),
        (["A", "FH"], None, "makes no sense"),
        (None, None, ""),
    ],
)
def test_orientation(
    tmp_path: Path, values: list[str] | None, orientation: tuple[str, str] | None, reported: str
) -> None:
    scan = scan_of(tmp_path, PatientOrientation=values)
    assert scan.orientation == orientation
    assert any(reported in w for w in scan.warnings) if reported else not any("orientation" in w for w in scan.warnings)


@pytest.mark.parametrize(
    ("attributes", "mm", "source"),
    [
        ({"PixelSpacing": [0.1, 0.2]}, (0.1, 0.2), SpacingSource.CALIBRATED),
        ({"PixelSpacing": [0.06, 0.06], "ImagerPixelSpacing": [0.07, 0.07]}, (0.06, 0.06), SpacingSource.CALIBRATED),
        # The same numbers twice and no calibration: they still are those of the detector.
        ({"PixelSpacing": [0.07, 0.07], "ImagerPixelSpacing": [0.07, 0.07]}, (0.07, 0.07), SpacingSource.DETECTOR),
        (
            {
                "PixelSpacing": [0.07, 0.07],
                "ImagerPixelSpacing": [0.07, 0.07],
                "PixelSpacingCalibrationType": "GEOMETRY",
            },
            (0.07, 0.07),
            SpacingSource.CALIBRATED,
        ),
        (
            {"ImagerPixelSpacing": [0.07, 0.14], "EstimatedRadiographicMagnificationFactor": 1.4},
            (0.05, 0.1),
            SpacingSource.CORRECTED,
        ),
        (
            {"ImagerPixelSpacing": [0.1, 0.1], "DistanceSourceToDetector": 660, "DistanceSourceToPatient": 600},
            (0.1 / 1.1, 0.1 / 1.1),
            SpacingSource.CORRECTED,
        ),
        ({"ImagerPixelSpacing": [0.07, 0.07]}, (0.07, 0.07), SpacingSource.DETECTOR),
        (
            {"ImagerPixelSpacing": [0.07, 0.07], "DistanceSourceToDetector": 660, "DistanceSourceToPatient": 0},
            (0.07, 0.07),
            SpacingSource.DETECTOR,
        ),
        # A magnification view of a maker that repeats the spacing: 1.8 times too long where it is not corrected.
        (
            {
                "PixelSpacing": [0.09, 0.09],
                "ImagerPixelSpacing": [0.09, 0.09],
                "EstimatedRadiographicMagnificationFactor": 1.8,
            },
            (0.05, 0.05),
            SpacingSource.CORRECTED,
        ),
        (
            {
                "PixelSpacing": [0.09, 0.09],
                "ImagerPixelSpacing": [0.09, 0.09],
                "PixelSpacingCalibrationType": "GEOMETRY",
                "EstimatedRadiographicMagnificationFactor": 1.8,
            },
            (0.09, 0.09),
            SpacingSource.CALIBRATED,
        ),
        ({"NominalScannedPixelSpacing": [0.05, 0.05]}, (0.05, 0.05), SpacingSource.NOMINAL),
        ({}, None, SpacingSource.UNKNOWN),
    ],
)
def test_spacing_order(
    tmp_path: Path, attributes: dict[str, Any], mm: tuple[float, float] | None, source: SpacingSource
) -> None:
    spacing = scan_of(tmp_path, **attributes).spacing
    assert spacing.source is source
    if mm:
        assert (spacing.row_mm, spacing.column_mm) == pytest.approx(mm)


@pytest.mark.parametrize("bad", [[0, 0], [-0.1, 0.1], [0.1], [50, 50], ["nan", "nan"], ["abc", "0.1"], ["inf", "1"]])
def test_impossible_spacing_is_passed_over_and_reported(tmp_path: Path, bad: list[Any]) -> None:
    path = write(tmp_path / "a.dcm", ImagerPixelSpacing=[0.07, 0.07])
    text = "\\".join(map(str, bad)).encode()
    raw = path.read_bytes()
    # Put in as raw bytes: pydicom refuses to write what files in the field do hold.
    element = b"\x28\x00\x30\x00DS" + len(text + b" " * (len(text) % 2)).to_bytes(2, "little") + text
    place = raw.index(b"\x28\x00\x00\x01US")
    path.write_bytes(raw[:place] + element + b" " * (len(text) % 2) + raw[place:])
    scan = read_dicom(path).scan
    assert scan.spacing.source is SpacingSource.DETECTOR and scan.spacing.row_mm == 0.07
    assert "PixelSpacing is no possible spacing and not used" in scan.warnings


@pytest.mark.parametrize("factor", [0, -1, 0.5, 20])
def test_impossible_magnification_is_not_used(tmp_path: Path, factor: float) -> None:
    scan = scan_of(tmp_path, ImagerPixelSpacing=[0.07, 0.07], EstimatedRadiographicMagnificationFactor=factor)
    assert scan.spacing.source is SpacingSource.DETECTOR
    assert any("magnification" in w for w in scan.warnings)


def test_the_distances_answer_where_the_stated_magnification_is_impossible(tmp_path: Path) -> None:
    distances = {"DistanceSourceToDetector": 660, "DistanceSourceToPatient": 600}
    scan = scan_of(tmp_path, ImagerPixelSpacing=[0.1, 0.1], EstimatedRadiographicMagnificationFactor=0, **distances)
    assert scan.spacing.source is SpacingSource.CORRECTED and scan.spacing.row_mm == pytest.approx(0.1 / 1.1)
    assert "a magnification of 0 is not possible and not used" in scan.warnings


def test_spacing_of_functional_groups(tmp_path: Path) -> None:
    measures = item(PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.085, 0.085])]))
    scan = scan_of(tmp_path, SharedFunctionalGroupsSequence=Sequence([measures]))
    assert scan.spacing.row_mm == 0.085


def test_facts_have_units_and_leave_out_what_is_missing_or_zero(tmp_path: Path) -> None:
    scan = scan_of(
        tmp_path,
        KVP="28",
        ExposureInuAs="80000",
        BodyPartThickness="52",
        CompressionForce="0",
        OrganDose="0.014",
        Manufacturer="ACME",
        PatientAge="057Y",
        BreastImplantPresent="YES",
        BurnedInAnnotation="YES",
    )
    assert scan.facts["kVp"] == "28 kV" and scan.facts["mAs"] == "80 mAs" and scan.facts["thickness"] == "52 mm"
    assert scan.facts["dose"] == "1.4 mGy" and scan.facts["age"] == "57" and scan.facts["date"] == "2024-01-31"
    assert scan.facts["implant"] == "yes" and scan.facts["manufacturer"] == "ACME"
    assert not {"force", "entrance dose", "lossy", "filter"} & set(scan.facts)
    assert any("burned-in text" in w for w in scan.warnings)
    identity = "Doe P1"
    assert not any(word in value for value in scan.facts.values() for word in identity.split())


def test_unreadable_attributes_are_as_if_absent(tmp_path: Path) -> None:
    scan = scan_of(tmp_path, KVP="28", Manufacturer="ACME")
    path = scan.path
    path.write_bytes(path.read_bytes().replace(b"28", b"?!"))
    assert "kVp" not in read_dicom(path).scan.facts


def test_sequences_that_are_none(tmp_path: Path) -> None:
    scan = scan_of(tmp_path, ViewCodeSequence=Sequence([Dataset()]), SharedFunctionalGroupsSequence=Sequence([]))
    assert scan.projection is Projection.CC


@pytest.mark.parametrize(
    ("side", "down", "contradiction"),
    [
        ("L", "FR", False),
        ("L", "HL", False),
        ("R", "FL", False),
        ("R", "HR", False),
        ("L", "F", False),
        ("L", "FL", True),
        ("L", "HR", True),
        ("R", "FR", True),
        ("R", "HL", True),
    ],
)
def test_an_orientation_of_the_other_breast_is_reported(
    tmp_path: Path, side: str, down: str, contradiction: bool
) -> None:
    scan = scan_of(tmp_path, ImageLaterality=side, ViewPosition="MLO", PatientOrientation=["A", down])
    assert any("is that of the other breast" in w for w in scan.warnings) is contradiction
    assert scan.orientation == ("A", down[0] if contradiction else down)
    craniocaudal = scan_of(tmp_path, ImageLaterality=side, ViewPosition="CC", PatientOrientation=["A", down[-1]])
    assert not any("other breast" in w for w in craniocaudal.warnings)


def test_implants_partial_and_synthesised_views_are_reported(tmp_path: Path) -> None:
    view = code("399162004", modifiers=(code("399209000", meaning="Implant Displaced"),))
    scan = scan_of(
        tmp_path,
        ViewCodeSequence=Sequence([view]),
        BreastImplantPresent="YES",
        PartialView="YES",
        ImageType=["DERIVED", "PRIMARY", "TOMOSYNTHESIS", "GENERATED_2D"],
    )
    assert scan.facts["implant"] == scan.facts["partial view"] == "yes"
    assert scan.facts["modifiers"] == "Implant Displaced" and scan.facts["synthesised"] == "from a tomosynthesis"
    assert "synthesised" not in scan_of(tmp_path, ImageType=["ORIGINAL", "PRIMARY"]).facts


def test_a_secondary_capture_mammogram_opens(tmp_path: Path) -> None:
    captured = "1.2.840.10008.5.1.4.1.1.7"
    for modality, more in (("MG", {}), ("OT", {"BodyPartExamined": "BREAST"}), ("SC", {"ViewPosition": "MLO"})):
        scan = scan_of(tmp_path, SOPClassUID=captured, Modality=modality, **more)
        assert scan.laterality is Laterality.L and scan.facts["modality"] == modality


def test_private_attributes_do_no_harm(tmp_path: Path) -> None:
    made = dataset()
    block = made.private_block(0x0029, "ACME", create=True)
    block.add_new(1, "UN", b"\xff\xfe\x00\xe0" * 50)
    block.add_new(2, "SQ", Sequence([item(PatientOrientation=["X", "Y"])]))
    scan = read_dicom(write(tmp_path / "a.dcm", made)).scan
    assert scan.name == "L CC" and scan.pixels.shape == (40, 30)


def test_text_attributes_that_are_sequences(tmp_path: Path) -> None:
    scan = scan_of(tmp_path, PatientID="ABCDEFGH")
    raw = scan.path.read_bytes()
    # As bytes: pydicom refuses to write what damaged files do hold.
    sound = b"\x10\x00\x20\x00LO\x08\x00ABCDEFGH"
    nested = b"\x28\x00\x51\x10XX\x00\x00"
    item = b"\xfe\xff\x00\xe0" + len(nested).to_bytes(4, "little") + nested
    damaged = b"\x10\x00\x20\x00SQ\x00\x00" + len(item).to_bytes(4, "little") + item
    scan.path.write_bytes(raw.replace(sound, damaged))
    assert sound in raw and read_dicom(scan.path).scan.name == "L CC"
