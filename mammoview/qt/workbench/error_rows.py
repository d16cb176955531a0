"""Rows of the error browser: lesions and marks of an evaluation under the same columns, in a table of DuckDB. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import UnreadableError
from mammoview.core.tables import Column, Row, database, enter, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from mammoview.evaluation.evaluation import Evaluation

TEXTS = (
    "what", "models", "reader", "judged_by", "listed_for", "patient", "study", "view", "kind", "pathology", "data_set",
    "density", "scanner", "source",
)  # fmt: skip
NUMBERS = ("score", "rank", "size_mm", "near_miss_mm", "scales_spread", "folds_spread", "views_spread")
HIDDEN_TEXTS = ("key", "view_code")
HIDDEN_NUMBERS = ("column", "row", "left", "top", "right", "bottom", "reader_differs")
MISSED, FOUND, FALSE, HIT, NEAR = "missed lesion", "found lesion", "false mark", "hit", "near miss"
OTHER_FALSE = "false mark of the other"
READER_MISSED = "missed by the reader"
UNAIDED, AFTER_REVEAL = "found by the reader, unaided", "found by the reader, after the layers"
ACCEPTED, REJECTED = "accepted mark", "rejected mark"
FALSE_UNAIDED = "false mark of the reader, unaided"
FALSE_AFTER = "false mark of the reader, after the layers"
BY_PLACE, BY_BREAST = "place", "breast"
"""By what it is judged whether a reader found a lesion: by what was drawn there, or by the category of the breast."""
SPOTS = "cluster of bright spots"
"""What a mark is listed for where it is no peak of the heatmap."""
THIS_ALONE, OTHER_ALONE = "this one alone", "the other alone"
"""Which of two models that were set against each other has a lesion or a false mark, where one alone has it."""
_THIS, _OTHER = "this", "other"
"""Of two evaluations, as differences.csv has it."""
NEAR_MM = 20.0
"""A false mark no farther from a lesion's box is a near miss."""
FAR = 0.5
"""Probabilities that differ by so much disagree."""
_DIFFERENCES, _FINDINGS = "differences", "reader_findings"
"""Tables that are there where two models, or a reader and a model, were set against each other."""


