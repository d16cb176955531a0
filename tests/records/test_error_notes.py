"""Notes of the workbench: kept, and never lost to a damaged file or to a later version."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.records.error_notes import RowNote, RowNotes, RowVerdict


def test_notes_survive_and_damaged_ones_are_set_aside(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    assert notes.read() == {}
    notes.write({"a": RowNote(RowVerdict.UNSURE, ""), "b": RowNote(None, ""), "c": RowNote(None, "see again")})
    assert notes.read() == {"a": RowNote(RowVerdict.UNSURE, ""), "c": RowNote(None, "see again")}
    assert "b" not in json.loads(notes.file.read_text(encoding="utf-8"))["notes"]
    notes.file.write_text("{", encoding="utf-8")
    with pytest.raises(UnreadableError, match="damaged"):
        notes.read()
    assert notes.read() == {} and (tmp_path / "notes.damaged").exists()
    notes.file.write_text("[]", encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"moved to notes-2\.damaged"):
        notes.read()
    assert (tmp_path / "notes.damaged").read_text(encoding="utf-8") == "{"


def test_notes_that_cannot_be_read_just_now_are_left_where_they_are(tmp_path: Path, monkeypatch) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    notes.write({"a": RowNote(None, "see again")})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_a, **_k: (_ for _ in ()).throw(PermissionError(13, "Denied")))
        with pytest.raises(UnreadableError, match="cannot be read"):
            notes.read()
        with pytest.raises(MammoviewError, match="cannot be kept"):
            notes.write({})
    assert notes.read() == {"a": RowNote(None, "see again")}


def test_one_note_that_is_not_understood_costs_no_other_and_stays_in_the_file(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    later = {"verdict": "a word of a later version", "note": "x"}
    held = {"a": {"verdict": None, "note": "see again"}, "b": later}
    notes.file.write_text(json.dumps({"notes": held}), encoding="utf-8")
    assert notes.read() == {"a": RowNote(None, "see again")}
    notes.write({"c": RowNote(None, "new")})
    kept = json.loads(notes.file.read_text(encoding="utf-8"))["notes"]
    assert sorted(kept) == ["b", "c"] and kept["b"] == later
