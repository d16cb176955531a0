"""What a study leaves behind: resident memory over studies assessed, dropped and given back, one after the other.

python -m tests.benchmarks.memory PATH [TIMES]
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from mammoview import open_study
from mammoview.assess.assessor import Assessor


def resident() -> float:
    """MiB of this process that lie in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def run(path: Path, times: int) -> None:
    """Print the figures, one line per study."""
    assessor = Assessor("cpu")
    print(f"models loaded: {resident():.0f} MiB")
    for turn in range(times):
        scans = [scan for study in open_study(path) for scan in study.scans]
        kept = [assessor.assess(scan) for scan in scans]
        held = resident()
        count = len(kept)
        del kept, scans
        gc.collect()
        dropped = resident()
        assessor.rest()
        print(
            f"study {turn + 1}, {count} scans: assessed {held:.0f} MiB, dropped {dropped:.0f} MiB, "
            f"given back {resident():.0f} MiB",
            flush=True,
        )


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10)
