"""Notes of the workbench: kept, and never lost to a damaged file or to a later version."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.records.error_notes import NoteChange, RowNote, RowNotes, RowVerdict, name_of
from tests.support.timeouts import PATIENCE_S


def said(notes: dict[str, RowNote]) -> dict[str, NoteChange]:
    """Return notes on rows of which nothing was said before."""
    return {name: NoteChange(note) for name, note in notes.items()}


def test_notes_survive_and_damaged_ones_are_set_aside(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    assert notes.read() == {}
    notes.update(said({"a": RowNote(RowVerdict.UNSURE, ""), "b": RowNote(None, ""), "c": RowNote(None, "see again")}))
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
    notes.update(said({"a": RowNote(None, "see again")}))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_a, **_k: (_ for _ in ()).throw(PermissionError(13, "Denied")))
        with pytest.raises(UnreadableError, match="cannot be read"):
            notes.read()
        with pytest.raises(MammoviewError, match="cannot be kept"):
            notes.update({})
    assert notes.read() == {"a": RowNote(None, "see again")}


def test_one_note_that_is_not_understood_costs_no_other_and_stays_in_the_file(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    later = {"verdict": "a word of a later version", "note": "x"}
    held = {"a": {"verdict": None, "note": "see again"}, "b": later}
    notes.file.write_text(json.dumps({"notes": held}), encoding="utf-8")
    assert notes.read() == {"a": RowNote(None, "see again")}
    notes.update(said({"c": RowNote(None, "new")}))
    kept = json.loads(notes.file.read_text(encoding="utf-8"))["notes"]
    assert sorted(kept) == ["a", "b", "c"] and kept["b"] == later


def test_notes_of_two_windows_are_merged(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    first = RowNote(RowVerdict.UNSURE, "see again", (1.0, 2.0))
    notes.update(said({"a": first}))
    notes.update(said({"b": RowNote(None, "of another window")}))
    # Each window has seen `first`, and changes a part of it, or all.
    notes.update({"a": NoteChange(replace(first, verdict=RowVerdict.WRONG), first)})
    found = notes.update({"a": NoteChange(replace(first, note="a vessel"), first)})
    assert found == notes.read() == {
        "a": RowNote(RowVerdict.WRONG, "a vessel", (1.0, 2.0)), "b": RowNote(None, "of another window"),
    }  # fmt: skip
    notes.update({"a": NoteChange(RowNote(place=(1.0, 2.0)), found["a"])})
    assert notes.read() == {"b": RowNote(None, "of another window")}


_WRITER = """
import sys
from pathlib import Path
from mammoview.records.error_notes import NoteChange, RowNote, RowNotes
for number in range(40):
    RowNotes(Path(sys.argv[1])).update({f"{sys.argv[2]} {number}": NoteChange(RowNote(None, "said"))})
"""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(file), name]) for name in "ab"]
    assert [writer.wait(PATIENCE_S) for writer in writers] == [0, 0]
    assert RowNotes(file).read().keys() == {f"{name} {number}" for name in "ab" for number in range(40)}


def test_places_that_round_to_one_pixel_have_notes_of_their_own(tmp_path: Path) -> None:
    notes = RowNotes(tmp_path / "notes.json")
    places = [(10.4, 7.4), (9.6, 7.4), (10.4, 6.6), (9.6, 6.6)]
    for place in places:
        notes.update(said({name_of(notes.read(), "mark 2", place): RowNote(None, str(place), place)}))
    kept = notes.read()
    assert [kept[name_of(kept, "mark 2", place)].note for place in places] == list(map(str, places))
    # Of two windows that know of no note yet, each gives its place the same name.
    apart = RowNotes(tmp_path / "apart.json")
    for place in places:
        apart.update(said({name_of({}, "mark 2", place): RowNote(None, str(place), place)}))
    kept = apart.read()
    assert [kept[name_of(kept, "mark 2", place)].note for place in places] == list(map(str, places))
    first = kept[name_of(kept, "mark 2", places[3])]
    kept = apart.update({name_of({}, "mark 2", places[3]): NoteChange(replace(first, note=""), first)})
    assert sorted(note.note for note in kept.values()) == sorted(map(str, places[:3]))
    # The name that is free now is not taken by a place that has one.
    kept = apart.update({name_of(kept, "mark 2", places[0]): NoteChange(RowNote(place=places[0]), kept["mark 2 10 7"])})
    said_now = NoteChange(RowNote(None, "again", places[2]), kept[name_of(kept, "mark 2", places[2])])
    kept = apart.update({name_of({}, "mark 2", places[2]): said_now})
    assert sorted(note.note for note in kept.values()) == sorted([str(places[1]), "again"])
