"""Scans and other files found by `open_study`, and messages about files that were refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mammoview.core.errors import MammoviewError, printable
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.dicom.lesion_files import LesionFile
from mammoview.formats.dicom.referenced_images import ReferringObject


@dataclass
class GatheredScans:
    """All files found under the paths given by the user.

    Parameters
    ----------
    found
        In the order of the files.
    refused
        (folder, one line about a file in it), for files that hold no mammogram or cannot be read.
    rest
        Number of files without the name of a picture.
    referring
        Reports, segmentations and presentation states, which refer to scans.
    sidecars
        Drawings, masks and previews that lie beside pictures.
    lesions, tables
        Masks and crops of CBIS-DDSM, and its case descriptions.
    coco
        COCO files.
    listed
        Absolute paths of the pictures that these list.
    """

    found: list[FoundScan] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    rest: list[Path] = field(default_factory=list)
    sidecars: list[Path] = field(default_factory=list)
    referring: list[ReferringObject] = field(default_factory=list)
    lesions: list[LesionFile] = field(default_factory=list)
    tables: list[Path] = field(default_factory=list)
    coco: list[Path] = field(default_factory=list)
    listed: set[Path] = field(default_factory=set)

    def note(self, folder: Path, line: str) -> None:
        """Record a line about a folder as it is; one that begins with "left out, as " is about no failure."""
        self.refused.append((folder, line))

    def refuse(self, path: Path, error: MammoviewError | str) -> None:
        """Record that the file at `path` is not part of any study, and why."""
        line = str(error)
        self.refused.append((path.parent, line if isinstance(error, MammoviewError) else f"{printable(path)}: {line}"))
