"""The steps of the eraser, which can be undone and done again: what the scans of a study looked like after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mammoview.qt.eraser.alteration_work import AlteredPart

if TYPE_CHECKING:
    from mammoview.study.scan import Scan

MOST_STATES = 12
"""States that are kept, that of the true scans included; each holds pictures of its own."""


@dataclass(frozen=True, eq=False)
class AlteredState:
    """What the scans of a study look like after some steps.

    Parameters
    ----------
    parts
        By scan; scans that are not altered are left out.
    last
        The scans that were changed by the last step.
    """

    parts: Mapping[Scan, AlteredPart]
    last: frozenset[Scan] = frozenset()


class AlterationHistory:
    """States in the order of the steps, the first of which is that of the true scans; one of them is shown."""

    def __init__(self) -> None:
        """Begin with the true scans."""
        self._states = [AlteredState({})]
        self.step = 0
        """Number of the state that is shown; 0 is that of the true scans."""

    @property
    def state(self) -> AlteredState:
        """The state that is shown."""
        return self._states[self.step]

    def add(self, parts: Sequence[AlteredPart]) -> None:
        """Add a step after the state that is shown. Steps that were undone are dropped, and the oldest of too many."""
        held = {**self.state.parts, **{part.scan: part for part in parts}}
        del self._states[self.step + 1 :]
        self._states.append(AlteredState(held, frozenset(part.scan for part in parts)))
        if len(self._states) > MOST_STATES:
            del self._states[1]
        self.step = len(self._states) - 1

    def go(self, step: int) -> bool:
        """Show the state of that number; returns whether there is one."""
        if not 0 <= step < len(self._states):
            return False
        self.step = step
        return True
