"""Reading of zip members: the file is opened on reading, and refused once it has changed."""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any

from mammoview.core.errors import MammoviewError, UnreadableError

_MAX_DIRECTORY_BYTES = 16 << 20
IN_MEMORY = 64 << 20
"""Larger members are held in an unnamed temporary file, bytes."""
_CHUNK = 1 << 20
COPY_AGAIN = "Copy it again from where it came from"
Data = bytes | mmap.mmap


@dataclass(frozen=True)
class PackedMember:
    """A file in a zip: its archive and its directory entry."""

    zip: Zip
    index: int
    entry: zipfile.ZipInfo


class Zip:
    """A zip file, or a zip that is itself a member of one."""

    def __init__(self, path: Path, packed: PackedMember | None = None) -> None:
        self.path, self.packed = path, packed
        self.stamp = (-1, -1)
        self.size = 0
        self._now: tuple[zipfile.ZipFile, BoundedReader] | None = None

    def entries(self) -> list[zipfile.ZipInfo]:
        """Return its directory, and keep it open."""
        self._now = self._opened()
        return self._now[0].infolist()

    def close(self) -> None:
        """Release the file; streams that still read it close it."""
        if self._now is not None:
            for one in self._now:
                one.close()
            self._now = None

    def open(self, packed: PackedMember) -> tuple[IO[bytes], Callable[[], None]]:
        """Open a member; returns the stream and its closer. Raises UnreadableError when the zip has changed."""
        if self._now is not None:
            opened = self._now[0].open(packed.entry)
            return opened, opened.close
        with ExitStack() as closing:
            for one in reversed(now := self._opened()):
                closing.push(one)
            there = now[0].infolist()
            entry = there[packed.index] if packed.index < len(there) else None
            if entry is None or _described(entry) != _described(packed.entry):
                raise self._changed()
            opened = closing.enter_context(now[0].open(entry))
            return opened, closing.pop_all().close

    def _opened(self) -> tuple[zipfile.ZipFile, BoundedReader]:
        if self.packed is not None:
            data = copy(self.packed, self.path)
            stamp = (len(data), 0)
            file = BoundedReader(stream_of(data, self.path))
        else:
            file = BoundedReader(self.path.open("rb", 0))
            status = os.fstat(file.fileno())
            stamp = (status.st_size, status.st_mtime_ns)
        try:
            if self.stamp not in ((-1, -1), stamp):
                raise self._changed()
            self.stamp, self.size = stamp, stamp[0]
            opened = zipfile.ZipFile(file)
            file.most = None
        except BaseException:
            file.close()
            raise
        return opened, file

    def _changed(self) -> UnreadableError:
        return UnreadableError("the zip has changed since it was opened", "Open it again", self.path)


class BoundedReader(BufferedReader):
    """A file that refuses reads of absurd length, such as of a forged zip directory."""

    most: int | None = _MAX_DIRECTORY_BYTES

    def read(self, size: int | None = -1) -> bytes:
        """Read as a BufferedReader does. Raises BadZipFile."""
        if self.most is not None and size is not None and size > self.most:
            raise zipfile.BadZipFile
        return super().read(size)


class MemberStream(RawIOBase):
    """A raw stream over `read(position, count)`, with a position of its own."""

    def __init__(
        self, name: str, size: int, read: Callable[[int, int], bytes], close: Callable[[], None] | None = None
    ) -> None:
        self.name = name
        self._size, self._read, self._close = size, read, close
        self._position = 0

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def seekable(self) -> bool:
        """Return that it is."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position without reading. Raises OSError before the start."""
        position = offset + (0, self._position, self._size)[whence]
        if position < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), self.name)
        self._position = position
        return position

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever buffer io gives
        """Read into a buffer until it is full or the end is reached. Raises what `read` does."""
        count = min(len(buffer), self._size - self._position)
        if count <= 0:
            return 0
        data = self._read(self._position, count)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """Close what is read from."""
        if not self.closed:
            super().close()
            if self._close is not None:
                self._close()


def stream(packed: PackedMember, path: Path) -> MemberStream:
    """Return a stream that unpacks a file as it is read. Raises OSError, UnreadableError."""
    with _telling(path):
        opened, close = packed.zip.open(packed)

    def read(position: int, count: int) -> bytes:
        with _telling(path):
            if opened.tell() != position:
                opened.seek(position)
            return opened.read(count)

    return MemberStream(str(path), packed.entry.file_size, read, close)


def copy(packed: PackedMember, path: Path) -> Data:
    """Return a stream over all bytes of a file, in memory or in an unnamed file. Raises OSError, UnreadableError."""
    size = packed.entry.file_size
    with stream(packed, path) as source:
        if size <= IN_MEMORY:
            data: Data = source.read(size) or b""
        else:
            with tempfile.TemporaryFile() as file:
                shutil.copyfileobj(source, file, _CHUNK)
                file.flush()
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if len(data) < size:
        raise _not_unpacked(path, "it ends too early")
    return data


def stream_of(data: Data, path: Path) -> MemberStream:
    """Return a stream over bytes that are there."""
    return MemberStream(str(path), len(data), lambda position, count: data[position : position + count])


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what zipfile raises into UnreadableError; OSError passes."""
    try:
        yield
    except (MammoviewError, OSError, MemoryError):
        raise
    except Exception as error:
        raise _not_unpacked(path, type(error).__name__) from error


def _not_unpacked(path: Path, why: str) -> UnreadableError:
    return UnreadableError(f"it cannot be unpacked ({why})", COPY_AGAIN, path)


def _described(entry: zipfile.ZipInfo) -> tuple[object, ...]:
    return entry.filename, entry.CRC, entry.file_size, entry.compress_size, entry.header_offset
