"""One description of a figure, drawn by Pillow, as SVG and as PDF: all three show the same, and are anonymous."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.export import figure_panels, layer_drawing
from mammoview.export.annotated_png import draw_annotated
from mammoview.export.burned_in import blacked_out, text_warning
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind, Grey
from mammoview.export.figure_crop import Crop, crop_named
from mammoview.export.figure_layout import Layout
from mammoview.export.fonts import Face, legible
from mammoview.export.formats import FORMATS
from mammoview.export.line_drawing import pen
from mammoview.export.page import Item, Page, PageText
from mammoview.export.pdf_page import pdf
from mammoview.export.pictures import pages
from mammoview.export.raster_page import drawn
from mammoview.export.svg_page import svg
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.identity import PatientIdentity
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Laterality, Study, box, circle
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.vector_pictures import apart, pdf_pictures, svg_picture

LAYERS = ("outlines", "heatmap", "grid", "saliency", "cad")
SECRETS = (b"DOE", b"JANE", b"4711", b"1996-07-03", b"19960703", b"St. Elsewhere")


@pytest.fixture(scope="module")
def one() -> AssessedScan:
    """A small scan with outlines, a ruler, a mark of another program, two findings, and a patient."""
    scan = scan_of(breast_pixels(450, 300), patient="DOE^JANE 4711")
    scan.path = Path("DOE_JANE_4711.dcm")
    scan.facts = {"date": "1996-07-03", "patient": "DOE^JANE", "institution": "St. Elsewhere"}
    scan.identity = PatientIdentity(name="DOE^JANE", patient_id="4711")
    scan.outlines = (box(30, 150, 110, 210), circle(90.0, 240.0, 30.0))
    scan.annotations = (Annotation(AnnotationKind.RULER, np.array([[60.0, 125.0], [110.0, 165.0]])),)
    scan.marks = (Mark(MarkOrigin.CAD, np.array([[70.0, 160.0]])),)
    analysis = analyse(scan)
    return AssessedScan(analysis, assessed(scan, (90.0, 200.0), (125.0, 280.0), analysis=analysis))


def made(one: AssessedScan, target: Path = Path("x"), **options: object) -> ExportContent:
    chosen = ExportOptions(**{"dpi": 100, **options})
    return ExportContent(target, Study("DOE^JANE 4711", [one.scan]), (one,), LAYERS, None, chosen)


@pytest.mark.parametrize("figure", [FigureKind.SCAN, FigureKind.PANELS, FigureKind.FINDING])
def test_vectors_show_what_pixels_show(one: AssessedScan, figure: FigureKind, tmp_path: Path) -> None:
    (page,) = pages(made(one, figure=figure))
    raster = drawn(page)
    (as_pdf,), as_svg = pdf_pictures([page]), svg_picture(page, tmp_path)
    for picture in (as_pdf, as_svg):
        mean, off = apart(raster, picture)
        # Lines and letters have soft edges as vectors, hard ones as pixels.
        assert mean < 14 and off < 0.085
    # A shift of three pixels is seen by this.
    moved = Image.fromarray(np.roll(np.asarray(raster), 3, (0, 1)))
    assert apart(raster, moved)[1] > apart(raster, as_svg)[1] + 0.02


def test_lines_and_letters_are_vectors_with_their_fonts(one: AssessedScan) -> None:
    (page,) = pages(made(one, figure=FigureKind.PANELS))
    drawing = svg(page).decode()
    assert drawing.count("<polyline") > 20 and drawing.count("@font-face") == 2
    # One picture per panel, one of the saliency, one of each colour bar.
    assert drawing.count("<image") == 6 + 1 + 3
    assert "(b) Outlines" in re.sub(r"</text>\s*<text[^>]*>", " ", drawing)
    document = pdf([page])
    assert document == pdf([page])
    assert document.count(b"/FontFile2") == 2


def test_a_scan_is_the_picture_that_it_was(one: AssessedScan) -> None:
    """The page of a scan has the pixels of the annotated picture."""
    (page,) = pages(made(one))
    want = draw_annotated(one.scan, one.assessment, LAYERS, analysis=one.analysis)
    np.testing.assert_array_equal(np.asarray(drawn(page)), np.asarray(want))


@pytest.mark.parametrize("name", ["png", "tiff", "svg", "pdf"])
@pytest.mark.parametrize("figure", [FigureKind.SCAN, FigureKind.PANELS])
def test_the_metadata_tell_the_provenance_and_nobody(
    one: AssessedScan, name: str, figure: FigureKind, tmp_path: Path
) -> None:
    path = tmp_path / f"x.{name}"
    FORMATS[name].write(made(one, path, figure=figure))
    held = plain(path.read_bytes())
    for secret in SECRETS:
        assert secret not in held
    reported = held.replace(b"\0", b"")
    assert b"tissue-200um 1.0 (sha256 0123456789ab)" in reported and b"200 um per pixel (assumed)" in reported
    assert b"Not for diagnosis" in reported and b"grid_200um 0.600" in reported
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def plain(file: bytes) -> bytes:
    """A file with what is encoded in it decoded behind it."""
    found = [re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", file).replace(b"\\", b"")]
    found += [b64decode(data) for data in re.findall(rb"base64,([A-Za-z0-9+/=]+)", file)]
    for match in re.finditer(rb"stream\r?\n(.*?)endstream", file, re.DOTALL):
        body = match[1].strip()
        try:
            found.append(zlib.decompress(body))
        except zlib.error:
            found.append(body)
    return b"\n".join(found)


def test_the_resolution_is_written(one: AssessedScan, tmp_path: Path) -> None:
    for name in ("png", "tiff"):
        path = FORMATS[name].write(made(one, tmp_path / f"x.{name}", figure=FigureKind.PANELS))
        picture = Image.open(path)
        assert picture.info["dpi"] == pytest.approx((100, 100), abs=0.1)
        # 180 mm wide.
        assert picture.width == pytest.approx(180 / 25.4 * 100, abs=1)


def test_a_tiff_holds_grey_values_and_layers_as_pages(one: AssessedScan, tmp_path: Path) -> None:
    for grey, dtype in ((Grey.SHOWN_8, np.uint8), (Grey.SHOWN_16, np.uint16), (Grey.STORED, np.uint16)):
        path = FORMATS["tiff"].write(made(one, tmp_path / f"{grey}.tiff", grey=grey))
        with tifffile.TiffFile(path) as tiff:
            pixels = tiff.pages[0].asarray()
            assert pixels.dtype == dtype and pixels.shape == (450, 300)
            across = tiff.pages[0].tags["XResolution"].value
            assert tiff.pages[0].tags["ResolutionUnit"].value == 3  # per cm: 200 um are 50 of them
            assert across[0] / across[1] == pytest.approx(50)
            reported = json.loads(tiff.pages[0].description)
            assert reported["Spacing"] == "200 um per pixel (assumed)"
            names = [page.tags[285].value for page in tiff.pages[1:]]
            assert set(names) == {"Outlines", "Heatmap", "Patch grid", "Model sensitivity", "CAD report"}
            outlines = tiff.pages[1 + names.index("Outlines")].asarray()
        assert outlines.shape == (450, 300, 4) and outlines[150, 60:80, 3].all() and not outlines[300:, :, 3].any()
        expected: NDArray[np.generic] = {
            Grey.SHOWN_8: render(one.scan, analysis=one.analysis),
            Grey.SHOWN_16: render(one.scan, analysis=one.analysis, bits=16),
            Grey.STORED: one.scan.pixels,
        }[grey]
        np.testing.assert_array_equal(pixels, expected)
    shown = render(one.scan, analysis=one.analysis, bits=16)
    np.testing.assert_allclose(shown / 257.0, render(one.scan, analysis=one.analysis), atol=0.51)


def test_a_png_holds_grey_values_as_they_are_shown(one: AssessedScan, tmp_path: Path) -> None:
    for grey, bits in ((Grey.SHOWN_8, 8), (Grey.SHOWN_16, 16)):
        path = FORMATS["png"].write(made(one, tmp_path / f"{grey}.png", grey=grey))
        want = render(one.scan, analysis=one.analysis, bits=bits)
        np.testing.assert_array_equal(np.asarray(Image.open(path)), want)


def test_a_png_holds_16_bits(one: AssessedScan, tmp_path: Path) -> None:
    path = FORMATS["png"].write(made(one, tmp_path / "x.png", grey=Grey.STORED))
    np.testing.assert_array_equal(np.asarray(Image.open(path)), one.scan.pixels)


@pytest.mark.parametrize("figure", [FigureKind.SCAN, FigureKind.PANELS, FigureKind.FINDING])
def test_files_of_pixels_hold_what_is_drawn(one: AssessedScan, figure: FigureKind, tmp_path: Path) -> None:
    (page,) = pages(made(one, figure=figure))
    for name in ("png", "tiff"):
        path = FORMATS[name].write(made(one, tmp_path / f"x.{name}", figure=figure))
        np.testing.assert_array_equal(np.asarray(Image.open(path).convert("RGB")), np.asarray(drawn(page)))


@pytest.mark.parametrize("crop", ["breast", "scan", "finding:1", "paper"])
def test_the_scale_bar_is_as_long_as_it_says(one: AssessedScan, crop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[tuple[float, str]] = []
    boxes: list[tuple[int, int, int, int]] = []
    crop_items = figure_panels.crop_items

    def placed(shown: Crop, box: tuple[int, int, int, int], *others: Any) -> list[Item]:
        boxes.append(box)
        return crop_items(shown, box, *others)

    monkeypatch.setattr(figure_panels, "crop_items", placed)
    monkeypatch.setattr(Layout, "scale_bar", lambda _self, _x, _y, length, text, _points: bars.append((length, text)))
    (page,) = pages(made(one, figure=FigureKind.PANELS, crop=crop))
    shown_mm = (boxes[0][2] - boxes[0][0]) * 25.4 / page.dpi
    ((length, text),) = bars
    on_the_breast = length * crop_named(crop, one.analysis, one.assessment).width_mm / shown_mm
    assert on_the_breast == pytest.approx(float(text.split()[0]), rel=0.02)


def test_grey_values_of_a_figure_are_refused(one: AssessedScan) -> None:
    for name, figure in (("tiff", FigureKind.PANELS), ("svg", FigureKind.SCAN)):
        with pytest.raises(MammoviewError, match="in stored grey"):
            FORMATS[name].check(ExportOptions(figure, grey=Grey.STORED))


def test_panels_have_one_scale_and_their_crop(one: AssessedScan) -> None:
    for name, width, height in (
        ("scan", 60, 90),
        ("finding:1", 40, 40),
        ("outline:1", 26, 22),
        ("paper", 102.4, 102.4),
    ):
        crop = crop_named(name, one.analysis, one.assessment)
        assert (crop.width_mm, crop.height_mm) == pytest.approx((width, height), abs=0.2)
    for name, said in (
        ("finding:9", "no finding 9. It has 2"),
        ("outline:0", "no outline 0. It has 2"),
        ("nipple", "no crop 'nipple'"),
        ("scan:2", "no crop"),
    ):
        with pytest.raises(MammoviewError, match=said):
            crop_named(name, one.analysis, one.assessment)
    with pytest.raises(MammoviewError, match="needs an assessment"):
        crop_named("paper", one.analysis, None)


def test_the_layout_of_the_paper_has_the_saliency_beside_the_outlines(one: AssessedScan) -> None:
    (page,) = pages(made(one, figure=FigureKind.PANELS, crop="Paper"))
    texts = [item.text for item in page.items if isinstance(item, PageText)]
    titles = [texts[texts.index(letter) + 1] for letter in "abcde"]
    assert titles == ["bare", "heatmap", "patch grid", "model sensitivity", "outlines"]
    assert "Frame of the paper, 102.4 mm, nipple to the right" in " ".join(texts)


def test_bold_letters_are_found_by_programs_that_read_no_embedded_fonts(tmp_path: Path) -> None:
    """They look for family and weight; resvg is one of them."""
    words = tuple(
        PageText(10, y, "Finding 1", 20, (0, 0, 0), face=face) for y, face in ((10, Face.BOLD), (60, Face.TEXT))
    )
    page = Page(200, 100, words)
    ink = 255 - np.asarray(svg_picture(page, tmp_path).convert("L").resize((200, 100))).astype(int)
    assert ink[:50].sum() > 1.2 * ink[50:].sum() > 0
    assert apart(drawn(page), svg_picture(page, tmp_path))[1] < 0.03


def test_without_an_assessment_the_caption_says_so(one: AssessedScan) -> None:
    bare = AssessedScan(one.analysis, unassessed="This scan is out of scope of the models.")
    (page,) = pages(made(bare, figure=FigureKind.PANELS))
    words = " ".join(getattr(item, "text", "") for item in page.items)
    assert "out of scope of the models" in words and "(d)" not in words
    with pytest.raises(MammoviewError, match="no finding to show"):
        pages(made(bare, figure=FigureKind.FINDING))


def test_text_in_the_pixels_is_noticed_and_blacked_out() -> None:
    pixels = breast_pixels(450, 300)
    scan = scan_of(pixels)
    assert text_warning(analyse(scan), render(scan)) == ""
    for column in range(200, 280, 14):
        pixels[20:34, column : column + 6] = 4000
    marked = scan_of(pixels)
    analysis = analyse(marked)
    assert text_warning(analysis, render(marked)) == "there are marks like text outside the breast"
    # A letter that the edge of the picture cuts is one, too; a border along it is none.
    cut = breast_pixels(450, 300)
    cut[:, -6:] = 4000
    cut[20:54, 210:216] = cut[20:54, 230:236] = 4000
    assert text_warning(analyse(scan_of(cut)), render(scan_of(cut))) == ""
    cut[:, -6:] = 0
    cut[20:54, 270:] = 4000
    assert text_warning(analyse(scan_of(cut)), render(scan_of(cut))) == "there are marks like text outside the breast"
    # On a film without a clear breast, labels are not distinguished from it.
    empty = scan_of(np.full((450, 300), 40, np.uint16))
    unclear = replace(analyse(scan), breast=replace(analyse(scan).breast, warning="it holds a straight band"))
    for one in (analyse(empty), unclear):
        assert text_warning(one, render(one.scan)).startswith("the breast was not found clearly")
    dark = blacked_out(analysis, render(marked))
    assert not dark[:36, 195:].any()
    inside = np.hypot((np.mgrid[:450, :300][1]) / 210, (np.mgrid[:450, :300][0] - 225) / 180) < 0.95
    np.testing.assert_array_equal(dark[inside], render(marked)[inside])
    scan.facts = {"burned-in": "yes"}
    assert "the file says" in text_warning(analyse(scan), render(scan))


def test_nothing_is_left_in_sight_where_the_breast_is_not_known() -> None:
    scan = scan_of(np.zeros((450, 300), np.uint16))
    analysis = analyse(scan)
    assert analysis.breast is None
    with pytest.raises(MammoviewError, match="not found clearly enough"):
        blacked_out(analysis, np.zeros((450, 300), np.uint8))


def test_texts_are_written_in_letters_that_the_fonts_have() -> None:
    assert legible("señal  50 um, área 3 mm²\n\u2212 \u0107 \u6f22") == "señal 50 µm, área 3 mm² - c ?"


def test_right_scans_and_left_scans_keep_their_side(one: AssessedScan) -> None:
    right = scan_of(breast_pixels(450, 300)[:, ::-1], Laterality.R)
    (page,) = pages(made(AssessedScan(analyse(right)), figure=FigureKind.PANELS, crop="scan"))
    picture = np.asarray(drawn(page).convert("L")).astype(int)
    panel = picture[40:120, 14:330]
    assert panel[:, 200:].mean() > panel[:, :100].mean() + 20


def test_ten_thousand_outlines_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is taken up once for all lines: copied for each, it took minutes at full resolution."""
    scan = scan_of(breast_pixels(450, 300))
    scan.outlines = tuple(box(i % 280, i % 430, i % 280 + 9, i % 430 + 9) for i in range(10_000))
    content = ExportContent(tmp_path / "x.svg", Study("", [scan]), (AssessedScan(analyse(scan)),), ("outlines",))
    FORMATS["svg"].write(content)
    assert (tmp_path / "x.svg").read_text().count("<polyline") >= 20_000
    taken_up = []
    monkeypatch.setattr(layer_drawing, "pen", lambda rgb: (taken_up.append(1), pen(rgb))[1])
    drawn(pages(content)[0])
    assert len(taken_up) == 1


def test_the_readers_own_words_are_drawn_whatever_they_hold(tmp_path: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    scan = scan_of(breast_pixels(300, 200))
    words = "señal <b> & \u6f22 \x0b fin"
    scan.annotations = (Annotation(AnnotationKind.TEXT, np.array([[60.0, 125.0]]), words),)
    content = ExportContent(tmp_path / "x", Study("", [scan]), (AssessedScan(analyse(scan)),), ())
    (page,) = pages(content)
    root = ElementTree.fromstring(svg(page))
    assert any("señal <b> & \u6f22" in (element.text or "") for element in root.iter())
    assert len(pdfium.PdfDocument(pdf([page]))) == 1
    drawn(page)
