"""Table of all assessed scans: one line per file, including failures.

A line names its source file: by default by its path below the given folder, with `--anonymous` by a code.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.core.errors import MammoviewError
from mammoview.core.tables import NUMBER, TEXT, WHOLE, Column, write_csv, write_parquet

if TYPE_CHECKING:
    from mammoview.batch.batch_task import BatchResult

FORMAT = 2
"""Format version, raised whenever older and newer results must not be mixed. Version 1 had no content key in the
names."""
TABLE = "assessments.csv"
COLUMNS = (
    "name", "state", "reason", "source", "laterality", "projection", "rows", "columns", "spacing_mm",
    "column_spacing_mm", "spacing_source", "findings", "clusters", "best_score", "best_column", "best_row", "best_x_mm",
    "best_y_mm", "best_cluster", "best_flips_low", "best_flips_high", "best_folds_low", "best_folds_high",
    "heatmap_max", "heatmap_baseline_max", "grid_100um_max", "grid_150um_max", "grid_200um_max", "grid_mean_max",
    "tau", "mark", "warnings", "device", "seconds", "source_id", "content", "asked",
)  # fmt: skip
"""Head of the table. `name` is that of SCAN.json and SCAN.npz; `source` the file, which `source_id` distinguishes from
those of other folders. `state` is "assessed", "failed", or "superseded": of a file that holds another picture now.
`clusters` counts the findings that are listed for a cluster of bright spots, and `best_cluster` is 1 where the best one
is, else 0. Lengths are in mm (`spacing_mm` down a column, `column_spacing_mm` along a row), places in scan pixels,
warnings separated by " | ". `content` is the key of the scan (pixels, how they are read, outlines), `asked` that of
models, version and settings."""
_ASSESSED, _FAILED, _SUPERSEDED = "assessed", "failed", "superseded"
_NAME = re.compile(r".+-[0-9a-f]{12}")
"""Pattern of names of results; those of the first format have no content key."""
_TEXTS = (
    "name", "state", "reason", "source", "laterality", "projection", "spacing_source", "warnings", "device",
    "source_id", "content", "asked",
)  # fmt: skip
_WHOLE = ("rows", "columns", "findings", "clusters", "best_cluster")
_TYPED = tuple(Column(name, TEXT if name in _TEXTS else WHOLE if name in _WHOLE else NUMBER) for name in COLUMNS)

Line = dict[str, Any]


@dataclass(frozen=True)
class ResultIdentity:
    """Identification in a SCAN.json.

    Parameters
    ----------
    source, source_id
        Source file.
    content
        Key of the scan.
    asked
        Key of models, version and settings.
    """

    source: str
    source_id: str
    content: str
    asked: str


def read_result(file: Path) -> ResultIdentity | None:
    """Return the identification in a SCAN.json; None where it is missing, incomplete or of another format."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return ResultIdentity(*(str(held[name]) for name in ("source", "source_id", "content", "asked")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_same(folder: Path, asked: str, renewed: Collection[str]) -> None:
    """Check that a folder has no results of other models, of another version or of other settings.

    Parameters
    ----------
    folder
        Where results lie, or will.
    asked
        Key of the present models, version and settings.
    renewed
        `source_id` of the scans that are assessed again in any case.

    Raises
    ------
    MammoviewError
        When it has: they would be mixed with the new ones.
    """
    lines = [line for of_source in _lines(folder).values() for line in of_source.values()]
    if any(
        line["state"] == _ASSESSED and line["asked"] != asked and line["source_id"] not in renewed for line in lines
    ):
        what = "it holds results of other models, another version or other settings (--grid, --anonymous)"
        more = "" if renewed else ", or assess the same files again with --overwrite"
        raise MammoviewError(what, f"Choose another folder{more}", folder)


def older_results(folder: Path) -> int:
    """Return the number of results of the first format in a folder. They are never read, changed or counted."""
    return sum(not _NAME.fullmatch(file.stem) and file.with_suffix(".npz").is_file() for file in folder.glob("*.json"))


def write_table(folder: Path, outcomes: Iterable[BatchResult], parquet: bool = False) -> Path:
    """Update the table of a folder of results atomically; returns its path.

    Lines of files that are not among the outcomes stay as they are. A table of another version is kept under the name
    assessments-older.csv.

    Parameters
    ----------
    folder
        Folder of the SCAN.json files.
    outcomes
        Outcomes of the scans of this run.
    parquet
        Whether to write the same as assessments.parquet beside it.

    Raises
    ------
    MammoviewError
        When it cannot be written.
    """
    table = folder / TABLE
    try:
        lines = _lines(folder)
        _update(folder, lines, list(outcomes))
        if table.is_file() and not _is_ours(table):
            _set_aside(table)
        every = [line for of_source in lines.values() for line in of_source.values()]
        every.sort(key=lambda line: (line["name"], line["source"], line["source_id"]))
        write_csv(table, _TYPED, every)
        if parquet:
            known = [{name: None if value == "" else value for name, value in line.items()} for line in every]
            write_parquet(table.with_suffix(".parquet"), _TYPED, known)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", table) from error
    return table


