"""Damaged presentation states beside the picture they reference."""

from __future__ import annotations

import random
import struct
import tempfile
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.fuzz import dicom, guarded
from tests.fuzz.mutations import mutated
from tests.support.dicom_files import dataset, item, write
from tests.support.referencing_objects import annotation, drawn, presentation_state, written

_WORDS = (
    b"\x70\x00\x22\x00FL",
    b"\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xfe\xff\xdd\xe0\0\0\0\0",
    b"SQ\0\0\xff\xff\xff\xff",
    b"POLYLINE",
    b"\\",
    b"\0\0",
    b"\0\0\xc0\x7f",
    b"\0\0\x80\x7f",
)
_ABSURD: dict[str, tuple[Any, ...]] = {
    "FL": ([], 0, [float("nan")] * 4, [float("inf"), 1, 2, 3], [3e38, -3e38] * 3, [1, 2, 3], [0, 0] * 400),
    "US": (0, 1, 2, 45, 65535, [1, 2], [0, 0, 0], [256, 0, 16], [65535, 65535, 16], None),
    "SS": (0, -1, -32768),
    "SL": ([0, 0], [1, 1], [-(2**31), 2**31 - 1], [2**31 - 1] * 2, [1], None),
    "IS": (0, -1, 2**31 - 1, [1, 2, 3], [2**31 - 1] * 6, "", None),
    "DS": ("0", "-1", "1e300", "1e-300", "nan", "", ["1", "2"], ["0.0000001", "9"], None),
    "CS": ("", "NONSENSE", "Y", "N", "PIXEL", "DISPLAY", "CIRCLE", "ELLIPSE", "POINT", "TRUE SIZE", "MAGNIFY",
           "INVERSE", "POLYGONAL", ["CIRCULAR", "RECTANGULAR"], None),
    "UI": ("", "1.2.3", "x", None),
    "SQ": ([], None),
    "FD": (0.0, float("nan"), 1e308),
    "OW": (b"", b"\0", bytes(70000)),
}  # fmt: skip


