"""Mammograms of one or several frames in every transfer syntax that is read."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.support.dicom_files import dataset

NEAR = 2
"""Largest error of the near-lossless JPEG-LS files."""
LOSSLESS = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    RLELossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
)
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless, JPEG2000)
SYNTAXES = LOSSLESS + LOSSY


def tissue(frames: int, rows: int, columns: int, bits: int) -> NDArray[np.generic]:
    """Return (frames, rows, columns) of smooth tissue with some noise, uint8 or uint16; all frames differ."""
    y, x = np.mgrid[:rows, :columns]
    top = 2**bits - 1
    noise = np.random.default_rng(bits).random((frames, rows, columns)) * 0.05
    level = 0.5 + 0.3 * np.sin(x / 9) * np.cos(y / 7)[None] + 0.1 * np.arange(frames)[:, None, None] / frames
    return np.rint(np.clip(level + noise, 0, 1) * top).astype(np.uint8 if bits <= 8 else np.uint16)


def encoded(syntax: UID, pixels: NDArray[np.generic], bits: int, fragments: int = 1, **attributes: Any) -> Dataset:
    """Return a mammogram of `pixels` (frames, rows, columns) in a transfer syntax.

    Parameters
    ----------
    syntax
        One of SYNTAXES; Baseline JPEG takes 8 bits and Extended 12.
    pixels
        Stored values.
    bits
        Bits stored.
    fragments
        Number of fragments per frame of a compressed file.
    attributes
        Replace those of `making.dataset`.
    """
    frames, rows, columns = pixels.shape
    plain = {"Rows": rows, "Columns": columns, "BitsStored": bits, "HighBit": bits - 1}
    plain["NumberOfFrames"] = frames if frames > 1 else None
    big = syntax == ExplicitVRBigEndian
    made = dataset(pixels[0], **(plain | attributes))
    made.PixelData = pixels.astype(pixels.dtype.newbyteorder(">") if big else pixels.dtype).tobytes()
    if len(made.PixelData) % 2:
        made.PixelData += b"\0"
    if syntax.is_compressed and syntax != DeflatedExplicitVRLittleEndian:
        coded = [_frame(syntax, frame, bits) for frame in pixels]
        made.PixelData = encapsulate(coded, fragments_per_frame=fragments)
        made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = syntax
    return made


def _frame(syntax: UID, frame: NDArray[np.generic], bits: int) -> bytes:
    """Encode one frame."""
    if syntax == RLELossless:
        made = dataset(frame, BitsStored=bits, HighBit=bits - 1)
        made.compress(RLELossless, encoding_plugin="pydicom")
        return get_frame(made.PixelData, 0, number_of_frames=1)
    if syntax == JPEGBaseline8Bit:
        return bytes(imagecodecs.jpeg8_encode(frame, 95))
    if syntax == JPEGExtended12Bit:
        return bytes(imagecodecs.jpeg8_encode(frame, 95, bitspersample=12))
    if syntax in (JPEGLossless, JPEGLosslessSV1):
        predictor = 1 if syntax == JPEGLosslessSV1 else 6
        return bytes(imagecodecs.jpeg8_encode(frame, lossless=True, predictor=predictor, bitspersample=bits))
    if syntax in (JPEGLSLossless, JPEGLSNearLossless):
        return bytes(imagecodecs.jpegls_encode(frame, NEAR if syntax == JPEGLSNearLossless else 0))
    lossless = syntax == JPEG2000Lossless
    level = None if lossless else 60
    return bytes(imagecodecs.jpeg2k_encode(frame, level, codecformat="J2K", bitspersample=bits, reversible=lossless))
