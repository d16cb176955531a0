"""Where the nipple is: on films marked by eye, and the same whichever way a picture is stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.anatomy.nipple import TILT_DEGREES, farthest, nipple
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Projection, Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import film

SPACING = Spacing(0.2, 0.2, SpacingSource.DETECTOR)
# Row of the nipple as a share of the picture, by eye; views where it cannot be seen are left out.
MARKED = {
    "ddsm_normals/case0018/A_0018_1.LEFT_CC.jpg": 0.52,
    "ddsm_normals/case0018/A_0018_1.LEFT_MLO.jpg": 0.665,
    "ddsm_normals/case0018/A_0018_1.RIGHT_CC.jpg": 0.50,
    "ddsm_normals/case0018/A_0018_1.RIGHT_MLO.jpg": 0.68,
    "ddsm_normals/case0035/A_0035_1.RIGHT_CC.jpg": 0.47,
    "ddsm_normals/case0036/A_0036_1.LEFT_CC.jpg": 0.60,
    "mini_mias/images/mdb035.png": 0.61,
    "mini_mias/images/mdb038.png": 0.63,
    "mini_mias/images/mdb049.png": 0.56,
    "mini_mias/images/mdb067.png": 0.67,
    "mini_mias/images/mdb101.png": 0.73,
    "mini_mias/images/mdb127.png": 0.72,
    "mini_mias/images/mdb128.png": 0.67,
    "mini_mias/images/mdb208.png": 0.70,
    "mini_mias/images/mdb261.png": 0.61,
    "mini_mias/images/mdb303.png": 0.65,
}


def test_marked_films(shared_data: Path) -> None:
    missed = []
    for name, share in MARKED.items():
        (scan,) = open_study(shared_data / name)[0].scans
        breast = find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing)
        oblique = scan.projection is Projection.MLO
        _, row = breast.to_scan(nipple(breast.mask, breast.chest_wall is Side.LEFT, oblique))
        mm = scan.spacing.row_mm if scan.spacing.known else 0.045  # DDSM: 42 to 50 um
        missed.append(abs(row - share * scan.rows) * mm)
    assert np.median(missed) < 4 and np.percentile(missed, 90) < 15


@pytest.mark.parametrize("oblique", [False, True])
def test_every_way_of_storing_it(oblique: bool) -> None:
    mask = find_breast(film(oblique=oblique), SPACING).mask
    rows, columns = mask.shape
    column, row = nipple(mask, True, oblique)
    assert nipple(mask[:, ::-1], False, oblique) == (columns - column, row)
    assert nipple(mask[::-1], True, oblique, upside_down=True) == (column, rows - row)


@pytest.mark.parametrize("oblique", [False, True])
def test_a_strip_of_film_edge_that_hangs_together_with_the_breast_has_no_nipple(oblique: bool) -> None:
    y, x = np.mgrid[:500, :300]
    breast = (np.hypot(x, (y - 250) * 0.8) < 170) | (x < 8)
    with_strips = breast | ((y > 5) & (y < 14)) | ((y > 486) & (y < 494))
    assert farthest(with_strips, True, TILT_DEGREES if oblique else 0.0)[0] == 300
    assert nipple(with_strips, True, oblique) == pytest.approx(nipple(breast, True, oblique), abs=1)


def test_a_breast_that_hangs_has_its_nipple_below_its_farthest_point() -> None:
    y, x = np.mgrid[:500, :300]
    hanging = (x < 180 - 0.15 * np.maximum(250 - y, 0)) & (y < 400) & (np.hypot(x - 100, y - 250) < 150)
    _, straight = nipple(hanging, True, oblique=False)
    _, tilted = nipple(hanging, True, oblique=True)
    assert tilted > straight
