"""A finding in the list: what is known of it, in words and as a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QImage

from mammoview.qt.findings.model_differences import ModelDifferences
from mammoview.qt.i18n.message_catalog import by_locale, localized_line, phrase
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.study.scan import FROM_THE_SIDE, Projection

if TYPE_CHECKING:
    from mammoview.assess.models.operating_curves import Interval
    from mammoview.assess.results.assessment import Assessment, Finding
    from mammoview.assess.results.mark_pairs import MarkPair, PairRate
    from mammoview.display.breast_position import BreastPosition

LEAST_CROP_MM = 20.0
"""A thumbnail shows at least as much of the breast; of larger marks twice their size."""
FROM_ABOVE = (Projection.CC, Projection.XCCL, Projection.XCCM)
"""Projections that show what is lateral and what medial."""
CROP_SHARE = 0.1
"""Share of the scan's longer side that a thumbnail shows where the spacing is unknown."""


@dataclass(frozen=True, eq=False)
class ListedFinding:
    """A finding of the study.

    Parameters
    ----------
    entry
        Its scan.
    finding
        As the models gave it.
    number
        Its number in the list, and beside its mark: 1 for the highest score.
    size_mm
        Diameter of the mark, None where it is not known.
    place
        Where it lies from the nipple, None where that is not known.
    odds
        Of the marks scored so, the share that held a finding, with its interval. None where nobody counted.
    pair
        The pair of marks that it belongs to, None where it has no partner.
    partner
        The other finding of that pair.
    models
        Which of two models have it; empty where there is one model alone, or the other has not assessed the scan.
    """

    entry: ScanEntry
    finding: Finding
    number: int
    size_mm: float | None = None
    place: BreastPosition | None = None
    odds: Interval | None = None
    pair: MarkPair | None = None
    partner: tuple[ScanEntry, Finding] | None = None
    models: str = ""

    def is_same(self, other: ListedFinding) -> bool:
        """Whether another line of a list is of this finding, of which more may be known since."""
        return self.entry is other.entry and self.finding.is_place_of(other.finding)

    @property
    def letter(self) -> str:
        """Letter of its pair; empty without one."""
        return "" if self.pair is None else self.pair.letter

    @property
    def tag(self) -> str:
        """What stands beside its mark, such as "1 A"."""
        return f"{self.number} {self.letter}".rstrip()

    @property
    def view(self) -> str:
        """Its scan in the reader's words, such as "L CC"."""
        return phrase(self.entry.scan.name)

    @property
    def title(self) -> str:
        """Number, pair, view and size."""
        size = "" if self.size_mm is None else _tr("{:.0f} mm").format(self.size_mm)
        return "  ".join(part for part in (self.tag, self.view, size) if part)

    @property
    def odds_text(self) -> str:
        """How often such a mark held a finding; its score where that was never counted."""
        if self.odds is None:
            return by_locale(_tr("score {:.2f}").format(self.finding.score))
        value, low, high = (round(100 * part) for part in self.odds)
        text = _tr("{value} of 100 such marks held a finding ({low} to {high})")
        return text.format(value=value, low=low, high=high)

    @property
    def place_text(self) -> str:
        """The half of the breast where the view shows it, and the distance from the nipple.

        A half is named only of what lies further from the nipple's level than the nipple itself may be misplaced.
        """
        if self.place is None:
            return ""
        far = _tr("{:.0f} mm from nipple").format(self.place.from_nipple)
        projection = self.entry.scan.projection
        if projection in FROM_ABOVE and self.entry.scan.laterality is not None:
            half = _tr("outer half") if self.place.up >= 0 else _tr("inner half")
        elif projection in FROM_THE_SIDE:
            half = _tr("upper half") if self.place.up >= 0 else _tr("lower half")
        else:
            return far
        if self.place.level:
            half = _tr("level with the nipple")
        return _tr("{half}, {far}").format(half=half, far=far)

    @property
    def pair_text(self) -> str:
        """The view of its partner, the depths that make them a pair, how often that is one lesion, and its hour then.

        The clock face rests on both views, and holds no more often than the pair does. Of a mark without a partner,
        that it has none, and its depth.
        """
        oblique = self.entry.scan.projection is Projection.MLO
        depth = None if self.place is None else self.place.behind_nipple(oblique)
        if self.pair is None or self.partner is None:
            return _tr("no pair") if depth is None else _tr("no pair, {:.0f} mm deep").format(depth)
        words = _tr("{letter} ↔ {view}").format(letter=self.letter, view=phrase(self.partner[0].scan.name))
        other = (self.pair.craniocaudal if oblique else self.pair.oblique).behind_nipple
        if depth is not None and other is not None:
            words += ", " + _tr("{own:.0f} and {other:.0f} mm deep").format(own=depth, other=other)
        rate = None if self.entry.assessed is None else _pair_rate(self.entry.assessed.assessment)
        where = _tr("behind the nipple")
        if self.pair.hour is not None:
            where = _tr("at {hour} o'clock").format(hour=self.pair.hour)
        if rate is None:
            return f"{words}; " + _tr("if one lesion, {where}").format(where=where)
        likely = _tr("same lesion in {share} of 100 such pairs, then {where}")
        return f"{words}; " + likely.format(share=round(100 * rate.value), where=where)

    @property
    def agreement(self) -> tuple[float, float]:
        """Share of the magnifications that agree, and of the folds of the leading one; 0 where that is not known."""
        assessment = None if self.entry.assessed is None else self.entry.assessed.assessment
        if assessment is None or assessment.lacking or not assessment.grids:
            return 0.0, 0.0
        above = assessment.layers_above(self.finding)
        scales = sum(f"grid_{um}um" in above for um in assessment.grids) / len(assessment.grids)
        values, leading = self.finding.fold_values or (), next(iter(assessment.named_grids.values()))
        return scales, sum(value >= leading.threshold for value in values) / max(1, len(values))

    @property
    def agreement_text(self) -> str:
        """How many magnifications agree, and how many folds of the leading one, from its grid's threshold on.

        First that it rests on a cluster of bright spots, where it does.
        """
        parts = [_tr("cluster of bright spots")] if self.finding.cluster else []
        assessment = None if self.entry.assessed is None else self.entry.assessed.assessment
        if assessment is not None and assessment.lacking:
            parts.append(_tr("scales not known yet"))
        elif assessment is not None and assessment.grids:
            above = assessment.layers_above(self.finding)
            agree = sum(f"grid_{um}um" in above for um in assessment.grids)
            parts.append(_tr("{some}/{all} scales").format(some=agree, all=len(assessment.grids)))
        leading = None if assessment is None else next(iter(assessment.named_grids.values()), None)
        if self.finding.folds is not None and leading is not None:
            low, high = self.finding.folds
            values = self.finding.fold_values
            split = _tr("folds differ") if high >= leading.threshold else _tr("no fold")
            agree = sum(value >= leading.threshold for value in values or ())
            counted = _tr("{some}/{all} folds").format(some=agree, all=len(values or ()))
            parts.append(counted if values else _tr("all folds") if low >= leading.threshold else split)
        return ", ".join(parts)

    @property
    def about(self) -> str:
        """All figures, for a tool tip and for a screen reader."""
        assessment = None if self.entry.assessed is None else self.entry.assessed.assessment
        lines = [self.title, self.odds_text, self.place_text, self.pair_text, self.agreement_text, self.models]
        if self.pair is not None and assessment is not None:
            lines.insert(4, _pair_hint(self.pair.difference_mm, assessment))
        if self.finding.cluster:
            lines.append(
                _tr("Small bright spots lie closer together here than around: calcifications, or what looks like them.")
            )
        for title, ends in (
            (_tr("patch over its flips: {}"), self.finding.flips),
            (_tr("patch over the folds: {}"), self.finding.folds),
        ):
            if ends is not None:
                lines.append(title.format(_range(ends)))
        if self.place is not None or self.size_mm is not None:
            lines.append(_tr("lengths in {}").format(localized_line(self.entry.scan.spacing.label)))
        return "\n".join(line for line in lines if line)


