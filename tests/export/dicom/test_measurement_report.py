"""The measurement report: one group per finding, with place, score and algorithm; the reader's verdicts apart."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom.dataset import Dataset

from mammoview.assess.results.cache import AssessmentCache
from mammoview.core.errors import MammoviewError
from mammoview.export.dicom.cad_report import cad_reports
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.measurement_report import measurement_reports
from mammoview.export.dicom.presentation_state import presentation_states
from mammoview.export.dicom.source import DicomSource
from mammoview.export.dicom.writing import write_objects
from mammoview.records.reader_report import Verdict, VerdictReason
from mammoview.study.scan import Scan
from tests.export.dicom.sources import PLACE, open_scan, source_of, stored, write_mammogram
from tests.support.dicom_oracles import conformance_errors, dcmqi_measurements, run

OTHER = (160.0, 260.0)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    return open_scan(write_mammogram(tmp_path_factory.mktemp("scan")))


@pytest.fixture(scope="module")
def source(scan: Scan) -> DicomSource:
    """Two findings; the first with a frequency and its interval."""
    made = source_of(scan, PLACE, OTHER)
    assert made.assessment is not None
    first, second = made.assessment.marks
    marks = (replace(first, interval=(0.71, 0.86)), replace(second, interval=(0.5, 0.8)))
    return replace(made, assessment=replace(made.assessment, marks=marks))


@pytest.fixture(scope="module")
def exported(source: DicomSource) -> list[Dataset]:
    """Segmentation of the marks, then the report."""
    return measurement_reports([source])


def groups(report: Dataset) -> list[hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations]:
    """Return the measurement groups of a report, as highdicom reads them."""
    return hd.sr.ComprehensiveSR.from_dataset(report).content.get_planar_roi_measurement_groups()


def figures(group: hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations) -> dict[str, float]:
    """Return the figures of a group by code value."""
    return {one.name.value: one.value for one in group.get_measurements()}


def test_there_is_one_group_per_finding_with_its_place(exported: list[Dataset], source: DicomSource) -> None:
    found = groups(exported[1])
    assert len(found) == 2
    for group, place in zip(found, (PLACE, OTHER), strict=True):
        region = group.roi
        assert region.graphic_type is hd.sr.GraphicTypeValues.CIRCLE
        assert region.value[0] == pytest.approx(place)
        image = region.ContentSequence[0].ReferencedSOPSequence[0]
        assert image.ReferencedSOPInstanceUID == source.uid
        assert group.finding_type.value == "111099"
        site = group.finding_sites[0]
        assert (site.value.value, site.laterality.value) == ("76752008", "7771000")


def test_every_object_says_that_a_finding_is_a_cluster_of_bright_spots(source: DicomSource) -> None:
    assert source.assessment is not None
    first, second = source.assessment.marks
    spots = replace(source, assessment=replace(source.assessment, marks=(replace(first, cluster=True), second)))
    segmentation, report = measurement_reports([spots])
    cluster, other = groups(report)
    assert cluster.tracking_identifier == "L CC 1, cluster of bright spots" and other.tracking_identifier == "L CC 2"
    centre, edge = cluster.roi.value
    cell_px = source.assessment.heatmap.to_scan.column_scale
    assert np.hypot(*(edge - centre)) == pytest.approx(1.25 * cell_px)
    assert [(one.TrackingID, one.SegmentLabel) for one in segmentation.SegmentSequence] == [
        ("L CC 1, cluster of bright spots", "Finding 1, cluster of bright spots, score 0.80"),
        ("L CC 2", "Finding 2, score 0.70"),
    ]
    (cad,), (state,) = cad_reports([spots]), presentation_states([spots])
    assert "L CC 1, cluster of bright spots" in stored(cad)
    assert "1: cluster of bright spots, score 0.80" in stored(state)


def test_scores_have_a_meaning_and_an_interval(exported: list[Dataset]) -> None:
    first = groups(exported[1])[0]
    assert "Frequency of a finding" in first.get_measurements()[0].name.meaning
    assert figures(first) == {
        "frequency": 0.8,
        "frequency-low": 0.71,
        "frequency-high": 0.86,
        "listed-from": 0.4,
        "rank": 1,
    }


def test_the_algorithm_is_named_with_the_hash_of_every_model(exported: list[Dataset]) -> None:
    said = stored(exported[1])
    assert "0123456789abcdef" * 4 in said
    assert "fedcba9876543210" * 4 in said
    assert "findings listed from 0.4" in said


def test_the_report_is_dated_by_its_export(exported: list[Dataset]) -> None:
    dated = {item.keyword: str(item.value)[:8] for item in exported[1].iterall() if item.VR in ("DA", "DT")}
    assert dated["ContributionDateTime"] == "20260501"
    assert {k: v for k, v in dated.items() if v not in ("20260501", "")} == {
        "StudyDate": "20240131",
        "PatientBirthDate": "19610412",
    }


def test_a_finding_refers_to_its_segment_by_tracking_uid(exported: list[Dataset]) -> None:
    segmentation, report = exported
    by_number = {int(s.SegmentNumber): str(s.TrackingUID) for s in segmentation.SegmentSequence}
    for group in groups(report):
        image = next(
            item for item in group[0].ContentSequence if item.ConceptNameCodeSequence[0].CodeValue == "121191"
        ).ReferencedSOPSequence[0]
        assert image.ReferencedSOPInstanceUID == segmentation.SOPInstanceUID
        assert by_number[int(image.ReferencedSegmentNumber)] == group.tracking_uid


def test_nothing_found_is_said_as_a_result(scan: Scan) -> None:
    (report,) = measurement_reports([source_of(scan)])
    (group,) = hd.sr.ComprehensiveSR.from_dataset(report).content.get_image_measurement_groups()
    (said,) = group.get_qualitative_evaluations()
    assert said.value.value == "111241"
    assert figures(group) == {"listed-from": 0.4}


def test_a_scan_that_could_not_be_assessed_says_why_beside_another(scan: Scan) -> None:
    failed = source_of(scan, assess=False, unassessed="No breast was found.")
    _marks, report = measurement_reports([source_of(scan, PLACE), failed])
    (group,) = hd.sr.ComprehensiveSR.from_dataset(report).content.get_image_measurement_groups()
    assert group.get_qualitative_evaluations()[0].value.value == "111245"
    assert "No breast was found." in stored(report)


def test_without_any_results_there_is_no_report(scan: Scan) -> None:
    with pytest.raises(MammoviewError, match="No breast was found"):
        measurement_reports([source_of(scan, assess=False, unassessed="No breast was found.")])


def test_verdicts_are_a_report_of_a_person(scan: Scan, source: DicomSource) -> None:
    verdict = Verdict(
        scan.pixel_hash, "L CC", *PLACE, 0.8, False, VerdictReason.NORMAL_TISSUE, "as in 2021", "2026-05-01T08:00:00Z"
    )
    judged = replace(source, judged={1: verdict})
    _marks, verdicts, findings = measurement_reports([judged], "Reader^Rose")
    assert "Rejected" not in stored(findings)
    assert "Algorithm" not in stored(verdicts)
    (group,) = groups(verdicts)
    assert group.tracking_uid == groups(findings)[0].tracking_uid
    assert [e.value.meaning for e in group.get_qualitative_evaluations()] == ["Rejected", "normal tissue"]
    assert "Reader^Rose" in stored(verdicts)
    assert "as in 2021" in stored(verdicts)
    removed = measurement_reports([replace(judged, keep_identity=False)], "Reader^Rose")[-2]
    assert not {"Reader^Rose", "as in 2021"} & set(re.findall(r"Reader\^Rose|as in 2021", stored(removed)))


def test_exporting_twice_gives_the_same_uids_and_other_results_others(source: DicomSource) -> None:
    def uids(one: DicomSource) -> list[str]:
        return [str(made.SOPInstanceUID) for made in measurement_reports([one])]

    assert source.assessment is not None
    again = replace(source, assessment=replace(source.assessment))
    fewer = replace(source, assessment=replace(source.assessment, marks=source.assessment.marks[:1]))
    assert uids(source) == uids(again)
    assert not set(uids(source)) & set(uids(fewer))


def test_a_kept_assessment_gives_the_same_uids(source: DicomSource, tmp_path: Path) -> None:
    assert source.assessment is not None
    marks = tuple(replace(one, score=np.float64(one.score)) for one in source.assessment.marks)
    fresh = replace(source, assessment=replace(source.assessment, marks=marks))
    cache = AssessmentCache(tmp_path, 1 << 30)
    cache.put(source.scan, fresh.assessment)
    kept = replace(source, assessment=cache.get(source.scan))
    assert uid_of(fresh.content) == uid_of(kept.content)


def test_other_programs_read_the_report(exported: list[Dataset], tmp_path: Path) -> None:
    report = write_objects(exported, tmp_path / "report.dcm")[-1]
    assert conformance_errors(report) == []
    assert "Measurement Group" in run("dsrdump", report).stdout
    first, second = dcmqi_measurements(report, tmp_path)
    assert first["measurementAlgorithmIdentification"]["AlgorithmName"] == "Mammoview"
    assert first["ReferencedSegment"] == 1
    values = {item["quantity"]["CodeValue"]: float(item["value"]) for item in second["measurementItems"]}
    assert values["frequency"] == pytest.approx(0.7)
