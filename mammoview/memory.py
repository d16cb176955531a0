"""What is no longer used goes back to the operating system."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Have the C library return memory; takes some milliseconds, during which other threads run."""
    with suppress(OSError, AttributeError):
        # Only glibc has it; its allocator otherwise keeps what thousands of freed strips, and pictures of up to 32 MB,
        # leave behind.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
