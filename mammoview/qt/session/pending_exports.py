"""What waits for grids that are lacking, such as an export: it is carried out once they are there, or refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState, ScanResults

_C = "PendingExports"
_N = translate_noop
_UNFINISHED = _N(_C, "the models had not finished")
_CHANGED = _N(_C, "the picture or its results have changed meanwhile")


@dataclass(frozen=True, eq=False)
class _Awaited:
    """A scan as it was when something was asked for that waits for its grids.

    Parameters
    ----------
    entry, frame
        The scan, and the frame that was shown.
    results, assessed
        Those of the model that was shown, and whether they were there.
    """

    entry: ScanEntry
    frame: int
    results: ScanResults
    assessed: bool

    @classmethod
    def of(cls, entry: ScanEntry) -> _Awaited:
        return cls(entry, entry.scan.frame, entry.shown, entry.state is AssessmentState.DONE)

    def has_changed(self, entries: Collection[ScanEntry]) -> bool:
        """Whether something else is shown by now, or the results have been dropped."""
        if self.entry not in entries or self.entry.scan.frame != self.frame or self.entry.shown is not self.results:
            return True
        return self.assessed and self.results.state not in (AssessmentState.DONE, AssessmentState.OUT_OF_SCOPE)

    @property
    def lacks_grids(self) -> bool:
        """Whether its grids are to be waited for."""
        return self.results.lacks_grids

    @property
    def has_failed(self) -> bool:
        """Whether the grids that it lacks will not come."""
        return self.results.lacks_grids and (self.results.grids_failed or bool(self.entry.problem))


@dataclass(frozen=True, eq=False)
class _Pending:
    """An action, how it is refused, whether it writes a file, and what it waits for."""

    act: Callable[[], None]
    refuse: Callable[[str], None]
    writes: bool
    awaited: tuple[_Awaited, ...]


class PendingExports:
    """Actions that wait for the grids of some scans, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._pending)

    @property
    def writes(self) -> bool:
        """Whether a file waits to be written."""
        return any(pending.writes for pending in self._pending)

    def add(
        self, act: Callable[[], None], refuse: Callable[[str], None], writes: bool, entries: Iterable[ScanEntry]
    ) -> None:
        """Have `act` called once none of the scans lacks a grid; `refuse` is called with the reason where it cannot be.

        `writes`: a file is to be written. `carry_out` looks at them next.
        """
        self._pending.append(_Pending(act, refuse, writes, tuple(map(_Awaited.of, entries))))

    def awaits(self, entry: ScanEntry) -> bool:
        """Whether something waits for the grids of a scan by the model that is shown."""
        return any(one.results is entry.shown for pending in self._pending for one in pending.awaited)

    def carry_out(self, entries: Collection[ScanEntry]) -> None:
        """Carry out what waits for no grid any more, and refuse what cannot be done as it was asked for.

        `entries` are those that may be assessed.
        """
        pending, self._pending = self._pending, []
        for one in pending:
            if any(awaited.has_changed(entries) for awaited in one.awaited):
                one.refuse(_tr(_CHANGED))
            elif any(awaited.has_failed for awaited in one.awaited):
                one.refuse(_tr(_UNFINISHED))
            elif any(awaited.lacks_grids for awaited in one.awaited):
                self._pending.append(one)
            else:
                one.act()

    def refuse_all(self) -> None:
        """Refuse everything: the models do not go on."""
        pending, self._pending = self._pending, []
        for one in pending:
            one.refuse(_tr(_UNFINISHED))


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate(_C, text)