def _update(folder: Path, lines: dict[str, dict[str, Line]], outcomes: list[BatchResult]) -> None:
    """Enter the outcomes of this run."""
    present = {outcome.source.id for outcome in outcomes}
    places = {(line["name"], line["source"]): id for id, of in lines.items() for line in of.values()}
    for outcome in outcomes:
        mine = lines[outcome.source.id]
        for name in [name for name, line in mine.items() if line["state"] == _FAILED]:
            del mine[name]
        if _NAME.fullmatch(outcome.name):
            for name, line in mine.items():
                if name != outcome.name:
                    line |= {"state": _SUPERSEDED, "reason": "its file holds another picture now, or is read otherwise"}
        moved = places.get((outcome.name, outcome.source.file), "")
        if moved and moved not in present:  # The archive has been moved.
            lines[moved].pop(outcome.name, None)
        if outcome.failed:
            mine[outcome.name] = _failed(outcome)
        elif not (outcome.there and mine.get(outcome.name, {}).get("state") == _ASSESSED):
            made = _line(folder, outcome.name)
            if made is not None:
                mine[outcome.name] = made | {"source": outcome.source.file, "source_id": outcome.source.id}


def _lines(folder: Path) -> dict[str, dict[str, Line]]:
    """Lines of the present table, by `source_id` and name, with results that a killed run has not entered.

    Lines without their result files are left out.
    """
    table = folder / TABLE
    names = {file.stem for file in folder.glob("*.json") if _NAME.fullmatch(file.stem)}
    lines: dict[str, dict[str, Line]] = defaultdict(dict)
    if table.is_file() and _is_ours(table):
        with table.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                if line["state"] == _FAILED or line["name"] in names:
                    lines[line["source_id"]][line["name"]] = line
    entered = {name for of_source in lines.values() for name in of_source}
    for name in sorted(names - entered):
        found = _line(folder, name)
        if found is not None:
            lines[found["source_id"]][name] = found
    return lines


def _is_ours(table: Path) -> bool:
    """Whether a table has the columns of this version."""
    with table.open(encoding="utf-8", errors="replace", newline="") as file:
        return tuple(next(csv.reader(file), ())) == COLUMNS


def _set_aside(table: Path) -> None:
    """Rename a table of another version, and the Parquet file beside it."""
    for number in count(1):
        end = "" if number == 1 else f"-{number}"
        others = {file: file.with_stem(f"{table.stem}-older{end}") for file in (table, table.with_suffix(".parquet"))}
        if not any(other.exists() for other in others.values()):
            break
    for file, other in others.items():
        if file.is_file():
            file.rename(other)


def _failed(outcome: BatchResult) -> Line:
    """Line of a scan that could not be assessed."""
    facts = {"name": outcome.name, "state": _FAILED, "reason": outcome.reason}
    return dict.fromkeys(COLUMNS, "") | facts | {"source": outcome.source.file, "source_id": outcome.source.id}


def _line(folder: Path, name: str) -> Line | None:
    """One line of the table; None where the result is missing or not of this program."""
    try:
        held = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        scan, findings, provenance = held["scan"], held["findings"], held["provenance"]
        best = findings[0] if findings else {}
        ranges = {name: best.get(name) or ("", "") for name in ("flips", "folds")}
        tops = {f"{layer}_max": facts["max"] for layer, facts in held["layers"].items()}
        spacing = scan["spacing_mm"]
        return {
            "name": name,
            "state": _ASSESSED,
            "reason": "",
            "source": held["source"],
            **{key: scan[key] or "" for key in ("laterality", "projection", "rows", "columns", "spacing_source")},
            **dict(zip(("spacing_mm", "column_spacing_mm"), spacing or ("", ""), strict=True)),
            "findings": len(findings),
            "clusters": sum(finding.get("cluster", False) for finding in findings),
            **{f"best_{key}": best.get(key, "") for key in ("score", "column", "row", "x_mm", "y_mm")},
            "best_cluster": int(best.get("cluster", False)) if best else "",
            **{f"best_{name}_low": low for name, (low, _) in ranges.items()},
            **{f"best_{name}_high": high for name, (_, high) in ranges.items()},
            **{column: tops.get(column, "") for column in COLUMNS if column.endswith("_max")},
            "tau": held["thresholds"]["tau"],
            "mark": held["thresholds"]["mark"],
            "warnings": " | ".join(held["warnings"]),
            "device": provenance.get("device", ""),
            "seconds": provenance.get("seconds", ""),
            **{key: held[key] for key in ("source_id", "content", "asked")},
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
