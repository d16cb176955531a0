"""Columns of the tables of an evaluation, and their files: CSV and Parquet.

There are five tables, one file each: `lesions`, `marks`, `views`, `breasts` and `patients`.

* A **view** is one picture. Its `view_code` is the key of all tables about it: a code that the user's private table
  (`mammoview.core.result_sources.private_table`) maps to the file.
* A **lesion** is an outline that counts as truth (a core lies in its boundary and is not counted apart). Its key is
  `lesion_id`.
* A **mark** is a place that the models list at some budget of false marks, ranked by score from 1. Its key is
  `mark_id`. Keys of lesions and marks begin with the content of the scan, so they stay the same in a later run as long
  as pixels, outlines and models do.
* A **breast** is one side of one patient in one study; a **patient** has one or more studies.

Texts are empty and numbers are missing where something is not known. Places are in scan pixels, pixel centres at
integer + 0.5. DICOM attributes that were asked for follow as columns of texts under their keywords.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mammoview.core.errors import UnreadableError
from mammoview.core.tables import FLAG, NUMBER, TEXT, WHOLE, Column, Row, write_csv, write_parquet
from mammoview.evaluation.lesion_categories import EARLIER_NOT_STATED

RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""False marks per image at which sensitivity is reported."""
BUDGETS = (0.25, 0.5, 1.0, 2.0)
"""False marks per normal view whose thresholds a model states, as measured on the data that it was tested on."""
LAYERS = ("heatmap", "heatmap_baseline", "grid_mean", "grid_200um", "grid_150um", "grid_100um")
"""Layers whose values stand beside marks and lesions."""


def part(value: float) -> str:
    """Return a rate as a word of a column's name, such as "1_8" for 1/8 and "2" for 2."""
    return f"{value:g}" if value >= 1 else f"1_{1 / value:g}"


def _columns(type: str, **about: str) -> tuple[Column, ...]:
    return tuple(Column(name, type, text) for name, text in about.items())


