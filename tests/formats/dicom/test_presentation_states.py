"""Presentation states are applied in full: window, polarity, shutters, turning, displayed area; DCMTK is the judge."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import mammoview
from mammoview.display.rendering import preset, presets
from mammoview.display.scan_analysis import analyse
from mammoview.study.presentation import Presentation, Shutter
from mammoview.study.scan import Scan
from tests.support.dicom_files import dataset, item, ramp, write
from tests.support.referencing_objects import annotation, drawn, presentation_state
from tests.support.timeouts import PATIENCE_S

ROWS, COLUMNS = 60, 50


def window(center: float = 1000, width: float = 500) -> Dataset:
    """Return an item of the Softcopy VOI LUT Sequence."""
    return item(WindowCenter=str(center), WindowWidth=str(width))


def shown(folder: Path, made: Dataset | None = None, **attributes: Any) -> Scan:
    """Write a mammogram with a presentation state beside it, and open both."""
    made = dataset(ramp(ROWS, COLUMNS)) if made is None else made
    write(folder / "scan.dcm", made)
    state = presentation_state([str(made.SOPInstanceUID)], (ROWS, COLUMNS), **attributes)
    write(folder / "state.dcm", state)
    return mammoview.open_study(folder)[0].scans[0]


def asked(scan: Scan) -> Presentation:
    """Return what the state beside a scan specifies."""
    found = preset(analyse(scan), len(presets(scan)) - 1).presentation
    assert found is not None
    return found


def rendered(scan: Scan) -> NDArray[np.uint8]:
    """Return the scan as the state specifies it, turned and cropped."""
    grey = mammoview.render(scan, len(presets(scan)) - 1)
    turning = asked(scan).turning(scan.rows, scan.columns)
    return grey if turning is None else turning.turned(grey)


@pytest.mark.skipif(shutil.which("dcmp2pgm") is None, reason="dcmp2pgm (dcmtk) is not installed")
@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("voi", [True, False])
@pytest.mark.parametrize(("rotation", "flip"), [(0, "N"), (90, "N"), (180, "Y"), (270, "Y"), (270, "N"), (0, "Y")])
def test_greys_and_turning_equal_dcmtk(
    tmp_path: Path, shape: str, photometric: str, voi: bool, rotation: int, flip: str
) -> None:
    more = {"SoftcopyVOILUTSequence": Sequence([window()])} if voi else {}
    scan = shown(
        tmp_path,
        dataset(ramp(ROWS, COLUMNS), PhotometricInterpretation=photometric),
        PresentationLUTShape=shape,
        ImageRotation=rotation,
        ImageHorizontalFlip=flip,
        **more,
    )
    out = tmp_path / "out.pgm"
    command = ["dcmp2pgm", "-q", "-p", str(tmp_path / "state.dcm"), str(tmp_path / "scan.dcm"), str(out)]
    subprocess.run(command, check=True, timeout=PATIENCE_S)
    want = np.array(Image.open(out))
    found = rendered(scan)
    assert found.shape == want.shape
    assert np.abs(found.astype(int) - want).max() <= 1


def test_without_rotation_and_flip_the_picture_stays_as_it_hangs(tmp_path: Path) -> None:
    assert asked(shown(tmp_path, ImageRotation=0, ImageHorizontalFlip="N")).turning(ROWS, COLUMNS) is None
    assert asked(shown(tmp_path)).turning(ROWS, COLUMNS) is None


BOX = {
    "ShutterLeftVerticalEdge": 6,
    "ShutterRightVerticalEdge": 40,
    "ShutterUpperHorizontalEdge": 11,
    "ShutterLowerHorizontalEdge": 50,
}
ROUND = {"CenterOfCircularShutter": [30, 25], "RadiusOfCircularShutter": 15}
CORNERS = {"VerticesOfThePolygonalShutter": [10, 10, 10, 40, 55, 25]}


def by_hand(shapes: list[str]) -> NDArray[np.bool_]:
    """Which pixels may be seen, from the definitions: rows and columns are counted from 1."""
    row, column = np.mgrid[1 : ROWS + 1, 1 : COLUMNS + 1]
    seen = np.ones((ROWS, COLUMNS), bool)
    if "RECTANGULAR" in shapes:
        seen &= (column >= 6) & (column <= 40) & (row >= 11) & (row <= 50)
    if "CIRCULAR" in shapes:
        seen &= (row - 30) ** 2 + (column - 25) ** 2 <= 15**2
    if "POLYGONAL" in shapes:
        # Below the upper side, and between the two that meet at row 55, column 25: 15 columns in 45 rows each.
        seen &= (row > 10) & (column - 10 > (row - 10) / 3) & (40 - column > (row - 10) / 3)
    return seen


@pytest.mark.parametrize(
    "shapes", [["RECTANGULAR"], ["CIRCULAR"], ["POLYGONAL"], ["RECTANGULAR", "CIRCULAR"], ["CIRCULAR", "POLYGONAL"]]
)
@pytest.mark.parametrize("level", [None, 0xFFFF, 0x8000])
def test_shutters_hide_what_lies_outside_of_any_shape(tmp_path: Path, shapes: list[str], level: int | None) -> None:
    more: dict[str, Any] = BOX | ROUND | CORNERS
    if level is not None:
        more["ShutterPresentationValue"] = level
    scan = shown(tmp_path, ShutterShape=shapes, SoftcopyVOILUTSequence=Sequence([window(2000, 4000)]), **more)
    free = shown(tmp_path, SoftcopyVOILUTSequence=Sequence([window(2000, 4000)]))
    seen, everything = mammoview.render(scan, 1), mammoview.render(free, 1)
    want = by_hand(shapes)
    rim = ~want & asked(scan).shutter.visible(ROWS, COLUMNS)
    assert rim.sum() <= 60 * ("POLYGONAL" in shapes)  # Pixels whose centre lies on a slanted side may fall on either.
    np.testing.assert_array_equal(seen[want], everything[want])
    assert (seen[~want & ~rim] == round(255 * (level or 0) / 65535)).all()
    np.testing.assert_array_equal(mammoview.render(scan), mammoview.render(free))


@pytest.mark.parametrize(
    "more",
    [
        {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [30, 25], "RadiusOfCircularShutter": 0},
        {"ShutterShape": "RECTANGULAR", "ShutterLeftVerticalEdge": 6},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 2, 3]},
        {"ShutterShape": "STAR"},
    ],
)
def test_shutters_that_are_none_hide_nothing(tmp_path: Path, more: dict[str, Any]) -> None:
    assert asked(shown(tmp_path, **more)).shutter is None


def area(first: list[int], last: list[int], mode: str = "SCALE TO FIT", **more: Any) -> Sequence:
    """Return a Displayed Area Selection Sequence of one item."""
    return Sequence(
        [
            item(
                DisplayedAreaTopLeftHandCorner=first,
                DisplayedAreaBottomRightHandCorner=last,
                PresentationSizeMode=mode,
                **more,
            )
        ]
    )


def test_displayed_area(tmp_path: Path) -> None:
    part = asked(shown(tmp_path, DisplayedAreaSelectionSequence=area([11, 21], [30, 50])))
    assert part.area == (10, 20, 30, 50) and part.magnification is None
    whole = asked(shown(tmp_path, DisplayedAreaSelectionSequence=area([1, 1], [COLUMNS, ROWS])))
    assert whole.area is None
    # The picture turned by 180 degrees: the corners are exchanged.
    turned = asked(shown(tmp_path, DisplayedAreaSelectionSequence=area([30, 50], [11, 21]), ImageRotation=180))
    assert turned.area == (10, 20, 30, 50)
    larger = area([-10, 21], [900, 900], "MAGNIFY", PresentationPixelMagnificationRatio=2.0)
    found = asked(shown(tmp_path, DisplayedAreaSelectionSequence=larger))
    assert found.area == (0, 20, COLUMNS, ROWS) and found.magnification == 2
    beside = asked(shown(tmp_path, DisplayedAreaSelectionSequence=area([200, 200], [300, 300])))
    assert beside.area is None


@pytest.mark.parametrize(
    ("more", "want"),
    [
        ({"PresentationPixelSpacing": [0.1, 0.07]}, 0.07),
        ({"PresentationPixelSpacing": [0.1, 0.0]}, None),
        ({"PresentationPixelSpacing": [1e9, 1e9]}, None),
        ({}, None),
    ],
)
def test_true_size_is_as_wide_as_the_state_says(tmp_path: Path, more: dict[str, Any], want: float | None) -> None:
    wanted = area([1, 1], [COLUMNS, ROWS], "TRUE SIZE", **more)
    found = asked(shown(tmp_path, DisplayedAreaSelectionSequence=wanted))
    assert found.glass_mm == want and found.magnification is None
    other_mode = area([1, 1], [COLUMNS, ROWS], PresentationPixelSpacing=[0.1, 0.1])
    assert asked(shown(tmp_path, DisplayedAreaSelectionSequence=other_mode)).glass_mm is None


@pytest.mark.parametrize(
    ("more", "want"),
    [
        ({}, (20, 35)),
        ({"ImageRotation": 180}, (20, 35)),
        ({"ImageHorizontalFlip": "Y"}, (20, 35)),
    ],
)
def test_annotations_in_fractions_lie_in_the_displayed_area(
    tmp_path: Path, more: dict[str, Any], want: tuple[float, float]
) -> None:
    made = dataset(ramp(ROWS, COLUMNS))
    uid = str(made.SOPInstanceUID)
    middle = annotation([uid], [drawn("POINT", [0.5, 0.5], "DISPLAY"), drawn("POINT", [0.0, 0.0], "DISPLAY")])
    scan = shown(
        tmp_path,
        made,
        DisplayedAreaSelectionSequence=area([11, 21], [30, 50]),
        GraphicAnnotationSequence=Sequence([middle]),
        **more,
    )
    centre, corner = (mark.points[0].tolist() for mark in scan.marks)
    assert tuple(centre) == want
    asks = asked(scan).turning(ROWS, COLUMNS)
    upper_left = {"": [10, 20], "ImageRotation": [30, 50], "ImageHorizontalFlip": [30, 20]}[next(iter(more), "")]
    assert corner == upper_left
    assert asks is None or asks.turned(np.zeros((ROWS, COLUMNS))).shape == (ROWS, COLUMNS)


def test_a_table_of_a_state_for_signed_values_starts_below_zero_as_one_of_the_file(tmp_path: Path) -> None:
    table = item(LUTExplanation="curve")
    table.add_new("LUTDescriptor", "SS", [4096, -2048, 12])
    table.add_new("LUTData", "OW", np.arange(4096, dtype="<u2")[::-1].tobytes())
    pixels = (ramp(ROWS, COLUMNS).astype(int) - 2048).astype(np.int16)
    scan = shown(
        tmp_path,
        dataset(pixels, VOILUTSequence=Sequence([table])),
        SoftcopyVOILUTSequence=Sequence([item(VOILUTSequence=Sequence([table]))]),
    )
    of_file, of_state = mammoview.render(scan), mammoview.render(scan, len(presets(scan)) - 1)
    assert np.ptp(of_file) == 255 and (of_state == of_file).all()


def test_a_state_is_offered_last_and_never_the_first_choice(tmp_path: Path) -> None:
    scan = shown(tmp_path, dataset(ramp(ROWS, COLUMNS), WindowCenter="500", WindowWidth="300"))
    assert presets(scan) == ("window 1", "automatic", "SECOND READ")
    assert Shutter().visible(3, 4).all()
