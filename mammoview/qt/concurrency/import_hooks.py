"""Imports in other threads, while the window goes on.

Python holds all threads while the system loads an extension module, which takes torch's half a second to two, and while
it looks through all objects for garbage, of which an import leaves none but makes hundreds of thousands of objects.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from threading import Lock, RLock
from types import ModuleType

PATIENCE_S = 2.0
"""Longest wait for another thread's library: the module that it makes may itself wait for one of this thread's."""

loading_lock = RLock()
"""One library at a time: the system makes the second wait, and Python would wait for that holding all threads."""
_lock = Lock()
_under_way = 0


def _foreign_dlopen() -> Callable[[bytes, int], int | None]:
    """Return the C library's dlopen, to be called while other threads run."""
    if os.name != "posix":
        return lambda _path, _flags: None
    function = ctypes.CDLL(None).dlopen
    function.argtypes, function.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    return function


_dlopen = _foreign_dlopen()


class BackgroundExtensionLoader(ExtensionFileLoader):
    """Loads an extension module's library through ctypes, which releases the GIL; Python then finds it loaded."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module; Python reports what is wrong with its library."""
        mine = loading_lock.acquire(timeout=PATIENCE_S)
        try:
            if spec.origin is not None:
                _dlopen(os.fsencode(spec.origin), sys.getdlopenflags())
            return super().create_module(spec)
        finally:
            if mine:
                loading_lock.release()


def load_extensions_in_background() -> None:
    """Have all extension modules loaded so from now on.

    Nothing changes on Windows, where Python does it itself, nor in a frozen program, whose modules lie in no folders.
    """
    kinds = (
        (BackgroundExtensionLoader, EXTENSION_SUFFIXES),
        (SourceFileLoader, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),
    )
    if os.name == "posix" and not getattr(sys, "frozen", False):
        # Before the finder that Python has for folders; a folder's finder is made once and kept.
        sys.path_hooks.insert(0, FileFinder.path_hook(*kinds))
        sys.path_importer_cache.clear()


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Look for no garbage while something large is imported, nor ever among what is there at the end of it.

    What is thrown away is freed at once all the same, unless it refers to itself. Where nothing was left to import, all
    is looked through as ever: else what other windows threw away would stay.
    """
    global _under_way
    before = len(sys.modules)
    with _lock:
        _under_way += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _under_way -= 1
            if len(sys.modules) > before:
                gc.freeze()
            if not _under_way:
                gc.enable()
