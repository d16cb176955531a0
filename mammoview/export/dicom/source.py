"""The picture behind an exported object: the attributes that the object repeats or refers to.

A scan of a DICOM file brings its header. A picture of another format has none, so one is made whose UIDs depend on the
pixels; the objects then refer to a picture that exists as a file of that format only, and say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, SecondaryCaptureImageStorage

from mammoview.assess.results.assessment import Assessment
from mammoview.assess.results.content_keys import content_key
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.display.screen_orientation import patient_letters
from mammoview.export.dicom.coded_concepts import VIEWS
from mammoview.export.dicom.deidentification import Deidentifier
from mammoview.export.dicom.identifiers import uid_of
from mammoview.formats.dicom import view
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.dicom.pixel_data_check import frame_count
from mammoview.formats.dicom.values import items, word, words
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.records.reader_report import Verdict
from mammoview.study.annotations import Annotation
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Scan
from mammoview.study.spacing import SpacingSource

NOT_DICOM = "The picture is no DICOM file: its UIDs were made from its pixels."
_TEXTS = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "SeriesInstanceUID",
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "BurnedInAnnotation",
    "LossyImageCompression",
)
"""Attributes that objects repeat as they are; whatever else is in a header stays there."""
_MANY = ("LossyImageCompressionRatio", "LossyImageCompressionMethod")
_LEFT_OUT = "text left out"
"""In place of a text that may name the patient; a text cannot be empty."""
_NEEDED = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
"""Attributes of type 2: present in every object, empty where nothing is known (PS3.5 7.4.3)."""


@dataclass(frozen=True, eq=False)  # compared by identity: arrays are never compared
class DicomSource:
    """A scan, what is known of it, and the header that exported objects refer to.

    Parameters
    ----------
    analysis
        Of the scan.
    header
        The attributes of `_TEXTS`, rows, columns, side, view and orientation; no others, and no private ones. Content
        Date and Time are when the objects are made.
    is_dicom
        Whether the scan is of a DICOM file; else the UIDs were made from its pixels.
    assessment
        Results of the models; None where they were not run.
    judged
        The reader's verdicts by rank of the finding.
    unassessed
        Why there is no assessment, a sentence; empty where the models were not run.
    beside
        Of the other breast's scans, with which it shares the automatic window.
    keep_identity
        Whether free text, which may name the patient, may be exported.
    """

    analysis: ScanAnalysis
    header: Dataset
    is_dicom: bool = True
    assessment: Assessment | None = None
    judged: Mapping[int, Verdict] = field(default_factory=dict)
    unassessed: str = ""
    beside: tuple[ScanAnalysis, ...] = ()
    keep_identity: bool = False

    @property
    def scan(self) -> Scan:
        """The scan."""
        return self.analysis.scan

    @property
    def uid(self) -> UID:
        """SOP Instance UID of the picture."""
        return UID(self.header.SOPInstanceUID)

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """The reader's annotations; their free text may name the patient, and stays only where the identity is kept."""
        if self.keep_identity:
            return self.scan.annotations
        return tuple(
            Annotation(one.kind, one.points, _LEFT_OUT if one.type.needs_text else "") if one.text else one
            for one in self.scan.annotations
        )

    @cached_property
    def content(self) -> tuple[object, ...]:
        """What the objects are made of, for `uid_of`: picture, drawings, results and verdicts. Decodes the scan."""
        scan, found = self.scan, self.assessment
        drawings = [[one.kind, one.points, one.text] for one in scan.annotations]
        judged = [
            [rank, verdict.accepted, verdict.reason, verdict.note] for rank, verdict in sorted(self.judged.items())
        ]
        results: list[object] = []
        if found is not None:
            baseline = [] if found.heatmap_baseline is None else [found.heatmap_baseline]
            layers = [found.heatmap, *baseline, *found.named_grids.values()]
            results = [
                [asdict(mark) for mark in found.marks],
                [float(found.least), float(found.operating), -1.0 if found.budget is None else found.budget],
                [[layer.values, layer.to_scan.matrix] for layer in layers],
                found.provenance.get("models", ()),
            ]
        return (str(self.uid), content_key(scan), drawings, judged, results, self.unassessed, self.keep_identity)


