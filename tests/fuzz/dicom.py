"""Damaged DICOM files of every syntax: each opens or is refused with one line, fast and in little memory."""

from __future__ import annotations

import random
import shutil
import struct
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from mammoview.core.errors import MammoviewError
from mammoview.display.rendering import preset, presets, render
from mammoview.display.scan_analysis import analyse
from mammoview.formats.inspection.describe import describe, description_lines
from mammoview.formats.inspection.tags import read_tags
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Scan
from tests.fuzz import guarded
from tests.fuzz.mutations import mutated
from tests.support.dicom_encoding import SYNTAXES, encoded, tissue
from tests.support.dicom_files import dataset, item, write
from tests.support.referencing_objects import (
    algorithm,
    annotation,
    cad_report,
    drawn,
    finding,
    graphic,
    percent,
    presentation_state,
)

MANY = 1000
"""Bombs take half a minute to make, so that short runs go without."""
_HEAD = 1200
"""Bytes before the pixels of the files made here."""
_WORDS = (
    b"DICM",
    b"\x28\x00\x10\x00",
    b"\x28\x00\x08\x00IS\x08\x00100000  ",
    b"\xe0\x7f\x10\x00",
    b"\xfe\xff\x00\xe0\xff\xff\xff\xff",
    b"\xfe\xff\x0d\xe0\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xd8\xff",
    b"\xff\xd9",
    b"SQ\0\0\xff\xff\xff\xff",
    b"UN\0\0\xff\xff\xff\x7f",
    b"\\",
    b"\0\0",
    b"1.2.840.10008.1.2.4.90",
)
_VRS = (b"AE", b"AT", b"DS", b"IS", b"OB", b"OW", b"SQ", b"SS", b"UI", b"UL", b"UN", b"US", b"XX", b"\0\0")
_ABSURD: dict[str, tuple[Any, ...]] = {
    "Rows": (0, 1, 15, 60, 65535, None),
    "Columns": (0, 1, 15, 60, 65535, None),
    "NumberOfFrames": (0, 2, 3, 99, 2000, 100_000, 2**31 - 1, -1),
    "BitsAllocated": (0, 1, 7, 8, 12, 16, 32, 64, 65535, None),
    "BitsStored": (0, 1, 8, 16, 17, 33, 65535, None),
    "HighBit": (0, 7, 15, 31, 65535, None),
    "PixelRepresentation": (0, 1, 2, None),
    "SamplesPerPixel": (0, 2, 3, 4, 65535, None),
    "PlanarConfiguration": (0, 1, 9),
    "PhotometricInterpretation": ("MONOCHROME1", "RGB", "YBR_FULL_422", "PALETTE COLOR", "", "NONSENSE"),
    "PixelSpacing": ([0, 0], [-1, 1], [1e-300, 1e300], [9, 9], [0.001, 9.9]),
    "ImagerPixelSpacing": ([0, 0], [0.05, 0.1]),
    "EstimatedRadiographicMagnificationFactor": (0, -1, 1e9, 1.5),
    "WindowWidth": (0, -1, 1e-300, 1e300, [1, 0, 5]),
    "WindowCenter": (0, 1e300, -1e300, [1, 2]),
    "VOILUTFunction": ("SIGMOID", "LINEAR_EXACT", "NONSENSE"),
    "RescaleSlope": (0, -1, 1e300, 1e-300),
    "RescaleIntercept": (0, -1e300, 5),
    "PixelPaddingValue": (0, 65535),
    "PixelPaddingRangeLimit": (0, 4095),
    "PresentationLUTShape": ("INVERSE", "NONSENSE"),
    "PatientOrientation": (["F", "A"], ["A", "FL"], ["", ""], ["X", "Y", "Z"]),
    "ImageRotation": (45, 90, -90, 2**31 - 1),
    "ImageHorizontalFlip": ("Y", "X"),
    "ShutterShape": (["RECTANGULAR", "CIRCULAR", "POLYGONAL"], "STAR", ""),
    "ShutterLeftVerticalEdge": (-(2**31), 0, 2**31 - 1),
    "CenterOfCircularShutter": ([0, 0], [2**31 - 1, -(2**31)], [1]),
    "RadiusOfCircularShutter": (0, -1, 2**31 - 1),
    "VerticesOfThePolygonalShutter": ([1, 1, 1, 1, 1, 1], [2**31 - 1, 0, 0, 2**31 - 1, 9, 9], [1] * 7),
    "ShutterPresentationValue": (0, 65535),
    "ImageLaterality": ("B", "", "R"),
    "Modality": ("OT", "", "CT"),
    "SOPClassUID": ("1.2.840.10008.5.1.4.1.1.13.1.3", "1.2.3", ""),
}


