"""Damaged DICOMDIRs: they open the files beside them, or are refused, and never refer outside their folder."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from mammoview.core.errors import MammoviewError
from mammoview.formats.opening.open_study import open_study
from tests.fuzz import dicom, guarded
from tests.fuzz.mutations import mutated
from tests.support.dicom_files import item

_WORDS = (
    b"\x04\x00\x00\x15CS",
    b"\x04\x00\x20\x12SQ\0\0\xff\xff\xff\xff",
    b"\x04\x00\x30\x14CS\x06\x00IMAGE ",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xfe\xff\xdd\xe0\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"..\\..\\",
    b"/",
    b"\\",
    b"\0",
    b"1.2.840.10008.1.3.10",
)
_PARTS = ("IMAGES", "IM0", "im0", "IM1", "", ".", "..", "/", "/etc/passwd", "A" * 300, "outside.dcm", "a\nb", "é", "*")
_TYPES = ("IMAGE", "PRESENTATION", "SR DOCUMENT", "PATIENT", "", "NONSENSE")


def _written(records: list[Dataset]) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    made = Dataset()
    made.file_meta = meta
    made.DirectoryRecordSequence = Sequence(records)
    with tempfile.TemporaryDirectory() as folder:
        made.save_as(Path(folder) / "DICOMDIR", enforce_file_format=True)
        return (Path(folder) / "DICOMDIR").read_bytes()


@cache
def _sound() -> bytes:
    """Return a DICOMDIR that lists two pictures and a state."""
    listed: list[tuple[str, Any]] = [
        ("IMAGE", ["IMAGES", "IM0"]),
        ("IMAGE", ["IMAGES", "IM1"]),
        ("PRESENTATION", ["IMAGES", "PR0"]),
    ]
    records = [item(DirectoryRecordType=kind, ReferencedFileID=parts) for kind, parts in listed]
    return _written([item(DirectoryRecordType="PATIENT", PatientName="A^B"), *records])


def damaged(number: int, seed: int) -> bytes:
    """Return DICOMDIR number `number` of the run `seed`."""
    chance = random.Random(f"dicomdir-{seed}-{number}")
    if chance.random() < 0.6:
        return mutated(_sound(), chance, _WORDS, len(_sound()))
    records = []
    for _ in range(chance.choice((0, 1, 2, 5, 200))):
        parts = [chance.choice(_PARTS) for _ in range(chance.choice((0, 1, 2, 2, 2, 3, 9)))]
        records.append(item(DirectoryRecordType=chance.choice(_TYPES), ReferencedFileID=parts))
    data = _written(records)
    return mutated(data, chance, _WORDS, len(data)) if chance.random() < 0.3 else data


def make(case: tuple[int, int], folder: Path) -> None:
    """Write a medium with a damaged DICOMDIR, given by its number and the seed of the run, and a file beside it."""
    images = folder / "medium" / "images"
    images.mkdir(parents=True)
    picture, others = dicom.companions()
    (images / "im0").write_bytes(picture)
    (images / "IM1").write_bytes(dicom.sound()[0])
    (images / "pr0").write_bytes(others[0])
    (folder / "outside.dcm").write_bytes(dicom.sound()[2])
    (folder / "medium" / "DICOMDIR").write_bytes(damaged(*case))


def look(folder: Path) -> Counter[str]:
    """Open a case, decode and render its files."""
    path = folder / "medium" / "DICOMDIR"
    counts = dicom.examine(path)
    try:
        studies = open_study(path)
    except MammoviewError:
        return counts
    assert all(path.parent in scan.path.parents for study in studies for scan in study.scans)
    return counts


def run(count: int, seed: int) -> str:
    """Check `count` damaged DICOMDIRs; returns a summary line."""
    return guarded.run(((number, seed) for number in range(count)), make, look)
