"""Changes of the models' scores where pixels of a scan are altered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A score of the true scan, and of the altered one."""

    before: float
    after: float


@dataclass(frozen=True)
class ScoreChanges:
    """How the scores of a place changed.

    Parameters
    ----------
    place
        (column, row) in scan pixels.
    grids
        By um per pixel: highest calibrated probability of the patches centred in the altered region.
    baseline, fused
        Highest value of each heatmap in the region; a model of the user's own has one, and None for the baseline.
    rescored
        Frequency that the re-scorer gives a mark in the region's middle; None without a re-scorer.
    folds
        Probability by each fold of the leading classifier, its own first, of the patch that is the most probable one
        of both scans; empty where one fold ships.
    clusters
        Highest score of a cluster of bright spots within a centimetre of the region's middle, 0 where none is found;
        None where there is none in either scan, or no network of clusters.
    """

    place: tuple[float, float]
    grids: dict[int, Change]
    baseline: Change | None
    fused: Change
    rescored: Change | None
    folds: tuple[Change, ...]
    clusters: Change | None = None
