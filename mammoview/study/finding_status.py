"""Known findings of a scan: its outlines, those that were lost, and whether its source calls it normal."""

from __future__ import annotations

import re
from enum import StrEnum

from mammoview.study.scan import Scan

NORMAL_FACT = "NORM"
"""Fact "finding" of a scan whose source says that it has none: the word of mini-MIAS."""
NO_MASK = "no mask of "
"""How a warning about an abnormality of CBIS-DDSM without a mask begins."""
_UNKNOWN = re.compile(r": whether it has a finding is not known$")
"""In warnings of a scan: others near it have outlines, and it may have some that are not given."""
_LOST = re.compile(
    rf"^finding without a position|^its outline file is missing|\.(?i:overlay|json) is left out: "
    rf"|outlines? outside the picture left out|its circles are left out|^{NO_MASK}"
)
"""In warnings of a scan: it has outlines that could not be read or placed. A damaged overlay plane of a DICOM file,
such as "overlay 6000", is none."""


class FindingStatus(StrEnum):
    """What is known of findings on a scan."""

    OUTLINED = "outlined"
    """It has outlines."""
    NORMAL = "normal"
    """Its source says that it has no finding."""
    NOT_KNOWN = "not known"
    """It has no outlines, and its source does not say that it is normal."""


def lost_outlines(scan: Scan) -> list[str]:
    """Return the warnings of a scan about outlines that could not be read or placed."""
    return [warning for warning in scan.warnings if _LOST.search(warning)]


def may_have_finding(scan: Scan) -> bool:
    """Whether the data state a finding, or leave open whether there is one; outlines are not considered."""
    stated = scan.facts.get("finding", NORMAL_FACT).split()[:1] != [NORMAL_FACT] or bool(scan.facts.get("findings"))
    return stated or any(_UNKNOWN.search(warning) for warning in scan.warnings)


def finding_status(scan: Scan) -> FindingStatus:
    """Return what is known of findings on a scan."""
    if scan.outlines:
        return FindingStatus.OUTLINED
    stated = scan.facts.get("finding", "").split()[:1] == [NORMAL_FACT]
    sure = stated and not may_have_finding(scan) and not lost_outlines(scan)
    return FindingStatus.NORMAL if sure else FindingStatus.NOT_KNOWN
