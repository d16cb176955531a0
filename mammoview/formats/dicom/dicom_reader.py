"""Reader of DICOM files: headers are read at once, pixels on access."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydicom.dataset import Dataset

from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.formats.common import file_io, file_names, outline_files
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.dicom import decode, overlay_planes, pixel_data_check, view
from mammoview.formats.dicom.grey_attributes import frame_windows, read_grey
from mammoview.formats.dicom.header_facts import read_facts, read_identity
from mammoview.formats.dicom.lesion_files import LesionFile, lesion_file
from mammoview.formats.dicom.referenced_images import ReferringObject, referring_object
from mammoview.formats.dicom.values import integer, middle, word
from mammoview.study.patient_orientation import contradicts
from mammoview.study.scan import FrameStack, Laterality, Projection, Scan

SUFFIXES = (".dcm", ".dicom", ".ima")
DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
"""SOP class of a DICOMDIR."""

_MAMMOGRAPHY_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.1.2",
    "1.2.840.10008.5.1.4.1.1.1.2.1",
    *view.TOMOSYNTHESIS_CLASSES,
)
_RELATIVES = ("CR", "DX", "RG", "OT", "SC", "")
"""Modalities that mammograms have in old files."""
_LAST_FIRST = 0x0018
"""No data set with a picture begins after SOP Instance UID."""
_COPY_AGAIN = "Copy it again from where it came from"
_OWN_MODEL = "Mammoview"
"""Manufacturer's Model Name of the secondary captures that this program exports."""
_GIVE_MAMMOGRAM = "Give a mammogram (modality MG)"


