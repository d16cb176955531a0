"""`cbis_masses`: CBIS-DDSM views squashed to a square, with boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from mammoview.study.scan import Outline, box
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.example import Example, ExcludedImage, outside, table

COLUMNS = (
    *("image", "patient", "projection", "native_rows", "native_columns", "density"),
    *("x", "y", "width", "height", "shape", "margins", "pathology", "subtlety"),
)


def cbis_masses(folder: Path) -> Iterator[Example | ExcludedImage]:
    """CBIS-DDSM masses squashed to 800 x 800: un-squashed by the native size, which must be known.

    The digitizer is not recorded: 43.5 um is taken where a film has more than 5000 rows, 50 um otherwise. A view
    without its native size borrows that of the same patient's other views of the same projection.
    """
    rows = table(folder / "labels.csv", *COLUMNS)
    sizes = {(r["patient"], r["projection"]): r for r in rows if r["native_rows"]}
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_image.setdefault(row["image"], []).append(row)
    for image, lines in by_image.items():
        first = lines[0]
        sized = first if first["native_rows"] else sizes.get((first["patient"], first["projection"]))
        if sized is None:
            yield ExcludedImage("cbis_masses", image, "native size unknown")
            continue
        try:
            with Image.open(folder / "images" / image) as opened:
                columns, height = opened.size
            native_rows, native_columns = float(sized["native_rows"]), float(sized["native_columns"])
            outlines = tuple(_box(r) for r in lines)
        except OSError:
            yield ExcludedImage("cbis_masses", image, "image missing or damaged")
            continue
        except ValueError as error:
            yield ExcludedImage("cbis_masses", image, f"a number cannot be read ({error})")
            continue
        mm = 0.0435 if native_rows > 5000 else 0.05
        if wrong := outside(outlines, height, columns):
            yield ExcludedImage("cbis_masses", image, wrong)
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


def _box(row: dict[str, str]) -> Outline:
    left, top, width, height = (float(row[k]) for k in ("x", "y", "width", "height"))
    return box(
        left,
        top,
        left + width,
        top + height,
        lesion_type=f"MASS SHAPE {row['shape']} MARGINS {row['margins']}",
        pathology=row["pathology"],
        subtlety=int(row["subtlety"]) if row["subtlety"] else None,
        source="CBIS-DDSM",
    )
