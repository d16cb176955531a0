"""Records of every data set: examples, and excluded images with the reason."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview import open_study
from mammoview.anatomy.intensity import tissue_bright
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.study.scan import Outline, Scan
from mammoview.study.spacing import Spacing

UNKNOWN = "unknown"
"""Official part of patients who may be those of another data set."""


@dataclass(frozen=True)
class Example:
    """One mammogram for training.

    Parameters
    ----------
    source
        Name of the data set.
    name
        Unique within the source.
    patient
        Groups the examples of one woman; splits keep it together.
    file
        The image.
    spacing
        mm per stored pixel; rows and columns may differ.
    outlines
        Findings in stored pixels.
    unplaced
        True when a finding has no known place; then no patch is taken from this image.
    facts
        Words for tables per subset, such as {"density": "3"}.
    official
        "test" when the data set's own split sets the patient apart for testing: then no model is trained on her.
        UNKNOWN when the patient may be one of another data set: then neither trained nor tested on.
    woman
        Group of the same woman in another data set, such as "cbis_masses:00417"; empty when there is none.
    later
        Came to the data after the folds of the bundled models were drawn: takes no part in that draw, which stays as it
        was, and joins the fold of the woman's other views, or is dealt out after it.
    warning
        What is uncertain about it, for the manifest; empty when nothing is.
    opened
        The file is read as the viewer reads it (DICOM, DDSM); otherwise it is a plain grey picture.
    """

    source: str
    name: str
    patient: str
    file: Path
    spacing: Spacing
    outlines: tuple[Outline, ...] = ()
    unplaced: bool = False
    facts: dict[str, str] = field(default_factory=dict)
    official: str = ""
    opened: bool = False
    woman: str = ""
    later: bool = False
    warning: str = ""

    @property
    def group(self) -> str:
        """Patient, unique across data sets."""
        return self.woman or f"{self.source}:{self.patient}"

    def read(self) -> NDArray[np.float32]:
        """Decode the image, tissue bright, float32 (rows, columns). Raises UnreadableError."""
        if self.opened:
            scan = scan_of(self.file)
            return tissue_bright(scan.pixels, scan.grey)
        try:
            with Image.open(self.file) as image:
                return np.asarray(image.convert("L") if image.mode in ("RGB", "P") else image, np.float32)
        except (OSError, ValueError, SyntaxError) as error:
            raise UnreadableError(f"the image cannot be read ({error})", "Fetch the file again", self.file) from error


@dataclass(frozen=True)
class ExcludedImage:
    """An image left out, and why."""

    source: str
    name: str
    why: str


def scan_of(file: Path) -> Scan:
    """Open one file as the viewer does. Raises MammoviewError."""
    scans = [scan for study in open_study(file) for scan in study.scans]
    return next((scan for scan in scans if scan.path == file), scans[0])


def table(file: Path, *columns: str) -> list[dict[str, str]]:
    """Read a CSV table; raises MammoviewError when it cannot be read or a column is missing."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as f:
            reader = csv.DictReader(f)
            missing = sorted(set(columns) - set(reader.fieldnames or ()))
            if missing:
                raise MammoviewError(f"the table has no column {', '.join(missing)}", "See training/README.md", file)
            return [{k: (v or "").strip() for k, v in row.items() if isinstance(k, str)} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MammoviewError(
            f"the table cannot be read ({error})", "Point --data at the folder of data sets", file
        ) from error


def outside(outlines: tuple[Outline, ...], rows: int, columns: int) -> str:
    """Return why outlines do not fit an image of that size, "" when they do."""
    for outline in outlines:
        left, top, right, bottom = outline.box
        if right <= 0 or bottom <= 0 or left >= columns or top >= rows:
            return "an outline lies outside the image"
    return ""