def dicom_source(
    analysis: ScanAnalysis,
    scans: Sequence[Scan],
    assessment: Assessment | None = None,
    judged: Mapping[int, Verdict] | None = None,
    unassessed: str = "",
    beside: Sequence[ScanAnalysis] = (),
    deidentifier: Deidentifier | None = None,
    created: datetime | None = None,
) -> DicomSource:
    """Return the source of the objects of one scan. Decodes the scan.

    Parameters
    ----------
    analysis
        Of the scan.
    scans
        All scans of its study: for pictures without a header the UIDs of study and series depend on their pixels.
    assessment, judged, unassessed, beside
        As those of `DicomSource`.
    deidentifier
        Removes the identity from the header; None keeps it.
    created
        When the objects are made, now if None; shifted like the dates of the study where the identity is removed.

    Raises
    ------
    MammoviewError
        When the file cannot be read, holds several frames, or its header lacks the UIDs.
    """
    refuse_altered(analysis.scan, "a DICOM object")
    scan = analysis.scan
    if scan.stack is not None:
        raise MammoviewError(
            f"it has {scan.stack.count} frames, and results about one of them are not written as DICOM objects",
            "Export pictures of it instead",
            scan.path,
        )
    file = scan.file or scan.path
    is_dicom = kind_of(file) is FileType.DICOM
    header = _taken(read_header(file)[0], scan) if is_dicom else _made(scan, scans)
    describe(header, analysis)
    moment = created or datetime.now()
    header.ContentDate, header.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    if deidentifier is not None:
        deidentifier.clean(header)
    return DicomSource(
        analysis,
        header,
        is_dicom,
        assessment,
        judged or {},
        unassessed,
        tuple(beside),
        keep_identity=deidentifier is None,
    )


def _taken(read: Dataset, scan: Scan) -> Dataset:
    """Return the attributes of a file's header that objects repeat. Raises MammoviewError."""
    if frame_count(read) > 1:
        raise MammoviewError("it has several frames", "Export pictures of it instead", scan.path)
    header = Dataset()
    for keyword in _TEXTS:
        if value := _sound(keyword, word(read, keyword)):
            setattr(header, keyword, value)
    for keyword in _MANY:
        if values := words(read, keyword):
            setattr(header, keyword, list(values))
    lacking = [
        keyword
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID")
        if not UID(header.get(keyword, "")).is_valid
    ]
    if lacking:
        raise MammoviewError(
            f"its header has no valid {', '.join(lacking)}, so no DICOM object can refer to it",
            "Export pictures of it, or have the file repaired",
            scan.path,
        )
    views = items(read, "ViewCodeSequence")
    if views and views[0].get("CodeValue"):
        header.ViewCodeSequence = Items([_view_code(views[0])])
    orientation, _ = view.patient_orientation(read)
    if orientation is not None:
        header.PatientOrientation = list(orientation)
    return header


def _sound(keyword: str, value: str) -> str:
    """Return a value as an object may hold it (PS3.5 6.2); empty where it is malformed, as if it were missing."""
    if keyword.endswith("Date"):
        return _parsed(value.replace(".", ""), "%Y%m%d")
    if keyword.endswith("Time"):
        whole = value.replace(":", "").partition(".")[0]
        return next((found for form in ("%H%M%S", "%H%M", "%H") if (found := _parsed(whole, form))), "")
    if keyword == "PatientSex":
        return value if value in ("M", "F", "O") else ""
    return value


def _parsed(value: str, form: str) -> str:
    """Return a date or time as DICOM writes it; empty where it has another form."""
    try:
        found = datetime.strptime(value, form).strftime(form)
    except ValueError:
        return ""
    return found if found == value else ""


def _view_code(view_code: Dataset) -> Dataset:
    """Return a view code with its modifiers, without anything else that its item may hold."""
    code = _code_item(view_code)
    if modifiers := [_code_item(one) for one in items(view_code, "ViewModifierCodeSequence")]:
        code.ViewModifierCodeSequence = Items(modifiers)
    return code


