"""README.md is short, and its figures are those that the commands of the repository wrote."""

from __future__ import annotations

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from mammoview.cli.command_line import command_names

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LISTED = ROOT / "training" / "results" / "program_folds.csv"
WAY = "re-scored, with clusters"
"""The list as it ships."""
COLUMNS = ("value", "low 95 %", "high 95 %")
FIGURES = ROOT / "training" / "results" / "figures.csv"


def row(file: Path, *words: str) -> dict[str, str]:
    """The one line of a table whose first columns are these words."""
    with file.open(encoding="utf-8") as lines:
        (found,) = [line for line in csv.DictReader(lines) if tuple(line.values())[: len(words)] == words]
    return found


def readme_row(start: str) -> tuple[list[str], list[list[str]], str]:
    """Values, intervals and n of the line that starts so."""
    (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| {start}")]
    _, _, values, intervals, n, _ = (cell.strip() for cell in line.split("|"))
    return values.split(", "), [pair.split(" to ") for pair in intervals.split(", ")], n


@pytest.mark.parametrize(
    ("start", "file", "rows"),
    [
        ("AUC of patches", FIGURES, [("patch AUC", "200 um", "cbis_masses, tissue negatives")]),
        (
            "masses found by the list",
            LISTED,
            [(WAY, f"CBIS masses: TPR at {rate} FP/image") for rate in ("0.5", "1", "2")],
        ),
        ("findings of mini-MIAS", LISTED, [(WAY, "mini-MIAS, all findings: TPR at 1 FP/image")]),
        ("calcifications", LISTED, [(WAY, "mini-MIAS, calcifications hit at 1 FP/image")]),
        ("false marks", LISTED, [(WAY, "false marks per normal view at TPR .70, all sets")]),
    ],
)
def test_figures_are_those_of_the_tables(start: str, file: Path, rows: list[tuple[str, ...]]) -> None:
    values, intervals, n = readme_row(start)
    assert len(values) == len(intervals) == len(rows)
    for words, value, (low, high) in zip(rows, values, intervals, strict=True):
        found = row(file, *words)
        digits = len(value.partition(".")[2])
        step = Decimal(1).scaleb(-digits)
        written = [str(Decimal(found[name]).quantize(step, ROUND_HALF_UP)) for name in COLUMNS]
        assert (value, low, high) == tuple(written)
        assert n == found["n"]


def test_it_is_short_and_shows_first() -> None:
    lines = TEXT.splitlines()
    assert len(lines) < 150
    assert lines[4].startswith("![")


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_it_has_every_command() -> None:
    named = set(re.findall(r"^mammoview (\w+)", TEXT, re.M))
    assert set(command_names()) <= named


def test_times_are_those_of_the_page_of_speed() -> None:
    speed = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    for figure in ("0.19 to 0.23 s", "1.11 to 1.63 s", "0.39 s; 0.70 s", "6 to 10, 10 to 11, 9 to 17", "0.80 GiB"):
        assert figure in TEXT and figure in speed
