"""Optical density: one film looks the same from every digitizer, on screen and to the models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.anatomy.intensity import tissue_bright
from mammoview.display.rendering import render
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import DBA, HOWTEK_A, HOWTEK_D, LUMISYS, RANGE, DensityCalibration, calibration
from mammoview.study.scan import Laterality, Projection, Scan
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import breast_pixels

ALL = (DBA, HOWTEK_A, HOWTEK_D, LUMISYS)


@pytest.mark.parametrize(
    ("found", "level", "density"),
    [
        (DBA, 10**4.80662, 0.05),  # 0 by the formula, which holds from 0.05 on
        (DBA, 1000, (3 - 4.80662) / -1.07553),
        (HOWTEK_A, 1000, 3.789 - 0.94568),
        (HOWTEK_D, 2000, 3.96604095240593 - 1.98111615224),
        (LUMISYS, 3087.98, 1.0),
        (LUMISYS, 0, 3.6),
    ],
)
def test_published_formulas(found: DensityCalibration, level: float, density: float) -> None:
    assert float(found.density(level)) == pytest.approx(density, abs=1e-9)


@pytest.mark.parametrize(
    ("case", "digitizer", "um", "found"),
    [
        ("A_1141_1", "DBA 21", 42, DBA),
        ("A_1141_1", "HOWTEK 43.5", 43.5, HOWTEK_A),
        ("D_4000_1", "howtek 43.5", 43.5, HOWTEK_D),
        ("B_3001_1", "LUMISYS LASER", 50, LUMISYS),
        ("A_1141_1", "", 42, DBA),
        ("D_4000_1", "", 43.5, HOWTEK_D),
        ("B_3001_1", "HOWTEK", 43.5, None),
        ("", "", None, None),
        ("A_1141_1", "some other", 42, None),
    ],
)
def test_which_calibration(case: str, digitizer: str, um: float | None, found: DensityCalibration | None) -> None:
    assert calibration(case, digitizer, um) is found


def scanned(found: DensityCalibration) -> Scan:
    """One film, as a digitizer stores it."""
    bright = breast_pixels().astype(float)
    density = 3.2 - 2.6 * bright / bright.max()
    level = (density - found.intercept) / found.slope
    pixels = np.rint(10**level if found.logarithmic else level).astype(np.uint16)
    return Scan(
        Path("film"),
        *pixels.shape,
        read=lambda: pixels,
        laterality=Laterality.L,
        projection=Projection.CC,
        spacing=Spacing(0.2, 0.2, SpacingSource.DIGITIZER),
        grey=GreyPipeline(inverted=True, density=found),
    )


@pytest.mark.parametrize("found", ALL[1:], ids=lambda c: c.digitizer)
def test_scans_of_all_digitizers_look_alike(found: DensityCalibration) -> None:
    reference, other = scanned(DBA), scanned(found)
    assert np.abs(render(reference).astype(int) - render(other)).max() <= 2
    a, b = (tissue_bright(scan.pixels, scan.grey) for scan in (reference, other))
    np.testing.assert_allclose(a, b, atol=0.01)
    # Without the calibration they would not.
    plain = [render(Scan(s.path, s.rows, s.columns, s.read, spacing=s.spacing)) for s in (reference, other)]
    assert np.abs(plain[0].astype(int) - plain[1]).max() > 20


@pytest.mark.parametrize("found", ALL, ids=lambda c: c.digitizer)
def test_tissue_is_bright_and_stored_values_stay(found: DensityCalibration) -> None:
    scan = scanned(found)
    bright = breast_pixels().astype(float)
    assert np.corrcoef(render(scan).ravel(), bright.ravel())[0, 1] > 0.9
    assert scan.pixels.dtype == np.uint16 and scan.pixels.max() > 1000
    assert -RANGE[1] - 1e-6 <= tissue_bright(scan.pixels, scan.grey).min()
