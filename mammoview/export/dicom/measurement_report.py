"""Measurement reports (Comprehensive SR, PS3.16 TID 1500): the root of the results, as IHE AI Results asks.

One report holds what the models found, another the reader's verdicts: a person and an algorithm never observe in the
same document. What a finding of both is about has one Tracking UID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from mammoview.assess.results.assessment import Finding
from mammoview.assess.results.mark_size import CLUSTER_CELLS, finding_size_mm
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.export.dicom import coded_concepts as ours
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.object_attributes import (
    MAKER,
    NOTICE,
    equipment,
    identifiers,
    stamp,
    tracking_name,
    tracking_uid,
)
from mammoview.export.dicom.segmentation import marks_segmentation
from mammoview.export.dicom.source import DicomSource, add_patient, by_study
from mammoview.export.provenance import budget_text, models
from mammoview.records.reader_report import Verdict
from mammoview.study.scan import Scan

_SERIES, _VERDICT_SERIES = 9001, 9002
_FIGURES = 6
"""Significant digits of exported figures."""


def measurement_reports(sources: Sequence[DicomSource], reader: str = "") -> list[Dataset]:
    """Return the reports of some scans: of each study the segmentations of its marks, verdicts, and the findings last.

    Parameters
    ----------
    sources
        The scans.
    reader
        Name of the reader, for the verdicts; left out where the identity is removed.

    Raises
    ------
    MammoviewError
        When the models were run on none of the scans.
    """
    if all(source.assessment is None for source in sources):
        why = next((source.unassessed.rstrip(".") for source in sources if source.unassessed), "")
        raise MammoviewError(
            f"there are no results to report: {why or 'the models were not run'}", "Assess the scans first"
        )
    made: list[Dataset] = []
    for group in by_study(sources):
        segmented = {source: found for source in group if (found := marks_segmentation(source)) is not None}
        made += segmented.values()
        judged = [source for source in group if source.judged and source.assessment is not None]
        if judged:
            made.append(_verdicts_report(judged, reader))
        made.append(_findings_report(group, segmented))
    return made


def _findings_report(sources: Sequence[DicomSource], segmented: Mapping[DicomSource, Dataset]) -> Dataset:
    """Return the report of the models on the scans of one study."""
    device = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=uid_of("device", MAKER, __version__),
        name=MAKER,
        manufacturer_name=MAKER,
        model_name=MAKER,
        serial_number=__version__,
    )
    observer = hd.sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    groups: list[Any] = []
    for source in sources:
        groups += _scan_groups(source, segmented.get(source))
    evidence = [*(source.header for source in sources), *segmented.values()]
    return _document("SR", _SERIES, sources, evidence, observer, groups)


def _verdicts_report(sources: Sequence[DicomSource], reader: str) -> Dataset:
    """Return the report of the reader's verdicts on the marks of one study."""
    named = reader if sources[0].keep_identity and reader else "Reader^"
    person = hd.sr.PersonObserverIdentifyingAttributes(name=named)
    observer = hd.sr.ObserverContext(observer_type=codes.DCM.Person, observer_identifying_attributes=person)
    groups = [group for source in sources for group in _verdict_groups(source)]
    return _document("verdicts", _VERDICT_SERIES, sources, [s.header for s in sources], observer, groups)


def _document(
    kind: str,
    number: int,
    sources: Sequence[DicomSource],
    evidence: Sequence[Dataset],
    observer: Any,  # noqa: ANN401
    groups: Sequence[Any],
) -> Dataset:
    """Return a Comprehensive SR of some measurement groups."""
    report = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=observer)
        if kind == "verdicts"
        else hd.sr.ObservationContext(observer_device_context=observer),
        procedure_reported=ours.MAMMOGRAPHY,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
    )
    made = hd.sr.ComprehensiveSR(
        evidence=evidence,
        content=report[0],
        is_complete=True,
        is_final=True,
        is_verified=False,
        **identifiers(kind, number, *sources),
        **equipment(),
    )
    made.SeriesDescription = "Mammoview: findings" if kind == "SR" else "Mammoview: verdicts of the reader"
    made.CodingSchemeIdentificationSequence = [_scheme()]
    add_patient(made, sources[0])
    stamp(made, sources[0])
    return made


def _scheme() -> Dataset:
    """Return the identification of our own codes."""
    made = Dataset()
    made.CodingSchemeDesignator, made.CodingSchemeName = ours.SCHEME, ours.SCHEME_NAME
    made.CodingSchemeResponsibleOrganization = MAKER
    return made