class ErrorRows:
    """Lesions and marks of an evaluation, numbered from 0.

    A row has the texts `TEXTS` and `HIDDEN_TEXTS`, empty where one is not known, and the numbers `NUMBERS` and
    `HIDDEN_NUMBERS`, float or None. Several threads may ask at once.
    """

    def __init__(self, tables: DuckDBPyConnection) -> None:
        """Make the rows out of the tables of an evaluation in a database: see `_ROWS`."""
        for statement in (*_VIEWS, _ROWS, _INDEX):
            tables.execute(statement)
        self._tables, self._different = tables, dict[str, list[str]]()
        ((self._count,),) = tables.execute("SELECT count(*) FROM rows").fetchall()

    def __len__(self) -> int:
        return int(self._count)

    @classmethod
    def of(cls, evaluation: Evaluation, differences: Sequence[Row] = (), readers: Sequence[Row] = ()) -> ErrorRows:
        """Return the lesions, then the marks that are listed or hit a lesion.

        `differences` are those from another evaluation (`paired_comparison.COLUMNS`); false marks that the other one
        alone has come next. What readers found and judged (`evaluation.reader_findings.FINDING_COLUMNS`) comes last.
        """
        tables = database()
        found = {"lesions": evaluation.lesions, "marks": evaluation.marks, "views": evaluation.views}
        for name, rows in (found | {_DIFFERENCES: differences, _FINDINGS: readers}).items():
            enter(tables, name, _columns()[name], rows)
        return cls(tables)

    @classmethod
    def read(cls, folder: Path) -> ErrorRows:
        """Return the rows of the folder of an evaluation, out of Parquet.

        Earlier versions may have written CSV alone; a CSV that was changed after its Parquet is what counts, too.

        Raises
        ------
        UnreadableError
            When one of its tables is missing or damaged.
        """
        import duckdb

        from mammoview.evaluation.evaluation_tables import TABLES, read_columns

        tables = database()
        try:
            for name, columns in _columns().items():
                file, listed = (folder / f"{name}.{ending}" for ending in ("parquet", "csv"))
                if file.is_file() and not _is_newer(listed, file):
                    # Words of the path such as "score=1" are no columns.
                    source = f"read_parquet({literal(str(file))}, hive_partitioning = false)"
                    there = {facts[0] for facts in tables.execute(f"DESCRIBE FROM {source}").fetchall()}
                    since = [column for column in columns if column.optional and column.name not in there]
                    more = "".join(f", NULL::{column.type} AS {quoted(column.name)}" for column in since)
                    renamed = ", ".join(_with_todays_texts(column) for column in columns if column.earlier)
                    every = f"* REPLACE ({renamed})" if renamed else "*"
                    tables.execute(f"CREATE VIEW {name} AS SELECT {every}{more} FROM {source}")
                else:
                    written = name in TABLES or listed.is_file()
                    enter(tables, name, columns, read_columns(listed, columns) if written else ())
            return cls(tables)
        except duckdb.Error as error:
            what = f"its tables are not those of an evaluation ({str(error).splitlines()[0]})"
            raise UnreadableError(what, "Evaluate again", folder) from error

    def arranged(
        self,
        filter_name: str = "all",
        words: str = "",
        by: str = "",
        descending: bool = False,
        sort_by: NDArray[np.object_] | None = None,
    ) -> NDArray[np.intp]:
        """Return which rows are let through, sorted; those of which it is not known come last, equal ones in order.

        Parameters
        ----------
        filter_name, words
            A filter of `FILTERS`, and words all of which one of their texts holds, in any case.
        by, descending
            The column to sort by; as they are numbered where it is empty.
        sort_by
            Note on each row, object (N,) of str or None: to be sorted by instead of a column.
        """
        source, key = "rows", quoted(by)
        ask = self._tables.cursor()
        if sort_by is not None:
            ask.register("notes", {"note_text": sort_by})
            source, key = "rows POSITIONAL JOIN notes", "note_text"
        if sort_by is not None or by in TEXTS:
            key = f"nullif({key}, '')"
        order = f"{key} {'DESC' if descending else 'ASC'} NULLS LAST, number" if by or sort_by is not None else "number"
        asked = words.split()
        kept = " AND ".join([FILTERS[filter_name], *["contains(searched, lower(?))"] * len(asked)])
        found = ask.execute(f"SELECT number FROM {source} WHERE {kept} ORDER BY {order}", asked)
        numbers: NDArray[np.intp] = found.fetchnumpy()["number"].astype(np.intp)
        return numbers

    def at(self, numbers: Sequence[int] | NDArray[np.intp]) -> list[Row]:
        """Return the rows of these numbers, in this order."""
        ask = self._tables.cursor()
        ask.register("asked", {"number": np.asarray(numbers, np.int64), "place": np.arange(len(numbers))})
        found = ask.execute(f"SELECT {_NAMES} FROM asked JOIN rows USING (number) ORDER BY place").fetchall()
        return [dict(zip(LISTED, values, strict=True)) for values in found]

    def different(self, name: str) -> list[str]:
        """Return the different texts of a column, sorted, but for the empty one."""
        if name not in self._different:
            column = quoted(name)
            ask = f"SELECT DISTINCT {column} FROM rows WHERE {column} <> '' ORDER BY 1"
            self._different[name] = [text for (text,) in self._tables.cursor().execute(ask).fetchall()]
        return self._different[name]

    @cached_property
    def keys(self) -> NDArray[np.object_]:
        """Keys of all, object (N,) of str."""
        found = self._tables.cursor().execute('SELECT "key" FROM rows ORDER BY number').fetchall()
        return np.array([key for (key,) in found], object)

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Columns and rows of all, stored pixels, float64 (N, 2); NaN where they are not known."""
        ask = self._tables.cursor().execute("""
            SELECT coalesce("column", 'nan') AS across, coalesce("row", 'nan') AS down FROM rows ORDER BY number
        """)
        found = ask.fetchnumpy()
        return np.column_stack([found["across"], found["down"]])


LISTED = (*TEXTS, *HIDDEN_TEXTS, *NUMBERS, *HIDDEN_NUMBERS)
"""Columns of a row."""
_NAMES = ", ".join(map(quoted, LISTED))


def _columns() -> dict[str, tuple[Column, ...]]:
    """Return the columns of the tables that rows are made of, by their names."""
    from mammoview.evaluation import paired_comparison, reader_findings
    from mammoview.evaluation.evaluation_tables import TABLES

    found = {name: TABLES[name] for name in ("lesions", "marks", "views")}
    return found | {_DIFFERENCES: paired_comparison.COLUMNS, _FINDINGS: reader_findings.FINDING_COLUMNS}


def _with_todays_texts(column: Column) -> str:
    """Return a column of an earlier version's table with the texts of today, for a query."""
    name = quoted(column.name)
    cases = " ".join(f"WHEN {literal(earlier)} THEN {literal(text)}" for earlier, text in column.earlier)
    return f"CASE {name} {cases} ELSE {name} END AS {name}"


