"""One table over everything that was assessed: a line per scan, what failed included. It names nobody."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mammoview.core.atomic_write import whole
from mammoview.core.errors import MammoviewError

TABLE = "assessments.csv"
COLUMNS = (
    "name", "state", "reason", "laterality", "projection", "rows", "columns", "spacing_mm", "spacing_source",
    "findings", "best_score", "best_column", "best_row", "best_x_mm", "best_y_mm", "best_flips_low", "best_flips_high",
    "best_folds_low", "best_folds_high",
    "heatmap_max", "heatmap_baseline_max", "grid_100um_max", "grid_150um_max", "grid_200um_max", "grid_mean_max",
    "tau", "mark", "warnings", "device", "seconds", "source",
)  # fmt: skip
"""Head of the table. `state` is "assessed" or "failed"; lengths are in mm, places in scan pixels, warnings separated
by " | "; `source` is the fingerprint that SCAN.json holds."""


def write_table(folder: Path, names: Iterable[str], failed: Mapping[str, str], parquet: bool = False) -> Path:
    """Write the table of a folder of results, whole or not at all; returns its path.

    Parameters
    ----------
    folder
        Where SCAN.json files lie.
    names
        File names, without suffix, of the scans that are to be in it.
    failed
        Why others are not there, by name.
    parquet
        Whether to write the same as assessments.parquet beside it.

    Raises
    ------
    MammoviewError
        When it cannot be written, or when pyarrow is missing for Parquet.
    """
    lines = [line for name in names if name not in failed and (line := _line(folder, name)) is not None]
    lines += [{"name": name, "state": "failed", "reason": reason} for name, reason in failed.items()]
    table = folder / TABLE
    try:
        with whole(table) as partial, partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(lines, key=lambda line: line["name"]))
        if parquet:
            _write_parquet(table)
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", table) from error
    return table


def need_parquet() -> None:
    """Raise MammoviewError where Parquet cannot be written, before the long work starts."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        remedy = "Install it with: pip install 'mammoview[scale]', or take the CSV"
        raise MammoviewError("a Parquet table needs the package pyarrow", remedy) from error


def _line(folder: Path, name: str) -> dict[str, Any] | None:
    """One line of the table; None where the result is not there, or is not one of ours."""
    try:
        held = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        scan, findings, told = held["scan"], held["findings"], held["provenance"]
        best = findings[0] if findings else {}
        ranges = {name: best.get(name) or ("", "") for name in ("flips", "folds")}
        tops = {f"{layer}_max": facts["max"] for layer, facts in held["layers"].items()}
        spacing = scan["spacing_mm"]
        return {
            "name": name,
            "state": "assessed",
            "reason": "",
            **{key: scan[key] or "" for key in ("laterality", "projection", "rows", "columns", "spacing_source")},
            "spacing_mm": "" if spacing is None else spacing[0],
            "findings": len(findings),
            **{f"best_{key}": best.get(key, "") for key in ("score", "column", "row", "x_mm", "y_mm")},
            **{f"best_{name}_low": low for name, (low, _) in ranges.items()},
            **{f"best_{name}_high": high for name, (_, high) in ranges.items()},
            **{column: tops.get(column, "") for column in COLUMNS if column.endswith("_max")},
            "tau": held["thresholds"]["tau"],
            "mark": held["thresholds"]["mark"],
            "warnings": " | ".join(held["warnings"]),
            "device": told.get("device", ""),
            "seconds": told.get("seconds", ""),
            "source": held["source"],
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _write_parquet(table: Path) -> None:
    """Write the CSV once more, with its types, as Parquet."""
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    with whole(table.with_suffix(".parquet")) as partial:
        parquet.write_table(arrow_csv.read_csv(table), partial)
