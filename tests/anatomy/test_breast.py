"""The breast is found on real films and on made ones, with all that films bring along."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.anatomy.breast import Breast, find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.anatomy.nipple import nipple as find_nipple
from mammoview.core.errors import NoBreastError
from mammoview.formats.opening.open_study import open_study
from mammoview.study.grayscale import Grey
from mammoview.study.scan import Laterality, Projection, Scan, Side
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.dicom_files import film

SPACING = Spacing(0.2, 0.2, SpacingSource.CALIBRATED)

# Where the letters of the view are exposed and where the nipple is, (column, row) as shares of the picture, by eye.
FILMS = {
    "1-130.dcm": ((0.76, 0.15), (0.53, 0.475)),
    "1-131.dcm": ((0.83, 0.19), (0.51, 0.68)),
    "1-132.dcm": ((0.08, 0.14), (0.54, 0.51)),
    "1-133.dcm": ((0.12, 0.11), (0.52, 0.60)),  # A sagging breast: its farthest point is well above the nipple.
    "1-280.dcm": ((0.95, 0.11), (0.60, 0.57)),
    "1-281.dcm": ((0.95, 0.11), (0.64, 0.58)),
    "1-282.dcm": ((0.05, 0.16), (0.44, 0.54)),
    "1-283.dcm": ((0.08, 0.14), (0.40, 0.665)),
}


def at(breast: Breast, column: float, row: float) -> bool:
    """Whether the mask holds a scan point."""
    c, r = np.floor(breast.to_scan.inverse((column, row))).astype(int)
    return bool(breast.mask[min(r, breast.mask.shape[0] - 1), min(c, breast.mask.shape[1] - 1)])


@pytest.mark.parametrize("name", FILMS)
def test_real_films(samples: Path, name: str) -> None:
    (study,) = open_study(next(samples.rglob(name)))
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
    left = scan.laterality is Laterality.L
    assert breast.chest_wall is (Side.LEFT if left else Side.RIGHT)
    # The lesions that readers outlined lie in the breast; boxes at the skin may stick out a little.
    for outline in scan.outlines:
        a, top, b, bottom = outline.box
        inside = [at(breast, x, y) for x in np.linspace(a + 1, b - 1, 9) for y in np.linspace(top + 1, bottom - 1, 9)]
        assert at(breast, *outline.centroid) and np.mean(inside) > 0.7
    size = np.array([scan.columns, scan.rows])
    label, nipple = FILMS[name]
    column, row = np.array(label * size, int)
    around = scan.pixels[row - 130 : row + 130, max(0, column - 130) : column + 130]
    assert around.max() > 20_000, "the label is not where this test thinks"
    assert not at(breast, column, row)
    found = breast.to_scan(find_nipple(breast.mask, left, scan.projection is Projection.MLO))
    off = (np.array(found) - nipple * size) * 0.05
    assert abs(off[0]) < 10 and abs(off[1]) < 10, off
    scan.release()


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("side", Side)
def test_made_film(side: Side, oblique: bool) -> None:
    picture = film(oblique=oblique)
    breast = find_breast(picture if side is Side.LEFT else picture[:, ::-1].copy(), SPACING)
    assert breast.chest_wall is side
    depth = breast.tip[0] if side is Side.LEFT else 900 - breast.tip[0]
    # The tip of the half ellipse: 0.62 of the width deep; the skin there is faint over the last 6 mm.
    assert 0.62 * 900 - 30 <= depth <= 0.62 * 900 + 5
    assert breast.tip[1] == pytest.approx(600 + (72 if oblique else 0), abs=15)


def labelled(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the film with an exposed label in its free upper corner."""
    picture = picture.copy()
    for start in range(620, 860, 48):
        picture[60:150, start : start + 30] = 4000
    return picture


def bordered(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the film with white scanner borders on all sides."""
    picture = picture.copy()
    picture[:14], picture[-9:], picture[:, :11], picture[:, -17:] = 4095, 4095, 4095, 4095
    return picture


def marked(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the film with bright lead markers of 2 mm in the free film and on the skin."""
    picture = picture.copy()
    y, x = np.ogrid[:1200, :900]
    for column, row in ((700, 900), (800, 300), (520, 480)):
        picture[np.hypot(x - column, y - row) < 5] = 4095
    return picture


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("spoil", [labelled, bordered, marked])
def test_what_films_bring_along_changes_little(
    spoil: Callable[[NDArray[np.float32]], NDArray[np.float32]], side: Side, oblique: bool
) -> None:
    clean, dirty = film(oblique=oblique), spoil(film(oblique=oblique))
    if side is Side.RIGHT:
        clean, dirty = clean[:, ::-1].copy(), dirty[:, ::-1].copy()
    want, got = find_breast(clean, SPACING), find_breast(dirty, SPACING)
    assert got.chest_wall is side
    overlap = (want.mask & got.mask).sum() / (want.mask | got.mask).sum()
    assert overlap > 0.93
    np.testing.assert_allclose(got.tip, want.tip, atol=20)
    if spoil is labelled:
        label = np.zeros(dirty.shape, bool)
        label[60:150, 620:860] = True
        label = label if side is Side.LEFT else label[:, ::-1]
        rows, columns = np.nonzero(label)
        assert not any(at(got, c + 0.5, r + 0.5) for r, c in list(zip(rows, columns, strict=True))[::97])


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("side", Side)
def test_fold_of_the_arm_is_not_taken_for_the_nipple(side: Side, upside_down: bool) -> None:
    picture = film(oblique=True)
    y, x = np.mgrid[:1200, :900]
    picture[x < 700 - 3 * y] = 1800  # It comes in at the top, 28 mm farther out than the nipple.
    want = find_breast(film(oblique=True), SPACING).tip
    picture = picture[::-1] if upside_down else picture
    picture = picture[:, ::-1] if side is Side.RIGHT else picture
    column, row = find_breast(np.ascontiguousarray(picture), SPACING).tip
    column, row = 900 - column if side is Side.RIGHT else column, 1200 - row if upside_down else row
    np.testing.assert_allclose((column, row), want, atol=15)


def test_real_fold_of_the_arm(shared_data: Path) -> None:
    (study,) = open_study(shared_data / "ddsm_normals" / "case0018" / "A_0018_1.LEFT_MLO.jpg")
    (scan,) = study.scans
    column, row = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing).tip
    assert 0.5 < row / scan.rows < 0.8 and 0.2 < column / scan.columns < 0.4


def test_unknown_spacing_is_guessed_from_the_size() -> None:
    want, got = find_breast(film(), SPACING), find_breast(film(), UNKNOWN_SPACING)
    assert got.chest_wall is want.chest_wall
    np.testing.assert_allclose(got.tip, want.tip, atol=10)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((300, 200), np.float32),
        np.full((300, 200), 7, np.float32),
        np.random.default_rng(2).normal(100, 1, (600, 400)).astype(np.float32),
        np.ones((1, 1), np.float32),
        np.full((300, 200), np.nan, np.float32),
    ],
    ids=["black", "flat", "noise", "one pixel", "no numbers"],
)
def test_no_breast_is_an_error_with_a_remedy(picture: NDArray[np.float32]) -> None:
    with pytest.raises(NoBreastError, match=r"no breast.*Check"):
        find_breast(picture, SPACING)


def test_inverted_film_is_found_through_its_grey() -> None:
    pixels = (4095 - film()).astype(np.uint16)
    scan = Scan(Path("film.dcm"), 1200, 900, pixels.copy, spacing=SPACING, grey=Grey(inverted=True, bits=12))
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
    assert breast.chest_wall is Side.LEFT
