"""Memory that is kept for what comes next, and memory that goes back to the operating system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

HELD = 256 << 20
"""Most bytes of freed memory at the end of the heap that are held on to."""
LARGEST = (128 << 20, 32 << 20)
"""Least bytes of a block fetched from the operating system for itself; glibc before 2.35 takes no more than 32 MiB."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""As malloc.h of glibc has them."""


def hold() -> None:
    """Have the C library keep what is freed, until `give_back`.

    Otherwise each strip of a large breast is written to pages that the operating system has to clear first.
    """
    # Only glibc has either.
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        if any(libc.mallopt(_MMAP_THRESHOLD, size) for size in LARGEST):
            libc.mallopt(_TRIM_THRESHOLD, HELD)


def give_back() -> None:
    """Have the C library return memory; takes some milliseconds, during which other threads run."""
    with suppress(OSError, AttributeError):
        # Its allocator otherwise keeps what thousands of freed strips, and pictures, leave behind.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
