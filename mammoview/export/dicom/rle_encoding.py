"""Run-length encoding of pixel data (PS3.5 G): maps of few cells, and pictures of black film, become a fraction."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

_HEADER_BYTES = 64


def encode_runs(made: Dataset) -> None:
    """Encode uncompressed pixels of 8 bits, of one or of three interleaved samples, in place."""
    frames, samples = int(made.get("NumberOfFrames", 1)), int(made.SamplesPerPixel)
    shape = frames, int(made.Rows), int(made.Columns), samples
    pixels = np.frombuffer(made.PixelData, np.uint8, int(np.prod(shape))).reshape(shape)
    made.PixelData = encapsulate([_encoded(frame) for frame in pixels])
    made["PixelData"].is_undefined_length = True
    made["PixelData"].VR = "OB"
    made.file_meta.TransferSyntaxUID = RLELossless
    if samples > 1:
        made.PlanarConfiguration = 1


def _encoded(frame: NDArray[np.uint8]) -> bytes:
    """Return a frame, (rows, columns, samples), as a header and one even segment per sample, row by row."""
    segments = []
    for sample in range(frame.shape[-1]):
        # Rows are encoded one by one: no run crosses their ends.
        runs = bytes(imagecodecs.packbits_encode(np.ascontiguousarray(frame[..., sample])))
        segments.append(runs + b"\0" * (len(runs) % 2))
    offsets = np.cumsum([_HEADER_BYTES, *map(len, segments)])[:-1].tolist()
    return struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(segments)
