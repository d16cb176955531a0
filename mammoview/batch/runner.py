"""Assess many scans one after another, in several processes or on a cluster; interrupted runs are resumed."""

from __future__ import annotations

import glob
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from mammoview.assess.results.content_keys import content_key, earlier_content_key, model_key
from mammoview.batch.batch_task import BatchResult, BatchSettings, BatchState, BatchTask
from mammoview.batch.opened_scans import opened_scan
from mammoview.batch.table import FORMAT, check_same, read_result
from mammoview.core import fault_report
from mammoview.core.atomic_write import partial_name
from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.result_sources import anonymous_source, private_key, remember, source_of
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.export.export_names import base_name, file_name
from mammoview.study.scan import Scan, Study
from mammoview.study.spacing import SpacingSource

if TYPE_CHECKING:
    from mammoview.assess.inference.scan_assessor import ScanAssessor
    from mammoview.assess.results.assessment import Assessment

Progress = Callable[[float, str], None]
T = TypeVar("T")


def plan(
    paths: Sequence[Path],
    studies: Sequence[Study],
    folder: Path,
    how: BatchSettings,
    overwrite: bool = False,
    anonymous: bool = False,
) -> list[BatchTask]:
    """Return one task per scan. Existing results are looked for when the task is run.

    Nothing is decoded. The results of a task depend on its scan alone, not on number or order of the others.

    Parameters
    ----------
    paths, studies
        The paths opened and the studies found in them.
    folder
        Folder of the results.
    how
        Device, stride, threads.
    overwrite
        Assess again what is already assessed.
    anonymous
        Replace file names in the results by codes; the user's private table maps them back.

    Raises
    ------
    MammoviewError
        When results of other models or settings lie there, or the table of codes cannot be kept.
    """
    scans = [scan for study in studies for scan in study.scans]
    if anonymous:
        key = private_key()
        remember(folder, [scan.path for scan in scans], key)
        sources = [anonymous_source(scan.path, key) for scan in scans]
    else:
        sources = [source_of(scan.path, paths) for scan in scans]
    renewed = {source.id for source in sources} if overwrite else set()
    wanted, run = asked(how, anonymous), uuid4().hex
    check_same(folder, wanted, renewed)
    return [
        BatchTask(
            tuple(paths),
            run,
            scan.path.absolute(),
            base_name(scan, anonymous),
            source,
            scan.spacing if scan.spacing.source is SpacingSource.USER else None,
            (scan.laterality, scan.projection),
            folder,
            how,
            wanted,
            anonymous,
            overwrite,
        )
        for scan, source in zip(scans, sources, strict=True)
    ]


def asked(how: BatchSettings, anonymous: bool) -> str:
    """Return 16 digits that identify models, version and settings, independent of paths and device."""
    own = () if how.model is None else (how.model.key,)
    return model_key((FORMAT, how.stride, anonymous, *own))[:16]


