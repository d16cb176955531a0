"""A blob at a known place is found at that place, however the scan was stored (the geometry test of the design)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.frame import BASE_UM, FRAME_PX, Frame, extent, resample
from mammoview.anatomy.intensity import tissue_bright
from mammoview.anatomy.stored_rotation import lies
from mammoview.study.geometry import TRANSPOSED, Affine, flip_columns, flip_rows
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.patient_orientation import stored_chest_wall, stored_lying, stored_upside_down
from mammoview.study.scan import Laterality, Projection, Scan, Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import film

BLOB = (32.0, 12.0)
"""Depth from the chest wall and height above the middle, mm."""
MM = {"square": (0.2, 0.2), "tall": (0.17, 0.23), "fine": (0.1, 0.09)}
SIZES_MM = {"even": (120.0, 90.0), "odd": (113.3, 84.7)}
UM = (100, 150, 200)
FLIPS = [(False, False), (False, True), (True, False), (True, True)]
STORED = [(*flips, lying) for flips in FLIPS for lying in (False, True)]

# Patient letters of increasing column and row for an upright film with its chest wall on the left.
_UPRIGHT = {
    (Laterality.L, Projection.CC): ("A", "R"),
    (Laterality.R, Projection.CC): ("A", "L"),
    (Laterality.L, Projection.MLO): ("A", "FR"),
    (Laterality.R, Projection.MLO): ("A", "FL"),
}
_OPPOSITE = str.maketrans("APLRHF", "PARLFH")


def stored(
    view: tuple[Laterality, Projection],
    flips: tuple[bool, ...],
    mm: tuple[float, float],
    size_mm: tuple[float, float],
) -> tuple[Scan, Affine]:
    """Return a scan stored flipped (columns, rows) and then on its side, and the map from the upright film to it."""
    rows, columns = round(size_mm[0] / mm[0]), round(size_mm[1] / mm[1])
    picture = film(rows, columns, mm, view[1] is Projection.MLO, BLOB)
    along, down = _UPRIGHT[view]
    to_stored = Affine()
    if flips[0]:
        picture, along, to_stored = picture[:, ::-1], along.translate(_OPPOSITE), flip_columns(columns) @ to_stored
    if flips[1]:
        picture, down, to_stored = picture[::-1], down.translate(_OPPOSITE), flip_rows(rows) @ to_stored
    spacing = Spacing(*mm, SpacingSource.CALIBRATED)
    if any(flips[2:]):
        picture, spacing, to_stored = picture.T, spacing.turned, TRANSPOSED @ to_stored
        along, down, rows, columns = down, along, columns, rows
    pixels = np.ascontiguousarray(np.rint(picture)).astype(np.uint16)
    scan = Scan(Path("film.dcm"), rows, columns, pixels.copy, *view, spacing, (along, down), GreyPipeline(bits=12))
    return scan, to_stored


def peak(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return (column, row) of the lump, from the shape of its logarithm about the greatest value."""
    r, c = np.unravel_index(int(values.argmax()), values.shape)
    reach = 4
    window = values[r - reach : r + reach + 1, c - reach : c + reach + 1]
    weights = np.clip(window - window.min(), 0, None) ** 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return float(c + 0.5 + (weights * x).sum() / weights.sum()), float(r + 0.5 + (weights * y).sum() / weights.sum())


@pytest.mark.parametrize("size", SIZES_MM)
@pytest.mark.parametrize("pixel", MM)
@pytest.mark.parametrize("flips", STORED, ids=lambda f: f"flipped{f[0]:d}{f[1]:d}lying{f[2]:d}")
@pytest.mark.parametrize("view", _UPRIGHT, ids="".join)
def test_blob_is_found_where_it_was_put(
    view: tuple[Laterality, Projection], flips: tuple[bool, bool, bool], pixel: str, size: str
) -> None:
    mm, size_mm = MM[pixel], SIZES_MM[size]
    scan, to_stored = stored(view, flips, mm, size_mm)
    image = tissue_bright(scan.pixels, scan.grey)
    lying = flips[2]
    breast = find_breast(image, scan.spacing, partial(lies, None))
    assert breast.lying is lying is stored_lying(scan)
    wall = Side.RIGHT if flips[0] else Side.LEFT
    assert breast.chest_wall is wall is stored_chest_wall(scan, lying)
    assert stored_upside_down(scan, lying) == flips[1]
    frame = Frame.of(breast, scan.spacing, flips[1])
    upright = (BLOB[0] / mm[1], round(size_mm[0] / mm[0]) / 2 - BLOB[1] / mm[0])
    for um in UM:
        lattice = frame.lattice(um)
        side = round(FRAME_PX * BASE_UM / um)
        found = peak(resample(image, lattice, (side, side)))
        # Half a pixel is what the design asks; a quarter of the coarser pixel is kept.
        want = lattice.inverse(to_stored(upright))
        tolerance = 0.25 * np.maximum(1, np.array([mm[1], mm[0]]) * 1000 / um)  # of the Frame, which stands
        assert (np.abs(np.array(found) - want) <= tolerance).all(), (um, found, want)


