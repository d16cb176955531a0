"""Keep values of files out of tracebacks, warnings and log lines: only place and kind are printed.

A desktop session keeps stderr in a log (~/.xsession-errors, the journal), and messages of libraries quote values of the
files that are read. MAMMOVIEW_DEBUG=1 leaves everything as Python has it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TextIO


def debugging() -> bool:
    """Whether tracebacks and messages are printed in full."""
    return bool(os.environ.get("MAMMOVIEW_DEBUG"))


@contextmanager
def private_output() -> Iterator[None]:
    """Keep values out of tracebacks, warnings and log lines within the context."""
    if debugging():
        yield
        return
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    warn, complaining = warnings.showwarning, logging.raiseExceptions
    root, handler = logging.getLogger(), _Places()
    install()
    # A program that embeds this one has configured its own logging.
    if not root.handlers:
        root.addHandler(handler)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        warnings.showwarning, logging.raiseExceptions = warn, complaining
        root.removeHandler(handler)


def install() -> None:
    """Keep values out for the rest of the process; for processes that do nothing else."""
    if debugging():
        return
    sys.excepthook = print_error
    threading.excepthook = _print_error_of_thread
    sys.unraisablehook = _print_unraisable
    warnings.showwarning = _print_warning
    # A log line that cannot be formatted would be printed with its arguments.
    logging.raiseExceptions = False


def print_error(_kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None = None) -> None:
    """Print an uncaught error in the form of a fault report."""
    if error is not None and sys.stderr is not None:
        from mammoview.core import fault_report

        print(fault_report.of_error(error), file=sys.stderr)


def _print_error_of_thread(fault: threading.ExceptHookArgs) -> None:
    if not issubclass(fault.exc_type, SystemExit):
        print_error(fault.exc_type, fault.exc_value)


def _print_unraisable(fault: sys.UnraisableHookArgs) -> None:
    print_error(fault.exc_type, fault.exc_value)


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print the category of a warning and the module that raised it."""
    if sys.stderr is not None:
        from mammoview.core import fault_report

        print(
            f"{fault_report.type_name(category)} at {fault_report.module_of_file(filename)}:{lineno}", file=sys.stderr
        )


class _Places(logging.Handler):
    """Handler that prints only level and module of log records from WARNING on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Print level and module of a record."""
        level = logging.getLevelName(min(record.levelno, logging.CRITICAL) // 10 * 10)
        if sys.stderr is not None:
            from mammoview.core import fault_report

            print(f"{level} at {fault_report.module_of_file(record.pathname)}:{record.lineno}", file=sys.stderr)
