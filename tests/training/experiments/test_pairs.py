"""What is counted of pairs: differences of depth of masses, and pairs of marks that are one mass."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.results.mark_pairs import SAME_LESION
from training.experiments.pairs import BreastMarks, rows


def test_differences_and_pairs_are_counted() -> None:
    def marks(*lines):
        return np.array(lines, float).reshape(-1, 3)

    right = BreastMarks((40.0, 44.0), (marks((40, 0.9, 1)), marks((44, 0.8, 1), (90, 0.2, 0))))
    wrong = BreastMarks((20.0, 60.0), (marks((20, 0.9, 1), (58, 0.3, 0)), marks((60, 0.9, 1))))
    unread = BreastMarks((10.0, 12.0))
    found = {what: (value, n) for what, value, _low, _high, n in rows([right, wrong, unread], (0.5, 0.5, 0.1, 0.1))}
    assert found["one mass in both views: median difference of depth, mm"] == (pytest.approx(4), 3)
    assert found["the same: within 12 mm"] == (pytest.approx(2 / 3), 3)
    assert found["pairs of marks at 0.5 false marks per normal view: share that are one mass"] == (1.0, 1)
    assert found["pairs of marks at 1 false marks per normal view: share that are one mass"] == (0.5, 2)


def test_what_the_program_says_of_pairs_is_what_was_counted() -> None:
    with (Path(__file__).parents[3] / "training/results/pairs.csv").open(encoding="utf-8") as f:
        table = {line["what"]: line for line in csv.DictReader(f)}
    for budget, said in SAME_LESION.items():
        line = table[f"pairs of marks at {budget:g} false marks per normal view: share that are one mass"]
        assert said == tuple(float(line[name]) for name in ("value", "low", "high", "n"))


def test_the_manual_says_what_was_counted_of_pairs() -> None:
    share, low, high, n = SAME_LESION[0.5]
    manual = Path(__file__).parents[3] / "docs" / "manual"
    said = {
        "reading.md": "{} were one mass ({} to {}, n = {}",
        "es/reading.md": "{} eran una misma masa ({} a {}, n = {}",
    }
    for file, words in said.items():
        text = " ".join((manual / file).read_text(encoding="utf-8").split())
        assert words.format(*(round(100 * value) for value in (share, low, high)), n) in text
