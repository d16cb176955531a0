"""Which file an export of a scan or a study goes to: one of its own, whatever else is exported beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.assess.results.content_keys import content_key
from mammoview.core.result_sources import source_of
from mammoview.export.export_format import Figure
from mammoview.export.export_names import file_name
from mammoview.study.scan import Scan

_DIGITS = 6
_STUDY_DIGITS = 12


class ExportTargets:
    """The files of one export.

    A file's name depends on the scan alone: its file's name, its pixels, how they are read, and what is drawn on it.
    It is that of SCAN.json, with more digits where annotations or marks of other programs are drawn as well. Another
    figure than the scan itself is named in it. The name of a study depends on its scans. Copies of one file get files
    of their own.

    Parameters
    ----------
    folder
        Where the files go.
    suffix
        Kind of file, such as "png".
    figure
        What is shown.
    """

    def __init__(self, folder: Path, suffix: str, figure: Figure = Figure.SCAN) -> None:
        self._folder, self._suffix, self._figure = folder, suffix, figure
        self._taken: set[str] = set()

    def of(self, *scans: Scan) -> Path:
        """Return the file of a scan, or of the scans of a study, and take it. Decodes them. Raises UnreadableError."""
        names = [_name(scan) for scan in scans]
        name = names[0] if not self._figure.of_study else f"study-{_digest(sorted(names))[:_STUDY_DIGITS]}"
        if self._figure is not Figure.SCAN:
            name += f"-{self._figure.value}"
        if name.lower() in self._taken:
            name += f"-{source_of(scans[0].path, ()).id[:_DIGITS]}"
        self._taken.add(name.lower())
        return self._folder / f"{name}.{self._suffix}"


def _name(scan: Scan) -> str:
    """Return the name of a scan and of what is drawn on it."""
    name = file_name(scan, content_key(scan))
    if drawn := [*map(asdict, scan.annotations), *map(asdict, scan.marks)]:
        name += f"-{_digest(drawn)[:_DIGITS]}"
    return name


def _digest(held: list[Any]) -> str:
    return sha256(json.dumps(held, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else str(value)
