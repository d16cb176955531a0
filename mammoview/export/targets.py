"""Which file the picture of a scan goes to: one of its own, whatever else is exported beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import numpy as np

from mammoview.assess.results.content_keys import content_key
from mammoview.core.result_sources import source_of
from mammoview.export.export_names import file_name
from mammoview.study.scan import Scan

_DIGITS = 6


class ExportTargets:
    """The files of one export.

    A file's name depends on the scan alone: its file's name, its pixels, how they are read, and what is drawn on it.
    It is that of SCAN.json, with more digits where annotations or marks of other programs are drawn as well. Copies of
    one file get files of their own.

    Parameters
    ----------
    folder
        Where the files go.
    suffix
        Kind of file, such as "png".
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder, self._suffix = folder, suffix
        self._taken: set[str] = set()

    def of(self, scan: Scan) -> Path:
        """Return the file of a scan, and take it. Decodes the scan. Raises UnreadableError."""
        name = file_name(scan, content_key(scan))
        if drawn := [*map(asdict, scan.annotations), *map(asdict, scan.marks)]:
            name += f"-{sha256(json.dumps(drawn, default=_plain, sort_keys=True).encode()).hexdigest()[:_DIGITS]}"
        if name.lower() in self._taken:
            name += f"-{source_of(scan.path, ()).id[:_DIGITS]}"
        self._taken.add(name.lower())
        return self._folder / f"{name}.{self._suffix}"


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else str(value)
