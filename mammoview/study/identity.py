"""Patient and examination of a file, as its header names them. Never logged or exported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PatientIdentity:
    """Patient and examination of a header; attributes that the header lacks are empty.

    Parameters
    ----------
    patient_id, issuer
        Patient ID and Issuer of Patient ID (DICOM PS3.3 C.7.1.1).
    birth_date
        YYYY-MM-DD.
    name
        As the file writes it, such as "Doe^Jane". For display and search; never used to match patients.
    description
        What the examination is called.
    instance_uid
        SOP Instance UID of the picture.
    """

    patient_id: str = ""
    issuer: str = ""
    birth_date: str = ""
    name: str = ""
    description: str = ""
    instance_uid: str = ""

    def is_person(self, other: PatientIdentity) -> bool:
        """Whether both are the same person: equal ID, and no differing issuer or birth date."""
        if not self.patient_id or self.patient_id != other.patient_id:
            return False
        pairs = ((self.issuer, other.issuer), (self.birth_date, other.birth_date))
        return all(not one or not two or one == two for one, two in pairs)


NOBODY = PatientIdentity()


def readable(name: str) -> str:
    """Return a DICOM person name (PS3.5 6.2.1.2) in readable form: "Doe^Jane" becomes "Doe, Jane"."""
    family, *others = [" ".join(part.split()) for part in name.partition("=")[0].split("^")]
    given = " ".join(part for part in others if part)
    return f"{family}, {given}" if family and given else family or given
