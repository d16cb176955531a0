"""What a single file is, by its first bytes and only then by its name."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from mammoview.core.errors import UnreadableError
from mammoview.formats.common import file_io as files
from mammoview.formats.common.found import Found
from mammoview.formats.datasets import ddsm, mini_mias
from mammoview.formats.dicom import reader as dicom
from mammoview.formats.dicom.lesion_files import LesionFileError
from mammoview.formats.dicom.referenced_images import ReferringError
from mammoview.formats.image import pgm
from mammoview.formats.image import reader as images
from mammoview.formats.opening import sidecars
from mammoview.formats.opening.gathered import Gathered


class Kind(Enum):
    """What a file is."""

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


def kind_of(path: Path) -> Kind:
    """Return what a file is. Raises UnreadableError when it is empty or cannot be read."""
    head = files.head(path)
    named = (
        (ddsm.ICS, Kind.ICS),
        (ddsm.OVERLAY, Kind.OVERLAY),
        (ddsm.LJPEG, Kind.LJPEG),
    )
    for pattern, kind in named:
        if pattern.search(path.name):
            return kind
    if head[128:132] == b"DICM":
        return Kind.DICOMDIR if dicom.DIRECTORY_CLASS.encode() in head[:512] else Kind.DICOM
    if head.startswith(_LOSSLESS_JPEG):
        return Kind.LJPEG
    if head.startswith(_PICTURES) or (head[:2] in pgm.MAGIC and head[2:3].isspace()):
        return Kind.PICTURE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or path.suffix.lower() == ".zip":
        return Kind.ZIP
    if dicom.is_dicom(path, head):
        return Kind.DICOM
    return Kind.PICTURE if path.suffix.lower() in images.SUFFIXES else Kind.OTHER


def gather_file(path: Path, kind: Kind, gathered: Gathered) -> None:
    """Add the scan of a file, or for the texts of a DDSM case all scans of the case.

    Raises
    ------
    MammoviewError
        When it cannot be opened.
    """
    if kind is Kind.DICOM:
        try:
            gathered.found.append(dicom.read_dicom(path))
        except ReferringError as error:
            gathered.referring.append(error.referring)
        except LesionFileError as lesion:
            gathered.lesions.append(lesion)
    elif kind in (Kind.ICS, Kind.OVERLAY, Kind.LJPEG):
        ics = path if kind is Kind.ICS else ddsm.ics_beside(path)
        if ics is None and kind is Kind.LJPEG:
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
    elif kind is Kind.PICTURE:
        gathered.found.append(_read_picture(path))
    else:
        raise UnreadableError(
            "it is not a picture of a kind that is read", "Give DICOM, PNG, TIFF, PGM, JPEG or a zip of them", path
        )


def _read_picture(path: Path) -> Found:
    """Read a picture, as one of a data set where a data set tells more about it."""
    if mini_mias.NAME.fullmatch(path.stem):
        return mini_mias.read_image(path)
    for one in _case_beside(path):
        if one.scan.path == path:
            return one
    sidecars.check_drawing(path)
    return images.read_image(path)


def _case_beside(path: Path) -> list[Found]:
    """Return the scans of the DDSM case to which a picture belongs; a damaged .ics must not hide the picture."""
    ics = ddsm.ics_beside(path)
    if ics is None:
        return []
    try:
        return ddsm.read_case(ddsm.open_folder(ics))[0]
    except UnreadableError:
        return []
