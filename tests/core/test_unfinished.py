"""Half-written files of killed processes go at the next start, those of living ones stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mammoview.core import unfinished
from mammoview.core.atomic_write import partial_name
from tests.support.timeouts import PROGRAM_S

WRITER = """
import sys
from pathlib import Path
from mammoview.core import paths
from mammoview.core import unfinished
from mammoview.core.atomic_write import partial_name, atomic_write
paths.running_folder = lambda: Path(sys.argv[1])
folder = Path(sys.argv[2])
(partial_name(folder / "MUELLER_L_CC")).mkdir()
with atomic_write(folder / "MUELLER_L_CC.png") as partial:
    partial.write_text("half")
    print("writing", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def writer(fresh_running_folder: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """A process that is just writing a file."""
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", WRITER, str(fresh_running_folder), str(tmp_path / "out")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "writing\n"
    return process


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(
    writer: subprocess.Popen[str], tmp_path: Path, fresh_running_folder: Path
) -> None:
    out = tmp_path / "out"
    (out / "sound.png").write_text("sound")
    (out / ".mammoview-0123-1.part").write_text("of a process on another machine")
    own = partial_name(out / "own.png")
    own.write_text("half")
    left = {file.name for file in out.iterdir()}
    assert len(left) == 5 and not any("MUELLER" in name for name in left)
    assert unfinished.remove() == 0
    assert {file.name for file in out.iterdir()} == left
    writer.kill()
    writer.communicate()
    assert unfinished.remove() == 2
    assert {file.name for file in out.iterdir()} == {"sound.png", ".mammoview-0123-1.part", own.name}
    assert len(list(fresh_running_folder.iterdir())) == 1, "that of this process stays"
    own.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_process_that_ends_leaves_nothing(
    writer: subprocess.Popen[str], tmp_path: Path, fresh_running_folder: Path
) -> None:
    before = set(fresh_running_folder.iterdir())
    writer.communicate("\n")
    assert writer.returncode == 0
    assert (tmp_path / "out" / "MUELLER_L_CC.png").read_text() == "half"
    assert len(before) - len(set(fresh_running_folder.iterdir())) == 1


def test_a_folder_that_is_unplugged_is_waited_for(writer: subprocess.Popen[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    writer.kill()
    writer.communicate()
    out.rename(tmp_path / "unplugged")
    assert unfinished.remove() == 0
    (tmp_path / "unplugged").rename(out)
    assert unfinished.remove() == 2 and not list(out.iterdir())


NO_LOCK = """
import sys
from pathlib import Path
from mammoview.core import paths, unfinished
from mammoview.core.atomic_write import atomic_write
folder = Path(sys.argv[1])
paths.running_folder = lambda: folder / "file" / "running"
with atomic_write(folder / "a.txt") as partial:
    partial.write_text("a")
print((folder / "a.txt").read_text(), unfinished.remove())
"""


def test_files_are_written_where_no_lock_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", NO_LOCK, tmp_path], capture_output=True, text=True, timeout=PROGRAM_S, check=True
    )
    assert done.stdout.split() == ["a", "0"]


ENDED = """
import signal, sys
from mammoview.core.exit_codes import handle_termination_signals, exit_code
handle_termination_signals()
def work():
    try:
        print("working", flush=True)
        while True:
            signal.pause()
    finally:
        print("cleaned", flush=True)
sys.exit(exit_code(work))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("ignored", [False, True])
def test_the_end_of_a_session_unwinds_what_is_under_way(name: str, ignored: bool) -> None:
    number = getattr(signal, name)
    # Set in both cases: a run of the tests that was started by nohup ignores SIGHUP itself.
    before = signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        process = subprocess.Popen([sys.executable, "-c", ENDED], stdout=subprocess.PIPE, text=True)
    finally:
        signal.signal(number, before)
    assert process.stdout is not None and process.stdout.readline() == "working\n"
    os.kill(process.pid, number)
    if ignored:
        process.kill()
    assert process.communicate()[0] == ("" if ignored else "cleaned\n")
    assert process.returncode == (-signal.SIGKILL if ignored else 128 + number)
