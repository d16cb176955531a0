"""Verdicts and notes on rows of an evaluation, kept under the key and the place of a lesion or mark.

A key consists of the content of a picture and a number. Another model puts another mark under the same number, so that
a note belongs to a row only where the place agrees, too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.core.process_lock import locked_file

NEAR_PX = 0.5
"""Two places that differ by no more along each axis are the same, stored pixels."""
_PLACES_A_PIXEL = 4
"""So many places that are not the same round to one pixel at most: two along each axis."""
_NEXT = " #"
"""Stands before the number of the second and following of them in their names."""


class RowVerdict(StrEnum):
    """A person's verdict on a lesion that was missed, or on a mark."""

    RIGHT = "the model is right"
    WRONG = "the model is wrong"
    TRUTH_WRONG = "the outline is wrong"
    UNSURE = "not sure"


@dataclass(frozen=True)
class RowNote:
    """Verdict and note on one row.

    Parameters
    ----------
    verdict, note
        None and empty where there is none.
    place
        Column and row of the lesion or mark, stored pixels; None for a note of which it is not known.
    """

    verdict: RowVerdict | None = None
    note: str = ""
    place: tuple[float, float] | None = None

    def __bool__(self) -> bool:
        return self.verdict is not None or bool(self.note)


@dataclass(frozen=True)
class NoteChange:
    """A change of the note on a row.

    Parameters
    ----------
    after
        Verdict and note as they are to be.
    before
        As they were shown when they were changed.
    """

    after: RowNote
    before: RowNote = RowNote()

    def applied(self, kept: RowNote) -> RowNote:
        """Return what was kept, in which another window may have changed what was not changed here."""
        verdict, note = self.after.verdict, self.after.note
        return RowNote(
            kept.verdict if verdict == self.before.verdict else verdict,
            kept.note if note == self.before.note else note,
            self.after.place,
        )


@dataclass(frozen=True, eq=False)
class RowStatement:
    """One statement of a person on some rows.

    Parameters
    ----------
    keys
        Keys of the lesions or marks, object (N,) of str.
    places
        Their columns and rows, stored pixels, float64 (N, 2); NaN where they are not known.
    fields
        Verdict or note, or both, under the names of the fields of `RowNote`; what is not among them stays.
    """

    keys: NDArray[np.object_]
    places: NDArray[np.float64]
    fields: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class NotesOnRows:
    """The notes on each of some rows.

    Parameters
    ----------
    verdict
        Object (N,) of `RowVerdict` or None.
    note
        Object (N,) of str.
    """

    verdict: NDArray[np.object_]
    note: NDArray[np.object_]

    @classmethod
    def of(cls, notes: Mapping[str, RowNote], keys: NDArray[np.object_], places: NDArray[np.float64]) -> NotesOnRows:
        """Return the notes on rows; some tenths of a second for many notes, for worker threads.

        Parameters
        ----------
        notes
            By `name_of` their row.
        keys, places
            As of a `RowStatement`.
        """
        found = cls(np.full(len(keys), None, object), np.full(len(keys), "", object))
        noted = keys_of(notes)
        for row, key in enumerate(keys.tolist()):
            if key in noted:
                one = notes.get(name_of(notes, key, (float(places[row, 0]), float(places[row, 1]))), RowNote())
                found.verdict[row], found.note[row] = one.verdict, one.note
        return found


def applied(
    statements: Iterable[RowStatement], notes: Mapping[str, RowNote]
) -> tuple[dict[str, NoteChange], dict[str, RowNote]]:
    """Return what statements change, by `name_of` their rows, and all notes with them; for worker threads.

    Parameters
    ----------
    statements
        In the order in which they were made.
    notes
        By name, as they were shown before the first one.
    """
    after, changes = dict(notes), dict[str, NoteChange]()
    noted = keys_of(after)
    for statement in statements:
        for key, (column, row) in zip(statement.keys.tolist(), statement.places.tolist(), strict=True):
            place = (column, row)
            name = name_of(after if key in noted else {}, key, place)
            before = after.get(name, RowNote())
            known = place if all(map(math.isfinite, place)) else None
            after[name] = replace(before, place=known, **statement.fields)
            changes[name] = NoteChange(after[name], changes[name].before if name in changes else before)
            noted.add(key)
    return changes, after


def name_of(notes: Mapping[str, RowNote], key: str, place: tuple[float, float]) -> str:
    """Return the name of the note on a place, or the one that a first note on it gets.

    Parameters
    ----------
    notes
        By their names.
    key
        Key of the lesion or mark.
    place
        Its column and row, stored pixels.
    """
    if not all(map(math.isfinite, place)):
        return key
    column, row = map(round, place)
    pixel = f"{key} {column} {row}"
    if not notes:
        return pixel
    # The same place may be rounded to neighbouring pixels.
    for beside in (f"{key} {column + x} {row + y}" for x in (0, -1, 1) for y in (0, -1, 1)):
        for name in _names_within(beside):
            if name in notes and _is_at(notes[name], place):
                return name
    return next((name for name in _names_within(pixel) if name not in notes), pixel)


def keys_of(names: Iterable[str]) -> set[str]:
    """Return the keys that notes of these names may be about."""
    places = {name.partition(_NEXT)[0] for name in names}
    return places | {pixel.rsplit(" ", 2)[0] for pixel in places}


