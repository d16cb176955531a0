"""Damaged zips: each opens or is refused, intact members are read, and bombs take little time, memory and disk."""

from __future__ import annotations

import io
import random
import re
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from tests.fuzz import dicom, guarded, outlines, pictures
from tests.fuzz.mutations import mutated
from tests.support.ddsm_cases import ICS, OVERLAY
from tests.support.ljpeg_encoder import encode, film

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_WORDS = (
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"PK\x07\x08",
    b"\x01\x00\x18\x00" + b"\xff" * 24,
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"../",
    b"\\",
    b"\xff",
)
_NAMES = (
    "a.dcm",
    "L_CC.dcm",
    "views/R_MLO.dcm",
    "x" * 300 + "_L_CC.dcm",
    "y" * 300 + "/a.dcm",
    "../up.dcm",
    "/root.dcm",
    "C:\\a.dcm",
    "a\\b.dcm",
    "a/b/c/d/e/f/g.dcm",
    "a",
    "a/a",
    "name\nof\rtwo lines.dcm",
    "\u202eL_CC.dcm",
    "..",
    ".",
    "",
    " ",
    ".hidden/a.dcm",
    "outlines.json",
    "mdb001.pgm",
    "Info.txt",
    "mass_case_description_test_set.csv",
    "DICOMDIR",
    "inner.zip",
    "case.zip/a.dcm",
    "nul\0name.dcm",
)
# Offset and bytes of the fields of a central directory entry and of a local header (APPNOTE.TXT 4.3.12, 4.3.7).
_CENTRAL = ((4, 2), (6, 2), (8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (38, 4), (42, 4))
_LOCAL = ((4, 2), (6, 2), (8, 2), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2))
_END = ((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2))


@cache
def _contents() -> tuple[tuple[str, bytes], ...]:
    """Return files that a zip may hold, by a name that fits."""
    made = [(f"{n}_L_CC.dcm", data) for n, data in enumerate(dicom.sound())]
    made += [(f"{n}_R_CC.{ending}", data) for n, (ending, data) in enumerate(pictures.sound())]
    picture, others = dicom.companions()
    made += [("picture.dcm", picture), *((f"{n}.dcm", data) for n, data in enumerate(others))]
    made += [("outlines.json", outlines.sound()[0]), ("notes.txt", b"hello"), ("empty.dcm", b"")]
    return tuple(made)


def _case() -> list[tuple[str, bytes]]:
    """Return the files of a DDSM case."""
    ics = ICS.replace("400", "64").replace("320", "48").replace("300", "48").encode()
    return [
        ("B-3001-1.ics", ics),
        ("B_3001_1.LEFT_MLO.OVERLAY", OVERLAY.encode()),
        ("B_3001_1.LEFT_MLO.LJPEG", encode(film(64, 48, 12), 12)),
    ]


def _zip(chance: random.Random, depth: int = 0) -> bytes:
    """Return a zip of a few files, some under odd names, some zips themselves."""
    members = [chance.choice(_contents()) for _ in range(chance.randint(1, 6))]
    if chance.random() < 0.2:
        members += _case()
    if depth < 2 and chance.random() < 0.3:
        members.append((f"inner{depth}.zip", _zip(chance, depth + 1)))
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        for name, data in members:
            if chance.random() < 0.2:
                name = chance.choice(_NAMES)
            entry = zipfile.ZipInfo(name)
            entry.filename = name
            if chance.random() < 0.05:
                entry.external_attr = chance.choice((0o120777 << 16, 0o010644 << 16, 0o040755 << 16, 16, 0xFFFFFFFF))
            archive.writestr(entry, data, chance.choice(_METHODS))
    return out.getvalue()


def damaged(number: int, seed: int) -> bytes:
    """Return zip number `number` of the run `seed`."""
    chance = random.Random(f"zip-{seed}-{number}")
    data = _zip(chance)
    kind = chance.random()
    if kind < 0.1:
        return data
    if kind < 0.4:
        return mutated(data, chance, _WORDS, len(data))
    data = _with_other_fields(data, chance)
    return mutated(data, chance, _WORDS, len(data)) if kind > 0.9 else data


