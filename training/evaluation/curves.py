"""Curves of model.json from out-of-fold marks: which findings and views they are of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mammoview.assess.models.operating_curves import MarkOdds, OperatingCurve
from mammoview.evaluation.statistics import CandidateMarks
from training.data.prepare import PreparedMammogram
from training.metrics.operating import frequencies, operating_curve

SETS = {"cbis_masses": "CBIS-DDSM", "cbis_ddsm": "CBIS-DDSM", "mini_mias": "mini-MIAS", "ddsm_100um": "DDSM"}
"""Names of data sets for the reader; others keep their folder's name."""


def curve_of(members: Sequence[PreparedMammogram], marks: list[CandidateMarks], split: str) -> OperatingCurve:
    """Return the operating curve of all findings and of the normal views of some mammograms."""
    counts = Counter[str]()
    for member in members:
        if member.findings:
            counts[SETS.get(member.source, member.source)] += len(member.findings)
    counted = ", ".join(f"{n} of {name}" for name, n in counts.most_common())
    normal = np.array([not m.findings for m in members])
    return operating_curve(marks, normal, f"all findings ({counted})", split)


def odds_of(marks: Sequence[CandidateMarks], split: str) -> MarkOdds:
    """Return how often marks of some score held a finding."""
    scores = np.concatenate([m.scores for m in marks])
    held = np.concatenate([m.lesion >= 0 for m in marks])
    groups = np.concatenate([np.full(len(m.scores), m.group) for m in marks])
    return MarkOdds(split=split, points=frequencies(scores, held, groups))
