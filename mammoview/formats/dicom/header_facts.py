"""Facts of a DICOM header for display (exposure, compression, manufacturer), and the patient's identity."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID

from mammoview.formats.dicom.values import day, number, numbers, word
from mammoview.formats.dicom.view import is_synthesised, modifiers
from mammoview.study.identity import PatientIdentity

_MEASURED = (
    ("kVp", "KVP", 1.0, "kV"),
    ("thickness", "BodyPartThickness", 1.0, "mm"),
    ("force", "CompressionForce", 1.0, "N"),
)
"""(fact, keyword, factor, unit): zero means not measured."""

_WORDS = (
    ("modality", "Modality"),
    ("manufacturer", "Manufacturer"),
    ("model", "ManufacturerModelName"),
    ("anode", "AnodeTargetMaterial"),
    ("filter", "FilterMaterial"),
    ("age", "PatientAge"),
)


_DIGITAL = ("1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.13.1.3")
"""Digital Mammography X-Ray and Breast Tomosynthesis storage classes (and what derives from them by suffix)."""


def read_facts(header: Dataset) -> dict[str, str]:
    """Return facts by name, with units; missing or zero values are left out."""
    facts = {"date": day(header, "StudyDate", "AcquisitionDate", "ContentDate")}
    facts |= {fact: word(header, keyword) for fact, keyword in _WORDS}
    facts["age"] = facts["age"].lstrip("0").removesuffix("Y")
    facts["modifiers"] = modifiers(header)
    for fact, keyword, factor, unit in _MEASURED:
        facts[fact] = _amount(number(header, keyword), factor, unit)
    facts["mAs"] = _amount(number(header, "ExposureInuAs"), 0.001, "mAs") or _amount(
        number(header, "Exposure"), 1.0, "mAs"
    )
    # Organ dose is given in dGy (PS3.3 C.8.7.8).
    facts["dose"] = _amount(number(header, "OrganDose"), 100.0, "mGy")
    facts["entrance dose"] = _amount(number(header, "EntranceDoseInmGy"), 1.0, "mGy")
    facts["acquisition"] = "digital" if word(header, "SOPClassUID").startswith(_DIGITAL) else ""
    facts["implant"] = "yes" if word(header, "BreastImplantPresent").upper() == "YES" else ""
    facts["synthesised"] = "from a tomosynthesis" if is_synthesised(header) else ""
    facts["partial view"] = "yes" if word(header, "PartialView").upper() == "YES" else ""
    facts["burned-in"] = "yes" if word(header, "BurnedInAnnotation").upper() == "YES" else ""
    facts["lossy"] = _lossy(header)
    return {fact: value for fact, value in facts.items() if value}


def read_identity(header: Dataset, cbis_patient: str = "") -> PatientIdentity:
    """Return patient and examination of a header.

    Parameters
    ----------
    header
        The header.
    cbis_patient
        The woman's number where the file is of CBIS-DDSM, whose Patient IDs name single views; else empty.
    """
    return PatientIdentity(
        patient_id=cbis_patient or word(header, "PatientID"),
        issuer="CBIS-DDSM" if cbis_patient else word(header, "IssuerOfPatientID"),
        birth_date=day(header, "PatientBirthDate"),
        name="" if cbis_patient else word(header, "PatientName"),
        description=word(header, "StudyDescription"),
        instance_uid=word(header, "SOPInstanceUID"),
    )


def _amount(value: float | None, factor: float, unit: str) -> str:
    return f"{value * factor:g} {unit}" if value is not None and value > 0 else ""


def _lossy(header: Dataset) -> str:
    """Such as "JPEG 2000 Image Compression, 10:1"; empty for pictures without lossy compression."""
    if word(header, "LossyImageCompression") != "01":
        return ""
    ratios = numbers(header, "LossyImageCompressionRatio")
    syntax = word(header.file_meta, "TransferSyntaxUID") if hasattr(header, "file_meta") else ""
    # The values may have been compressed lossily before they were stored in a lossless syntax.
    how = UID(syntax).name if syntax and not _lossless(syntax) else "earlier compression"
    return f"{how}, {ratios[-1]:g}:1" if ratios else how


def _lossless(syntax: str) -> bool:
    return not UID(syntax).is_compressed or "lossless" in UID(syntax).name.lower()
