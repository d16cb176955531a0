"""Target file of an export of a scan or a study; two exports never share one."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.assess.results.content_keys import content_key
from mammoview.core.result_sources import source_of
from mammoview.display.layers.registry import LAYERS, USUAL_LAYERS
from mammoview.export.export_format import ExportFormat, ExportOptions, FigureKind
from mammoview.export.export_names import file_name
from mammoview.study.scan import Scan

_DIGITS = 6
_STUDY_DIGITS = 12


class ExportTargets:
    """The files of one export.

    A file's name depends on the scan alone: its file's name, its pixels, how they are read, and what is drawn on it.
    It is that of SCAN.json, with more digits where annotations or marks of other programs are drawn as well, and with
    a word for each choice that is not the usual one, as far as it changes the file: two exports with other choices
    never share a file. The name of a study depends on its scans. Copies of one file get files of their own.

    Parameters
    ----------
    folder
        Where the files go.
    format
        Kind of file.
    options
        What is shown, and how.
    layers
        Names of the layers that are shown.
    own_model
        Key of the user's own model; empty for the bundled ones.
    """

    def __init__(
        self,
        folder: Path,
        format: ExportFormat,
        options: ExportOptions | None = None,
        layers: tuple[str, ...] = USUAL_LAYERS,
        own_model: str = "",
    ) -> None:
        self._folder, self._format = folder, format
        self._options, self._layers = options or ExportOptions(), layers
        self._own_model = own_model
        self._taken: set[str] = set()

    def of(self, *scans: Scan) -> Path:
        """Return the file of a scan, or of the scans of a study, and take it. Decodes them. Raises UnreadableError."""
        names = [_name(scan) for scan in scans]
        of_study = self._options.figure.of_study
        name = f"study-{_digest(sorted(names))[:_STUDY_DIGITS]}" if of_study else names[0]
        name = "-".join([name, *_words(self._options), *_drawn(self._format, self._options, self._layers)])
        if self._own_model and self._format.wants_models(self._layers):
            name += f"-model-{self._own_model[:_DIGITS]}"
        if name.lower() in self._taken:
            name += f"-{source_of(scans[0].path, ()).id[:_DIGITS]}"
        self._taken.add(name.lower())
        return self._folder / f"{name}.{self._format.suffix}"


def _words(options: ExportOptions) -> list[str]:
    """Return a word for each option that is not the usual one, so that no two variants share a file."""
    usual = ExportOptions()
    parts = [
        "" if options.figure in (FigureKind.SCAN, FigureKind.STUDY) else options.figure.value,
        "" if options.crop == usual.crop else options.crop,
        "" if options.grey is usual.grey else options.grey.value,
        options.hanging_protocol,
        "black" if options.black_outside else "",
        "reader-report" if options.reader_report else "",
        "named" if options.keep_identity else "",
    ]
    return [re.sub(r"[^A-Za-z0-9]+", "-", word) for word in parts if word]


def _drawn(format: ExportFormat, options: ExportOptions, layers: tuple[str, ...]) -> list[str]:
    """Return words for resolution, budget and layers that are not the usual ones, of files that depend on them."""
    words = [f"{options.dpi}dpi"] if format.printed and options.dpi != ExportOptions.dpi else []
    if format.wants_models(layers) and options.false_marks != ExportOptions.false_marks:
        words.append(f"{options.false_marks:g}-false-marks".replace(".", "-"))
    if not format.shows_pixels:
        # These files hold all that is known; layers only decide whether the models run.
        return words if format.outlines_only or format.wants_models(layers) else [*words, "no-models"]
    if set(layers) != set(USUAL_LAYERS):
        words += [name for name in LAYERS if name in layers] or ["no-layers"]
    return words


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
