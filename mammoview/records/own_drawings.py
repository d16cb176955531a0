"""Outlines and annotations of the reader: undo history, and a journal for recovery after a crash.

The journal is a text of one JSON object per line, only ever appended to: `{"outlines": [...], "annotations": [...]}`
after every change, in the form of `mammoview.formats.common.outline_files`, and `{"stroke": [[column, row], ...]}` for
points of an outline that is still being drawn. It is named after `Scan.pixel_hash`, holds neither name nor path, and is
removed once its contents are saved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

import numpy as np

from mammoview.core import paths
from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_io
from mammoview.formats.common.outline_files import (
    OWN_ENDING,
    OutlineFileContents,
    entries,
    lies_on,
    outline_document,
    parse_annotations,
    parse_outlines,
    present_own_file,
)
from mammoview.study.annotation_kinds.freehand import narrow
from mammoview.study.annotations import Annotation
from mammoview.study.outline_sources import OWN_SOURCE, Truth, counted
from mammoview.study.scan import Outline, OutlineKind, Scan

Own = tuple[Outline | Annotation, ...]
"""The outlines and annotations of one reader on one scan."""
Point = tuple[float, float]
JOURNAL_LOCK = RLock()
"""Held while a journal is changed: a save that ends late must not remove what another thread adds to it."""


class DrawingHistory:
    """Undo and redo history of the drawings on one scan."""

    def __init__(self, own: Own = ()) -> None:
        """Start with the given outlines and annotations."""
        self._states: list[Own] = [own]
        self._index = 0
        self.saved = own
        """What is known to be saved."""

    @property
    def own(self) -> Own:
        """The current state."""
        return self._states[self._index]

    def put(self, own: Own) -> None:
        """Add a new state; undone states are dropped."""
        if not same_drawings(own, self.own):
            self._states[self._index + 1 :] = [own]
            self._index += 1

    def undo(self) -> bool:
        """Go back one state; False when there is none."""
        if self._index == 0:
            return False
        self._index -= 1
        return True

    def redo(self) -> bool:
        """Restore the state that was undone; False when there is none."""
        if self._index + 1 == len(self._states):
            return False
        self._index += 1
        return True


def own_drawings_of(scan: Scan) -> Own:
    """Return the reader's own outlines of a scan, and its annotations."""
    return (*counted(scan.outlines, Truth.OWN), *scan.annotations)


def drawn_places(scan: Scan) -> list[tuple[float, float]]:
    """Return where the reader has marked something on a scan, (column, row) in scan pixels.

    These are the centres of mass of own outlines and of regions, and the tips of arrows. What measures or is a text
    marks nothing; a core lies in its boundary.
    """
    found = [outline.centroid for outline in counted(scan.outlines, Truth.OWN) if outline.kind is not OutlineKind.CORE]
    for one in scan.annotations:
        if one.outline is not None:
            found.append(Outline(one.outline, OutlineKind.BOUNDARY).centroid)
        elif (place := one.type.marked_place(one.points)) is not None:
            found.append(place)
    return found


def set_own_drawings(scan: Scan, own: Own) -> None:
    """Replace the reader's own outlines and annotations of a scan."""
    drawn_here = (o for o in own if isinstance(o, Outline))
    scan.outlines = (*counted(scan.outlines, Truth.OTHERS), *drawn_here)
    scan.annotations = tuple(a for a in own if isinstance(a, Annotation))


def parse_own(text: str, path: Path) -> Own:
    """Return the drawings of a `FILE.own.outlines.json`, without annotations of zero size. Raises UnreadableError."""
    return (*parse_outlines(text, path).get("", ()), *(a for a in parse_annotations(text, path) if not a.sizeless))


def own_outline(
    points: Sequence[Point], kind: OutlineKind = OutlineKind.BOUNDARY, shape: tuple[int, int] = (0, 0)
) -> Outline:
    """Return a closed line as an outline of the reader's own.

    Parameters
    ----------
    points
        (column, row) each, in scan pixels.
    kind
        Boundary or core.
    shape
        Rows and columns of the scan; points beyond it are moved to its edge. (0, 0) moves none.

    Raises
    ------
    ValueError
        When there are fewer than three different points, or all of them lie on one line.
    """
    places = np.array(points, float).reshape(-1, 2)
    if all(shape):
        places = np.clip(places, 0, (shape[1], shape[0]))
    keep = np.concatenate([[True], (np.diff(places, axis=0) != 0).any(1)]) if len(places) else np.zeros(0, bool)
    places = places[keep]
    if len(places) > 1 and (places[0] == places[-1]).all():
        places = places[:-1]
    if len(places) < 3 or narrow(places):
        raise ValueError("an outline needs three points that do not lie on one line")
    return Outline(places, kind, source=OWN_SOURCE)


def fallback_file(folder: Path, key: str) -> Path:
    """Return the path of outlines that cannot be saved beside their picture."""
    return folder / "outlines" / f"{key}{OWN_ENDING}"


