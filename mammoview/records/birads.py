"""Terms of the BI-RADS lexicon for mammography, and the recommendation for each assessment category.

Terms and categories are from the ACR BI-RADS Atlas, 5th edition (2013), Mammography; the wording of sentences is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LEXICON = "ACR BI-RADS Atlas, 5th edition"


class AssessmentCategory(StrEnum):
    """Assessment categories (section "Report organization")."""

    INCOMPLETE = "0"
    NEGATIVE = "1"
    BENIGN = "2"
    PROBABLY_BENIGN = "3"
    SUSPICIOUS = "4"
    LOW_SUSPICION = "4A"
    MODERATE_SUSPICION = "4B"
    HIGH_SUSPICION = "4C"
    HIGHLY_SUGGESTIVE = "5"
    KNOWN_MALIGNANCY = "6"


_BIOPSY = "tissue diagnosis"
MANAGEMENT: Mapping[AssessmentCategory, str] = {
    AssessmentCategory.INCOMPLETE: "more imaging, or comparison with earlier examinations",
    AssessmentCategory.NEGATIVE: "screening as usual",
    AssessmentCategory.BENIGN: "screening as usual",
    AssessmentCategory.PROBABLY_BENIGN: "follow-up after six months, then surveillance",
    AssessmentCategory.SUSPICIOUS: _BIOPSY,
    AssessmentCategory.LOW_SUSPICION: _BIOPSY,
    AssessmentCategory.MODERATE_SUSPICION: _BIOPSY,
    AssessmentCategory.HIGH_SUSPICION: _BIOPSY,
    AssessmentCategory.HIGHLY_SUGGESTIVE: _BIOPSY,
    AssessmentCategory.KNOWN_MALIGNANCY: "surgical excision when clinically appropriate",
}
"""Recommended management, in short."""
BY_CONCERN: tuple[AssessmentCategory, ...] = (
    AssessmentCategory.HIGHLY_SUGGESTIVE,
    AssessmentCategory.HIGH_SUSPICION,
    AssessmentCategory.MODERATE_SUSPICION,
    AssessmentCategory.SUSPICIOUS,
    AssessmentCategory.LOW_SUSPICION,
    AssessmentCategory.INCOMPLETE,
    AssessmentCategory.KNOWN_MALIGNANCY,
    AssessmentCategory.PROBABLY_BENIGN,
    AssessmentCategory.BENIGN,
    AssessmentCategory.NEGATIVE,
)
"""Categories by precedence: the breast has the first of these that one of its findings has."""


class BreastComposition(StrEnum):
    """Breast composition (section "Breast composition")."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"


COMPOSITIONS: Mapping[BreastComposition, str] = {
    BreastComposition.A: "almost entirely fatty",
    BreastComposition.B: "scattered fibroglandular density",
    BreastComposition.C: "heterogeneously dense",
    BreastComposition.D: "extremely dense",
}
"""In words."""


class FindingKind(StrEnum):
    """Kind of a finding."""

    MASS = "mass"
    CALCIFICATIONS = "calcifications"
    DISTORTION = "architectural distortion"
    ASYMMETRY = "asymmetry"
    NODE = "intramammary lymph node"
    SKIN = "skin lesion"
    DUCT = "solitary dilated duct"


@dataclass(frozen=True)
class Descriptor:
    """A property of a finding that is described by one term of a list.

    Parameters
    ----------
    name
        Such as "shape".
    terms
        Its terms; one of them applies.
    """

    name: str
    terms: tuple[str, ...]


AXES: Mapping[FindingKind, tuple[Descriptor, ...]] = {
    FindingKind.MASS: (
        Descriptor("shape", ("oval", "round", "irregular")),
        Descriptor("margin", ("circumscribed", "obscured", "microlobulated", "indistinct", "spiculated")),
        Descriptor("density", ("high density", "equal density", "low density", "fat-containing")),
    ),
    FindingKind.CALCIFICATIONS: (
        Descriptor(
            "morphology",
            (
                "amorphous",
                "coarse heterogeneous",
                "fine pleomorphic",
                "fine linear or fine-linear branching",
                "skin calcifications",
                "vascular",
                "coarse or popcorn-like",
                "large rod-like",
                "round or punctate",
                "rim",
                "dystrophic",
                "milk of calcium",
                "suture",
            ),
        ),
        Descriptor("distribution", ("diffuse", "regional", "grouped", "linear", "segmental")),
    ),
    FindingKind.ASYMMETRY: (
        Descriptor("extent", ("in one view only", "global asymmetry", "focal asymmetry", "developing asymmetry")),
    ),
    FindingKind.DISTORTION: (),
    FindingKind.NODE: (),
    FindingKind.SKIN: (),
    FindingKind.DUCT: (),
}
"""Axes of each kind, in the order of a report."""
FEATURES: tuple[str, ...] = (
    "skin retraction",
    "nipple retraction",
    "skin thickening",
    "trabecular thickening",
    "axillary adenopathy",
    "architectural distortion",
    "calcifications",
)
"""Associated features; a finding has any number of them, except its own kind."""
QUADRANTS: tuple[str, ...] = (
    "upper outer",
    "upper inner",
    "lower outer",
    "lower inner",
    "retroareolar",
    "central",
    "axillary tail",
)
DEPTHS: tuple[str, ...] = ("anterior", "middle", "posterior")
_HOURS = {"upper outer": 9, "lower outer": 6, "lower inner": 3, "upper inner": 12, "axillary tail": 9}
"""First hour of a quadrant of the right breast; each spans three more."""


def hours(breast: str, quadrant: str) -> frozenset[int]:
    """Return the hours of the clock that lie in a quadrant, its edges included.

    Parameters
    ----------
    breast
        "R" or "L"; for any other, and for a region that is not a quadrant, all hours are returned. The clock is seen
        from in front of the woman: the outer half of the right breast is at 6 to 12 o'clock.
    quadrant
        One of `QUADRANTS`.
    """
    if breast not in ("R", "L") or quadrant not in _HOURS:
        return frozenset(range(1, 13))
    right = [(_HOURS[quadrant] + step - 1) % 12 + 1 for step in range(4)]
    return frozenset(right if breast == "R" else [12 - hour or 12 for hour in right])
