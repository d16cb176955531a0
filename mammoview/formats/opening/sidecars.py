"""Recognition of pictures beside mammograms that are not mammograms: drawings of outlines, masks, labels, previews.

Data sets keep them under names such as `C_0033_1.RIGHT_CC_Mask.jpg`, `..._MASK2.jpg` or `masks/p12_L_CC.png`. The name
alone does not decide: a file named like a mask with the greys of a mammogram is a mammogram.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.disk_morphology import dilated, eroded
from mammoview.core.errors import MammoviewError, SidecarError
from mammoview.formats.common import file_names
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.datasets.cbis_masks import outlines_of_mask
from mammoview.formats.dicom import dicom_reader
from mammoview.formats.dicom.values import integer
from mammoview.formats.image import image_reader
from mammoview.study.scan import Outline

_HINT = re.compile(
    r"\w*masks?\d*|mask\w*|(rois?|contours?|outlines?|drawings?|annotations?|seg(mentations?)?|segm|labels?|gt|lesions?"
    r"|overlays?|ground|truth)\d*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_EXTREME = 0.1
"""Values within this share of the range from either end count as black or white, because of JPEG noise."""
_MOST_BETWEEN = 0.01
"""Share of the pixels of a drawing that lie between black and white at most."""
_MOST_LABELS = 8
"""Most values of a label image."""
_GAP_PX = 2
"""Half the widest gap in a line that is closed, pixels. With it the drawings of 16 views of DDSM enclose what their
outline files do, to an overlap (IoU) of 0.978 to 0.994."""
_LARGEST_LESION = 0.3
"""Largest share of the picture of a lesion; a larger region is a mask of the breast."""
_SAME_SHAPE = 0.02
"""Largest relative difference of the aspect ratios of two pictures of the same view."""


def check_drawing(path: Path) -> None:
    """Raise SidecarError where a picture is a drawing, mask or label image by its name and by its content.

    Raises UnreadableError where it cannot be decoded.
    """
    folder = _WORD.findall(path.parent.name)
    if not any(map(_HINT.fullmatch, _words(path))) and not (folder and all(map(_HINT.fullmatch, folder))):
        return
    if is_drawing(image_reader.read_picture(path).decode()):
        what = "it is a drawing or mask, not a mammogram"
        raise SidecarError(what, "Open the picture that it was drawn on", path)


def is_drawing(pixels: NDArray[np.generic]) -> bool:
    """Whether a picture is black and white, or has as few values as a label image; True for a constant one."""
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all():
        return False
    margin = _EXTREME * (high - low)
    between = np.count_nonzero(np.greater(pixels, low + margin) & np.less(pixels, high - margin))
    if between <= _MOST_BETWEEN * pixels.size:
        return True
    return len(np.unique(pixels)) <= _MOST_LABELS


def preview_of(path: Path) -> Path | None:
    """Return the DICOM file of which a picture beside it is a preview: of the same name and shape, and not larger."""
    bares = dict.fromkeys((file_names.stem(path.name), path.stem))
    for bare in bares:
        for ending in ("", *dicom_reader.SUFFIXES, *(suffix.upper() for suffix in dicom_reader.SUFFIXES)):
            file = path.with_name(bare + ending)
            try:
                if file == path or not file.is_file():
                    continue
                header, _ = dicom_reader.read_header(file)
                picture = image_reader.read_picture(path)
            except (MammoviewError, OSError, ValueError):
                continue
            rows, columns = integer(header, "Rows") or 0, integer(header, "Columns") or 0
            if picture.rows <= rows and _same_shape((picture.rows, picture.columns), (rows, columns)):
                return file
    return None


def traced(found: Iterable[FoundScan], drawings: Iterable[Path]) -> list[FoundScan]:
    """Return the scans; those without outlines get the outlines of drawings beside them."""
    waiting: dict[tuple[str, ...], list[Path]] = {}
    for file in drawings:
        waiting.setdefault(_subject(file), []).append(file)
    return [_with_drawings(one, waiting.get(_subject(one.scan.path), ())) for one in found]


def _with_drawings(found: FoundScan, drawings: Iterable[Path]) -> FoundScan:
    scan = found.scan
    if scan.outlines:
        return found
    outlines: list[Outline] = []
    for file in drawings:
        near = {scan.path.parent, scan.path.parent.parent}
        if file.parent != scan.path.parent and file.parent.parent not in near:
            continue
        try:
            outlines += _traced(file, scan.rows, scan.columns)
        except MammoviewError:
            continue
    return replace(found, scan=replace(scan, outlines=tuple(outlines))) if outlines else found


def _traced(file: Path, rows: int, columns: int) -> list[Outline]:
    """Return the regions that a drawing encloses, in pixels of a picture of that size; none if the shapes differ.

    Raises UnreadableError.
    """
    pixels = image_reader.read_picture(file).decode()
    if not _same_shape(pixels.shape, (rows, columns)):
        return []
    bright = np.greater(pixels, (float(pixels.min()) + float(pixels.max())) / 2)
    if bright.mean() > 0.5:  # Dark lines on white.
        bright = ~bright
    bright = _closed(bright)
    down, across = rows / pixels.shape[0], columns / pixels.shape[1]
    found = []
    for outline in outlines_of_mask(bright):
        left, top, right, bottom = outline.box
        if (right - left) * (bottom - top) < _LARGEST_LESION * bright.size:
            points = outline.points * (across, down)
            found.append(replace(outline, points=points, source=f"traced from {file.name}"))
    return found


def _closed(bright: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a drawing with what its lines enclose, small gaps closed; bool of the same shape."""
    from scipy.ndimage import binary_fill_holes  # Imported here: it is slow, and only studies with drawings need it.

    rows, columns = (np.flatnonzero(bright.any(axis)) for axis in (1, 0))
    if not rows.size:
        return bright
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    padded = np.pad(bright[box], 2 * _GAP_PX)
    filled = eroded(binary_fill_holes(dilated(padded, _GAP_PX)), _GAP_PX)
    found = np.zeros_like(bright)
    found[box] = filled[2 * _GAP_PX : -2 * _GAP_PX, 2 * _GAP_PX : -2 * _GAP_PX]
    return found


def _words(path: Path) -> list[str]:
    """Return the words of a file name."""
    return _WORD.findall(file_names.stem(path.name))


def _subject(path: Path) -> tuple[str, ...]:
    """Return the words of a file name that do not say that it is a drawing."""
    return tuple(word.lower() for word in _words(path) if not _HINT.fullmatch(word))


def _same_shape(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two pictures, (rows, columns), have the same ratio of height and width."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= _SAME_SHAPE * one[1] * other[0]
