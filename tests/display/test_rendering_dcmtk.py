"""The grey of whole files against DCMTK's `dcm2pnm`, over what a mammogram's header can say.

Any two properties meet in some file; all of them meet in the slow test.

Where DCMTK is known to do something else than the standard, or than a reading room needs, it is run in another way
or not asked at all, never with a wider tolerance:

* LINEAR_EXACT (PS3.3 C.11.2.1.3.2) is unknown to it; it is given the LINEAR window that is the same line: center + 0.5,
  width + 1 (C.11.2.1.2.1).
* Padding (C.7.5.1.1.2) goes through its window like any value; ours is black, which is tested here, and its pixels
  are left out of the comparison.
"""

from __future__ import annotations

import shutil
import subprocess
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import mammoview
from mammoview.formats.dicom.dicom_reader import read_dicom
from tests.support.dicom_files import dataset, item, write

BITS = (8, 10, 12, 14, 16)
VOIS = ("LINEAR", "LINEAR_EXACT", "SIGMOID", "table OW", "table US", "two windows")
SIDE = 48
"""Pictures of SIDE x SIDE pixels hold every value of 8 and 10 bits, and evenly spread values of more."""

needs_dcmtk = pytest.mark.skipif(
    shutil.which("dcm2pnm") is None, reason="dcm2pnm of DCMTK is not installed (packaging/libraries.sh)"
)


def dcm2pnm(path: Path, *options: str) -> NDArray[np.uint8]:
    """Return what DCMTK makes of a file."""
    out = path.with_suffix(".pgm")
    subprocess.run(["dcm2pnm", "-q", *options, str(path), str(out)], check=True, capture_output=True)
    with Image.open(out) as picture:
        return np.array(picture)


def values(bits: int, signed: bool) -> NDArray[np.generic]:
    """Return stored values over the whole range of these bits."""
    low = -(2 ** (bits - 1)) if signed else 0
    spread = np.round(np.linspace(low, low + 2**bits - 1, SIDE * SIDE)).reshape(SIDE, SIDE)
    return spread.astype(("i" if signed else "u") + ("1" if bits == 8 else "2"))


def curve(bits: int, first: int, kind: str) -> Any:
    """Return a VOI LUT with toe and shoulder, 10 bits deep, over the middle half of the stored range."""
    count = 2 ** (bits - 1)
    entries = np.round(1023 / (1 + np.exp(-np.linspace(-4, 4, count)))).astype("<u2")
    made = item(LUTExplanation="curve")
    made.add_new("LUTDescriptor", "SS" if first < 0 else "US", [count, first, 10])
    made.add_new("LUTData", kind, entries.tobytes() if kind == "OW" else entries.tolist())
    return made


def header(voi: str, bits: int, signed: bool) -> tuple[dict[str, Any], list[list[str]]]:
    """Return the attributes of a VOI, and how DCMTK is asked for each preset."""
    low = -(2 ** (bits - 1)) if signed else 0
    center, width = round(low + 0.55 * 2**bits, 1), round(0.6 * 2**bits, 1)
    if voi.startswith("table"):
        first = low + 2 ** (bits - 2)
        return {"VOILUTSequence": Sequence([curve(bits, first, voi[-2:])])}, [["+Wl", "1"]]
    if voi == "two windows":
        both = {"WindowCenter": [center, center + 7], "WindowWidth": [width, width / 4]}
        return both, [["+Wi", "1"], ["+Wi", "2"]]
    window = {"WindowCenter": center, "WindowWidth": width, "VOILUTFunction": voi}
    if voi == "LINEAR_EXACT":
        return window, [["+Ww", str(center + 0.5), str(width + 1), "+Wfl"]]
    return window, [["+Wi", "1", "+Wfs" if voi == "SIGMOID" else "+Wfl"]]


Case = tuple[Any, ...]
"""Photometric name, shape, VOI, signed, padded, bits."""
EVERY: tuple[Case, ...] = tuple(
    product(("MONOCHROME1", "MONOCHROME2"), (None, "IDENTITY", "INVERSE"), VOIS, (False, True), (False, True), BITS)
)


