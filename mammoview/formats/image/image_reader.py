"""Pictures without a medical header: PNG, TIFF, JPEG and PGM of 8 or 16 bit."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mammoview.core.errors import MammoviewError, NotAMammogramError, SidecarError, UnreadableError
from mammoview.formats.common import file_io, file_names, outline_files
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.zip_files import Member, held
from mammoview.formats.image import pgm, tiff
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.scan import Scan
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing

SPACING_UNKNOWN = "spacing unknown: lengths are given in pixels"

# The size is checked before decoding; Pillow's warnings of large pictures and odd tags are not needed.
Image.MAX_IMAGE_PIXELS = file_io.MAX_PIXELS
warnings.filterwarnings("ignore", module=r"PIL\b")
logging.getLogger("PIL").addHandler(logging.NullHandler())

_BITS = {"L": 8, "LA": 8, "P": 8, "PA": 8, "RGB": 8, "RGBA": 8, "CMYK": 8, "YCbCr": 8, "I": 32, "F": 32}
_COLOUR = ("P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
_DEEP = ("LA", "RGB", "RGBA")
"""Modes of colour pictures that are read whole where they have 16 bits per sample."""
_PNG_BITS = 24
"""Place of the bits per sample in a PNG."""
_COPY_AGAIN = "Copy it again from where it came from"
_TAIL_BYTES = 65536
_START_OF_SCAN = b"\xda"
_SAMPLE_FORMAT, _SAMPLE_BITS = 339, 258
_PHOTOMETRIC, _STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 262, 273, 279, 324, 325


@dataclass(frozen=True)
class ImageHeader:
    """Header of a picture.

    Parameters
    ----------
    path
        The file.
    rows, columns
        Size in pixels.
    grey
        Bits and polarity.
    facts, warnings
        As in Scan.
    """

    path: Path
    rows: int
    columns: int
    grey: GreyPipeline
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def decode(self) -> NDArray[np.generic]:
        """Return the stored values (rows, columns). Raises UnreadableError."""
        return pgm.decode(self.path) if self.facts.get("format") == "PGM" else decode_picture(self.path)


def read_picture(path: Path) -> ImageHeader:
    """Read the header of a picture, and check that the file is complete.

    Raises
    ------
    UnreadableError
        When it is damaged, cut short, too large, or no picture of a kind that is read.
    NotAMammogramError
        When it is a mask of one bit, a DDSM preview of four views, or tiny.
    """
    if file_names.stem(path.name).upper().startswith("TAPE_"):
        raise SidecarError(
            "it is the four-view preview of a DDSM case, not a scan", "Open the views of the case instead", path
        )
    if file_io.head(path, 2) in pgm.MAGIC:
        found = pgm.header(path)
        facts = {"format": "PGM"}
        return ImageHeader(path, found.rows, found.columns, GreyPipeline(bits=found.maximum.bit_length()), facts)
    with held(path), _opened(path) as image:
        try:
            return _inspected(path, image)
        except MammoviewError:
            raise
        except Exception as error:  # Crafted TIFF directories make Pillow raise TypeError, struct.error and others.
            raise UnreadableError("the picture's header is damaged", _COPY_AGAIN, path) from error


def _inspected(path: Path, image: Image.Image) -> ImageHeader:
    """Return the header of a lazily opened picture."""
    file_io.check_size(image.height, image.width, path)
    if image.mode == "1":
        raise NotAMammogramError("a picture of one bit is a mask, not a mammogram", "Give the mammogram itself", path)
    deep = _is_deep(path, image)
    bits = 16 if image.mode.startswith("I;16") or (deep and image.mode in _DEEP) else _BITS.get(image.mode)
    if bits is None:
        raise UnreadableError(f"pictures of the kind {image.mode} are not read", "Convert it to grey PNG or TIFF", path)
    kind = image.format or ""
    _check_whole(path, image)
    notes = []
    if image.mode in _COLOUR:
        notes.append("colour picture: read as grey")
    if deep and image.mode not in _DEEP:
        notes.append("colours of 16 bit: only their upper 8 bits are read")
    if kind == "JPEG":
        notes.append("lossy JPEG: fine detail may be lost")
    if kind == "TIFF" and getattr(image, "n_frames", 1) > 1:
        notes.append("several pages: only the first is read")
    # Pillow inverts WhiteIsZero pictures of 8 bits by itself, but not deeper ones.
    white_is_zero = kind == "TIFF" and bits > 8 and image.tag_v2.get(_PHOTOMETRIC) == 0  # type: ignore[attr-defined]  # a TIFF has it
    grey = GreyPipeline(bits=bits, inverted=white_is_zero)
    return ImageHeader(path, image.height, image.width, grey, {"format": kind}, tuple(notes))


def scan_of(
    picture: ImageHeader,
    spacing: Spacing = UNKNOWN_SPACING,
    drawn: outline_files.OutlineFileContents = outline_files.NOTHING_DRAWN,
) -> Scan:
    """Return the scan of a picture, with side, projection and patient from its name and outlines from beside it.

    Parameters
    ----------
    picture
        From `read_picture`.
    spacing
        Spacing, when the data set gives it.
    drawn
        Outlines known from elsewhere.
    """
    named = file_names.read_name(picture.path.name)
    drawn = (drawn + outline_files.beside(picture.path)).within(picture.rows, picture.columns)
    unknown = [] if spacing.known else [SPACING_UNKNOWN]
    return Scan(
        path=picture.path,
        rows=picture.rows,
        columns=picture.columns,
        read=partial(_checked, picture),
        laterality=named.laterality,
        projection=named.projection,
        spacing=spacing,
        grey=picture.grey,
        outlines=drawn.outlines,
        annotations=drawn.annotations,
        facts=picture.facts,
        warnings=[
            *file_names.unknown(named.laterality, named.projection),
            *unknown,
            *picture.warnings,
            *drawn.warnings,
        ],
        patient=named.patient,
    )


def read_image(path: Path) -> FoundScan:
    """Read a picture that belongs to no known data set. Raises UnreadableError, NotAMammogramError."""
    scan = scan_of(read_picture(path))
    return FoundScan(scan, ("picture", str(path.parent), scan.patient))


def _checked(picture: ImageHeader) -> NDArray[np.generic]:
    """Decode, and check that the size is still that of the header."""
    pixels = picture.decode()
    if pixels.shape != (picture.rows, picture.columns):
        raise UnreadableError("the picture has changed since it was opened", "Open it again", picture.path)
    return pixels


def _opened(path: Path) -> Image.Image:
    """Open lazily with Pillow, with its exceptions converted to one."""
    file_io.file_size(path)
    try:
        return Image.open(path.open("rb") if isinstance(path, Member) else path, formats=("PNG", "TIFF", "JPEG"))
    except MammoviewError:
        raise
    except Image.DecompressionBombError as error:
        raise UnreadableError(
            "it has more pixels than a mammogram has",
            f"Give a picture of at most {file_io.MAX_PIXELS // 1_000_000} million pixels",
            path,
        ) from error
    except UnidentifiedImageError as error:
        raise UnreadableError("the picture is damaged, or of a kind that is not read", _COPY_AGAIN, path) from error
    except OSError as error:
        raise file_io.refused_by_system(path, error) from error
    except Exception as error:  # Pillow's readers raise ValueError, SyntaxError, struct.error and others.
        raise UnreadableError("the picture's header is damaged", _COPY_AGAIN, path) from error


def _check_whole(path: Path, image: Image.Image) -> None:
    """Check that the file is not truncated, without decoding."""
    whole = True
    if image.format == "PNG":
        whole = b"IEND" in file_io.tail(path, _TAIL_BYTES)
    elif image.format == "JPEG":
        whole = _jpeg_ends(path)
    elif image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]  # a TIFF has it
        starts = tags.get(_STRIPS) or tags.get(_TILES) or ()
        counts = tags.get(_STRIP_BYTES) or tags.get(_TILE_BYTES) or ()
        whole = max((s + c for s, c in zip(starts, counts, strict=False)), default=0) <= file_io.file_size(path)
    if not whole:
        raise UnreadableError(f"the {image.format} file is cut short", _COPY_AGAIN, path)


def _jpeg_ends(path: Path) -> bool:
    """Whether an end mark follows the start of the pixels; thumbnails before them have end marks of their own."""
    try:
        with path.open("rb") as file:
            place = 2
            while True:
                file.seek(place)
                mark = file.read(4)
                if mark[:1] != b"\xff" or mark[1:2] == _START_OF_SCAN:
                    break
                place += 2 + int.from_bytes(mark[2:4], "big")
            return b"\xff\xd9" in mark + file.read()
    except OSError as error:
        raise file_io.refused_by_system(path, error) from error


def decode_picture(path: Path) -> NDArray[np.generic]:
    """Return stored values as unsigned integers, or as float32 where the file holds floats."""
    with _opened(path) as image:
        try:
            if image.format == "TIFF":
                values: NDArray[np.generic] = tiff.decode(path, image)
                values = _with_sign(values, image.tag_v2.get(_SAMPLE_FORMAT, (1,))[0])  # type: ignore[attr-defined]  # a TIFF has it
                return values.astype(values.dtype.newbyteorder("="), copy=True)
            if image.format == "JPEG":
                image.draft("L", image.size)  # The luminance alone: half the time, the same values.
            if image.format == "PNG" and _is_deep(path, image):
                values = _deep_png(path)
            elif image.mode in _COLOUR or image.mode == "LA":
                values = np.asarray(image.convert("L"))
            else:
                values = np.asarray(image)
        except MammoviewError:
            raise
        except Exception as error:  # Pillow's decoders raise OSError, ValueError, SyntaxError, struct.error and others.
            raise UnreadableError("the picture cannot be decoded: it is damaged", _COPY_AGAIN, path) from error
    if values.ndim != 2:
        raise UnreadableError("the picture is not a grey one", "Convert it to grey PNG or TIFF", path)
    return values.astype(values.dtype.newbyteorder("="), copy=True)


def _is_deep(path: Path, image: Image.Image) -> bool:
    """Return whether a picture that Pillow gives 8 bits per sample has 16 in the file."""
    if _BITS.get(image.mode) != 8:
        return False
    if image.format == "PNG":
        return file_io.head(path, _PNG_BITS + 1)[_PNG_BITS:] == b"\x10"
    return image.format == "TIFF" and 16 in image.tag_v2.get(_SAMPLE_BITS, ())  # type: ignore[attr-defined]  # a TIFF has it


def _deep_png(path: Path) -> NDArray[np.uint16]:
    """Return the luminance of a PNG of 16 bits per sample and more than one sample per pixel."""
    import imagecodecs

    with path.open("rb") as file:
        values = imagecodecs.png_decode(file.read())
    return tiff.deep_luminance(values) if values.shape[-1] >= 3 else values[..., 0]


def _with_sign(values: NDArray[np.generic], sample_format: int) -> NDArray[np.generic]:
    """Return values as signed (2) or unsigned (1) as a TIFF says: Pillow treats 8 bits as unsigned, 32 as signed."""
    size = values.dtype.itemsize
    other = {(2, 1): "i1", (1, 4): "u4"}.get((sample_format, size))
    return values.view(other) if other and values.ndim == 2 and values.dtype.kind in "iu" else values
