"""A scan stored on its side hangs, is measured and is read off like one that stands, in pixels that are not square."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.qt.viewport.anatomical_position import place
from mammoview.study.scan import Side
from tests.qt.conftest import marks, picture, scan_pixels, viewport_of
from tests.support.dicom_files import write

MM = (0.42, 0.36)
"""Of rows and columns, standing."""


def study_of(folder: Path, quarters: int, side: str) -> Path:
    """Write one view turned by so many quarters, counter-clockwise, without Patient Orientation."""
    folder.mkdir()
    pixels = np.rot90(scan_pixels(Side.LEFT if side == "L" else Side.RIGHT), quarters)
    write(
        folder / "view.dcm",
        pixels=np.ascontiguousarray(pixels),
        ImageLaterality=side,
        ViewPosition="CC",
        PixelSpacing=list(MM[::-1] if quarters % 2 else MM),
        BitsStored=16,
        HighBit=15,
    )
    return folder


def stored_point(column: float, row: float, quarters: int) -> tuple[float, float]:
    """Return where a point of the standing picture of 600 x 400 lies once that is turned."""
    return {0: (column, row), 1: (row, 400 - column), 3: (600 - row, column)}[quarters]


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("quarters", [1, 3])
def test_it_hangs_like_one_that_stands(open_window, tmp_path, quarters, side):
    seen = []
    for turned in (0, quarters):
        window = open_window(study_of(tmp_path / f"{side}{turned}", turned, side))
        viewport = viewport_of(window, f"{side} CC")
        content = viewport.content
        window.layers.show_only(())
        places = [
            place(*stored_point(*point, turned), content.grey.picture) for point in ((100.0, 200.0), (30.5, 411.0))
        ]
        points = [content.to_plane(*stored_point(*point, turned)) for point in ((100.0, 200.0), (30.5, 411.0))]
        shown = picture(viewport)
        lengths = [viewport.pixel_mm, viewport.zoom, viewport.scale_px, content.placement.spacing.row_mm]
        seen.append((places, [(p.x(), p.y()) for p in points], lengths, shown, marks(viewport), viewport.letters))
        warned = [note for note in content.grey.picture.notes if "lies on its side" in note]
        assert len(warned) == (1 if turned else 0)
        window.close()
    (places, points, lengths, shown, mark, letters), found = seen
    np.testing.assert_allclose(found[0], places, atol=1e-6)
    np.testing.assert_allclose(found[1], points, atol=1e-6)
    np.testing.assert_allclose(found[2], lengths)
    np.testing.assert_allclose(found[4], mark, atol=1.0)
    left, _, right, _ = letters
    assert found[5] == (left, "", right, "")  # Which end of this one is up cannot be known.
    assert (np.abs(found[3].astype(int) - shown).max(2) > 16).mean() < 0.01
