"""Seconds to take made files into the library, to scan them again, to search, and to forget: in a folder of its own.

python -m tests.benchmarks.scanning [FILES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from mammoview.library import erase, folder_scan, queries
from mammoview.library.database import LibraryDatabase
from tests.support.dicom_files import dataset, write

VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
T = TypeVar("T")


def make(root: Path, files: int) -> None:
    """Write examinations of four views, two per woman, a folder each; the pixels are few, as only headers are read."""
    made = dataset(pixels=np.zeros((128, 96), np.uint16))
    for number in range(files):
        study, view = divmod(number, len(VIEWS))
        folder = root / f"{study:05}"
        folder.mkdir(exist_ok=True)
        made.ImageLaterality, made.ViewPosition = VIEWS[view]
        made.PatientID, made.PatientName = f"P{study // 2:05}", f"Doe^Woman {study // 2}"
        made.StudyInstanceUID, made.SOPInstanceUID = f"1.2.3.{study}", f"1.2.3.{study}.{view}"
        made.StudyDate = f"{2015 + study % 2 * 3}{1 + study % 12:02}15"
        write(folder / f"{view}.dcm", made)


def timed(name: str, work: Callable[[], T]) -> T:
    """Do something and print its seconds, on the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    print(f"{name}: {time.perf_counter() - wall:.2f} s, processor {time.process_time() - cpu:.2f} s")
    return done


def run(files: int) -> None:
    """Print the figures, one line each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "films"
        root.mkdir()
        make(root, files)
        with LibraryDatabase(Path(folder) / "library") as index:
            place = folder_scan.add_folder(index, root)
            found = timed(f"scan of {files} files", lambda: folder_scan.scan_folder(index, place))
            again = timed("scan again, nothing changed", lambda: folder_scan.scan_folder(index, place))
            assert (found.scans, found.read, again.read) == (files, files, 0)
            listed = timed("list", lambda: queries.studies(index))
            timed("search for a name and a year", lambda: queries.studies(index, "woman 7 2018"))
            timed("forget a study", lambda: erase.forget_study(index, listed[0].id))


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
