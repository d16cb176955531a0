"""Marks on a scan from DICOM objects about it: reports, segmentations, presentation states, overlay planes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_TURN = np.linspace(0, 2 * np.pi, 64, endpoint=False)


class MarkOrigin(StrEnum):
    """Source of marks, also the name of their layer. They are never mixed with our models' findings."""

    CAD = "cad"
    """Mammography CAD SR (PS3.3 A.35.5)."""
    STATE = "gsps"
    """Grayscale Softcopy Presentation State (PS3.3 A.33.1)."""
    REPORT = "sr"
    """Measurement report (PS3.16 TID 1500)."""
    SEGMENT = "seg"
    """Segmentation (PS3.3 A.51)."""
    OVERLAY = "planes"
    """Overlay Plane (PS3.3 C.9.2)."""


@dataclass(frozen=True, eq=False)  # arrays are never compared
class Bitmap:
    """A bitmap of one bit per pixel, on the lattice of the scan.

    Parameters
    ----------
    left, top
        Column and row of the scan at which it begins.
    read
        Returns its pixels, bool (rows, columns), True where set. The first call may read the file. Raises
        UnreadableError.
    group
        Group of the overlay plane, such as 0x6000.
    """

    left: int
    top: int
    read: Callable[[], NDArray[np.bool_]] = field(repr=False)
    group: int = 0x6000


@dataclass(frozen=True, eq=False)  # compared by identity: arrays are never compared
class Mark:
    """A point, line, closed line or bitmap on a scan, with text.

    Parameters
    ----------
    origin
        What it comes from.
    points
        float64 (N, 2), (column, row) in scan pixels, pixel centres at integer + 0.5; one for a point.
    closed
        Whether the line returns to its first point.
    text
        Such as "Calcification cluster, certainty 87 %"; empty for none.
    source
        Name and version of the algorithm, or the label of the presentation state.
    frame
        Index of the frame that it lies on, or None for all.
    bitmap
        Drawn in place of the line; `points` are then the corners of its box. None for a line.

    Raises
    ------
    ValueError
        When there is no point, or one that is not finite.
    """

    origin: MarkOrigin
    points: NDArray[np.float64]
    closed: bool = False
    text: str = ""
    source: str = ""
    frame: int | None = None
    bitmap: Bitmap | None = None

    def __post_init__(self) -> None:
        p = np.array(self.points, float)
        if p.ndim != 2 or p.shape[1] != 2 or not len(p) or not np.isfinite(p).all():
            raise ValueError(f"a mark needs finite points, got an array of shape {p.shape}")
        p.setflags(write=False)
        object.__setattr__(self, "points", p)

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of its bounding box, (column, row)."""
        column, row = (self.points.min(0) + self.points.max(0)) / 2
        return float(column), float(row)

    @property
    def free_text(self) -> bool:
        """Whether the text is free text, which may name the patient; reports have codes and numbers only."""
        return self.origin in (MarkOrigin.STATE, MarkOrigin.SEGMENT, MarkOrigin.OVERLAY)

    @property
    def words(self) -> str:
        """Text and source in one line."""
        return f"{self.text} ({self.source})" if self.text and self.source else self.text or self.source

    def lies_within(self, rows: int, columns: int) -> bool:
        """Whether its centre lies in a picture of that size."""
        column, row = self.centre
        return 0 <= column <= columns and 0 <= row <= rows


def shape(kind: str, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Return the line of a DICOM graphic (PS3.3 C.10.5.1.2, C.18.6.1.1), and whether it is closed.

    Parameters
    ----------
    kind
        POINT, POLYLINE, INTERPOLATED, CIRCLE (centre, point on it) or ELLIPSE (ends of major, then of minor axis).
    points
        float64 (N, 2), (column, row).

    Raises
    ------
    ValueError
        When the kind is unknown, or the number of points does not fit it.
    """
    count = len(points)
    if kind == "CIRCLE" and count == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        return points[0] + radius * np.column_stack([np.cos(_TURN), np.sin(_TURN)]), True
    if kind == "ELLIPSE" and count == 4:
        centre = points.mean(0)
        major, minor = (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
        return centre + np.cos(_TURN)[:, None] * major + np.sin(_TURN)[:, None] * minor, True
    if kind == "POINT" and count == 1:
        return points, False
    if kind in ("POLYLINE", "INTERPOLATED") and count >= 2:
        closed = count > 3 and bool(np.allclose(points[0], points[-1]))
        return (points[:-1] if closed else points), closed
    raise ValueError(f"no {kind} has {count} points")
