"""Source file of a result: its path, or a code that only the user's private table maps back to it."""

from __future__ import annotations

import csv
import hmac
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, printable

_DIGITS = 16
"""Hexadecimal digits of a code."""
_COLUMNS = ("code", "file")


@dataclass(frozen=True)
class ResultSource:
    """From which file a result comes.

    Parameters
    ----------
    file
        Its path relative to what was given, "/" between the parts; the member of a zip follows the zip's name. With
        `--anonymous` a code.
    id
        16 hexadecimal digits that identify the file; two folders may hold files of the same relative path.
    """

    file: str
    id: str


def source_of(path: Path, roots: Sequence[Path]) -> ResultSource:
    """Return the source of the scan at `path`, found under one of `roots`, which are files, folders or zips."""
    place = _place(path)
    return ResultSource(printable(_relative(place, [_place(root) for root in roots])), _code(b"", place))


def anonymous_source(path: Path, key: bytes) -> ResultSource:
    """Return an anonymous source: a keyed hash that cannot be computed without the `key`."""
    code = _code(key, _place(path))
    return ResultSource(f"source-{code}", code)


def code_of(text: str, key: bytes) -> str:
    """Return 16 hexadecimal digits for a text, such as a patient's number, that cannot be found without the `key`."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:_DIGITS]


def private_key() -> bytes:
    """Return the user's secret key of the codes, made at first use.

    It lies in the user's data folder. While it is kept, the same file has the same code in all results.

    Raises
    ------
    MammoviewError
        When it cannot be read or written.
    """
    file = _folder() / "key"
    try:
        if not file.is_file():
            with atomic_write(file, lasting=True, private=True) as partial:
                partial.write_text(secrets.token_hex(32), encoding="ascii")
        return file.read_bytes()
    except OSError as error:
        raise _unwritable(file, error) from error


def private_table(results: Path) -> Path:
    """Return the path of the user's private table of codes and files for one folder of results.

    It lies in the user's data folder, apart from the results, readable by the user only.
    """
    return _folder() / f"{_place(results).name[:40] or 'results'}-{_code(b'', _place(results))[:8]}.csv"


def remember(results: Path, scans: Iterable[Path], key: bytes) -> None:
    """Add the codes of these scans to the private table of a folder of results.

    Raises
    ------
    MammoviewError
        When it cannot be read or written.
    """
    file = private_table(results)
    try:
        known = _read(file) if file.is_file() else {}
        known |= {anonymous_source(scan, key).file: printable(_place(scan)) for scan in scans}
        pairs = sorted(known.items(), key=lambda pair: pair[1])
        with (
            atomic_write(file, lasting=True, private=True) as partial,
            partial.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows(pairs)
    except OSError as error:
        raise _unwritable(file, error) from error


def remembered_files() -> dict[str, Path]:
    """Return the file of each code that any of the user's private tables has, whichever results it was kept for.

    A code is that of the file's path alone, so results that were copied, renamed or evaluated again have the codes of
    the first ones. Tables that cannot be read are left out.
    """
    found: dict[str, Path] = {}
    for table in sorted(_folder().glob("*.csv")):
        try:
            found |= {code: Path(file) for code, file in _read(table).items() if file}
        except (OSError, ValueError, KeyError, csv.Error):
            continue
    return found


def _read(table: Path) -> dict[str, str]:
    """Return files by code. Raises OSError, ValueError, KeyError, csv.Error."""
    with table.open(encoding="utf-8", newline="") as lines:
        return {line["code"]: line["file"] for line in csv.DictReader(lines) if line.get("code")}


def _folder() -> Path:
    return paths.data_folder() / "sources"


def _unwritable(file: Path, error: OSError) -> MammoviewError:
    what = f"the table of codes cannot be kept ({error.strerror})"
    return MammoviewError(what, "Make room or check the rights, or leave --anonymous out", file)


def _place(path: Path) -> Path:
    """Return the canonical form of a path; a member of a zip is a path below the zip."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # Path.absolute keeps "..".


def _code(key: bytes, place: Path) -> str:
    return hmac.new(key, os.fsencode(place), sha256).hexdigest()[:_DIGITS]


def _relative(place: Path, roots: Sequence[Path]) -> str:
    """Path relative to the first root that contains it; for a DICOMDIR or .ics file, to the folder of that file."""
    for root in roots:
        if root == place or root in place.parents:
            return place.relative_to(root if root.is_dir() else root.parent).as_posix()
    for root in roots:
        if root.parent in place.parents:
            return place.relative_to(root.parent).as_posix()
    return place.name
