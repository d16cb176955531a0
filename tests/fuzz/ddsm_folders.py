"""Damaged .ics, .OVERLAY and .LJPEG files: each opens or is refused with one line, fast and in little memory."""

from __future__ import annotations

import faulthandler
import gzip
import random
import tempfile
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.opening.open_study import open_study
from tests.fuzz.guarded import peak_bytes
from tests.fuzz.mutations import mutated
from tests.support.ddsm_cases import ICS, OVERLAY
from tests.support.ljpeg_encoder import encode, film

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


def run(count: int, seed: int) -> str:
    """Open `count` cases of which one file is damaged, and decode them; returns a summary line.

    Exceptions other than MammoviewError pass; raises MemoryError past 1 GB. A hang ends the process with its traceback.
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
            files = {
                name: mutated(data, chance, _WORDS, 90) if name == victim else data for name, data in sound.items()
            }
            if chance.random() < 0.1:
                files[f"{victim}.gz"] = mutated(gzip.compress(files.pop(victim), 1), chance, _WORDS, 90)
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
