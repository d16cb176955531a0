"""Tables of an evaluation: what is written comes back, as CSV and as Parquet, to the last digit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from mammoview.core.errors import UnreadableError
from mammoview.core.tables import FLAG, NUMBER, TEXT, WHOLE
from mammoview.evaluation.evaluation_tables import TABLES, columns_of, filled, read_table, write_table
from tests.support.parquet_files import parquet_rows

VALUES = {TEXT: 'a "b", c', WHOLE: 3, NUMBER: 0.1 + 0.2, FLAG: False}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_comes_back_as_it_was_written(table: str, tmp_path: Path) -> None:
    full = {column.name: VALUES[column.type] for column in columns_of(table, ["KVP"])}
    (empty,) = filled(table, [{}], ["KVP"])
    csv_file, parquet_file = write_table(tmp_path, table, [full, {}], ["KVP"])
    assert read_table(tmp_path, table) == [full, empty]
    assert parquet_rows(parquet_file) == [full, empty]
    assert csv_file.read_text().splitlines()[0].split(",")[-1] == "KVP"
    names = [column.name for column in columns_of(table)]
    assert len(set(names)) == len(names)


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    write_table(tmp_path, "views", [])
    assert read_table(tmp_path, "views") == []
    read = duckdb.read_parquet(str(tmp_path / "views.parquet"))
    assert read.columns == [column.name for column in TABLES["views"]]
    assert read.types == [column.type for column in TABLES["views"]]
    assert parquet_rows(tmp_path / "views.parquet") == []


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_an_earlier_version_is_read(table: str, tmp_path: Path) -> None:
    (file, *_parquet) = write_table(tmp_path, table, [{"spacing_mm": 0.2, "column_spacing_mm": 0.1}])
    lines = [line.split(",") for line in file.read_text().splitlines()]
    place = lines[0].index("column_spacing_mm")
    file.write_text("".join(",".join(line[:place] + line[place + 1 :]) + "\n" for line in lines))
    (row,) = read_table(tmp_path, table)
    assert (row["spacing_mm"], row["column_spacing_mm"]) == (0.2, None)
    assert row.keys() == {column.name for column in columns_of(table)}


def test_numbers_that_are_none_are_missing(tmp_path: Path) -> None:
    write_table(tmp_path, "marks", [{"score": float("nan")}])
    assert read_table(tmp_path, "marks")[0]["score"] is None
    assert parquet_rows(tmp_path / "marks.parquet")[0]["score"] is None


def test_an_attribute_may_have_the_name_of_a_column_but_for_capitals(tmp_path: Path) -> None:
    write_table(tmp_path, "views", [{"manufacturer": "of the film", "Manufacturer": "of the file"}], ["Manufacturer"])
    (row,) = read_table(tmp_path, "views")
    assert (row["manufacturer"], row["Manufacturer"]) == ("of the film", "of the file")
    (kept,) = parquet_rows(tmp_path / "views.parquet")
    assert (kept["manufacturer"], kept["Manufacturer_1"]) == ("of the film", "of the file")


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="lesions has no column colour"):
        write_table(tmp_path, "lesions", [{"colour": "red"}])


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\0\0"])
def test_another_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "views.csv").write_text(text)
    with pytest.raises(UnreadableError, match=r"views\.csv"):
        read_table(tmp_path, "views")
    with pytest.raises(UnreadableError, match="no such table"):
        read_table(tmp_path, "marks")
