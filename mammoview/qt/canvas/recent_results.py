"""The last few results of something, each found again by all that it depends on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")
MOST_RESULTS = 4
"""How many are kept: a layer that is switched on and off shows two states in turn."""


class RecentResults(Generic[Result]):
    """Results by subject; subjects are compared, since rectangles and points of Qt have no hash."""

    def __init__(self) -> None:
        self._kept: list[tuple[object, Result]] = []

    def of(self, subject: object, make: Callable[[], Result]) -> Result:
        """Return the result for an equal subject, or what `make` returns now."""
        for index, (known, result) in enumerate(self._kept):
            if known == subject:
                if index:
                    self._kept.insert(0, self._kept.pop(index))
                return result
        result = make()
        self._kept = [(subject, result), *self._kept[: MOST_RESULTS - 1]]
        return result