@cache
def sound() -> tuple[bytes, ...]:
    """Files of every syntax, one and three frames, and the attributes used by the grey pipeline and geometry."""
    made = []
    lut = item(LUTDescriptor=[256, 0, 12], LUTData=np.arange(256, dtype="<u2").tobytes(), LUTExplanation="table")
    groups = item(
        FrameAnatomySequence=Sequence([item(FrameLaterality="L")]),
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[0.1, 0.1])]),
        FrameVOILUTSequence=Sequence([item(WindowCenter=2000, WindowWidth=3000)]),
    )
    folder = Path(tempfile.mkdtemp())
    for number, syntax in enumerate(SYNTAXES):
        bits = 8 if syntax == JPEGBaseline8Bit else 12
        for frames in (1, 3):
            attributes: dict[str, Any] = {"PixelSpacing": [0.1, 0.1], "PatientOrientation": ["A", "R"]}
            if frames == 3:
                attributes = {
                    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.13.1.3",
                    "SharedFunctionalGroupsSequence": Sequence([groups]),
                    "PerFrameFunctionalGroupsSequence": Sequence([item() for _ in range(3)]),
                }
            elif number % 2:
                attributes |= {"VOILUTSequence": Sequence([lut]), "PixelPaddingValue": 0}
            else:
                attributes |= {"WindowCenter": [2000, 100], "WindowWidth": [4000, 200], "RescaleSlope": 1}
            path = write(folder / "a.dcm", encoded(syntax, tissue(frames, 64, 48, bits), bits, **attributes))
            made.append(path.read_bytes())
            path.unlink()
    folder.rmdir()
    return tuple(made)