def _pair_rate(assessment: Assessment) -> PairRate | None:
    """Return how often pairs of the findings were one lesion, None where nobody counted."""
    from mammoview.assess.results.mark_pairs import same_lesion

    return same_lesion(assessment)


def _pair_hint(difference_mm: float, assessment: Assessment) -> str:
    """Return how much the depths of two marks differ, and how often such a pair is one lesion."""
    text = _tr("{:.0f} mm apart in depth behind the nipple").format(difference_mm)
    rate = _pair_rate(assessment)
    if rate is None:
        return text
    share, low, high = (round(100 * part) for part in rate[:3])
    hint = _tr("of 100 such pairs {share} were the same lesion ({low} to {high}): a hint, no proof")
    return f"{text}; {hint.format(share=share, low=low, high=high)}"


def listed_findings(entries: Sequence[ScanEntry], differences: ModelDifferences | None = None) -> list[ListedFinding]:
    """Return the findings of a study, the highest score first; `differences` are those of two models."""
    found = [(e, e.assessed.assessment, f) for e in entries if e.assessed for f in e.assessed.assessment.findings]
    if not found:
        return []
    # Imported here: scikit-image would delay the window, which has no findings yet when it is first painted.
    from mammoview.assess.results.mark_pairs import paired, placed
    from mammoview.assess.results.mark_size import finding_size_mm

    found.sort(key=lambda one: -one[2].score)
    entry_of = {e.scan: e for e in entries}
    marks = [
        mark
        for e in entries
        if e.analysis is not None and e.assessed is not None
        for mark in placed(e.analysis, e.assessed.assessment)
    ]
    places = {id(mark.finding): mark.position for mark in marks}
    pairs: dict[int, tuple[MarkPair | None, tuple[ScanEntry, Finding] | None]] = {}
    for pair in paired(marks):
        for one, other in ((pair.craniocaudal, pair.oblique), (pair.oblique, pair.craniocaudal)):
            pairs[id(one.finding)] = pair, (entry_of[other.scan], other.finding)
    listed = []
    for number, (entry, assessment, finding) in enumerate(found, 1):
        of_pair, partner = pairs.get(id(finding), (None, None))
        size = finding_size_mm(assessment.heatmap, finding, entry.scan.spacing)
        place = places.get(id(finding))
        odds, models = _odds(assessment, finding), "" if differences is None else differences.text(finding)
        listed.append(ListedFinding(entry, finding, number, size, place, odds, of_pair, partner, models))
    return listed


