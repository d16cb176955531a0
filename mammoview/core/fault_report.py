"""The report of a fault: where it happened and in which program, without anything that could name a patient.

No free text is searched for names: a report holds only what is known to come from the code. That is the type of an
error, the module, line and function of each frame, the error number of the operating system, and the templates of our
own messages in the catalogue of phrases, with `{}` for the values.
"""

from __future__ import annotations

import codecs
import errno
import os
import platform
import re
import site
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_origin

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from mammoview.core.version import __version__

if TYPE_CHECKING:
    from mammoview.core.settings import Settings

LIBRARIES = ("numpy", "pydicom", "PySide6-Essentials", "scikit-image", "scipy", "torch")
"""Libraries whose versions are reported."""
HIDDEN = "…"
"""Stands for the parts of a text that are not ours."""
_OTHER_CODE = "other code"
_SEPARATORS = (". ", "; ", ": ")
_STACK_HEAD = re.compile(r"^(?:Fatal Python error|Windows fatal exception): ([A-Za-z0-9 ]+)$", re.MULTILINE)
"""First line of a stack that `faulthandler` writes: constants of Python, or the code of an exception of Windows."""
_STACK_FRAME = re.compile(r'^  File "(.+)", line (\d+) in (\S+)$', re.MULTILINE)
_MOST = 20
"""Most errors of one chain, and most frames at each end of a traceback."""


class _Template(NamedTuple):
    """A message of ours.

    Parameters
    ----------
    shape
        Pattern that matches the message with any values.
    text
        Template of the catalogue, with {} for each value.
    """

    shape: re.Pattern[str]
    text: str

    @property
    def letters(self) -> int:
        """Number of letters that are the template's own."""
        return _letters(self.text)


def without_values(text: str) -> str:
    """Return one of our messages without its values; "…" for each part that is not in a catalogue of phrases.

    Parameters
    ----------
    text
        One line, such as "/films/a.dcm: the file is empty. Copy it again from where it came from".
    """
    text = " ".join(text.split())
    whole_text = next((template.text for template in _templates() if template.shape.fullmatch(text)), HIDDEN)
    found = [whole_text]
    for separator in _SEPARATORS:
        head, cut, tail = text.rpartition(separator)
        if cut:
            parts = [without_values(head), without_values(tail)]
            found.append(HIDDEN if parts == [HIDDEN, HIDDEN] else separator.join(parts))
    return max(found, key=_letters)


def place(error: BaseException) -> str:
    """Return where an error arose, such as "mammoview.study.spacing:88": the innermost place in our own code."""
    frames = list(_frames(error))
    ours = [frame for frame in frames if frame.startswith("mammoview.")]
    return (ours or frames or [_OTHER_CODE])[-1].partition(" in ")[0]


