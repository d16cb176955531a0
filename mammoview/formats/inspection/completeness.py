"""Attributes that a mammography display needs and that are missing from a DICOM header."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from mammoview.formats.dicom.values import items, words

SOURCE = "IHE RAD TF-2 4.16.4.2.2.1"
"""Source of the requirements, as shown to the user."""


@dataclass(frozen=True)
class Requirement:
    """A requirement: information that a mammography display must use or annotate.

    Parameters
    ----------
    name
        Name for the user.
    keywords
        DICOM keywords, one of which must have a value.
    purpose
        Purpose.
    """

    name: str
    keywords: tuple[str, ...]
    purpose: str


def _needs(purpose: str, **named: str) -> tuple[Requirement, ...]:
    return tuple(Requirement(name.replace("_", " "), tuple(k.split()), purpose) for name, k in named.items())


REQUIREMENTS: tuple[Requirement, ...] = (
    *_needs(
        "hanging protocol",
        patient_orientation="PatientOrientation",
        side="ImageLaterality Laterality FrameLaterality",
        projection="ViewCodeSequence ViewPosition",
        presentation_intent="PresentationIntentType",
    ),
    *_needs(
        "size",
        pixel_spacing="ImagerPixelSpacing PixelSpacing DetectorElementSpacing",
        magnification="EstimatedRadiographicMagnificationFactor",
    ),
    *_needs(
        "grey",
        window_or_table="WindowCenter VOILUTSequence",
        presentation_shape="PresentationLUTShape",
        padding="PixelPaddingValue",
    ),
    *_needs(
        "identity",
        patient_name="PatientName",
        patient_ID="PatientID",
        birth_date="PatientBirthDate",
        age="PatientAge",
        acquisition_date="AcquisitionDate AcquisitionDateTime",
        acquisition_time="AcquisitionTime AcquisitionDateTime",
        operator="OperatorsName",
    ),
    *_needs(
        "place and device",
        manufacturer="Manufacturer",
        model="ManufacturerModelName",
        software="SoftwareVersions",
        institution="InstitutionName",
        address="InstitutionAddress",
        station="StationName",
        detector="DetectorID",
        gantry="GantryID",
    ),
    *_needs(
        "technique",
        kVp="KVP",
        mAs="Exposure ExposureInuAs ExposureInmAs",
        exposure_time="ExposureTime ExposureTimeInuS ExposureTimeInms",
        anode="AnodeTargetMaterial",
        filter="FilterMaterial",
        compression_force="CompressionForce",
        thickness="BodyPartThickness",
        angle="PositionerPrimaryAngle",
        relative_exposure="RelativeXRayExposure",
        entrance_dose="EntranceDoseInmGy EntranceDose",
        organ_dose="OrganDose",
    ),
    *_needs(
        "flags",
        implant="BreastImplantPresent",
        partial_view="PartialView",
        burned_in_text="BurnedInAnnotation",
        lossy_compression="LossyImageCompression",
    ),
)
"""Requirements of the display for hanging protocol, size and grey, and for annotation of the picture.

Arranged by us by purpose after IHE RAD TF-2 4.16.4.2.2.1 (mammography rules of the image display) and the modules of
PS3.3 C.8.11 and C.8.7. Several attributes are optional in the standard: one that is missing is no fault of the file.
"""

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


@dataclass(frozen=True)
class Completeness:
    """Completeness of a header with respect to the requirements.

    Parameters
    ----------
    present, missing
        Requirements with and without a value, in the order of the table.
    """

    present: tuple[Requirement, ...]
    missing: tuple[Requirement, ...]


def completeness(header: Dataset) -> Completeness:
    """Compare a header with the table; an empty attribute counts as missing."""
    present = tuple(r for r in REQUIREMENTS if any(_holds(header, keyword) for keyword in r.keywords))
    return Completeness(present, tuple(r for r in REQUIREMENTS if r not in present))


def _holds(header: Dataset, keyword: str) -> bool:
    """Whether an attribute has a value, in the header itself or in the functional groups of its first frame."""
    if _valued(header, keyword):
        return True
    groups = (group for name in _GROUPS for group in items(header, name)[:1])
    macros = (item for group in groups for macro in group.dir() for item in items(group, macro)[:1])
    return any(_valued(item, keyword) for item in macros)


def _valued(header: Dataset, keyword: str) -> bool:
    return bool(items(header, keyword)) or any(words(header, keyword))
