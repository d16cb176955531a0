"""The audit log records what happened, and shows when something was taken out of it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mammoview.cli import command_line
from mammoview.core import audit_log, paths
from mammoview.core.audit_log import AuditEvent, AuditLog, EventKind
from mammoview.core.errors import MammoviewError
from tests.support.timeouts import PATIENCE_S


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    return AuditLog.of(tmp_path / "data")


def event(layer: str = "heatmap", on: bool = True) -> AuditEvent:
    return AuditEvent(EventKind.LAYER, "someone", "ab" * 16, {"layer": layer, "on": on})


def test_each_event_is_one_line_in_order(log: AuditLog):
    log.append([event("heatmap"), event("grid")])
    log.append([event("grid", on=False)])
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [(line["line"], line["facts"]["layer"], line["facts"]["on"]) for line in lines] == [
        (1, "heatmap", True),
        (2, "grid", True),
        (3, "grid", False),
    ]
    assert {(line["who"], line["event"], line["study"]) for line in lines} == {("someone", "layer", "ab" * 16)}
    assert all(line["time"].endswith("Z") for line in lines)
    found = log.verify()
    assert (len(found.lines), found.torn, found.problems) == (3, 0, ())


def test_no_log_is_whole(log: AuditLog):
    assert log.verify() == audit_log.AuditVerification((), 0, ())


@pytest.mark.parametrize("gone", range(5))
def test_a_line_that_was_removed_shows(log: AuditLog, gone: int):
    for _ in range(5):
        log.append([event()])
    lines = log.path.read_text().splitlines(keepends=True)
    log.path.write_text("".join(lines[:gone] + lines[gone + 1 :]))
    assert log.verify().problems


def test_a_line_that_was_altered_shows(log: AuditLog):
    log.append([event(), event("grid"), event("saliency")])
    log.path.write_text(log.path.read_text().replace('"grid"', '"gird"'))
    (problem,) = log.verify().problems
    assert "line 2" in problem


def test_a_line_that_was_put_in_or_moved_shows(log: AuditLog):
    log.append([event(), event("grid"), event("saliency")])
    lines = log.path.read_text().splitlines(keepends=True)
    for others in ([lines[0], lines[0], *lines[1:]], [lines[1], lines[0], lines[2]]):
        log.path.write_text("".join(others))
        assert log.verify().problems


@pytest.mark.parametrize("keep", [1, 40, -1])
def test_a_torn_last_line_is_passed_over_and_the_chain_goes_on(log: AuditLog, keep: int):
    log.append([event()])
    whole = log.path.read_bytes()
    # A crash while the second line was being written: the head does not know of it.
    head = log.path.with_name("audit.head").read_bytes()
    log.append([event("grid")])
    second = log.path.read_bytes()[len(whole) :]
    log.path.write_bytes(whole + second[:keep].rstrip(b"}\n"))
    log.path.with_name("audit.head").write_bytes(head)
    assert log.verify().problems == ()
    log.append([event("saliency")])
    found = log.verify()
    assert [line["facts"]["layer"] for line in found.lines] == ["heatmap", "saliency"]
    assert (found.torn, found.problems) == (1, ())


def test_a_full_disk_is_an_error_and_leaves_nothing_half(log: AuditLog, monkeypatch: pytest.MonkeyPatch):
    log.append([event()])
    before = log.path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(MammoviewError, match=r"audit\.jsonl.*[Nn]o space"):
            log.append([event("grid")])
    assert log.path.read_bytes() == before
    log.append([event("grid")])
    assert [line["line"] for line in log.verify().lines] == [1, 2]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_line_for_which_there_is_only_half_the_room_is_taken_back(log: AuditLog):
    log.append([event()])
    before = log.path.read_bytes()
    code = (
        "import resource, signal, sys; from pathlib import Path; from mammoview.core.audit_log import *;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2);"
        "AuditLog(Path(sys.argv[1])).append([AuditEvent(EventKind.LAYER, 'someone')])"
    )
    command = [sys.executable, "-c", code, str(log.path), str(len(before) + 40)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert "the audit log cannot be written" in done.stderr
    assert log.path.read_bytes() == before
    assert log.verify().problems == ()


def test_two_windows_write_one_chain(log: AuditLog):
    code = (
        "import sys; from pathlib import Path; from mammoview.core.audit_log import *;"
        "log = AuditLog(Path(sys.argv[1]));"
        "[log.append([AuditEvent(EventKind.LAYER, sys.argv[2])]) for _ in range(40)]"
    )
    made = [subprocess.Popen([sys.executable, "-c", code, str(log.path), name]) for name in ("one", "other")]
    assert [process.wait(timeout=PATIENCE_S) for process in made] == [0, 0]
    found = log.verify()
    assert (len(found.lines), found.problems) == (80, ())
    assert {line["who"] for line in found.lines} == {"one", "other"}


def test_the_command_prints_the_log_and_says_whether_it_is_whole(capsys):
    log = AuditLog.of(paths.data_folder())
    log.append([event(), event("grid")])
    assert command_line.main(["audit"]) == 0
    out, said = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "someone" in out and "layer grid, on True" in out
    assert "2 lines, whole" in said
    assert command_line.main(["audit", "--last", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["facts"] == {"layer": "grid", "on": True}
    log.path.write_text(log.path.read_text().splitlines(keepends=True)[1])
    assert command_line.main(["audit"]) == 2
    assert "missing" in capsys.readouterr().err
