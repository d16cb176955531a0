"""Checks that a DICOM file contains the picture its header describes, before memory is allocated."""

from __future__ import annotations

import struct
import zlib
from io import FileIO
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filereader import read_dataset, read_preamble
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from mammoview.core.errors import UnreadableError
from mammoview.formats.common import file_io
from mammoview.formats.common.zip_files import Member
from mammoview.formats.dicom.codestream import picture_shape, precision
from mammoview.formats.dicom.limits import BoundedBytes, BoundedFile
from mammoview.formats.dicom.values import integer, word

MAX_FRAMES = 2000
"""Most frames of a file; a tomosynthesis has about one per millimetre of breast."""
MAX_INFLATED_BYTES = 1 << 29
_MAX_HEADER_BYTES = 1 << 26
_START_BYTES = 65536
_COUNTED_BYTES = 1 << 20
MOST_FRAGMENTS = 500_000
_PIXEL_DATA = (0x7FE00008, 0x7FE00009, 0x7FE00010)
"""Float Pixel Data, Double Float Pixel Data, Pixel Data."""
_OTHER_SIZE = "its pixels do not have the size its header promises"
_COPY_AGAIN = "Copy it again from where it came from"


def transfer_syntax(header: Dataset) -> UID:
    """Return the transfer syntax; for files without a Part 10 header, the one that pydicom guessed."""
    syntax = word(getattr(header, "file_meta", Dataset()), "TransferSyntaxUID")
    if syntax:
        return UID(syntax)
    implicit, little = header.original_encoding
    if little is False:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def read_to_pixels(path: Path) -> tuple[Dataset, int]:
    """Read a header; returns it and the byte at which it ends, for a deflated file that of the inflated data set.

    Raises
    ------
    UnreadableError
        When its deflated data are damaged.
    Exception
        Whatever pydicom raises on damaged files.
    """
    # pydicom would inflate the whole file to read its header.
    if DeflatedExplicitVRLittleEndian.encode() in file_io.part(path, 0, 2048):
        header, inflated = read_inflated(path, whole=False)
        return header, inflated.tell()
    # pydicom needs the file name as text for deferred reads.
    with BoundedFile(path.archive.stream(path) if isinstance(path, Member) else FileIO(str(path))) as file:
        header = dcmread(file, stop_before_pixels=True, force=True, defer_size="1 MB")
        if isinstance(path, Member):
            # Long values are read on access, by pydicom from a name or, as here, from a stream.
            header.filename, header.buffer = None, path.unopened()
        return header, file.tell()


def read_inflated(path: Path, whole: bool) -> tuple[Dataset, BoundedBytes]:
    """Read the header of a deflated file; returns it and the inflated data set, positioned at its pixel data.

    Parameters
    ----------
    path
        File of the deflated transfer syntax.
    whole
        Whether to inflate the pixels too; without them at most 64 MiB are inflated, enough for any header.

    Raises
    ------
    UnreadableError
        When it inflates past 512 MiB, the limit on memory, or is damaged.
    """
    most = MAX_INFLATED_BYTES if whole else _MAX_HEADER_BYTES
    meta = _meta(path)
    packed = _deflated(path, meta)
    try:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
    except zlib.error as error:
        raise UnreadableError("its deflated data are damaged", _COPY_AGAIN, path) from error
    if whole and len(data) > most:
        raise _inflates_too_far(path)
    source = BoundedBytes(data)
    read = read_dataset(source, False, True, stop_when=lambda tag, _vr, _length: tag in _PIXEL_DATA)
    header = FileDataset(path, read, file_meta=meta, is_implicit_VR=False, is_little_endian=True)
    return header, source


def _inflates_too_far(path: Path) -> UnreadableError:
    what = f"its deflated data unpack to more than {MAX_INFLATED_BYTES >> 20} MiB"
    return UnreadableError(what, "Convert it to an uncompressed file", path)


def frame_count(header: Dataset) -> int:
    """Return the number of frames by the header."""
    return max(1, integer(header, "NumberOfFrames") or 1)