def takes_files(folder: Path) -> bool:
    """Return whether drawings can lie in the folder of a picture.

    That is, whether it is one, no zip, that the user may write to, and that belongs to no installed package, such as
    the sample study's.
    """
    return folder.is_dir() and os.access(folder, os.W_OK) and not paths.is_installed(folder)


def saved_drawings(scan: Scan, own: Own) -> Own:
    """Return what was drawn on a scan: what lies beside the picture, else what the user's data folder keeps.

    Decodes: call it in worker threads.

    Parameters
    ----------
    scan
        The scan.
    own
        What it was opened with, which is returned where nothing else is found.

    Raises
    ------
    MammoviewError
        When the scan cannot be decoded, or what is kept cannot be read.
    """
    kept = fallback_file(paths.data_folder(), scan.pixel_hash)
    beside = present_own_file(scan.path)
    if beside.is_file() and (takes_files(beside.parent) or not kept.is_file()):
        with suppress(MammoviewError):  # reported when the scan was opened
            return _on(scan, parse_own(file_io.text(beside), beside))
    elif kept.is_file() and (not own or beside.is_file()):
        # Kept after what lies beside the picture, which cannot have been changed since.
        return _on(scan, parse_own(file_io.text(kept), kept))
    return own


def _on(scan: Scan, own: Own) -> Own:
    """Return the drawings that lie on a scan, as it is opened with them."""
    return tuple(one for one in own if lies_on(one.points, scan.rows, scan.columns))


def drawings_in(path: Path, scan: Scan) -> Own:
    """Return what a file of own drawings holds of a scan, as the scan is opened with it. Raises MammoviewError."""
    text = file_io.text(path)
    contents = OutlineFileContents(parse_outlines(text, path).get("", ()), annotations=parse_annotations(text, path))
    kept = contents.within(scan.rows, scan.columns)
    return (*counted(kept.outlines, Truth.OWN), *kept.annotations)


@dataclass(frozen=True)
class DrawingJournal:
    """The journal of one scan.

    Parameters
    ----------
    path
        File; made when first written to.
    """

    path: Path

    @classmethod
    def of(cls, folder: Path, key: str) -> DrawingJournal:
        """Return the journal of the pixels with that key, in the user's data folder."""
        return cls(folder / "journal" / f"{key}.jsonl")

    def keep(self, own: Own) -> None:
        """Append the current outlines and annotations. Raises MammoviewError."""
        self._append(dict(entries(own)), safely=True)

    def keep_stroke(self, points: Iterable[Point]) -> None:
        """Append new points of a line that is being drawn. Raises MammoviewError."""
        self._append({"stroke": [[float(x), float(y)] for x, y in points]}, safely=False)

    def clear(self, saved: Own | None = None) -> None:
        """Remove the journal: its contents are saved elsewhere.

        Parameters
        ----------
        saved
            What is saved; a journal with another last state stays, for that was drawn since. None removes any.
        """
        with JOURNAL_LOCK, suppress(OSError, MammoviewError):
            last = None if saved is None else self.recovered()
            if last is None or same_drawings(last, parse_own(outline_document(saved or ()), self.path)):
                self.path.unlink(missing_ok=True)

    def recovered(self) -> Own | None:
        """Return the last state, with an unfinished line closed; None when there is nothing to recover.

        Truncated or damaged lines are skipped.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except OSError:
            return None
        found: Own | None = None
        stroke: list[Point] = []
        for line in lines:
            with suppress(MammoviewError, ValueError, TypeError, KeyError, RecursionError):
                entry = json.loads(line)
                if "stroke" in entry:
                    stroke += [(float(x), float(y)) for x, y in entry["stroke"]]
                else:
                    lists = {"outlines": entry["outlines"], "annotations": entry.get("annotations", [])}
                    text = json.dumps({"mammoview_outlines": 1, "source": OWN_SOURCE, **lists})
                    found, stroke = parse_own(text, self.path), []
        with suppress(ValueError):
            found = (*(found or ()), own_outline(stroke))
        return found

    def _append(self, record: dict[str, object], safely: bool) -> None:
        """Append one line with one write; `safely` calls fsync."""
        try:
            with JOURNAL_LOCK:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    # The leading line break ends a line that a crash truncated.
                    os.write(handle, b"\n" + json.dumps(record).encode())
                    if safely:
                        os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise MammoviewError(
                f"changes to outlines cannot be kept ({error.strerror})", "Save them with Ctrl+S", self.path
            ) from error


def unsaved_journals(folder: Path) -> int:
    """Return on how many scans something was drawn that is in a journal only, in the user's data folder."""
    return sum(1 for _ in (folder / "journal").glob("*.jsonl"))


def same_drawings(one: Own, other: Own) -> bool:
    """Return whether two sets of outlines and annotations are equal."""
    return outline_document(one) == outline_document(other)
