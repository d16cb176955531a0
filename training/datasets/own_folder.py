"""`own`: a plain folder of pictures with outlines, as JSON beside them or as one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mammoview import open_study
from mammoview.core.errors import MammoviewError
from mammoview.study.scan import Outline, box
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.example import Example, ExcludedImage, outside, scan_of, table

TABLE = "outlines.csv"
COLUMNS = ("image", "patient", "um", "left", "top", "right", "bottom", "lesion_type", "pathology")


def own(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Pictures or DICOM files of the user.

    With `outlines.csv` (one line per finding: image, patient, um, left, top, right, bottom, lesion_type, pathology; a
    line with an empty box says that the image is normal), every listed image is taken; `um` may be left empty where
    the file states its spacing. Without the table, everything that the viewer opens in the folder is taken with the
    outlines.json beside it; a study is a patient, and a picture without spacing is left out.
    """
    if (folder / TABLE).exists():
        yield from _listed(folder)
        return
    for number, study in enumerate(open_study(folder)):
        for scan in study.scans:
            name = str(scan.path.relative_to(folder)) if scan.path.is_relative_to(folder) else scan.path.name
            name = name.replace("/", "_")
            if not scan.spacing.known:
                yield ExcludedImage("own", name, "spacing unknown: give um in outlines.csv")
            else:
                patient = study.patient or f"study {number}"
                yield Example("own", name, patient, scan.path, scan.spacing, scan.outlines, facts={}, opened=True)


def _listed(folder: Path) -> Iterator[Example | ExcludedImage]:
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in table(folder / TABLE, *COLUMNS):
        by_image.setdefault(row["image"], []).append(row)
    for image, rows in by_image.items():
        name = image.replace("/", "_")
        file = folder / image
        if not file.is_file():
            yield ExcludedImage("own", name, "image missing")
            continue
        patients = {r["patient"] for r in rows}
        if len(patients) != 1 or "" in patients:
            yield ExcludedImage("own", name, f"its patient is not one: {', '.join(sorted(patients)) or 'empty'}")
            continue
        try:
            scan = scan_of(file)
        except MammoviewError as error:
            yield ExcludedImage("own", name, error.what)
            continue
        spacing = scan.spacing
        try:
            if rows[0]["um"]:
                mm = float(rows[0]["um"]) / 1000
                spacing = Spacing(mm, mm, SpacingSource.ASSUMED)
            outlines = tuple(_box(r) for r in rows if r["left"])
        except ValueError as error:
            yield ExcludedImage("own", name, f"a number cannot be read ({error})")
            continue
        wrong = outside(outlines, scan.rows, scan.columns)
        if wrong or not spacing.known:
            yield ExcludedImage("own", name, wrong or "spacing unknown: give um in outlines.csv")
        else:
            yield Example("own", name, patients.pop(), file, spacing, outlines, facts={}, opened=True)


def _box(row: dict[str, str]) -> Outline:
    left, top, right, bottom = (float(row[k]) for k in ("left", "top", "right", "bottom"))
    if not (left < right and top < bottom):
        raise ValueError("a box needs left < right and top < bottom")
    return box(left, top, right, bottom, lesion_type=row["lesion_type"], pathology=row["pathology"], source="own")