def _with_other_fields(data: bytes, chance: random.Random) -> bytes:
    """Change some fields of the directory, of local headers, or of the end record."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        mark, fields = chance.choice(
            ((b"PK\x01\x02", _CENTRAL), (b"PK\x01\x02", _CENTRAL), (b"PK\x03\x04", _LOCAL), (b"PK\x05\x06", _END))
        )
        places = [found.start() for found in re.finditer(re.escape(mark), changed)]
        if not places:
            continue
        offset, size = chance.choice(fields)
        place = chance.choice(places) + offset
        old = int.from_bytes(changed[place : place + size], "little")
        top = (1 << 8 * size) - 1
        value = chance.choice((0, 1, top, top >> 1, old + 1, old * 2, old ^ 1, 8, 12, 14, 99, chance.randint(0, top)))
        changed[place : place + size] = (value & top).to_bytes(size, "little")
    return bytes(changed)


def _written(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def bombs() -> dict[str, Callable[[], bytes]]:
    """Decompression bombs, and zips of many entries."""

    def zeros(name: str, size: int, claimed: int | None = None) -> bytes:
        """Pack zeros in equal blocks, and claim another size; the checksum is never reached."""
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        block = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
        packed = block * (size >> 20) + zlib.compressobj(9, zlib.DEFLATED, -15).flush()
        return _raw([(name, packed, (0, len(packed), size if claimed is None else claimed))])

    def png() -> bytes:
        out = io.BytesIO()
        Image.fromarray(np.zeros((12000, 12000), np.uint8)).save(out, "PNG")
        return out.getvalue()

    return {
        "zeros": lambda: zeros("a_L_CC.dcm", 4000 << 20),
        "zeros as a picture": lambda: zeros("a_L_CC.png", 4000 << 20),
        "zeros that claim to be few": lambda: zeros("a_L_CC.dcm", 2000 << 20, 50_000),
        "zeros below the limit": lambda: _written({f"{n}_L_CC.png": bytes(60 << 20) for n in range(30)}),
        "zeros in a zip": lambda: _written({"inner.zip": _written({f"{n}.png": bytes(60 << 20) for n in range(30)})}),
        "bzip2": lambda: _written({"a_L_CC.dcm": bytes(200 << 20)}, zipfile.ZIP_BZIP2),
        "LZMA": lambda: _written({"a_L_CC.dcm": bytes(200 << 20)}, zipfile.ZIP_LZMA),
        "the largest picture": lambda: _written({"a_L_CC.png": png()}),
        "text": lambda: _written({"B-3001-1.ics": b"9" * (63 << 20), "outlines.json": b"[" * (63 << 20)}),
        "entries": lambda: _written({f"{n}.txt": b"" for n in range(70_000)}, zipfile.ZIP_STORED),
        "a directory of nothing": lambda: b"PK\x01\x02" + bytes(20 << 20) + _end(1, 20 << 20, 0),
        "one file under many names": _overlapping,
    }


def _raw(members: list[tuple[str, bytes, tuple[int, int, int]]]) -> bytes:
    """Write a zip of packed members with claimed checksum, packed and plain size."""
    body, directory = b"", b""
    for name, packed, (checksum, size, plain) in members:
        fields = struct.pack("<5H3L2H", 20, 0, 8, 0, 0, checksum, size, plain, len(name), 0)
        entry = struct.pack("<3H2L", 0, 0, 0, 0, len(body))
        directory += b"PK\x01\x02\x14\0" + fields + entry + name.encode()
        body += b"PK\x03\x04" + fields + name.encode() + packed
    return body + directory + _end(len(members), len(directory), len(body))


def _overlapping() -> bytes:
    """Ten thousand entries that all are the same 60 MB of zeros."""
    one = _written({"a_L_CC.png": bytes(60 << 20)})
    start = one.index(b"PK\x01\x02")
    entry = one[start : one.index(b"PK\x05\x06")]
    return one[:start] + entry * 10_000 + _end(10_000, len(entry) * 10_000, start)


def _end(count: int, size: int, start: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, count, count, size, start, 0)


def make(case: tuple[int, int] | str, folder: Path) -> None:
    """Write a damaged zip, given by its number and the seed of the run, or a bomb, given by its name."""
    (folder / "case.zip").write_bytes(bombs()[case]() if isinstance(case, str) else damaged(*case))


def look(folder: Path) -> Counter[str]:
    """Open a case, decode and render its scans, and check that nothing was written."""
    with tempfile.TemporaryDirectory() as name:
        before, tempfile.tempdir = tempfile.tempdir, name
        try:
            counts = dicom.examine(folder / "case.zip")
        finally:
            tempfile.tempdir = before
        assert not list(Path(name).iterdir()), "something was unpacked"
    assert [file.name for file in folder.iterdir()] == ["case.zip"]
    return counts


def run(count: int, seed: int) -> str:
    """Check `count` damaged zips, from 1,000 on all bombs, too; returns a summary line."""
    large = bombs() if count >= dicom.MANY else ()
    return guarded.run([*large, *((number, seed) for number in range(count))], make, look)
