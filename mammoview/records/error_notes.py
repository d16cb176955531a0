"""Verdicts and notes on rows of an evaluation, kept under keys of lesions and marks, which depend on content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError


class RowVerdict(StrEnum):
    """What a person says of a lesion that was missed, or of a mark."""

    RIGHT = "the model is right"
    WRONG = "the model is wrong"
    TRUTH_WRONG = "the outline is wrong"
    UNSURE = "not sure"


@dataclass(frozen=True)
class RowNote:
    """Verdict and note on one row; None and empty where nothing was said."""

    verdict: RowVerdict | None = None
    note: str = ""

    def __bool__(self) -> bool:
        return self.verdict is not None or bool(self.note)


@dataclass(frozen=True)
class RowNotes:
    """The notes on disk, one file for all evaluations: the same lesion has the same key in each.

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
        """Return the notes by the key of their row; those that cannot be understood are left out, and stay in the file.

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
        return RowNote(RowVerdict(one["verdict"]) if one["verdict"] else None, str(one["note"]))
    except (ValueError, KeyError, TypeError):
        return None