def is_dicom(path: Path, head: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, or its name says so.

    Old files have no Part 10 header: they begin with a short element of group 0008, with or without its VR.
    """
    first, element, length = head[:2], int.from_bytes(head[2:4], "little"), int.from_bytes(head[4:8], "little")
    bare = len(head) > 8 and first == b"\x08\0" and element <= _LAST_FIRST and (length <= 64 or head[4:6].isupper())
    return head[128:132] == b"DICM" or path.suffix.lower() in SUFFIXES or bare


def read_header(path: Path) -> tuple[Dataset, int]:
    """Read the header up to the pixels; returns it and the offset at which it ends.

    Raises
    ------
    UnreadableError
        When it is no DICOM file, or its header is damaged.
    """
    file_io.file_size(path)
    try:
        header, position = pixel_data_check.read_to_pixels(path)
    except MammoviewError:
        raise
    except Exception as error:  # pydicom raises various exceptions on damaged files, including OSError.
        if isinstance(error, OSError) and error.errno is not None:
            raise file_io.refused_by_system(path, error) from error
        raise UnreadableError("the DICOM header is damaged", _COPY_AGAIN, path) from error
    # A DICOMDIR has its SOP class in the meta information alone.
    identified = any(word(header, keyword) for keyword in ("SOPClassUID", "Modality", "Rows"))
    if not identified and "DirectoryRecordSequence" not in header:
        raise UnreadableError("it is not a DICOM file, or its header is cut short", _COPY_AGAIN, path)
    return header, position


def read_dicom(path: Path) -> FoundScan | ReferringObject | LesionFile:
    """Read the header of a DICOM file: a mammogram, or an object that refers to mammograms.

    Raises
    ------
    NotAMammogramError
        When it is readable but not a mammogram; the message names the modality.
    UnreadableError
        When it is damaged or cut short.
    """
    header, position = read_header(path)
    beside = referring_object(path, header, position) or lesion_file(path, header)
    if beside is not None:
        return beside
    notes = _check_mammogram(header, path)
    rows, columns = held_size(path, header, position)
    sign = pixel_data_check.sign_warning(path, header, position)
    return _found(path, header, rows, columns, [*notes, *([sign] if sign else [])])


def held_size(path: Path, header: Dataset, position: int) -> tuple[int, int]:
    """Return rows and columns of the picture after a header that ends at byte `position`.

    Raises
    ------
    UnreadableError
        When there is no picture, it is too large, or the file is truncated.
    """
    rows, columns = integer(header, "Rows") or 0, integer(header, "Columns") or 0
    if rows <= 0 or columns <= 0:
        raise UnreadableError("it is cut short, or holds no picture: rows and columns are missing", _COPY_AGAIN, path)
    file_io.check_size(rows, columns, path, integer(header, "SamplesPerPixel") or 1)
    bits = integer(header, "BitsAllocated") or 16
    if bits not in (1, 8, 16, 32):
        raise UnreadableError(f"it gives {bits} bits to each pixel, which no mammogram has", _COPY_AGAIN, path)
    pixel_data_check.check_held(path, header, position)
    return rows, columns


def _found(path: Path, header: Dataset, rows: int, columns: int, notes: list[str]) -> FoundScan:
    """Make the scan of a header."""
    laterality, projection, view_warnings = _view(path, header)
    orientation, turned = view.patient_orientation(header)
    if orientation is not None and contradicts(laterality, projection, orientation):
        stated = "\\".join(orientation)
        turned.append(
            f"the patient orientation {stated} is that of the other breast: the side {laterality} is believed"
        )
        along_row, down = ("".join(letter for letter in way if letter not in "LR") for way in orientation)
        orientation = along_row, down
    spacing, spacing_warnings = view.spacing(header)
    grey, grey_warnings = read_grey(header)
    facts = read_facts(header)
    known = outline_files.OutlineFileContents(outline_files.bundled_outlines(word(header, "SOPInstanceUID")))
    drawn = (known + outline_files.beside(path)).within(rows, columns)
    cbis = view.CBIS.fullmatch(word(header, "PatientID"))
    if cbis:
        facts["data set"] = "CBIS-DDSM"
    planes, plane_warnings = overlay_planes.read_planes(
        header, rows, columns, partial(decode.decode_bit, path, rows, columns)
    )
    frames = pixel_data_check.frame_count(header)
    read = partial(decode.decode, path, rows, columns)
    word_for_one = "slice" if view.is_tomosynthesis(header) else "frame"
    scan = Scan(
        path=path,
        rows=rows,
        columns=columns,
        read=read,
        stack=FrameStack(frames, read, word_for_one, frame_windows(header)) if frames > 1 else None,
        frame=middle(frames),
        laterality=laterality,
        projection=projection,
        spacing=spacing,
        orientation=orientation,
        grey=grey,
        outlines=drawn.outlines,
        annotations=drawn.annotations,
        marks=planes,
        facts=facts,
        warnings=[
            *view_warnings,
            *notes,
            *turned,
            *spacing_warnings,
            *grey_warnings,
            *_flags(header, facts),
            *plane_warnings,
            *drawn.warnings,
        ],
        patient=cbis["patient"].upper() if cbis else word(header, "PatientID") or word(header, "PatientName"),
        identity=read_identity(header, cbis["patient"].upper() if cbis else ""),
    )
    # Every view of CBIS-DDSM has a Study Instance UID of its own; the woman's number groups them.
    study = ("CBIS-DDSM", scan.patient) if cbis else _study(path, header)
    return FoundScan(scan, study, facts.get("date", ""))


def _study(path: Path, header: Dataset) -> tuple[str, ...]:
    return ("DICOM", word(header, "StudyInstanceUID") or str(path.parent), word(header, "PatientID"))


def _check_mammogram(header: Dataset, path: Path) -> list[str]:
    """Refuse other kinds of images; return a warning where the header does not identify a mammogram."""
    modality, sop_class = word(header, "Modality").upper(), word(header, "SOPClassUID")
    if any(code in view.SPECIMEN_CODES for code in view.view_codes(header)):
        raise NotAMammogramError("it shows a tissue specimen", _GIVE_MAMMOGRAM, path)
    if modality == "OT" and word(header, "ManufacturerModelName") == _OWN_MODEL:
        what = "it is an annotated picture that this program made of a mammogram"
        raise NotAMammogramError(what, "Open the mammogram itself", path)
    if modality == "MG" or sop_class in _MAMMOGRAPHY_CLASSES:
        return []
    if modality not in _RELATIVES:
        raise NotAMammogramError(f"its modality is {modality}, not mammography", _GIVE_MAMMOGRAM, path)
    part, position = word(header, "BodyPartExamined").upper(), word(header, "ViewPosition").upper()
    if "BREAST" in part or "MAMM" in part or view.projection(header):
        return []
    if part or position:
        raise NotAMammogramError(
            f"its modality is {modality or 'not given'} and it shows {part or f'a view {position}'}, not a breast",
            _GIVE_MAMMOGRAM,
            path,
        )
    return [f"modality {modality or 'not given'}: nothing in the header says that it is a mammogram"]


def _view(path: Path, header: Dataset) -> tuple[Laterality | None, Projection | None, list[str]]:
    """Side and projection of the header, else of the file name; warnings about guesses and contradictions."""
    laterality, projection = view.laterality(header), view.projection(header)
    parsed = file_names.read_name(path.name)
    warnings = [line for line in (view.side_warning(header),) if line]
    for what, of_header, of_name in (
        ("side", laterality, parsed.laterality),
        ("projection", projection, parsed.projection),
    ):
        if of_name is None or of_header is of_name:
            continue
        if of_header is None:
            warnings.append(f"the header has no {what}: {of_name} is taken from the file name")
        else:
            warnings.append(f"the file name says {of_name}, the header {of_header}: the header is believed")
    laterality, projection = laterality or parsed.laterality, projection or parsed.projection
    return laterality, projection, [*file_names.unknown(laterality, projection), *warnings]


def _flags(header: Dataset, facts: dict[str, str]) -> list[str]:
    """Warnings about acquisition, processing, and the part of the file that is shown."""
    frames, samples = pixel_data_check.frame_count(header), integer(header, "SamplesPerPixel") or 1
    flags = []
    if frames > 1:
        one = "slice" if view.is_tomosynthesis(header) else "frame"
        flags.append(f"{frames} {one}s: one at a time is shown and assessed, first number {middle(frames) + 1}")
    if samples > 1 or word(header, "PhotometricInterpretation").upper() == "PALETTE COLOR":
        flags.append("colour picture: read as grey")
    if "lossy" in facts:
        flags.append(f"lossy compression ({facts['lossy']}): fine detail may be lost")
    if "burned-in" in facts:
        flags.append("burned-in text: the picture itself may name the patient")
    return flags