def _code_item(view_code: Dataset) -> Dataset:
    """Return value, scheme and meaning of a code."""
    code = Dataset()
    for keyword in ("CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning"):
        if value := word(view_code, keyword):
            setattr(code, keyword, value)
    return code


def _made(scan: Scan, scans: Sequence[Scan]) -> Dataset:
    """Return a header for a picture that has none. Decodes all scans of the study."""
    study = []
    for one in scans:
        held = one.is_decoded
        study.append(one.pixel_hash)
        if not held:
            one.release()
    header = Dataset()
    header.StudyInstanceUID = uid_of("study", sorted(study))
    header.SeriesInstanceUID = uid_of("series", sorted(study))
    header.SOPInstanceUID = uid_of("picture", scan.pixel_hash, scan.laterality, scan.projection)
    header.SOPClassUID = SecondaryCaptureImageStorage
    header.Modality = "MG"
    identity = scan.identity
    header.PatientID = identity.patient_id or scan.patient
    header.PatientName = identity.name
    return header


def describe(header: Dataset, analysis: ScanAnalysis) -> None:
    """Add size, side, view and orientation, as they are known of the scan; they name nobody."""
    scan = analysis.scan
    header.file_meta = FileMetaDataset()
    for keyword in _NEEDED:
        if keyword not in header:
            setattr(header, keyword, "")
    header.Rows, header.Columns = scan.rows, scan.columns
    if scan.laterality is not None:
        header.Laterality = header.ImageLaterality = scan.laterality.value
    if "ViewCodeSequence" not in header and scan.projection is not None:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = VIEWS[scan.projection][:3]
        header.ViewCodeSequence = Items([code])
    if "PatientOrientation" not in header:
        header.PatientOrientation = _stored_directions(analysis)
    spacing = scan.spacing
    if spacing.known and spacing.source is not SpacingSource.ASSUMED:
        header.PixelSpacing = [decimal(spacing.row_mm), decimal(spacing.column_mm)]


def decimal(value: float) -> str:
    """Return a number as a decimal string of at most 16 characters (PS3.5 6.2)."""
    return f"{value:.10g}"


def _stored_directions(analysis: ScanAnalysis) -> list[str] | str:
    """Return the patient directions of increasing column and row of the stored picture; empty where one is unknown."""
    _left, _top, right, bottom = patient_letters(analysis, Affine())
    return [right, bottom] if right and bottom else ""


def add_view(made: Dataset, source: DicomSource) -> None:
    """Give an object laterality, orientation, view and region of its picture, and the source of the UIDs."""
    header = source.header
    if "Laterality" in header:
        made.Laterality = header.Laterality
    made.PatientOrientation = header.PatientOrientation
    if "ViewCodeSequence" in header:
        made.ViewCodeSequence = header.ViewCodeSequence
    add_patient(made, source)
    if not source.is_dicom:
        made.ImageComments = NOT_DICOM


def add_patient(made: Dataset, source: DicomSource) -> None:
    """Repeat what is known of patient and study, and what was done to the identity, as far as it is in the header."""
    for keyword in (
        "IssuerOfPatientID",
        "PatientAge",
        "StudyDescription",
        "PatientIdentityRemoved",
        "DeidentificationMethod",
        "DeidentificationMethodCodeSequence",
        "LongitudinalTemporalInformationModified",
    ):
        if keyword in source.header and source.header[keyword].value not in ("", None):
            made[keyword] = source.header[keyword]


def reference(source: DicomSource) -> Dataset:
    """Return a reference to the picture."""
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = source.header.SOPClassUID, source.uid
    return made


def by_study(sources: Sequence[DicomSource]) -> list[list[DicomSource]]:
    """Return the sources grouped by Study Instance UID, in their order."""
    groups: dict[str, list[DicomSource]] = {}
    for source in sources:
        groups.setdefault(str(source.header.StudyInstanceUID), []).append(source)
    return list(groups.values())