def pairwise(cases: tuple[Case, ...]) -> list[Case]:
    """Return few of the cases, in which every two values of different factors still meet (greedy)."""

    def pairs(case: Case) -> set[Any]:
        return {((i, case[i]), (j, case[j])) for i, j in combinations(range(len(case)), 2)}

    open_pairs = set().union(*map(pairs, cases))
    chosen: list[Case] = []
    while open_pairs:
        best = max(cases, key=lambda case: len(pairs(case) & open_pairs))
        open_pairs -= pairs(best)
        chosen.append(best)
    return chosen


def check(folder: Path, case: Case) -> None:
    """Write the file of a case and compare all its presets."""
    photometric, shape, voi, signed, padded, bits = case
    pixels = values(bits, signed)
    attributes, asked = header(voi, bits, signed)
    low = int(pixels.min())
    limit = low + 2 ** (bits - 4)
    made = dataset(
        pixels,
        PhotometricInterpretation=photometric,
        PresentationLUTShape=shape,
        BitsStored=bits,
        HighBit=bits - 1,
        **attributes,
        **({"PixelPaddingValue": low, "PixelPaddingRangeLimit": limit} if padded else {}),
    )
    # Explicit VR has no room for 65536 bytes of US (PS3.5 6.2.2); such a table comes as implicit VR.
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if voi == "table US" else ExplicitVRLittleEndian
    path = write(folder / "a.dcm", made)
    scan = read_dicom(path).scan
    black = (pixels <= limit) & padded
    for preset, how in enumerate(asked):
        theirs, ours = dcm2pnm(path, *how), mammoview.render(scan, preset)
        assert np.ptp(theirs) > 200, (case, preset)
        assert np.abs(ours.astype(int) - theirs)[~black].max() <= 1, (case, preset)
        assert not ours[black].any(), (case, preset)


@needs_dcmtk
@pytest.mark.parametrize("case", pairwise(EVERY), ids=lambda case: "-".join(map(str, case)))
def test_greys_equal_those_of_dcmtk(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)


@needs_dcmtk
@pytest.mark.slow
def test_greys_equal_those_of_dcmtk_in_every_combination(tmp_path: Path) -> None:
    for case in EVERY:
        check(tmp_path, case)


@needs_dcmtk
def test_the_rescale_comes_before_the_window(tmp_path: Path) -> None:
    rescaled = {"RescaleSlope": 1.5, "RescaleIntercept": -300, "WindowCenter": 2400, "WindowWidth": 3100}
    path = write(tmp_path / "a.dcm", dataset(values(12, False), **rescaled))
    ours = mammoview.render(read_dicom(path).scan)
    assert np.abs(ours.astype(int) - dcm2pnm(path, "+Wi", "1")).max() <= 1


@needs_dcmtk
@pytest.mark.parametrize("signed", [False, True])
def test_a_modality_table_comes_before_the_voi_table(tmp_path: Path, signed: bool) -> None:
    """PS3.3 C.11.1 and C.11.2: what a modality LUT puts out is unsigned, whatever the pixels are."""
    pixels = values(12, signed)
    low = int(pixels.min())
    modality, voi = item(ModalityLUTType="US"), item(LUTExplanation="upper half")
    modality.add_new("LUTDescriptor", "SS" if signed else "US", [4096, low, 16])
    modality.add_new("LUTData", "OW", (np.arange(4096, dtype="<u2") * 16).tobytes())
    voi.add_new("LUTDescriptor", "US", [16384, 40000, 12])
    voi.add_new("LUTData", "OW", (np.arange(16384, dtype="<u2") // 4).tobytes())
    path = write(
        tmp_path / "a.dcm", dataset(pixels, ModalityLUTSequence=Sequence([modality]), VOILUTSequence=Sequence([voi]))
    )
    ours = mammoview.render(read_dicom(path).scan)
    theirs = dcm2pnm(path, "+Wl", "1")
    assert np.ptp(theirs) > 200 and np.abs(ours.astype(int) - theirs).max() <= 1
