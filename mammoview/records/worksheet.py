"""The reader's BI-RADS worksheet of a study: composition, and findings in the terms of the lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mammoview.records.birads import (
    AXES,
    BY_CONCERN,
    DEPTHS,
    FEATURES,
    QUADRANTS,
    AssessmentCategory,
    BreastComposition,
    Descriptor,
    FindingKind,
    hours,
)

TYPED = "mm, typed"
"""Label of a size that was typed rather than measured."""


@dataclass(frozen=True)
class FindingSize:
    """The largest diameter of a finding.

    Parameters
    ----------
    value
        In the unit that `label` begins with.
    label
        Unit and where it comes from: `Spacing.label` of the ruler's scan, or `TYPED`.
    view
        Of the ruler's scan, such as "L CC"; empty when typed.
    """

    value: float
    label: str
    view: str = ""

    @property
    def text(self) -> str:
        """Such as "12.3 mm, calibrated" or "246 px"."""
        return f"{self.value:.0f} {self.label}" if self.label == "px" else f"{self.value:.1f} {self.label}"


@dataclass(frozen=True)
class WorksheetFinding:
    """One finding as described by the reader; missing entries are empty or None.

    Parameters
    ----------
    breast
        "R", "L" or "?".
    quadrant, clock, depth
        Where: a term of `QUADRANTS`, an hour of 1 to 12 or 0, a term of `DEPTHS`.
    kind
        Its kind.
    terms
        By name of the axis; only axes of its kind.
    features
        Associated ones.
    size
        Largest diameter.
    category
        Assessment.
    note
        Free text.
    time
        When it was last changed, UTC.
    aided
        Whether the layers had been opened by then.
    """

    breast: str
    quadrant: str = ""
    clock: int = 0
    depth: str = ""
    kind: FindingKind | None = None
    terms: Mapping[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    size: FindingSize | None = None
    category: AssessmentCategory | None = None
    note: str = ""
    time: str = ""
    aided: bool = False

    def __post_init__(self) -> None:
        """Check that all entries are terms of the lexicon. Raises ValueError."""
        axes = {axis.name: ("", *axis.terms) for axis in self.axes}
        sound = self.quadrant in ("", *QUADRANTS) and self.depth in ("", *DEPTHS) and 0 <= self.clock <= 12
        sound = sound and set(self.features) <= set(FEATURES)
        if not sound or any(term not in axes.get(name, ()) for name, term in self.terms.items()):
            raise ValueError(f"no finding of the lexicon: {self}")

    @property
    def axes(self) -> tuple[Descriptor, ...]:
        """The axes of its kind."""
        return () if self.kind is None else AXES[self.kind]

    def of_kind(self, kind: FindingKind | None) -> WorksheetFinding:
        """Return a copy of another kind; terms that this kind does not have are dropped."""
        if kind is self.kind:
            return self
        return replace(self, kind=kind, terms={}, features=tuple(f for f in self.features if f != kind))

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Contradictions in it, one line each."""
        found = []
        if self.clock and self.clock not in hours(self.breast, self.quadrant):
            side = {"R": "right", "L": "left"}[self.breast]
            found.append(f"{self.clock} o'clock of the {side} breast is not {self.quadrant}")
        if self.category is AssessmentCategory.NEGATIVE:
            found.append("category 1 says that there is nothing to describe")
        return tuple(found)


@dataclass(frozen=True)
class Worksheet:
    """All of it.

    Parameters
    ----------
    composition
        Of both breasts; that of the denser one.
    findings
        In the order in which they were added.
    """

    composition: BreastComposition | None = None
    findings: tuple[WorksheetFinding, ...] = ()

    def with_finding(self, index: int, finding: WorksheetFinding) -> Worksheet:
        """Return a copy with the finding at `index` replaced, or appended."""
        return replace(self, findings=(*self.findings[:index], finding, *self.findings[index + 1 :]))

    def with_inserted(self, index: int, finding: WorksheetFinding) -> Worksheet:
        """Return a copy with a finding inserted before `index`."""
        return replace(self, findings=(*self.findings[:index], finding, *self.findings[index:]))

    def without(self, index: int) -> Worksheet:
        """Return a copy without the finding at `index`."""
        return replace(self, findings=(*self.findings[:index], *self.findings[index + 1 :]))

    def category(self, breast: str) -> AssessmentCategory | None:
        """Return the overall category of a breast's findings; None where none has one."""
        given = {finding.category for finding in self.findings if finding.breast == breast}
        return next((category for category in BY_CONCERN if category in given), None)

    def __bool__(self) -> bool:
        return self.composition is not None or bool(self.findings)


def agree(one: AssessmentCategory, other: AssessmentCategory) -> bool:
    """Return whether two categories agree: 4 without a letter agrees with 4A to 4C."""
    return one is other or (one[0] == other[0] and AssessmentCategory.SUSPICIOUS in (one, other))


def parse(held: Mapping[str, Any]) -> Worksheet:
    """Return the worksheet of a dictionary made by `dataclasses.asdict`. Raises ValueError, KeyError or TypeError."""
    composition = held.get("composition")
    findings: Iterable[Mapping[str, Any]] = held.get("findings", ())
    return Worksheet(None if composition is None else BreastComposition(composition), tuple(map(_finding, findings)))


def _finding(held: Mapping[str, Any]) -> WorksheetFinding:
    size, kind, category = held["size"], held["kind"], held["category"]
    return WorksheetFinding(
        **{
            **held,
            "kind": None if kind is None else FindingKind(kind),
            "terms": {str(name): str(term) for name, term in held["terms"].items()},
            "features": tuple(held["features"]),
            "size": None if size is None else FindingSize(float(size["value"]), str(size["label"]), str(size["view"])),
            "category": None if category is None else AssessmentCategory(category),
        }
    )
