"""The breast is found on real films and on made ones, with all that films bring along."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.anatomy.breast import Breast, find_breast, mask_warning, without_bands
from mammoview.anatomy.intensity import tissue_bright
from mammoview.anatomy.nipple import nipple as find_nipple
from mammoview.core.errors import NoBreastError
from mammoview.display.film_mask import known_well
from mammoview.formats.opening.open_study import open_study
from mammoview.study.grey_pipeline import GreyPipeline
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
    scan = Scan(Path("film.dcm"), 1200, 900, pixels.copy, spacing=SPACING, grey=GreyPipeline(inverted=True, bits=12))
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
    assert breast.chest_wall is Side.LEFT


def digital(background: float, oblique: bool = False, noise: float = 0.0) -> NDArray[np.float32]:
    """Return a fatty breast with a dense core on air of exactly one value, or on faint noise."""
    rng = np.random.default_rng(3)
    picture = film(oblique=oblique)
    y, x = np.mgrid[:1200, :900]
    picture = np.where(picture > 300, 500 + 0.5 * (picture - 300), 300)
    dense = np.hypot((x - 180) / 170, (y - 640) / 200) < 1
    picture = np.where(dense & (picture > 300), 2600 + rng.normal(0, 60, picture.shape), picture)
    if oblique:
        muscle = film(oblique=True) >= 2200
        picture = np.where(muscle, 3000, picture)
    picture = picture + rng.normal(0, 15, picture.shape)
    air = film(oblique=oblique) <= 300
    return np.where(air, background + noise * rng.random(picture.shape), picture).astype(np.float32)


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("around", ["zero", "noise", "label", "touching label", "white frame", "cropped"])
def test_fat_on_air_of_one_value_is_breast(around: str, side: Side, oblique: bool) -> None:
    picture = digital(0, oblique, noise=12 if around == "noise" else 0)
    want = film(oblique=oblique) > 300
    if around == "label":
        picture[60:150, 620:860] = 4000
    if around == "touching label":
        picture[560:590, 480:640] = 4000
    if around == "cropped":
        rows, columns = np.flatnonzero(want.any(1)), np.flatnonzero(want.any(0))
        box = np.s_[max(0, rows[0] - 20) : rows[-1] + 21, columns[0] : columns[-1] + 21]
        picture, want = picture[box].copy(), want[box]
    if around == "white frame":
        picture[-60:] = 4095
        want[-60:] = False
    if side is Side.RIGHT:
        picture, want = picture[:, ::-1].copy(), want[:, ::-1]
    breast = find_breast(picture, SPACING)
    rows, columns = want.shape
    want = want[: rows // 2 * 2 : 2, : columns // 2 * 2 : 2]
    got = breast.mask[: want.shape[0], : want.shape[1]]
    assert (want & got).sum() / (want | got).sum() > 0.93
    assert breast.chest_wall is side
    assert breast.warning == ""
    assert not oblique or around == "white frame" or breast.pectoral > 0


@pytest.mark.parametrize("oblique", [False, True])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("depths", [(50, 50, 50, 50), (90, 24, 0, 40)], ids=str)
@pytest.mark.parametrize("label", [False, True], ids=["", "label at the frame"])
def test_white_frame_around_the_film_is_not_breast(
    depths: tuple[int, int, int, int], label: bool, side: Side, oblique: bool
) -> None:
    top, bottom, wall, free = depths
    picture = digital(0, oblique)
    within = np.zeros(picture.shape, bool)
    within[top : 1200 - bottom, wall : 900 - free] = True
    want = (film(oblique=oblique) > 300) & within
    if label:
        picture[top : top + 70, 720:] = 4095
    picture[~within] = 4095
    if side is Side.RIGHT:
        picture, want = picture[:, ::-1].copy(), want[:, ::-1]
    breast = find_breast(picture, SPACING)
    want = want[::2, ::2]
    assert (want & breast.mask).sum() / (want | breast.mask).sum() > 0.95
    assert breast.chest_wall is side
    assert breast.warning == ""


@pytest.mark.parametrize(
    "name", ["C_0217_1.RIGHT_CC.jpg", "C_0217_1.LEFT_MLO.jpg", "C_0238_1.LEFT_MLO.jpg"], ids=lambda name: name[:-4]
)
def test_real_films_with_a_white_frame(shared_data: Path, name: str) -> None:
    (study,) = open_study(next((shared_data / "ddsm_100um").rglob(name)))
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.1, 0.1, SpacingSource.ASSUMED))
    assert 0.2 < breast.mask.mean() < 0.55
    assert breast.chest_wall is (Side.RIGHT if "RIGHT" in name else Side.LEFT)


@pytest.mark.parametrize("name", ["01475_LEFT_MLO", "01785_RIGHT_MLO", "00383_LEFT_MLO", "01281_RIGHT_MLO"])
def test_real_films_blanked_around_the_breast_keep_their_fat(shared_data: Path, name: str) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.29, 0.18, SpacingSource.ASSUMED))
    assert breast.mask.mean() > 0.35
    assert breast.warning == ""


@pytest.mark.parametrize("side", Side)
def test_air_between_the_breast_and_two_edges_of_the_picture_is_not_breast(side: Side) -> None:
    picture = film(oblique=True)[:, :540]  # The breast reaches the free side, and the muscle the upper end.
    want = picture > 300
    if side is Side.RIGHT:
        picture, want = picture[:, ::-1].copy(), want[:, ::-1]
    got = find_breast(picture, SPACING)
    want = want[::2, ::2]
    assert (want & got.mask).sum() / (want | got.mask).sum() > 0.95
    assert got.chest_wall is side


@pytest.mark.parametrize("name", ["00471_RIGHT_MLO", "00569_RIGHT_MLO"])
def test_real_film_that_glows_at_its_free_side_is_not_breast(shared_data: Path, name: str) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.29, 0.18, SpacingSource.ASSUMED))
    assert 0.6 < breast.mask.mean() < 0.76
    assert not at(breast, 0.2 * scan.columns, 0.2 * scan.rows)
    assert breast.warning == ""


@pytest.mark.parametrize("side", Side)
def test_tissue_as_white_as_the_border_beside_it_is_breast(side: Side) -> None:
    picture = film()
    picture[:, :6] = 4000  # A border along the chest wall, as films have it.
    y, x = np.mgrid[:1200, :900]
    dense = np.hypot(x - 6, y - 700) < 30
    picture[dense] = 4000
    if side is Side.RIGHT:
        picture, dense = picture[:, ::-1].copy(), dense[:, ::-1]
    mask = find_breast(picture, SPACING).mask
    inner = np.s_[:, 6:] if side is Side.LEFT else np.s_[:, :-6]
    assert mask[inner][dense[::2, ::2][inner]].mean() > 0.95


@pytest.mark.parametrize("side", Side)
def test_an_uneven_white_border_at_the_chest_wall_is_not_breast(side: Side) -> None:
    picture = film()
    y, x = np.mgrid[:1200, :900]
    border = x < 6 + y / 200
    picture[border] = 4000
    if side is Side.RIGHT:
        picture, border = picture[:, ::-1].copy(), border[:, ::-1]
    breast = find_breast(picture, SPACING)
    assert breast.mask[border[::2, ::2]].mean() < 0.1


@pytest.mark.parametrize(
    ("name", "spot"),
    # (column, row) in pixels of the picture, in the box of a lesion in the first two.
    [("00917_RIGHT_MLO", (783, 280)), ("01635_RIGHT_CC", (783, 195)), ("00778_RIGHT_CC", (773, 190))],
)
def test_real_tissue_at_a_bright_edge_of_the_film_is_breast(
    shared_data: Path, name: str, spot: tuple[float, float]
) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.29, 0.18, SpacingSource.ASSUMED))
    assert at(breast, *spot)


@pytest.mark.parametrize("where", ["top", "bottom", "chest wall"])
@pytest.mark.parametrize("wall_left", [True, False])
def test_a_mask_with_a_band_along_one_edge_is_implausible(where: str, wall_left: bool) -> None:
    mask = np.pad(film()[::2, ::2] > 300, ((60, 60), (0, 0)))
    assert mask_warning(mask, True) == ""
    band = {"top": np.s_[2:40], "bottom": np.s_[-40:-2], "chest wall": np.s_[:, 2:40]}[where]
    mask[band] = True
    assert "straight band" in mask_warning(mask if wall_left else mask[:, ::-1], wall_left)


@pytest.mark.parametrize("where", ["top", "bottom"])
@pytest.mark.parametrize("wall_left", [True, False])
def test_a_mask_with_a_band_shorter_than_the_edge_is_implausible(where: str, wall_left: bool) -> None:
    mask = np.pad(film()[::2, ::2] > 300, ((60, 60), (0, 0)))
    rows = np.s_[2:30] if where == "top" else np.s_[-30:-2]
    mask[rows, :270] = True  # Of 450 columns; a slanted edge of 3 mm is straight, too.
    mask = mask if wall_left else mask[:, ::-1]
    assert "straight band" in mask_warning(mask, wall_left)
    assert mask_warning(without_bands(mask), wall_left) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("00119_LEFT_CC", "00801_LEFT_CC", "00648_LEFT_CC", "01840_RIGHT_MLO", "01267_RIGHT_MLO"),
        *("00901_RIGHT_MLO", "00366_RIGHT_MLO", "00526_RIGHT_MLO", "00023_RIGHT_MLO"),
        "01173_RIGHT_MLO",
    ],
)
def test_real_masks_that_hold_a_bright_band_say_so_and_still_cover_film(shared_data: Path, name: str) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    (scan,) = study.scans
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.29, 0.18, SpacingSource.ASSUMED))
    assert "straight band" in breast.warning
    assert known_well(breast)


@pytest.mark.parametrize("name", ["01301_RIGHT_MLO", "00110_LEFT_MLO", "01442_RIGHT_MLO"])
def test_an_arm_at_the_upper_edge_is_no_band(shared_data: Path, name: str) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    (scan,) = study.scans
    assert find_breast(tissue_bright(scan.pixels, scan.grey), Spacing(0.29, 0.18, SpacingSource.ASSUMED)).warning == ""


def test_implausible_masks_say_so() -> None:
    spacing = Spacing(0.4, 0.4, SpacingSource.ASSUMED)
    y, x = np.mgrid[:300, :200]
    noise = np.random.default_rng(4).random((300, 200))
    wedge = np.where(x < 140 - 0.55 * y, 2000, 10) + noise
    assert "pectoral muscle alone" in find_breast(wedge.astype(np.float32), spacing).warning
    everywhere = np.where(np.hypot(x - 195, y - 295) < 45, 0, 1000) + noise
    assert "whole picture" in find_breast(everywhere.astype(np.float32), spacing).warning
    ring = np.ones((300, 200), bool)
    ring[60:240, 40:160] = False
    assert "edges of the picture" in mask_warning(ring, wall_left=True)
    assert "edges of the picture" in mask_warning(ring, wall_left=False)
    small = np.where(np.hypot(x, y - 150) < 22, 1000, 0) + noise
    assert "only 1% of the picture" in find_breast(small.astype(np.float32), spacing).warning
    assert find_breast(film(), SPACING).warning == ""


def test_a_picture_of_a_million_rows_takes_little_memory() -> None:
    image = np.zeros((1_000_000, 8), np.float32)
    tracemalloc.start()
    try:
        with pytest.raises(NoBreastError):
            find_breast(image, Spacing(0.00024, 0.00024, SpacingSource.ASSUMED))
        assert tracemalloc.get_traced_memory()[1] < 10 * image.nbytes
    finally:
        tracemalloc.stop()
