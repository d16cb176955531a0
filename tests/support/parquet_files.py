"""Parquet files, read apart from the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def parquet_rows(file: Path) -> list[dict[str, Any]]:
    """Its rows by the names of their columns."""
    table = duckdb.read_parquet(str(file))
    return [dict(zip(table.columns, values, strict=True)) for values in table.fetchall()]
