"""Many scans assessed one after another, on several processes or on a cluster, and resumed where they stopped."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.atomic_write import partial_of
from mammoview.core.errors import CancelledError, MammoviewError, UnreadableError
from mammoview.export.export_names import names
from mammoview.formats.opening.open_study import open_study
from mammoview.records.user_calibration import recall_all
from mammoview.study.scan import Scan, Study

if TYPE_CHECKING:
    from mammoview.assess.inference.assessor import Assessor
    from mammoview.assess.results.assessment import Assessment

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class How:
    """How scans are assessed.

    Parameters
    ----------
    device
        "auto", "cpu" or "cuda".
    stride
        Cells of the patch grids, as the Assessor takes it.
    threads
        Threads that the models may use; 0 leaves it to them.
    """

    device: str = "auto"
    stride: str = "even"
    threads: int = 0


@dataclass(frozen=True)
class Task:
    """One scan to assess, told so that another process can find it again.

    Parameters
    ----------
    paths
        What was opened.
    scan
        Its absolute path; a place among the scans opened would be another's where a file has gone meanwhile.
    name
        File name of the results, without suffix.
    source
        Fingerprint of the scan's file.
    folder
        Where the results go.
    how
        Device, stride, threads.
    """

    paths: tuple[Path, ...]
    scan: Path
    name: str
    source: str
    folder: Path
    how: How


@dataclass(frozen=True)
class Outcome:
    """What became of a task: `text` is a figure line, or the error when `failed`."""

    name: str
    failed: bool
    text: str


def plan(
    paths: Sequence[Path], studies: Sequence[Study], folder: Path, how: How, overwrite: bool = False
) -> tuple[list[Task], list[str]]:
    """Name the results of every scan and find out which are already there.

    Parameters
    ----------
    paths, studies
        What was opened and what was found in it.
    folder
        Where the results go; results of other scans that lie there are never overwritten.
    how
        Device, stride, threads.
    overwrite
        Assess again what is already assessed.

    Returns
    -------
    Tasks to do, and names of the scans left out because both their files are there.
    """
    tasks: list[Task] = []
    done: list[str] = []
    scans = [scan for study in studies for scan in study.scans]
    taken: set[str] = set()
    for scan, base in zip(scans, names(scans), strict=True):
        source = fingerprint(scan)
        name, number = base, 1
        while name.lower() in taken or _source(folder / f"{name}.json") not in (None, source):
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())
        if not overwrite and (folder / f"{name}.npz").is_file() and _source(folder / f"{name}.json") == source:
            done.append(name)
        else:
            tasks.append(Task(tuple(paths), scan.path.absolute(), name, source, folder, how))
    return tasks, done


def run(tasks: Sequence[Task], executor: Executor | None, progress: Progress | None = None) -> Iterator[Outcome]:
    """Assess every task; yields outcomes as they come. A failed scan does not stop the others.

    Parameters
    ----------
    tasks
        From `plan`.
    executor
        A process pool, or that of a cluster; None assesses here, one after another.
    progress
        Called with the share of the current scan and a word for its stage, where they are assessed here.
    """
    if executor is None:
        yield from (assess_one(task, progress) for task in tasks)
        return
    waiting = {executor.submit(assess_one, task): task for task in tasks}
    try:
        for future in as_completed(waiting):
            try:
                yield future.result()
            except MammoviewError:
                raise
            except Exception as error:  # The process died, or the cluster lost it.
                yield Outcome(waiting[future].name, True, f"its process ended early ({_said(error)}). Use fewer jobs")
    finally:
        for future in waiting:
            future.cancel()


def assess_one(task: Task, progress: Progress | None = None) -> Outcome:
    """Assess one scan and write its two files; what is wrong with the scan becomes an outcome.

    Raises
    ------
    MammoviewError
        When no scan at all can be assessed: a model is altered, or the device does not work.
    """
    assessor = _assessor(task.how)
    try:
        scan = _scan(task)
        try:
            _ = scan.pixels
            with _LOCK:
                assessment = assessor.assess(scan, progress)
            _write(task, scan, assessment)
        finally:
            scan.release()
        best = f", best {assessment.findings[0].score:.2f}" if assessment.findings else ""
        return Outcome(task.name, False, f"{len(assessment.findings)} findings{best}")
    except CancelledError:
        raise
    except MammoviewError as error:
        return Outcome(task.name, True, str(error))
    except Exception as error:
        if os.environ.get("MAMMOVIEW_DEBUG"):
            raise
        return Outcome(task.name, True, f"internal error ({_said(error)}). Set MAMMOVIEW_DEBUG=1 for the traceback")


def fingerprint(scan: Scan) -> str:
    """Return 32 hexadecimal digits that tell a scan's file from every other; they name nobody."""
    digest = sha256()
    try:
        with scan.path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        # Inside a zip there is no file of its own: its place in the zip has to do.
        digest.update(str(scan.path).encode())
    return digest.hexdigest()[:32]


def _source(path: Path) -> str | None:
    """Fingerprint that a SCAN.json holds; None when there is no file, "" when it is not one of ours or half written."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["source"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(task: Task, scan: Scan, assessment: Assessment) -> None:
    """Write SCAN.npz, then SCAN.json with the fingerprint in it: where both are there, both are whole."""
    from mammoview.assess.results.write import write

    part = partial_of(task.folder / task.name)
    try:
        json_path, npz_path = write(assessment, scan, part, task.name)
        figures = json.loads(json_path.read_text(encoding="utf-8"))
        json_path.write_text(json.dumps({"source": task.source, **figures}, indent=1), encoding="utf-8")
        npz_path.replace(task.folder / npz_path.name)
        json_path.replace(task.folder / json_path.name)
    except OSError as error:
        raise MammoviewError(
            f"nothing can be written here ({error.strerror})", "Choose another folder", task.folder
        ) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(part)


def _scan(task: Task) -> Scan:
    """Find the scan of a task again. Raises UnreadableError."""
    try:
        return _scans(task.paths)[task.scan]
    except KeyError:
        raise UnreadableError(
            "it is no longer there", "Put it back and run the same command again", task.scan
        ) from None


@lru_cache(maxsize=2)
def _scans(paths: tuple[Path, ...]) -> dict[Path, Scan]:
    """Open the paths once per process; returns each scan by its file."""
    studies = open_study(paths)
    recall_all(studies)
    return {scan.path.absolute(): scan for study in studies for scan in study.scans}


_ASSESSORS: dict[How, Assessor] = {}
_LOCK = threading.Lock()
"""An assessor is used by one thread at a time; a worker of a cluster that has several decodes in the others."""


def _assessor(how: How) -> Assessor:
    """Return this process's assessor; the models are loaded once."""
    if how.threads:
        # torch reads them when it is first imported, which in a new process is below.
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(how.threads)
    from mammoview.assess.inference.assessor import Assessor

    with _LOCK:
        if how not in _ASSESSORS:
            _ASSESSORS[how] = Assessor(how.device, how.stride)
        return _ASSESSORS[how]


def _said(error: Exception) -> str:
    """First line of an error, or its kind where it says nothing."""
    return (str(error).splitlines() or [""])[0] or type(error).__name__
