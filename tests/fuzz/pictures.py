"""Damaged PNG, TIFF, PGM and JPEG: changed fields, with checksums corrected, and changed bytes."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from tests.fuzz import dicom, guarded
from tests.fuzz.mutations import mutated
from tests.support.dicom_encoding import tissue

_WORDS = (
    b"IHDR",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"PLTE",
    b"II*\0",
    b"MM\0*",
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\xda",
    b"\xff\xc0",
    b"\xff\xc4\0\x02",
    b"P5\n48 64\n4095\n",
    b"99999999999",
    b"#",
    b"\n",
    b"-1 ",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
)
_NUMBERS = (0, 1, 2, 7, 15, 16, 47, 63, 255, 256, 4096, 12_248, 32_767, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1)
_TIFF_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}


@cache
def sound() -> tuple[tuple[str, bytes], ...]:
    """Return pictures of every kind that is read, each with its suffix."""
    deep = tissue(1, 64, 48, 16)[0].astype(np.uint16)
    flat = (deep >> 8).astype(np.uint8)
    made: list[tuple[str, bytes]] = []

    def save(ending: str, image: Image.Image, kind: str, **options: object) -> None:
        out = io.BytesIO()
        image.save(out, kind, **options)
        made.append((ending, out.getvalue()))

    grey, colour = Image.fromarray(flat), Image.merge("RGB", [Image.fromarray(flat)] * 3)
    for image in (Image.fromarray(deep), grey, colour, grey.convert("P"), grey.convert("LA"), grey.convert("1")):
        save("png", image, "PNG")
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        save("tif", Image.fromarray(deep), "TIFF", compression=compression)
        save("tif", grey, "TIFF", compression=compression)
    save("tif", colour, "TIFF", compression="jpeg")
    save("tif", Image.fromarray(deep.astype(np.float32)), "TIFF")
    save("tif", grey, "TIFF", save_all=True, append_images=[grey, grey])
    save("tif", grey, "TIFF", tiffinfo={262: 0})
    save("jpg", grey, "JPEG")
    save("jpg", colour, "JPEG", progressive=True)
    save("jpg", grey.convert("CMYK"), "JPEG")
    made.append(("pgm", b"P5\n# a comment\n48 64\n255\n" + flat.tobytes()))
    made.append(("pgm", b"P5 48 64 65535\n" + deep.astype(">u2").tobytes()))
    made.append(("pgm", b"P2\n48 64\n255\n" + " ".join(map(str, flat.ravel())).encode()))
    return tuple(made)


def damaged(number: int, seed: int) -> tuple[str, bytes]:
    """Return suffix and bytes of picture number `number` of the run `seed`."""
    chance = random.Random(f"picture-{seed}-{number}")
    ending, data = chance.choice(sound())
    kind = chance.random()
    if kind < 0.5:
        changed = {"png": _png, "tif": _tiff, "jpg": _jpeg, "pgm": _pgm}[ending](data, chance)
    else:
        changed = mutated(data, chance, _WORDS, 200)
    if kind > 0.95:
        ending = chance.choice(("png", "tif", "jpg", "pgm", "dcm", "LJPEG", "txt"))
    return ending, changed


def _png(data: bytes, chance: random.Random) -> bytes:
    """Change, double, drop or move chunks, with right checksums."""
    chunks, place = [], 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    for _ in range(chance.randint(1, 3)):
        index = chance.randrange(len(chunks))
        kind, body = chunks[index]
        match chance.randrange(6):
            case 0 | 1:
                header = bytearray(chunks[0][1])
                if chance.random() < 0.5 and len(header) >= 8:
                    header[(at := chance.choice((0, 4))) : at + 4] = struct.pack(">L", chance.choice(_NUMBERS))
                elif header:
                    header[chance.randrange(len(header))] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
                chunks[0] = chunks[0][0], bytes(header)
            case 2:
                chunks[index] = kind, mutated(body, chance, _WORDS, len(body))
            case 3:
                chunks.insert(chance.randrange(len(chunks) + 1), chance.choice(_chunks(chance)))
            case 4:
                chunks.insert(index, chunks[index])
            case 5 if len(chunks) > 1:
                chunks.pop(index)
    parts = [struct.pack(">L", len(b)) + k + b + struct.pack(">L", zlib.crc32(k + b)) for k, b in chunks]
    return data[:8] + b"".join(parts)


def _chunks(chance: random.Random) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"tRNS", chance.randbytes(chance.choice((0, 1, 2, 6, 300)))),
        (b"PLTE", chance.randbytes(chance.choice((0, 3, 4, 768)))),
        (b"zTXt", b"name\0\0" + zlib.compress(bytes(chance.choice((10, 5 << 20))))),
        (b"iTXt", b"name\0\1\0\0\0" + zlib.compress(bytes(1000))),
        (b"iCCP", b"name\0\0" + zlib.compress(bytes(chance.choice((10, 5 << 20))))),
        (b"eXIf", chance.randbytes(40)),
        (b"acTL", struct.pack(">2L", chance.choice(_NUMBERS), 0)),
        (b"IDAT", zlib.compress(bytes(100_000))),
        (b"IEND", b""),
    )


def _tiff(data: bytes, chance: random.Random) -> bytes:
    """Change tags, types, counts and values of the directory."""
    changed = bytearray(data)
    order = "<" if data[:2] == b"II" else ">"
    start = struct.unpack(f"{order}L", data[4:8])[0]
    count = struct.unpack(f"{order}H", data[start : start + 2])[0]
    for _ in range(chance.randint(1, 3)):
        place = start + 2 + 12 * chance.randrange(count)
        match chance.randrange(6):
            case 0:
                tag = chance.choice((254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 324, 339))
                changed[place : place + 2] = struct.pack(f"{order}H", tag)
            case 1:
                changed[place + 2 : place + 4] = struct.pack(f"{order}H", chance.choice((*_TIFF_TYPE_BYTES, 0, 99)))
            case 2:
                changed[place + 4 : place + 8] = struct.pack(f"{order}L", chance.choice(_NUMBERS))
            case 3:
                changed[place + 8 : place + 12] = struct.pack(f"{order}L", chance.choice(_NUMBERS))
            case 4:
                changed[place + 8 : place + 10] = struct.pack(f"{order}H", chance.choice((0, 1, 3, 4, 5, 7, 32773, 8)))
            case 5:
                end = start + 2 + 12 * count
                changed[end : end + 4] = struct.pack(f"{order}L", chance.choice((start, 8, 0xFFFFFFFF, len(data))))
    return bytes(changed)


def _jpeg(data: bytes, chance: random.Random) -> bytes:
    """Change contents of the segments before the pixels."""
    changed, places, place = bytearray(data), [], 2
    while place < len(data) and data[place + 1] != 0xDA:
        places.append(place)
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    for _ in range(chance.randint(1, 3)):
        place = chance.choice([*places, place])
        match chance.randrange(3):
            case 0:
                changed[place + 1] = chance.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0, 0xEE, 0xFE))
            case 1:
                changed[place + 2 : place + 4] = struct.pack(">H", chance.choice((0, 1, 2, 3, 65535, 17)))
            case 2:
                at = place + 4 + chance.randrange(16)
                changed[at : at + 2] = struct.pack(">H", chance.choice(_NUMBERS) & 0xFFFF)
    return bytes(changed)


def _pgm(data: bytes, chance: random.Random) -> bytes:
    """Change the numbers of the header."""
    head, body = data[:24], data[24:]
    for _ in range(chance.randint(1, 3)):
        old = chance.choice((b"48", b"64", b"255", b"65535", b"\n", b" ", b"P5", b"P2"))
        new = chance.choice((str(chance.choice(_NUMBERS)).encode(), b"", b"-1", b"1e9", b"0x10", b"#", b"P6", b" # \n"))
        head = head.replace(old, new, 1)
    return head + body


def make(case: tuple[int, int], folder: Path) -> None:
    """Write a damaged picture, given by its number and the seed of the run."""
    ending, data = damaged(*case)
    (folder / f"case_L_CC.{ending}").write_bytes(data)


def look(folder: Path) -> Counter[str]:
    """Open a case, decode and render it."""
    (file,) = folder.iterdir()
    return dicom.examine(file)


def run(count: int, seed: int) -> str:
    """Check `count` damaged pictures; returns a summary line."""
    return guarded.run(((number, seed) for number in range(count)), make, look)
