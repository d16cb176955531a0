"""Checks of `mammoview selftest`: models, codecs, hanging protocols, graphics."""

from __future__ import annotations

from base64 import b85decode
from collections.abc import Iterator, Mapping
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from mammoview.core.errors import MammoviewError

Check = tuple[str, bool, str]
"""Name, whether it passed, and one line of text."""

# The picture of `_truth`, written once by pydicom (RLE), pyjpegls, openjpeg and GDCM; 12 of 16 bits, base 85.
FRAMES: Mapping[tuple[str, UID], bytes] = {
    ("RLE", RLELossless): (
        b"0ssI2KmY&$zyJUM00000000000000000000000000000000000000000000000000000000000000000@c{7y@c{7z@c{7z@c{7z"
        b"@c{7z@d5D!@d5D#@d5D#@d5D#@d5D#@d5D#@dEJ%@dEJ%@dEJ%@dEJ%@dEJ%@dNP(@dNP(@dNP(@dNP(@dNP(@dWV*@dWV*@dWV*"
        b"@dWV*@dWV*@dfb-@dfb-@dfb-@dfb-@dfb-@doh;@dxqm@j3A!@oVu@@tyI7@z3$M@d5Ga@iXxo@n!K%@t5&`@yYSA@%!=P@h$Nc"
        b"@n7*r@saU)@x$?}@%8cD@h9;Q@mcXf@r&_u@xAe-@$d21@geaE@l)|T@rChi@wf4x@#*o=@f-02@lEkH@qh7W@v-rl@#FE!@fGp?"
    ),
    ("JPEG-LS", JPEGLSLossless): (
        b"|JeWc01FHNAOIi%0TBTI+5iXv0RR9108N1e5QHHS5fKmo0000lodO6U2tpzvA|a9l5JC`yL_|bDWQin_NhFbyN~)@;7^<qOs$#0Y"
        b"@GyV>Fn|97_y2nL|9CEc|1N+30@wd~*Z+7dfB!6h{{?UVb#MQ0ssDbd|9%v||5U&KLWlo)hyQp^|9?*Ze+i%eX`laLEB}2f|9m8W"
        b"|0I9^2;cu`-~VDK|9U6?c!mFdh5vpafBztV{~y2qe}DfUKmUGz{~o{peSiNRKmUAx{~f>odw>5OKmU4v{~W*nd4K;LKmT}t{~N#m"
        b"cYpsIKmT@r{~Evlb$|aFKmS1g*#H"
    ),
    ("JPEG 2000", JPEG2000Lossless): (
        b"|4;u>04V?f0000W0000W00000000000000W0000W0000000000009dD0sm3}3;+NC0RROA1ONg5TmTb5U}$J?XlQU~XmDs~aA;_7"
        b"|6~9q00BdCWnpw>WFTUBAWv{*Zc0!^M<8}(a&u{KZXhx)H7+v$kN^q*00000i~s@ulh5P`1;NAi0*CAb0crpR!TEzh`GNol6JgD~"
        b"j|(^ceZ%$(f%pRe7c6svbEpPU#g=~qeqoD$7sK`xfcrv#A#M#LE;1Icy>=#i{Ar_rT4=zZJ*F<!TGX*vY=6P|hrm9dur=~Os=Wyo"
        b"003YaAzcy=ovbNcOW3Ud!CHm?*#H"
    ),
    ("JPEG lossless", JPEGLosslessSV1): (
        b"|JeV-01FTRAOIi%0TBTI!~hon0RaI4000000000000000015^V|Jncu0RaF3007_szyL3x00zha1@r&_*#H2(fB+jH02j~z17rXK"
        b"`TziIfB;`W01c1;3+Mm=vH$^n001^X056~b2FL&f^Z)?a006##02?3x7tjC$WB>yC003-&0AD}=4Uhl}=l}t-00Dgf05(7XFQ5Ph"
        b"$N&ZO007wl0KR|#8z2A|&;SEu00Q~|0BnE&UqAp2kN^wl00FW90et`fHb4L`pa2HQ00r~_0NDTlzJLH5AOIK800U$I0{Q>|Y=8h?"
        b"KmZMp01M~<0kQxAeE<MI|Je"
    ),
}


def checks() -> Iterator[Check]:
    """Run every check, one at a time; a broken part is a failed check, never an exception."""
    yield from _models()
    for (name, syntax), frame in FRAMES.items():
        yield codec_check(name, syntax, b85decode(frame))
    yield _hanging_protocols()
    yield _graphics()


def _models() -> list[Check]:
    """Check hashes and expected outputs of the bundled models."""
    from mammoview.assess.models.bundle import selftest

    try:
        return selftest() or [("models", False, "none are bundled. Install Mammoview again")]
    except MammoviewError as error:
        return [("models", False, str(error))]


def _truth() -> NDArray[np.uint16]:
    """Return the picture that every codec must decode to exactly, uint16 (32, 32)."""
    truth: NDArray[np.uint16] = (7 + np.add.outer(np.arange(32) * 50, np.repeat([0, 1000], 16))).astype(np.uint16)
    return truth


def codec_check(name: str, syntax: UID, frame: bytes) -> Check:
    """Decode one frame as the format readers do."""
    from mammoview.formats.dicom.decode import unpacked

    data = Dataset()
    data.Rows = data.Columns = 32
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    try:
        right = bool((unpacked(BytesIO(encapsulate([frame])), data, syntax, 0) == _truth()).all())
    except Exception as error:  # Decoders raise various exceptions; any of them means that the codec does not work.
        return f"codec {name}", False, f"cannot decode ({str(error).splitlines()[0]}). Install Mammoview again"
    return f"codec {name}", right, "decodes exactly" if right else "decodes to wrong values. Install Mammoview again"


def _hanging_protocols() -> Check:
    """Read the hanging protocol files."""
    from mammoview.display.hanging_protocols import all_protocols, problems

    try:
        for line in problems():
            return "hanging protocols", False, line
        return "hanging protocols", True, ", ".join(protocol.name for protocol in all_protocols())
    except MammoviewError as error:
        return "hanging protocols", False, str(error)


def _graphics() -> Check:
    """Check Qt, its QImage and its PNG writer; needs no screen."""
    try:
        from mammoview.qt.graphics_selftest import round_trip

        return "graphics", *round_trip()
    except ImportError as error:
        remedy = "Install the system libraries that the README lists"
        return "graphics", False, f"Qt cannot be loaded ({error}). {remedy}"
