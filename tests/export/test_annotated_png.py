"""Annotated exports: layers on the right pixels of both sides, nothing recoloured elsewhere, no patient named."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mammoview.assess.results.assessment import Layer
from mammoview.core.errors import MammoviewError
from mammoview.display.colormaps import colour
from mammoview.display.layers.registry import STYLES
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import draw_annotated, write_as_seen, write_png
from mammoview.export.annotation_drawing import annotation_items
from mammoview.export.caption_strip import strip
from mammoview.export.captions import captions
from mammoview.export.fonts import Face, font
from mammoview.export.page import PageBox, PageText
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.geometry import TRANSPOSED, Affine
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.scan import Laterality, Scan, Side, box
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import assessed, breast_pixels, exchanged, scan_of

MODEL_LAYERS = ("grid", "heatmap", "saliency")
PLACE = (90.0, 260.0)
"""In an upright picture with its chest wall on the left; (column, row)."""
COLUMNS = 400


def stored(laterality: Laterality, mirrored: bool) -> tuple[Scan, tuple[float, float], tuple[float, float]]:
    """Scan of a side, stored as hung or mirrored; a place in its stored pixels; the same place as hung."""
    wall_right_hung = laterality is Laterality.R
    wall_right_stored = wall_right_hung != mirrored
    scan = scan_of(breast_pixels(side=Side.RIGHT if wall_right_stored else Side.LEFT), laterality)
    across = COLUMNS - PLACE[0]
    return (
        scan,
        (across if wall_right_stored else PLACE[0], PLACE[1]),
        (across if wall_right_hung else PLACE[0], PLACE[1]),
    )


def changed(scan: Scan, layer: str, place: tuple[float, float]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels that a layer with one sharp blob changes in the export."""
    assessment = assessed(scan, place, sharp=True)
    bare, drawn = (np.array(draw_annotated(scan, assessment, layers))[: scan.rows] for layers in ((), (layer,)))
    margin = (bare.shape[1] - scan.columns) // 2
    rows, columns = np.nonzero((bare != drawn).any(2))
    return rows, columns - margin


@pytest.mark.parametrize("laterality", list(Laterality))
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize(("layer", "cell_px", "size_px"), [("heatmap", 16, 23), ("grid", 32, 32), ("saliency", 1, 1)])
def test_a_blob_lands_on_its_pixels(
    laterality: Laterality, mirrored: bool, layer: str, cell_px: int, size_px: int
) -> None:
    """The contour of a lone cell at tau = 0.4 runs 0.6 cells around its centre, and has a line of 4 px."""
    scan, place, hung = stored(laterality, mirrored)
    rows, columns = changed(scan, layer, place)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    assert abs((left + right) / 2 - hung[0]) <= cell_px / 2 + 0.5
    assert abs((top + bottom) / 2 - hung[1]) <= cell_px / 2 + 0.5
    assert right - left == pytest.approx(size_px, abs=2)
    assert bottom - top == pytest.approx(size_px, abs=2)


@pytest.mark.parametrize("laterality", list(Laterality))
@pytest.mark.parametrize("mirrored", [False, True])
def test_outlines_land_on_their_pixels(laterality: Laterality, mirrored: bool) -> None:
    scan, (column, row), hung = stored(laterality, mirrored)
    scan.outlines = (box(column - 30, row - 20, column + 30, row + 20),)
    image = np.array(draw_annotated(scan, None, ["outlines"]))[: scan.rows]
    rows, columns = np.nonzero((image == colour(STYLES["outlines"].colours, 1.0)).all(2))
    margin = (image.shape[1] - scan.columns) // 2
    assert (columns.min() + columns.max() + 1) / 2 - margin == pytest.approx(hung[0], abs=0.5)
    assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(hung[1], abs=0.5)
    assert np.ptp(columns) == pytest.approx(60, abs=2)