@cache
def sound() -> tuple[bytes, tuple[bytes, ...]]:
    """Return a picture, and presentation states about it."""
    picture = dataset(dicom.tissue(1, 64, 48, 12)[0])
    uid = str(picture.SOPInstanceUID)
    curves = [
        drawn("POLYLINE", [5, 5, 20, 5, 20, 20, 5, 5]),
        drawn("CIRCLE", [0.5, 0.5, 0.6, 0.5], "DISPLAY"),
        drawn("ELLIPSE", [5, 20, 40, 20, 20, 5, 20, 35]),
        drawn("INTERPOLATED", [5, 5, 20, 5, 20, 20]),
        drawn("POINT", [9, 9]),
    ]
    boxed = item(
        BoundingBoxAnnotationUnits="DISPLAY",
        UnformattedTextValue="L CC",
        BoundingBoxTopLeftHandCorner=[0.1, 0.1],
        BoundingBoxBottomRightHandCorner=[0.3, 0.2],
        BoundingBoxTextHorizontalJustification="LEFT",
    )
    drawing = annotation([uid], curves, [written("seen here", (20, 30)), boxed])
    table = item(LUTDescriptor=[4096, 0, 12], LUTData=np.arange(4096, dtype="<u2").tobytes(), LUTExplanation="table")
    shutters: dict[str, Any] = {
        "ShutterShape": ["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        "ShutterLeftVerticalEdge": 2,
        "ShutterRightVerticalEdge": 40,
        "ShutterUpperHorizontalEdge": 3,
        "ShutterLowerHorizontalEdge": 60,
        "CenterOfCircularShutter": [30, 25],
        "RadiusOfCircularShutter": 20,
        "VerticesOfThePolygonalShutter": [10, 10, 10, 40, 55, 25],
        "ShutterPresentationValue": 100,
    }
    images = [item(ReferencedSOPInstanceUID=uid, ReferencedSOPClassUID=picture.SOPClassUID)]
    states = [
        presentation_state([uid], (64, 48), GraphicAnnotationSequence=Sequence([drawing])),
        presentation_state(
            [uid],
            (64, 48),
            SoftcopyVOILUTSequence=Sequence([item(WindowCenter="2000", WindowWidth="900", VOILUTFunction="SIGMOID")]),
            ImageRotation=90,
            ImageHorizontalFlip="Y",
            **shutters,
        ),
        presentation_state(
            [uid],
            (64, 48),
            SoftcopyVOILUTSequence=Sequence([item(VOILUTSequence=Sequence([table]), ReferencedImageSequence=images)]),
            RescaleSlope="2",
            RescaleIntercept="-9",
            RescaleType="US",
            GraphicLayerSequence=Sequence([item(GraphicLayer="READER", GraphicLayerOrder=1)]),
            GraphicAnnotationSequence=Sequence([drawing, drawing]),
        ),
        presentation_state(
            [uid],
            (64, 48),
            ModalityLUTSequence=Sequence([table]),
            PresentationLUTSequence=Sequence([table]),
            DisplayedAreaSelectionSequence=Sequence(
                [
                    item(
                        ReferencedImageSequence=images,
                        DisplayedAreaTopLeftHandCorner=[5, 6],
                        DisplayedAreaBottomRightHandCorner=[30, 40],
                        PresentationSizeMode="TRUE SIZE",
                        PresentationPixelSpacing=[0.1, 0.1],
                    )
                ]
            ),
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = [write(Path(folder) / f"{n}.dcm", one).read_bytes() for n, one in enumerate((picture, *states))]
    return made[0], tuple(made[1:])


def damaged(number: int, seed: int) -> bytes:
    """Return state number `number` of the run `seed`."""
    chance = random.Random(f"state-{seed}-{number}")
    data = chance.choice(sound()[1])
    kind = chance.random()
    if kind < 0.25:
        return mutated(data, chance, _WORDS, len(data))
    data = _absurd(data, chance)
    return mutated(data, chance, _WORDS, len(data)) if kind > 0.9 else data


def _absurd(data: bytes, chance: random.Random) -> bytes:
    """Write a state again with some attributes, anywhere in it, absurd or missing."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        path = Path(folder) / "a.dcm"
        path.write_bytes(data)
        made = dcmread(path)
        for _ in range(chance.randint(1, 4)):
            owner = chance.choice(_owners(made))
            elements = [element for element in owner if element.VR in _ABSURD and element.tag.group > 8]
            if not elements:
                continue
            element = chance.choice(elements)
            value = chance.choice(_ABSURD[element.VR])
            try:
                if value is None:
                    del owner[element.tag]
                elif element.VR == "SQ" and element.value:
                    element.value = chance.choice((Sequence([]), Sequence(list(element.value) * 40)))
                else:
                    element.value = value
            except (ValueError, TypeError, OverflowError, AttributeError):
                continue
        try:
            made.save_as(path, enforce_file_format=False)
        except (ValueError, TypeError, OverflowError, AttributeError, struct.error):
            return data
        return path.read_bytes()


def _owners(made: Dataset) -> list[Dataset]:
    """Return a data set and all items of its sequences."""
    found = [made]
    for element in made:
        if element.VR == "SQ":
            for one in element.value:
                found += _owners(one)
    return found


def make(case: tuple[int, int], folder: Path) -> None:
    """Write a picture and a damaged state, given by its number and the seed of the run."""
    (folder / "picture.dcm").write_bytes(sound()[0])
    (folder / "case.dcm").write_bytes(damaged(*case))


def look(folder: Path) -> Counter[str]:
    """Open both and render the picture with the state; the picture always opens."""
    counts = dicom.examine(folder)
    assert counts["pictures rendered"] >= 1
    return counts


def run(count: int, seed: int) -> str:
    """Check `count` damaged states; returns a summary line."""
    return guarded.run(((number, seed) for number in range(count)), make, look)
