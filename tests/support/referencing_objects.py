"""Mammography CAD reports and presentation states, made to PS3.16 TID 4000 and PS3.3 A.33.1 for the tests."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from tests.support.dicom_files import PRESENTATION, code, item

CAD = "1.2.840.10008.5.1.4.1.1.88.50"
STATE = "1.2.840.10008.5.1.4.1.1.11.1"
TO_PRESENT, NOT_TO_PRESENT = ("111150", "Presentation Required"), ("111152", "Not for Presentation")


def _document(sop_class: str, modality: str, study: str = "1.2.3") -> Dataset:
    """Return a data set with the attributes of every composite object."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = UID(sop_class)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
    made.PatientID, made.PatientName, made.PatientBirthDate, made.PatientSex = "P1", "Doe^Jane", "", "F"
    made.StudyDate, made.StudyTime, made.StudyID, made.AccessionNumber = "20240131", "120000", "1", ""
    made.ReferringPhysicianName, made.Manufacturer, made.ManufacturerModelName = "", "Maker", "Model"
    made.SoftwareVersions, made.DeviceSerialNumber = "1", "1"
    made.Modality, made.SeriesNumber, made.InstanceNumber = modality, 1, 1
    made.ContentDate, made.ContentTime = "20240131", "120000"
    return made


def reference(uid: str, frame: int | None = None) -> Dataset:
    """Return a reference to a mammogram, or to a frame of it (counted from 1)."""
    made = item(ReferencedSOPClassUID=UID(PRESENTATION), ReferencedSOPInstanceUID=UID(uid))
    if frame is not None:
        made.ReferencedFrameNumber = frame
    return made


def content(relation: str, kind: str, concept: tuple[str, str] | None, **values: Any) -> Dataset:
    """Return a content item; `children` become its Content Sequence."""
    children = values.pop("children", ())
    made = item(RelationshipType=relation, ValueType=kind)
    if concept:
        made.ConceptNameCodeSequence = Sequence([code(concept[0], "DCM", concept[1])])
    for keyword, value in values.items():
        setattr(made, keyword, value)
    if children:
        made.ContentSequence = Sequence(children)
    return made


def coded(relation: str, concept: tuple[str, str], value: Dataset, **more: Any) -> Dataset:
    """Return a content item of a coded value."""
    return content(relation, "CODE", concept, ConceptCodeSequence=Sequence([value]), **more)


def percent(concept: tuple[str, str], value: float) -> Dataset:
    """Return a content item of a number in percent."""
    measured = item(NumericValue=str(value), MeasurementUnitsCodeSequence=Sequence([code("%", "UCUM", "Percent")]))
    return content("HAS PROPERTIES", "NUM", concept, MeasuredValueSequence=Sequence([measured]))


def graphic(concept: tuple[str, str], kind: str, points: list[float], library_entry: int) -> Dataset:
    """Return spatial coordinates that are selected, by reference, from an entry of the image library (from 1)."""
    picked = item(RelationshipType="SELECTED FROM", ReferencedContentItemIdentifier=[1, 1, library_entry])
    return content("HAS PROPERTIES", "SCOORD", concept, GraphicType=kind, GraphicData=points, children=[picked])


def finding(meaning: tuple[str, str], *properties: Dataset, intent: tuple[str, str] = TO_PRESENT) -> Dataset:
    """Return a single image finding."""
    rendering = coded("HAS CONCEPT MOD", ("111056", "Rendering Intent"), code(intent[0], "DCM", intent[1]))
    value = code(meaning[0], "SCT", meaning[1])
    return coded("CONTAINS", ("111059", "Single Image Finding"), value, children=[rendering, *properties])


def algorithm(name: str, version: str) -> list[Dataset]:
    """Return name and version of an algorithm."""
    return [
        content("HAS PROPERTIES", "TEXT", ("111001", "Algorithm Name"), TextValue=name),
        content("HAS PROPERTIES", "TEXT", ("111003", "Algorithm Version"), TextValue=version),
    ]


def cad_report(uids: list[str], findings: list[Dataset], study: str = "1.2.3") -> Dataset:
    """Return a Mammography CAD SR about these pictures."""
    made = _document(CAD, "SR", study)
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = Sequence([code("111036", "DCM", "Mammography CAD Report")])
    made.CompletionFlag, made.VerificationFlag = "COMPLETE", "UNVERIFIED"
    made.ReferencedPerformedProcedureStepSequence = Sequence([])
    made.PerformedProcedureCodeSequence = Sequence([])
    series = item(SeriesInstanceUID="1.2.3.4", ReferencedSOPSequence=Sequence([reference(uid) for uid in uids]))
    evidence = item(StudyInstanceUID=study, ReferencedSeriesSequence=Sequence([series]))
    made.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])
    library = content(
        "CONTAINS",
        "CONTAINER",
        ("111028", "Image Library"),
        ContinuityOfContent="SEPARATE",
        children=[content("CONTAINS", "IMAGE", None, ReferencedSOPSequence=Sequence([reference(u)])) for u in uids],
    )
    summary = coded(
        "CONTAINS",
        ("111017", "CAD Processing and Findings Summary"),
        code("111242", "DCM", "All algorithms succeeded; with findings"),
        children=[
            content(
                "INFERRED FROM",
                "CONTAINER",
                ("111034", "Individual Impression/Recommendation"),
                ContinuityOfContent="SEPARATE",
                children=findings,
            )
        ],
    )
    made.ContentSequence = Sequence([library, summary])
    return made


def presentation_state(uids: list[str], size: tuple[int, int], study: str = "1.2.3", **attributes: Any) -> Dataset:
    """Return a presentation state of these pictures of `size` (rows, columns) without annotations or greys."""
    made = _document(STATE, "PR", study)
    made.ContentLabel, made.ContentDescription, made.Laterality = "SECOND READ", "", ""
    made.PresentationCreationDate, made.PresentationCreationTime = "20240131", "120000"
    images = Sequence([reference(uid) for uid in uids])
    made.ReferencedSeriesSequence = Sequence([item(SeriesInstanceUID="1.2.3.4", ReferencedImageSequence=images)])
    area = item(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[size[1], size[0]],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=[1, 1],
    )
    made.DisplayedAreaSelectionSequence = Sequence([area])
    made.PresentationLUTShape = "IDENTITY"
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made


def annotation(uids: list[str], graphics: list[Dataset] = (), texts: list[Dataset] = ()) -> Dataset:
    """Return an annotation of these pictures."""
    made = item(GraphicLayer="READER", ReferencedImageSequence=Sequence([reference(uid) for uid in uids]))
    if graphics:
        made.GraphicObjectSequence = Sequence(graphics)
    if texts:
        made.TextObjectSequence = Sequence(texts)
    return made


def drawn(kind: str, points: list[float], units: str = "PIXEL") -> Dataset:
    """Return a graphic object."""
    return item(
        GraphicAnnotationUnits=units,
        GraphicDimensions=2,
        NumberOfGraphicPoints=len(points) // 2,
        GraphicData=points,
        GraphicType=kind,
        GraphicFilled="N",
    )


def written(words: str, place: tuple[float, float]) -> Dataset:
    """Return a text object anchored at a pixel."""
    return item(
        AnchorPointAnnotationUnits="PIXEL",
        UnformattedTextValue=words,
        AnchorPoint=list(place),
        AnchorPointVisibility="Y",
    )