def test_outside_the_layers_the_grey_is_that_of_the_screen() -> None:
    scan = scan_of(breast_pixels(rows=900, columns=800, side=Side.RIGHT), Laterality.R)
    place = (700.0, 400.0)
    image = np.array(draw_annotated(scan, assessed(scan, place), MODEL_LAYERS))[: scan.rows]
    same = (image == render(scan)[..., None]).all(2)
    rows, columns = np.nonzero(~same)
    assert 0 < (~same).mean() < 0.1
    assert np.hypot(columns - place[0], rows - place[1]).max() < 200


def test_upside_down_files_are_turned() -> None:
    upright = breast_pixels()
    upright[30:50, 300:360] = 4000  # a label at the top
    scan = scan_of(upright[::-1], orientation=("A", "L"))
    image = np.array(draw_annotated(scan, None, ()))[: scan.rows]
    assert image[:100].max() > 200 > image[-100:, 400:].max()


@pytest.mark.parametrize("laterality", list(Laterality))
def test_a_scan_on_its_side_gives_the_same_picture(laterality: Laterality) -> None:
    """Layers, outlines, annotations, marks, ruler, scale bar: all turn along, and millimetres stay, square or not."""
    spacing = Spacing(0.25, 0.2, SpacingSource.CALIBRATED)
    upright = scan_of(
        breast_pixels(side=Side.LEFT if laterality is Laterality.L else Side.RIGHT),
        laterality,
        spacing=spacing,
        orientation=("A" if laterality is Laterality.L else "P", "F"),
    )
    upright.outlines = (box(100, 200, 160, 300),)
    upright.annotations = (
        Annotation(AnnotationKind.RULER, np.array([[120.0, 250.0], [220.0, 330.0]])),
        Annotation(AnnotationKind.ARROW, np.array([[150.0, 150.0], [190.0, 200.0]])),
    )
    upright.marks = (Mark(MarkOrigin.CAD, np.array([[140.0, 320.0]])),)
    assessment = assessed(upright, (180.0, 260.0))
    lying = exchanged(upright)
    turned = replace(
        assessment,
        **{
            name: Layer(getattr(assessment, name).values, TRANSPOSED @ getattr(assessment, name).to_scan)
            for name in ("heatmap", "saliency")
        },
        grids={um: replace(grid, to_scan=TRANSPOSED @ grid.to_scan) for um, grid in assessment.grids.items()},
    )
    want, found = (np.array(draw_annotated(s, a, list(STYLES))) for s, a in ((upright, assessment), (lying, turned)))
    np.testing.assert_array_equal(found, want)


def test_the_legend_is_below_the_picture_and_says_not_for_diagnosis() -> None:
    scan = scan_of(breast_pixels(), Laterality.L)
    assessment = assessed(scan, PLACE)
    facts = captions(analyse(scan), assessment, list(STYLES))
    assert "Not for diagnosis" in facts.notice
    assert facts.title == "L CC"
    assert [legend.name for legend in facts.legends] == ["outlines", *MODEL_LAYERS, "area"]
    assert facts.bar.text == "10 mm, assumed 200 um"
    assert facts.bar.pixels == 50
    text = "\n".join(facts.lines)
    assert "tissue-200um 1.0 (sha256 0123456789ab)" in text
    assert "Spacing is assumed (50 um)." in text
    strip = np.array(draw_annotated(scan, assessment, STYLES))[scan.rows :]
    amber = (strip[..., 0] > strip[..., 2].astype(int) + 60) & (strip[..., 0] > 180)
    assert amber.sum() > 300
    assert len(strip) > 200


def test_every_state_of_a_layer_has_its_own_words() -> None:
    scan = scan_of(breast_pixels())
    notes = {legend.name: legend.note for legend in captions(analyse(scan), None, list(STYLES)).legends}
    area = notes.pop("area")
    assert area == "border of the breast as it was found in the pixels"
    assert notes == {"outlines": "none in this scan", **dict.fromkeys(MODEL_LAYERS, "not run")}
    quiet = captions(analyse(scan), assessed(scan), list(STYLES))
    assert {legend.note for legend in quiet.legends if legend.name in MODEL_LAYERS} == {"nothing above the threshold"}
    assert "none above its operating point" in "\n".join(quiet.lines)


