"""Verdicts and notes on rows of an evaluation, kept under keys of lesions and marks, which depend on content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

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
        """Return the notes by the key of their row.

        Raises
        ------
        UnreadableError
            When the file is damaged; it is renamed, so that the next note does not overwrite it.
        """
        try:
            held = json.loads(self.file.read_text(encoding="utf-8"))["notes"]
            return {
                str(key): RowNote(RowVerdict(one["verdict"]) if one["verdict"] else None, str(one["note"]))
                for key, one in held.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self.file.with_suffix(".damaged")
            with suppress(OSError):
                self.file.replace(aside)
            remedy = f"They were moved to {aside.name}"
            raise UnreadableError("the notes of the workbench are damaged", remedy, self.file) from error

    def write(self, notes: Mapping[str, RowNote]) -> None:
        """Write all notes, whole or not at all; rows of which nothing is said are left out. Raises MammoviewError."""
        held = {key: asdict(note) for key, note in sorted(notes.items()) if note}
        try:
            with atomic_write(self.file, lasting=True, private=True) as partial:
                partial.write_text(json.dumps({"mammoview_row_notes": 1, "notes": held}, indent=1), encoding="utf-8")
        except OSError as error:
            what = f"the notes of the workbench cannot be kept ({error.strerror})"
            raise MammoviewError(what, "Make room on the disk; they are held until then", self.file) from error
