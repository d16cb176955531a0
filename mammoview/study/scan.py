"""Data classes of a study: Scan, Outline, Stack, Study. Plain data, independent of file formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from mammoview.study.annotations import Annotation
from mammoview.study.grey_pipeline import GreyPipeline, VoiWindow
from mammoview.study.identity import NOBODY, PatientIdentity
from mammoview.study.marks import Mark
from mammoview.study.pixel_hash import pixel_hash
from mammoview.study.probability_maps import ProbabilityMap
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing


class Laterality(StrEnum):
    """The side of the breast."""

    L = "L"
    R = "R"


class Side(StrEnum):
    """A side of the upright picture, which is the stored one or its transpose."""

    LEFT = "left"
    RIGHT = "right"


class Projection(StrEnum):
    """The DICOM view of a scan (CID 4014); "view" is kept for what is on screen."""

    CC = "CC"
    MLO = "MLO"
    ML = "ML"
    LM = "LM"
    LMO = "LMO"
    FB = "FB"
    SIO = "SIO"
    ISO = "ISO"
    XCCL = "XCCL"
    XCCM = "XCCM"


FROM_THE_SIDE = frozenset({Projection.MLO, Projection.ML, Projection.LM, Projection.LMO})
"""Projections that show what is up and what down, and the pectoral muscle."""


class OutlineKind(StrEnum):
    """How an outline was given."""

    BOUNDARY = "boundary"
    CORE = "core"
    BOX = "box"
    CIRCLE = "circle"


@dataclass(frozen=True)
class Outline:
    """A closed polygon drawn on a scan by a person.

    Parameters
    ----------
    points
        float64 (N, 2), (column, row) in scan pixels, pixel centres at integer + 0.5; not repeated at the end.
    kind
        How it was given; circles and boxes are stored as polygons too.
    lesion_type
        The words of the data set, such as "MASS SHAPE OVAL MARGINS CIRCUMSCRIBED"; empty when unknown.
    assessment
        BI-RADS assessment 0..6, or None.
    subtlety
        1 (subtle) .. 5 (obvious), or None.
    pathology
        MALIGNANT, BENIGN, ...; empty when unknown.
    source
        Who or what drew it: the file or data set.
    note
        Note of the person who drew it.
    """

    points: NDArray[np.float64]
    kind: OutlineKind
    lesion_type: str = ""
    assessment: int | None = None
    subtlety: int | None = None
    pathology: str = ""
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        p = np.asarray(self.points, float)
        if p.ndim != 2 or p.shape[1] != 2 or len(p) < 3 or not np.isfinite(p).all():
            raise ValueError(f"an outline needs at least three finite points, got an array of shape {p.shape}")
        p.setflags(write=False)
        object.__setattr__(self, "points", p)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in scan pixels."""
        (left, top), (right, bottom) = self.points.min(0), self.points.max(0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def centroid(self) -> tuple[float, float]:
        """Centre of mass of the filled polygon, (column, row)."""
        x, y = (self.points - self.points[0]).T
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = cross.sum() / 2
        if abs(area) < 1e-9:
            centre = self.points.mean(0)
        else:
            centre = self.points[0] + (
                ((x + np.roll(x, -1)) * cross).sum() / (6 * area),
                ((y + np.roll(y, -1)) * cross).sum() / (6 * area),
            )
        return float(centre[0]), float(centre[1])


def circle(column: float, row: float, radius: float, **facts: object) -> Outline:
    """Return a circle of that radius (pixels) as a 64-gon Outline."""
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    points = np.column_stack([column + radius * np.cos(t), row + radius * np.sin(t)])
    return Outline(points, OutlineKind.CIRCLE, **facts)  # type: ignore[arg-type]  # as Outline has them


def box(left: float, top: float, right: float, bottom: float, **facts: object) -> Outline:
    """Return a rectangle, pixels, as an Outline."""
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
    return Outline(points, OutlineKind.BOX, **facts)  # type: ignore[arg-type]  # as Outline has them


def view_name(laterality: str, projection: str) -> str:
    """Return a short name such as "L CC", with a placeholder for an unknown (empty) part."""
    if laterality and projection:
        return f"{laterality} {projection}"
    if laterality:
        return f"{laterality}, projection unknown"
    return f"{projection}, side unknown" if projection else "side unknown"


@dataclass(frozen=True)
class FrameStack:
    """The frames of a file that holds several, such as the slices of a tomosynthesis; all have one size.

    Parameters
    ----------
    count
        How many there are, at least two.
    read
        Decodes the frame of that index, from 0: a 2-D array (rows, columns) of stored values. Raises UnreadableError.
    word
        Name of one of them in the user interface: "slice" or "frame".
    windows
        VOI windows of every frame, as many for each; empty where all frames share those of `GreyPipeline`.
    """

    count: int
    read: Callable[[int], NDArray[np.generic]] = field(repr=False)
    word: str = "frame"
    windows: tuple[tuple[VoiWindow, ...], ...] = ()


@dataclass(eq=False)  # compared by identity: hashable, and arrays are never compared
class Scan:
    """One mammogram.

    Pixels are decoded on the first access to `pixels` and kept until `release`. Everything else is known once the
    header has been read.

    Parameters
    ----------
    path
        The file it came from.
    rows, columns
        Size in pixels.
    read
        Decodes the file: returns a 2-D array (rows, columns) of stored values. Raises UnreadableError.
    laterality, projection
        Side and projection, or None where neither the file nor its name says.
    spacing
        mm per pixel and its source.
    orientation
        Patient directions of increasing column and increasing row, such as ("A", "FL"), or None when the file does
        not say (DICOM PS3.3 C.7.6.1.1.1).
    grey
        How stored values become grey.
    outlines
        Drawn by a person; empty for none.
    facts
        Further facts for display, such as {"date": "1996-07-03", "density": "3"}; keys are plain words.
    warnings
        Messages for the user, one line each.
    patient
        A name to group scans by; never written to logs or de-identified exports.
    annotations
        Rulers, angles, regions, arrows and texts of the reader; empty for none.
    file
        What its bytes are read from when it is not `path`: the member of a zip. None otherwise.
    marks
        Marks of DICOM objects about it: findings of reports, segments, annotations of presentation states.
    maps
        Maps of probabilities of segmentations.
    stack
        The frames of a file that holds several; one of them at a time is the current picture. None for a single
        picture.
    frame
        Index of the current frame, from 0.
    identity
        Whom its header names; never written to logs or de-identified exports.
    answered_warnings
        Warnings that the user's calibration has answered; they come back without it.
    altered
        Whether this is a copy with other pixels than those of the file, from `alteration.altered_copy`.
    """

    path: Path
    rows: int
    columns: int
    read: Callable[[], NDArray[np.generic]] = field(repr=False)
    laterality: Laterality | None = None
    projection: Projection | None = None
    spacing: Spacing = UNKNOWN_SPACING
    orientation: tuple[str, str] | None = None
    grey: GreyPipeline = field(default_factory=GreyPipeline)
    outlines: tuple[Outline, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    patient: str = ""
    annotations: tuple[Annotation, ...] = ()
    file: Path | None = None
    stack: FrameStack | None = None
    frame: int = 0
    marks: tuple[Mark, ...] = ()
    maps: tuple[ProbabilityMap, ...] = ()
    identity: PatientIdentity = field(default=NOBODY, repr=False)
    answered_warnings: list[str] = field(default_factory=list, repr=False)
    altered: bool = False
    _pixels: NDArray[np.generic] | None = field(default=None, repr=False)
    _held: object = field(init=False, default_factory=object, repr=False)
    _lock: Lock = field(init=False, default_factory=Lock, repr=False)
    _decoding: Lock = field(init=False, default_factory=Lock, repr=False)
    _hashed: tuple[ref[NDArray[np.generic]], str] | None = field(init=False, default=None, repr=False)
    _opened: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._opened = self.frame

    @property
    def pixels(self) -> NDArray[np.generic]:
        """Stored values (rows, columns), read-only; decoded once, from any thread. Raises UnreadableError."""
        kept = self._pixels
        if kept is not None:
            return kept
        with self._decoding:
            with self._lock:
                kept, frame, held = self._pixels, self.frame, self._held
            if kept is not None:
                return kept
            pixels = self.read() if self.stack is None else self.stack.read(frame)
            pixels.setflags(write=False)
            with self._lock:
                # The scan may have been released, or moved to another frame, while this was decoding.
                if held is self._held:
                    self._pixels = pixels
            return pixels

    @property
    def is_decoded(self) -> bool:
        """Whether the pixels are held in memory."""
        return self._pixels is not None

    @property
    def pixel_hash(self) -> str:
        """The `mammoview.study.pixel_hash` of the pixels, from any thread; decodes unless it is known.

        Of a stack, that of the frame it was opened with, whichever is shown. It is kept when the pixels are released,
        and worked out again once they have been decoded again: the file may have been replaced. Raises UnreadableError.
        """
        known, kept = self._hashed, self._pixels
        if known is not None and (self.stack is not None or kept is None or known[0]() is kept):
            return known[1]
        pixels = self.opened_pixels()
        found = pixel_hash(pixels)
        self._hashed = ref(pixels), found
        return found

    def opened_pixels(self) -> NDArray[np.generic]:
        """Return the pixels, of a stack those of the frame it was opened with. Raises UnreadableError."""
        return self.pixels if self.stack is None or self.frame == self._opened else self.stack.read(self._opened)

    def release(self) -> None:
        """Forget the decoded pixels, and those that are being decoded; the next access to `pixels` decodes again."""
        with self._lock:
            self._pixels, self._held = None, object()

    def show_frame(self, frame: int, pixels: NDArray[np.generic] | None = None) -> None:
        """Make another frame the current picture, with its own windows; its `pixels` are decoded if not given."""
        if self.stack is None or not 0 <= frame < self.stack.count:
            raise ValueError(f"there is no frame {frame}")
        if pixels is not None:
            pixels.setflags(write=False)
        with self._lock:
            self.frame, self._pixels, self._held = frame, pixels, object()
            if self.stack.windows:
                self.grey = replace(self.grey, windows=self.stack.windows[frame])

    def still(self) -> Scan:
        """Return the current frame as a separate scan, which stays when another frame is shown."""
        if self.stack is None:
            return self
        with self._lock:
            stack, frame, pixels = self.stack, self.frame, self._pixels
        return replace(self, stack=None, read=lambda: stack.read(frame), _pixels=pixels)

    @property
    def name(self) -> str:
        """Short name such as "L CC" for viewports and tables; never a patient's name. An altered copy says so."""
        name = view_name(self.laterality or "", self.projection or "")
        return f"{name}, altered" if self.altered else name


@dataclass(eq=False)
class Study:
    """One examination of one woman: a set of scans.

    Parameters
    ----------
    patient
        What the scans have in common; shown, but never logged.
    scans
        In hanging order: R CC, L CC, R MLO, L MLO, then the rest.
    outside
        Lines about files of the folder that could not be opened, each naming the file.
    key
        What its scans have in common, as given by the reader of their format: the same for the same examination,
        independent of its location.
    """

    patient: str
    scans: list[Scan]
    date: str = ""
    outside: list[str] = field(default_factory=list)
    key: tuple[str, ...] = ()

    @property
    def identity(self) -> PatientIdentity:
        """Identity of the first scan with a Patient ID, else of the first scan."""
        identities = [scan.identity for scan in self.scans]
        return next((one for one in identities if one.patient_id), identities[0] if identities else NOBODY)

    @property
    def warnings(self) -> list[str]:
        """All messages for the user, those of the scans included."""
        return [*self.outside, *(f"{s.path.name}: {w}" for s in self.scans for w in s.warnings)]
