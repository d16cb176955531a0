"""Folders for the commands to work on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.study.scan import Side
from tests.support.phantoms import breast_pixels


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder with both CC views as 16-bit PNG."""
    folder = tmp_path / "case"
    folder.mkdir()
    for name, side in (("one_L_CC", Side.LEFT), ("one_R_CC", Side.RIGHT)):
        Image.fromarray(breast_pixels(side=side) * 15).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A folder with a picture on air of exactly 0, and one of tissue everywhere but in a corner."""
    folder = tmp_path / "doubtful"
    folder.mkdir()
    picture = breast_pixels()
    picture[picture < 100] = 0
    Image.fromarray(picture * 15).save(folder / "digital_L_CC.png")
    y, x = np.mgrid[:600, :400]
    full = np.where(np.hypot(x - 395, y - 595) < 80, 0, 3000) + np.random.default_rng(4).integers(0, 40, (600, 400))
    Image.fromarray(full.astype(np.uint16)).save(folder / "full_R_CC.png")
    return folder
