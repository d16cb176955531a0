"""Decoding of DICOM pixel data, one frame at a time.

Compressed frames go to imagecodecs: on 4664 x 3064 pixels it was as fast as pydicom's plug-ins or faster (RLE 0.2 s
against 0.5 s), and it only raises on damaged data, where GDCM ends the process and others write to the terminal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from io import SEEK_CUR
from pathlib import Path
from typing import Any, BinaryIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io
from mammoview.formats.dicom.codestream import precision
from mammoview.formats.dicom.pixel_data_check import (
    check_shape,
    frame_count,
    read_inflated,
    read_to_pixels,
    transfer_syntax,
)
from mammoview.formats.dicom.values import integer, word

_JPEG = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
_JPEG2000 = (JPEG2000Lossless, JPEG2000)
_JPEG_LS = (JPEGLSLossless, JPEGLSNearLossless)
_MOST_THREADS = 4
"""Threads for a JPEG 2000 frame, the slowest syntax: 13.6 million pixels took 0.56 s with one, 0.32 s with two."""
_DECODERS: tuple[tuple[tuple[UID, ...], Callable[[bytes], NDArray[np.generic]]], ...] = (
    (_JPEG, imagecodecs.jpeg8_decode),
    (_JPEG2000, partial(imagecodecs.jpeg2k_decode, numthreads=min(_MOST_THREADS, os.cpu_count() or 1))),
    (_JPEG_LS, imagecodecs.jpegls_decode),
)
_LUMA = np.array([0.299, 0.587, 0.114])
_BAND = 512
"""Rows of a colour picture converted to grey at a time, to bound the memory."""
_COPY_AGAIN = "Copy it again from where it came from"


def decode(path: Path, rows: int, columns: int, frame: int = 0, whole: bool = False) -> NDArray[np.generic]:
    """Return the stored values of one frame, (rows, columns); colour is converted to grey. Other frames are not read.

    Parameters
    ----------
    path, rows, columns, frame
        The file, its size by the header, and the index of the frame.
    whole
        Whether to keep the unused bits, where old files store overlay planes.

    Raises
    ------
    UnreadableError
        When the file is damaged, or its compression cannot be decoded here.
    """
    file_io.file_size(path)
    syntax = UID("")
    try:
        header, position = read_to_pixels(path)
        syntax = transfer_syntax(header)
        with path.open("rb") as file:
            file.seek(position)
            pixels = _frame(path, file, header, syntax, frame, whole)
    except MammoviewError:
        raise
    except OSError as error:
        raise file_io.refused_by_system(path, error) from error
    except MemoryError as error:
        raise UnreadableError("there is not enough memory for its pixels", "Close other programs", path) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # Decoders raise any exception; panics of Rust code are not subclasses of Exception.
        raise UnreadableError(
            f"its pixels ({syntax.name or 'DICOM'}) cannot be decoded: {_last_line(error)}",
            "Copy it again, or convert it to an uncompressed DICOM file",
            path,
        ) from error
    if pixels.shape != (rows, columns):
        raise UnreadableError("its pixels do not have the size its header promises", _COPY_AGAIN, path)
    return pixels


def decode_bit(path: Path, rows: int, columns: int, bit: int) -> NDArray[np.bool_]:
    """Return one bit of all pixels of a file, bool (rows, columns). Raises UnreadableError."""
    pixels = decode(path, rows, columns, whole=True)
    bits = pixels.view(f"u{pixels.dtype.itemsize}")
    return (bits >> bits.dtype.type(bit) & bits.dtype.type(1)).astype(bool)


def _frame(path: Path, file: BinaryIO, header: Dataset, syntax: UID, frame: int, whole: bool) -> NDArray[np.generic]:
    """Decode a frame of a file positioned at its pixel data."""
    source: BinaryIO = file
    vr = "OW"
    if syntax == DeflatedExplicitVRLittleEndian:
        header, source = read_inflated(path, whole=True)
    if header.original_encoding[0]:
        source.seek(8, SEEK_CUR)
    else:
        vr = source.read(12)[4:6].decode("ascii", "replace")
    packed = syntax.is_encapsulated
    pixels = unpacked(source, header, syntax, frame) if packed else _plain(source, header, syntax, frame, vr)
    kind = word(header, "PhotometricInterpretation").upper()
    if pixels.ndim == 3:
        # Run lengths and JPEG-LS leave luma and colour as they are stored, the other decoders make RGB of them.
        apart = kind.startswith("YBR_FULL") and syntax in (RLELossless, *_JPEG_LS)
        return np.array(pixels[:, :, 0]) if apart else _grey(pixels)
    if kind == "PALETTE COLOR" and not whole:
        return _grey(apply_color_lut(_stored_bits(pixels, header), header))
    # The JPEG 2000 codestream has its own precision and sign.
    return pixels if whole or syntax in _JPEG2000 else _stored_bits(pixels, header)


def unpacked(source: BinaryIO, header: Dataset, syntax: UID, frame: int) -> NDArray[np.generic]:
    """Decode a compressed frame.

    Parameters
    ----------
    source
        File positioned at the value of the pixel data, which begins with the offset table.
    header
        Header; rows, columns, samples, bits and sign are used.
    syntax
        Transfer syntax.
    frame
        Index of the frame, from 0.

    Returns
    -------
    (rows, columns), or (rows, columns, samples) of a colour picture.

    Raises
    ------
    Exception
        Any exception of the decoder on damaged data.
    """
    encoded = get_frame(source, frame, number_of_frames=frame_count(header), extended_offsets=_offsets(header))
    signed = integer(header, "PixelRepresentation") == 1
    if syntax == RLELossless:
        return _run_lengths(encoded, header, signed)
    decoder = next((decoder for syntaxes, decoder in _DECODERS if syntax in syntaxes), None)
    if decoder is None:
        raise ValueError("there is no decoder for it")
    check_shape(encoded, header)
    pixels: NDArray[np.generic] = decoder(encoded)
    if signed is (pixels.dtype.kind == "i"):
        return pixels
    pixels = pixels.view(f"{'i' if signed else 'u'}{pixels.dtype.itemsize}")
    coded = precision(encoded) if syntax in _JPEG2000 else None
    # Where JPEG 2000 has another precision than the header, the header's sign decides how the values are extended.
    spare = 0 if coded is None else 8 * pixels.dtype.itemsize - coded[0]
    if spare <= 0:
        return pixels
    shifted: NDArray[np.generic] = np.left_shift(pixels, spare)
    return np.right_shift(shifted, spare, out=shifted)


def _run_lengths(encoded: bytes, header: Dataset, signed: bool) -> NDArray[np.generic]:
    """Decode RLE (PS3.5 G): the bytes of all values, highest first, sample by sample."""
    rows, columns = integer(header, "Rows") or 0, integer(header, "Columns") or 0
    samples, size = integer(header, "SamplesPerPixel") or 1, (integer(header, "BitsAllocated") or 16) // 8
    kind = np.dtype(f"{'i' if signed else 'u'}{size}")
    # Runs may reach past the end, but not far: without a limit two bytes unpack to 128. It is given the room, since a
    # string of its own it would cut to the right length while all threads wait.
    room = np.empty(2 * rows * columns * samples * size, np.uint8).data
    values = imagecodecs.dicomrle_decode(encoded, kind, out=room)
    pixels = np.frombuffer(values, kind, samples * rows * columns).reshape(samples, rows, columns)
    return pixels[0] if samples == 1 else np.moveaxis(pixels, 0, -1)


def _plain(source: BinaryIO, header: Dataset, syntax: UID, frame: int, vr: str) -> NDArray[np.generic]:
    """Read an uncompressed frame: (rows, columns), or (rows, columns, samples) of a colour picture."""
    options: dict[str, Any] = as_pixel_options(
        header, pixel_keyword="PixelData", pixel_vr=vr, correct_unused_bits=False, number_of_frames=frame_count(header)
    )
    pixels: NDArray[np.generic] = get_decoder(syntax).as_array(source, index=frame, **options)[0]
    return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)


def _offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    """Return the extended offset table, where there is one (PS3.3 C.7.6.3.1.8)."""
    if "ExtendedOffsetTable" in header and "ExtendedOffsetTableLengths" in header:
        return header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths
    return None


def _grey(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return the luma of (rows, columns, 3 or more), in the same type."""
    grey = np.empty(pixels.shape[:2], pixels.dtype)
    # Single precision would round white of 32 bits beyond the type's maximum.
    kind = np.float32 if pixels.dtype.itemsize <= 2 else np.float64
    for row in range(0, len(pixels), _BAND):
        grey[row : row + _BAND] = np.rint(pixels[row : row + _BAND, :, :3].astype(kind) @ _LUMA.astype(kind))
    return grey


def _stored_bits(pixels: NDArray[np.generic], header: Dataset) -> NDArray[np.generic]:
    """Clear the bits above High Bit and below the stored ones, where old files keep overlays (PS3.5 8.1.1)."""
    stored = integer(header, "BitsStored") or 16
    allocated = min(integer(header, "BitsAllocated") or 16, 8 * pixels.dtype.itemsize)
    high = integer(header, "HighBit")
    high = stored - 1 if high is None or not stored - 1 <= high < allocated else high
    if not 0 < stored < allocated or pixels.dtype.kind not in "iu":
        return np.array(pixels)
    # Shifting left and right fills with zeros, or with the sign where the values are signed.
    shifted: NDArray[np.generic] = np.left_shift(pixels, allocated - 1 - high)
    return np.right_shift(shifted, allocated - stored, out=shifted)


def _last_line(error: BaseException) -> str:
    """Return the informative line of a decoder's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__