@cache
def companions() -> tuple[bytes, tuple[bytes, ...]]:
    """Return an intact picture, and presentation states and CAD reports about it."""
    picture = dataset(tissue(1, 64, 48, 12)[0])
    uid = str(picture.SOPInstanceUID)
    drawing = annotation(
        [uid], [drawn("POLYLINE", [5, 5, 20, 5, 20, 20]), drawn("CIRCLE", [0.5, 0.5, 0.6, 0.5], "DISPLAY")]
    )
    state = presentation_state(
        [uid],
        (64, 48),
        SoftcopyVOILUTSequence=Sequence([item(WindowCenter="2000", WindowWidth="900")]),
        GraphicAnnotationSequence=Sequence([drawing]),
        ImageRotation=90,
        ImageHorizontalFlip="Y",
        ShutterShape=["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        ShutterLeftVerticalEdge=2,
        ShutterRightVerticalEdge=40,
        ShutterUpperHorizontalEdge=3,
        ShutterLowerHorizontalEdge=60,
        CenterOfCircularShutter=[30, 25],
        RadiusOfCircularShutter=20,
        VerticesOfThePolygonalShutter=[10, 10, 10, 40, 55, 25],
        ShutterPresentationValue=100,
    )
    place = graphic(("111010", "Center"), "POINT", [20, 30], 1)
    border = graphic(("111041", "Outline"), "POLYLINE", [10, 20, 30, 20, 30, 40, 10, 20], 1)
    certain = percent(("111012", "Certainty of Finding"), 87)
    report = cad_report([uid], [finding(("4147007", "Mass"), *algorithm("Finder", "2.1"), certain, place, border)])
    folder = Path(tempfile.mkdtemp())
    made = [write(folder / f"{n}.dcm", one).read_bytes() for n, one in enumerate((picture, state, report))]
    shutil.rmtree(folder)
    return made[0], tuple(made[1:])


def has_companion(number: int, seed: int) -> bool:
    """Whether a case is a presentation state or report beside its intact picture: about every fifth."""
    return random.Random(f"beside-{seed}-{number}").random() < 0.2


def damaged(number: int, seed: int) -> bytes:
    """Return file number `number` of the run `seed`."""
    chance = random.Random(f"{seed}-{number}")
    data = chance.choice(companions()[1] if has_companion(number, seed) else sound())
    kind = chance.random()
    if kind < 0.35:
        return mutated(data, chance, _WORDS, _HEAD)
    if kind < 0.55:
        return _with_other_element(data, chance)
    data = _with_absurd_values(data, chance)
    return mutated(data, chance, _WORDS, _HEAD) if kind > 0.9 else data


def _with_other_element(data: bytes, chance: random.Random) -> bytes:
    """Change tag, VR or length of some elements, found by a pattern."""
    changed = bytearray(data)
    places = [
        place
        for place in range(132, min(len(data), 4000) - 8, 2)
        if data[place + 4 : place + 6].isalpha() and data[place + 4 : place + 6].isupper() and data[place + 1] == 0
    ]
    for place in chance.sample(places, min(len(places), chance.randint(1, 3))):
        match chance.randrange(3):
            case 0:
                changed[place : place + 4] = chance.choice(
                    (chance.randbytes(4), b"\x28\x00\x10\x00", b"\xfe\xff\x00\xe0")
                )
            case 1:
                changed[place + 4 : place + 6] = chance.choice(_VRS)
            case 2:
                length = chance.choice((0, 1, 3, 255, 65534, 65535, chance.randrange(65536)))
                changed[place + 6 : place + 8] = struct.pack("<H", length)
    return bytes(changed)


def _with_absurd_values(data: bytes, chance: random.Random) -> bytes:
    """Write the file again with some attributes absurd, missing, or with another transfer syntax than it has."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "a.dcm"
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = dcmread(path)
        for keyword in chance.sample(list(_ABSURD), chance.randint(1, 4)):
            value = chance.choice(_ABSURD[keyword])
            try:
                delattr(made, keyword) if value is None and keyword in made else setattr(made, keyword, value)
            except (ValueError, TypeError, OverflowError, AttributeError):
                continue
        if chance.random() < 0.1 and "PixelData" in made:
            del made.PixelData
        try:
            made.save_as(path, enforce_file_format=False)
        except Exception:  # Values that pydicom refuses to write stay unchanged.
            path.write_bytes(data)
    changed = path.read_bytes()
    path.unlink()
    folder.rmdir()
    if chance.random() < 0.15:
        # A wrong transfer syntax, of the same length so that the file stays readable.
        own, other = (str(chance.choice(SYNTAXES)).encode() for _ in range(2))
        if len(own) == len(other):
            changed = changed.replace(own, other)
    return changed


def bombs() -> dict[str, Callable[[], Dataset | bytes]]:
    """Decompression bombs, files that claim a large size, and endless headers."""
    large = np.zeros((1, 12000, 12000), np.uint16)
    wide = {"PixelSpacing": [5, 5]}

    def lying(syntax: Any, frame: bytes, side: int, **attributes: Any) -> Dataset:
        made = encoded(ExplicitVRLittleEndian, tissue(1, 20, 20, 12), 12, **attributes)
        made.Rows = made.Columns = side
        made.PixelData = encapsulate([frame])
        made["PixelData"].VR = "OB"
        made.file_meta.TransferSyntaxUID = syntax
        return made

    def runs() -> bytes:
        segment = bytes([129, 0]) * 8_000_000
        return struct.pack("<16I", 2, 64, 64 + len(segment), *[0] * 13) + 2 * segment

    def tiles() -> bytes:
        code = bytearray(imagecodecs.jpeg2k_encode(np.zeros((12000, 12000), np.uint8), codecformat="J2K"))
        code[24:32] = struct.pack(">2I", 48, 48)
        return bytes(code)

    def samples() -> bytes:
        code = bytearray(imagecodecs.jpeg2k_encode(np.zeros((4000, 4000), np.uint8), codecformat="J2K"))
        code[40:42] = struct.pack(">H", 16384)
        return bytes(code)

    def swallowing(length: int) -> bytes:
        """Make empty items of a sequence extend to the end of 40 million bytes of pixels, or to the given length."""
        opening = Sequence([item(LUTExplanation="one")])
        made = encoded(ExplicitVRLittleEndian, large[:, :2000, :10000], 12, VOILUTSequence=opening)
        with tempfile.TemporaryDirectory() as folder:
            data = write(Path(folder) / "a.dcm", made).read_bytes()
        place = data.index(b"\x28\0\x10\x30SQ") + 8
        return data[:place] + struct.pack("<L", length) + data[place + 4 :]

    return {
        "zeros": lambda: bytes(64 << 20),
        "DICM and zeros": lambda: bytes(128) + b"DICM" + bytes(64 << 20),
        "endless sequence": lambda: swallowing(0xFFFFFFFF),
        "long sequence": lambda: swallowing(39_000_000),
        "deflate": lambda: encoded(DeflatedExplicitVRLittleEndian, np.zeros((6, 7000, 7000), np.uint16), 12),
        "largest deflate": lambda: encoded(DeflatedExplicitVRLittleEndian, np.zeros((1, 12000, 12000), np.uint16), 12),
        "JPEG 2000": lambda: encoded(JPEG2000Lossless, large, 12, **wide),
        "JPEG-LS": lambda: encoded(JPEGLSLossless, large, 12, **wide),
        "lossless JPEG": lambda: encoded(JPEGLosslessSV1, large, 12, **wide),
        "plain": lambda: encoded(ExplicitVRLittleEndian, large, 12, **wide),
        "runs": lambda: lying(RLELossless, runs(), 12000),
        "few runs": lambda: lying(RLELossless, runs(), 20),
        "tiles": lambda: lying(JPEG2000Lossless, tiles(), 12000, BitsAllocated=8, BitsStored=8, HighBit=7),
        "samples": lambda: lying(JPEG2000Lossless, samples(), 4000, BitsAllocated=8, BitsStored=8, HighBit=7),
    }


def make(case: tuple[int, int] | str, folder: Path) -> None:
    """Write a damaged file, given by its number and the seed of the run, or a bomb, given by its name."""
    if isinstance(case, str):
        bomb = bombs()[case]()
        (folder / "case.dcm").write_bytes(bomb) if isinstance(bomb, bytes) else write(folder / "case.dcm", bomb)
    else:
        (folder / "case.dcm").write_bytes(damaged(*case))
        if has_companion(*case):
            (folder / "picture.dcm").write_bytes(companions()[0])


def look(folder: Path) -> Counter[str]:
    """Open a case and use its scans as the program does; any exception but MammoviewError is a fault."""
    alone = len(list(folder.iterdir())) == 1
    return examine(folder / "case.dcm" if alone else folder)


def examine(path: Path) -> Counter[str]:
    """Use the scans at a path as the program does; any exception but MammoviewError is a fault."""
    try:
        studies = open_study(path)
    except MammoviewError as error:
        assert "\n" not in str(error)
        return Counter(refused=1)
    describe(studies)
    description_lines(studies)
    counts = Counter(opened=1)
    for scan in (scan for study in studies for scan in study.scans):
        counts += _seen(scan)
    return counts


def _seen(scan: Scan) -> Counter[str]:
    """Decode and render a scan, of a stack the first, middle and last frame."""
    with suppress(MammoviewError):  # Pictures of other kinds have no tags.
        read_tags(scan)
    frames = [scan.frame] if scan.stack is None else [scan.frame, 0, scan.stack.count - 1]
    counts: Counter[str] = Counter()
    for frame in frames:
        try:
            if scan.stack is not None:
                scan.show_frame(frame)
            assert scan.pixels.shape == (scan.rows, scan.columns)
            assert render(scan).shape == (scan.rows, scan.columns)
            counts["pictures rendered"] += 1
            _show_states(scan)
        except MammoviewError as error:
            assert "\n" not in str(error)
    return counts


def _show_states(scan: Scan) -> None:
    """Render a scan with each presentation state."""
    analysis = analyse(scan)
    for index in range(len(presets(scan)) - len(scan.grey.states), len(presets(scan))):
        asked = preset(analysis, index).presentation
        turning = None if asked is None else asked.turning(scan.rows, scan.columns)
        shown = render(scan, index)
        assert (shown if turning is None else turning.turned(shown)).size == scan.rows * scan.columns


def run(count: int, seed: int) -> str:
    """Check `count` damaged files, from 1,000 on all bombs, too; returns a summary line."""
    large = bombs() if count >= MANY else ()
    return guarded.run([*large, *((number, seed) for number in range(count))], make, look)
