"""Undo and redo of the eraser: which state comes after which step."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mammoview.qt.eraser.alteration_history import MOST_STATES, AlterationHistory


def part(scan: str) -> Any:
    return SimpleNamespace(scan=scan)


def test_a_step_after_an_undo_drops_what_was_undone() -> None:
    history = AlterationHistory()
    first, second, third = part("left"), part("right"), part("left")
    history.add([first])
    history.add([second])
    assert history.step == 2 and dict(history.state.parts) == {"left": first, "right": second}
    assert history.state.last == {"right"}
    assert history.go(1) and dict(history.state.parts) == {"left": first}
    history.add([third])
    assert history.step == 2 and dict(history.state.parts) == {"left": third}
    assert not history.go(3) and not history.go(-1) and history.step == 2


def test_the_true_scans_stay_when_there_are_too_many_steps() -> None:
    history = AlterationHistory()
    made = [part("left") for _ in range(MOST_STATES + 3)]
    for one in made:
        history.add([one])
    assert history.step == MOST_STATES - 1 and history.state.parts["left"] is made[-1]
    assert history.go(1) and history.state.parts["left"] is made[4]
    assert history.go(0) and not history.state.parts
