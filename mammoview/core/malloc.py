"""Control of glibc's allocator: keep freed memory during work, return it to the operating system afterwards."""

from __future__ import annotations

import ctypes
from contextlib import suppress

HELD = 256 << 20
"""Most bytes of freed memory at the end of the heap that are kept (M_TRIM_THRESHOLD)."""
LARGEST = (128 << 20, 32 << 20)
"""Size from which a block gets its own mmap (M_MMAP_THRESHOLD), bytes; glibc before 2.35 accepts at most 32 MiB."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt, from malloc.h of glibc."""


def hold() -> None:
    """Let the C library keep freed memory until `give_back`.

    Otherwise each strip of a large breast is written to pages that the operating system has to clear first.
    """
    # Only glibc has this file and mallopt.
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL("libc.so.6")
        if any(libc.mallopt(_MMAP_THRESHOLD, size) for size in LARGEST):
            libc.mallopt(_TRIM_THRESHOLD, HELD)


def share_arena() -> None:
    """Have all threads that start from now on allocate from one arena.

    The C library gives each an arena of its own, at whose end `give_back` leaves what is free: some 90 MiB once a study
    has been closed. Python runs one thread at a time, so that none waits for another's allocation.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Let the C library return freed memory (malloc_trim); takes some milliseconds, without holding the GIL."""
    with suppress(OSError, AttributeError):
        # The allocator otherwise keeps the memory of thousands of freed strips and pictures.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
