"""Marks in CC and MLO that may be the same place of one breast: equally deep behind the nipple. No torch.

A pair is a hint, never a proof: `same_lesion` states how often one was right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from mammoview.assess.results.assessment import Assessment, Finding
from mammoview.display.breast_position import BreastPosition, breast_position, clock_hour
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.scan import Laterality, Projection, Scan

TOLERANCE_MM = 12.0
"""Largest difference of the depths behind the nipple in a pair.

Of one mass in both views they differ by 6.4 mm in the median, and by less than this in 79 of 100:
`training/results/pairs.csv`.
"""


class PairRate(NamedTuple):
    """Share of pairs that were one mass, its 95 % interval, and the number of pairs."""

    value: float
    low: float
    high: float
    n: int


SAME_LESION = {
    0.25: PairRate(0.676, 0.624, 0.729, 272),
    0.5: PairRate(0.574, 0.526, 0.622, 376),
    1.0: PairRate(0.430, 0.391, 0.472, 565),
    2.0: PairRate(0.295, 0.268, 0.324, 896),
}
"""Rate of pairs that were one mass, by false marks per normal view.

Out of fold, in breasts that hold a mass in both views, from `training/results/pairs.csv`; where masses are rarer, so
are they among pairs.
"""


@dataclass(frozen=True, eq=False)
class PlacedMark:
    """A mark of the models in one scan of a study.

    Parameters
    ----------
    scan
        The scan.
    finding
        As the models gave it.
    position
        Where it lies, None where that is not known.
    """

    scan: Scan
    finding: Finding
    position: BreastPosition | None

    @property
    def behind_nipple(self) -> float | None:
        """Depth behind the nipple, mm; None where the position is not known."""
        return None if self.position is None else self.position.behind_nipple(self.scan.projection is Projection.MLO)


@dataclass(frozen=True, eq=False)
class MarkPair:
    """Two marks of one breast.

    Parameters
    ----------
    letter
        "A" for the pair with the highest score, and so on.
    craniocaudal, oblique
        The marks.
    difference_mm
        How much their depths behind the nipple differ.
    hour
        Where they lie on the clock face; None right behind the nipple.
    """

    letter: str
    craniocaudal: PlacedMark
    oblique: PlacedMark
    difference_mm: float
    hour: int | None


def listed_false_marks(assessment: Assessment) -> float | None:
    """Return the false marks per normal view of the listed findings, None for models without an operating curve."""
    curve = assessment.curves.findings
    return None if curve is None else curve.false_marks_at(assessment.least).value


def same_lesion_at(false_marks: float | None) -> PairRate | None:
    """Return how often pairs were one mass at about so many false marks per normal view; None where it is unknown."""
    if false_marks is None:
        return None
    return SAME_LESION[min(SAME_LESION, key=lambda budget: abs(budget - false_marks))]


def same_lesion(assessment: Assessment) -> PairRate | None:
    """Return how often pairs of the listed findings were one mass, None for models without an operating curve."""
    return same_lesion_at(listed_false_marks(assessment))


def placed(analysis: ScanAnalysis, assessment: Assessment) -> list[PlacedMark]:
    """Return the listed findings of a scan as marks to be paired."""
    return [
        PlacedMark(analysis.scan, finding, breast_position(analysis, finding.column, finding.row))
        for finding in assessment.findings
    ]


def likely_pairs(
    craniocaudal: Sequence[tuple[float, float]], oblique: Sequence[tuple[float, float]], tolerance_mm: float
) -> list[tuple[int, int]]:
    """Pair marks of two views whose depths are close; the highest scores first, and each has one partner at most.

    Marks with a high score in both views are one lesion more often than those that are closest: 41 against 39 of 100.

    Parameters
    ----------
    craniocaudal, oblique
        Depth behind the nipple, mm, and score of each mark.
    tolerance_mm
        Largest difference of depth.

    Returns
    -------
    Index in `craniocaudal` and in `oblique` of each pair.
    """
    close = [
        (-score * other_score, i, j)
        for i, (depth, score) in enumerate(craniocaudal)
        for j, (other_depth, other_score) in enumerate(oblique)
        if abs(depth - other_depth) <= tolerance_mm
    ]
    found: list[tuple[int, int]] = []
    for _product, i, j in sorted(close):
        if all(i != one and j != other for one, other in found):
            found.append((i, j))
    return found


def paired(marks: Sequence[PlacedMark], tolerance_mm: float = TOLERANCE_MM) -> list[MarkPair]:
    """Pair the marks of CC and MLO views of each breast, as `likely_pairs` does.

    The pair with the highest score comes first; of equal ones that of the earlier mark.
    """
    order = {id(mark): place for place, mark in enumerate(marks)}
    of_view: dict[tuple[Laterality | None, Projection | None], list[tuple[PlacedMark, BreastPosition]]] = {}
    for mark in marks:
        scan, position = mark.scan, mark.position
        if position is not None:
            of_view.setdefault((scan.laterality, scan.projection), []).append((mark, position))
    found: list[tuple[float, PlacedMark, PlacedMark, int | None]] = []
    for side in Laterality:
        above, beside = of_view.get((side, Projection.CC), []), of_view.get((side, Projection.MLO), [])
        in_cc = [(p.behind_nipple(False), mark.finding.score) for mark, p in above]
        in_mlo = [(p.behind_nipple(True), mark.finding.score) for mark, p in beside]
        for i, j in likely_pairs(in_cc, in_mlo, tolerance_mm):
            difference = abs(in_cc[i][0] - in_mlo[j][0])
            found.append((difference, above[i][0], beside[j][0], clock_hour(side, above[i][1], beside[j][1])))
    found.sort(key=lambda pair: min((-mark.finding.score, order[id(mark)]) for mark in (pair[1], pair[2])))
    return [
        MarkPair(letter, one, other, difference, hour)
        for letter, (difference, one, other, hour) in zip(_letters(), found, strict=False)
    ]


def _letters() -> Iterable[str]:
    """Go over "A" to "Z", then "A2" and so on."""
    for turn in count(1):
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            yield letter if turn == 1 else f"{letter}{turn}"


def pair_table(pairs: Sequence[MarkPair], names: Mapping[Scan, str] | None = None) -> list[dict[str, Any]]:
    """Return pairs ready for JSON: side, letter, the two marks, how far apart they are, and their hour.

    Parameters
    ----------
    pairs
        From `paired`.
    names
        What identifies each scan beside the table; left out where None.
    """
    return [
        {
            "laterality": pair.craniocaudal.scan.laterality,
            "letter": pair.letter,
            "cc": _mark(pair.craniocaudal, names),
            "mlo": _mark(pair.oblique, names),
            "difference_mm": round(pair.difference_mm, 2),
            "clock_hour": pair.hour,
        }
        for pair in pairs
    ]


def pair_document(marks: Sequence[PlacedMark], rate: PairRate | None, names: Mapping[Scan, str]) -> dict[str, Any]:
    """Return all pairs of a study ready for JSON, how often such pairs are one lesion, and the unpaired marks.

    Parameters
    ----------
    marks
        The listed findings of all its scans.
    rate
        From `same_lesion`.
    names
        What identifies each scan; never a patient or a file.
    """
    pairs = paired(marks)
    in_pairs = {id(mark) for pair in pairs for mark in (pair.craniocaudal, pair.oblique)}
    return {
        "tolerance_mm": TOLERANCE_MM,
        "same_lesion": None if rate is None else rate._asdict(),
        "pairs": pair_table(pairs, names),
        "unpaired": [_mark(mark, names) for mark in marks if id(mark) not in in_pairs],
    }


def _mark(one: PlacedMark, names: Mapping[Scan, str] | None) -> dict[str, Any]:
    """Return a mark ready for JSON; lengths in mm, None where its position is not known."""
    depth = one.behind_nipple
    return {
        **({} if names is None else {"scan": names[one.scan]}),
        "view": one.scan.name,
        "rank": one.finding.rank,
        "score": one.finding.score,
        "column": one.finding.column,
        "row": one.finding.row,
        "behind_nipple_mm": None if depth is None else round(depth, 2),
        "from_nipple_mm": None if one.position is None else round(one.position.from_nipple, 2),
    }
