"""Breast masks that are probably not the breast get a warning, and bands of a scanner's frame are taken out of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.anatomy.mask_checks import mask_warning, without_bands
from mammoview.display.film_mask import known_well
from mammoview.formats.opening.open_study import open_study
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import film

SPACING = Spacing(0.2, 0.2, SpacingSource.CALIBRATED)


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
