"""A run that did not end as it should leaves a record, which states where it ended and is anonymous."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mammoview.core import fault_report, paths, run_record
from mammoview.core.run_record import RunRecord, forget, last_crash
from tests.support.timeouts import PATIENCE_S

RUN = """
import ctypes, os, sys
from pathlib import Path
from mammoview.core import fault_report, paths
from mammoview.core.run_record import RunRecord
paths.running_folder = lambda: Path(sys.argv[1])
record = RunRecord()
record.begin()
def fails_for_Doe_Jane():
    raise ValueError("Doe^Jane")
try:
    fails_for_Doe_Jane()
except ValueError as error:
    record.note(fault_report.of_error(error))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the records; the stack of this process is left to pytest."""
    monkeypatch.setattr(run_record.faulthandler, "enable", lambda *_args, **_more: None)
    monkeypatch.setattr(run_record.faulthandler, "disable", lambda: None)
    found = tmp_path / "running"
    monkeypatch.setattr(paths, "running_folder", lambda: found)
    return found


@pytest.fixture
def run(folder: Path) -> Callable[[str], int]:
    """Run code in a process of its own that has a record with one fault; returns the exit code."""

    def made(end: str) -> int:
        command = [sys.executable, "-c", RUN + end, str(folder)]
        return subprocess.run(command, timeout=PATIENCE_S, check=False, stderr=subprocess.DEVNULL).returncode

    return made


def test_a_run_that_ends_as_it_should_leaves_nothing(run, folder: Path):
    assert run("record.end()") == 0
    assert list(folder.iterdir()) == [] and last_crash() is None


def test_a_run_that_the_system_ended_says_where_and_names_nobody(run, folder: Path):
    assert run("import pydicom.util.codify, ctypes\nctypes.string_at(0)") != 0
    crash = last_crash()
    assert crash is not None and crash.started > 1.7e9
    error, stack = crash.faults
    assert error.endswith("ValueError") and stack.splitlines()[-1] in ("Segmentation fault", "access violation")
    assert "ctypes:" in stack and "in string_at" in stack and "other code" in stack
    for text in crash.faults:
        assert "Doe" not in text and str(Path(__file__).parents[2]) not in text and '"' not in text
    forget(crash)
    assert last_crash() is None


def test_a_run_that_was_killed_without_a_trace_is_known_too(run):
    run("os._exit(9)")
    crash = last_crash()
    assert crash is not None and len(crash.faults) == 1


def test_a_run_that_goes_on_has_not_crashed_and_only_the_latest_crash_is_kept(run, folder: Path):
    record = RunRecord()
    record.begin()
    try:
        assert last_crash() is None
        for _ in range(2):
            run("os._exit(9)")
        (folder / f"{run_record.host()}-0{run_record.ENDING}").write_bytes(b"\xff nonsense")
        assert len(list(folder.iterdir())) == 4
        assert last_crash() is not None
        assert len(list(folder.iterdir())) == 2
    finally:
        record.end()


def test_without_a_place_for_it_a_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(paths, "running_folder", lambda: tmp_path / "file" / "running")
    record = RunRecord()
    record.begin()
    record.note("ValueError")
    record.end()
    assert last_crash() is None


def test_files_of_a_stack_become_modules():
    package = Path(fault_report.__file__).parents[1]
    stack = f"""Fatal Python error: Aborted

Stack (most recent call first):
  File "{package / "qt" / "canvas" / "image_item.py"}", line 7 in paint
  File "/films/Doe/secret.py", line 3 in Doe
  File "{package / "core" / "__init__.py"}", line 1 in <module>
"""
    assert fault_report.of_stack(fault_report.split_stacks("ValueError\n" + stack)[0]).splitlines() == [
        "  mammoview.core:1 in <module>",
        "  other code",
        "  mammoview.qt.canvas.image_item:7 in paint",
        "Aborted",
    ]


def test_exceptions_after_which_windows_goes_on_are_stacks_too_and_no_line_of_theirs_is_taken_over(folder: Path):
    package = Path(fault_report.__file__).parents[1]
    frame = f'  File "{package / "core" / "paths.py"}", line 3 in of\n  File "C:\\Users\\Doe\\a.py", line 2 in Doe\n'
    record = RunRecord()
    record.begin()
    record.close()
    with record.path.open("a") as file:
        for code in ("code 0x8001010d", "access violation"):
            file.write(f"Windows fatal exception: {code}\n\nStack (most recent call first):\n{frame}\nDoe\n")
            file.write(f"\n>   mammoview.core.paths:7 in of\n> {code[:4]}Error\n")
    assert last_crash().faults == (
        "  other code\n  mammoview.core.paths:3 in of\ncode 0x8001010d",
        "  mammoview.core.paths:7 in of\ncodeError",
        "  other code\n  mammoview.core.paths:3 in of\naccess violation",
        "  mammoview.core.paths:7 in of\nacceError",
    )


def test_it_says_which_study_was_shown_last_by_a_hash_alone(folder: Path):
    record = RunRecord()
    record.note_study("before the first paint")
    record.begin()
    for key in ("Doe one", "Doe two"):
        record.note_study(key)
        record.note("ValueError")
    record.close()
    (path,) = folder.iterdir()
    assert "Doe" not in path.read_text()
    crash = last_crash()
    assert crash.showed_last("Doe two") and not crash.showed_last("Doe one") and crash.faults == ("ValueError",) * 2
    path.write_text("nonsense")
    assert last_crash().started == 0 and not last_crash().showed_last("") and not last_crash().showed_last("Doe two")


def test_a_long_record_still_says_which_study_was_shown_last(folder: Path):
    record = RunRecord()
    record.begin()
    record.note_study("an earlier one")
    while record.path.stat().st_size < 3 * run_record.MOST_BYTES:
        record.note("  mammoview.core.paths:7 in of\n" * 300 + "ValueError")
    record.note_study("the last one")
    record.note("KeyError")
    record.close()
    crash = last_crash()
    assert crash is not None and crash.started > 1.7e9
    assert crash.showed_last("the last one") and not crash.showed_last("an earlier one")
    assert crash.faults[-1] == "KeyError" and sum(map(len, crash.faults)) <= run_record.MOST_BYTES
