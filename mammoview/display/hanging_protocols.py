"""Hanging protocols: which scan goes where. Data files, one protocol each: the program's own and those of the user.

The program's lie in resources/hanging_protocols, the user's in the folder `hanging_protocols` beside the settings. A
file of the user's with the name of one of the program's takes its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from mammoview.study.scan import Laterality, Projection, Scan, Side, Study


@dataclass(frozen=True)
class ImageBox:
    """One place of a hanging protocol.

    Parameters
    ----------
    row, column
        Place in the hanging protocol, from 0 at the top left.
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
class HangingProtocol:
    """A named arrangement of image boxes.

    Parameters
    ----------
    name
        Its file name without the suffix; what `--hanging-protocol` takes.
    title
        What the window shows.
    rows, columns
        Size of the arrangement.
    image_boxes
        In reading order.
    own
        Whether it is the user's.
    """

    name: str
    title: str
    rows: int
    columns: int
    image_boxes: tuple[ImageBox, ...]
    own: bool = False

    @property
    def compares(self) -> bool:
        """Whether it hangs a prior beside the study."""
        return any(image_box.prior for image_box in self.image_boxes)


MOST = 4
"""Most rows and most columns of a hanging protocol: smaller image boxes show nothing."""
UNKNOWN_TITLE = "Side or projection unknown"
_UNKNOWN_AT_ONCE = 4
"""So many scans of unknown side or projection hang in a stage."""
Hung = list[tuple[ImageBox, Scan | None]]
"""Image boxes with the scans that hang in them."""


def all_protocols() -> list[HangingProtocol]:
    """All hanging protocols, in the order in which one key steps through them; bad files of the user's are left out.

    The files are read once per process.

    Raises
    ------
    MammoviewError
        When a file of the program's is not a hanging protocol, or there is none.
    """
    folder = resources() / "hanging_protocols"
    found = {made.name: (order, made) for order, made in _read_all(folder)}
    if not found:
        raise MammoviewError("no hanging protocols are installed", "Install Mammoview again", folder)
    found |= {made.name: (order, made) for order, made in _read_own(own_folder())[0]}
    return [made for _, made in sorted(found.values(), key=lambda pair: pair[0])]


def own_folder() -> Path:
    """Folder of the user's own hanging protocols, called "hangings" by earlier versions; it need not exist."""
    return paths.renamed(paths.settings_folder() / "hanging_protocols", "hangings")


def problems() -> list[str]:
    """Return a line for each file of the user's that is left out: the file, what is wrong, what to do."""
    return list(_read_own(own_folder())[1])


def protocol_named(name: str) -> HangingProtocol:
    """Return the hanging protocol of that name. Raises MammoviewError with the names there are."""
    found = all_protocols()
    for candidate in found:
        if candidate.name == name:
            return candidate
    raise MammoviewError(
        f"there is no hanging protocol named {name!r}", f"Choose one of {', '.join(h.name for h in found)}"
    )


def assign_scans(study: Study, protocol: HangingProtocol, prior: Study | None = None) -> Hung:
    """Put the scans of a study, and of its prior, into the image boxes of a hanging protocol.

    Each image box takes the best fitting scan that no image box before it took, or None. A scan of unknown side or
    projection hangs in no image box that is for a certain one: it would pass for that; `hanging_stages` has places for
    it.
    """
    left = {False: list(study.scans), True: [] if prior is None else list(prior.scans)}
    places: Hung = []
    for image_box in protocol.image_boxes:
        scans = left[image_box.prior]
        fitting = [(rank, i) for i, scan in enumerate(scans) if (rank := image_box.rank(scan)) is not None]
        scan = scans.pop(min(fitting)[1]) if fitting else None
        places.append((image_box, scan))
    return places


def hanging_stages(study: Study, prior: Study | None = None) -> list[tuple[HangingProtocol, Hung]]:
    """Return the hanging protocols worth stepping through: every selection of scans once, in the fewest image boxes.

    Those that compare are among them where both the study and its prior have something to hang there.

    The user's own hanging protocols are all kept that show something. Scans that no hanging protocol reaches get stages
    at the end: those of unknown side or projection four at a time, each other (a second R CC, an unusual projection)
    one of its own, with its chest wall where its own side has it.
    """
    best: dict[object, tuple[HangingProtocol, Hung]] = {}
    reached = set[int]()
    for candidate in all_protocols():
        places = assign_scans(study, candidate, prior)
        if candidate.compares and len({image_box.prior for image_box, scan in places if scan is not None}) < 2:
            continue
        shown = frozenset(id(scan) for _, scan in places if scan is not None)
        key = candidate.name if candidate.own else shown
        if shown and (key not in best or len(places) < len(best[key][1])):
            best[key] = candidate, places
            reached |= shown
    found = list(best.values())
    others = [scan for scan in study.scans if id(scan) not in reached]
    found += _unknown_stages([scan for scan in others if scan.laterality is None or scan.projection is None])
    known = (scan for scan in others if scan.laterality is not None and scan.projection is not None)
    for number, scan in enumerate(known, 1):
        image_box = ImageBox(0, 0, None, (), Side.LEFT)
        title = f"{scan.name}, another" if number == 1 else f"{scan.name}, another ({number})"
        found.append((HangingProtocol(f"another-{number}", title, 1, 1, (image_box,)), [(image_box, scan)]))
    return found


