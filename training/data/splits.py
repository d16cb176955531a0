"""Split into training and test, by patient, before any other step (rule 1)."""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.core.errors import MammoviewError
from training.data.prepare import FOLDS, OFFICIAL_TEST, UNKNOWN_FOLD, PreparedMammogram

PILOT = "pilot"
"""Trains on three folds and validates on fold 1; used to choose settings and numbers of epochs."""
ALL = "all"
"""Trains on all patients: the model that ships, with the settings evaluated on the five folds."""
PILOT_HELD, PILOT_UNSEEN = 1, 0
TRIAL = "trial"
"""Trains on the pilot's three folds and is tested on the other two; nothing is chosen while it trains."""
PARTS = (*map(str, range(FOLDS)), ALL)
"""Parts to train for evaluation and for shipping; part "2" is tested on fold 2 and trained on the others."""


@dataclass(frozen=True)
class PatientSplit:
    """Mammograms by use; no patient is in both.

    Parameters
    ----------
    training
        Training set.
    held
        Held-out set of this part. Only the pilot may choose settings by it.
    """

    training: list[PreparedMammogram]
    held: list[PreparedMammogram]


def split(members: list[PreparedMammogram], part: str) -> PatientSplit:
    """Split by the folds of the manifest; `part` is "0" to "4", PILOT, TRIAL or ALL. Raises MammoviewError on others.

    Patients of a data set's own test split are held by ALL, and are nowhere else. Those who may be women of another
    data set are nowhere.
    """
    apart = [m for m in members if m.fold == OFFICIAL_TEST]
    members = [m for m in members if m.fold not in (OFFICIAL_TEST, UNKNOWN_FOLD)]
    if part == ALL:
        return PatientSplit(members, apart)
    if part in (PILOT, TRIAL):
        out = (PILOT_HELD, PILOT_UNSEEN)
        held = (PILOT_HELD,) if part == PILOT else out
        return PatientSplit([m for m in members if m.fold not in out], [m for m in members if m.fold in held])
    if part not in PARTS:
        raise MammoviewError(f"there is no part {part!r}", f"Choose one of {', '.join((*PARTS, PILOT, TRIAL))}")
    return PatientSplit([m for m in members if m.fold != int(part)], [m for m in members if m.fold == int(part)])
