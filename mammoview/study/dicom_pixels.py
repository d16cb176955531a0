"""Decoding of DICOM pixel data, and the check that a file holds what its header promises."""

from __future__ import annotations

import struct
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGExtended12Bit,
    RLELossless,
)

from mammoview.errors import UnreadableError
from mammoview.study import files
from mammoview.study.codestream import picture_size
from mammoview.study.dicom_values import integer, word

_FASTEST = {RLELossless: "pylibjpeg", JPEG2000: "pylibjpeg", JPEG2000Lossless: "pylibjpeg"}
"""Decoder that took least time on 4664 x 3064 pixels: RLE 0.10 s against 0.31 s, JPEG 2000 0.6 s against 0.8 s."""
_LUMA = np.array([0.299, 0.587, 0.114])
_COPY_AGAIN = "Copy it again from where it came from"
_MAX_INFLATED_BYTES = 1 << 30
_START_BYTES = 65536


def transfer_syntax(header: Dataset) -> UID:
    """Return the transfer syntax; for files without a Part 10 header, the one that pydicom guessed."""
    said = word(getattr(header, "file_meta", Dataset()), "TransferSyntaxUID")
    if said:
        return UID(said)
    implicit, little = header.original_encoding
    if little is False:
        return ExplicitVRBigEndian
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian


def check_inflated(path: Path, start: int) -> None:
    """See that a deflated data set, which starts at that byte, does not inflate past 1 GiB. Raises UnreadableError."""
    inflater, count = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        with path.open("rb") as file:
            file.seek(start)
            for piece in iter(partial(file.read, 1 << 20), b""):
                rest = piece
                while rest and count <= _MAX_INFLATED_BYTES:
                    count += len(inflater.decompress(rest, 1 << 24))
                    rest = inflater.unconsumed_tail
    except OSError as error:
        raise files.refused_by_system(path, error) from error
    except zlib.error as error:
        raise UnreadableError("its deflated data are damaged", _COPY_AGAIN, path) from error
    if count > _MAX_INFLATED_BYTES:
        raise UnreadableError("its deflated data unpack to more than 1 GiB", "Check where the file comes from", path)


def check_held(path: Path, header: Dataset, position: int) -> None:
    """See that pixel data start at byte `position` and that the file holds them to the end.

    Raises
    ------
    UnreadableError
        When there are none, or fewer bytes than one frame takes or than a fragment promises.
    """
    syntax = transfer_syntax(header)
    if not syntax.is_transfer_syntax:
        raise UnreadableError(f"its transfer syntax {syntax} is not known", "Convert it to an uncompressed file", path)
    if syntax == DeflatedExplicitVRLittleEndian:
        return  # Positions are those of the inflated data; decoding tells.
    size = files.file_size(path)
    endian = ">" if syntax == ExplicitVRBigEndian else "<"
    start = files.part(path, position, 12)
    explicit = not header.original_encoding[0]
    if len(start) < (12 if explicit else 8) or struct.unpack(f"{endian}HH", start[:4]) != (0x7FE0, 0x0010):
        what = "it is cut short, or holds no picture: no pixel data follow its header"
        raise UnreadableError(what, _COPY_AGAIN, path)
    body = position + (12 if explicit else 8)
    length = struct.unpack(f"{endian}L", start[8:12] if explicit else start[4:8])[0]
    if syntax.is_compressed:
        _check_fragments(path, body, size, header)
        return
    held = min(size - body, length)
    promised = _frame_bytes(header)
    if held < promised:
        raise UnreadableError(
            f"it is cut short: its header promises {promised} bytes of pixels, {held} are there", _COPY_AGAIN, path
        )


def _frame_bytes(header: Dataset) -> int:
    """Bytes of one uncompressed frame."""
    samples = integer(header, "SamplesPerPixel") or 1
    pixels = (integer(header, "Rows") or 0) * (integer(header, "Columns") or 0)
    return (pixels * samples * (integer(header, "BitsAllocated") or 16) + 7) // 8


def _check_fragments(path: Path, start: int, size: int, header: Dataset) -> None:
    """Walk from fragment to fragment (PS3.5 A.4); of the first, read what size it gives itself."""
    position, fragments, own_size = start, 0, None
    try:
        with path.open("rb") as file:
            while True:
                file.seek(position)
                tag = file.read(8)
                if len(tag) < 8 or tag[:4] != b"\xfe\xff\x00\xe0":
                    break
                if fragments == 1:
                    own_size = picture_size(file.read(_START_BYTES))
                position += 8 + int.from_bytes(tag[4:], "little")
                fragments += 1
    except OSError as error:
        raise files.refused_by_system(path, error) from error
    # The first item is the offset table, which may be empty. A missing end mark harms nobody.
    if position > size or fragments < 2:
        raise UnreadableError("it is cut short: its compressed pixels end too early", _COPY_AGAIN, path)
    if own_size not in (None, (integer(header, "Rows"), integer(header, "Columns"))):
        raise UnreadableError("its pixels do not have the size its header promises", _COPY_AGAIN, path)


