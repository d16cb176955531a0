"""From a scan to what the networks see: one normalisation per image, the same in training and in the window."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.anatomy.breast import MASK_MM, Breast, block_mean
from mammoview.anatomy.disk_morphology import dilated
from mammoview.anatomy.frame import Frame, extent, resample
from mammoview.study.geometry import Affine
from mammoview.study.spacing import Spacing

CLIP = (-4.0, 4.0)
"""Normalised intensities are kept in this range, standard deviations of the breast."""
RIM_MM = 3.0
"""How much of the film beyond the breast mask the networks see; labels and edges farther out are blanked."""
AIR_MM = (1.5, 6.0)
"""Distances from the breast mask between which the film is measured that stands for what is blanked."""
LEAST_SHARE = 0.02
"""Patches with a smaller share of breast are background: probability 0, not evaluated further."""


@dataclass(frozen=True)
class Normalisation:
    """How a scan is made ready for the networks, without its pixels.

    Parameters
    ----------
    breast, frame
        Mask and geometry.
    mean, deviation
        Of the intensities inside the breast mask.
    air
        Normalised intensity of the film just outside the breast; fills what is blanked.
    clip
        Range that normalised intensities are kept in.
    """

    breast: Breast
    frame: Frame
    mean: float
    deviation: float
    air: float
    clip: tuple[float, float] = CLIP

    def extent(self, um_per_px: float) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the breast on the Frame's lattice at that magnification."""
        return extent(self.breast, self.frame.lattice(um_per_px).inverse)

    def of(self, image: NDArray[np.float32]) -> PreparedScan:
        """Return an image (rows, columns; scan lattice, tissue bright) made ready so."""
        return PreparedScan(self.breast, self.frame, self.mean, self.deviation, self.air, self.clip, image=image)


@dataclass(frozen=True, kw_only=True)
class PreparedScan(Normalisation):
    """A scan made ready for the networks.

    Parameters
    ----------
    image
        float32 (rows, columns), scan lattice, tissue bright.
    """

    image: NDArray[np.float32]

    @property
    def normalisation(self) -> Normalisation:
        """The same without the image, which it does not keep alive."""
        return Normalisation(self.breast, self.frame, self.mean, self.deviation, self.air, self.clip)

    def magnified(
        self,
        um_per_px: float,
        left: int,
        top: int,
        rows: int,
        columns: int,
        check: Callable[[], None] = lambda: None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return normalised intensities and the breast's share (0..1) per pixel, float32 (rows, columns) each.

        `left` and `top` place the array's corner on the Frame's lattice at that magnification. `check` is called in
        between, and raises to stop the work.
        """
        lattice = self.frame.lattice(um_per_px, left, top)
        values = resample(self.image, lattice, (rows, columns), np.nan, check=check)
        values -= np.float32(self.mean)
        values /= np.float32(self.deviation)
        check()
        to_mask = self.breast.to_scan.inverse @ lattice
        mask = resample(self.breast.mask.astype(np.float32), to_mask, (rows, columns), check=check)
        check()
        seen = dilated(mask >= 0.5, 1000 * RIM_MM / um_per_px)
        check()
        seen &= np.isfinite(values)
        values[~seen] = self.air
        return np.clip(values, *self.clip, out=values), mask


def mean_and_deviation(inside: NDArray[np.float32]) -> tuple[float, float]:
    """Return mean and standard deviation of the intensities inside the breast, (N,)."""
    return float(inside.mean(dtype=np.float64)), float(inside.std(dtype=np.float64))


def prepare(
    image: NDArray[np.float32],
    breast: Breast,
    spacing: Spacing,
    upside_down: bool = False,
    check: Callable[[], None] = lambda: None,
    measure: Callable[[NDArray[np.float32]], tuple[float, float]] = mean_and_deviation,
    clip: tuple[float, float] = CLIP,
) -> PreparedScan:
    """Find the Frame of an image (tissue bright) whose breast is known, and measure its normalisation.

    Parameters
    ----------
    upside_down
        How the standing image is stored.
    check
        Called in between; raises to stop the work.
    measure
        Returns what is taken from the intensities and what divides them, of those inside the breast, float32 (N,).
    clip
        Range that normalised intensities are kept in.
    """
    frame = Frame.of(breast, spacing, upside_down)
    small = resample(image, breast.to_scan, breast.mask.shape, float(image.min()), check=check)
    inside = small[breast.mask]
    mean, deviation = measure(inside)
    deviation = max(deviation, 1e-6 * max(1.0, abs(mean)))
    near, far = (dilated(breast.mask, mm / MASK_MM) for mm in AIR_MM)
    ring = small[far & ~near]
    darkest = clip[0] if math.isfinite(clip[0]) else (float(small.min()) - mean) / deviation
    air = (float(np.median(ring)) - mean) / deviation if ring.size else darkest
    return Normalisation(breast, frame, mean, deviation, float(np.clip(air, *clip)), clip).of(image)


def patch_starts(shape: tuple[int, ...], step: int) -> NDArray[np.intp]:
    """Top left corners (row, column) of `shape` patches `step` pixels apart, intp (rows * columns, 2)."""
    return np.moveaxis(np.indices(shape), 0, -1).reshape(-1, 2) * step


def patches_share(mask: NDArray[np.floating], step: int, side: int) -> NDArray[np.float64]:
    """Share of breast in each square patch of `side` pixels, one every `step` pixels, float64 (rows, columns)."""
    block = math.gcd(step, side)
    rows, columns = (n // block * block for n in mask.shape)
    blocks = block_mean(mask[:rows, :columns], block, block)
    step, side = step // block, side // block
    return _windows(_windows(blocks, step, side).T, step, side).T / side**2


def _windows(values: NDArray[np.floating], step: int, side: int) -> NDArray[np.float64]:
    """Sum of `side` rows of `values` (rows, columns) from every `step`-th row on, float64."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, 0, out=total[1:])
    return total[side::step] - total[:-side:step]


def position_channels(prepared: Normalisation, lattice: Affine, rows: int, columns: int) -> NDArray[np.float32]:
    """Where each cell lies: x and y from the nipple and depth under the skin, in units of 100 mm; float32 (3, r, c).

    `lattice` maps the cells to scan pixels. This is the context C_ij of the paper (P16).
    """
    to_frame = prepared.frame.from_scan @ lattice
    x, _ = to_frame(np.stack([np.arange(columns) + 0.5, np.zeros(columns)], 1)).T
    _, y = to_frame(np.stack([np.zeros(rows), np.arange(rows) + 0.5], 1)).T
    mm = 0.05
    across = np.broadcast_to((x - 2048)[None] * mm / 100, (rows, columns))
    down = np.broadcast_to((y - 1024)[:, None] * mm / 100, (rows, columns))
    padded = np.pad(prepared.breast.mask, 1, mode="edge")
    depth = ndimage.distance_transform_edt(padded)[1:-1, 1:-1] * MASK_MM / 100
    depth = resample(depth.astype(np.float32), prepared.breast.to_scan.inverse @ lattice, (rows, columns))
    return np.stack([across, down, depth]).astype(np.float32)
