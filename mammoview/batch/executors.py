"""Executors for batch assessment: this process, processes of this machine, or a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from mammoview.core.errors import MammoviewError
from mammoview.core.extras import remedy
from mammoview.core.private_output import install


@contextmanager
def executor(jobs: int, scheduler: str | None) -> Iterator[Executor | None]:
    """Yield an executor of local processes or of a cluster; None for one job.

    Raises
    ------
    MammoviewError
        When the package for clusters is missing, or the scheduler cannot be reached.
    """
    if scheduler is not None:
        try:
            from distributed import Client
        except ImportError as error:
            what = "working on a cluster needs the package distributed"
            raise MammoviewError(what, remedy("scale")) from error
        try:
            client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]  # has no types
        except (OSError, ValueError, TimeoutError) as error:
            raise MammoviewError(f"no scheduler answers at {scheduler}", "Check the address") from error
        with client:
            yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]  # has no types
    elif jobs > 1:
        # Forking a process that has started torch's threads can hang; spawn starts a fresh one.
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=begin_process) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    else:
        yield None


def begin_process() -> None:
    """Initialise a new process, which ends with the one that started it."""
    install()
    _end_with_parent()


def _end_with_parent() -> None:
    """End this process when its parent ends; otherwise, after a kill of the parent, it would wait for ever."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    Thread(target=watch, name="parent", daemon=True).start()
