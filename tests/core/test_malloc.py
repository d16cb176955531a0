"""Freed memory is held for what comes next, and goes back when asked."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.timeouts import PATIENCE_S

PAGES = 64 << 20 >> 12
ROUNDS = 5
SCRIPT = f"""
import resource, sys
from pathlib import Path
import numpy as np
from mammoview.core import malloc as memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

if sys.argv[1] == "hold":
    memory.hold()
np.ones(64 << 20, np.uint8)
before = faults()
for _ in range({ROUNDS}):
    np.ones(64 << 20, np.uint8)
taken, held = faults() - before, resident()
memory.give_back()
print(taken, held - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told what to hold")
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_freed_is_used_again_and_goes_back_when_asked() -> None:
    def run(how: str) -> list[int]:
        done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
        return [int(word) for word in done.stdout.split()]

    fetched, _ = run("leave")
    assert fetched > ROUNDS * 16  # large pages may make it few
    again, given_back = run("hold")
    assert again < PAGES / 100
    assert given_back > PAGES * 0.9


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_share_one_arena(tmp_path: Path) -> None:
    """Memory that the loader has freed is then given back in whole."""
    code = """
import ctypes, sys, threading
from mammoview.core import malloc
malloc.share_arena()
gate, kept = threading.Barrier(5), []
threads = [threading.Thread(target=lambda: (gate.wait(), kept.append(bytes(100_000)))) for _ in range(4)]
for thread in threads:
    thread.start()
gate.wait()
for thread in threads:
    thread.join()
libc = ctypes.CDLL("libc.so.6")
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""
    out = tmp_path / "arenas.xml"
    subprocess.run([sys.executable, "-c", code, str(out)], check=True, timeout=PATIENCE_S)
    assert out.read_text().count("<heap nr") == 1
