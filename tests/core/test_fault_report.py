"""A report of a fault states its place and kind, and holds nothing that came out of a file."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from mammoview.core import fault_report
from mammoview.core.errors import MammoviewError, NoBreastError, UnreadableError
from mammoview.core.exit_codes import exit_code
from mammoview.core.private_output import private_output
from mammoview.core.settings import Settings
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.timeouts import PATIENCE_S

PLANTED = (
    "Zzyzx", "Quimby", "Llanfair", "Hospital", "Oberarzt", "Brzeczyszczykiewicz", "\u9ec4\u5c0f\u7433",
    "PID-77", "A2024", "ACC", "19610203", "1961", "03.02", "Feb",
    "113619", "films", "anna", "LMLO", "C:\\", "192.168",
)  # fmt: skip
"""Parts of names, IDs, dates, institutions, physicians, accession numbers, UIDs, paths and hosts."""

MESSAGES = (
    "Zzyzx^Quimby",
    "could not convert string to float: Zzyzx",
    "no window for patient Zzyzx Quimby at Llanfair General Hospital",
    "study of Quimby, Zzyzx (born 3 Feb 1961) has no scans",
    "Referring physician Oberarzt Dr. Brzeczyszczykiewicz not found",
    "accession ACC A2024 is not unique",
    "invalid literal for int() with base 10: PID-77",
    "PatientID PID-77: value too long",
    "date 19610203 is out of range",
    "time data 03.02.1961 does not match format %d.%m.%Y",
    "\u9ec4\u5c0f\u7433 cannot be encoded",
    "unknown UID 1.2.840.113619.2.55.3",
    "No such file or directory: /home/anna/films/Zzyzx Quimby 1961/LMLO.dcm",
    "C:\\films\\anna\\LMLO.dcm is locked",
    "the Llanfair archive at 192.168.7.7 does not answer for Zzyzx",
    "Zzyzx: the file is empty. Ask Oberarzt Brzeczyszczykiewicz",
    "the file is empty Zzyzx",
    "LMLO.dcm is left out: the header of Quimby is odd; Zzyzx (and 3 more). Call Llanfair",
    "expected 4 values, Zzyzx\nQuimby\tHospital",
    "{Zzyzx}", "%s of Quimby", "", " ",
)  # fmt: skip
TYPES: tuple[Callable[[str], BaseException], ...] = (
    ValueError,
    KeyError,
    RuntimeError,
    IndexError,
    AttributeError,
    ImportError,
    MemoryError,
    AssertionError,
    UserWarning,
    lambda text: FileNotFoundError(errno.ENOENT, text, f"/home/anna/{text}"),
    lambda text: OSError(text),
    lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    lambda text: UnicodeDecodeError(text or "x", b"a", 0, 1, text),
    lambda text: MammoviewError(text, text, f"/home/anna/{text}"),
    lambda text: UnreadableError(f"the header tells {text}", f"Ask {text}", f"/home/anna/films/{text}"),
    lambda text: type("Zzyzx", (ValueError,), {"__module__": "Quimby"})(text),
    lambda text: ExceptionGroup(text, [ValueError(text), MammoviewError(text, text)]),
    lambda text: subprocess.CalledProcessError(1, ["/home/anna/films", text], text, text),
)


def caught(make: Callable[[], object]) -> BaseException:
    try:
        make()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> None:
        raise error

    return act


def clean(text: str) -> bool:
    """Whether nothing planted is in a text."""
    return not any(word.lower() in text.lower() for word in PLANTED)


def fails() -> None:
    try:
        Spacing(-1.0, 1.0, SpacingSource.USER)
    except ValueError as error:
        path = "/home/anna/films/Zzyzx Quimby 1961/LMLO.dcm"
        raise UnreadableError("the file is empty", "Copy it again from where it came from", path) from error


@pytest.mark.parametrize("make", TYPES, ids=range(len(TYPES)))
def test_nothing_of_a_message_is_in_a_report(make: Callable[[str], BaseException]) -> None:
    for message in MESSAGES:

        def chained(message: str = message) -> None:
            try:
                raise make(message)
            except BaseException as first:
                noted = RuntimeError(message)
                noted.add_note(message)
                raise noted from first

        for error in (caught(raising(make(message))), caught(chained)):
            text = fault_report.of_error(error)
            assert clean(text), text
            assert clean(fault_report.place(error))


@given(st.text(max_size=60))
def test_a_message_of_others_leaves_no_trace(message: str) -> None:
    reported = [fault_report.of_error(caught(raising(ValueError(text)))) for text in (message, "")]
    assert reported[0] == reported[1]


def test_a_message_of_ours_is_reported_without_what_it_fills_in() -> None:
    error = caught(
        raising(MammoviewError("its pixels (Zzyzx) cannot be decoded: Quimby", "Choose another folder", "/x"))
    )
    assert fault_report.of_error(error).endswith(
        "MammoviewError: its pixels ({}) cannot be decoded: {}. Choose another folder"
    )
    line = "/films/Zzyzx.dcm: the file is empty. Copy it again from where it came from"
    assert fault_report.without_values(line) == "…: the file is empty. Copy it again from where it came from"
    assert fault_report.without_values("Zzyzx: Quimby. Llanfair; A2024") == "…"


def test_an_engineer_finds_kind_place_and_chain() -> None:
    lines = fault_report.of_error(caught(fails)).splitlines()
    assert any("mammoview.study.spacing:" in line and "in Spacing.__post_init__" in line for line in lines)
    assert lines.index("ValueError") < lines.index("and from it:") < len(lines) - 1
    assert lines[-1] == "UnreadableError: the file is empty. Copy it again from where it came from"
    # This module is no part of the program.
    assert "  other code" in lines and "test_report" not in "\n".join(lines)


def test_what_was_being_handled_is_reported_as_such() -> None:
    def act() -> None:
        try:
            np.zeros((2, 2)).reshape(3)
        except ValueError:
            Dataset().NoSuchKeyword  # noqa: B018

    text = fault_report.of_error(caught(act))
    assert text.index("ValueError") < text.index("and while it was being handled:") < text.index("AttributeError")
    assert "pydicom.dataset:" in text


def test_a_system_error_has_its_number() -> None:
    error = caught(lambda: Path("/no/such/Zzyzx").read_bytes())
    assert fault_report.of_error(error).splitlines()[-1] == "FileNotFoundError: ENOENT, No such file or directory"
    assert "pathlib:" in fault_report.of_error(error)


def test_an_endless_recursion_is_reported_in_short() -> None:
    def again(number: int) -> int:
        return again(number + 1)

    text = fault_report.of_error(caught(lambda: again(0)))
    assert len(text.splitlines()) < 60 and "RecursionError" in text


def test_the_place_is_the_innermost_of_ours() -> None:
    assert fault_report.place(caught(fails)) == "other code"
    assert fault_report.place(caught(lambda: Spacing(-1.0, 1.0, SpacingSource.USER))).startswith(
        "mammoview.study.spacing:"
    )


def test_the_report_holds_versions_models_choices_and_what_is_open() -> None:
    settings = Settings(reader="Zzyzx", last_folder="/home/anna/films", linked=False, keys={"Quimby": "A"})
    opened = {"a .dcm file: 600 x 400, 16 bit": 4}
    text = fault_report.report([fault_report.of_error(caught(fails))], settings, {"tissue_200um": "ab" * 32}, opened)
    assert "numpy" in text and f"Python {sys.version_info.major}" in text
    assert "tissue_200um abababababab" in text
    assert "linked = False" in text and "theme = dark" in text and "ui_scale = 1.0" in text
    assert "open: 4 of a .dcm file: 600 x 400, 16 bit" in text
    assert clean(text) and "last_folder" not in text and "reader =" not in text


def test_a_report_is_written_or_it_is_said_why_not(tmp_path: Path) -> None:
    assert fault_report.write(tmp_path / "report.txt", "words").read_text() == "words"
    with pytest.raises(MammoviewError, match="another folder"):
        fault_report.write(tmp_path / "report.txt" / "report.txt", "words")


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("MAMMOVIEW_DEBUG", raising=False)
    with private_output():
        yield


class Unraisable:
    """Fails while it is taken away."""

    def __del__(self) -> None:
        raise ValueError("Zzyzx")


PROGRAM = """
import logging, sys, threading, warnings
from mammoview.core.exit_codes import exit_code
secret = "Zzyzx^Quimby"
class Gone:
    def __del__(self):
        raise ValueError(secret)
