"""Exit codes: 0 on success, 2 with one line on stderr for bad input, 1 for an internal error."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.core.private_output import debugging, private_output

signals_taken: list[int] = []
"""Termination signals received. Qt may swallow the exception they raise, so the main window checks this list too."""


def handle_termination_signals() -> None:
    """Handle SIGTERM and SIGHUP like Ctrl+C, so that half-written files are removed."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP; nohup has it ignored.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def exit_code(act: Callable[[], object]) -> int:
    """Call `act`, print one line if it fails, and return the exit code."""
    try:
        with private_output():
            code = act()
    except KeyboardInterrupt:
        return _stop("stopped", 130)
    except CancelledError as error:
        return _stop(error.what, 130)
    except MammoviewError as error:
        if debugging():
            traceback.print_exc()
        return _stop(str(error), 2)
    except Exception as error:
        # Usage errors are click's exceptions; typer bundles click under module names that change with its version.
        message = getattr(error, "format_message", None)
        if message is not None:
            return _stop(f"{message().rstrip('.')}. See mammoview --help", 2)
        if debugging():
            traceback.print_exc()
        from mammoview.core import fault_report

        what = f"{fault_report.type_name(type(error))} at {fault_report.place(error)}"
        return _stop(f"internal error {what}; run with MAMMOVIEW_DEBUG=1 for the traceback", 1)
    return code if isinstance(code, int) else 0


def _end(number: int, _frame: object) -> None:
    """Record the signal and raise SystemExit, which unwinds the stack."""
    signals_taken.append(number)
    raise SystemExit(128 + number)


def _stop(line: str, code: int) -> int:
    """Print the reason in one line."""
    print(f"mammoview: {' '.join(line.split())}", file=sys.stderr)
    return code
