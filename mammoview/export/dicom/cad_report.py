"""Mammography CAD reports (PS3.16 TID 4000): the models' findings for stations that show no other results.

The tree is that of the templates: the pictures (TID 4020), the summary with an item per finding (TID 4001, 4003, 4006),
what was looked for in which picture (TID 4015, 4017), and that nothing was analysed beyond (TID 4016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import highdicom as hd
import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import UID

from mammoview.assess.results.assessment import Finding
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.export.dicom import coded_concepts as ours
from mammoview.export.dicom.measurement_report import parameters, region
from mammoview.export.dicom.object_attributes import MAKER, equipment, identifiers, stamp, tracking_name, tracking_uid
from mammoview.export.dicom.source import DicomSource, add_patient, by_study

SOP_CLASS = UID("1.2.840.10008.5.1.4.1.1.88.50")
_SERIES = 9003
_LIBRARY_AT = 2
"""Place of the pictures among the children of the root, which has the language before them."""
_R = hd.sr.RelationshipTypeValues


def cad_reports(sources: Sequence[DicomSource]) -> list[Dataset]:
    """Return the reports of some scans, one for each study; scans that were not assessed are left out.

    Raises
    ------
    MammoviewError
        When the models were run on no scan whose side and projection are known, which such reports need.
    """
    fit = [one for one in sources if one.assessment is not None and one.scan.laterality and _view(one) is not None]
    if not fit:
        why = next((source.unassessed.rstrip(".") for source in sources if source.unassessed), "")
        raise MammoviewError(
            f"there is nothing for a CAD report: {why or 'no scan of known side and projection was assessed'}",
            "Assess the scans first, and say what side and projection they are of",
        )
    return [_report(group) for group in by_study(fit)]


def _report(sources: Sequence[DicomSource]) -> Dataset:
    """Return the report of one study."""
    root = hd.sr.ContainerContentItem(ours.CAD_REPORT, is_content_continuous=False, template_id="4000")
    language = hd.sr.CodedConcept("en", "RFC5646", "English")
    root.ContentSequence = hd.sr.LanguageOfContentItemAndDescendants(language)
    made = hd.sr.ComprehensiveSR(
        evidence=[source.header for source in sources],
        content=root,
        is_complete=True,
        is_final=True,
        is_verified=False,
        **identifiers("CAD", _SERIES, *sources),
        **equipment(),
    )
    # highdicom has no such document; its attributes are those of a Comprehensive SR.
    made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = SOP_CLASS
    if "PreliminaryFlag" in made:
        del made.PreliminaryFlag
    made.ContentSequence = Items(
        [
            *made.ContentSequence,
            _container("library", _R.CONTAINS, [_picture(source) for source in sources]),
            _summary(sources),
            _detections(sources),
            _code("analyses", ours.NOT_ATTEMPTED, _R.CONTAINS),
        ]
    )
    made.SeriesDescription = "Mammoview: CAD report"
    add_patient(made, sources[0])
    stamp(made, sources[0])
    return made


def _picture(source: DicomSource) -> Dataset:
    """Return the entry of a picture (TID 4020)."""
    header, side, view = source.header, source.scan.laterality, _view(source)
    assert side is not None and view is not None
    made = Dataset()
    made.RelationshipType, made.ValueType = "CONTAINS", "IMAGE"
    picture = Dataset()
    picture.ReferencedSOPClassUID, picture.ReferencedSOPInstanceUID = header.SOPClassUID, source.uid
    made.ReferencedSOPSequence = Items([picture])
    context = _R.HAS_ACQ_CONTEXT
    items = [_code("side", ours.SIDES[side], context), _code("view", view, context)]
    for name, direction in zip(("row", "column"), header.get("PatientOrientation") or (), strict=False):
        items.append(_text(name, str(direction), context))
    if header.get("StudyDate"):
        items.append(hd.sr.DateContentItem(ours.CAD_NAMES["study_date"], str(header.StudyDate), context))
    if header.get("StudyTime"):
        items.append(hd.sr.TimeContentItem(ours.CAD_NAMES["study_time"], str(header.StudyTime), context))
    spacing = source.scan.spacing
    if spacing.known:
        for name, mm in (("across", spacing.column_mm), ("down", spacing.row_mm)):
            items.append(
                hd.sr.NumContentItem(
                    ours.CAD_NAMES[name], round(1000 * mm, 6), ours.MICROMETER, relationship_type=context
                )
            )
    made.ContentSequence = Items(items)
    return made


def _summary(sources: Sequence[DicomSource]) -> Dataset:
    """Return the summary with one item per finding (TID 4001)."""
    found = [
        _finding(source, finding, number)
        for number, source in enumerate(sources, 1)
        if source.assessment is not None
        for finding in source.assessment.findings
    ]
    made = hd.sr.CodeContentItem(ours.SUMMARY, ours.WITH_FINDINGS if found else ours.NOTHING_FOUND, _R.CONTAINS)
    return _with(made, [_container("impression", _R.INFERRED_FROM, found)]) if found else made


def _finding(source: DicomSource, finding: Finding, number: int) -> Dataset:
    """Return one finding (TID 4006) of the picture with that number among the entries."""
    kind, points = region(source, finding)
    uid = tracking_uid(source, finding.column, finding.row)
    shown: list[Dataset] = [
        _code("intent", ours.TO_SHOW, _R.HAS_CONCEPT_MOD),
        hd.sr.TextContentItem(codes.DCM.TrackingIdentifier, tracking_name(source, finding), _R.HAS_OBS_CONTEXT),
        hd.sr.UIDRefContentItem(codes.DCM.TrackingUniqueIdentifier, uid, _R.HAS_OBS_CONTEXT),
        *_algorithm(source),
        hd.sr.NumContentItem(
            ours.CAD_NAMES["certainty"],
            round(100 * finding.score, 4),
            ours.PERCENT,
            relationship_type=_R.HAS_PROPERTIES,
        ),
        _drawn("centre", hd.sr.GraphicTypeValues.POINT, np.array([[finding.column, finding.row]]), number),
    ]
    if kind is not hd.sr.GraphicTypeValues.POINT:
        shown.append(_drawn("outline", kind, points, number))
    return _with(_code("finding", ours.SELECTED_REGION, _R.CONTAINS), shown)


def _detections(sources: Sequence[DicomSource]) -> Dataset:
    """Return what was looked for, and in which pictures (TID 4015)."""
    pictures = [_pointer("HAS PROPERTIES", number) for number in range(1, len(sources) + 1)]
    performed = _with(_code("detection", ours.SELECTED_REGION, _R.CONTAINS), [*_algorithm(sources[0]), *pictures])
    successful = _container("successful", _R.INFERRED_FROM, [performed])
    return _with(_code("detections", ours.SUCCEEDED, _R.CONTAINS), [successful])


def _algorithm(source: DicomSource) -> list[Dataset]:
    """Return name, version and parameters of the program, with the hash of every model (TID 4019)."""
    properties = [
        ("algorithm", MAKER),
        ("version", __version__),
        *(("parameters", line) for line in parameters(source)),
    ]
    return [_text(name, value, _R.HAS_PROPERTIES) for name, value in properties]


def _drawn(name: str, kind: Any, points: Any, number: int) -> Dataset:  # noqa: ANN401
    """Return coordinates in a picture (TID 4021)."""
    made = hd.sr.ScoordContentItem(ours.CAD_NAMES[name], kind, points, relationship_type=_R.HAS_PROPERTIES)
    return _with(made, [_pointer("SELECTED FROM", number)])


def _pointer(relation: str, number: int) -> Dataset:
    """Return a reference to the entry of a picture."""
    made = Dataset()
    made.RelationshipType, made.ReferencedContentItemIdentifier = relation, [1, _LIBRARY_AT, number]
    return made


def _view(source: DicomSource) -> Code | None:
    """Return the code of the projection; None where it has none."""
    projection = source.scan.projection
    return None if projection is None else ours.VIEWS.get(projection)


def _container(name: str, relation: Any, children: Sequence[Dataset]) -> Dataset:  # noqa: ANN401
    made = hd.sr.ContainerContentItem(ours.CAD_NAMES[name], is_content_continuous=False, relationship_type=relation)
    return _with(made, children)


def _with(item: Dataset, children: Sequence[Dataset]) -> Dataset:
    """Return an item with children; highdicom's own takes no references to other items among them."""
    made = Dataset()
    made.update(item)
    made.ContentSequence = Items(children)
    return made


def _code(name: str, value: Code, relation: Any) -> Dataset:  # noqa: ANN401
    return hd.sr.CodeContentItem(ours.CAD_NAMES[name], value, relation)


def _text(name: str, value: str, relation: Any) -> Dataset:  # noqa: ANN401
    return hd.sr.TextContentItem(ours.CAD_NAMES[name], value, relation)
