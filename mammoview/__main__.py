"""`python -m mammoview` is the command `mammoview`."""

from __future__ import annotations

import multiprocessing
import sys

from mammoview.cli import main

if __name__ == "__main__":
    # In a frozen program the processes of `assess --jobs` start here, too.
    multiprocessing.freeze_support()
    sys.exit(main())
