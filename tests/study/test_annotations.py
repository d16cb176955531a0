"""Annotations: how they are moved, kept beside the study, in the journal, and what is no annotation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.records.own_drawings import DrawingJournal, own_drawings_of, own_outline, same_drawings, set_own_drawings
from mammoview.study.annotations import LONGEST_TEXT, Annotation, AnnotationKind, annotation_entry, read_annotation

SHAPE = (300, 200)


def every_kind() -> tuple[Annotation, ...]:
    """Return one annotation of each kind."""
    return (
        Annotation(AnnotationKind.RULER, np.array([[10, 20], [40, 60]])),
        Annotation(AnnotationKind.ANGLE, np.array([[10, 10], [20, 30], [50, 12.25]])),
        Annotation(AnnotationKind.ELLIPSE, np.array([[60, 50], [30, 10]])),
        Annotation(AnnotationKind.FREEHAND, np.array([[1, 1], [30, 2], [20, 30], [4, 28]])),
        Annotation(AnnotationKind.ARROW, np.array([[5, 5], [25, 30]]), "calcifications"),
        Annotation(AnnotationKind.TEXT, np.array([[12, 8]]), "seen in MLO \u2013 too"),
    )


@pytest.mark.parametrize("annotation", every_kind(), ids=lambda a: a.kind.value)
def test_json_tells_the_same(annotation: Annotation) -> None:
    back = read_annotation(annotation_entry(annotation))
    assert (back.kind, back.text) == (annotation.kind, annotation.text)
    assert (back.points == annotation.points).all()


@pytest.mark.parametrize(
    ("kind", "points", "text"),
    [
        ("ruler", [[1, 1]], ""),
        ("angle", [[1, 1], [2, 2]], ""),
        ("freehand", [[1, 1], [2, 2]], ""),
        ("text", [[1, 1]], "  "),
        ("arrow", [[1, 1], [np.nan, 2]], ""),
        ("ellipse", [1, 2, 3, 4], ""),
        ("circle", [[1, 1], [2, 2]], ""),
    ],
)
def test_what_is_no_annotation_is_refused(kind: str, points: list, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_annotation({"kind": kind, "points": points, "text": text})


def test_words_are_one_line_and_not_endless() -> None:
    made = Annotation(AnnotationKind.TEXT, np.array([[1, 1]]), "a\n b" + "c" * 500)
    assert made.text.startswith("a bccc") and len(made.text) == LONGEST_TEXT


@given(st.sampled_from(every_kind()), st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)), st.integers(0, 3))
def test_moving_keeps_shape_and_stays_in_the_scan(annotation: Annotation, way: tuple, handle: int) -> None:
    moved = annotation.moved(way, SHAPE)
    assert np.allclose(np.diff(moved.points, axis=0), np.diff(annotation.points, axis=0))
    assert (moved.points >= -1e-9).all() and (moved.points <= np.array(SHAPE[::-1]) + 1e-9).all()
    index = handle % len(annotation.handles)
    pulled = annotation.with_handle(index, np.add(annotation.handles[index], way), SHAPE)
    assert (pulled.points >= 0).all() and (pulled.points <= np.array(SHAPE[::-1])).all()
    if annotation.kind is AnnotationKind.ELLIPSE:
        assert (annotation.handles[(index + 2) % 4] == pulled.points).all(1).any(), "the opposite corner stays"
    else:
        others = np.arange(len(annotation.points)) != index
        assert (pulled.points[others] == annotation.points[others]).all()


def test_distances_are_those_of_the_drawn_line() -> None:
    ruler, angle, ellipse, freehand, _arrow, text = every_kind()
    assert ruler.distance((25, 40)) == pytest.approx(0)
    assert ruler.distance((40, 70)) == pytest.approx(10)
    assert angle.distance((20, 40)) == pytest.approx(10)
    assert ellipse.distance((45, 30)) == 0
    assert ellipse.distance((75, 30)) == pytest.approx(15, abs=0.05)
    assert freehand.distance((15, 15)) == 0
    assert text.distance((15, 12)) == pytest.approx(5)


def test_they_lie_beside_the_picture_and_open_with_it(tmp_path: Path) -> None:
    picture = tmp_path / "p1_L_CC.png"
    Image.fromarray(np.zeros((300, 200), np.uint8)).save(picture)
    before = picture.read_bytes()
    own = (own_outline([(10, 10), (30, 12), (20, 35)]), *every_kind())
    write_outlines(own_file(picture), own)
    scan = open_study(tmp_path)[0].scans[0]
    assert same_drawings(own_drawings_of(scan), own) and len(scan.annotations) == 6 and len(scan.outlines) == 1
    assert not scan.warnings or not any("outlines" in line for line in scan.warnings)
    assert picture.read_bytes() == before
    set_own_drawings(scan, own[:2])
    assert len(scan.outlines) == len(scan.annotations) == 1


def test_a_bad_annotation_is_one_warning_and_the_picture_opens(tmp_path: Path) -> None:
    picture = tmp_path / "p1_L_CC.png"
    Image.fromarray(np.zeros((300, 200), np.uint8)).save(picture)
    own_file(picture).write_text(
        '{"mammoview_outlines": 1, "outlines": [], "annotations": [{"kind": "ruler", "points": [[1, 2]]}]}'
    )
    scan = open_study(tmp_path)[0].scans[0]
    assert scan.annotations == ()
    assert any("own.outlines.json is left out" in line for line in scan.warnings)


def test_the_journal_keeps_them_with_the_outlines(tmp_path: Path) -> None:
    journal = DrawingJournal.of(tmp_path, "abc")
    own = (own_outline([(10, 10), (30, 12), (20, 35)]), *every_kind())
    journal.keep(own)
    assert same_drawings(journal.recovered() or (), own)
    with journal.path.open("ab") as file:
        file.write(b'\n{"outlines": [], "annotations": [{"kind": "rul')
    assert same_drawings(journal.recovered() or (), own), "a torn line takes nothing away"
