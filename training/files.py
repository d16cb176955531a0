"""Files that are written whole or not at all, also when several processes write the same one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Give a name to write under; what was written takes `file`'s place at the end, and goes if writing fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def write_text(file: Path, text: str) -> None:
    """Write a text file; raises OSError."""
    with _whole(file) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(file: Path, content: bytes) -> None:
    """Write a binary file; raises OSError."""
    with _whole(file) as partial:
        partial.write_bytes(content)


def write_arrays(file: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write named arrays as an .npz without pickles; raises OSError."""
    with _whole(file) as partial, partial.open("wb") as f:
        np.savez(f, allow_pickle=False, **arrays)
