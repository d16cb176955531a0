"""Outlines of your own, from any program, shown and compared: python docs/examples/own_outlines.py PICTURE BOXES.csv.

BOXES.csv has the columns left, top, right, bottom (pixels of the stored picture), lesion_type and pathology. They are
written as PICTURE.outlines.json beside the picture, where the window finds them (`O` shows, `K` compares them).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import mammoview
from mammoview.assess.results.comparison_table import comparison


def write_outlines(picture: Path, boxes: Path, source: str) -> Path:
    """Write the boxes of a table as outlines drawn by `source`; returns the file."""
    with boxes.open(newline="", encoding="utf-8") as file:
        outlines = [
            {
                "kind": "box",
                "box": [float(row[side]) for side in ("left", "top", "right", "bottom")],
                "lesion_type": row["lesion_type"],
                "pathology": row["pathology"],
            }
            for row in csv.DictReader(file)
        ]
    target = picture.with_name(f"{picture.stem}.outlines.json")
    document = {"mammoview_outlines": 1, "source": source, "outlines": outlines}
    with target.open("x", encoding="utf-8") as file:  # an existing file stays
        json.dump(document, file, indent=1)
    return target


def hits(picture: Path, assessor: mammoview.Assessor | None = None) -> dict[str, tuple[int, int]]:
    """Assess a picture; returns for each layer how many outlines it hits, and its false marks."""
    scan = mammoview.open_study(picture)[0].scans[0]
    compared = comparison(scan, (assessor or mammoview.Assessor()).assess(scan))
    if compared is None:
        return {}
    return {name: (layer["hits"], layer["false_marks"]) for name, layer in compared["layers"].items()}


if __name__ == "__main__":
    write_outlines(Path(sys.argv[1]), Path(sys.argv[2]), "your name")
    for layer, (hit, false) in hits(Path(sys.argv[1])).items():
        print(f"{layer}: {hit} hit, {false} false marks")
