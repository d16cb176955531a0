"""The lists of a folder of converted scans: conversion.csv, and coco.json where it was asked for.

Both keep what earlier runs, over other parts of a data set, wrote about pictures that are still there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.export.conversion import COLUMNS, ConversionResult, ConversionState
from mammoview.export.data import outline_facts, polygon_entry
from mammoview.export.saving import save
from mammoview.formats.datasets.coco_facts import facts_of

TABLE, COCO = "conversion.csv", "coco.json"
DESCRIPTION = "Outlines of a data set, in stored pixels"
"""Of a COCO file that was written here."""


@dataclass(frozen=True)
class EarlierLists:
    """What earlier runs left in a folder.

    Parameters
    ----------
    rows
        Lines of the table.
    coco
        The COCO document; None where there is none.
    """

    rows: tuple[Mapping[str, Any], ...] = ()
    coco: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, folder: Path) -> EarlierLists:
        """Read them. Raises MammoviewError where a file of these names is not one of ours: it is never overwritten."""
        return cls(_earlier_rows(folder / TABLE), _earlier_document(folder / COCO))


def _earlier_rows(table: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the lines of an earlier table; none where there is no table."""
    try:
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = tuple(reader)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise _other(table)
            return rows
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, csv.Error) as error:
        raise _other(table) from error


def _earlier_document(document: Path) -> Mapping[str, Any] | None:
    """Return an earlier COCO document; None where there is none."""
    try:
        coco = json.loads(document.read_text(encoding="utf-8"))
        if coco["info"]["description"] != DESCRIPTION:
            raise _other(document)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _other(document) from error
    found: Mapping[str, Any] = coco
    return found


def _other(file: Path) -> MammoviewError:
    return MammoviewError("a file of this name holds something else", "Move it away, or choose another folder", file)


def write_table(folder: Path, results: Iterable[ConversionResult], earlier: EarlierLists) -> Path:
    """Write the table of all scans, and return its path. Raises MammoviewError."""
    rows = [one.row for one in results]
    files = {row["file"] for row in rows}
    # Not by their source: files of several folders may be named alike.
    kept = [row for row in earlier.rows if row["file"] not in files and (folder / row["file"]).is_file()]
    out = io.StringIO()
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(sorted([*kept, *rows], key=lambda row: (row["source"], row["file"])))
    save(folder / TABLE, lambda file: file.write_text(out.getvalue(), encoding="utf-8"))
    return folder / TABLE


def write_coco(folder: Path, results: Iterable[ConversionResult], earlier: EarlierLists) -> Path:
    """Write the outlines of all pictures as one COCO file, and return its path. Raises MammoviewError."""
    found = _earlier_pictures(folder, earlier)
    found |= {one.row["file"]: _picture(one) for one in results if one.state is not ConversionState.FAILED}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, (name, (image, drawn)) in enumerate(sorted(found.items()), 1):
        images.append({**image, "id": number, "file_name": name})
        for one in drawn:
            annotations.append({**one, "id": len(annotations) + 1, "image_id": number})
    document = {
        "info": {"description": DESCRIPTION, "program": f"Mammoview {__version__}"},
        "licenses": [],
        "categories": [{"id": 1, "name": "outline drawn by a person", "supercategory": "lesion"}],
        "images": images,
        "annotations": annotations,
    }
    text = json.dumps(document, indent=1)
    save(folder / COCO, lambda file: file.write_text(text, encoding="utf-8"))
    return folder / COCO


Picture = tuple[dict[str, Any], list[dict[str, Any]]]
"""An image of COCO and its annotations, without their numbers."""


def _picture(one: ConversionResult) -> Picture:
    """Return the COCO entries of a converted scan."""
    image = {"width": one.scan.columns, "height": one.scan.rows}
    about = {key: one.row[key] for key in ("data_set", "patient", "laterality", "projection", "spacing_source")}
    um = {key: one.row[key] or None for key in ("um_per_row", "um_per_column")}
    drawn = [
        {"category_id": 1, "iscrowd": 0, **polygon_entry(outline.points, exact=True), **outline_facts(outline)}
        for outline in one.scan.outlines
    ]
    return {**image, **about, **um, **facts_of(one.scan)}, drawn


def _earlier_pictures(folder: Path, earlier: EarlierLists) -> dict[str, Picture]:
    """Return the entries of an earlier COCO file for pictures that are still there, by name."""
    if earlier.coco is None:
        return {}
    drawn: dict[int, list[dict[str, Any]]] = {}
    for one in earlier.coco.get("annotations", ()):
        drawn.setdefault(one["image_id"], []).append(dict(one))
    return {
        image["file_name"]: (dict(image), drawn.get(image["id"], []))
        for image in earlier.coco.get("images", ())
        if (folder / image["file_name"]).is_file()
    }
