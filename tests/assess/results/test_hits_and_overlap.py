"""Outlines against layers: hits, overlaps and distances of made-up layers whose figures are known."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from mammoview.assess.results.assessment import Assessment, Grid, Layer
from mammoview.assess.results.assessment_files import figures
from mammoview.assess.results.comparison_table import COLUMNS, as_csv, comparison, comparison_rows, source_rows
from mammoview.assess.results.hits_and_overlap import (
    APART_MM,
    HIT_MARGIN_MM,
    OutlineComparison,
    lone_marks,
    on_boxes,
    operating_points,
)
from mammoview.study.geometry import Affine
from mammoview.study.outline_sources import OWN_SOURCE, DrawnBy, Truth, drawn_by
from mammoview.study.scan import Outline, OutlineKind, Scan, box
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource
from tests.support.phantoms import assessed, breast_pixels, scan_of

MM = Spacing(0.2, 0.2, SpacingSource.CALIBRATED)
CELL = 16  # scan pixels of 0.2 mm: cells of 3.2 mm


def layered(
    values: NDArray[np.float32], *outlines: Outline, flipped: bool = False, spacing: Spacing = MM
) -> tuple[Scan, Assessment]:
    """Return a scan with these outlines and an assessment whose heatmaps hold `values` in cells of 16 scan pixels."""
    scan = scan_of(breast_pixels(), spacing=spacing, outlines=outlines)
    columns = values.shape[1]
    to_scan = Affine(-CELL, CELL, CELL * columns, 0) if flipped else Affine(CELL, CELL)
    shown = values[:, ::-1] if flipped else values
    heat = Layer(np.ascontiguousarray(shown), to_scan)
    made = replace(
        assessed(scan), heatmap=heat, heatmap_baseline=heat, grids={200: Grid(heat.values, to_scan, threshold=0.6)}
    )
    return scan, made


def blob(*places: tuple[int, int, float]) -> NDArray[np.float32]:
    """Return 25 x 37 cells, zero but for (column, row, value)."""
    values = np.zeros((37, 25), np.float32)
    for column, row, value in places:
        values[row, column] = value
    return values


@pytest.mark.parametrize("flipped", [False, True])
def test_an_outline_on_whole_cells_agrees_exactly(flipped: bool) -> None:
    values = blob(*((c, r, 0.8) for c in (5, 6) for r in (9, 10, 11)))
    scan, made = layered(values, box(5 * CELL, 9 * CELL, 7 * CELL, 12 * CELL), flipped=flipped)
    found = OutlineComparison(scan, made).at("heatmap", 0.5)
    (match,) = found.matches
    assert match.hit and found.false_marks == 0 and found.marks == 1
    assert match.iou == pytest.approx(1) and match.dice == pytest.approx(1)
    assert match.score == pytest.approx(0.8)
    assert found.hits == 1


def test_half_an_overlap_and_the_better_of_two_regions() -> None:
    values = blob((5, 9, 0.9), (6, 9, 0.9), (15, 20, 0.7))
    scan, made = layered(values, box(6 * CELL, 9 * CELL, 8 * CELL, 10 * CELL))
    found = OutlineComparison(scan, made).at("heatmap", 0.5)
    assert found.matches[0].iou == pytest.approx(1 / 3)  # one cell of three
    assert found.matches[0].dice == pytest.approx(1 / 2)
    assert found.marks == 2 and found.false_marks >= 1


def test_the_threshold_takes_marks_and_regions_away() -> None:
    scan, made = layered(blob((5, 9, 0.6), (15, 20, 0.9)), box(5 * CELL, 9 * CELL, 6 * CELL, 10 * CELL))
    compared = OutlineComparison(scan, made)
    low, high, none = (compared.at("heatmap", t) for t in (0.5, 0.7, 1.0))
    assert low.matches[0].hit and low.false_marks == 1
    assert not high.matches[0].hit and high.matches[0].iou == 0 and high.matches[0].score is None
    # From (5.5, 9.5) to (15.5, 20.5) cells of 3.2 mm.
    assert high.matches[0].distance == pytest.approx(3.2 * np.hypot(10, 11))
    assert none.marks == 0 and none.matches[0].distance is None


def test_nothing_is_no_region_even_at_a_threshold_of_zero() -> None:
    scan, made = layered(blob(), box(10, 10, 50, 50))
    found = OutlineComparison(scan, made).at("heatmap", 0.0)
    assert found.marks == 0 and found.matches[0].iou == 0
    assert not OutlineComparison(scan, made).region("heatmap", 0.0).values.any()


def test_a_hit_reaches_as_far_as_the_margin_and_no_further() -> None:
    mark = (10.5 * CELL, 10.5 * CELL)
    for gap_mm, hit in ((HIT_MARGIN_MM - 0.05, True), (HIT_MARGIN_MM + 0.05, False)):
        left = mark[0] + gap_mm / MM.column_mm
        scan, made = layered(blob((10, 10, 0.9)), box(left, mark[1] - 20, left + 40, mark[1] + 20))
        found = OutlineComparison(scan, made).at("heatmap", 0.5)
        assert found.matches[0].hit is hit and found.false_marks == (not hit)


def test_non_square_pixels_count_in_mm() -> None:
    spacing = Spacing(0.1, 0.4, SpacingSource.CALIBRATED)
    outline = box(10.5 * CELL + 3, 10 * CELL, 15 * CELL, 11 * CELL)  # 1.2 mm across: within the margin
    scan, made = layered(blob((10, 10, 0.9)), outline, spacing=spacing)
    found = OutlineComparison(scan, made).at("heatmap", 0.5).matches[0]
    centre = outline.centroid
    mark = (10.5 * CELL, 10.5 * CELL)
    assert found.hit
    assert found.distance == pytest.approx(np.hypot((centre[0] - mark[0]) * 0.4, (centre[1] - mark[1]) * 0.1))


def test_distances_are_pixels_where_the_spacing_is_unknown() -> None:
    scan, made = layered(blob((10, 10, 0.9)), box(0, 10 * CELL, CELL, 11 * CELL), spacing=UNKNOWN_SPACING)
    assert OutlineComparison(scan, made).at("heatmap", 0.5).matches[0].distance == pytest.approx(10 * CELL)
    reported = comparison(scan, made)
    assert reported is not None and reported["distance_unit"] == "px"


def test_cores_are_not_counted_beside_their_boundary() -> None:
    boundary, core = box(50, 50, 120, 120), replace(box(60, 60, 90, 90), kind=OutlineKind.CORE)
    scan, made = layered(blob((5, 5, 0.9)), boundary, core)
    assert OutlineComparison(scan, made).outlines == (boundary,)


@given(
    st.lists(st.tuples(st.floats(20, 380), st.floats(20, 580)), min_size=3, max_size=7, unique=True),
    st.integers(0, 2**31 - 1),
)
def test_overlap_agrees_with_counting_pixels(points: list[tuple[float, float]], seed: int) -> None:
    """The oracle fills the polygon and the cells pixel by pixel."""
    outline = Outline(np.array(points), OutlineKind.BOUNDARY)
    values = (np.random.default_rng(seed).random((37, 25)) > 0.5).astype(np.float32)
    scan, made = layered(values, outline)
    found = OutlineComparison(scan, made).at("heatmap", 0.5).matches[0]
    from scipy import ndimage

    inside = polygon2mask((37 * CELL, 25 * CELL), outline.points[:, ::-1] - 0.5)
    labels, count = ndimage.label(values, np.ones((3, 3)))
    full = np.kron(labels, np.ones((CELL, CELL), int))
    best = max(((full == k) & inside).sum() / ((full == k) | inside).sum() for k in range(1, count + 1))
    assert found.iou == pytest.approx(best, abs=0.02 + 40 / max(40, inside.sum()))


def test_saliency_is_compared_in_cells_and_not_in_pixels() -> None:
    scan = scan_of(breast_pixels(), outlines=(box(100, 250, 160, 310),), spacing=MM)
    made = assessed(scan, (130.0, 280.0))
    found = OutlineComparison(scan, made).at("saliency", 0.97)
    assert found.matches[0].hit and found.matches[0].iou > 0.1
    assert found.matches[0].distance is not None and found.matches[0].distance < 4


def test_the_rule_for_hits_is_the_one_for_many_points() -> None:
    on = on_boxes([[0, 0], [5, 5]], [[1, 1, 4, 4], [-9, -9, -5, -5]], 1)
    assert on.tolist() == [[True, False], [True, False]]
    assert on_boxes(np.empty((0, 2)), [[1, 1, 2, 2]], 1).shape == (0, 1)
    assert on_boxes([[1, 1]], np.empty((0, 4)), 1).shape == (1, 0)


def test_a_huge_outline_costs_no_memory() -> None:
    far = Outline(np.array([[-1e8, -1e8], [1e8, -1e8], [0, 1e8]]), OutlineKind.BOUNDARY)
    scan, made = layered(blob((10, 10, 0.9)), far)
    assert OutlineComparison(scan, made).at("heatmap", 0.5).matches[0].hit


def test_json_and_table_hold_the_same_figures() -> None:
    scan, made = layered(blob((5, 9, 0.9)), box(5 * CELL, 9 * CELL, 6 * CELL, 10 * CELL, lesion_type='MASS, "OVAL"'))
    reported = figures(made, scan)["comparison"]
    assert set(reported["layers"]) == {"grid_200um", "grid_mean", "heatmap_baseline", "heatmap", "saliency"}
    assert reported["layers"]["heatmap"]["threshold"] == made.operating
    assert reported["layers"]["grid_200um"]["threshold"] == 0.6
    assert reported["layers"]["heatmap"]["outlines"][0]["hit"] is True
    lines = list(
        csv.DictReader(io.StringIO(as_csv(comparison_rows(OutlineComparison(scan, made), operating_points(made)))))
    )
    assert tuple(lines[0]) == COLUMNS
    heat = next(line for line in lines if line["layer"] == "heatmap" and line["outline"] == "1")
    assert (heat["hit"], heat["IoU"], heat["unit"]) == ("yes", "1.000", "mm, calibrated")
    assert heat["lesion"] == 'MASS, "OVAL"'
    false = next(line for line in lines if line["layer"] == "heatmap" and line["outline"] == "false marks")
    assert false["hit"] == "0"


def test_a_scan_without_outlines_has_no_comparison() -> None:
    scan = scan_of(breast_pixels())
    assert figures(assessed(scan, (130.0, 280.0)), scan)["comparison"] is None


GIVEN = box(5 * CELL, 5 * CELL, 7 * CELL, 7 * CELL, source="CBIS-DDSM ROI box")
MISSED = box(18 * CELL, 20 * CELL, 19 * CELL, 21 * CELL, source="reader A")


def own(left: float, top: float, right: float, bottom: float) -> Outline:
    """Return an outline that the present reader drew, a rectangle in cells."""
    points = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float) * CELL
    return Outline(points, OutlineKind.BOUNDARY, source=OWN_SOURCE)


def test_what_the_reader_draws_changes_no_figure_of_the_models() -> None:
    """A mark drawn round would be a hit more: two of three in place of one of two."""
    values = blob((5, 5, 0.9), (12, 30, 0.8))
    before, after = (layered(values, GIVEN, MISSED, *more) for more in ((), (own(11, 29, 14, 32),)))
    reported = [comparison_rows(OutlineComparison(*one), operating_points(one[1])) for one in (before, after)]
    assert reported[0] == reported[1]
    found = OutlineComparison(*after).at("heatmap", 0.5)
    assert (found.hits, len(found.matches), found.false_marks) == (1, 2, 1)
    assert comparison(*before)["layers"] == comparison(*after)["layers"]


@pytest.mark.parametrize(
    ("truth", "hits", "outlines", "false"), [(Truth.OTHERS, 1, 2, 1), (Truth.ALL, 2, 3, 0), (Truth.OWN, 1, 1, 1)]
)
def test_the_reader_chooses_whose_outlines_count(truth: Truth, hits: int, outlines: int, false: int) -> None:
    made = layered(blob((5, 5, 0.9), (12, 30, 0.8)), GIVEN, MISSED, own(11, 29, 14, 32))
    compared = OutlineComparison(*made, truth)
    found = compared.at("heatmap", 0.5)
    assert (found.hits, len(found.matches), found.false_marks) == (hits, outlines, false)
    lines = list(csv.DictReader(io.StringIO(as_csv(comparison_rows(compared, {"heatmap": 0.5})))))
    assert {line["truth"] for line in lines} == {truth.value}
    sources = {("box", "data set", "CBIS-DDSM ROI box"), ("box", "other", "reader A")}
    mine = {("boundary", "own", "drawn in Mammoview")}
    expected = {Truth.OTHERS: sources, Truth.ALL: sources | mine, Truth.OWN: mine}[truth]
    assert {
        (line["kind"], line["drawn by"], line["source"]) for line in lines if line["outline"] != "false marks"
    } == expected


def test_the_table_names_the_models_of_every_layer_but_the_readers_own() -> None:
    scan, made = layered(blob((5, 5, 0.9)), GIVEN, own(6, 5, 7, 7))
    models = [{"name": "tissue", "version": "1.0", "sha256": "0123456789abcdef"}, {"name": "map", "version": "2"}]
    compared = OutlineComparison(scan, replace(made, provenance={"models": models}))
    lines = [*comparison_rows(compared, {"heatmap": 0.5}, own=True), *source_rows([compared], [{"heatmap": 0.5}], True)]
    reported = {line["layer"]: line["models"] for line in csv.DictReader(io.StringIO(as_csv(lines)))}
    assert reported == {"heatmap": "tissue 1.0 (0123456789ab), map 2", "own": ""}
    assert all(len(line) == len(COLUMNS) for line in lines)
    # Two models of one study are two lines.
    other = OutlineComparison(scan, replace(made, provenance={"models": [{"name": "mine", "version": "3"}]}))
    lines = source_rows([compared, other], [{"heatmap": 0.5}] * 2)
    assert [line[COLUMNS.index("models")] for line in lines] == ["tissue 1.0 (0123456789ab), map 2", "mine 3"]


def test_the_reader_is_compared_with_the_truth_like_a_layer() -> None:
    # One covers the right half of the given box, one lies on nothing.
    made = layered(blob((5, 5, 0.9)), GIVEN, MISSED, own(6, 5, 7, 7), own(1, 30, 3, 32))
    found = OutlineComparison(*made).reader
    assert ([match.hit for match in found.matches], found.marks, found.false_marks) == ([True, False], 2, 1)
    assert found.matches[0].iou == pytest.approx(0.5, abs=0.02)
    assert found.matches[0].distance == pytest.approx(0.5 * CELL * MM.column_mm)
    reported = comparison(*made)
    assert reported is not None and reported["truth"] == "others"
    assert (reported["own_outlines"]["hits"], reported["own_outlines"]["false_marks"]) == (1, 1)
    assert [outline["drawn_by"] for outline in reported["outlines"]] == ["data set", "other"]
    of_each = {"data set": {"hits": 1, "outlines": 1}, "other": {"hits": 0, "outlines": 1}}
    assert reported["own_outlines"]["by_source"] == reported["layers"]["heatmap"]["by_source"] == of_each
    assert [match["kind"] for match in reported["own_outlines"]["outlines"]] == ["box", "box"]
    json.dumps(reported, allow_nan=False)
    lines = [line for line in comparison_rows(OutlineComparison(*made), {}, own=True) if line[3] == "own"]
    assert [line[4:6] for line in lines] == [("", "yes"), ("", "no"), ("", "1")]
    of_study = source_rows([OutlineComparison(*made)] * 2, [{"heatmap": 0.5}] * 2, own=True)
    assert all(len(line) == len(COLUMNS) for line in of_study)
    assert [(line[3], line[5], line[12]) for line in of_study] == [
        ("heatmap", "2 of 2", "data set"), ("heatmap", "0 of 2", "other"),
        ("own", "2 of 2", "data set"), ("own", "0 of 2", "other"),
    ]  # fmt: skip


def test_a_scan_with_own_outlines_alone_has_no_truth() -> None:
    made = layered(blob((5, 5, 0.9)), own(4, 4, 7, 7))
    assert comparison(*made) is None
    assert OutlineComparison(*made).outlines == () and len(OutlineComparison(*made, Truth.ALL).outlines) == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (OWN_SOURCE, DrawnBy.OWN),
        ("DDSM", DrawnBy.RADIOLOGIST),
        ("CBIS-DDSM", DrawnBy.RADIOLOGIST),
        ("CBIS-DDSM ROI box", DrawnBy.DATA_SET),
        ("mini-MIAS", DrawnBy.DATA_SET),
        ("reader A", DrawnBy.OTHER),
        ("", DrawnBy.OTHER),
    ],
)
def test_a_source_says_who_drew(source: str, expected: DrawnBy) -> None:
    assert drawn_by(replace(GIVEN, source=source)) is expected


PLACES = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=6)


@given(these=PLACES, others=PLACES)
def test_marks_of_one_list_alone_have_none_of_the_other_near(these: list, others: list) -> None:
    def alone(one: tuple[int, int], marks: list) -> bool:
        return all(0.2 * ((one[0] - x) ** 2 + (one[1] - y) ** 2) ** 0.5 > APART_MM for x, y in marks)

    mine, theirs = lone_marks(these, others, 0.2)
    assert mine.tolist() == [alone(one, others) for one in these]
    assert theirs.tolist() == [alone(one, these) for one in others]


def test_marks_are_near_each_other_in_mm_of_either_direction() -> None:
    one, other = lone_marks([(0, 0), (0, 500)], [(0, 560), (60, 0)], (0.1, 0.2))
    assert one.tolist() == [False, True] and other.tolist() == [True, False]
