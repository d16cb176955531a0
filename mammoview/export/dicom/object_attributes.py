"""Attributes that all kinds of exported DICOM objects have: maker, UIDs, dates."""

from __future__ import annotations

import warnings
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from mammoview.assess.results.assessment import Finding
from mammoview.core.version import __version__
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.source import DicomSource

# highdicom would print names of patients that it rejects.
warnings.filterwarnings("ignore", module=r"highdicom\b")

MAKER = "Mammoview"
_DATED = (
    *(
        f"{name}{part}"
        for name in ("InstanceCreation", "Series", "Content", "PresentationCreation")
        for part in ("Date", "Time")
    ),
    "DateOfSecondaryCapture",
    "TimeOfSecondaryCapture",
    "ContributionDateTime",
)
"""Attributes with the time at which an object was made."""
NOTICE = "For research and education. Not a medical device, not for diagnosis."


def equipment() -> dict[str, Any]:
    """Return the arguments of highdicom's constructors about the program that makes an object."""
    return {
        "manufacturer": MAKER,
        "manufacturer_model_name": MAKER,
        "software_versions": __version__,
        "device_serial_number": "0",
    }


def identifiers(kind: str, number: int, *sources: DicomSource) -> dict[str, Any]:
    """Return the UIDs and numbers of an object of its own series, for highdicom's constructors.

    Parameters
    ----------
    kind
        Kind of the object, such as "SEG".
    number
        Series number.
    sources
        What it is made of: equal content has equal UIDs.
    """
    content = [source.content for source in sources]
    return {
        "series_instance_uid": uid_of("series", kind, __version__, content),
        "series_number": number,
        "sop_instance_uid": uid_of("object", kind, __version__, content),
        "instance_number": 1,
    }


def stamp(made: Dataset, source: DicomSource) -> None:
    """Set the times of an object and its items, shifted as the dates of the study, and UTF-8 as its character set."""
    made.SpecificCharacterSet = "ISO_IR 192"
    day, time = str(source.header.ContentDate), str(source.header.ContentTime)

    def dated(item: Dataset, element: DataElement) -> None:
        if element.keyword in _DATED:
            item[element.tag].value = {"DA": day, "TM": time, "DT": day + time}[element.VR]

    made.walk(dated)


def tracking_uid(source: DicomSource, column: float, row: float) -> UID:
    """Return the Tracking UID of the mark at a place: the same in every object, of the models and of the reader."""
    return uid_of("mark", str(source.uid), round(column, 2), round(row, 2))


def tracking_name(source: DicomSource, finding: Finding) -> str:
    """Return how a finding is named in every object, and that it is a cluster of bright spots where it is."""
    return f"{source.scan.name} {finding.rank}{', cluster of bright spots' if finding.cluster else ''}"
