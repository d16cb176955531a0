"""Zip files read in place: their members are paths that the readers use like those of a folder.

Nothing is unpacked to a named file, so that a killed process leaves nothing behind. A member that is read from end to
end is held in memory or, when it is large, in an unnamed temporary file.
"""

from __future__ import annotations

import errno
import os
import stat
import weakref
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path, PurePosixPath
from threading import RLock
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io, zip_archive
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.zip_archive import COPY_AGAIN, Data, MemberStream, PackedMember, Zip, stream_of

if TYPE_CHECKING:
    from pathlib import Path as _Native
else:
    _Native = type(Path())  # Path itself can be extended from Python 3.12 on.


MAX_FILES = 20_000
MAX_BYTES = 8 << 30
"""Most bytes that a member may unpack to."""
MAX_RATIO = 200
"""Highest compression ratio of a member, or of all of them; mammograms have 2 to 30."""
RATIO_FROM = 64 << 20
"""Members of fewer bytes may have any ratio, as may all of a zip together up to sixteen times as many."""
_LOCAL_HEADER_BYTES = 30
_UNPACK = "Unpack it yourself and open the folder"


class Member(_Native):
    """The path of a file or folder in a zip, with the methods of Path that the readers use."""

    __slots__ = ()
    archive: Archive
    """Every archive has a subclass for its members, so that paths derived from them belong to it as well."""

    def __eq__(self, other: object) -> bool:
        """Include the archive and its state, so that caches keep members of different archives apart."""
        return type(self) is type(other) and super().__eq__(other)

    __hash__ = _Native.__hash__

    def open(  # type: ignore[override]  # without an overload for each mode
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open it for reading. Raises OSError as a folder's file does, and UnreadableError when it cannot be unpacked.

        Reading may raise UnreadableError.
        """
        if mode not in ("r", "rb"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        raw = self.archive.stream(self)
        if buffering == 0:
            return raw  # type: ignore[return-value]  # unbuffered, as asked
        buffered = BufferedReader(raw)
        return buffered if mode == "rb" else TextIOWrapper(buffered, encoding, errors, newline)

    def unopened(self) -> BufferedReader:
        """Return a stream that opens the file for each read, and so keeps nothing open."""

        def read(position: int, count: int) -> bytes:
            with self.open("rb") as file:
                file.seek(position)
                return bytes(file.read(count))

        return BufferedReader(MemberStream(str(self), self.stat().st_size, read))

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return type, size and the zip's time of change."""
        return self.archive.stat(self)

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Whether the zip holds such a file or folder."""
        return self.is_file() or self.is_dir()

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        return self.archive.inner(self) in self.archive.packed

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder."""
        return self.archive.inner(self) in self.archive.folders

    def is_symlink(self) -> bool:
        """Links are left out."""
        return False

    def iterdir(self) -> Generator[Member, None, None]:
        """Return the entries of a folder. Raises FileNotFoundError."""
        try:
            names = self.archive.folders[self.archive.inner(self)]
        except KeyError:
            raise _absent(self) from None
        return (self / name for name in names)


class Archive:
    """The files of a zip, and of the zips in it, one level deep.

    Parameters
    ----------
    path
        The zip file. It is reopened as needed while the archive or a scan of it lives, and kept open only within
        `with`.

    Raises
    ------
    UnreadableError
        When it is damaged, protected by a password, or exceeds the limits on unpacked size.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: list[str] = []
        self.packed: dict[str | None, PackedMember] = {}
        self.folders: dict[str | None, dict[str, None]] = {"": {}}
        self._held: dict[str | None, tuple[Data, int]] = {}
        self._lock = RLock()
        self._count = self._bytes = 0
        self._zips = [Zip(path)]
        self.root: Member = type("Member", (Member,), {"__slots__": (), "archive": self})(path)
        try:
            self._list(self._zips[0], "")
            for name in [n for n in self.packed if n is not None and n.lower().endswith(".zip")]:
                self._list_inner(name)
        except BaseException as error:
            self.close()
            raise _zip_error(error, path) from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file until it is read again."""
        for one in self._zips:
            one.close()

    def inner(self, path: Path) -> str | None:
        """Return the name of a member in the zip; "" for the zip itself, None for a path outside."""
        above, parts = self.root.parts, path.parts
        return "/".join(parts[len(above) :]) if parts[: len(above)] == above else None

    def stat(self, path: Member) -> os.stat_result:
        """Return the state of a file or folder. Raises FileNotFoundError."""
        name = self.inner(path)
        if name in self.packed:
            kind, size, number = stat.S_IFREG, self.packed[name].entry.file_size, 0
        elif name in self.folders:
            kind, size, number = stat.S_IFDIR, 0, 1 + list(self.folders).index(name)
        else:
            raise _absent(path)
        modified = self._zips[0].stamp[1]
        seconds = modified // 10**9
        state = (kind | 0o400, number, 0, 1, 0, 0, size, seconds, seconds, seconds)
        return os.stat_result(state, {f"st_{kind}time_ns": modified for kind in "amc"})

    def stream(self, path: Member) -> RawIOBase:
        """Open a member. Raises OSError, and UnreadableError when the zip has changed or the member is damaged."""
        name = self.inner(path)
        packed = self.packed.get(name)
        if packed is None:
            raise _absent(path)
        with self._lock:
            held = self._held.get(name)
        return zip_archive.stream(packed, path) if held is None else stream_of(held[0], path)

    @contextmanager
    def holding(self, path: Member) -> Iterator[None]:
        """Unpack a member once for all who read it within, its checksum compared. Raises as `stream` does."""
        name = self.inner(path)
        with self._lock:
            if name not in self.packed:
                raise _absent(path)
            data, users = self._held.get(name) or (zip_archive.copy(self.packed[name], path), 0)
            self._held[name] = data, users + 1
        try:
            yield
        finally:
            with self._lock:
                data, users = self._held.pop(name)
                if users > 1:
                    self._held[name] = data, users - 1

    def adopt(self, found: FoundScan) -> FoundScan:
        """Return a scan of the zip with a pixel loader that works at any later time."""
        scan, member = found.scan, found.scan.path
        stack = scan.stack and replace(scan.stack, read=_Frames(member, scan.stack.read))
        read = partial(_read_held, member, scan.read)
        return replace(found, scan=replace(scan, path=Path(member), file=member, read=read, stack=stack))

    def _list_inner(self, name: str) -> None:
        """Replace an inner zip by a folder with its files; zips within that one stay as they are."""
        path = self.root / name
        try:
            with path.open("rb") as file:
                if not file.read(4).startswith((b"PK\x03\x04", b"PK\x05\x06")):
                    return
            inner = Zip(path, self.packed[name])
            self._zips.append(inner)
            before = self._count, self._bytes
            try:
                self._list(inner, name)
            except BaseException:
                self._count, self._bytes = before
                inner.close()
                raise
        except Exception as error:
            cause = _zip_error(error, path)
            what = cause.what if isinstance(cause, MammoviewError) else "the zip is damaged"
            self.refused.append(str(UnreadableError(what, "It is left out", path)))
            self.folders[self._above(name)].pop(PurePosixPath(name).name, None)
            self.packed.pop(name, None)

    def _list(self, source: Zip, below: str) -> None:
        """Add the members of a zip; those of an inner one go below its own name."""
        entries = source.entries()
        self._check(entries, source)
        found: list[tuple[tuple[str, ...], PackedMember]] = []
        for index, entry in enumerate(entries):
            if entry.is_dir() or _hidden(entry.filename):
                continue
            parts, what = _place(entry), ""
            if parts is None:
                what = "it is a link, or its name leads out of the zip"
            elif _is_bomb(entry.file_size, entry.compress_size) or entry.file_size > MAX_BYTES:
                what = f"it would unpack to {entry.file_size / (1 << 30):.1f} GiB, more than is allowed"
            if what or parts is None:
                self._refuse(entry, what, below)
            else:
                found.append((parts, PackedMember(source, index, entry)))
        if below:
            del self.packed[below]
            self.folders[below] = {}
        for parts, packed in found:
            self._put(parts, packed, below)

    def _put(self, parts: tuple[str, ...], packed: PackedMember, below: str) -> None:
        """Add a member, and the folders above it."""
        above = [below, *("/".join(filter(None, (below, *parts[:count]))) for count in range(1, len(parts) + 1))]
        name = above.pop()
        if name in self.packed or name in self.folders or any(folder in self.packed for folder in above):
            self._refuse(packed.entry, "another file of the zip has its name", below)
            return
        for folder, part in zip(above, parts, strict=True):
            self.folders.setdefault(folder, {})[part] = None
        self.packed[name] = packed

    def _above(self, name: str) -> str:
        above = str(PurePosixPath(name).parent)
        return "" if above == "." else above

    def _refuse(self, entry: zipfile.ZipInfo, what: str, below: str) -> None:
        # An absolute name would replace that of the zip.
        place = self.path / below / entry.filename.lstrip("/")
        self.refused.append(str(UnreadableError(what, "It is left out", place)))

    def _check(self, entries: list[zipfile.ZipInfo], source: Zip) -> None:
        """Refuse passwords, bombs and members that share their bytes, before anything is unpacked."""
        if any(entry.flag_bits & 1 for entry in entries):
            raise UnreadableError("the zip is protected by a password", _UNPACK, self.path)
        self._count += len(entries)
        self._bytes += sum(entry.file_size for entry in entries)
        if self._count > MAX_FILES or (self._bytes >> 4 > RATIO_FROM and self._bytes > MAX_RATIO * self._zips[0].size):
            raise UnreadableError(
                f"the zip would unpack to {self._count} files of {self._bytes / (1 << 30):.1f} GiB, "
                "more than is allowed",
                _UNPACK,
                self.path,
            )
        end = 0
        for entry in sorted(entries, key=lambda entry: entry.header_offset):
            if entry.header_offset < end:
                raise UnreadableError("the zip is damaged: its files overlap", COPY_AGAIN, self.path)
            end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size
        if end > source.size:
            raise UnreadableError("the zip is damaged or cut short", COPY_AGAIN, self.path)


class _Frames:
    """Decodes the frames of a stack; after the first one, the member stays unpacked as long as this object exists."""

    def __init__(self, member: Path, read: Callable[[int], NDArray[np.generic]]) -> None:
        self._member, self._read = member, read
        self._holds = ExitStack()
        self._holding = False
        self._lock = RLock()
        weakref.finalize(self, self._holds.close)

    def __call__(self, frame: int) -> NDArray[np.generic]:
        with self._lock:
            if not self._holding:
                self._holds.enter_context(held(self._member))
                self._holding = True
        return self._read(frame)


def _read_held(member: Path, read: Callable[[], NDArray[np.generic]]) -> NDArray[np.generic]:
    with held(member):
        return read()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Unpack a member of a zip once for all reads within the context; no effect on other files.

    Raises
    ------
    UnreadableError
        When it cannot be unpacked, or the zip is missing or has changed.
    """
    if not isinstance(path, Member):
        yield
        return
    with ExitStack() as holding:
        try:
            holding.enter_context(path.archive.holding(path))
        except OSError as error:
            raise file_io.refused_by_system(path, error) from error
        yield


def _is_bomb(size: int, packed: int) -> bool:
    return size > RATIO_FROM and size > MAX_RATIO * packed


def _absent(path: Path) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def _place(entry: zipfile.ZipInfo) -> tuple[str, ...] | None:
    """Normalised path of a member; None for links and for names that lead outside."""
    name = entry.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if link or name.startswith("/") or not parts or any(p == ".." or ":" in p or "\0" in p for p in parts):
        return None
    return parts


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)


def _zip_error(error: BaseException, path: Path) -> BaseException:
    """Convert exceptions of zipfile and the system to UnreadableError; others pass."""
    if isinstance(error, MammoviewError | MemoryError):
        return error
    if isinstance(error, OSError):
        return file_io.refused_by_system(path, error)
    if isinstance(error, Exception):  # BadZipFile, and other exceptions of zipfile on a crafted directory.
        return UnreadableError("the zip is damaged or cut short", COPY_AGAIN, path)
    return error
