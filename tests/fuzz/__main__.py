"""`python -m tests.fuzz NAME [COUNT [SEED]]`: feed a reader damaged files; it may refuse them, and nothing else."""

from __future__ import annotations

import sys

from tests.fuzz import ddsm

RUNS = {"ddsm": ddsm.run}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in RUNS:
        sys.exit(f"python -m tests.fuzz {{{','.join(RUNS)}}} [COUNT [SEED]]")
    count, seed = (*map(int, sys.argv[2:]), *(20_000, 1)[len(sys.argv) - 2 :])
    print(RUNS[sys.argv[1]](count, seed))
