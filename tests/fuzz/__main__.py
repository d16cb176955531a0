"""`python -m tests.fuzz NAME [COUNT [SEED]]`: open damaged files with a reader, which may only refuse them."""

from __future__ import annotations

import sys

from tests.fuzz import coco_files, ddsm_folders, dicom, dicomdirs, outlines, pictures, states, zips

RUNS = {
    "coco": (coco_files.run, 10_000),
    "ddsm": (ddsm_folders.run, 20_000),
    "dicom": (dicom.run, 10_000),
    "dicomdir": (dicomdirs.run, 10_000),
    "outlines": (outlines.run, 10_000),
    "pictures": (pictures.run, 10_000),
    "states": (states.run, 10_000),
    "zip": (zips.run, 10_000),
}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in RUNS:
        sys.exit(f"python -m tests.fuzz {{{','.join(RUNS)}}} [COUNT [SEED]]")
    run, usual = RUNS[sys.argv[1]]
    count, seed = (*map(int, sys.argv[2:]), *(usual, 1)[len(sys.argv) - 2 :])
    print(run(count, seed))
