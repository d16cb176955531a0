"""Marks that two models share, and those of one of them alone, for the list of findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.session.scan_entry import ScanEntry

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Finding


@dataclass(frozen=True)
class ModelDifferences:
    """The marks of the current model against those of the other one, by the rule of `lone_marks`.

    Parameters
    ----------
    letter, other
        Letters of the current model and of the other one.
    other_words
        Name of the other one.
    alone
        By `id` of a finding of the current model: whether it is this model's alone. Findings of scans that the other
        has not assessed are left out.
    of_other
        Scans on which the other has marks of its own, and how many.
    lacking
        How many scans one of the two has not assessed.
    scans
        Number of scans.
    """

    letter: str
    other: str
    other_words: str
    alone: Mapping[int, bool]
    of_other: Mapping[str, int]
    lacking: int
    scans: int

    def text(self, finding: Finding) -> str:
        """Return whose a finding is; empty where that is not known yet."""
        alone = self.alone.get(id(finding))
        if alone is None:
            return ""
        return _tr("model {} alone").format(self.letter) if alone else _tr("both models")

    def summary(self, key: str) -> str:
        """Return the numbers of the study; `key` shows the other model."""
        one = sum(self.alone.values())
        both, two = len(self.alone) - one, sum(self.of_other.values())
        where = f" ({', '.join(self.of_other)})" if 0 < len(self.of_other) < self.scans else ""
        text = _tr("Marks of both models: {both}, of model {letter} alone: {one}, of model {other} alone: {two}")
        lines = [text.format(both=both, letter=self.letter, one=one, other=self.other, two=two) + where]
        if self.lacking:
            text = _tr("{done} of {all} scans are compared: the others are not assessed by both")
            lines.append(text.format(done=self.scans - self.lacking, all=self.scans))
        if key:
            lines.append(_tr("{key} shows {letter}: {name}").format(key=key, letter=self.other, name=self.other_words))
        return "\n".join(lines)


def model_differences(
    choices: ModelChoices, layers: LayerState, entries: Sequence[ScanEntry]
) -> ModelDifferences | None:
    """Compare the listed marks of two models at the present budget; None while there is one model alone."""
    if choices.other is None:
        return None
    from mammoview.assess.results.hits_and_overlap import lone_marks, mm_per_px

    alone: dict[int, bool] = {}
    of_other: dict[str, int] = {}
    lacking = 0
    for entry in entries:
        made = entry.of(choices.other.key).made
        if entry.assessed is None or made is None:
            lacking += 1
            continue
        lists = entry.assessed.assessment.findings, made.assessment.at_budget(layers.false_marks).findings
        places, of_theirs = ([(one.column, one.row) for one in found] for found in lists)
        lone, theirs = lone_marks(places, of_theirs, mm_per_px(entry.scan.spacing))
        alone |= {id(finding): bool(flag) for finding, flag in zip(lists[0], lone, strict=True)}
        if theirs.any():
            name = phrase(entry.scan.name)
            of_other[name] = of_other.get(name, 0) + int(theirs.sum())
    return ModelDifferences(
        choices.letter, choices.other_letter, choices.other.words, alone, of_other, lacking, len(entries)
    )


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("findings", text)
