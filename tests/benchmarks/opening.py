"""Seconds until the first and all of four 13.6-megapixel scans are on screen, for each transfer syntax:

python -m tests.benchmarks.opening [STUDY [RUNS]]

The scans are those of the sample study, with 12 bits and black air as a detector gives them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from mammoview.display.scan_analysis import analyse
from mammoview.formats.opening.open_study import open_study
from mammoview.formats.opening.sample_study import sample_study
from mammoview.study.scan import Scan, Side
from tests.support.dicom_encoding import encoded
from tests.support.dicom_files import write

ROWS, COLUMNS = 4096, 3328
AIR = 300
"""Values of film below this are air."""
SYNTAXES = (ExplicitVRLittleEndian, RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless)
TOLD = ("first scan", "all")


def resized(scan: Scan) -> NDArray[np.uint16]:
    """Return uint16 (ROWS, COLUMNS) of 12 bits: the film, cut and widened at its outer edge."""
    film = (scan.pixels >> 4).astype(np.uint16)[:ROWS]
    made = np.zeros((ROWS, COLUMNS), np.uint16)
    width = min(COLUMNS, film.shape[1])
    if analyse(scan).orientation.chest_wall is Side.LEFT:
        made[: len(film), :width] = film[:, :width]
    else:
        made[: len(film), -width:] = film[:, -width:]
    made[made < AIR] = 0
    return made


def make(folder: Path, scans: list[Scan], syntax: UID) -> None:
    """Write the scans in a transfer syntax."""
    for scan in scans:
        made = encoded(
            syntax,
            resized(scan)[None],
            12,
            ImageLaterality=str(scan.laterality),
            ViewPosition=str(scan.projection),
            PixelSpacing=[0.07, 0.07],
            WindowCenter=2048,
            WindowWidth=4096,
        )
        write(folder / f"{scan.name}.dcm", made)
        scan.release()


def run(study: Path, runs: int) -> None:
    """Print a line for each syntax: medians in the running window, and from the whole window on after a start."""
    scans = max(open_study(study), key=lambda found: len(found.scans)).scans[:4]
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory() as name:
            make(Path(name), scans, syntax)
            command = [sys.executable, "-m", "tests.benchmarks.window_times", name, str(runs)]
            reported = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = [json.loads(line) for line in reported.splitlines()]
        for since in ("in the running window", "after the whole window"):
            figures = (median(one[f"{what} shown {since}"] for one in found) for what in TOLD)
            words = ", ".join(f"{what} {value:.2f} s" for what, value in zip(TOLD, figures, strict=True))
            print(f"{syntax.name}, {since}: {words} ({runs} runs)", flush=True)


if __name__ == "__main__":
    run(Path(sys.argv[1]) if len(sys.argv) > 1 else sample_study(), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