def fail():
    raise KeyError(secret)
def act():
    logging.getLogger("pydicom").warning("odd %s", secret)
    logging.getLogger(secret).error(secret)
    logging.getLogger("tifffile").warning("%d", secret)
    warnings.warn(secret)
    thread = threading.Thread(target=fail, name=secret)
    thread.start()
    thread.join()
    Gone()
    sys.excepthook(ValueError, ValueError(secret), None)
    import mammoview.study.spacing as spacing
    spacing.Spacing(secret, 1.0, spacing.SpacingSource.USER)
sys.exit(exit_code(act))
"""


@pytest.mark.parametrize("debug", [False, True])
def test_what_is_printed_by_itself_holds_no_values_but_for_who_looks_for_faults(debug: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MAMMOVIEW_DEBUG"}
    if debug:
        environment["MAMMOVIEW_DEBUG"] = "1"
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert ("Zzyzx" in said) is debug
    if not debug:
        assert "Quimby" not in said
        for word in ("WARNING at other code", "ERROR at", "UserWarning at", "KeyError", "ValueError",
                     "internal error TypeError at mammoview.study.spacing:"):  # fmt: skip
            assert word in said, said


def test_the_hooks_of_whoever_runs_us_come_back(private: None) -> None:
    assert sys.excepthook is not sys.__excepthook__
    inside = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    before = len(logging.getLogger().handlers)
    with private_output():
        assert exit_code(lambda: 0) == 0
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning) == inside
    assert len(logging.getLogger().handlers) == before


def test_errors_of_the_user_are_reported_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(raising(NoBreastError("no breast was found", "Look at it", "/x/a.dcm"))) == 2
    assert "/x/a.dcm: no breast was found. Look at it" in capsys.readouterr().err
