"""`cbis_masses`: CBIS-DDSM views squashed to a square, with boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from mammoview.study.scan import Outline, box
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.digitizers import HOWTEK_UM, pixel_um
from training.datasets.example import Example, ExcludedImage, outside, table

COLUMNS = (
    *("image", "patient", "projection", "native_rows", "native_columns", "density"),
    *("x", "y", "width", "height", "shape", "margins", "pathology", "subtlety"),
)


def cbis_masses(folder: Path) -> Iterator[Example | ExcludedImage]:
    """CBIS-DDSM masses squashed to 800 x 800: un-squashed by the native size, which must be known.

    The digitizer is not recorded: the native size gives it (`digitizers.pixel_um`). Where `native_source` is "boxes"
    the native size was recovered from boxes, to within .1 %. A view without its native size borrows that of the same
    patient's other views of the same projection. A recovered size that disagrees by more than `TOLERANCE` with another
    line of the same picture, or whose film could not hold it, leaves the picture out. One that requires another
    digitizer than the woman's other pictures gets a warning: all films of a woman whose sizes are known came from one.
    """
    rows = table(folder / "labels.csv", *COLUMNS)
    sizes = {(r["patient"], r["projection"]): r for r in rows if r["native_rows"]}
    pitches: dict[str, set[float]] = {}
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row["native_rows"]:
            pitches.setdefault(row["patient"], set()).update(_pitch(row))
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
        recovered = sized.get("native_source") == "boxes"
        if wrong := _doubtful(lines, native_rows, native_columns):
            yield ExcludedImage("cbis_masses", image, wrong)
            continue
        um = pixel_um(native_rows, native_columns, exact=not recovered)
        mm = um / 1000
        others = sorted(pitches[sized["patient"]] - {um}) if recovered else []
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
            later=recovered,
            warning=f"its recovered size gives {um:g} um per pixel, other views of the woman {others[0]:g}"
            if others
            else "",
        )


def _pitch(row: dict[str, str]) -> set[float]:
    """Micrometres per pixel that a line's native size gives; none of one that cannot be read."""
    try:
        size = float(row["native_rows"]), float(row["native_columns"])
    except ValueError:
        return set()
    return {pixel_um(*size, exact=row.get("native_source") != "boxes")}


TOLERANCE = 0.02
"""Largest relative difference of two stated native sizes of a film, whose borders were cut differently by so much."""
LONGEST_MM = 310.0
"""Films are 24 or 30 cm long."""


def _doubtful(lines: list[dict[str, str]], rows: float, columns: float) -> str:
    """Return what is wrong with a native size, empty when nothing is."""
    for line in lines:
        for key, size in (("native_rows", rows), ("native_columns", columns)):
            if line[key] and abs(float(line[key]) / size - 1) > TOLERANCE:
                return f"its lines tell different native sizes ({line[key]} and {size:g})"
    if not (0 < rows * HOWTEK_UM / 1000 <= LONGEST_MM and 0 < columns <= rows):
        return f"no film has a native size of {rows:g} x {columns:g}"
    return ""


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