def suggested_protocol(study: Study) -> HangingProtocol:
    """Return the hanging protocol to open a study with: the first that shows most scans, in the fewest image boxes."""
    plain = [(h, assign_scans(study, h)) for h in all_protocols() if not h.compares]
    unknown = _unknown_stages([scan for scan in study.scans if scan.laterality is None or scan.projection is None])
    shown = min([*plain, *unknown], key=lambda stage: (-sum(s is not None for _, s in stage[1]), len(stage[1])))
    return shown[0]


def _unknown_stages(scans: list[Scan]) -> list[tuple[HangingProtocol, Hung]]:
    """Return stages for scans of unknown side or projection, in their order, four at a time."""
    found: list[tuple[HangingProtocol, Hung]] = []
    for start in range(0, len(scans), _UNKNOWN_AT_ONCE):
        part = scans[start : start + _UNKNOWN_AT_ONCE]
        columns = min(len(part), 2)
        rows = -(-len(part) // columns)
        boxes = tuple(ImageBox(i // columns, i % columns, None, (), Side.LEFT) for i in range(len(part)))
        number = len(found) + 1
        title = UNKNOWN_TITLE if number == 1 else f"{UNKNOWN_TITLE} ({number})"
        found.append(
            (HangingProtocol(f"unknown-{number}", title, rows, columns, boxes), list(zip(boxes, part, strict=True)))
        )
    return found


@lru_cache(maxsize=4)
def _read_all(folder: Path) -> tuple[tuple[int, HangingProtocol], ...]:
    """Read every hanging protocol of a folder with its `order`. Raises MammoviewError for the first that is none."""
    return tuple(_read(path) for path in sorted(folder.glob("*.toml")))


@lru_cache(maxsize=4)
def _read_own(folder: Path) -> tuple[tuple[tuple[int, HangingProtocol], ...], tuple[str, ...]]:
    """Read the user's hanging protocols, and a line for each file that is none."""
    found, problems = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            order, made = _read(path)
            found.append((order, replace(made, own=True)))
        except MammoviewError as error:
            problems.append(str(error))
    return tuple(found), tuple(problems)


def _read(path: Path) -> tuple[int, HangingProtocol]:
    """Order and hanging of one file. Raises MammoviewError."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if "panes" in content and "viewports" not in content:
            # Files for versions up to 0.2.0.
            content["viewports"] = content.pop("panes")
        _check_keys(content, ("title", "order", "rows", "columns", "viewports"), (), "the file")
        boxes = tuple(_image_box(entry, number) for number, entry in enumerate(content["viewports"], 1))
        rows, columns = _number(content["rows"], "rows"), _number(content["columns"], "columns")
        made = HangingProtocol(path.stem, str(content["title"]), rows, columns, boxes)
        order = _number(content["order"], "order")
        _check_places(made)
    except OSError as error:
        raise MammoviewError(f"it cannot be read ({error.strerror})", "Check its permissions", path) from error
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise MammoviewError(
            f"this is not a hanging protocol: {reason}", "Compare it with docs/manual/studies.md", path
        ) from error
    return order, made


def _image_box(entry: Mapping[str, Any], number: int) -> ImageBox:
    """Return the image box of a [[viewports]] table."""
    where = f"viewport {number}"
    if not isinstance(entry, Mapping):
        raise TypeError(f"{where} is no [[viewports]] table")
    _check_keys(entry, ("row", "column", "chest_wall"), ("laterality", "projections", "prior"), where)
    side = entry.get("laterality")
    return ImageBox(
        _number(entry["row"], f"row of {where}"),
        _number(entry["column"], f"column of {where}"),
        None if side is None else Laterality(_word(side, tuple(Laterality), f"laterality of {where}")),
        tuple(Projection(_word(p, tuple(Projection), f"projection of {where}")) for p in entry.get("projections", ())),
        Side(_word(entry["chest_wall"], tuple(Side), f"chest_wall of {where}")),
        _flag(entry.get("prior", False), f"prior of {where}"),
    )


def _check_keys(entry: Mapping[str, Any], needed: tuple[str, ...], optional: tuple[str, ...], where: str) -> None:
    """Raise ValueError when a key is missing, or is none of ours: a typing error must not be passed over."""
    for key in needed:
        if key not in entry:
            raise ValueError(f"{key} is missing in {where}")
    for key in entry:
        if key not in (*needed, *optional):
            raise ValueError(f"{where} has a {key!r}, which means nothing; there are {', '.join((*needed, *optional))}")


def _check_places(made: HangingProtocol) -> None:
    """Raise ValueError when the image boxes do not fit into rows and columns."""
    if not (1 <= made.rows <= MOST and 1 <= made.columns <= MOST):
        raise ValueError(f"rows and columns are 1 to {MOST}")
    places = {(image_box.row, image_box.column) for image_box in made.image_boxes}
    outside = any(not (0 <= r < made.rows and 0 <= c < made.columns) for r, c in places)
    if not places or len(places) < len(made.image_boxes) or outside:
        raise ValueError(
            "its viewports overlap, or lie outside its rows and columns, which count from 0, or it has none"
        )


def _number(value: object, what: str) -> int:
    """Return a whole number. Raises TypeError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}, which is no whole number")
    return value


def _flag(value: object, what: str) -> bool:
    """Return true or false. Raises TypeError."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} is {value!r}, which is neither true nor false")
    return value


def _word(value: object, offered: tuple[str, ...], what: str) -> str:
    """Return a word that is on offer. Raises ValueError."""
    if value not in offered:
        raise ValueError(f"{what} is {value!r}; there are {', '.join(map(str, offered))}")
    return str(value)
