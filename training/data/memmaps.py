"""Atomic writes of files, safe when several processes write the same one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.core.atomic_write import atomic_write


def write_text(file: Path, text: str) -> None:
    """Write a text file; raises OSError."""
    with atomic_write(file) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(file: Path, content: bytes) -> None:
    """Write a binary file; raises OSError."""
    with atomic_write(file) as partial:
        partial.write_bytes(content)


def write_arrays(file: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write named arrays as an .npz without pickles; raises OSError."""
    with atomic_write(file) as partial, partial.open("wb") as f:
        np.savez(f, allow_pickle=False, **arrays)
