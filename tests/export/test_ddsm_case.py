"""A DDSM case made from real pixels: outlines stay on the pixels they were drawn on, from file to export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.draw import polygon2mask
from typer.testing import CliRunner

from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.frame import BASE_UM, Frame
from mammoview.anatomy.intensity import tissue_bright
from mammoview.cli.command_line import app
from mammoview.display.colormaps import colour
from mammoview.display.layers.registry import STYLES
from mammoview.display.scan_analysis import analyse
from mammoview.display.screen_orientation import hung_transform
from mammoview.export.annotated_png import draw_annotated
from mammoview.formats.datasets.ddsm_text import STEPS
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Scan
from tests.support.ljpeg_encoder import encode

STEP = 4
"""The real views are thinned out by this, so that a test takes seconds."""
UM = 200
SIDE = 60


def chain(column: int, row: int) -> str:
    """Chain code round a square of SIDE pixels, its top left pixel given."""
    return f"{column} {row} " + " ".join(str(d) for d in (2, 4, 6, 0) for _ in range(SIDE - 1)) + " #"


@pytest.fixture(scope="module")
def case(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[int, int]]]:
    """Case folder of one woman and the top left pixel of the square drawn on each view; the square is the brightest."""
    root, lines, places = tmp_path_factory.mktemp("case"), ["filename B-3001-1", "DIGITIZER LUMISYS LASER"], {}
    (study,) = open_study(samples / "sfm-malign-0")
    for scan in study.scans:
        side = {"L": "LEFT", "R": "RIGHT"}[str(scan.laterality)]
        view = f"{side}_{scan.projection}"
        pixels = (scan.pixels[::STEP, ::STEP] >> 4).astype(np.uint16)
        column, row = pixels.shape[1] // 3, pixels.shape[0] // 2 - 17
        pixels = np.minimum(pixels, 3900)
        pixels[row : row + SIDE, column : column + SIDE] = 4095
        (root / f"B_3001_1.{view}.LJPEG").write_bytes(encode(pixels, 12))
        (root / f"B_3001_1.{view}.OVERLAY").write_text(
            f"TOTAL_ABNORMALITIES 1\nABNORMALITY 1\nTOTAL_OUTLINES 1\nBOUNDARY\n{chain(column, row)}\n"
        )
        size = f"LINES {pixels.shape[0]} PIXELS_PER_LINE {pixels.shape[1]}"
        lines.append(f"{view} {size} BITS_PER_PIXEL 12 RESOLUTION {UM} OVERLAY")
        places[scan.name] = (column, row)
    (root / "B-3001-1.ics").write_text("\n".join(lines))
    return root, places


def square(scan: Scan) -> NDArray[np.bool_]:
    """Pixels of the drawn square, as the decoded picture shows them."""
    return np.asarray(scan.pixels == 4095)


def test_outlines_lie_on_their_pixels_all_the_way(case: tuple[Path, dict[str, tuple[int, int]]]) -> None:
    root, places = case
    (study,) = open_study(root)
    assert [scan.name for scan in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    for scan in study.scans:
        column, row = places[scan.name]
        (outline,) = scan.outlines
        # Decoded: the chain runs through the centres of the square's outermost pixels.
        assert outline.box == (column + 0.5, row + 0.5, column + SIDE - 0.5, row + SIDE - 0.5)
        assert STEPS.shape == (8, 2) and square(scan).sum() == SIDE * SIDE
        inside = polygon2mask(scan.pixels.shape, outline.points[:, ::-1] - 0.5)
        assert square(scan)[inside].all()
        # Frame: there and back, at the digitizer's spacing.
        frame = Frame.of(find_breast(tissue_bright(scan.pixels, scan.grey), scan.spacing), scan.spacing)
        in_frame = frame.from_scan(outline.points)
        np.testing.assert_allclose(np.ptp(in_frame, 0), (SIDE - 1) * UM / BASE_UM)
        np.testing.assert_allclose(frame.to_scan(in_frame), outline.points, atol=1e-9)
        # Orientation and export: the line is drawn on the border of the square, where it hangs.
        corners = hung_transform(analyse(scan))(outline.points)
        picture = np.array(draw_annotated(scan, None, ["outlines"]))[: scan.rows]
        margin = (picture.shape[1] - scan.columns) // 2
        rows, columns = np.nonzero((picture == colour(STYLES["outlines"].colours, 1.0)).all(2))
        for found, wanted in ((columns - margin, corners[:, 0]), (rows, corners[:, 1])):
            middle = (found.min() + found.max() + 1) / 2
            assert middle == pytest.approx((wanted.min() + wanted.max()) / 2, abs=0.5)
            assert np.ptp(found) == pytest.approx(np.ptp(wanted), abs=3)


def test_the_command_opens_it(case: tuple[Path, dict[str, tuple[int, int]]]) -> None:
    done = CliRunner().invoke(app, ["info", str(case[0])])
    assert done.exit_code == 0 and "0.2 mm/px, digitizer" in done.output and "not opened" not in done.output


def test_the_window_shows_it(case: tuple[Path, dict[str, tuple[int, int]]], tmp_path: Path) -> None:
    target = tmp_path / "window.png"
    done = CliRunner().invoke(app, ["snapshot", str(case[0]), "-o", str(target), "--layers", "outlines"])
    assert done.exit_code == 0, done.output
    assert np.array(Image.open(target).convert("L")).std() > 10
