"""Other pixels for a region of a scan: filled from its surroundings, or a lesion of another place set in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.breast import Breast
from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.frame import Frame, resample
from mammoview.anatomy.tissue_fill import MARGIN_MM, fill, margin_px, set_in
from mammoview.core.errors import MammoviewError
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import PixelChange, PixelRegion
from mammoview.study.scan import Scan

_SAMPLED = 8
"""Step in pixels and rows at which the brightness of a breast is sampled."""
_UNKNOWN_MM = 0.05


@dataclass(frozen=True, eq=False)
class EditedScan:
    """A scan that is being edited.

    Parameters
    ----------
    scan
        With true pixels.
    pixels
        Stored values (rows, columns) as they are now.
    breast, frame
        Of the scan.
    """

    scan: Scan
    pixels: NDArray[np.generic]
    breast: Breast
    frame: Frame

    @property
    def pixel_mm(self) -> float:
        """Size of a pixel; that of a fine film digitizer where it is unknown."""
        spacing = film_spacing(self.scan)
        return (spacing.row_mm + spacing.column_mm) / 2 if spacing.known else _UNKNOWN_MM

    def tissue(self, left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
        """Return which pixels of a box show breast, bool (rows, columns)."""
        lattice = self.breast.to_scan.inverse @ Affine(column_shift=left, row_shift=top)
        return resample(self.breast.mask.astype(np.float32), lattice, (bottom - top, right - left)) >= 0.5

    def surroundings(self, region: PixelRegion, margin: int) -> tuple[int, int, int, int]:
        """Return the box of a region with a margin round it, cut off at the scan's edges."""
        left, top, right, bottom = region.box
        rows, columns = self.pixels.shape
        return max(0, left - margin), max(0, top - margin), min(columns, right + margin), min(rows, bottom + margin)


def erased(edited: EditedScan, region: PixelRegion) -> PixelChange:
    """Return a region, as far as it shows breast, filled from its surroundings.

    Raises
    ------
    MammoviewError
        When nothing of it shows breast.
    """
    box = edited.surroundings(region, margin_px(region.mask, edited.pixel_mm))
    left, top, right, bottom = box
    tissue = edited.tissue(*box)
    mask = _placed(region, box) & tissue
    if not mask.any():
        raise MammoviewError("there is no breast at that place", "Paint over tissue", edited.scan.path)
    values = edited.pixels[top:bottom, left:right].astype(np.float32)
    return _change(edited, box, mask, fill(values, mask, tissue, edited.pixel_mm))


def moved(source: EditedScan, region: PixelRegion, target: EditedScan, place: tuple[float, float]) -> PixelChange:
    """Return what sets a region of one scan into another one, or into another place of the same.

    It keeps its size in mm and lies to the nipple as it did, so that it is mirrored in the other breast. Its greys are
    scaled by the spread of those of both breasts.

    Parameters
    ----------
    source, target
        Where it comes from, with the lesion still in it, and where it goes.
    region
        Of the source.
    place
        (column, row) of the target at which the middle of the region comes to lie.

    Raises
    ------
    MammoviewError
        When there is no breast at that place, or one scan is stored bright where the other is dark.
    """
    if _falls(source.scan) != _falls(target.scan):
        what = "one of these pictures is stored bright where the other is dark"
        raise MammoviewError(what, "Move the region within its own picture", target.scan.path)
    turned = source.frame.to_scan @ target.frame.from_scan
    off = np.subtract(region.centre, turned(place))
    to_source = Affine(column_shift=off[0], row_shift=off[1]) @ turned
    ends = to_source.inverse([region.box[:2], region.box[2:]])
    low, high = np.floor(ends.min(0)).astype(int), np.ceil(ends.max(0)).astype(int)
    whole = PixelRegion(int(low[0]), int(low[1]), np.ones((high[1] - low[1], high[0] - low[0]), np.bool_))
    box = target.surroundings(whole, int(MARGIN_MM / target.pixel_mm))
    left, top, right, bottom = box
    shape = bottom - top, right - left
    if min(shape) < 1:
        raise MammoviewError("there is no breast at that place", "Choose a place in the breast", target.scan.path)
    there = to_source @ Affine(column_shift=left, row_shift=top)
    cut = source.surroundings(region, 2 * int(MARGIN_MM / source.pixel_mm) + 2)
    around = Affine(column_shift=-cut[0], row_shift=-cut[1]) @ there
    piece = resample(source.pixels[cut[1] : cut[3], cut[0] : cut[2]].astype(np.float32), around, shape, np.nan)
    mask = resample(_placed(region, cut).astype(np.float32), around, shape) >= 0.5
    mask &= target.tissue(*box) & np.isfinite(piece)
    if not mask.any():
        raise MammoviewError("there is no breast at that place", "Choose a place in the breast", target.scan.path)
    values = target.pixels[top:bottom, left:right].astype(np.float32)
    if source.scan is not target.scan:
        (mean, spread), (its_mean, its_spread) = _brightness(target), _brightness(source)
        piece = (piece - its_mean) * (spread / its_spread) + mean
    known = np.where(np.isfinite(piece), piece, values)
    return _change(target, box, mask, set_in(values, known, mask, target.pixel_mm), known)


def _placed(region: PixelRegion, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Return the mask of a region in a box of the scan; what lies beyond it is cut off."""
    left, top, right, bottom = box
    mask = np.zeros((bottom - top, right - left), np.bool_)
    rows, columns = np.nonzero(region.mask)
    rows, columns = rows + region.top - top, columns + region.left - left
    inside = (rows >= 0) & (columns >= 0) & (rows < mask.shape[0]) & (columns < mask.shape[1])
    mask[rows[inside], columns[inside]] = True
    return mask


def _change(
    edited: EditedScan,
    box: tuple[int, int, int, int],
    mask: NDArray[np.bool_],
    found: NDArray[np.float32],
    piece: NDArray[np.float32] | None = None,
) -> PixelChange:
    """Return the pixels of a mask with other values, within the range of those of the box and of a piece set in."""
    region = PixelRegion.of(mask, box[0], box[1])
    assert region is not None  # the callers have looked
    left, top, right, bottom = region.box
    before = edited.pixels[box[1] : box[3], box[0] : box[2]]
    low, high = float(before.min()), float(before.max())
    if piece is not None:
        low, high = min(low, float(piece[mask].min())), max(high, float(piece[mask].max()))
    whole = np.issubdtype(before.dtype, np.integer)
    if whole:
        ends = np.iinfo(before.dtype.name)
        low, high = max(low, ends.min), min(high, ends.max)
    values = np.clip(found, low, high)[top - box[1] : bottom - box[1], left - box[0] : right - box[0]]
    return PixelChange(region, (np.round(values) if whole else values).astype(before.dtype))


def _falls(scan: Scan) -> bool:
    """Whether stored values fall with tissue."""
    return scan.grey.exposures or scan.grey.density is not None or scan.grey.inverted != (scan.grey.slope < 0)


def _brightness(edited: EditedScan) -> tuple[float, float]:
    """Return mean and standard deviation of the stored values of the breast."""
    rows, columns = edited.pixels.shape
    shape = rows // _SAMPLED, columns // _SAMPLED
    lattice = edited.breast.to_scan.inverse @ Affine(_SAMPLED, _SAMPLED)
    inside = resample(edited.breast.mask.astype(np.float32), lattice, shape) >= 0.5
    values = edited.pixels[::_SAMPLED, ::_SAMPLED][: shape[0], : shape[1]][inside].astype(np.float64)
    return float(values.mean()), max(float(values.std()), 1e-6)
