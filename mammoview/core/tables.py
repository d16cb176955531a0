"""Tables of rows under typed columns, as files: CSV for people and programs of any kind, Parquet for queries.

Tables are held, sorted and written as Parquet by DuckDB, which is imported when it is first used.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

TEXT, WHOLE, NUMBER, FLAG = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"
"""Types of columns: str, int, float and bool; the last three may be None. In SQL they have these names."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name
        Head of the column.
    type
        TEXT, WHOLE, NUMBER or FLAG.
    about
        What it holds.
    optional
        Whether tables of earlier versions are without it; a value is then missing in every row.
    earlier
        Texts that tables of earlier versions hold, each with the text of today.
    """

    name: str
    type: str
    about: str = ""
    optional: bool = False
    earlier: tuple[tuple[str, str], ...] = ()


def database() -> DuckDBPyConnection:
    """Return a new, empty database in memory; it loads no extension and takes one thread, that of the caller."""
    import duckdb

    return duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False, "temp_directory": ""})


def enter(tables: DuckDBPyConnection, name: str, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Make a table of rows in a database; numbers that are not finite are missing."""
    held = list(rows)
    values = {f"c{n}": _array(column.type, [row[column.name] for row in held]) for n, column in enumerate(columns)}
    typed = ", ".join(f"{_typed(f'c{n}', column.type)} AS {quoted(column.name)}" for n, column in enumerate(columns))
    tables.register("entered", values)
    tables.execute(f"CREATE TABLE {quoted(name)} AS SELECT {typed} FROM entered")
    tables.unregister("entered")


def _array(type: str, values: list[Any]) -> NDArray[Any]:
    """Return values as DuckDB takes them without a look at each: texts as objects, the rest as float64."""
    if type is TEXT:
        return np.array(["" if value is None else str(value) for value in values], object)
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _typed(name: str, type: str) -> str:
    return f"{name}::{type}" if type is TEXT else f"CASE WHEN isfinite({name}) THEN {name}::{type} END"


def quoted(name: str) -> str:
    """Return the name of a table or column for a query."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text for a query that takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def write_csv(file: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write rows as CSV, whole or not at all; numbers keep all their digits. Raises MammoviewError."""
    try:
        with atomic_write(file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([column.name for column in columns])
            writer.writerows([_text(row[column.name]) for column in columns] for row in rows)
    except OSError as error:
        raise _not_written(file, error.strerror) from error


def write_parquet(file: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Write rows as Parquet, whole or not at all; its metadata describe the columns. Raises MammoviewError.

    In Parquet names differ in more than capitals: a column that does not gets a number, such as "Manufacturer_1".
    """
    import duckdb

    try:
        with atomic_write(file) as partial, database() as tables:
            enter(tables, "rows", columns, rows)
            names = [facts[0] for facts in tables.execute("DESCRIBE rows").fetchall()]
            described = [(name, column.about) for name, column in zip(names, columns, strict=True) if column.about]
            about = ", ".join(f"{quoted(name)}: {literal(text)}" for name, text in described)
            options = f"FORMAT parquet, USE_TMP_FILE false{f', KV_METADATA {{{about}}}' if about else ''}"
            tables.execute(f"COPY rows TO {literal(str(partial))} ({options})")
    except OSError as error:
        raise _not_written(file, error.strerror) from error
    except duckdb.IOException as error:
        raise _not_written(file, str(error)) from error


def _not_written(file: Path, why: str | None) -> MammoviewError:
    return MammoviewError(f"it cannot be written ({why})", "Choose another folder", file)


def _text(value: object) -> str:
    """Return a value as it stands in CSV; numbers keep all their digits."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
