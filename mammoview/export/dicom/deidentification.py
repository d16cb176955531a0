"""Identity removed from headers, after the Basic Application Level Confidentiality Profile (PS3.15 E).

dicognito replaces names, numbers and dates; what it would keep is emptied or removed here. Its UIDs begin with an arc
that does not exist, which dciodvfy refuses, so they are made here. All replacements depend on a secret that never
leaves the user's data folder: who exports twice gets the same objects, and without the secret nobody can test whether a
guessed name or UID belongs to an object.

Of the profile's options, Retain Longitudinal Temporal Information with Modified Dates is used: all dates of one person
are shifted by the same time into the past, two months to two years.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.export.dicom.identifiers import uid_of
from mammoview.study.identity import PatientIdentity

if TYPE_CHECKING:
    from dicognito.anonymizer import Anonymizer

UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
"""Action U of the profile: replaced, the same by the same."""
REPLACED = ("PatientName", "PatientID")
"""Actions Z and D: a made-up value, the same for the same person."""
EMPTIED = ("PatientBirthDate", "PatientSex", "StudyID", "AccessionNumber", "ReferringPhysicianName")
"""Action Z: an empty value."""
REMOVED = ("IssuerOfPatientID", "PatientAge", "StudyDescription")
"""Action X: removed."""
SHIFTED = ("StudyDate", "StudyTime", "ContentDate", "ContentTime")
"""Action C under the option of modified dates."""
_METHODS = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)
_SECRET_FILE = "deidentification.key"


def kept_secret(folder: Path) -> str:
    """Return the secret of the user's data folder; made when first asked for, readable by the user alone.

    Raises
    ------
    MammoviewError
        When it can be neither read nor written.
    """
    file = folder / _SECRET_FILE
    try:
        if file.is_file() and (found := file.read_text(encoding="ascii").strip()):
            return found
        made = token_hex(32)
        with atomic_write(file, lasting=True, private=True) as partial:
            partial.write_text(made, encoding="ascii")
        return made
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is damaged"
        raise MammoviewError(
            f"the secret of the de-identification cannot be read or kept ({why})", "Make room on the disk", file
        ) from error


@dataclass(frozen=True)
class Deidentifier:
    """Removes the identity from the headers of one person.

    Parameters
    ----------
    secret
        From `kept_secret`.
    person
        Whose headers they are: scans of one person get one name, one number and one shift of their dates.
    """

    secret: str
    person: PatientIdentity

    @cached_property
    def _anonymizer(self) -> Anonymizer:
        from dicognito.anonymizer import Anonymizer  # Imported here: only exports need it.

        person = self.person
        return Anonymizer(seed=self._keyed("person", person.patient_id, person.issuer, person.birth_date))

    def _keyed(self, *parts: str) -> str:
        """Return a hash of texts that depends on the secret, hexadecimal."""
        return hmac.new(self.secret.encode(), "\0".join(parts).encode(), sha256).hexdigest()

    def clean(self, header: Dataset) -> None:
        """Replace, empty or remove every attribute of a header that names or dates, in place."""
        uids = {keyword: uid_of(self._keyed("uid", str(header[keyword].value))) for keyword in UIDS}
        for keyword in REMOVED:
            if keyword in header:
                delattr(header, keyword)
        for keyword in EMPTIED:
            setattr(header, keyword, "")
        # Studies of people without a number are not those of one person.
        header.PatientID = self.person.patient_id or header.PatientID or str(header.StudyInstanceUID)
        # dicognito keeps an empty name.
        header.PatientName = header.PatientName or str(header.PatientID)
        self._anonymizer.anonymize(header)
        for part in ("Study", "Content"):
            # dicognito shifts a time with its date, and keeps a time that has none.
            if f"{part}Time" in header and not header.get(f"{part}Date"):
                setattr(header, f"{part}Time", "")
        for keyword, uid in uids.items():
            setattr(header, keyword, uid)
        # It replaces even empty numbers.
        header.StudyID = header.AccessionNumber = ""
        header.PatientIdentityRemoved = "YES"
        header.LongitudinalTemporalInformationModified = "MODIFIED"
        header.DeidentificationMethodCodeSequence = Sequence([_code(*method) for method in _METHODS])


def _code(value: str, meaning: str) -> Dataset:
    made = Dataset()
    made.CodeValue, made.CodingSchemeDesignator, made.CodeMeaning = value, "DCM", meaning
    return made
