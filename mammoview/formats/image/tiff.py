"""Pixels of TIFF files, by tifffile and imagecodecs: problems of a file are raised and never printed.

Pillow hands compressed files to libtiff, whose messages go to the terminal past Python, where only the whole process's
stderr could be caught, that of other threads with it. Pillow still reads the header.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_PHOTOMETRIC, _ORIENTATION = 262, 274
_WHITE_IS_ZERO = 0

# Messages about odd tags are dropped; without a handler Python would print them.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def decode(path: Path, image: Image.Image) -> NDArray[np.generic]:
    """Return the values of the first page, (rows, columns), as Pillow gives them; colour as its luminance.

    Of colours of 16 bits per sample, of which Pillow gives 8, all 16 count.

    Parameters
    ----------
    path
        The file.
    image
        The same file opened by Pillow; only the header is used.

    Raises
    ------
    Exception
        Of many kinds, when the file is damaged.
    """
    import tifffile

    tags = image.tag_v2  # type: ignore[attr-defined]  # a TIFF has it
    with path.open("rb") as raw, tifffile.TiffFile(raw) as file:
        page = file.pages.first
        if page.imagewidth * page.imagelength != image.width * image.height or page.imagedepth != 1:
            raise ValueError("the header says two different sizes")
        values = page.asarray(maxworkers=1)
        bits, planes_first, palette = page.bitspersample, page.axes.startswith("S"), page.colormap
    if planes_first:
        values = np.moveaxis(values, 0, -1)
    if image.mode in ("LA", "RGB", "RGBA") and values.dtype == np.uint16 and bits == 16 and values.ndim == 3:
        values = values[..., 0] if image.mode == "LA" else deep_luminance(values)
        return _upright(values, tags.get(_ORIENTATION, 1))
    if image.mode in ("L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"):
        values = _bytes(values, bits, scaled=image.mode[0] != "P")
        if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            values = 255 - values
    values = _grey(values, image.mode, palette)
    if image.mode == "I":
        values = values.astype(np.int32)
    elif image.mode == "F":
        values = values.astype(np.float32)
    return _upright(values, tags.get(_ORIENTATION, 1))


def _bytes(values: NDArray[np.generic], bits: int, scaled: bool) -> NDArray[np.uint8]:
    """Return samples of any depth as bytes: the upper eight bits of deeper ones, shallower ones scaled up."""
    if bits > 8:
        return np.right_shift(values.astype(np.uint64), bits - 8).astype(np.uint8)
    return values.astype(np.uint8) * np.uint8(255 // ((1 << bits) - 1) if scaled else 1)


def _grey(values: NDArray[np.generic], mode: str, palette: NDArray[np.uint16] | None) -> NDArray[np.generic]:
    """Return one value per pixel for a picture that Pillow gives this mode; of colours, `palette` (3, N) or not."""
    if mode in ("P", "PA"):
        if palette is None:
            raise ValueError("there is no palette")
        indices = values if values.ndim == 2 else values[..., 0]
        return _luminance((palette.T[None] >> 8).astype(np.uint8), "RGB")[0][indices]
    if values.ndim == 2:
        return values
    if mode == "CMYK":
        return _luminance(values[..., :4], "CMYK")
    return _luminance(values[..., :3], "RGB") if mode in ("RGB", "RGBA", "YCbCr") else values[..., 0]


def _luminance(colours: NDArray[np.generic], mode: str) -> NDArray[np.uint8]:
    """Return the luminance (rows, columns) of bytes (rows, columns, samples), as Pillow works it out."""
    rows, columns = colours.shape[:2]
    return np.asarray(Image.frombytes(mode, (columns, rows), np.ascontiguousarray(colours).tobytes()).convert("L"))


def deep_luminance(colours: NDArray[np.generic]) -> NDArray[np.uint16]:
    """Return the luminance (rows, columns) of 16-bit RGB (rows, columns, at least 3), with the weights of Pillow."""
    red, green, blue = (colours[..., i].astype(np.uint32) for i in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16).astype(np.uint16)


def _upright(values: NDArray[np.generic], orientation: int) -> NDArray[np.generic]:
    """Turn a picture by its Orientation tag (TIFF 6.0, section 8)."""
    if orientation in (2, 3):
        values = values[:, ::-1]
    if orientation in (3, 4):
        values = values[::-1]
    if orientation in (7, 8):
        values = values[:, ::-1]
    if orientation in (6, 7):
        values = values[::-1]
    return values.T if orientation in (5, 6, 7, 8) else values