_OWNER = _columns(TEXT, patient="code of the patient", study="code of the study", breast="R, L or empty")
_PICTURE = _columns(
    TEXT,
    view_code="code of the picture, its key in all tables",
    view="such as L CC",
    projection="CC, MLO, ...; empty where it is not known",
    source="file below the folder that was given, or the code",
    result="name of SCAN.json and SCAN.npz among the assessments",
)
_ACQUISITION = (
    *_columns(
        TEXT,
        density="BI-RADS 1 to 4, or fatty, fatty-glandular, dense-glandular of mini-MIAS",
        data_set="DDSM, CBIS-DDSM, mini-MIAS, or what a COCO file states; empty for others",
        manufacturer="of the scanner or digitizer",
        scanner="model of the scanner, or the digitizer",
        spacing_source="where the millimetres per pixel come from",
    ),
    *_columns(NUMBER, spacing_mm="mm per pixel down a column; missing where it is unknown"),
    Column("column_spacing_mm", NUMBER, "mm per pixel along a row; missing where it is unknown", optional=True),
)
_PLACE = _columns(NUMBER, column="place in scan pixels", row="place in scan pixels")
_HITS = _columns(
    FLAG,
    hit_listed="whether a mark that is listed at first hits it",
    **{
        f"hit_budget_{part(b)}": f"the same at the model's threshold for {b:g} false marks/normal view" for b in BUDGETS
    },
    **{f"hit_fp_{part(r)}": f"the same at the threshold with {r:g} false marks per image in these data" for r in RATES},
)
LESIONS = (
    *_columns(TEXT, lesion_id="key"),
    *_OWNER,
    *_PICTURE,
    *_columns(WHOLE, lesion="number in the view, from 1"),
    Column(
        "kind",
        TEXT,
        "mass, calcification, asymmetry, distortion, other words of the data set, or not stated",
        earlier=EARLIER_NOT_STATED,
    ),
    *_columns(TEXT, lesion_type="words of the data set"),
    Column("pathology", TEXT, "malignant, benign, ... or not stated", earlier=EARLIER_NOT_STATED),
    *_columns(
        TEXT,
        outline_kind="boundary, box or circle; an overlap with a box or circle says less",
        drawn_by="radiologist, data set, own or other",
    ),
    *_columns(WHOLE, subtlety="1 (subtle) to 5 (obvious)", assessment="BI-RADS assessment 0 to 6"),
    *_columns(NUMBER, size_mm="longest side of its box; missing where the spacing is unknown"),
    *_ACQUISITION,
    *_PLACE,
    *_columns(NUMBER, left="box in scan pixels", top="box", right="box", bottom="box"),
    *_columns(NUMBER, score="highest score of the marks that hit it; missing where none does"),
    *_columns(WHOLE, rank="rank of that mark"),
    *_HITS,
    *_columns(
        NUMBER,
        distance_mm="from its centre to the nearest mark that is listed at first",
        iou="best overlap with a region of the heatmap from its threshold on, 0 to 1",
        dice="the same as Dice, 0 to 1",
        **{f"{layer}_max": f"highest value of {layer} in its box widened by 1.6 mm" for layer in LAYERS},
    ),
)
MARKS = (
    *_columns(TEXT, mark_id="key"),
    *_OWNER,
    *_PICTURE,
    *_columns(WHOLE, rank="rank by score, from 1"),
    *_columns(NUMBER, score="frequency of a finding, or value of the heatmap where the model has no re-scorer"),
    *_columns(
        FLAG,
        listed="whether it is listed at first",
        hit="whether it hits a lesion",
        normal_view="whether the view has no lesion",
    ),
    Column("cluster", FLAG, "whether it is listed for bright spots, not a peak of the heatmap", optional=True),
    *_columns(TEXT, lesion_id="the lesion that it hits, the first where it hits several; empty for none"),
    *_columns(NUMBER, near_miss_mm="from a false mark to the nearest box; missing without lesions or spacing"),
    *_PLACE,
    *_columns(
        NUMBER,
        inward_mm="from the nipple towards the chest wall",
        up_mm="from the nipple upwards in the picture",
        flips_low="lowest probability of its patch over four flips",
        flips_high="highest",
        folds_low="lowest probability of its patch over the folds of the classifier",
        folds_high="highest",
        scales_low="lowest value of the grids of single magnifications at it",
        scales_high="highest",
        **{layer: f"value of {layer} at it" for layer in LAYERS},
    ),
    *_ACQUISITION,
)
VIEWS = (
    *_OWNER,
    *_PICTURE,
    *_columns(
        TEXT,
        state="assessed or failed",
        reason="why it failed",
        content="key of pixels, how they are read, and outlines",
        pixels="hash of the pixels",
        duplicate_of="view_code of another view with the same pixels, which is counted in its place",
        label="normal, finding, or unplaced: a finding without its place, or outlines of which none counts",
    ),
    Column(
        "pathology",
        TEXT,
        "malignant where a lesion is, else not stated where one is, else benign, ...; empty for normal views",
        earlier=EARLIER_NOT_STATED,
    ),
    *_columns(WHOLE, rows="size in pixels", columns="size in pixels", lesions="number", marks="number"),
    *_columns(WHOLE, false_listed="false marks that are listed at first"),
    *_columns(NUMBER, score="highest score of its marks, 0 without marks"),
    *_columns(
        FLAG,
        pointing="whether the mark of the highest score hits a lesion; missing without lesions",
        pointing_heatmap="the same of the highest cell of the heatmap",
        pointing_saliency="the same of the highest cell of the saliency, averaged over 1.6 mm",
    ),
    *_ACQUISITION,
)
_SUMMARY = (
    *_columns(WHOLE, views="views that were assessed", lesions="number, over all views"),
    *_columns(TEXT, label="normal, finding or unplaced"),
    Column("pathology", TEXT, "malignant where a lesion is", earlier=EARLIER_NOT_STATED),
    *_columns(NUMBER, score="highest score of its marks, 0 without; missing if failed views alone have the finding"),
    *_columns(FLAG, hit_listed="whether a mark that is listed at first hits a lesion; missing without lesions"),
    *_ACQUISITION,
)
BREASTS = (*_OWNER, *_SUMMARY)
PATIENTS = (*_columns(TEXT, patient="code of the patient"), *_columns(WHOLE, studies="number"), *_SUMMARY)
TABLES: Mapping[str, tuple[Column, ...]] = {
    "lesions": LESIONS,
    "marks": MARKS,
    "views": VIEWS,
    "breasts": BREASTS,
    "patients": PATIENTS,
}
"""Columns by the name of the table, which is that of its file."""


