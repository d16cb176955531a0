"""Checks for nine rules against leakage; each raises LeakError with the leak.

The cheap ones run in every evaluation; the tests show that each fails on a set-up with a leak.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import Estimate
from training.data.patch_centres import TISSUE_SHARE
from training.data.prepare import FOLDS, PreparedMammogram
from training.data.splits import PARTS, split
from training.evaluation.out_of_fold import OutOfFoldEvidence
from training.evaluation.result_tables import TableRow

SUBSETS = ("kind", "pathology", "density", "size", "margins")
"""Subsets that figures are reported by (rule 9)."""
CHANCE = 0.6
"""A shortcut with an AUC above this, and its whole interval above one half, reveals the class."""


class LeakError(MammoviewError):
    """A rule is violated, so that figures would be too optimistic."""

    def __init__(self, rule: int, what: str) -> None:
        super().__init__(
            f"rule {rule} of honest figures is broken: {what}", "See training/README.md, 'How it is kept honest'"
        )


def check_split(training: Iterable[str], held: Iterable[str]) -> None:
    """Rule 1: no patient is on both sides. Takes the patients of each mammogram; raises LeakError."""
    both = set(training) & set(held)
    if both:
        raise LeakError(1, f"{len(both)} patients are trained on and tested on, such as {min(both)}")


def check_choice(name: str, chosen_on: Iterable[str], measured_on: Iterable[str]) -> None:
    """Rule 2: a threshold, temperature or epoch is not chosen on the patients it is measured on."""
    both = set(chosen_on) & set(measured_on)
    if both:
        raise LeakError(2, f"{name} is chosen on {len(both)} patients that it is measured on")


def check_crossed(read: Iterable[str], seen: Iterable[str]) -> None:
    """Rule 3: the grid given to the fused model comes from a classifier that never saw the patient."""
    both = set(read) & set(seen)
    if both:
        raise LeakError(3, f"the fused model is given grids of {len(both)} patients by a classifier that saw them")


def sharpness(patches: NDArray[np.float32]) -> NDArray[np.float64]:
    """High-frequency energy of each patch (N, side, side), the trace of a resampler."""
    fine = patches - ndimage.gaussian_filter(patches, (0, 1, 1))
    return np.asarray(fine.std((1, 2)), np.float64)


def check_treatment(patches: NDArray[np.float32], labels: NDArray[np.bool_]) -> None:
    """Rule 4: on a texture without findings, patches drawn as positives and as negatives are indistinguishable."""
    area = roc_auc_score(labels, sharpness(patches))
    limit = 4 * np.sqrt((1 / labels.sum() + 1 / (~labels).sum()) / 12)
    if abs(area - 0.5) > max(0.05, limit):
        raise LeakError(
            4, f"positives and negatives are resampled differently (their sharpness has an AUC of {area:.2f})"
        )


def check_headline(labels: NDArray[np.bool_], share: NDArray[np.float64]) -> None:
    """Rule 5: the negatives of a headline figure are at least 80 % tissue."""
    thin = int((share[~labels] < TISSUE_SHARE).sum())
    if thin:
        raise LeakError(5, f"{thin} negatives of the headline have less than {TISSUE_SHARE:.0%} tissue")


def check_shortcut(name: str, figure: Estimate) -> None:
    """Rule 6: shortcuts without the finding must not reveal the class."""
    if figure.value > CHANCE and figure.low > 0.5:
        raise LeakError(6, f"{name} gives the class away with an AUC of {figure}")


def check_normalisation(patches: NDArray[np.float32]) -> None:
    """Rule 7: patches are normalised with their image, never one by one."""
    if np.ptp(patches.mean((1, 2))) < 1e-3 or np.ptp(patches.std((1, 2))) < 1e-3:
        raise LeakError(7, "every patch has the same mean or deviation: patches are normalised one by one")


def check_figures(rows: Sequence[TableRow]) -> None:
    """Rule 8: every figure has its interval, its n and its split."""
    for row in rows:
        f = row.figure
        if not (np.isfinite([f.low, f.high]).all() and f.n > 0 and row.split):
            raise LeakError(8, f"{row.table}, {row.name}, {row.subset} lacks interval, n or split")


def check_subsets(rows: Sequence[TableRow]) -> None:
    """Rule 9: there are figures by kind, pathology, density, size and margins."""
    subsets = {word for row in rows if "by subset" in row.table for word in row.subset.replace(",", " ").split()}
    missing = [s for s in SUBSETS if s not in subsets]
    if missing:
        raise LeakError(9, f"no figures by {', '.join(missing)}")


def check_rows(rows: Sequence[TableRow]) -> list[str]:
    """Rules 8 and 9 on finished tables; returns the results of rule 6 for the measured shortcuts.

    A shortcut is a property of the data; it is reported with the figures, and does not invalidate them.
    """
    check_figures(rows)
    check_subsets(rows)
    warnings = []
    for row in rows:
        if row.table == "shortcuts":
            try:
                check_shortcut(f"{row.name} ({row.subset})", row.figure)
            except LeakError as leak:
                warnings.append(leak.what)
    return warnings


def _groups(members: Iterable[PreparedMammogram]) -> set[str]:
    return {m.group for m in members}


def check_evidence(evidence: OutOfFoldEvidence) -> None:
    """Check rules 1, 2, 3, 5 and 7 on the folds as trained, predicted and calibrated."""
    for part in PARTS[:FOLDS]:
        parts = split(evidence.members, part)
        training, held = _groups(parts.training), _groups(parts.held)
        check_split(training, held)
        check_crossed((i.member.group for i in evidence.images if str(i.member.fold) == part), training)
        others = {i.member.group for i in evidence.images if str(i.member.fold) != part}
        check_choice("a threshold", others, held)
    for patches in evidence.patches.values():
        keep = patches.tissue
        check_headline(patches.read.label[keep], patches.read.share[keep])
    check_normalisation(np.stack([middle_patch(m) for m in evidence.members[:20]]))


def middle_patch(member: PreparedMammogram, um: int = 200, side: int = 128) -> NDArray[np.float32]:
    """Patch around the centre of the breast."""
    centre = ndimage.center_of_mass(np.asarray(member.mask(um)))
    top, left = (int(min(max(c - side / 2, 0), n - side)) for c, n in zip(centre, member.mask(um).shape, strict=True))
    return np.asarray(member.image(um)[top : top + side, left : left + side], np.float32)
