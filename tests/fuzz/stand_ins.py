"""Cases that break one limit of `guarded` each, for its own test."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path


def make(case: object, folder: Path) -> None:
    """Write down what `look` is to do."""
    (folder / "case").write_text(str(case))


def look(folder: Path) -> Counter[str]:
    """Do what the case says."""
    case = (folder / "case").read_text()
    if case == "works for ever":
        while True:
            pass
    elif case == "works too long":
        end = time.process_time() + 1.5
        while time.process_time() < end:
            pass
    elif case == "waits for ever":
        time.sleep(3600)
    elif case == "takes memory":
        bytearray(b"x") * (96 << 20)
    elif case == "prints":
        print("a complaint", file=sys.stderr, flush=True)
    elif case == "prints past Python":
        os.write(2, b"a complaint of a library")
    elif case == "raises":
        raise ValueError("a fault")
    elif case == "dies":
        os._exit(3)
    return Counter([case])


def look_with_small_limits(folder: Path) -> Counter[str]:
    """Do what the case says in a process with limits that a test can wait for."""
    from tests.fuzz import guarded

    guarded.MOST_SECONDS = 1
    guarded.MOST_BYTES = guarded.peak_bytes() + (48 << 20)
    return look(folder)