def columns_of(table: str, by: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return the columns of a table, with those of DICOM keywords that were asked for."""
    return (*TABLES[table], *(Column(keyword, TEXT, f"DICOM attribute {keyword}") for keyword in by))


def filled(table: str, rows: Iterable[Row], by: Sequence[str] = ()) -> list[Row]:
    """Return rows with every column of their table: texts that are not given are empty, others are None.

    Raises
    ------
    KeyError
        For a column that the table does not have.
    """
    blank: Row = {column.name: "" if column.type is TEXT else None for column in columns_of(table, by)}
    found = [blank | row for row in rows]
    for row in found:
        if len(row) > len(blank):
            raise KeyError(f"{table} has no column {', '.join(sorted(row.keys() - blank.keys()))}")
    return found


def write_table(folder: Path, table: str, rows: Iterable[Row], by: Sequence[str] = ()) -> list[Path]:
    """Write a table as CSV and as Parquet; returns the paths.

    Parameters
    ----------
    folder
        Where they are written; files of these names are replaced.
    table
        One of `TABLES`.
    rows
        With the columns of the table; those that are left out are empty or missing.
    by
        DICOM keywords that are further columns.

    Raises
    ------
    MammoviewError
        When they cannot be written.
    """
    return write_columns(folder / f"{table}.csv", columns_of(table, by), filled(table, rows, by))


def write_columns(file: Path, columns: Sequence[Column], rows: Sequence[Row]) -> list[Path]:
    """Write rows under these columns as CSV, and as Parquet beside it; returns the paths. Raises MammoviewError."""
    written = [file, file.with_suffix(".parquet")]
    write_csv(written[0], columns, rows)
    write_parquet(written[1], columns, rows)
    return written


def read_table(folder: Path, table: str) -> list[Row]:
    """Read the CSV of a table, with its types; columns beyond those of the table are DICOM attributes.

    Raises
    ------
    UnreadableError
        When it is missing, or is not such a table.
    """
    return read_columns(folder / f"{table}.csv", TABLES[table])


def read_columns(file: Path, columns: Sequence[Column]) -> list[Row]:
    """Read the CSV of a table with these columns, with their types; further columns are texts.

    Raises
    ------
    UnreadableError
        When it is missing, or is not such a table.
    """
    types = {column.name: column.type for column in columns}
    earlier = {column.name: dict(column.earlier) for column in columns}
    blank: Row = {column.name: "" if column.type is TEXT else None for column in columns if column.optional}
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = types.keys() - blank.keys() - set(reader.fieldnames or ())
            if missing:
                raise ValueError(f"no column {min(missing)}")
            return [
                blank
                | {
                    name: _value(types.get(name, TEXT), earlier.get(name, {}).get(text, text))
                    for name, text in line.items()
                }
                for line in reader
            ]
    except FileNotFoundError as error:
        raise UnreadableError("there is no such table", "Run: mammoview evaluate DATA -o DIR", file) from error
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise UnreadableError(f"it is not a table of an evaluation ({error})", "Evaluate again", file) from error


def _value(type: str, text: str) -> str | float | None:
    if type is TEXT:
        return text
    if text == "":
        return None
    if type is FLAG:
        return {"true": True, "false": False}[text]
    return int(text) if type is WHOLE else float(text)
