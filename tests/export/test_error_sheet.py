"""Crops of errors, and sheets of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.export.error_sheet import crop_round, sheet, write_sheet
from mammoview.export.raster_page import drawn
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.vector_pictures import apart, pdf_pictures, svg_picture


def test_a_crop_is_forty_millimetres_round_its_place(tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())  # 0.2 mm
    grey = np.zeros((600, 400), np.uint8)
    grey[295:305, 145:155] = 255
    crop = crop_round(scan, grey, (150.0, 300.0), (140.0, 290.0, 160.0, 310.0), 200)
    assert crop.grey[100, 100] == 255 and crop.grey[100, 60] == 0
    assert crop.box == pytest.approx((0.45, 0.45, 0.55, 0.55))
    page = sheet([crop] * 5, 100)
    assert page.width == 709 and "Not for diagnosis" in page.facts["Notice"]
    for name in ("a.png", "a.svg", "a.pdf"):
        assert write_sheet(tmp_path / name, [crop]).stat().st_size > 500
    # All three show one sheet.
    whole = sheet([crop], 100)
    raster = drawn(whole)
    for picture in (*pdf_pictures([whole]), svg_picture(whole, tmp_path)):
        mean, off = apart(raster, picture)
        assert mean < 7 and off < 0.045
    with pytest.raises(MammoviewError, match="PNG, SVG or PDF"):
        write_sheet(tmp_path / "a.tif", [crop])
    with pytest.raises(MammoviewError, match="holds 1 to"):
        sheet([])
