"""Hangings: which scan goes where. Data files in resources/hangings, one hanging each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mammoview.errors import MammoviewError
from mammoview.paths import resources
from mammoview.study.breast import Side
from mammoview.study.scan import Laterality, Projection, Scan, Study


@dataclass(frozen=True)
class Pane:
    """One place of a hanging.

    Parameters
    ----------
    row, column
        Place in the hanging, from 0 at the top left.
    laterality
        Side it is for; None takes any.
    projections
        Projections it is for, the best first; empty takes any.
    chest_wall
        Side of the screen picture on which the chest wall is wanted.
    prior
        Whether it is for a scan of the prior.
    """

    row: int
    column: int
    laterality: Laterality | None
    projections: tuple[Projection, ...]
    chest_wall: Side
    prior: bool = False

    @property
    def projection(self) -> Projection | None:
        """The projection it is for first of all."""
        return self.projections[0] if self.projections else None

    @property
    def name(self) -> str:
        """What is missing when it is empty, such as "R CC"."""
        return " ".join(str(word) for word in (self.laterality, self.projection) if word is not None)

    def rank(self, scan: Scan) -> int | None:
        """How well a scan fits: 0 best, larger worse, None not at all."""
        if self.laterality is not None and scan.laterality is not self.laterality:
            return None
        if not self.projections:
            return 0
        return self.projections.index(scan.projection) if scan.projection in self.projections else None


@dataclass(frozen=True)
class Hanging:
    """A named arrangement of panes.

    Parameters
    ----------
    name
        Its file name without the suffix; what `--hanging` takes.
    title
        What the window shows.
    rows, columns
        Size of the arrangement.
    panes
        In reading order.
    """

    name: str
    title: str
    rows: int
    columns: int
    panes: tuple[Pane, ...]

    @property
    def compares(self) -> bool:
        """Whether it hangs a prior beside the study."""
        return any(pane.prior for pane in self.panes)


Hung = list[tuple[Pane, Scan | None]]
"""Panes with the scans that hang in them."""


def hangings() -> list[Hanging]:
    """All hangings, in the order in which one key steps through them.

    Raises
    ------
    MammoviewError
        When a file is not a hanging, or there is none.
    """
    return list(_read_all(resources() / "hangings"))


def hanging(name: str) -> Hanging:
    """Return the hanging of that name. Raises MammoviewError with the names there are."""
    found = hangings()
    for candidate in found:
        if candidate.name == name:
            return candidate
    raise MammoviewError(f"there is no hanging named {name!r}", f"Choose one of {', '.join(h.name for h in found)}")


def hang(study: Study, hanging: Hanging, prior: Study | None = None) -> Hung:
    """Put the scans of a study, and of its prior, into the panes of a hanging.

    Each pane takes the best fitting scan that no pane before it took, or None. Scans of unknown side or projection
    then fill the panes that stayed empty, so that a picture without any header is seen at all; those of a prior do
    not, since what cannot be matched must not be compared.
    """
    left = {False: list(study.scans), True: [] if prior is None else list(prior.scans)}
    places: Hung = []
    for pane in hanging.panes:
        scans = left[pane.prior]
        fitting = [(rank, i) for i, scan in enumerate(scans) if (rank := pane.rank(scan)) is not None]
        scan = scans.pop(min(fitting)[1]) if fitting else None
        places.append((pane, scan))
    unknown = [scan for scan in left[False] if scan.laterality is None or scan.projection is None]
    return [(pane, unknown.pop(0) if scan is None and unknown and not pane.prior else scan) for pane, scan in places]


def stages(study: Study, prior: Study | None = None) -> list[tuple[Hanging, Hung]]:
    """Return the hangings worth stepping through: every selection of scans once, in the fewest panes that show it.

    Those that compare are among them where both the study and its prior have something to hang there.

    Scans that no hanging reaches (a second R CC, an unusual projection) get a stage of their own at the end, in the
    last hanging of one pane.
    """
    best: dict[frozenset[int], tuple[Hanging, Hung]] = {}
    for candidate in hangings():
        places = hang(study, candidate, prior)
        if candidate.compares and len({pane.prior for pane, scan in places if scan is not None}) < 2:
            continue
        shown = frozenset(id(scan) for _, scan in places if scan is not None)
        if shown and (shown not in best or len(places) < len(best[shown][1])):
            best[shown] = candidate, places
    reached = frozenset[int]().union(*best)
    single = [h for h in hangings() if len(h.panes) == 1][-1]
    found = list(best.values())
    found += [(single, [(single.panes[0], scan)]) for scan in study.scans if id(scan) not in reached]
    return found


def suggested(study: Study) -> Hanging:
    """Return the hanging to open a study with: the first that shows as many scans as any other, in the fewest panes."""
    plain = [h for h in hangings() if not h.compares]
    return min(plain, key=lambda h: (-sum(s is not None for _, s in hang(study, h)), len(h.panes)))


@lru_cache(maxsize=4)
def _read_all(folder: Path) -> tuple[Hanging, ...]:
    """Read every hanging of a folder, by their `order`."""
    found = [_read(path) for path in sorted(folder.glob("*.toml"))]
    if not found:
        raise MammoviewError("no hangings are installed", "Install Mammoview again", folder)
    return tuple(hanging for _, hanging in sorted(found, key=lambda pair: pair[0]))


def _read(path: Path) -> tuple[int, Hanging]:
    """Order and hanging of one file."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        panes = tuple(_pane(entry) for entry in content["panes"])
        made = Hanging(path.stem, str(content["title"]), int(content["rows"]), int(content["columns"]), panes)
        order = int(content["order"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MammoviewError(f"this is not a hanging ({error})", "Compare it with four-view.toml", path) from error
    places = {(pane.row, pane.column) for pane in panes}
    if not panes or len(places) < len(panes) or any(r >= made.rows or c >= made.columns for r, c in places):
        raise MammoviewError("its panes overlap or lie outside its rows and columns", "Correct the places", path)
    return order, made


def _pane(entry: Mapping[str, Any]) -> Pane:
    """One [[panes]] table."""
    side = entry.get("laterality")
    return Pane(
        int(entry["row"]),
        int(entry["column"]),
        None if side is None else Laterality(side),
        tuple(Projection(p) for p in entry.get("projections", ())),
        Side(entry["chest_wall"]),
        bool(entry.get("prior", False)),
    )
