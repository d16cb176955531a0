"""Outlines out as DDSM .OVERLAY and back through the parser, to the pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError
from mammoview.export.ddsm_overlay import chain, overlay_text, write_overlay
from mammoview.formats.datasets.ddsm_text import parse_overlay
from mammoview.study.scan import Outline, OutlineKind

HERE = Path("A_0001_1.LEFT_CC.OVERLAY")
corners = st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 4500)), min_size=3, max_size=12)


def outline(points: list[tuple[float, float]], **facts) -> Outline:
    """Return a boundary with its corners in the middle of these pixels."""
    return Outline(np.array(points, float) + 0.5, facts.pop("kind", OutlineKind.BOUNDARY), **facts)


@given(corners)
def test_the_chain_is_closed_and_passes_through_every_corner(points: list[tuple[int, int]]) -> None:
    (back,) = parse_overlay(overlay_text([outline(points)]), HERE).outlines
    pixels = np.floor(back.points).astype(int)
    steps = np.diff(np.concatenate([pixels, pixels[:1]]), axis=0)
    assert np.abs(steps).max() <= 1 and np.abs(steps).sum(1).min() >= 1, "eight-connected and closed"
    assert tuple(pixels[0]) == points[0]
    if len(set(points)) > 2:
        assert set(points) <= {tuple(pixel) for pixel in pixels.tolist()}


@given(corners)
def test_what_was_read_is_written_again_to_the_pixel(points: list[tuple[int, int]]) -> None:
    first = parse_overlay(overlay_text([outline(points)]), HERE).outlines
    again = parse_overlay(overlay_text(first), HERE).outlines
    assert (again[0].points == first[0].points).all()


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 500)), min_size=3, max_size=8))
def test_the_chain_departs_from_the_line_by_a_pixel_at_most(points: list[tuple[float, float]]) -> None:
    given_ = Outline(np.array(points), OutlineKind.BOUNDARY)
    (back,) = parse_overlay(overlay_text([given_]), HERE).outlines
    ends = np.roll(given_.points, -1, axis=0)
    for place in back.points:
        way = ends - given_.points
        length = np.maximum((way**2).sum(1), 1e-12)
        share = np.clip(((place - given_.points) * way).sum(1) / length, 0, 1)
        nearest = np.hypot(*(given_.points + share[:, None] * way - place).T).min()
        assert nearest < 2.2  # corners move to their pixel's middle, the rest follows; 2 x 2 squares are the smallest


def test_the_real_overlays_are_written_again_to_the_pixel(shared_data: Path) -> None:
    files = [f for f in sorted((shared_data / "ddsm_case4000").iterdir()) if "OVERLAY" in f.name.upper()]
    assert files
    for file in files:
        first = parse_overlay(file.read_text(), file).outlines
        again = parse_overlay(overlay_text(first), HERE).outlines
        assert [(o.kind, o.lesion_type, o.assessment, o.subtlety, o.pathology) for o in again] == [
            (o.kind, o.lesion_type, o.assessment, o.subtlety, o.pathology) for o in first
        ]
        assert all((a.points == b.points).all() for a, b in zip(again, first, strict=True))


def test_facts_and_cores_survive_and_odd_words_do_no_harm() -> None:
    square = [(10, 10), (90, 10), (90, 70), (10, 70)]
    boundary = outline(
        square, lesion_type="mass shape oval + CALCIFICATION", assessment=4, subtlety=2, pathology="malignänt # 3"
    )
    core = outline([(20, 20), (40, 20), (40, 40)], kind=OutlineKind.CORE)
    back = parse_overlay(overlay_text([boundary, core, outline(square)]), HERE).outlines
    assert [o.kind for o in back] == [OutlineKind.BOUNDARY, OutlineKind.CORE, OutlineKind.BOUNDARY]
    assert back[0].lesion_type == "MASS SHAPE OVAL + CALCIFICATION"
    assert (back[0].assessment, back[0].subtlety, back[0].pathology) == (4, 2, "MALIGN NT 3")
    assert back[1].assessment == 4 and back[2].assessment is None


def test_a_point_becomes_a_small_square() -> None:
    assert chain(np.array([[5.5, 7.5], [5.6, 7.5], [5.5, 7.6]])) == ((5, 7), [2, 4, 6, 0])


def test_an_overlay_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / HERE
    file.write_text("the data set's own")
    with pytest.raises(MammoviewError, match="such a file already"):
        write_overlay(file, [outline([(1, 1), (9, 1), (5, 9)])])
    assert file.read_text() == "the data set's own"
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_overlay(tmp_path / "nowhere" / HERE, [])
