"""Model sensitivity of a network without gradients: how far its logit moves when a square of a patch is covered."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SQUARE_UM = 3200.0
"""Side of a covered square, unless that makes more than `MOST_SQUARES` of them across."""
MOST_SQUARES = 12
"""Squares across a patch, so that one of them takes 145 runs at most."""
MOST_SECONDS = 20.0
"""No further patch is begun after this time."""

Score = Callable[[NDArray[np.float32]], NDArray[np.float64]]
"""Logits (N,) of patches (N, side, side)."""


@dataclass(frozen=True)
class OccludedPatches:
    """Changes of the logit.

    Parameters
    ----------
    changes
        Absolute change when the square of each pixel is covered, float32 (N, region, region).
    asked
        Number of places that were wanted; more than N where time ran out.
    """

    changes: NDArray[np.float32]
    asked: int


@dataclass(frozen=True)
class Squares:
    """How a region is divided into squares that are covered one after another.

    Parameters
    ----------
    size
        Side of a square, pixels.
    number
        Squares across.
    region
        Side of the region, pixels: `number` squares, of which the last may be cut off.
    """

    size: int
    number: int
    region: int

    @classmethod
    def across(cls, side: int, um_per_px: float, whole: bool) -> Squares:
        """Return the squares of a patch of `side` pixels: of the whole of it, or of `MOST_SQUARES` about a place."""
        size = max(1, round(SQUARE_UM / um_per_px))
        number = -(-side // size)
        if number <= MOST_SQUARES:
            return cls(size, number, side)
        size = -(-side // MOST_SQUARES) if whole else size
        number = min(MOST_SQUARES, -(-side // size))
        return cls(size, number, side if whole else number * size)


@dataclass(frozen=True)
class Place:
    """One region that is to be covered square by square.

    Parameters
    ----------
    patch
        What the network is given, float32 (side, side).
    corner
        Row and column of the region's corner in it; the region may reach beyond the patch.
    score
        Logits (N,) of patches (N, side, side) as they concern this place.
    """

    patch: NDArray[np.float32]
    corner: tuple[int, int]
    score: Score


def occlusion(
    places: Sequence[Place],
    squares: Squares,
    batch: int,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[float], None] = lambda _: None,
    seconds: float = MOST_SECONDS,
) -> OccludedPatches:
    """Cover each square of each place with the mean of its patch in turn.

    Parameters
    ----------
    places
        The most important first: where time runs out, the last ones are left out.
    squares
        How their regions are divided.
    batch
        Covered patches of one run.
    check
        Called before each run; raises to stop the work.
    progress
        Called with the share that is done.
    seconds
        No further place is begun after this time.
    """
    ends = time.monotonic() + seconds
    found: list[NDArray[np.float32]] = []
    for k, place in enumerate(places):
        if found and time.monotonic() > ends:
            break
        check()
        share = lambda part, k=k: progress((k + part) / len(places))  # noqa: E731
        changes = _changes(place, squares, batch, check, share)
        spread = changes.repeat(squares.size, 0).repeat(squares.size, 1)
        found.append(spread[: squares.region, : squares.region])
    none = np.zeros((0, squares.region, squares.region), np.float32)
    return OccludedPatches(np.stack(found) if found else none, len(places))


def _changes(
    place: Place, squares: Squares, batch: int, check: Callable[[], None], progress: Callable[[float], None]
) -> NDArray[np.float32]:
    """Return the change of the logit for each square, float32 (number, number)."""
    patch, (top, left), n = place.patch, place.corner, squares.number
    whole, fill = float(place.score(patch[None])[0]), float(patch.mean())
    changes = np.zeros(n * n, np.float32)
    for i in range(0, n * n, batch):
        check()
        progress(i / n**2)
        numbers = range(i, min(i + batch, n * n))
        covered = np.repeat(patch[None], len(numbers), 0)
        for one, number in zip(covered, numbers, strict=True):
            row, column = top + number // n * squares.size, left + number % n * squares.size
            one[max(0, row) : max(0, row + squares.size), max(0, column) : max(0, column + squares.size)] = fill
        changes[i : i + len(numbers)] = np.abs(place.score(covered) - whole)
    return changes.reshape(n, n)
