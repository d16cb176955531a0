"""Lengths, angles and regions in right millimetres, against figures worked out by hand and by scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage.draw import polygon2mask

from mammoview.display.measurements import figure_lines, region_statistics
from mammoview.display.scan_analysis import analyse
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import LUMISYS
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.phantoms import breast_pixels, scan_of

OBLONG = Spacing(row_mm=0.2, column_mm=0.05, source=SpacingSource.CALIBRATED)
"""Pixels four times as high as wide."""


def made(kind: str, *points: tuple[float, float]) -> Annotation:
    return Annotation(AnnotationKind(kind), np.array(points, float))


def measured(annotation: Annotation, spacing: Spacing) -> float:
    found = annotation.type.measured(annotation.points, spacing)
    assert found is not None
    return found.value


def test_lengths_on_pixels_that_are_not_square() -> None:
    # 60 columns of 0.05 mm are 3 mm, 20 rows of 0.2 mm are 4 mm: a hypotenuse of 5 mm.
    assert figure_lines(made("ruler", (10, 10), (70, 30)), OBLONG, None) == ("5.0 mm, calibrated",)
    assert figure_lines(made("ruler", (10, 10), (40, 50)), UNKNOWN_SPACING, None) == ("50 px",)


@pytest.mark.parametrize(
    ("points", "degrees"),
    [
        (((80, 0), (0, 0), (0, 20)), 90.0),
        (((80, 0), (0, 0), (80, 20)), 45.0),  # 4 mm across, 4 mm down
        (((80, 0), (0, 0), (-80, 0)), 180.0),
        (((80, 0), (0, 0), (40, 10 * math.sqrt(3))), 60.0),
        (((5, 5), (5, 5), (9, 9)), 0.0),
    ],
)
def test_angles_on_pixels_that_are_not_square(points, degrees) -> None:
    assert measured(made("angle", *points), OBLONG) == pytest.approx(degrees)
    assert measured(made("angle", *reversed(points)), OBLONG) == pytest.approx(degrees)


def test_an_angle_without_spacing_says_what_it_takes_for_granted() -> None:
    (line,) = figure_lines(made("angle", (10, 0), (0, 0), (10, 10)), UNKNOWN_SPACING, None)
    assert line == "45.0\u00b0, pixels taken as square"


def test_areas_on_pixels_that_are_not_square() -> None:
    # 80 x 40 px are 4 x 8 mm: an ellipse of pi / 4 * 32 mm2, a rectangle of 32 mm2.
    assert measured(made("ellipse", (100, 20), (20, 60)), OBLONG) == pytest.approx(8 * math.pi)
    rectangle = made("freehand", (20, 20), (100, 20), (100, 60), (20, 60))
    assert measured(rectangle, OBLONG) == pytest.approx(32)
    assert figure_lines(rectangle, OBLONG, None)[0] == "32.0 mm\u00b2, calibrated"
    assert figure_lines(rectangle, UNKNOWN_SPACING, None)[0] == "3200 px\u00b2"


def test_statistics_are_those_of_the_pixels_whose_centres_lie_inside() -> None:
    scan = scan_of(breast_pixels())
    points = ((40.3, 200.2), (150.7, 240.1), (120.2, 330.9), (60.4, 300.5))
    found = region_statistics(analyse(scan), made("freehand", *points))
    # scikit-image puts pixel centres on whole numbers.
    mask = polygon2mask(scan.pixels.shape, np.array(points)[:, ::-1] - 0.5)
    inside = scan.pixels[mask]
    assert found.count == inside.size and found.left_out == 0
    assert found.mean == pytest.approx(inside.mean()) and found.deviation == pytest.approx(inside.std())
    assert (found.low, found.high) == (inside.min(), inside.max())
    assert found.unit == "stored value"


def test_an_ellipse_holds_what_its_equation_says() -> None:
    scan = scan_of(breast_pixels())
    found = region_statistics(analyse(scan), made("ellipse", (30, 250), (130, 350)))
    rows, columns = np.mgrid[:600, :400] + 0.5
    inside = scan.pixels[np.hypot(columns - 80, rows - 300) <= 50]
    assert found.count == inside.size
    assert found.mean == pytest.approx(inside.mean())


def test_air_and_padding_do_not_count() -> None:
    pixels = breast_pixels().copy()
    pixels[280:300, 40:60] = 9999
    scan = scan_of(pixels, grey=GreyPipeline(padding=(9999, 9999)))
    found = region_statistics(analyse(scan), made("freehand", (30, 260), (130, 260), (130, 320), (30, 320)))
    assert (found.count, found.left_out) == (6000 - 400, 400) and found.high < 9999
    # Half of this one lies in the air beside the breast.
    half = region_statistics(analyse(scan), made("freehand", (0, 0), (400, 0), (400, 600), (0, 600)))
    assert half.left_out > 50000 and half.low >= 1400
    air = region_statistics(analyse(scan), made("ellipse", (370, 10), (390, 30)))
    assert air.count == 0 and math.isnan(air.mean)
    lines = figure_lines(made("ellipse", (370, 10), (390, 30)), scan.spacing, air)
    assert lines[-1].startswith("n 0 px") and not any("mean" in line for line in lines)


def test_figures_are_in_the_units_of_the_modality() -> None:
    region = made("ellipse", (40, 270), (100, 330))
    plain = region_statistics(analyse(scan_of(breast_pixels())), region)
    scaled = region_statistics(
        analyse(scan_of(breast_pixels(), grey=GreyPipeline(slope=2.0, intercept=-100.0))), region
    )
    assert scaled.mean == pytest.approx(2 * plain.mean - 100) and scaled.unit == "modality value"
    raw = region_statistics(analyse(scan_of(65535 - breast_pixels(), grey=GreyPipeline(for_processing=True))), region)
    assert raw.mean == pytest.approx(65535 - plain.mean) and raw.unit == "stored value"
    inverted = region_statistics(analyse(scan_of(65535 - breast_pixels(), grey=GreyPipeline(inverted=True))), region)
    assert inverted.count == plain.count and inverted.left_out == 0


def test_film_of_a_known_digitizer_is_measured_in_optical_density() -> None:
    # Film is dark where the breast is bright: stored 3900 down to 1500 in the breast, as a Lumisys would have it.
    scan = scan_of(breast_pixels(top=3900), grey=GreyPipeline(inverted=True, density=LUMISYS))
    found = region_statistics(analyse(scan), made("ellipse", (10, 290), (30, 310)))
    rows, columns = np.mgrid[:600, :400] + 0.5
    inside = scan.pixels[np.hypot(columns - 20, rows - 300) <= 10]
    assert found.unit == "optical density" and found.count == inside.size
    assert found.mean == pytest.approx(((4096.99 - inside) / 1009.01).mean(), abs=1e-6)
    assert figure_lines(made("ellipse", (10, 290), (30, 310)), scan.spacing, found)[1].startswith("mean 0.")
