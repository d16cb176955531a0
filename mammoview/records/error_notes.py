"""Verdicts and notes on rows of an evaluation, kept under the key and the place of a lesion or mark.

A key consists of the content of a picture and a number. Another model puts another mark under the same number, so that
a note belongs to a row only where the place agrees, too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError

NEAR_PX = 0.5
"""Two places that differ by no more along each axis are the same, stored pixels."""


class RowVerdict(StrEnum):
    """What a person says of a lesion that was missed, or of a mark."""

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
        None and empty where nothing was said.
    place
        Column and row of the lesion or mark, stored pixels; None for a note of which it is not known.
    """

    verdict: RowVerdict | None = None
    note: str = ""
    place: tuple[float, float] | None = None

    def __bool__(self) -> bool:
        return self.verdict is not None or bool(self.note)


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
    # Whole pixels of places that are the same may differ by one.
    for name in (f"{key} {column + x} {row + y}" for x in (0, -1, 1) for y in (0, -1, 1)):
        at = notes[name].place if name in notes else None
        if at is not None and max(abs(at[0] - place[0]), abs(at[1] - place[1])) <= NEAR_PX:
            return name
    return f"{key} {column} {row}"


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
            held = self._held()
        except OSError as error:
            what = f"the notes of the workbench cannot be read ({error.strerror})"
            raise UnreadableError(what, "See whether the file may be read, and try again", self.file) from error
        except (ValueError, KeyError, TypeError) as error:
            remedy = self._set_aside()
            raise UnreadableError("the notes of the workbench are damaged", remedy, self.file) from error
        found = {key: _understood(one) for key, one in held.items()}
        return {key: note for key, note in found.items() if note is not None}

    def write(self, notes: Mapping[str, RowNote]) -> None:
        """Write all notes, whole or not at all; rows of which nothing is said are left out. Raises MammoviewError."""
        held = {key: asdict(note) for key, note in sorted(notes.items()) if note}
        try:
            held = {key: one for key, one in self._held().items() if _understood(one) is None} | held
        except (ValueError, KeyError, TypeError):
            self._set_aside()
        except OSError as error:
            what = f"the notes of the workbench cannot be kept ({error.strerror})"
            raise MammoviewError(what, "See whether the file may be read, and try again", self.file) from error
        try:
            with atomic_write(self.file, lasting=True, private=True) as partial:
                partial.write_text(json.dumps({"mammoview_row_notes": 1, "notes": held}, indent=1), encoding="utf-8")
        except OSError as error:
            what = f"the notes of the workbench cannot be kept ({error.strerror})"
            raise MammoviewError(what, "Make room on the disk; they are held until then", self.file) from error

    def _held(self) -> dict[str, Any]:
        """Return what the file holds by key. Raises OSError; ValueError, KeyError or TypeError where it is damaged."""
        try:
            held = json.loads(self.file.read_text(encoding="utf-8"))["notes"]
        except FileNotFoundError:
            return {}
        if not isinstance(held, dict):
            raise TypeError(type(held).__name__)
        return held

    def _set_aside(self) -> str:
        """Rename the damaged file to a name that is free, and return what the user reads of it."""
        names = (f"{self.file.stem}{f'-{number}' if number > 1 else ''}.damaged" for number in count(1))
        aside = next(file for file in map(self.file.with_name, names) if not file.exists())
        try:
            self.file.replace(aside)
        except OSError:
            return "Move the file to another folder"
        return f"They were moved to {aside.name}"


def _understood(one: Any) -> RowNote | None:  # noqa: ANN401
    """Return a note from its fields in the file; None where they are not those of a note."""
    try:
        column_row = one.get("place")
        place = None if column_row is None else (float(column_row[0]), float(column_row[1]))
        return RowNote(RowVerdict(one["verdict"]) if one["verdict"] else None, str(one["note"]), place)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
