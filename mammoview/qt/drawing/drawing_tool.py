"""Interface of a tool that draws on scans, beyond handling the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import TYPE_CHECKING, Protocol

from mammoview.qt.viewport.scan_view import PointerTool, ScanView
from mammoview.study.annotations import Annotation, Place
from mammoview.study.scan import Outline, Scan

if TYPE_CHECKING:
    from mammoview.qt.drawing.journal_worker import JournalWorker
    from mammoview.qt.widgets.notifier import Notifier
    from mammoview.records.own_drawings import Own

NEAR_PX = 8.0
"""How near to a handle the mouse takes hold of it, screen pixels."""
STEP_PX = 3.0
"""A freehand line gains a point this often, screen pixels."""


class Drawings(Protocol):
    """What is drawn on the scans, as the tools see and change it, such as `DrawingController`."""

    @property
    def journal_worker(self) -> JournalWorker:
        """Writes every point to the disk."""

    @property
    def notifier(self) -> Notifier:
        """Shows warnings."""

    @property
    def chosen(self) -> tuple[Scan, int] | None:
        """Scan and number of the chosen outline or annotation."""

    def own(self, scan: Scan) -> Own:
        """Own outlines and annotations of a scan."""

    def add(self, scan: Scan, one: Outline | Annotation) -> None:
        """Put one more on a scan, and choose it."""

    def replace(self, scan: Scan, index: int, one: Outline | Annotation) -> None:
        """Put another in the place of one of a scan's own."""

    def hold(self, scan: Scan, index: int, one: Outline | Annotation | None) -> None:
        """Show one of a scan's own as it is being moved; None ends that."""

    def choose(self, scan: Scan, index: int | None) -> None:
        """Choose one of a scan's own, or none."""

    def ask_for_text(self, viewport: ScanView, annotation: Annotation, index: int | None = None) -> None:
        """Ask, in the viewport, for the words of an annotation: a new one, or the scan's own of that number."""

    def refresh(self) -> None:
        """Show what is drawn as it is now."""


class DrawingTool(PointerTool, Protocol):
    """A pointer tool with something under way that can be dropped, stepped back and shown."""

    def drop(self) -> None:
        """Forget what is under way."""

    def step_back(self) -> bool:
        """Take the last point back; False when there is nothing under way."""

    def line(self, scan: Scan) -> Sequence[Place]:
        """Return the open line under way on a scan, up to the pointer."""

    def preview(self, scan: Scan) -> Annotation | None:
        """Return the annotation that would come of what is under way on a scan."""


def on_scan(scan: Scan, place: Place) -> bool:
    """Whether a place lies on the scan: nothing begins beside it."""
    return 0 <= place[0] <= scan.columns and 0 <= place[1] <= scan.rows


def within(scan: Scan, place: Place) -> Place:
    """Return a place, kept on the scan."""
    return min(max(place[0], 0.0), float(scan.columns)), min(max(place[1], 0.0), float(scan.rows))


def distance(one: Place, other: Place) -> float:
    """Distance of two places."""
    return hypot(one[0] - other[0], one[1] - other[1])