def _scan_groups(source: DicomSource, segmentation: Dataset | None) -> list[Any]:
    """Return one group per finding; one that states so where nothing was found, or nothing was assessed."""
    if source.assessment is None:
        return [_summary(source, ours.NOT_ASSESSED)]
    found = source.assessment.findings
    if not found:
        return [_summary(source, ours.NOTHING_FOUND)]
    return [_finding(source, finding, segmentation) for finding in found]


def _finding(source: DicomSource, finding: Finding, segmentation: Dataset | None) -> Any:  # noqa: ANN401
    """Return the group of one finding."""
    figures = [_figure(_score_name(source), finding.score)]
    if finding.interval is not None:
        low, high = finding.interval
        figures += [_figure(ours.FREQUENCY_LOW, low), _figure(ours.FREQUENCY_HIGH, high)]
    figures += [_figure(ours.LISTED_FROM, _least(source)), _figure(ours.RANK, finding.rank)]
    kind, points = region(source, finding)
    made = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=_tracking(source, finding),
        referenced_region=hd.sr.ImageRegion(kind, points, _source_image(source)),
        finding_type=ours.SELECTED_REGION,
        algorithm_id=_algorithm(source),
        finding_sites=_sites(source.scan),
        measurements=figures,
    )
    if segmentation is not None:
        own = tracking_uid(source, finding.column, finding.row)
        numbers = (int(one.SegmentNumber) for one in segmentation.SegmentSequence if one.TrackingUID == own)
        number = next(numbers, None)
        if number is None:  # A mark below which the heatmap is empty has no segment.
            return made
        made[0].ContentSequence.append(
            hd.sr.ImageContentItem(
                name=codes.DCM.ReferencedSegment,
                referenced_sop_class_uid=segmentation.SOPClassUID,
                referenced_sop_instance_uid=segmentation.SOPInstanceUID,
                referenced_segment_numbers=number,
                relationship_type=hd.sr.RelationshipTypeValues.CONTAINS,
            )
        )
    return made


def _verdict_groups(source: DicomSource) -> list[Any]:
    """Return one group per verdict; the note, which is free text, only where the identity is kept."""
    assert source.assessment is not None
    by_rank = {finding.rank: finding for finding in source.assessment.marks}
    groups = []
    for rank, verdict in sorted(source.judged.items()):
        if rank not in by_rank:
            continue
        finding = by_rank[rank]
        group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            tracking_identifier=_tracking(source, finding),
            referenced_region=hd.sr.ImageRegion(
                hd.sr.GraphicTypeValues.POINT, np.array([[finding.column, finding.row]]), _source_image(source)
            ),
            finding_type=ours.SELECTED_REGION,
            finding_sites=_sites(source.scan),
            qualitative_evaluations=_evaluations(verdict),
        )
        if verdict.note.strip() and source.keep_identity:
            group[0].ContentSequence.append(
                hd.sr.TextContentItem(
                    name=codes.DCM.Comment,
                    value=verdict.note.strip(),
                    relationship_type=hd.sr.RelationshipTypeValues.CONTAINS,
                )
            )
        groups.append(group)
    return groups


def _evaluations(verdict: Verdict) -> list[Any]:
    """Return a verdict and its reason as codes."""
    found = [hd.sr.QualitativeEvaluation(name=ours.VERDICT, value=ours.ACCEPTED if verdict.accepted else ours.REJECTED)]
    if verdict.reason:
        reason = Code(verdict.reason.name.lower().replace("_", "-"), ours.SCHEME, verdict.reason.value)
        found.append(hd.sr.QualitativeEvaluation(name=ours.REASON, value=reason))
    return found


def _summary(source: DicomSource, result: Code) -> Any:  # noqa: ANN401
    """Return a group that states of a whole scan that nothing was found, or why nothing was assessed."""
    made = hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=tracking_uid(source, -1, -1), identifier=source.scan.name),
        algorithm_id=_algorithm(source),
        finding_sites=_sites(source.scan),
        measurements=[] if source.assessment is None else [_figure(ours.LISTED_FROM, _least(source))],
        qualitative_evaluations=[hd.sr.QualitativeEvaluation(name=ours.SUMMARY, value=result)],
        source_images=[hd.sr.SourceImageForMeasurementGroup.from_source_image(source.header)],
    )
    if source.unassessed and source.assessment is None:
        made[0].ContentSequence.append(
            hd.sr.TextContentItem(
                name=codes.DCM.Comment,
                value=source.unassessed,
                relationship_type=hd.sr.RelationshipTypeValues.CONTAINS,
            )
        )
    return made