def of_error(error: BaseException) -> str:
    """Return type and traceback of an error and of those it was raised from, innermost frame last."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and not any(current is one for one in chain) and len(chain) < _MOST:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    lines: list[str] = []
    for index, one in reversed(list(enumerate(chain))):
        lines += [f"  {frame}" for frame in _shortened(list(_frames(one)))]
        lines.append(_described(one))
        if isinstance(one, BaseExceptionGroup):
            for part in one.exceptions[:_MOST]:
                lines += [f"    {line}" for line in of_error(part).splitlines()]
        if index:
            raised = chain[index - 1].__cause__ is one
            lines.append("and from it:" if raised else "and while it was being handled:")
    return "\n".join(lines)


def split_stacks(text: str) -> list[str]:
    """Return the stacks that `faulthandler` wrote in a text; Windows has exceptions after which a program goes on."""
    starts = [found.start() for found in _STACK_HEAD.finditer(text)]
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def of_stack(stack: str) -> str:
    """Return what `faulthandler` wrote as `of_error` returns an error: innermost frame last, no file named.

    Parameters
    ----------
    stack
        From `split_stacks`.
    """
    head = _STACK_HEAD.search(stack)
    frames = []
    for file, line, function in reversed(_STACK_FRAME.findall(stack)):
        module = _module_of_path(Path(file))
        frames.append(module if module == _OTHER_CODE else f"{module}:{line} in {function}")
    return "\n".join([*(f"  {frame}" for frame in _shortened(frames)), head[1] if head else HIDDEN])


def report(
    faults: Iterable[str], settings: Settings, models: Mapping[str, str], opened: Mapping[str, int] | None = None
) -> str:
    """Return the whole report.

    Parameters
    ----------
    faults
        From `of_error`.
    settings
        The user's settings; only switches, numbers and choices are taken, no free text, no folder.
    models
        SHA-256 of the bundled models by name.
    opened
        Number of open scans by kind of file and size.
    """
    facts = [
        f"Mammoview {__version__}",
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}",
        *(f"{name} {_version(name)}" for name in LIBRARIES),
        *(f"model {name} {sha[:12]}" for name, sha in models.items()),
    ]
    kept = [f"{name} = {value}" for name, value in settings if _is_choice(name)]
    there = [f"open: {count} of {kind}" for kind, count in (opened or {}).items()]
    noted = [text for fault in faults for text in ("", fault)] or ["", "No fault has been noted in this session."]
    head = "Report of a fault; patients, files and folders are left out."
    return "\n".join([head, "", *facts, "", *kept, *(["", *there] if there else []), *noted, ""])


def write(path: Path, text: str) -> Path:
    """Write a report. Raises MammoviewError."""
    try:
        with atomic_write(path) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the report cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", path) from error
    return path


def type_name(kind: type[object]) -> str:
    """Return the name of a class defined in code; for a class made at run time, that of its nearest base."""
    for one in kind.__mro__:
        module = sys.modules.get(one.__module__)
        found: object = module
        for part in one.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is one and module is not None and (one.__module__ == "builtins" or _is_code(module)):
            return one.__qualname__
    return object.__name__


def module_name(namespace: Mapping[str, object]) -> str:
    """Return the name of the module whose globals these are, if it belongs to us, to Python or to a library."""
    name = str(namespace.get("__name__", ""))
    if name == "__main__":
        name = str(getattr(namespace.get("__spec__"), "name", ""))
        return name if name.startswith("mammoview.") else _OTHER_CODE
    module = sys.modules.get(name)
    return name if module is not None and vars(module) is namespace and _is_code(module) else _OTHER_CODE


def module_of_file(file: str) -> str:
    """Return the name of the module that a file of code holds, if it belongs to us, to Python or to a library."""
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == file and name != "__main__" and _is_code(module):
            return name
    return _OTHER_CODE


def _module_of_path(file: Path) -> str:
    """Return the name of the module in a file of code, loaded or not, if it belongs to us, a library or Python."""
    package = Path(__file__).parents[1]
    if getattr(sys, "frozen", False) and not file.is_absolute():
        return _dotted(file)
    for root in (package.parent, *map(Path, _library_folders()), Path(sysconfig.get_paths()["stdlib"])):
        if file.is_relative_to(package if root == package.parent else root):
            return _dotted(file.relative_to(root))
    return _OTHER_CODE


def _dotted(file: Path) -> str:
    """Return the name of the module in a file, given from the folder of its package."""
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def _described(error: BaseException) -> str:
    """Return an error's type and those details that cannot contain data of a patient."""
    name = type_name(type(error))
    if isinstance(error, MammoviewError):
        message = f"{without_values(str(error.what))}. {without_values(str(error.remedy))}"
        return f"{name}: {message}"
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return f"{name}: {errno.errorcode[error.errno]}, {os.strerror(error.errno)}"
    if isinstance(error, UnicodeError):
        try:
            return f"{name}: {codecs.lookup(str(getattr(error, 'encoding', ''))).name}"
        except LookupError:
            return name
    return name


def _frames(error: BaseException) -> Iterator[str]:
    """Yield module, line and function of each frame, innermost last."""
    trace = error.__traceback__
    while trace is not None:
        yield _frame(trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next


def _frame(frame: FrameType, line: int) -> str:
    module = module_name(frame.f_globals)
    # Function names of unknown code could be data.
    return module if module == _OTHER_CODE else f"{module}:{line} in {frame.f_code.co_qualname}"


def _shortened(frames: list[str]) -> list[str]:
    """Leave out the middle of a long traceback, such as that of an endless recursion."""
    left_out = len(frames) - 2 * _MOST
    return frames if left_out <= 0 else [*frames[:_MOST], f"({left_out} more)", *frames[-_MOST:]]


def _is_code(module: ModuleType) -> bool:
    """Return whether a module is ours, Python's or a library's, so that names in it are not data of a patient."""
    top = module.__name__.partition(".")[0]
    if top == "mammoview" or top in sys.stdlib_module_names or getattr(sys, "frozen", False):
        return True
    file = getattr(module, "__file__", None)
    return file is not None and any(Path(file).is_relative_to(folder) for folder in _library_folders())


@cache
def _library_folders() -> tuple[str, ...]:
    """Folders into which libraries are installed."""
    paths = sysconfig.get_paths()
    return (paths["purelib"], paths["platlib"], *site.getsitepackages(), site.getusersitepackages())


@cache
def _templates() -> tuple[_Template, ...]:
    """All messages of the parts below Qt, those with the most letters of their own first."""
    texts: set[str] = set()
    for file in (resources() / "translations").glob("phrases_*.toml"):
        for part in tomllib.loads(file.read_text(encoding="utf-8")).values():
            texts |= part.keys()
    made = [
        _Template(re.compile("(?:.*?)".join(re.escape(part) for part in text.split("{}")), re.DOTALL), text)
        for text in texts
    ]
    return tuple(sorted(made, key=lambda template: (-template.letters, template.text)))


def _letters(text: str) -> int:
    return sum(sign.isalpha() for sign in text)


def _is_choice(name: str) -> bool:
    """Return whether a setting is a switch, a number or one of a fixed set of words."""
    from mammoview.core.settings import Settings

    kind = Settings.model_fields[name].annotation
    return kind in (bool, int, float) or get_origin(kind) is Literal


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
