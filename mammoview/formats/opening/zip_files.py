"""Zip files: unpacked safely into a private folder that goes away with the last scan that came from it."""

from __future__ import annotations

import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io as files
from mammoview.formats.common.found import Found

MAX_FILES = 20_000
MAX_BYTES = 8 << 30
"""Most that a zip may unpack to; members cannot unpack to more than they say."""
_CHUNK = 1 << 20
_UNPACK = "Unpack it yourself and open the folder"


class Unpacked:
    """A private folder with the files of a zip.

    Parameters
    ----------
    path
        The zip file.

    Raises
    ------
    UnreadableError
        When it is damaged, protected by a password, or would unpack to too much.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: list[str] = []
        self._files = self._bytes = 0
        self.folder = Path(tempfile.mkdtemp(prefix="mammoview-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        try:
            for inner in self._unpack(path, self.folder):
                self._unpack_inner(inner)
        except BaseException as error:
            self._remove()
            raise _told(error, path) from error

    def _unpack_inner(self, path: Path) -> None:
        """Put a folder with its files in the place of a zip within the zip; zips within that one stay as they are."""
        packed = path.with_name(f"{path.name}.packed")
        path.rename(packed)
        path.mkdir()
        try:
            self._unpack(packed, path)
        except Exception as error:
            shutil.rmtree(path)
            said = _told(error, path)
            what = said.what if isinstance(said, MammoviewError) else "the zip is damaged"
            self.refused.append(self.shown(str(UnreadableError(what, "It is left out", path))))
        finally:
            packed.unlink()

    def _unpack(self, path: Path, folder: Path) -> list[Path]:
        """Write the members of a zip into a folder; returns those that are zips themselves."""
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _hidden(m.filename)]
            self._check(members)
            self._write(archive, members, folder)
        written = (_place(folder, member) for member in members if member.filename.lower().endswith(".zip"))
        return [place for place in written if place is not None and place.is_file() and zipfile.is_zipfile(place)]

    def _write(self, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> None:
        for member in members:
            place = _place(folder, member)
            if place is None:
                self._refuse(member, "it is a link, or its name leads out of the zip")
                continue
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as packed, place.open("xb") as file:
                    shutil.copyfileobj(packed, file, _CHUNK)
            except FileExistsError:
                self._refuse(member, "another file of the zip has its name")
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
                if isinstance(error, OSError) and shutil.disk_usage(self.folder).free < _CHUNK:
                    raise
                place.unlink(missing_ok=True)
                self._refuse(member, f"it cannot be unpacked ({type(error).__name__})")

    def _refuse(self, member: zipfile.ZipInfo, what: str) -> None:
        # A name from the root would hide that of the zip.
        place = self.path / member.filename.lstrip("/")
        self.refused.append(str(UnreadableError(what, "It is left out", place)))

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        """Refuse passwords and bombs before anything is written."""
        locked = [m for m in members if m.flag_bits & 1]
        if locked:
            raise UnreadableError("the zip is protected by a password", _UNPACK, self.path)
        total = sum(m.file_size for m in members)
        self._files += len(members)
        self._bytes += total
        if self._files > MAX_FILES or self._bytes > MAX_BYTES:
            raise UnreadableError(
                f"the zip would unpack to {self._files} files of {self._bytes / (1 << 30):.1f} GiB, "
                "more than is allowed",
                _UNPACK,
                self.path,
            )
        if total > shutil.disk_usage(self.folder).free:
            raise UnreadableError("there is not enough room on the disk to unpack the zip", "Make room", self.path)

    def shown(self, text: str) -> str:
        """Return a text with the private folder's name replaced by that of the zip."""
        return text.replace(str(self.folder), str(self.path))

    def adopt(self, found: Found) -> Found:
        """Return the scan under the name of the zip; while it lives, so do the files."""
        scan = found.scan
        path = self.path / scan.path.relative_to(self.folder)
        stack = scan.stack and replace(scan.stack, read=_Kept(self, scan.stack.read, path))
        scan = replace(scan, path=path, file=scan.path, read=_Kept(self, scan.read, path), stack=stack)
        return replace(found, scan=scan, study=tuple(map(self.shown, found.study)))


class _Kept:
    """Decodes a member, keeps the private folder alive, and names the zip in errors."""

    def __init__(self, unpacked: Unpacked, read: Callable[..., NDArray[np.generic]], path: Path) -> None:
        self._unpacked, self._read, self._path = unpacked, read, path

    def __call__(self, *frame: int) -> NDArray[np.generic]:
        try:
            return self._read(*frame)
        except UnreadableError as error:
            raise UnreadableError(error.what, error.remedy, self._path) from error


def _place(folder: Path, member: zipfile.ZipInfo) -> Path | None:
    """Where a member goes; None for links and for names that lead elsewhere."""
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    link = stat.S_ISLNK(member.external_attr >> 16)
    if link or name.startswith("/") or not parts or any(p == ".." or ":" in p or "\0" in p for p in parts):
        return None
    return folder.joinpath(*parts)


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)


def _told(error: BaseException, path: Path) -> BaseException:
    """Turn what zipfile and the system raise into one UnreadableError; let everything else pass."""
    if isinstance(error, MammoviewError):
        return error
    if isinstance(error, OSError):
        return files.refused_by_system(path, error)
    if isinstance(error, Exception):  # BadZipFile, and whatever a crafted directory provokes in zipfile.
        return UnreadableError("the zip is damaged or cut short", "Copy it again from where it came from", path)
    return error
