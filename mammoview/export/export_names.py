"""File names of what is written about a scan: tell the scans apart, name nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mammoview.formats.common.file_names import read_name, stem
from mammoview.study.scan import Scan

# A picture without a header has no other name than its file's; a DICOM file may be named after the patient.
_PICTURES = {".png", ".tif", ".tiff", ".pgm", ".jpg", ".jpeg", ".ljpeg", ".bmp"}
_SHORTEST = 3


def names(scans: Sequence[Scan]) -> list[str]:
    """Return one file name without suffix per scan, such as "1-280_L_CC"; unique among them, ignoring case.

    The file's own name comes first, without the words that are also in the patient's name or number; then laterality
    and projection where they are known and not already said, or that they are unknown.
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
    words = [str(fact) for fact, known in facts if fact is not None and fact is not known]
    unknown = [f"{what}-unknown" for what, (fact, _) in zip(("side", "projection"), facts, strict=True) if fact is None]
    return "_".join([bare, *words, *unknown])