def check_held(path: Path, header: Dataset, position: int) -> None:
    """Check that pixel data start at byte `position` and that the file contains all their frames.

    Raises
    ------
    UnreadableError
        When there are none, or fewer bytes or fragments than the frames take, or more frames than any stack has.
    """
    syntax = transfer_syntax(header)
    if not syntax.is_transfer_syntax:
        raise UnreadableError(f"its transfer syntax {syntax} is not known", "Convert it to an uncompressed file", path)
    frames = frame_count(header)
    if frames > MAX_FRAMES:
        what = f"its header promises {frames} frames, at most {MAX_FRAMES} are read"
        raise UnreadableError(what, "Check where the file comes from, or split it", path)
    if syntax == DeflatedExplicitVRLittleEndian:
        _check_inflated(path, position + 12, frames * _frame_bytes(header))
        return
    size = file_io.file_size(path)
    endian = ">" if syntax == ExplicitVRBigEndian else "<"
    start = file_io.part(path, position, 12)
    explicit = not header.original_encoding[0]
    if len(start) < (12 if explicit else 8) or struct.unpack(f"{endian}HH", start[:4]) != (0x7FE0, 0x0010):
        what = "it is cut short, or holds no picture: no pixel data follow its header"
        raise UnreadableError(what, _COPY_AGAIN, path)
    body = position + (12 if explicit else 8)
    length = struct.unpack(f"{endian}L", start[8:12] if explicit else start[4:8])[0]
    if syntax.is_compressed:
        _check_frames(path, frames, _check_fragments(path, body, size, header))
        return
    held = min(size - body, length)
    promised = _frame_bytes(header)
    if held < promised:
        raise UnreadableError(
            f"it is cut short: its header promises {promised} bytes of pixels, {held} are there", _COPY_AGAIN, path
        )
    _check_frames(path, frames, held // max(1, promised))


def sign_warning(path: Path, header: Dataset, position: int) -> str:
    """Return a warning when a JPEG 2000 picture and its header, which ends at `position`, differ in signedness.

    Empty when it does not. Raises UnreadableError.
    """
    if transfer_syntax(header) not in (JPEG2000Lossless, JPEG2000):
        return ""
    body = position + (8 if header.original_encoding[0] else 12)
    table = file_io.part(path, body, 8)
    first = body + 8 + int.from_bytes(table[4:8], "little")
    coded = precision(file_io.part(path, first, _START_BYTES))
    signed = integer(header, "PixelRepresentation") == 1
    if coded is None or coded[1] is signed:
        return ""
    own, stated = ("signed", "unsigned") if coded[1] else ("unsigned", "signed")
    return f"its JPEG 2000 values are {own}, the header says {stated}: the header is believed, and greys may be wrong"


def _check_inflated(path: Path, start: int, promised: int) -> None:
    """Check that deflated data inflate to that many bytes of pixels after byte `start`; keeps none."""
    if promised > MAX_INFLATED_BYTES:
        raise _inflates_too_far(path)
    inflater, held = zlib.decompressobj(-zlib.MAX_WBITS), -start
    packed = _deflated(path, _meta(path))
    try:
        while held < promised and not inflater.eof:
            part = inflater.decompress(packed, _COUNTED_BYTES)
            packed = inflater.unconsumed_tail
            held += len(part)
            if not part and not packed:
                break
    except zlib.error as error:
        raise UnreadableError("its deflated data are damaged", _COPY_AGAIN, path) from error
    if held < promised:
        what = f"it is cut short: its header promises {promised} bytes of pixels, {max(0, held)} are there"
        raise UnreadableError(what, _COPY_AGAIN, path)


def _meta(path: Path) -> FileMetaDataset:
    """Read the meta information alone."""
    with path.open("rb") as file:
        read_preamble(file, False)
        return FileMetaDataset(read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2))


def _deflated(path: Path, meta: FileMetaDataset) -> bytes:
    """Return the deflated data set of a file."""
    # Preamble, "DICM" and the group length's own element come before the group that it counts.
    return file_io.part(path, 144 + int(meta.FileMetaInformationGroupLength), file_io.file_size(path))


def _check_frames(path: Path, promised: int, held: int) -> None:
    if held < promised:
        what = f"it is cut short: its header promises {promised} frames, {held} are there"
        raise UnreadableError(what, _COPY_AGAIN, path)


def _frame_bytes(header: Dataset) -> int:
    """Bytes of one uncompressed frame."""
    samples = integer(header, "SamplesPerPixel") or 1
    pixels = (integer(header, "Rows") or 0) * (integer(header, "Columns") or 0)
    return (pixels * samples * (integer(header, "BitsAllocated") or 16) + 7) // 8


def _check_fragments(path: Path, start: int, size: int, header: Dataset) -> int:
    """Return the number of fragments (PS3.5 A.4).

    The size in each codestream is compared with the header's, since a decoder allocates memory for the former.
    """
    position, fragments = start, 0
    wanted = _shape(header)
    try:
        with path.open("rb") as file:
            while True:
                file.seek(position)
                tag = file.read(8)
                if len(tag) < 8 or tag[:4] != b"\xfe\xff\x00\xe0":
                    break
                length = int.from_bytes(tag[4:], "little")
                if fragments >= 1 and picture_shape(file.read(min(length, _START_BYTES))) not in (None, wanted):
                    raise UnreadableError(_OTHER_SIZE, _COPY_AGAIN, path)
                position += 8 + length
                fragments += 1
                if fragments > MOST_FRAGMENTS:
                    what = f"its compressed pixels are in more than {MOST_FRAGMENTS} pieces"
                    raise UnreadableError(what, _COPY_AGAIN, path)
    except OSError as error:
        raise file_io.refused_by_system(path, error) from error
    # The first item is the offset table, which may be empty. A missing end mark is harmless.
    if position > size or fragments < 2:
        raise UnreadableError("it is cut short: its compressed pixels end too early", _COPY_AGAIN, path)
    return fragments - 1


def check_shape(encoded: bytes, header: Dataset) -> None:
    """Check that a codestream has the size of the DICOM header. Raises ValueError."""
    if picture_shape(encoded) != _shape(header):
        raise ValueError(_OTHER_SIZE)


def _shape(header: Dataset) -> tuple[int | None, int | None, int]:
    return integer(header, "Rows"), integer(header, "Columns"), integer(header, "SamplesPerPixel") or 1
