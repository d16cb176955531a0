"""Warnings from the pixels of a scan: an unsure breast mask, or a digital look where a film is expected."""

from __future__ import annotations

from mammoview.anatomy.breast import Breast
from mammoview.display.grey_levels import GreyLevels
from mammoview.study.scan import Scan

LOOKS_DIGITAL = "looks digital: the models were trained on digitised film"


def pixel_warnings(scan: Scan, breast: Breast | None, levels: GreyLevels) -> list[str]:
    """Return a line for each warning."""
    lines = [breast.warning] if breast is not None and breast.warning else []
    # Where the file states it, the header's own line is enough.
    if levels.digital and not _states_digital(scan):
        lines.append(LOOKS_DIGITAL)
    return lines


def is_digitised(scan: Scan, levels: GreyLevels) -> bool:
    """Whether a scan is a digitised film, as far as file and pixels show."""
    return not (_states_digital(scan) or levels.digital)


def _states_digital(scan: Scan) -> bool:
    """Whether the file states that the picture was taken by a digital detector."""
    return scan.grey.for_processing or scan.facts.get("acquisition") == "digital"
