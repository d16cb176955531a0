"""Folders of the user that earlier versions called by another name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.paths import renamed


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A folder of an earlier version with a file and a folder in it."""
    folder = tmp_path / "before"
    (folder / "more").mkdir(parents=True)
    (folder / "kept.txt").write_text("kept")
    (folder / "more" / "deep.txt").write_text("deep")
    return folder


def test_a_folder_of_an_earlier_name_is_renamed_with_all_that_it_holds(before: Path) -> None:
    now = renamed(before.with_name("now"), "before")
    assert now == before.with_name("now") and not before.exists()
    assert (now / "kept.txt").read_text() == "kept" and (now / "more" / "deep.txt").read_text() == "deep"
    assert renamed(now, "before") == now, "and again there is nothing to do"


def test_files_join_those_that_are_there_and_replace_none(before: Path) -> None:
    now = before.with_name("now")
    now.mkdir()
    (now / "kept.txt").write_text("newer")
    assert renamed(now, "before") == now
    assert (now / "kept.txt").read_text() == "newer" and (before / "kept.txt").read_text() == "kept"
    assert (now / "more" / "deep.txt").read_text() == "deep"


def test_a_folder_that_cannot_be_renamed_is_used_where_it_is(before: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _target: Path) -> Path:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refuse)
    assert renamed(before.with_name("now"), "before") == before
    assert (before / "kept.txt").read_text() == "kept"


def test_without_an_earlier_folder_none_is_made(tmp_path: Path) -> None:
    assert renamed(tmp_path / "now", "before") == tmp_path / "now"
    assert list(tmp_path.iterdir()) == []
