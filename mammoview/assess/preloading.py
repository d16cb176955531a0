"""Loads torch's largest library while the other threads run on.

Python holds all threads for as long as the system takes to load a library that is imported, which for this one is half
a second to two. A foreign function is called without that.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

LIBRARY = "libtorch_cpu.so"


def preload_torch() -> bool:
    """Map the library into the process, so that `import torch` finds it there; returns whether that was done.

    Nothing is lost where it cannot be, such as on another system than Linux: the import does it then.
    """
    found = find_spec("torch") if sys.platform == "linux" and "torch" not in sys.modules else None
    if found is None or found.origin is None:
        return False
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    return bool(dlopen(os.fsencode(Path(found.origin).parent / "lib" / LIBRARY), os.RTLD_NOW))
