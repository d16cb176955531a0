"""Bytes and text of files, with every failure of the operating system turned into an UnreadableError."""

from __future__ import annotations

import stat
import zlib
from pathlib import Path

from mammoview.core.errors import NotAMammogramError, UnreadableError

HEAD_BYTES = 4096
"""Bytes of a file that are read to recognise its type."""
MAX_TEXT_BYTES = 32 << 20
"""Largest text file beside a picture (.ics, .OVERLAY, JSON), packed or not, bytes."""
GZIP = b"\x1f\x8b"
MIN_SIDE_PX = 16
"""Fewest rows or columns of a picture that can be a mammogram."""
MAX_PIXELS = 150_000_000
"""Most pixels of a mammogram: a 24 x 30 cm film at 25 um has 115 million."""


def refused_by_system(path: Path, error: OSError) -> UnreadableError:
    """Return an UnreadableError in plain words for an `error` of opening or reading `path`."""
    if isinstance(error, FileNotFoundError):
        return UnreadableError("there is no such file or folder", "Check the name", path)
    if isinstance(error, PermissionError):
        return UnreadableError("reading is not permitted", "Ask for the right to read it, or copy it", path)
    reason = (error.strerror or type(error).__name__).lower()
    return UnreadableError(f"it cannot be read ({reason})", "Check the file and the disk it lies on", path)


def file_size(path: Path) -> int:
    """Return the size of a plain file in bytes.

    Raises
    ------
    UnreadableError
        When it does not exist, is empty, or is no regular file: a pipe or device would block for ever.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise refused_by_system(path, error if isinstance(error, OSError) else FileNotFoundError()) from error
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("it is not a plain file", "Give a file, a folder, a zip or a DICOMDIR", path)
    if status.st_size == 0:
        raise UnreadableError("the file is empty", "Copy it again from where it came from", path)
    return status.st_size


def stamp(path: Path) -> tuple[int, int]:
    """Return size and time of change (ns) of a file, to detect changes. Raises OSError.

    The time is the later one of modification (mtime) and status change (ctime): copying and unpacking may give another
    file the same name, size and mtime.
    """
    status = path.stat()
    return status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)


def head(path: Path, count: int = HEAD_BYTES) -> bytes:
    """Return the first `count` bytes of a plain file. Raises UnreadableError."""
    file_size(path)
    return part(path, 0, count)


def tail(path: Path, count: int) -> bytes:
    """Return the last `count` bytes of a plain file. Raises UnreadableError."""
    size = file_size(path)
    return part(path, max(0, size - count), count)


def part(path: Path, start: int, count: int) -> bytes:
    """Return up to `count` bytes from `start` on. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(count)
    except OSError as error:
        raise refused_by_system(path, error) from error


def text(path: Path) -> str:
    """Return a text file, gzip-ed or not, as UTF-8 or else Latin-1. Raises UnreadableError, also past 32 MiB."""
    raw = contents(path, MAX_TEXT_BYTES)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def contents(path: Path, limit: int, cut_short: bool = False) -> bytes:
    """Return the bytes of a file, unpacked where it is gzip-ed.

    Parameters
    ----------
    path
        A plain file.
    limit
        Most bytes that it may hold, packed or not.
    cut_short
        Whether to take what there is of a gzip file that ends early.

    Raises
    ------
    UnreadableError
        When it cannot be read or unpacked, or holds more.
    """
    raw = head(path, limit + 1)
    if raw[:2] == GZIP:
        raw = _gunzip(raw, path, limit, cut_short)
    if len(raw) > limit:
        raise UnreadableError("the file is far too long", "Check that it is the right file", path)
    return raw


def start(path: Path) -> bytes:
    """Return the first few kilobytes of a plain file, unpacked where it is gzip-ed. Raises UnreadableError."""
    raw = head(path)
    return _gunzip(raw, path, HEAD_BYTES, cut_short=True)[:HEAD_BYTES] if raw[:2] == GZIP else raw


def _gunzip(packed: bytes, path: Path, limit: int, cut_short: bool) -> bytes:
    """Unpack at most slightly past the limit, so that a decompression bomb is harmless."""
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        raw = inflater.decompress(packed, limit + 1)
    except zlib.error as error:
        raise UnreadableError("the gzip file is damaged", "Copy it again from where it came from", path) from error
    if not inflater.eof and len(raw) <= limit and not cut_short:
        raise UnreadableError("the gzip file is cut short", "Copy it again from where it came from", path)
    return raw


def check_size(rows: int, columns: int, path: Path, samples: int = 1) -> None:
    """Refuse sizes impossible for a mammogram, before memory is allocated.

    Raises
    ------
    NotAMammogramError
        When a side is shorter than 16 pixels.
    UnreadableError
        When there are more than 150 million pixels, or values where colour gives each pixel several `samples`.
    """
    if min(rows, columns) < MIN_SIDE_PX:
        raise NotAMammogramError(
            f"a picture of {columns} x {rows} pixels is too small to be a mammogram", "Give the full-size picture", path
        )
    if rows * columns * samples > MAX_PIXELS:
        raise UnreadableError(
            f"{columns} x {rows} pixels are more than a mammogram has",
            f"Give a picture of at most {MAX_PIXELS // 1_000_000} million pixels",
            path,
        )