def decode(path: Path, rows: int, columns: int) -> NDArray[np.generic]:
    """Return the stored values of the first frame, (rows, columns); colour is turned to grey.

    Raises
    ------
    UnreadableError
        When the file is damaged, or its compression cannot be decoded here.
    """
    files.file_size(path)
    try:
        dataset = dcmread(path, force=True)
        syntax = transfer_syntax(dataset)
    except OSError as error:
        raise files.refused_by_system(path, error) from error
    except Exception as error:  # pydicom raises many kinds on damaged files.
        raise UnreadableError("the DICOM file is damaged", _COPY_AGAIN, path) from error
    try:
        pixels = _frame(path, dataset, syntax)
    except MemoryError as error:
        raise UnreadableError("there is not enough memory for its pixels", "Close other programs", path) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # Decoders raise anything; those written in Rust panic past Exception.
        raise UnreadableError(
            f"its pixels ({syntax.name}) cannot be decoded: {_last_line(error)}",
            "Copy it again, or convert it to an uncompressed DICOM file",
            path,
        ) from error
    if pixels.shape != (rows, columns):
        raise UnreadableError("its pixels do not have the size its header promises", _COPY_AGAIN, path)
    return pixels


def _frame(path: Path, dataset: Dataset, syntax: UID) -> NDArray[np.generic]:
    if syntax == JPEGExtended12Bit and (integer(dataset, "BitsStored") or 8) > 8:
        return _gdcm_frame(path, dataset)
    if not word(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID"):
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
    pixels = _decoded(dataset, syntax)
    if pixels.ndim == 3:
        grey: NDArray[np.generic] = np.rint(pixels[..., :3] @ _LUMA).astype(pixels.dtype)
        return grey
    packed = syntax == RLELossless or not syntax.is_compressed
    return _stored_bits(pixels, dataset) if packed else np.array(pixels)


def _decoded(dataset: Dataset, syntax: UID) -> NDArray[np.generic]:
    """Decode with the fastest plug-in, and where that one fails with the others, which may be more lenient."""
    decoder = get_decoder(syntax)
    # pydicom's own correction takes no notice of High Bit.
    options: dict[str, Any] = {"correct_unused_bits": False}
    plugins = sorted(decoder.available_plugins, key=lambda plugin: plugin != _FASTEST.get(syntax))
    failure: BaseException | None = None
    for plugin in plugins or [""]:
        try:
            return decoder.as_array(dataset, index=0, decoding_plugin=plugin, **options)[0]
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:  # Decoders written in Rust panic past Exception.
            failure = failure or error
    raise failure or ValueError("there is no decoder")


def _stored_bits(pixels: NDArray[np.generic], dataset: Dataset) -> NDArray[np.generic]:
    """Take away what old files hide in the bits above High Bit or below the stored ones (PS3.5 8.1.1)."""
    allocated, stored = integer(dataset, "BitsAllocated") or 16, integer(dataset, "BitsStored") or 16
    high = integer(dataset, "HighBit")
    high = stored - 1 if high is None or not stored - 1 <= high < allocated else high
    if stored >= allocated or pixels.dtype.kind not in "iu" or allocated > 32:
        return np.array(pixels)
    # Shifting up and down again fills with zeros, or with the sign where the values are signed.
    shifted: NDArray[np.generic] = np.right_shift(np.left_shift(pixels, allocated - 1 - high), allocated - stored)
    return shifted


def _gdcm_frame(path: Path, dataset: Dataset) -> NDArray[np.generic]:
    """12-bit JPEG, which GDCM decodes but pydicom does not ask it to."""
    import gdcm

    gdcm.Trace.WarningOff()
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        raise ValueError("GDCM cannot read it")
    values = reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape")
    rows, columns = integer(dataset, "Rows") or 0, integer(dataset, "Columns") or 0
    return np.frombuffer(values, np.uint16, rows * columns).reshape(rows, columns).copy()


def _last_line(error: BaseException) -> str:
    """Return the telling line of a decoder's many."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__
