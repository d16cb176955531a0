"""Damaged .ics, .OVERLAY and .LJPEG files: every one opens or is refused by one line, soon and in little memory."""

from __future__ import annotations

import faulthandler
import gzip
import random
import resource
import tempfile
from pathlib import Path

from mammoview.errors import MammoviewError
from mammoview.study.opening import open_study
from tests.study.ljpeg_writing import encode, film
from tests.study.test_ddsm import ICS, OVERLAY

MOST_SECONDS = 20
MOST_BYTES = 1 << 30
_WORDS = (
    b"LEFT_CC",
    b"LINES",
    b"999999999",
    b"-1",
    b"0",
    b"#",
    b"BOUNDARY",
    b"\n",
    b"\xff",
    b"\xff\xd9",
    b"\0\0",
    b"9",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return data with one to eight changes: bits, bytes, words, pieces lost, doubled or swapped."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        # Headers are short and matter most.
        place = (
            chance.randrange(len(changed) + 1) if chance.random() < 0.5 else chance.randrange(min(len(changed), 90) + 1)
        )
        length = chance.choice((1, 1, 2, 8, 64, 1000))
        match chance.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place : place + length] = chance.randbytes(length)
            case 2:
                changed[place:place] = chance.choice(_WORDS)
            case 3:
                del changed[place : place + length]
            case 4:
                changed[place:place] = changed[place : place + length]
            case 5 if chance.random() < 0.3:
                del changed[place:]
    return bytes(changed)


def peak_bytes() -> int:
    """Return the most memory that this process has had.

    Where Linux tells it: ru_maxrss would start from that of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def run(count: int, seed: int) -> str:
    """Open `count` cases of which one file is damaged, and decode them; returns a line of what came of it.

    Raises whatever is no MammoviewError, and MemoryError past 1 GB. A hang ends the process with its traceback.
    """
    chance = random.Random(seed)
    sound = {
        "B-3001-1.ics": ICS.replace("400", "64").replace("320", "48").replace("300", "48").encode(),
        "B_3001_1.LEFT_MLO.OVERLAY": OVERLAY.encode(),
        "B_3001_1.LEFT_MLO.LJPEG": encode(film(64, 48, 12), 12),
    }
    opened = refused = pictures = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            victim = chance.choice(list(sound))
            files = {name: mutated(data, chance) if name == victim else data for name, data in sound.items()}
            if chance.random() < 0.1:
                files[f"{victim}.gz"] = mutated(gzip.compress(files.pop(victim), 1), chance)
            for old in Path(folder).iterdir():
                old.unlink()
            for name, data in files.items():
                (Path(folder) / name).write_bytes(data)
            faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
            try:
                scans = [scan for study in open_study(folder) for scan in study.scans]
                opened += 1
            except MammoviewError:
                scans, refused = [], refused + 1
            for scan in scans:
                try:
                    assert scan.pixels.shape == (scan.rows, scan.columns)
                    pictures += 1
                except MammoviewError:
                    pass
            faulthandler.cancel_dump_traceback_later()
            if peak_bytes() > MOST_BYTES:
                raise MemoryError(f"more than {MOST_BYTES >> 20} MiB were taken for {files}")
    peak = peak_bytes() >> 20
    return f"{count} cases: {opened} opened, {refused} refused, {pictures} pictures decoded, peak {peak} MiB"