def test_the_strip_says_why_there_is_no_assessment() -> None:
    scan = scan_of(breast_pixels())
    assert captions(analyse(scan), None, ["heatmap"]).lines[0] == "The models were not run."
    failed = "The models failed: it is not finite."
    assert captions(analyse(scan), None, ["heatmap"], unassessed=failed).lines[0] == failed


def test_the_legend_says_who_drew_the_outlines() -> None:
    scan = scan_of(breast_pixels())
    sources = ("DDSM", "drawn in Mammoview", "DDSM", "reader A", "CBIS-DDSM ROI box")
    scan.outlines = tuple(box(10, 10, 20, 20, source=source) for source in sources)
    (outlines,) = captions(analyse(scan), None, ["outlines"]).legends
    assert outlines.note == (
        "2 by a radiologist, 1 of a data set, 1 drawn by the reader (green), 1 out of other files; "
        "not part of the model"
    )


def test_the_readers_own_lines_have_a_colour_of_their_own() -> None:
    scan = scan_of(breast_pixels())
    others, own = box(40, 200, 120, 300), box(140, 200, 220, 300, source=OWN_SOURCE)
    scan.outlines = (others, own)
    scan.annotations = (Annotation(AnnotationKind.RULER, np.array([[40.0, 400.0], [200.0, 400.0]])),)
    drawn = np.array(draw_annotated(scan, None, ["outlines"])).astype(int)[: scan.rows]
    drawn = drawn[:, (drawn.shape[1] - scan.columns) // 2 :]  # The strip may be wider than the scan.
    mint = (np.abs(drawn - (139, 226, 139)) < 12).all(2)
    cyan = (drawn[..., 2] > drawn[..., 0] + 60) & (drawn[..., 1] > drawn[..., 0] + 60)
    assert mint[195:305, 135:225].sum() > 100 and mint[395:405, 40:200].sum() > 50
    assert not mint[195:305, 35:125].any() and cyan[195:305, 35:125].sum() > 100
    assert not cyan[195:305, 135:225].any()


@pytest.mark.parametrize("row", [10.0, 200.0, 480.0])
def test_the_figures_of_one_annotation_do_not_cover_those_of_another(row: float) -> None:
    scan = scan_of(breast_pixels())
    scan.annotations = tuple(
        Annotation(AnnotationKind.ELLIPSE, np.array([[column, row], [column + 40, row + 30]]))
        for column in (20, 60, 90)
    )
    items = annotation_items(analyse(scan), Affine(), (scan.columns, scan.rows), 2)
    strips = [item.box for item in items if isinstance(item, PageBox)]
    assert len(strips) == 3
    for (left, top, right, bottom), other in combinations(strips, 2):
        assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    for left, top, right, bottom in strips:
        assert 0 <= left < right <= scan.columns and 0 <= top < bottom <= scan.rows
    texts = [item for item in items if isinstance(item, PageText)]
    assert all(any(s[0] <= one.x <= s[2] and s[1] <= one.y <= s[3] for s in strips) for one in texts)


def test_words_of_other_languages_are_written_whole() -> None:
    scan = scan_of(breast_pixels())
    words = "Nódulo um pouco maior, ¿señal?, 3 mm², " + "espiculado " * 12
    scan.annotations = (Annotation(AnnotationKind.TEXT, np.array([[300.0, 100.0]]), words),)
    texts = [
        one
        for one in annotation_items(analyse(scan), Affine(), (scan.columns, scan.rows), 2)
        if isinstance(one, PageText)
    ]
    assert " ".join(one.text for one in texts) == " ".join(words.split())
    for one in texts:
        assert one.x >= 0 and one.x + font(one.size, one.face).getlength(one.text) <= scan.columns
        empty = font(one.size, one.face).getmask("\ufffe")
        assert not any(bytes(font(one.size, one.face).getmask(sign)) == bytes(empty) for sign in "óñ¿²")


def test_the_strip_names_models_of_other_languages() -> None:
    said = replace(captions(analyse(scan_of(breast_pixels())), None, ()), lines=("Models: Cáncer ñ 1.0.",))
    (line,) = (one for one in strip(400, said)[0] if isinstance(one, PageText) and "Models" in one.text)
    assert line.text == "Models: Cáncer ñ 1.0." and line.face is Face.TEXT


def test_a_reader_who_has_no_model_layer_open_is_told_nothing_of_the_model() -> None:
    scan = scan_of(breast_pixels())
    (line,) = captions(analyse(scan), assessed(scan, PLACE), ["outlines"]).lines
    assert line.startswith("Window/level: automatic.")


def test_default_thresholds_are_the_models_own() -> None:
    scan = scan_of(breast_pixels())
    dim = assessed(scan, PLACE)
    dim.heatmap.values[:] *= 0.45  # between tau, 0.40, and the default threshold, 0.50
    bare, own = (np.array(draw_annotated(scan, dim, layers)) for layers in ((), ("heatmap",)))
    default = np.array(draw_annotated(scan, dim, ("heatmap",), STYLES))
    assert (own[: scan.rows] != bare[: scan.rows]).any()
    assert (default[: scan.rows] == bare[: scan.rows]).all()


def chunks(png: bytes) -> list[bytes]:
    """Kinds of the chunks of a PNG."""
    found, at = [], 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found.append(kind)
        at += 12 + length
    return found


def test_nobody_is_named(tmp_path: Path) -> None:
    scan = scan_of(breast_pixels(), patient="DOE^JANE 4711")
    scan.path = Path("DOE_JANE_4711.dcm")
    scan.facts = {"date": "1996-07-03", "patient": "DOE^JANE"}
    path = write_png(tmp_path / "deep" / "out.png", scan, assessed(scan, PLACE), STYLES)
    content = path.read_bytes()
    assert set(chunks(content)) == {b"IHDR", b"IDAT", b"IEND"}
    for secret in (b"DOE", b"JANE", b"4711", b"1996"):
        assert secret not in content
    words = repr(captions(analyse(scan), assessed(scan, PLACE), STYLES))
    assert not any(secret in words for secret in ("DOE", "JANE", "4711", "1996", "phantom"))
    assert [file.name for file in path.parent.iterdir()] == ["out.png"]


def test_the_whole_resolution_or_a_size() -> None:
    scan = scan_of(breast_pixels(rows=1500, columns=1000))
    full, small = draw_annotated(scan, None, ()), draw_annotated(scan, None, (), size=600)
    assert full.width == 1000
    assert full.height > 1500
    assert small.height < 1000


def test_as_seen_keeps_the_viewport_and_adds_the_same_strip(tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())
    viewport = np.random.default_rng(1).integers(0, 255, (300, 900, 3), np.uint8)
    facts = captions(analyse(scan), None, ["heatmap"], zoom=2.0, width=900)
    path = write_as_seen(tmp_path / "seen.png", viewport, facts)
    image = np.array(Image.open(path))
    assert (image[:300] == viewport).all()
    assert len(image) > 300
    # 900 screen pixels are 450 scan pixels of 0.2 mm: a fifth of that is 18 mm.
    assert facts.bar.text.startswith("10 mm")
    assert facts.bar.pixels == 100


def test_bad_wishes_are_named(tmp_path: Path) -> None:
    scan = scan_of(breast_pixels())
    with pytest.raises(MammoviewError, match="no layer 'heat'"):
        draw_annotated(scan, None, ["heat"])
    (tmp_path / "file").write_text("")
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_png(tmp_path / "file" / "out.png", scan, None, ())