@pytest.mark.parametrize("view", _UPRIGHT, ids="".join)
def test_all_ways_of_storing_give_the_same_frame(view: tuple[Laterality, Projection]) -> None:
    seen = []
    for flips in STORED:
        scan, _ = stored(view, flips, MM["square"], SIZES_MM["odd"])
        image = tissue_bright(scan.pixels, scan.grey)
        frame = Frame.of(find_breast(image, scan.spacing, flips[2]), scan.spacing, flips[1])
        seen.append(resample(image, frame.lattice(200), (512, 512)))
        # Anterior to the right, upper half up: the lump lies left of the right edge, at nipple height or above.
        column, row = peak(seen[-1])
        assert column < 512 and row < 256
    for other in seen[1:]:
        # Flips put the mask's blocks elsewhere on an odd number of rows, so the nipple may differ by a mask pixel.
        np.testing.assert_allclose(peak(other), peak(seen[0]), atol=2.1)


def test_right_edge_is_the_nipple_and_the_middle_row_its_row() -> None:
    scan, _ = stored((Laterality.R, Projection.CC), (True, False), MM["tall"], SIZES_MM["even"])
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
    frame = Frame.of(breast, scan.spacing)
    np.testing.assert_allclose(frame.to_scan((FRAME_PX, FRAME_PX / 2)), breast.tip)
    np.testing.assert_allclose(frame.from_scan(breast.tip), (FRAME_PX, FRAME_PX / 2))
    inner = frame.to_scan((0, FRAME_PX / 2))
    assert abs(inner[0] - breast.tip[0]) * scan.spacing.column_mm == pytest.approx(FRAME_PX * BASE_UM / 1000)


def test_lattices_share_their_corner() -> None:
    scan, _ = stored((Laterality.L, Projection.CC), (False, False), MM["square"], SIZES_MM["even"])
    frame = Frame.of(find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing), scan.spacing)
    for um in (100, 150, 200, 400, 3200):
        np.testing.assert_allclose(frame.lattice(um)((0, 0)), frame.to_scan((0, 0)))
        moved = frame.lattice(um, 3, -2)
        np.testing.assert_allclose(moved((0, 0)), frame.lattice(um)((3, -2)))


def test_unknown_spacing_takes_a_pixel_for_a_base_pixel() -> None:
    scan, _ = stored((Laterality.L, Projection.CC), (False, False), MM["square"], SIZES_MM["even"])
    blind = replace(scan, spacing=Spacing(1, 1, SpacingSource.UNKNOWN))
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), blind.spacing)
    assert Frame.of(breast, blind.spacing).to_scan.column_scale == 1


def test_extent_holds_the_breast_and_little_more() -> None:
    scan, _ = stored((Laterality.R, Projection.MLO), (True, True), MM["square"], SIZES_MM["odd"])
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
    to_lattice = Frame.of(breast, scan.spacing, True).lattice(200).inverse
    left, top, right, bottom = extent(breast, to_lattice)
    rows, columns = np.nonzero(breast.mask)
    mapped = to_lattice(breast.to_scan(np.column_stack([columns, rows]) + 0.5))
    assert left < mapped[:, 0].min() and mapped[:, 0].max() < right
    assert top < mapped[:, 1].min() and mapped[:, 1].max() < bottom
    assert mapped[:, 0].min() - left < 3 and right - mapped[:, 0].max() < 3


@pytest.mark.parametrize("shape", [(60, 50), (61, 51)])
def test_resampling_on_its_own_lattice_changes_nothing(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).random(shape, np.float32)
    np.testing.assert_allclose(resample(image, Affine(), shape), image, atol=1e-6)


def test_resampling_beyond_the_picture_gives_the_fill() -> None:
    image = np.ones((10, 10), np.float32)
    wide = resample(image, Affine(column_shift=-20), (10, 30), fill=-5)
    assert (wide[:, :19] == -5).all() and (wide[1:-1, 21:29] == 1).all()


@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    wanted=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    scales=st.tuples(*[st.sampled_from([-2.5, -1.0, -0.4, 0.25, 1.0, 1.2, 3.0])] * 2),
    shifts=st.tuples(*[st.sampled_from([-3.0, 0.0, 0.5, 7.25, 40.0])] * 2),
    fill=st.sampled_from([0.0, np.nan]),
)
def test_reading_between_pixels_equals_scipys_spline(shape, wanted, scales, shifts, fill) -> None:
    image = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    scale, shift = np.array(scales), np.array(shifts)
    # Row and column i of either array are the point i + 0.5. Given scales alone, SciPy divides the shift by them, and
    # its rounding takes a point on the last pixel for one outside.
    expected = ndimage.affine_transform(
        image, np.diag(scale), shift + 0.5 * scale - 0.5, output_shape=wanted, order=1, mode="constant", cval=fill
    )
    lattice = Affine(scales[1], scales[0], shifts[1], shifts[0])
    np.testing.assert_allclose(resample(image, lattice, wanted, fill, averaged=False), expected, atol=2e-6)
