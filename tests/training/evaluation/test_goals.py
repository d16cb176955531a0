"""The table of goals is made of the published tables, whose every line it finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from training.__main__ import app
from training.evaluation.goals import GOALS, figure, markdown
from training.evaluation.results_page import reached
from training.ship import RESULTS


def test_every_goal_has_a_published_figure_and_the_table_is_made_of_them() -> None:
    assert [goal.text for goal in GOALS if figure(goal, RESULTS) is None] == []
    assert (RESULTS / "goals.md").read_text(encoding="utf-8") == markdown(RESULTS)


@pytest.mark.parametrize(
    ("value", "less", "level"),
    [
        (0.49, False, "missed"),
        (0.5, False, "floor"),
        (0.8, False, "stretch"),
        (0.5, True, "stretch"),
        (0.7, True, "target"),
        (0.81, True, "missed"),
    ],
)
def test_a_figure_reaches_the_highest_level_that_it_is_as_good_as(value: float, less: bool, level: str) -> None:
    levels = (0.8, 0.7, 0.6) if less else (0.5, 0.6, 0.7)
    assert reached(value, levels, less) == level


def test_tables_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "fusing.csv").write_text("scored with,figure,value,low 95 %,high 95 %,n,split\n")
    done = CliRunner().invoke(app, ["goals", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert len((tmp_path / "goals.md").read_text().splitlines()) == 2
