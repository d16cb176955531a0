"""DICOM attributes of scans that figures are told by."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.multival import MultiValue

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.tables import TABLES
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.study.scan import Scan

_PLAIN = frozenset(
    {"AS", "CS", "DS", "FD", "FL", "IS", "LO", "SH", "SL", "SS", "UC", "UL", "UR", "US", "ST", "LT", "UT"}
)
"""Value representations that are a word or a number, and neither a name, a day nor a UID."""
_OF_PERSONS = ("Patient", "Other", "Accession", "StudyID", "Physician", "Operator", "Requesting", "Person", "Admission")
"""Parts of keywords that may name somebody."""
_HARMLESS = frozenset({"PatientAge", "PatientSex", "PatientSize", "PatientWeight", "PatientOrientation"})


def check_keywords(keywords: Sequence[str], keep_identity: bool = False) -> None:
    """Check the attributes that figures are to be told by.

    Raises
    ------
    MammoviewError
        When a keyword is unknown, is a column already, holds no word or number, or may name somebody although the
        identity is not kept.
    """
    for keyword in keywords:
        tag = tag_for_keyword(keyword) if keyword else None
        if tag is None or dictionary_VR(tag) not in _PLAIN | {"PN", "DA", "TM", "DT", "UI"}:
            raise MammoviewError(
                f"{keyword!r} is no DICOM attribute of one word or number", "Give a keyword such as KVP or StationName"
            )
        if any(keyword == column.name for columns in TABLES.values() for column in columns):
            raise MammoviewError(f"{keyword} is a column of the tables already", "Leave it out")
        names = dictionary_VR(tag) not in _PLAIN or any(part in keyword for part in _OF_PERSONS)
        if names and keyword not in _HARMLESS and not keep_identity:
            raise MammoviewError(f"{keyword} may tell who the patient is", "Leave it out, or add --keep-identity")


def attributes_of(scan: Scan, keywords: Sequence[str]) -> dict[str, str]:
    """Return attributes of the header by keyword; empty where the file has none or is no DICOM file."""
    found = dict.fromkeys(keywords, "")
    file = scan.file or scan.path
    with suppress(MammoviewError):  # that it cannot be read is told where it is assessed
        if keywords and kind_of(file) is FileType.DICOM:
            header, _ = read_header(file)
            found |= {keyword: _word(header.get(keyword)) for keyword in keywords}
    return found


def _word(value: object) -> str:
    values = value if isinstance(value, MultiValue) else [value]
    return "/".join(" ".join(str(one).split()) for one in values if one is not None)
