"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mammoview.core.atomic_write import atomic_write, leftover_files, partial_name


def test_what_was_written_takes_the_place_of_what_stood_there(tmp_path: Path) -> None:
    file = tmp_path / "new" / "table.csv"
    for text in ("first", "second"):
        with atomic_write(file) as partial:
            partial.write_text(text)
            assert partial.parent == file.parent
        assert file.read_text() == text
    assert [f.name for f in file.parent.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_what_stood_there_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / "table.csv"
    file.write_text("sound")

    def half() -> None:
        with atomic_write(file) as partial:
            partial.write_text("ha")
            raise error

    with pytest.raises(type(error)):
        half()
    assert file.read_text() == "sound" and list(tmp_path.iterdir()) == [file]


def test_a_writer_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "table.csv"):
        pass
    assert not list(tmp_path.iterdir())


def test_two_threads_that_write_one_file_leave_one_of_both(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    texts = [str(n) * 200_000 for n in range(8)]

    def write(text: str) -> None:
        with atomic_write(file) as partial:
            partial.write_text(text)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, texts))
    assert file.read_text() in texts and list(tmp_path.iterdir()) == [file]


def test_a_lasting_file_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, synced = tmp_path / "reading.json", []
    monkeypatch.setattr(os, "fsync", lambda _handle: synced.append(file.exists()))
    with atomic_write(file, lasting=True) as partial:
        partial.write_text("{}")
    assert synced == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_private_file_is_nobody_elses(tmp_path: Path) -> None:
    for private in (True, False):
        with atomic_write(tmp_path / "reading.json", private=private) as partial:
            partial.write_text("{}")
        assert bool(stat.S_IMODE((tmp_path / "reading.json").stat().st_mode) & 0o044) is not private


def test_what_a_killed_process_left_is_found(tmp_path: Path) -> None:
    left = partial_name(tmp_path / "scan.npz")
    left.write_text("half")
    (tmp_path / "scan.npz").write_text("whole")
    assert leftover_files(tmp_path) == [left]