def _is_newer(listed: Path, file: Path) -> bool:
    """Return whether a CSV was changed after a Parquet file: by hand, or by a version without Parquet."""
    return listed.is_file() and listed.stat().st_mtime_ns > file.stat().st_mtime_ns


def _is(*what: str) -> str:
    return f"what IN ({', '.join(map(literal, what))})"


FILTERS: Mapping[str, str] = {
    "all": "true",
    "errors": _is(MISSED, FALSE, NEAR),
    "missed": _is(MISSED),
    "false": _is(FALSE, NEAR),
    "near": _is(NEAR),
    "found": _is(FOUND, HIT),
    "scales": f"scales_spread >= {FAR}",
    "folds": f"folds_spread >= {FAR}",
    "views": f"views_spread >= {FAR}",
    "clusters": f"listed_for = {literal(SPOTS)}",
    "models": "models <> ''",
    "reader_missed": _is(READER_MISSED),
    "reader_false": _is(FALSE_UNAIDED, FALSE_AFTER),
    "reader_differs": "reader_differs = 1",
}
"""Which rows are listed: conditions on their columns."""

_OF_BOTH = """
    patient, study, breast, view_code, "view", data_set, density, scanner, source, score, rank, "column", "row"
"""
_VIEWS = (
    """CREATE MACRO spread(known) AS
        CASE WHEN list_count(known) > 1 THEN list_max(known) - list_min(known) END""",
    # Of two evaluations, each false mark of the other one has the number of one in its own list.
    f"""CREATE VIEW differing AS
        SELECT coalesce(nullif(lesion_id, ''), mark_id) AS "key",
               CASE any_value("by") WHEN {literal(_THIS)} THEN {literal(THIS_ALONE)}
                    ELSE {literal(OTHER_ALONE)} END AS models
        FROM differences WHERE lesion_id <> '' OR "by" = {literal(_THIS)} GROUP BY ALL""",
    f"""CREATE VIEW lesion_rows AS
        SELECT row_number() OVER () AS place, lesion_id AS "key", {_OF_BOTH}, kind, pathology, size_mm,
               "left", top, "right", bottom,
               CASE WHEN hit_listed THEN {literal(FOUND)} ELSE {literal(MISSED)} END AS what,
               spread([grid_100um_max, grid_150um_max, grid_200um_max]) AS scales_spread
        FROM lesions""",
    f"""CREATE VIEW mark_rows AS
        SELECT row_number() OVER () AS place, mark_id AS "key", {_OF_BOTH}, near_miss_mm, listed OR hit AS is_row,
               CASE WHEN "cluster" THEN {literal(SPOTS)} END AS listed_for,
               CASE WHEN hit THEN {literal(HIT)} WHEN near_miss_mm <= {NEAR_MM} THEN {literal(NEAR)}
                    ELSE {literal(FALSE)} END AS what,
               spread([scales_low, scales_high]) AS scales_spread, spread([folds_low, folds_high]) AS folds_spread
        FROM marks""",
    f"""CREATE VIEW other_rows AS
        SELECT row_number() OVER () AS place, 'other ' || mark_id AS "key", patient, view_code, "view", source,
               kind, pathology, other_score AS score, "column", "row",
               {literal(OTHER_FALSE)} AS what, {literal(OTHER_ALONE)} AS models,
               "by" = {literal(_OTHER)} AND lesion_id = '' AS is_row
        FROM differences""",
    f"""CREATE VIEW reader_rows AS
        WITH judged AS (SELECT row_number() OVER () AS place, * FROM reader_findings)
        SELECT judged.place, reader || ' ' || "key" AS "key", reader,
               CASE WHEN found_final IS NOT TRUE THEN {literal(READER_MISSED)}
                    WHEN found_unaided THEN {literal(UNAIDED)} ELSE {literal(AFTER_REVEAL)} END AS what,
               CASE WHEN coalesce(unaided_by, '') IN ('', final_by)
                    THEN coalesce(nullif(final_by, ''), {literal(BY_BREAST)})
                    ELSE unaided_by || ' unaided, ' || final_by || ' after' END AS judged_by,
               (found_final <> model_hit)::DOUBLE AS reader_differs, of_lesion.* EXCLUDE (place, "key", what)
        FROM judged JOIN lesion_rows AS of_lesion ON lesion_id = of_lesion."key" WHERE found_final IS NOT NULL
        UNION ALL BY NAME
        SELECT judged.place, reader || ' ' || "key" AS "key", reader,
               CASE WHEN accepted THEN {literal(ACCEPTED)} ELSE {literal(REJECTED)} END AS what,
               (NOT accepted)::DOUBLE AS reader_differs, of_mark.* EXCLUDE (place, "key", what, is_row)
        FROM judged JOIN mark_rows AS of_mark ON mark_id = of_mark."key"
        UNION ALL BY NAME
        SELECT judged.place, concat_ws(' ', reader, view_code, round("column"), round("row")) AS "key", reader,
               if(drawn_unaided, {literal(FALSE_UNAIDED)}, {literal(FALSE_AFTER)}) AS what,
               {literal(BY_PLACE)} AS judged_by,
               patient, study, breast, view_code, "view", data_set, density, scanner, source, "column", "row"
        FROM judged JOIN views USING (view_code) WHERE drawn_unaided IS NOT NULL""",
    # A view without marks has 0; those that could not be assessed, and those with the pixels of another, do not count.
    """CREATE VIEW breast_spreads AS
        SELECT patient, study, breast, spread(list(score)) AS views_spread
        FROM views WHERE breast <> '' AND duplicate_of = '' GROUP BY ALL""",
)
"""What the rows are made of, out of the tables of an evaluation."""
_SEARCHED = "lower(concat_ws(chr(10), " + ", ".join(map(quoted, TEXTS)) + "))"
_EACH = ", ".join(
    [
        *[f"coalesce({quoted(name)}, '') AS {quoted(name)}" for name in (*TEXTS, *HIDDEN_TEXTS)],
        *[f"{quoted(name)}::DOUBLE AS {quoted(name)}" for name in (*NUMBERS, *HIDDEN_NUMBERS)],
    ]
)
_ROWS = f"""CREATE TABLE rows AS
    WITH every AS (
        SELECT 1 AS part, * FROM lesion_rows LEFT JOIN differing USING ("key")
        UNION ALL BY NAME
        SELECT 2 AS part, * EXCLUDE is_row FROM mark_rows LEFT JOIN differing USING ("key") WHERE is_row
        UNION ALL BY NAME
        SELECT 3 AS part, * EXCLUDE is_row FROM other_rows WHERE is_row
        UNION ALL BY NAME
        SELECT 4 AS part, * FROM reader_rows
    )
    SELECT row_number() OVER (ORDER BY part, place) - 1 AS number, {_EACH}, {_SEARCHED} AS searched
    FROM every LEFT JOIN breast_spreads USING (patient, study, breast)
    ORDER BY number"""
"""The rows, `number` from 0, with all that is searched of each in lower case."""
_INDEX = "CREATE UNIQUE INDEX numbered ON rows (number)"
