"""The plain data that everything else passes around."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import UnreadableError
from mammoview.study.scan import FrameStack, Laterality, Outline, OutlineKind, Projection, Scan, Study, box, circle
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.timeouts import PATIENCE_S


@pytest.mark.parametrize("mm", [0.0, -0.1, float("nan"), float("inf"), 10.0])
def test_impossible_spacing_is_refused(mm: float) -> None:
    with pytest.raises(ValueError, match="spacing"):
        Spacing(0.1, mm, SpacingSource.CALIBRATED)


def test_spacing_always_says_where_it_comes_from() -> None:
    assert Spacing(0.05, 0.05, SpacingSource.ASSUMED).label == "mm, assumed 50 um"
    assert Spacing(0.07, 0.07, SpacingSource.DETECTOR).label == "mm, at detector"
    assert Spacing(0.05, 0.06, SpacingSource.ASSUMED).label == "mm, assumed 50 um down, 60 um across"
    assert UNKNOWN_SPACING.label == "px" and not UNKNOWN_SPACING.known


@pytest.mark.parametrize("points", [np.zeros((2, 2)), np.zeros((4, 3)), np.full((3, 2), np.nan)])
def test_outline_needs_three_finite_points(points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="outline"):
        Outline(points, OutlineKind.BOUNDARY)


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.floats(0.5, 1e4), st.floats(0.5, 1e4))
def test_centroid_and_box_of_a_rectangle(left: float, top: float, width: float, height: float) -> None:
    drawn = box(left, top, left + width, top + height)
    np.testing.assert_allclose(drawn.centroid, (left + width / 2, top + height / 2), atol=1e-6)
    np.testing.assert_allclose(drawn.box, (left, top, left + width, top + height))


def test_circle_is_round_and_keeps_its_facts() -> None:
    drawn = circle(10, 20, 5, pathology="BENIGN", source="mini-MIAS")
    np.testing.assert_allclose(np.hypot(*(drawn.points - (10, 20)).T), 5)
    np.testing.assert_allclose(drawn.centroid, (10, 20), atol=1e-9)
    assert (drawn.kind, drawn.pathology, drawn.source) == (OutlineKind.CIRCLE, "BENIGN", "mini-MIAS")


def test_outlines_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        box(0, 0, 1, 1).points[0] = 5


def scan_that_counts() -> tuple[Scan, list[int]]:
    """Return a scan and the list that grows with each decoding."""
    calls: list[int] = []

    def read() -> np.ndarray:
        calls.append(1)
        return np.zeros((4, 3), np.uint8)

    return Scan(Path("a.png"), 4, 3, read, Laterality.L, Projection.CC), calls


def test_pixels_are_decoded_once_even_from_many_threads_and_again_after_release() -> None:
    scan, calls = scan_that_counts()
    assert calls == []
    threads = [Thread(target=lambda: scan.pixels) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1 and not scan.pixels.flags.writeable
    scan.release()
    assert scan.pixels.shape == (4, 3) and len(calls) == 2


def test_the_pixel_hash_is_worked_out_once_and_again_when_the_file_was_replaced() -> None:
    scan, calls = scan_that_counts()
    first = scan.pixel_hash
    scan.release()
    assert scan.pixel_hash == first and len(calls) == 1  # a journal is still written after the study was closed
    scan.read = lambda: np.ones((4, 3), np.uint8)
    assert scan.pixels.any() and scan.pixel_hash != first


def test_the_pixel_hash_of_a_stack_stays_when_another_frame_is_shown() -> None:
    stack = FrameStack(3, lambda frame: np.full((4, 3), frame, np.uint8))
    one, other = (Scan(Path("a.dcm"), 4, 3, lambda: stack.read(1), stack=stack, frame=1) for _ in range(2))
    other.show_frame(2)
    assert one.pixel_hash == other.pixel_hash == one.still().pixel_hash != other.still().pixel_hash


@dataclass
class SlowFile:
    """A file that is decoded while something else happens: `begun` is set when it starts, `go_on` ends it."""

    begun: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)
    reads: list[int] = field(default_factory=list)

    def read(self, frame: int = 0) -> np.ndarray:
        self.reads.append(frame)
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        return np.full((2, 3), frame, np.uint8)


def during(slow: SlowFile, scan: Scan, change: Callable[[], None]) -> np.ndarray:
    """Ask for the pixels in a thread, make the change while they are decoded, and return what the thread got."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: scan.pixels)
        assert slow.begun.wait(PATIENCE_S)
        change()
        assert not asked.done(), "the change waited for the file"
        slow.go_on.set()
        return asked.result(PATIENCE_S)


def test_a_release_waits_for_no_decoding_and_keeps_nothing_of_it() -> None:
    slow = SlowFile()
    scan = Scan(Path("slow.dcm"), 2, 3, read=slow.read)
    assert during(slow, scan, scan.release).shape == (2, 3)
    assert not scan.is_decoded
    assert scan.pixels.shape == (2, 3)
    assert slow.reads == [0, 0]


def test_another_frame_waits_for_no_decoding_and_is_not_taken_for_it() -> None:
    slow = SlowFile()
    scan = Scan(Path("slow.dcm"), 2, 3, read=slow.read, stack=FrameStack(5, slow.read))
    assert during(slow, scan, lambda: scan.show_frame(4)).max() == 0
    assert scan.pixels.min() == 4
    assert scan.still().pixels is scan.pixels


def test_failed_decoding_can_be_tried_again() -> None:
    def fail() -> np.ndarray:
        raise UnreadableError("damaged", "Copy it again", "a.png")

    scan = Scan(Path("a.png"), 4, 3, fail)
    for _ in range(2):
        with pytest.raises(UnreadableError, match="damaged"):
            _ = scan.pixels


def test_names_and_warnings() -> None:
    scan, _ = scan_that_counts()
    scan.warnings.append("lossy")
    assert scan.name == "L CC"
    assert replace(scan, laterality=None).name == "CC, side unknown"
    assert Study("P1", [scan], outside=["b.png: empty"]).warnings == ["b.png: empty", "a.png: lossy"]
