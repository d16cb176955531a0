"""The report of a fault: where it happened and in which program, without anything that could name a patient.

Of a traceback only functions, lines and kinds of error remain. Messages lose whatever stands in quotes, paths, long
numbers, unique identifiers and every word that the caller knows to be private; what is left is text of the program.
"""

from __future__ import annotations

import platform
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mammoview.core.atomic_write import whole
from mammoview.core.audit_log import user
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__

LIBRARIES = ("numpy", "pydicom", "PySide6-Essentials", "scikit-image", "scipy", "torch")
"""Libraries whose versions are told."""
_HIDDEN = "<...>"
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|\u201c[^\u201d\n]*\u201d")
_PATHS = re.compile(
    # A path may hold blanks, so it ends where the sentence does.
    r"(?:[A-Za-z]:)?[\\/][^:;]*(?=[:;]|$)|\S+\.(?:dcm|png|tiff?|pgm|jpe?g|ljpeg|zip|ics|json)\b",
    re.IGNORECASE,
)
_IDENTIFIERS = re.compile(r"\d+(?:\.\d+){3,}")
_NUMBERS = re.compile(r"\d{4,}")
_NAMES = re.compile(r"\w*\^\w*")


def scrubbed(text: str, private: Iterable[str] = ()) -> str:
    """Return one line of text with everything hidden that could name a person, a file or an examination.

    Parameters
    ----------
    text
        Such as the message of an error.
    private
        Words that must not remain, in any case of letters: names of patients, folders, files.
    """
    text = " ".join(text.split())
    known = {word for entry in (*private, user(), Path.home().name) for word in (entry, *re.split(r"[\W_]+", entry))}
    for word in sorted(known, key=len, reverse=True):
        if len(word) > 2:
            text = re.sub(re.escape(word), _HIDDEN, text, flags=re.IGNORECASE)
    for pattern in (_QUOTED, _PATHS, _NAMES, _IDENTIFIERS, _NUMBERS):
        text = pattern.sub(_HIDDEN, text)
    return re.sub(rf"(?:{re.escape(_HIDDEN)}[\s,.:;^_-]*)+{re.escape(_HIDDEN)}", _HIDDEN, text)


def of_error(error: BaseException, private: Iterable[str] = ()) -> str:
    """Return what went wrong where, innermost last, for errors and the errors behind them."""
    private = tuple(private)
    lines = []
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for one in reversed(chain):
        frames = traceback.extract_tb(one.__traceback__)
        lines += [f"  {_place(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
        lines.append(f"{type(one).__name__}: {scrubbed(_message(one), private)}")
    return "\n".join(lines)


def report(faults: Iterable[str], settings: Mapping[str, object], models: Mapping[str, str]) -> str:
    """Return the whole report.

    Parameters
    ----------
    faults
        From `of_error`.
    settings
        The user's settings; only switches, numbers and choices are taken, no free text, no folder.
    models
        SHA-256 of the bundled models by name.
    """
    facts = [
        f"Mammoview {__version__}",
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}",
        *(f"{name} {_version(name)}" for name in LIBRARIES),
        *(f"model {name} {sha[:12]}" for name, sha in models.items()),
    ]
    kept = [f"{name} = {value}" for name, value in settings.items() if _harmless(name, value)]
    said = [text for fault in faults for text in ("", fault)] or ["", "No fault has been noted in this session."]
    return "\n".join(["Report of a fault; patients, files and folders are left out.", "", *facts, "", *kept, *said, ""])


def write(path: Path, text: str) -> Path:
    """Write a report. Raises MammoviewError."""
    try:
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the report cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", path) from error
    return path


def _message(error: BaseException) -> str:
    """Return the message of an error without the file that it names."""
    if isinstance(error, MammoviewError):
        return f"{error.what}. {error.remedy}"
    if isinstance(error, OSError):
        return error.strerror or ""
    return str(error)


def _harmless(name: str, value: object) -> bool:
    """Tell whether a setting can name nobody."""
    return name not in ("reader", "last_folder", "keys", "layers", "window") and isinstance(value, str | int | float)


def _place(filename: str) -> str:
    """Return where code lies: within the program or a library, without the folders above."""
    parts = Path(filename).parts
    for root in ("site-packages", "dist-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    if "mammoview" in parts:
        last = len(parts) - 1 - parts[::-1].index("mammoview")
        return "/".join(parts[last:])
    standard = Path(sys.modules["traceback"].__file__ or "").parent
    if Path(filename).is_relative_to(standard):
        return Path(filename).relative_to(standard).as_posix()
    return _HIDDEN


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