def _least(source: DicomSource) -> float:
    assert source.assessment is not None
    return source.assessment.least


def _score_name(source: DicomSource) -> Code:
    """Return what the score of a finding means."""
    assert source.assessment is not None
    if source.assessment.own_model:
        return ours.PROBABILITY
    return ours.FREQUENCY if source.assessment.rescored else ours.SCORE


def _figure(name: Code, value: float) -> Any:  # noqa: ANN401
    return hd.sr.Measurement(
        name=name, value=value if isinstance(value, int) else float(f"{value:.{_FIGURES}g}"), unit=ours.NO_UNITS
    )


def _tracking(source: DicomSource, finding: Finding) -> Any:  # noqa: ANN401
    """Return how a finding is named and identified in every object."""
    return hd.sr.TrackingIdentifier(
        uid=tracking_uid(source, finding.column, finding.row), identifier=tracking_name(source, finding)
    )


def _source_image(source: DicomSource) -> Any:  # noqa: ANN401
    return hd.sr.SourceImageForRegion(
        referenced_sop_class_uid=source.header.SOPClassUID, referenced_sop_instance_uid=source.uid
    )


def _sites(scan: Scan) -> list[Any]:
    side = None if scan.laterality is None else ours.SIDES[scan.laterality]
    return [hd.sr.FindingSite(anatomic_location=ours.BREAST, laterality=side)]


def _algorithm(source: DicomSource) -> Any:  # noqa: ANN401
    """Return name, version and parameters of the program, with the hash of every model."""
    return hd.sr.AlgorithmIdentification(name=MAKER, version=__version__, parameters=parameters(source))


def parameters(source: DicomSource) -> list[str]:
    """Return the models with their hashes, the thresholds and the budget that they follow, one line each."""
    found = source.assessment
    if found is None:
        return [NOTICE]
    lines = [
        f"model {model.get('name')} {model.get('version')}, sha256 {model.get('sha256')}" for model in models(found)
    ]
    lines += [f"findings listed from {found.least:.{_FIGURES}g}", f"heatmap drawn from {found.operating:.{_FIGURES}g}"]
    lines += [f"{name} threshold {grid.threshold:.{_FIGURES}g}" for name, grid in sorted(found.named_grids.items())]
    if budget := budget_text(found):
        lines.append(f"thresholds of findings, heatmap and leading grid for {budget}")
    return [*lines, NOTICE]


def region(source: DicomSource, finding: Finding) -> tuple[Any, NDArray[np.float64]]:
    """Return graphic type and points: a circle on the breast around the mark, as large as it stands out.

    Around a cluster of bright spots it is that in which the spots were counted.

    Where the spacing of rows and columns differs it is an ellipse of the picture. It is made smaller where it would
    leave the picture, so that no coordinate is negative.
    """
    scan = source.scan
    assert source.assessment is not None
    heatmap = source.assessment.heatmap
    spacing = scan.spacing
    cells = CLUSTER_CELLS if finding.cluster else 0.5
    radius_x, radius_y = cells * abs(heatmap.to_scan.column_scale), cells * abs(heatmap.to_scan.row_scale)
    size = finding_size_mm(heatmap, finding, spacing)
    if size is not None:
        radius_x, radius_y = size / 2 / spacing.column_mm, size / 2 / spacing.row_mm
    column, row = finding.column, finding.row
    room_x, room_y = min(column, scan.columns - column), min(row, scan.rows - row)
    shrink = min(1.0, room_x / radius_x, room_y / radius_y)
    radius_x, radius_y = radius_x * shrink, radius_y * shrink
    if min(radius_x, radius_y) < 1:
        return hd.sr.GraphicTypeValues.POINT, np.array([[column, row]])
    if abs(radius_x - radius_y) < 1e-3 * radius_x:
        return hd.sr.GraphicTypeValues.CIRCLE, np.array([[column, row], [column + radius_x, row]])
    ends = [[column - radius_x, row], [column + radius_x, row]], [[column, row - radius_y], [column, row + radius_y]]
    major, minor = ends if radius_x >= radius_y else ends[::-1]
    return hd.sr.GraphicTypeValues.ELLIPSE, np.array([*major, *minor])
