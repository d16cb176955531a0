"""Film mask: what of a digitised film stays in sight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.draw import polygon2mask

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.mask_checks import mask_warning
from mammoview.display.film_mask import FilmMask, film_mask, frame_bands, known_well, theil_sen
from mammoview.study.scan import Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import breast_pixels

ROWS, COLUMNS = 900, 600
PIXEL_MM = 0.2
SPACING = Spacing(PIXEL_MM, PIXEL_MM, SpacingSource.CALIBRATED)


def seen(mask: FilmMask, shape: tuple[int, int]) -> np.ndarray:
    """Return which pixels a mask leaves in sight, by another way than the one that paints."""
    inside = np.zeros(shape, bool)
    for outline in mask.outlines:
        inside ^= polygon2mask(shape, outline[:, ::-1] - 0.5)
    for band in mask.bands:
        inside &= ~polygon2mask(shape, band[:, ::-1] - 0.5)
    return inside


def film(frame: int = 0, slant: int = 0) -> np.ndarray:
    """Return a film, float32 0..1, with a white border of that depth all round, deeper to the right by `slant`."""
    pixels = breast_pixels(ROWS, COLUMNS, Side.LEFT, top=4000).astype(np.float32) / 4095
    if frame:
        pixels[:, :frame] = pixels[:, -frame:] = pixels[-frame:] = 1
        for column in range(COLUMNS):
            pixels[: frame + slant * column // COLUMNS, column] = 1
    return pixels


def mask_of(pixels: np.ndarray) -> FilmMask:
    greys = np.clip(255 * pixels, 0, 255).astype(np.uint8)
    return film_mask(find_breast(pixels, SPACING), SPACING, greys, 1)


def test_the_breast_and_five_millimetres_stay_in_sight():
    pixels = film()
    pixels[100:140, 500:560] = 1  # a label
    breast = find_breast(pixels, SPACING)
    inside = seen(mask_of(pixels), pixels.shape)
    step = round(breast.to_scan.column_scale)
    whole = np.kron(breast.mask, np.ones((step, step), bool))[:ROWS, :COLUMNS]
    assert inside[: whole.shape[0], : whole.shape[1]][whole].all()
    assert not inside[100:140, 500:560].any()
    row = ROWS // 2
    rim = np.flatnonzero(inside[row])[-1] - np.flatnonzero(whole[row])[-1]
    assert rim * PIXEL_MM == pytest.approx(5, abs=0.6)


@pytest.mark.parametrize("slant", [0, 8])
def test_a_scanners_border_is_covered_also_where_it_touches_the_breast(slant):
    pixels = film(frame=10, slant=slant)
    inside = seen(mask_of(pixels), pixels.shape)
    assert not inside[:10].any() and not inside[-10:].any() and not inside[:, :10].any()
    middle = slice(ROWS // 2 - 50, ROWS // 2 + 50)
    # No more than the border and what is mixed with it goes.
    assert inside[middle, 14:200].all()


def test_a_film_without_border_loses_nothing():
    greys = np.clip(255 * film(), 0, 255).astype(np.uint8)
    assert frame_bands(greys, PIXEL_MM) == []


def test_dense_tissue_at_the_edge_is_no_border():
    pixels = film()
    pixels[ROWS // 2 - 150 : ROWS // 2 + 150, :60] = 1
    greys = np.clip(255 * pixels, 0, 255).astype(np.uint8)
    assert frame_bands(greys, PIXEL_MM) == []


def test_the_slant_is_that_of_scipy():
    from scipy.stats import theilslopes

    random = np.random.default_rng(4)
    for x in (np.arange(30), np.repeat(np.arange(10), 3), random.integers(0, 500, 80)):
        y = (7 + 0.2 * x + random.normal(0, 3, len(x))).astype(int)
        assert theil_sen(x, y) == pytest.approx(tuple(theilslopes(y, x))[:2], abs=1e-12)


def test_a_scan_is_analysed_without_scipys_statistics():
    import subprocess
    import sys

    loaded = (
        "import sys; from mammoview.display.film_mask import film_mask; from mammoview.display.rendering import render;"
        "from mammoview.display.scan_analysis import analyse;"
        "from tests.support.phantoms import breast_pixels, scan_of;"
        "one = analyse(scan_of(breast_pixels()));"
        "made = film_mask(one.breast, one.scan.spacing, render(one.scan, analysis=one)[::2, ::2], 2);"
        "print(len(made.outlines) > 0, 'scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"


def test_a_broad_bright_area_is_no_border():
    pixels = film()
    pixels[:80] = 1
    greys = np.clip(255 * pixels, 0, 255).astype(np.uint8)
    assert all(np.ptp(band[:, 1]) > ROWS / 2 for band in frame_bands(greys, PIXEL_MM))


def test_tiny_pictures_have_no_border():
    assert frame_bands(np.full((20, 20), 255, np.uint8), PIXEL_MM) == []


def test_a_border_of_six_millimetres_is_covered():
    inside = seen(mask_of(film(frame=30)), (ROWS, COLUMNS))
    assert not inside[:30].any() and not inside[-30:].any()


def test_a_breast_mask_with_a_band_may_cover_film_and_a_band_alone_may_not():
    breast = find_breast(film(), SPACING)
    assert known_well(breast)
    banded = breast.mask.copy()
    banded[:, :6] = banded[-8:] = True
    assert mask_warning(banded, True).endswith("a straight band along an edge of the picture")
    assert known_well(replace(breast, mask=banded, warning=mask_warning(banded, True)))
    alone = np.zeros_like(banded)
    alone[:, :6] = alone[-8:] = True
    assert not known_well(replace(breast, mask=alone, warning=mask_warning(alone, True)))
    whole = np.ones_like(banded)
    assert not known_well(replace(breast, mask=whole, warning=mask_warning(whole, True)))
