"""Type of a single file, by its first bytes and then by its name."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from mammoview.core.errors import UnreadableError
from mammoview.formats.common import file_io, file_names
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.datasets import ddsm, mini_mias
from mammoview.formats.dicom import dicom_reader
from mammoview.formats.dicom.lesion_files import LesionFile
from mammoview.formats.dicom.referenced_images import ReferringObject
from mammoview.formats.image import image_reader, pgm
from mammoview.formats.opening import sidecars
from mammoview.formats.opening.gathered_scans import GatheredScans


class FileType(Enum):
    """Type of a file."""

    DICOM = auto()
    DICOMDIR = auto()
    PICTURE = auto()
    ZIP = auto()
    ICS = auto()
    OVERLAY = auto()
    LJPEG = auto()
    OTHER = auto()


_PICTURES = (b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\xff\xd8\xff")
_LOSSLESS_JPEG = b"\xff\xd8\xff\xc3"


def kind_of(path: Path) -> FileType:
    """Return the type of a file. Raises UnreadableError when it is empty or cannot be read."""
    head = file_io.head(path)
    named = (
        (ddsm.ICS, FileType.ICS),
        (ddsm.OVERLAY, FileType.OVERLAY),
        (ddsm.LJPEG, FileType.LJPEG),
    )
    for pattern, kind in named:
        if pattern.search(path.name):
            return kind
    if head[128:132] == b"DICM":
        return FileType.DICOMDIR if dicom_reader.DIRECTORY_CLASS.encode() in head[:512] else FileType.DICOM
    if head.startswith(_LOSSLESS_JPEG):
        return FileType.LJPEG
    if head.startswith(_PICTURES) or (head[:2] in pgm.MAGIC and head[2:3].isspace()):
        return FileType.PICTURE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or path.suffix.lower() == ".zip":
        return FileType.ZIP
    if dicom_reader.is_dicom(path, head):
        return FileType.DICOM
    return FileType.PICTURE if path.suffix.lower() in file_names.PICTURE_SUFFIXES else FileType.OTHER


def gather_file(path: Path, kind: FileType, gathered: GatheredScans) -> None:
    """Add the scan of a file; for an .ics or .OVERLAY, all scans of the DDSM case.

    Raises
    ------
    MammoviewError
        When it cannot be opened.
    """
    if kind is FileType.DICOM:
        read = dicom_reader.read_dicom(path)
        if isinstance(read, ReferringObject):
            gathered.referring.append(read)
        elif isinstance(read, LesionFile):
            gathered.lesions.append(read)
        else:
            gathered.found.append(read)
    elif kind in (FileType.ICS, FileType.OVERLAY, FileType.LJPEG):
        ics = path if kind is FileType.ICS else ddsm.ics_beside(path)
        if ics is None and kind is FileType.LJPEG:
            gathered.found.append(ddsm.read_alone(path))
            return
        if ics is None:
            what = "the .ics file of its case is not beside it"
            raise UnreadableError(what, "Open the folder of the whole case", path)
        found, errors = ddsm.read_case(ddsm.open_folder(ics))
        if not found:
            raise errors[0]
        gathered.found += found
        gathered.refused += [(ics.parent, str(error)) for error in errors]
    elif kind is FileType.PICTURE:
        gathered.found.append(_read_picture(path))
    else:
        raise UnreadableError(
            "it is not a picture of a kind that is read", "Give DICOM, PNG, TIFF, PGM, JPEG or a zip of them", path
        )


def _read_picture(path: Path) -> FoundScan:
    """Read a picture, with the facts of its data set where it belongs to one."""
    if mini_mias.NAME.fullmatch(path.stem):
        return mini_mias.read_image(path)
    for one in _case_beside(path):
        if one.scan.path == path:
            return one
    sidecars.check_drawing(path)
    return image_reader.read_image(path)


def _case_beside(path: Path) -> list[FoundScan]:
    """Return the scans of the DDSM case to which a picture belongs; a damaged .ics must not hide the picture."""
    ics = ddsm.ics_beside(path)
    if ics is None:
        return []
    try:
        return ddsm.read_case(ddsm.open_folder(ics))[0]
    except UnreadableError:
        return []
