"""What the pixels of a scan say against its breast mask, or against being a film."""

from __future__ import annotations

from mammoview.display.scan_analysis import tones
from mammoview.study.scan import Scan

LOOKS_DIGITAL = "looks digital: the models were trained on digitised film"


def doubts(scan: Scan) -> list[str]:
    """Return a line for each doubt; decodes the scan. Raises UnreadableError."""
    found = tones(scan)
    lines = [found.breast.doubt] if found.breast is not None and found.breast.doubt else []
    # Of files that say so, the header's own line is enough.
    if found.digital and not _says_digital(scan):
        lines.append(LOOKS_DIGITAL)
    return lines


def is_digitised(scan: Scan) -> bool:
    """Whether a scan is a digitised film, as far as file and pixels show; decodes it. Raises UnreadableError."""
    return not (_says_digital(scan) or tones(scan).digital)


def _says_digital(scan: Scan) -> bool:
    """Whether the file says that the picture was taken by a digital detector."""
    return scan.grey.for_processing or scan.facts.get("acquisition") == "digital"
