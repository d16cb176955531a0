"""File names of what is written: those about a scan identify the scan, not the patient, and never change.

A name depends on the scan alone, on its file's name and its content. Whatever else is written beside it, before or
after, the same scan gets the same name, and another one another. Every name ends as its format does.
"""

from __future__ import annotations

import re
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.common.file_names import PICTURE_SUFFIXES, read_name, stem
from mammoview.study.scan import Scan

# A picture without a header has no other name than its file's; a DICOM file may be named after the patient.
_PICTURES = {*PICTURE_SUFFIXES, ".ljpeg", ".bmp"}
_SHORTEST = 3
_LONGEST = 80
"""Most signs of the readable part: file systems take 255 bytes, and some are needed while a file is being written."""
_DIGITS = 12
"""Hexadecimal digits of the content: among a million scans of one file name, two share them once in 500 archives."""
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}")
NAMELESS = "scan"
"""Readable part of a name that reveals nothing of the file."""


def file_name(scan: Scan, content: str, anonymous: bool = False) -> str:
    """Return the file name without suffix of what is written about a scan, such as "1-280_L_CC-3f0a52c1d9e4".

    Parameters
    ----------
    scan
        The scan.
    content
        Its `content_key`; the first twelve digits are the end of the name.
    anonymous
        Whether its file's name is left out.
    """
    return f"{base_name(scan, anonymous)}-{content[:_DIGITS]}"


def base_name(scan: Scan, anonymous: bool = False) -> str:
    """Return the readable part of `file_name`, which several scans may share; known before a scan is decoded.

    The file's own name comes first, without the words that are also in the patient's name or number; then laterality
    and projection where they are known and not already said, or that they are unknown.
    """
    bare = NAMELESS if anonymous else _bare(scan)
    parsed = read_name(bare)
    facts = ((scan.laterality, parsed.laterality), (scan.projection, parsed.projection))
    words = [str(fact) for fact, known in facts if fact is not None and fact is not known]
    unknown = [f"{what}-unknown" for what, (fact, _) in zip(("side", "projection"), facts, strict=True) if fact is None]
    return "_".join([bare, *words, *unknown])


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


def _bare(scan: Scan) -> str:
    """Name of the scan's file without suffix and without the patient."""
    bare = stem(scan.path.name)
    if scan.path.suffix.lower() not in _PICTURES:
        # Of the file's own header alone: `scan.patient` may have been taken from its neighbours.
        for word in re.findall(r"[^\W_]+", f"{scan.identity.patient_id} {scan.identity.name}"):
            # Short ones only as words of their own: "Li" is in many others.
            found = re.escape(word) if len(word) >= _SHORTEST else rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"
            bare = re.sub(found, "", bare, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9.-]+", "_", bare)[:_LONGEST].strip("_.-") or NAMELESS
