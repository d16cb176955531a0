"""A folder to a table of findings: python docs/examples/folder_to_table.py FOLDER TABLE.csv.

`mammoview assess` does this for an archive, in processes that can be resumed. This is for a table of your own.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import mammoview

COLUMNS = ("scan", "file", "rank", "score", "column_px", "row_px", "x_mm", "y_mm", "spacing_from")


def write_table(folder: Path, table: Path, assessor: mammoview.Assessor | None = None) -> int:
    """Assess every scan of a folder and write one line per finding; returns their number."""
    assessor = assessor or mammoview.Assessor()
    count = 0
    with table.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for study in mammoview.open_study(folder):
            for scan in study.scans:
                for f in assessor.assess(scan).findings:
                    place = (round(f.column), round(f.row), f.x_mm, f.y_mm, scan.spacing.source)
                    lines.writerow((scan.name, scan.path.name, f.rank, f"{f.score:.3f}", *place))
                    count += 1
                scan.release()  # the pixels of one scan at a time
    return count


if __name__ == "__main__":
    print(write_table(Path(sys.argv[1]), Path(sys.argv[2])), "findings")
