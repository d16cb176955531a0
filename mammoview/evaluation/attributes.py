"""DICOM attributes of scans by which figures are split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.evaluation_tables import TABLES
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.opening.file_type import FileType, kind_of
from mammoview.study.scan import Scan

_PLAIN = frozenset({"AS", "CS", "DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"})
"""Value representations of numbers, ages and words of a fixed list: none of them names somebody."""
_TEXTS = frozenset({"LO", "LT", "SH", "ST", "UC", "UR", "UT"})
_NAMES = frozenset({"DA", "DT", "PN", "TM", "UI"})
_OF_DEVICES = frozenset(
    {
        "AcquisitionDeviceProcessingCode", "AcquisitionDeviceProcessingDescription", "DetectorManufacturerModelName",
        "DetectorManufacturerName", "Manufacturer", "ManufacturerModelName", "SecondaryCaptureDeviceManufacturer",
        "SecondaryCaptureDeviceManufacturerModelName", "SoftwareVersions", "StationName",
    }
)  # fmt: skip
"""Texts that are of the device; all others may hold anything."""


_TAG = re.compile(r"\(?([0-9a-f]{4}),? ?([0-9a-f]{4})\)?", re.IGNORECASE)
_LONGEST = 64
"""Most signs of a value."""


def attribute_name(word: str) -> str:
    """Return the keyword of an attribute that is given by it or by its tag, such as "0018,0060" for KVP.

    One without a keyword, such as that of a manufacturer, is called by its tag.
    """
    match = _TAG.fullmatch(word.strip())
    if match is None:
        return word
    return keyword_for_tag(int("".join(match.groups()), 16)) or ",".join(match.groups()).upper()


def _is_private(name: str) -> bool:
    """Whether an attribute is of a manufacturer: of an odd group."""
    match = _TAG.fullmatch(name)
    return match is not None and int(match[1], 16) % 2 == 1


def check_keywords(keywords: Sequence[str], keep_identity: bool = False) -> None:
    """Check the attributes by which figures are to be split, as `attribute_name` calls them.

    Raises
    ------
    MammoviewError
        When a keyword is unknown, is a column already, holds no word or number, or may name somebody (all names,
        days, UIDs and texts but those of devices) although the identity is not kept.
    """
    for keyword in keywords:
        if _is_private(keyword):
            if not keep_identity:
                raise MammoviewError(f"{keyword} may identify the patient", "Leave it out, or add --keep-identity")
            continue
        tag = tag_for_keyword(keyword) if keyword else None
        if tag is None or dictionary_VR(tag) not in _PLAIN | _TEXTS | _NAMES:
            raise MammoviewError(
                f"{keyword!r} is no DICOM attribute of one word or number",
                "Give a keyword such as KVP or StationName, or a tag such as 0018,0060",
            )
        if any(keyword == column.name for columns in TABLES.values() for column in columns):
            raise MammoviewError(f"{keyword} is a column of the tables already", "Leave it out")
        if dictionary_VR(tag) not in _PLAIN and keyword not in _OF_DEVICES and not keep_identity:
            raise MammoviewError(f"{keyword} may identify the patient", "Leave it out, or add --keep-identity")


def attributes_of(scan: Scan, keywords: Sequence[str]) -> dict[str, str]:
    """Return attributes of the header by keyword; empty where the file has none or is no DICOM file."""
    found = dict.fromkeys(keywords, "")
    file = scan.file or scan.path
    with suppress(MammoviewError):  # that it cannot be read is reported where it is assessed
        if keywords and kind_of(file) is FileType.DICOM:
            header, _ = read_header(file)
            found |= {keyword: _word(_value(header, keyword)) for keyword in keywords}
    return found


def _value(header: Dataset, name: str) -> object:
    match = _TAG.fullmatch(name)
    if match is None:
        return header.get(name)
    element = header.get(int("".join(match.groups()), 16))
    return None if element is None else element.value


def _word(value: object) -> str:
    values = value if isinstance(value, MultiValue) else [value]
    texts = [
        one.decode("latin-1").strip("\0") if isinstance(one, bytes) else str(one) for one in values if one is not None
    ]
    return "/".join(" ".join(text.split()) for text in texts)[:_LONGEST]