def _names_within(pixel: str) -> list[str]:
    """Return the names of notes whose places round to the same pixel, but are not the same."""
    return [pixel, *(f"{pixel}{_NEXT}{number}" for number in range(2, _PLACES_A_PIXEL + 1))]


def _is_at(note: RowNote, place: tuple[float, float]) -> bool:
    """Whether a note belongs to a place."""
    at = note.place
    return at is not None and max(abs(at[0] - place[0]), abs(at[1] - place[1])) <= NEAR_PX


@dataclass(frozen=True)
class RowNotes:
    """The notes on disk, one file for all evaluations: the same lesion has the same key and place in each.

    Parameters
    ----------
    file
        Made when first written to.
    """

    file: Path

    @classmethod
    def of(cls, folder: Path) -> RowNotes:
        """Return those in the user's data folder."""
        return cls(folder / "workbench" / "notes.json")

    def read(self) -> dict[str, RowNote]:
        """Return the notes by `name_of` their row; those that cannot be understood are left out, and stay in the file.

        Raises
        ------
        UnreadableError
            When the file cannot be read, or is damaged; a damaged one is renamed, so that the next note does not
            overwrite it.
        """
        try:
            kept = self._held()
        except OSError as error:
            what = f"the notes of the workbench cannot be read ({error.strerror})"
            raise UnreadableError(what, "See whether the file may be read, and try again", self.file) from error
        except (ValueError, KeyError, TypeError) as error:
            remedy = self._set_aside()
            raise UnreadableError("the notes of the workbench are damaged", remedy, self.file) from error
        return _all_understood(kept)

    def update(self, changes: Mapping[str, NoteChange]) -> dict[str, RowNote]:
        """Enter changes into the file, whole or not at all, and return all notes that it holds then.

        What other windows wrote meanwhile stays: of a note that two of them changed, each keeps what it alone changed.
        Rows without a note are removed.

        Parameters
        ----------
        changes
            By `name_of` their row.

        Raises
        ------
        MammoviewError
            When the file cannot be read or written.
        """
        with ExitStack() as stack:
            with suppress(OSError):  # some file systems have no locks; a folder that is not writable is reported below
                self.file.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(locked_file(self.file.with_suffix(".lock")))
            kept = self._merged(changes)
            text = json.dumps({"mammoview_row_notes": 1, "notes": dict(sorted(kept.items()))}, indent=1)
            try:
                with atomic_write(self.file, lasting=True, private=True) as partial:
                    partial.write_text(text, encoding="utf-8")
            except OSError as error:
                what = f"the notes of the workbench cannot be kept ({error.strerror})"
                raise MammoviewError(what, "Make room on the disk; they are held until then", self.file) from error
        return _all_understood(kept)

    def _merged(self, changes: Mapping[str, NoteChange]) -> dict[str, Any]:
        """Return what the file holds, with changes. Raises MammoviewError where it cannot be read."""
        kept: dict[str, Any] = {}
        try:
            kept = self._held()
        except (ValueError, KeyError, TypeError):
            self._set_aside()
        except OSError as error:
            what = f"the notes of the workbench cannot be kept ({error.strerror})"
            raise MammoviewError(what, "See whether the file may be read, and try again", self.file) from error
        for name_changed, change in changes.items():
            name = _name_in(kept, name_changed, change.after.place)
            note = change.applied(_understood(kept.get(name)) or RowNote())
            if note:
                kept[name] = asdict(note)
            else:
                kept.pop(name, None)
        return kept

    def _held(self) -> dict[str, Any]:
        """Return what the file holds by key. Raises OSError; ValueError, KeyError or TypeError where it is damaged."""
        try:
            kept = json.loads(self.file.read_text(encoding="utf-8"))["notes"]
        except FileNotFoundError:
            return {}
        if not isinstance(kept, dict):
            raise TypeError(type(kept).__name__)
        return kept

    def _set_aside(self) -> str:
        """Rename the damaged file to a name that is free, and return what the user reads of it."""
        names = (f"{self.file.stem}{f'-{number}' if number > 1 else ''}.damaged" for number in count(1))
        aside = next(file for file in map(self.file.with_name, names) if not file.exists())
        try:
            self.file.replace(aside)
        except OSError:
            return "Move the file to another folder"
        return f"They were moved to {aside.name}"


def _name_in(kept: Mapping[str, Any], name: str, place: tuple[float, float] | None) -> str:
    """Return the name of a note in the file, where another window may have given `name` to another place meanwhile."""
    if place is None:
        return name
    names = (name, *_names_within(name.partition(_NEXT)[0]))
    found = {one: _understood(kept[one]) for one in names if one in kept}
    here = (one for one, note in found.items() if note is not None and (note.place is None or _is_at(note, place)))
    free = (one for one in names if one not in kept)
    return next(chain(here, free), name)


def _all_understood(kept: Mapping[str, Any]) -> dict[str, RowNote]:
    """Return the notes that can be understood."""
    found = {key: _understood(one) for key, one in kept.items()}
    return {key: note for key, note in found.items() if note is not None}


def _understood(one: Any) -> RowNote | None:  # noqa: ANN401
    """Return a note from its fields in the file; None where they are not those of a note."""
    try:
        column_row = one.get("place")
        place = None if column_row is None else (float(column_row[0]), float(column_row[1]))
        return RowNote(RowVerdict(one["verdict"]) if one["verdict"] else None, str(one["note"]), place)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
