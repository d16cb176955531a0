"""`mini_mias`: 1024 x 1024 pixels of 200 um, circles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mammoview import open_study
from mammoview.study.scan import Outline, circle
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.example import Example, ExcludedImage, table


def mini_mias(folder: Path) -> Iterator[Example | ExcludedImage]:
    """mini-MIAS: 200 um, circles with rows from the top; findings without a position make an image unplaced.

    `labels.csv` with `images/NAME.png`, or the archive as distributed (Info.txt with mdbNNN.pgm), opened by the
    viewer's reader.
    """
    if not (folder / "labels.csv").exists():
        yield from _distributed(folder)
        return
    by_image: dict[str, list[dict[str, str]]] = {}
    columns = ("image", "patient", "background", "class", "severity", "column", "row", "radius")
    for row in table(folder / "labels.csv", *columns):
        by_image.setdefault(row["image"], []).append(row)
    for name, lines in by_image.items():
        file = folder / "images" / f"{name}.png"
        if not file.exists():
            yield ExcludedImage("mini_mias", name, "image missing")
            continue
        placed = [r for r in lines if r["class"] != "NORM" and r["column"]]
        try:
            outlines = tuple(_circle(r) for r in placed)
        except ValueError as error:
            yield ExcludedImage("mini_mias", name, f"a number cannot be read ({error})")
            continue
        yield Example(
            "mini_mias",
            name,
            lines[0]["patient"],
            file,
            Spacing(0.2, 0.2, SpacingSource.DIGITIZER),
            outlines,
            unplaced=any(r["class"] != "NORM" and not r["column"] for r in lines),
            facts={"background": lines[0]["background"], "projection": "MLO"},
        )


def _circle(row: dict[str, str]) -> Outline:
    return circle(
        float(row["column"]) + 0.5,
        float(row["row"]) + 0.5,
        float(row["radius"]),
        lesion_type=row["class"],
        pathology={"B": "BENIGN", "M": "MALIGNANT"}.get(row["severity"], ""),
        source="mini-MIAS",
    )


def _distributed(folder: Path) -> Iterator[Example | ExcludedImage]:
    for study in open_study(folder):
        for scan in study.scans:
            number = int("".join(c for c in scan.path.stem if c.isdigit()) or 0)
            # A finding without a position is a fact without a circle.
            finding = scan.facts.get("finding", "NORM")
            yield Example(
                "mini_mias",
                scan.path.stem,
                str((number + 1) // 2),
                scan.path,
                scan.spacing,
                scan.outlines,
                unplaced=finding != "NORM" and not scan.outlines,
                facts={"background": scan.facts.get("background", ""), "projection": "MLO"},
                opened=True,
            )
