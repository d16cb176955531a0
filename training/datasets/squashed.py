"""`cbis_masses`: CBIS-DDSM views squashed to a square, with boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from mammoview.study.scan import Spacing, SpacingSource, box
from training.datasets.example import Example, Excluded, outside, table


def cbis_masses(folder: Path) -> Iterator[Example | Excluded]:
    """CBIS-DDSM masses squashed to 800 x 800: un-squashed by the native size, which must be known.

    The digitizer is not recorded: 43.5 um is taken where a film has more than 5000 rows, 50 um otherwise. A view
    without its native size borrows that of the same patient's other views of the same projection.
    """
    rows = table(folder / "labels.csv", "image", "patient", "projection", "native_rows", "native_columns", "x", "y")
    sizes = {(r["patient"], r["projection"]): r for r in rows if r["native_rows"]}
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_image.setdefault(row["image"], []).append(row)
    for image, lines in by_image.items():
        first = lines[0]
        sized = first if first["native_rows"] else sizes.get((first["patient"], first["projection"]))
        if sized is None:
            yield Excluded("cbis_masses", image, "native size unknown")
            continue
        native_rows, native_columns = float(sized["native_rows"]), float(sized["native_columns"])
        mm = 0.0435 if native_rows > 5000 else 0.05
        try:
            with Image.open(folder / "images" / image) as opened:
                columns, height = opened.size
        except OSError:
            yield Excluded("cbis_masses", image, "image missing or damaged")
            continue
        outlines = tuple(
            box(
                float(r["x"]),
                float(r["y"]),
                float(r["x"]) + float(r["width"]),
                float(r["y"]) + float(r["height"]),
                lesion_type=f"MASS SHAPE {r['shape']} MARGINS {r['margins']}",
                pathology=r["pathology"],
                subtlety=int(r["subtlety"]) if r["subtlety"] else None,
                source="CBIS-DDSM",
            )
            for r in lines
        )
        if wrong := outside(outlines, height, columns):
            yield Excluded("cbis_masses", image, wrong)
            continue
        yield Example(
            "cbis_masses",
            Path(image).stem,
            first["patient"],
            folder / "images" / image,
            Spacing(mm * native_rows / height, mm * native_columns / columns, SpacingSource.ASSUMED),
            outlines,
            facts={"density": first["density"], "projection": first["projection"], "kind": "mass"},
        )
