"""File names of what is written: those of scans tell them apart and name nobody, and each ends as its format does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.common.file_names import read_name, stem
from mammoview.study.scan import Scan

# A picture without a header has no other name than its file's; a DICOM file may be named after the patient.
_PICTURES = {".png", ".tif", ".tiff", ".pgm", ".jpg", ".jpeg", ".ljpeg", ".bmp"}
_SHORTEST = 3
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}")


def names(scans: Sequence[Scan]) -> list[str]:
    """Return one file name without suffix per scan, such as "1-280_L_CC"; unique among them, ignoring case.

    The file's own name comes first, without the words that are also in the patient's name or number; then laterality
    and projection where they are known and not already said.
    """
    found: list[str] = []
    taken: set[str] = set()
    for scan in scans:
        base = _name(scan)
        name, number = base, 1
        while name.lower() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())
        found.append(name)
    return found


def suffixed(path: Path, *suffixes: str) -> Path:
    """Return the file to write: `path` where it ends as the format does, else with the format's suffix.

    Parameters
    ----------
    path
        As the user gave it. What follows its last dot is a suffix if it looks like one: `.pdf`, not `.2` or `.L_CC`.
    suffixes
        Of the format, such as ".png"; the first is added where there is none.

    Raises
    ------
    MammoviewError
        When it ends as another format does.
    """
    if path.name.lower().endswith(tuple(suffix.lower() for suffix in suffixes)):
        return path
    if _SUFFIX.fullmatch(path.suffix):
        raise MammoviewError(
            f"the name ends in {path.suffix}, but what is written is {' or '.join(suffixes)}",
            f"Give a name that ends in {suffixes[0]}, or one without an ending",
            path,
        )
    return path.with_name(f"{path.name}{suffixes[0]}")


def _name(scan: Scan) -> str:
    """Name of one scan, not yet unique."""
    bare = stem(scan.path.name)
    if scan.path.suffix.lower() not in _PICTURES:
        for word in re.findall(r"[^\W_]+", scan.patient):
            if len(word) >= _SHORTEST:
                bare = re.sub(re.escape(word), "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"[^A-Za-z0-9.-]+", "_", bare).strip("_.-") or "scan"
    said = read_name(bare)
    facts = ((scan.laterality, said.laterality), (scan.projection, said.projection))
    return "_".join([bare, *(str(fact) for fact, known in facts if fact is not None and fact is not known)])
