"""What the program and its libraries write by themselves: where something happened and of which kind, never a text.

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
    """Whether the user wants tracebacks and messages in full."""
    return bool(os.environ.get("MAMMOVIEW_DEBUG"))


@contextmanager
def private_output() -> Iterator[None]:
    """Keep values out of tracebacks, warnings and log lines as long as the program runs."""
    if debugging():
        yield
        return
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    warn, complaining = warnings.showwarning, logging.raiseExceptions
    root, handler = logging.getLogger(), _Places()
    install()
    # Whoever runs us inside a program of their own has decided about log lines already.
    if not root.handlers:
        root.addHandler(handler)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        warnings.showwarning, logging.raiseExceptions = warn, complaining
        root.removeHandler(handler)


def install() -> None:
    """Keep values out for good: for processes that do nothing else."""
    if debugging():
        return
    sys.excepthook = print_error
    threading.excepthook = _print_error_of_thread
    sys.unraisablehook = _print_unraisable
    warnings.showwarning = _print_warning
    # A log line that cannot be formatted would be printed with its arguments.
    logging.raiseExceptions = False


def print_error(_kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None = None) -> None:
    """Print an error that nobody caught, as a report of a fault has it."""
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
    """Print the kind of a warning and the module that gave it."""
    if sys.stderr is not None:
        from mammoview.core import fault_report

        print(
            f"{fault_report.type_name(category)} at {fault_report.module_of_file(filename)}:{lineno}", file=sys.stderr
        )


class _Places(logging.Handler):
    """Prints of log lines from "warning" on which module wrote them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Print the level and the place of a line."""
        level = logging.getLevelName(min(record.levelno, logging.CRITICAL) // 10 * 10)
        if sys.stderr is not None:
            from mammoview.core import fault_report

            print(f"{level} at {fault_report.module_of_file(record.pathname)}:{record.lineno}", file=sys.stderr)
