"""Budgets of false marks per normal view, which the thresholds of the models follow."""

from __future__ import annotations

FALSE_MARK_BUDGETS = (0.25, 0.5, 1.0, 2.0)
"""False marks per normal view that a reader chooses from."""
DEFAULT_BUDGET = 0.5
"""False marks per normal view that the reader of a new window accepts."""


def within_budgets(false_marks: float) -> float:
    """Return a budget no smaller than the least that can be chosen and no larger than the most.

    The models keep marks for these budgets alone, so that a larger one would list no more.
    """
    return min(max(false_marks, FALSE_MARK_BUDGETS[0]), FALSE_MARK_BUDGETS[-1])