def run(
    tasks: Sequence[BatchTask], executor: Executor | None, progress: Progress | None = None
) -> Iterator[BatchResult]:
    """Assess every task; yields outcomes as they are completed. A failed scan does not stop the others.

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
            except Exception as error:  # The process died, or the cluster lost the task.
                yield _failed(
                    waiting[future],
                    f"its process ended early ({fault_report.type_name(type(error))})",
                    "Use fewer jobs",
                )
    finally:
        for future in waiting:
            future.cancel()


def assess_one(task: BatchTask, progress: Progress | None = None) -> BatchResult:
    """Assess one scan and write its two files, unless they exist; an error of the scan becomes an outcome.

    Raises
    ------
    MammoviewError
        When no scan can be assessed: a model is altered, or the device does not work.
    """
    looked = _attempted(task, task.base, lambda: _look(task))
    if isinstance(looked, BatchResult):
        return looked
    scan, name, content = looked
    try:
        assessor = assessor_for(task.how)
        return _attempted(task, name, lambda: _assess(task, name, content, scan, assessor, progress))
    finally:
        scan.release()


def _look(task: BatchTask) -> tuple[Scan, str, str] | BatchResult:
    """Return the scan, its name and its content; or the outcome where its results are there already."""
    if asked(task.how, task.anonymous) != task.asked:
        what = "another version of Mammoview, or other models, are installed where it was to be assessed"
        raise MammoviewError(what, "Install the same on all machines")
    scan = opened_scan(task)
    there = True
    try:
        content = content_key(scan)
        name = file_name(scan, content, task.anonymous)
        there = _is_there(task, name, content) and not task.overwrite
        if not there and not task.overwrite and any(task.folder.glob(f"{glob.escape(task.base)}-*.json")):
            # Results that an earlier version wrote about the same content keep their names.
            earlier = earlier_content_key(scan)
            old = file_name(scan, earlier, task.anonymous)
            there = _is_there(task, old, earlier)
            name = old if there else name
    finally:
        if there:  # It may also fail to decode, which is reported where the pixels are used.
            scan.release()
    return BatchResult(name, BatchState.THERE, "already there", task.source) if there else (scan, name, content)


def _assess(
    task: BatchTask, name: str, content: str, scan: Scan, assessor: ScanAssessor, progress: Progress | None
) -> BatchResult:
    """Assess a scan and write its two files."""
    analysis = analyse(scan)
    with _LOCK:
        assessment = assessor.assess(scan, progress, analysis=analysis)
    write_results(task, name, content, assessment, analysis)
    best = f", best {assessment.findings[0].score:.2f}" if assessment.findings else ""
    return BatchResult(name, BatchState.ASSESSED, f"{len(assessment.findings)} findings{best}", task.source)


def _attempted(task: BatchTask, name: str, work: Callable[[], T]) -> T | BatchResult:
    """Assess a scan; an error becomes an outcome."""
    try:
        return work()
    except CancelledError:
        raise
    except MammoviewError as error:
        what, remedy = fault_report.without_values(error.what), fault_report.without_values(error.remedy)
        return _failed(task, what, remedy, name, str(error))
    except Exception as error:
        if os.environ.get("MAMMOVIEW_DEBUG"):
            raise
        what = f"internal error ({fault_report.type_name(type(error))} at {fault_report.place(error)})"
        return _failed(task, what, "Set MAMMOVIEW_DEBUG=1 for the traceback", name)


def _failed(task: BatchTask, what: str, remedy: str, name: str = "", text: str = "") -> BatchResult:
    """Return a failure; message and remedy do not name the file, since the table may be passed on."""
    reason = f"{what}. {remedy}"
    return BatchResult(name or task.base, BatchState.FAILED, text or reason, task.source, reason)


def _is_there(task: BatchTask, name: str, content: str) -> bool:
    """Whether both files exist, of this content, models and settings.

    Raises
    ------
    MammoviewError
        When a file of that name is not a result of this scan; it is never overwritten.
    """
    file = task.folder / f"{name}.json"
    held = read_result(file)
    if held is not None and held.content != content:
        raise MammoviewError("a file of this name holds something else", "Move it away, or choose another folder", file)
    return held is not None and held.asked == task.asked and file.with_suffix(".npz").is_file()


def write_results(task: BatchTask, name: str, content: str, assessment: Assessment, analysis: ScanAnalysis) -> None:
    """Write SCAN.npz, then SCAN.json: if both exist, both are complete."""
    from mammoview.assess.results.assessment_files import write

    head = {
        "source": task.source.file,
        "source_id": task.source.id,
        "content": content,
        "pixels": analysis.scan.pixel_hash,
        "asked": task.asked,
    }
    part = partial_name(task.folder / name)
    try:
        json_path, npz_path = write(assessment, analysis.scan, part, name, analysis)
        figures = json.loads(json_path.read_text(encoding="utf-8"))
        if task.anonymous:
            for outline in (figures.get("comparison") or {}).get("outlines", ()):
                outline["source"] = ""  # The file name may contain the patient's name.
        json_path.write_text(json.dumps({**head, **figures}, indent=1), encoding="utf-8")
        # Remove an earlier result first, so that no mixture of both can remain.
        (task.folder / json_path.name).unlink(missing_ok=True)
        npz_path.replace(task.folder / npz_path.name)
        json_path.replace(task.folder / json_path.name)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and _is_there(task, name, content):
            return  # Another process has just written the same result, from a copy of the file.
        raise MammoviewError(
            f"nothing can be written here ({error.strerror})", "Choose another folder", task.folder
        ) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(part)


ASSESSORS: dict[BatchSettings, ScanAssessor] = {}
_LOCK = threading.Lock()
"""An assessor is used by one thread at a time; a worker of a cluster that has several decodes in the others."""


def assessor_for(how: BatchSettings) -> ScanAssessor:
    """Return this process's assessor; the models are loaded once."""
    if how.threads:
        # torch reads them at its first import, which in a new process is below.
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(how.threads)
    from mammoview.assess.inference.scan_assessor import make_assessor

    with _LOCK:
        if how not in ASSESSORS:
            ASSESSORS[how] = make_assessor(how.device, how.stride, model=how.model)
        return ASSESSORS[how]
