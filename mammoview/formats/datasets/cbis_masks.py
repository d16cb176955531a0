"""ROI masks of CBIS-DDSM: distinguished from the crops beside them, and traced as outlines.

The archive (Lee et al. 2017) keeps a folder per view, such as `Mass-Training_P_00001_LEFT_CC`, and one per abnormality
with the number appended, which holds a mask of the whole image and a cropped picture. Neither the series texts nor the
order of the files distinguishes the two reliably, but the pixels do: a mask has the image's own size and two values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.formats.common.mask_tracing import traced
from mammoview.formats.datasets.cbis_tables import CbisLesion
from mammoview.formats.dicom.decode import decode
from mammoview.formats.dicom.dicom_reader import held_size, read_header
from mammoview.study.scan import Outline, OutlineKind


@dataclass(frozen=True)
class CbisMasks:
    """Masks and crops in the DICOM files beside a view.

    Parameters
    ----------
    whole
        Masks of the image's own size, bool (rows, columns).
    crops
        Number of other pictures: cropped regions.
    why
        Why a mask that almost fits was not taken; "" when there is none.
    misfits
        Masks of another size than the image, bool (rows, columns); none where one fits.
    """

    whole: tuple[NDArray[np.bool_], ...]
    crops: int
    why: str = ""
    misfits: tuple[NDArray[np.bool_], ...] = ()


SAME_SHAPE = 0.01
"""A mask whose sides have the ratio of the image's, but for this share, shows the same picture at another size."""


def scaled_to(mask: NDArray[np.bool_], rows: int, columns: int) -> NDArray[np.bool_] | None:
    """Return a mask of another size at that of the image, by nearest pixels; None where the shape is another one."""
    down, across = mask.shape[0] / rows, mask.shape[1] / columns
    if abs(down / across - 1) > SAME_SHAPE:
        return None
    r = ((np.arange(rows) + 0.5) * down).astype(np.intp)
    c = ((np.arange(columns) + 0.5) * across).astype(np.intp)
    return mask[r][:, c]


def is_mask(pixels: NDArray[np.generic]) -> bool:
    """Whether a picture is a mask: two values at most, one of them 0."""
    flat = pixels.ravel()
    high = flat.max(initial=0)
    return bool(flat.size and high > 0 and ((flat == 0) | (flat == high)).all())


def read_masks(files: Iterable[Path], rows: int, columns: int) -> CbisMasks:
    """Separate the masks of an image of that size from the crops beside it, by size and content.

    Files that cannot be read are named in `why`.
    """
    whole: list[NDArray[np.bool_]] = []
    misfits: list[NDArray[np.bool_]] = []
    crops, why = 0, ""
    for file in files:
        try:
            pixels = decode(file, *held_size(file, *read_header(file)))
        except MammoviewError as error:
            why = f"{file.name} cannot be read ({error.what})"
            continue
        if not is_mask(pixels):
            crops += 1
        elif pixels.shape == (rows, columns):
            whole.append(pixels != 0)
        else:
            crops += 1
            misfits.append(pixels != 0)
            why = why or f"a mask of {pixels.shape[1]} x {pixels.shape[0]} does not fit {columns} x {rows} pixels"
    return CbisMasks(tuple(whole), crops, "" if whole else why, () if whole else tuple(misfits))


def outlines_of_mask(mask: NDArray[np.bool_], lesion: CbisLesion | None = None) -> list[Outline]:
    """Trace every connected region of a mask, bool (rows, columns), as a boundary in its pixels."""
    facts: dict[str, Any] = (
        {}
        if lesion is None
        else {
            "lesion_type": lesion.lesion_type,
            "pathology": lesion.pathology,
            "assessment": lesion.assessment,
            "subtlety": lesion.subtlety,
        }
    )
    return [Outline(points, OutlineKind.BOUNDARY, source="CBIS-DDSM", **facts) for points in traced(mask)]
