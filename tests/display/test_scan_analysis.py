"""What the pixels of a scan say is found once, is the same for display and models, and ends with what it rests on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.intensity import tissue_bright
from mammoview.core.errors import CancelledError
from mammoview.display.scan_analysis import analyse
from mammoview.study.scan import Laterality, Projection
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.dicom_files import film
from tests.support.phantoms import breast_pixels, scan_of


@pytest.mark.parametrize("spacing", [Spacing(0.1, 0.12, SpacingSource.CALIBRATED), UNKNOWN_SPACING])
def test_the_mask_is_that_of_the_models(spacing: Spacing) -> None:
    scan = scan_of(breast_pixels(1201, 803), spacing=spacing)
    breast = find_breast(tissue_bright(scan.pixels, scan.grey), film_spacing(scan))
    found = analyse(scan).breast
    assert found is not None
    assert np.array_equal(found.mask, breast.mask)
    assert replace(found, mask=breast.mask) == breast


def test_without_a_breast_the_greys_are_still_known() -> None:
    found = analyse(scan_of(np.zeros((300, 200), np.uint16)))
    assert (found.breast, found.nipple, found.warnings) == (None, None, ())
    assert found.grey_levels.window.width > 0


def test_it_does_not_hold_for_another_spacing_or_another_view() -> None:
    scan = scan_of(breast_pixels())
    found = analyse(scan)
    assert found.is_of(scan) and not found.is_of(replace(scan))
    scan.spacing = Spacing(0.3, 0.3, SpacingSource.USER)
    assert not found.is_of(scan) and analyse(scan).is_of(scan)
    found = analyse(scan)
    scan.laterality = Laterality.R
    assert not found.is_of(scan) and found.with_view().is_of(scan)


def test_a_view_that_is_named_later_is_turned_as_if_the_file_had_named_it() -> None:
    pixels = film(oblique=True)[::-1].astype(np.uint16)
    scan = scan_of(pixels, None, None)
    unnamed = analyse(scan)
    assert not unnamed.orientation.upside_down
    scan.laterality, scan.projection = Laterality.L, Projection.MLO
    named, wanted = unnamed.with_view(), analyse(scan_of(pixels, Laterality.L, Projection.MLO))
    assert named.orientation == wanted.orientation and named.orientation.upside_down
    assert named.nipple == wanted.nipple
    assert named.grey_levels is unnamed.grey_levels


def test_it_can_be_cancelled() -> None:
    def check() -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        analyse(scan_of(breast_pixels()), check)
