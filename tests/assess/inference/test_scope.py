"""Scans out of the models' scope get a warning or are refused; missing values and NaN are reported in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference.assessor import Assessor
from mammoview.core.errors import MammoviewError, OutOfScopeError
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.scan import Projection
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import small_bundle

KNOWN = Spacing(0.2, 0.2, SpacingSource.CALIBRATED)


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    return Assessor("cpu", bundle=small_bundle(tmp_path_factory.mktemp("models")))


def warned(assessor: Assessor, scan) -> str:
    return "\n".join(assessor.assess(scan).warnings)


def test_a_scan_like_those_of_training_is_not_warned_of(assessor: Assessor) -> None:
    assert warned(assessor, scan_of(breast_pixels(), spacing=KNOWN)) == ""


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"facts": {"acquisition": "digital"}}, "digital mammogram"),
        ({"facts": {"implant": "yes"}}, "breast implant"),
        ({"facts": {"modifiers": "Spot Compression"}}, "Spot Compression: the models were trained on whole views"),
        ({"projection": Projection.ML}, "projection ML"),
        ({"projection": None}, "projection unknown"),
        ({"grey": GreyPipeline(for_processing=True, inverted=True)}, "FOR PROCESSING"),
        ({"spacing": Spacing(0.2, 0.2, SpacingSource.ASSUMED)}, "spacing is assumed (200 um)"),
        ({"spacing": Spacing(0.2, 0.1, SpacingSource.ASSUMED)}, "spacing is assumed (200 um down, 100 um across)"),
        ({"spacing": Spacing(0.3, 0.3, SpacingSource.CALIBRATED)}, "trained on scans of 40 to 250 um"),
        ({"spacing": Spacing(0.03, 0.03, SpacingSource.CALIBRATED)}, "the breast would be"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_each_kind_of_scan_that_training_lacked_is_said(assessor: Assessor, changes: dict, line: str) -> None:
    scan = scan_of(breast_pixels(), spacing=KNOWN)
    assert line in warned(assessor, replace(scan, **changes))


def test_few_grey_levels_and_saturation_are_said(assessor: Assessor) -> None:
    pixels = breast_pixels()
    coarse = scan_of((pixels // 400 * 400).astype(np.uint16), spacing=KNOWN)
    assert "grey levels in the breast" in warned(assessor, coarse)
    clipped = scan_of(np.minimum(pixels, 2600), spacing=KNOWN)
    assert "at the end of the grey scale" in warned(assessor, clipped)


def test_pixels_too_coarse_are_refused_with_the_reason(assessor: Assessor) -> None:
    with pytest.raises(OutOfScopeError, match=r"phantom\.dcm: pixels of 1\.5 mm are out of the models' scope"):
        assessor.assess(scan_of(breast_pixels(), spacing=Spacing(1.5, 1.5, SpacingSource.CALIBRATED)))


def test_single_pixels_that_are_no_numbers_do_not_spread(assessor: Assessor) -> None:
    pixels = breast_pixels().astype(np.float32)
    pixels[290:310, 60:90] = np.nan
    result = assessor.assess(scan_of(pixels, spacing=KNOWN))
    for layer in (result.heatmap, result.heatmap_baseline, result.saliency, *result.grids.values()):
        assert np.isfinite(layer.values).all()
    assert "600 pixels hold no number: the models see the darkest value there" in result.warnings


def test_values_near_the_end_of_single_precision_are_values_like_any_others(assessor: Assessor) -> None:
    plain = assessor.assess(scan_of(breast_pixels().astype(np.float32), spacing=KNOWN))
    large = assessor.assess(scan_of(breast_pixels().astype(np.float32) * np.float32(1e34), spacing=KNOWN))
    np.testing.assert_allclose(large.heatmap.values, plain.heatmap.values, atol=1e-4)
    np.testing.assert_allclose(large.grids[200].values, plain.grids[200].values, atol=1e-4)


def test_negative_values_are_values_like_any_others(assessor: Assessor) -> None:
    pixels = breast_pixels().astype(np.int16)
    plain = assessor.assess(scan_of(pixels, spacing=KNOWN))
    below = assessor.assess(scan_of((pixels - 6000).astype(np.int16), spacing=KNOWN))
    np.testing.assert_allclose(below.heatmap.values, plain.heatmap.values, atol=1e-4)
    np.testing.assert_allclose(below.grids[200].values, plain.grids[200].values, atol=1e-4)


@pytest.mark.parametrize("size", [1, 8])
def test_a_breast_of_a_pixel_is_none(assessor: Assessor, size: int) -> None:
    pixels = np.full((600, 400), 50, np.uint16)
    pixels[300 : 300 + size, :size] = 4000
    with pytest.raises(OutOfScopeError, match="no breast was found"):
        assessor.assess(scan_of(pixels, spacing=KNOWN))


def test_a_file_that_has_vanished_is_named(assessor: Assessor, tmp_path: Path) -> None:
    from PIL import Image

    from mammoview import open_study

    file = tmp_path / "case_L_CC.png"
    Image.fromarray(breast_pixels() * 15).save(file)
    scan = open_study(file)[0].scans[0]
    file.unlink()
    with pytest.raises(MammoviewError, match=r"case_L_CC\.png"):
        assessor.assess(scan)
