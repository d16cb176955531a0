"""Pictures without a header are reported as digital where no film could look so."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.display.pixel_warnings import LOOKS_DIGITAL
from mammoview.display.scan_analysis import analyse
from mammoview.formats.opening.open_study import open_study
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import film, write


def digital() -> NDArray[np.uint8]:
    """Return a breast on air of exactly 0, with a label."""
    picture = film()
    picture = picture + np.random.default_rng(5).normal(0, 20, picture.shape)
    picture = np.where(film() <= 300, 0, picture / 8)
    picture[60:150, 700:860:40] = 250
    return picture.clip(0, 255).astype(np.uint8)


def reported(folder: Path, pixels: NDArray[np.generic], name: str = "case_L_CC.png") -> list[str]:
    """Return the warnings about a picture once it is a file."""
    data = BytesIO()
    image = Image.fromarray(pixels)
    if name.endswith(".jpg"):
        image.save(data, "JPEG", quality=85)
    else:
        image.save(data, "PNG" if name.endswith(".png") else "TIFF")
    (folder / name).write_bytes(data.getvalue())
    (study,) = open_study(folder / name)
    return list(analyse(study.scans[0]).warnings)


@pytest.mark.parametrize("name", ["case_L_CC.png", "case_L_CC.tif", "case_L_CC.jpg"])
def test_air_of_one_value_looks_digital(tmp_path: Path, name: str) -> None:
    assert LOOKS_DIGITAL in reported(tmp_path, digital(), name)


def test_noise_and_borders_are_of_film(tmp_path: Path) -> None:
    noisy = np.maximum(digital(), np.random.default_rng(6).integers(0, 6, (1200, 900))).astype(np.uint8)
    assert reported(tmp_path, noisy) == []
    bordered = digital()
    bordered[:6], bordered[:, -8:] = 255, 255
    assert reported(tmp_path, bordered) == []


def test_specks_of_dust_are_of_film(tmp_path: Path) -> None:
    dusty = digital()
    for row, column in ((300, 700), (700, 800), (1000, 640)):
        dusty[row : row + 4, column : column + 4] = 3
    assert reported(tmp_path, dusty) == []


def test_a_header_that_says_digital_is_enough(tmp_path: Path) -> None:
    pixels = digital().astype(np.uint16) * 16
    (study,) = open_study(write(tmp_path / "a.dcm", pixels=pixels, BitsStored=12, HighBit=11))
    assert analyse(study.scans[0]).warnings == ()


@pytest.mark.parametrize("name", ["00342_RIGHT_MLO", "00342_RIGHT_CC", "01454_LEFT_MLO"])
def test_real_films_that_are_black_but_for_dust_look_like_films(shared_data: Path, name: str) -> None:
    (study,) = open_study(shared_data / "cbis_masses" / "images" / f"{name}.jpg")
    study.scans[0].spacing = Spacing(0.29, 0.18, SpacingSource.ASSUMED)
    assert LOOKS_DIGITAL not in analyse(study.scans[0]).warnings


def test_real_films_look_like_films(shared_data: Path, samples: Path) -> None:
    folders = [shared_data / "ddsm_100um" / "case0033", shared_data / "ddsm_normals" / "case0074", samples]
    for scan in (scan for folder in folders for study in open_study(folder) for scan in study.scans):
        if not scan.path.stem.endswith("_Mask"):
            assert LOOKS_DIGITAL not in analyse(scan).warnings, scan.path.name
        scan.release()