def thumbnail(one: ListedFinding, side_px: int) -> QImage | None:
    """Return the place of a finding as it is on screen: same greys, hung the same way; None while there is no picture.

    It is that of the true scan, also while an altered copy is shown.

    Parameters
    ----------
    one
        The finding, in the middle.
    side_px
        Width and height to return.
    """
    from mammoview.display.screen_orientation import hung_transform

    grey, picture, spacing = one.entry.grey, one.entry.true_picture, one.entry.scan.spacing
    if grey is None or picture is None:
        return None
    if spacing.known:
        mm = max(LEAST_CROP_MM, 2 * (one.size_mm or 0.0))
        across, down = mm / spacing.column_mm, mm / spacing.row_mm
    else:
        across = down = CROP_SHARE * max(one.entry.scan.rows, one.entry.scan.columns)
    level = picture.pyramid.level_for(side_px / across)
    codes, size = picture.pyramid.levels[level], 1 << level
    # Nearest pixels of that level; beyond the film it is black.
    columns = ((one.finding.column + across * ((np.arange(side_px) + 0.5) / side_px - 0.5)) // size).astype(int)
    rows = ((one.finding.row + down * ((np.arange(side_px) + 0.5) / side_px - 0.5)) // size).astype(int)
    inside = ((rows >= 0) & (rows < codes.shape[0]))[:, None] & ((columns >= 0) & (columns < codes.shape[1]))
    crop = codes[np.ix_(rows.clip(0, codes.shape[0] - 1), columns.clip(0, codes.shape[1] - 1))]
    shown = np.where(inside, grey.table()[crop], 0).astype(np.uint8)
    shown = np.ascontiguousarray(hung_transform(picture.analysis).turned(shown))
    return QImage(shown.data, side_px, side_px, side_px, QImage.Format.Format_Grayscale8).copy()


def _odds(assessment: Assessment, finding: Finding) -> Interval | None:
    """Return the share of such marks that held a finding."""
    from mammoview.assess.models.operating_curves import Interval

    if finding.interval is not None:
        return Interval(finding.score, *finding.interval)
    return None if assessment.curves.odds is None else assessment.curves.odds.at(finding.score)


def _range(ends: tuple[float, float]) -> str:
    """Write a range of probabilities, or one where both ends look alike."""
    low, high = (by_locale(f"{p:.2f}") for p in ends)
    return low if low == high else _tr("{low} to {high}").format(low=low, high=high)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("findings", text)
