"""Whom and what a file says it shows: what tells one woman's examinations from another's. Never logged or exported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PatientIdentity:
    """What a header says about the patient and the examination; empty where it says nothing.

    Parameters
    ----------
    patient_id, issuer
        Patient ID and who gave it (DICOM PS3.3 C.7.1.1).
    birth_date
        YYYY-MM-DD.
    name
        As the file writes it, such as "Doe^Jane". It is shown and searched; nobody is recognised by it.
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
        """Whether both speak of one person: the same ID, and no issuer or birth date that contradicts it."""
        if not self.patient_id or self.patient_id != other.patient_id:
            return False
        pairs = ((self.issuer, other.issuer), (self.birth_date, other.birth_date))
        return all(not one or not two or one == two for one, two in pairs)


NOBODY = PatientIdentity()


def readable(name: str) -> str:
    """Return a DICOM person name (PS3.5 6.2.1.2) as people write it: "Doe^Jane" becomes "Doe, Jane"."""
    family, *others = [" ".join(part.split()) for part in name.partition("=")[0].split("^")]
    given = " ".join(part for part in others if part)
    return f"{family}, {given}" if family and given else family or given
