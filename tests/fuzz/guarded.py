"""Cases run in separate processes, which must not die, hang, use much memory or write to stderr."""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

Make = Callable[[Any, Path], None]
Look = Callable[[Path], Counter[str]]
MOST_SECONDS = 10
"""Limit of processor time, which is independent of other load; a process is ended after twice as long."""
MOST_BYTES = 2 << 30
STANDSTILL_S = 120
"""A process that uses no processor time for so long waits for ever; on a busy machine the others get some."""
_MANY = 1000
"""Cases from which on two processes share them."""
_BEGUN = "begun"
_MOST_ADDRESSES = 8 << 30
"""Memory limit of a process, so that a fault does not affect the machine."""


@dataclass(frozen=True)
class FuzzOutcome:
    """Outcome of one case: counts by word, or a fault; seconds and peak memory, bytes."""

    counts: Counter[str]
    fault: str
    seconds: float
    peak: int


class GuardedProcess:
    """A worker that is replaced when it is lost."""

    def __init__(self, make: Make, look: Look) -> None:
        self._make, self._look = make, look
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, self._make, self._look), daemon=True)
        self._process.start()
        there.close()
        self.case: Any = None

    def give(self, case: Any) -> None:
        self.case, self._most_used = case, math.inf
        self._used, self._end = -1.0, 0.0
        self.pipe.send(case)

    def take(self) -> FuzzOutcome | None:
        """Return the outcome if there is one; after a death or a hang the fault, with a new process started."""
        fault = ""
        try:
            while not fault and self.pipe.poll():
                reported = self.pipe.recv()
                if isinstance(reported, FuzzOutcome):
                    return reported
                self._most_used = processor_seconds(self._process.pid) + 2 * MOST_SECONDS
        except EOFError:
            self._process.join()
            fault = f"the process died (exit code {self._process.exitcode})"
        if not fault and self._hangs():
            fault = "it hung"
        if not fault:
            return None
        self.stop()
        self._start()
        return FuzzOutcome(Counter(), fault, MOST_SECONDS, 0)

    def _hangs(self) -> bool:
        """Return whether the process has worked for too long, or waits for what never comes."""
        used = processor_seconds(self._process.pid)
        if used > self._used:
            self._used, self._end = used, time.monotonic() + STANDSTILL_S
        return used > self._most_used or time.monotonic() > self._end

    def stop(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


def run(cases: Iterable[Any], make: Make, look: Look, processes: int | None = None) -> str:
    """Make every case in a folder of its own and check it; returns a line of counts.

    Two processes by default, one for few cases: their imports would take longer than the cases.

    Raises AssertionError that names the faults.
    """
    listed = list(cases)
    waiting = iter(listed)
    processes = processes or (2 if len(listed) >= _MANY else 1)
    pool = [GuardedProcess(make, look) for _ in range(processes)]
    idle, busy = list(pool), []
    total, faults, slowest, peak, done = Counter(), [], 0.0, 0, 0
    while True:
        while idle and (case := next(waiting, None)) is not None:
            idle[0].give(case)
            busy.append(idle.pop(0))
        if not busy:
            break
        wait([process.pipe for process in busy], timeout=1)
        for process in list(busy):
            case, outcome = process.case, process.take()
            if outcome is None:
                continue
            busy.remove(process)
            idle.append(process)
            done += 1
            if done % 1000 == 0:
                print(f"{done} cases, {len(faults)} faults", file=sys.stderr, flush=True)
            total += outcome.counts
            slowest, peak = max(slowest, outcome.seconds), max(peak, outcome.peak)
            if outcome.fault:
                faults.append(f"{case}: {outcome.fault}")
                print(faults[-1], flush=True)
    for process in pool:
        process.stop()
    if faults:
        raise AssertionError(f"{len(faults)} of {done} cases failed:\n" + "\n".join(faults))
    counts = ", ".join(f"{number} {word}" for word, number in sorted(total.items()))
    return f"{done} cases: {counts}; slowest {slowest:.1f} s, peak {peak >> 20} MiB"


def _serve(pipe: Connection, make: Make, look: Look) -> None:
    """Serve cases until the pipe closes; time and memory are those of the check only."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_ADDRESSES, _MOST_ADDRESSES))
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        while True:
            try:
                case = pipe.recv()
            except EOFError:
                return
            folder = Path(name) / "case"
            folder.mkdir()
            make(case, folder)
            pipe.send(_BEGUN)
            Path("/proc/self/clear_refs").write_text("5")  # Linux resets the peak.
            start, counts, fault = time.process_time(), Counter(), ""
            try:
                counts = look(folder)
            except BaseException:
                fault = traceback.format_exc()
            seconds, peak = time.process_time() - start, peak_bytes()
            if seconds > MOST_SECONDS:
                fault += f"it took {seconds:.1f} s"
            if peak > MOST_BYTES:
                fault += f"it took {peak >> 20} MiB"
            if said.seek(0, os.SEEK_END):
                said.seek(0)
                fault += f"it wrote to stderr: {said.read(500)!r}"
                said.seek(0)
                said.truncate()
            shutil.rmtree(folder)
            pipe.send(FuzzOutcome(counts, fault, seconds, peak))


def processor_seconds(process: int | None) -> float:
    """Return the processor time that a process has used, s, where Linux reports it; 0 for one that has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes() -> int:
    """Return the peak memory of this process since the reset, where Linux reports it."""
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
