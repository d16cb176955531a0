"""The sheet and the report of a study: hung at one scale, complete, paged, and anonymous unless asked otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Drawing, Pen, Strokes
from mammoview.display.layers.outlines import OWN_COLOUR
from mammoview.display.scan_analysis import analyse
from mammoview.export.captions import layer_context, looks
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind
from mammoview.export.figure_crop import breast_crop
from mammoview.export.figure_layout import Layout
from mammoview.export.formats import FORMATS
from mammoview.export.legend_samples import add_entry, legend_entries
from mammoview.export.page import Page, PageBox, PageImage, PageLine, PageText
from mammoview.export.pictures import pages, write_pdf
from mammoview.export.raster_page import drawn
from mammoview.qt.session.model_worker import AssessmentResult
from mammoview.records.birads import AssessmentCategory, BreastComposition
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, Verdict, report_key
from mammoview.records.worksheet import Worksheet, WorksheetFinding
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import Laterality, Projection, Side, Study, box
from tests.support.operating_curves import CURVES
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.vector_pictures import apart, pdf_pictures, svg_picture


@pytest.fixture(scope="module")
def content() -> ExportContent:
    """Four small scans, two of them of a larger breast; one is out of scope."""
    scans, shown = [], []
    for laterality, projection, rows in (
        (Laterality.R, Projection.CC, 300),
        (Laterality.L, Projection.CC, 300),
        (Laterality.R, Projection.MLO, 420),
        (Laterality.L, Projection.MLO, 420),
    ):
        side = Side.RIGHT if laterality is Laterality.R else Side.LEFT
        scan = scan_of(breast_pixels(rows, rows * 2 // 3, side), laterality, projection)
        scan.identity = PatientIdentity(name="DOE^JANE", patient_id="4711", birth_date="19500102")
        place = (scan.columns - 60.0 if side is Side.RIGHT else 60.0, rows / 2)
        scan.outlines = (box(place[0] - 15, place[1] - 15, place[0] + 15, place[1] + 15, source="CBIS-DDSM"),)
        analysis = analyse(scan)
        scans.append(scan)
        if laterality is Laterality.L and projection is Projection.MLO:
            shown.append(AssessedScan(analysis, unassessed="This scan is out of scope of the models: implant."))
        else:
            shown.append(AssessedScan(analysis, assessed(scan, place, analysis=analysis)))
    study = Study("DOE^JANE 4711", scans, date="1996-07-03")
    options = ExportOptions(FigureKind.STUDY, dpi=72)
    return ExportContent(Path("x"), study, tuple(shown), ("outlines", "heatmap", "grid"), None, options)


def words(page: Page) -> str:
    return " ".join(item.text for item in page.items if isinstance(item, PageText))


def test_a_sheet_hangs_all_scans_at_one_scale(content: ExportContent) -> None:
    (page,) = pages(content)
    images = [item for item in page.items if isinstance(item, PageImage)]
    assert len(images) == 4
    # Right breasts to the left of left ones, CC above MLO, and the larger one larger by as much.
    lefts, tops = [image.box[0] for image in images], [image.box[1] for image in images]
    assert lefts[0] < lefts[1] and lefts[2] < lefts[3] and tops[0] < tops[2]
    heights = [image.box[3] - image.box[1] for image in images]
    assert heights[2] / heights[0] == pytest.approx(420 / 300, rel=0.1)
    assert abs(images[0].box[2] - images[1].box[0]) < 8  # back to back
    reported = words(page)
    assert all(name in reported for name in ("R CC", "L CC", "R MLO", "L MLO", "1 finding", "not assessed"))
    assert "out of scope of the models: implant" in reported and "DOE" not in reported
    # The scale bar of all of them: as long in print as the same length of the first picture.
    (bar,) = [item for item in page.items if isinstance(item, PageText) and " mm, assumed" in item.text]
    length_mm = float(bar.text.split()[0])
    beside = [item for item in page.items if isinstance(item, PageBox) and abs(item.box[1] - bar.y) < 6]
    drawn = max(item.box[2] - item.box[0] for item in beside)
    crop_mm = breast_crop(content.scans[0].analysis).width_mm
    assert drawn / length_mm == pytest.approx((images[0].box[2] - images[0].box[0]) / crop_mm, rel=0.05)


def test_files_hold_the_sheet_that_is_drawn(content: ExportContent, tmp_path: Path) -> None:
    (page,) = pages(content)
    raster = drawn(page)
    for name in ("png", "tiff"):
        path = FORMATS[name].write(replace(content, target=tmp_path / f"x.{name}"))
        np.testing.assert_array_equal(np.asarray(Image.open(path).convert("RGB")), np.asarray(raster))
    check_vectors([page], tmp_path)


def check_vectors(made: list[Page], folder: Path) -> None:
    """Compare pages as PDF and SVG with their pixels."""
    for page, as_pdf in zip(made, pdf_pictures(made), strict=True):
        raster, as_svg = drawn(page), svg_picture(page, folder)
        moved = Image.fromarray(np.roll(np.asarray(raster), 3, (0, 1)))
        for picture in (as_pdf, as_svg):
            mean, off = apart(raster, picture)
            assert mean < 7 and off < 0.045
            # A shift of three pixels is seen by this.
            assert apart(raster, moved)[1] > off + 0.03


def test_each_layer_has_a_sample_of_its_own_form(content: ExportContent) -> None:
    """They differ in black and white, too: a dashed line, a ring, a square, and cells."""
    layers = ("outlines", "heatmap", "grid", "saliency")
    entries = legend_entries(replace(content, layers=layers), content.scans[0].assessment)
    drawn_of = {}
    for entry in entries:
        layout = Layout(180.0, 300, 3.0)
        add_entry(layout, entry)
        drawn_of[entry.legend.name] = [item for item in layout.items if isinstance(item, PageLine | PageImage)]
    (outline,), (ring,), (square,), (cells,) = (drawn_of[name] for name in layers)
    assert isinstance(outline, PageLine) and outline.dash == (12, 4) and len(outline.points) == 2
    assert isinstance(ring, PageLine) and ring.dash is None and len(ring.points) > 20
    assert isinstance(square, PageLine) and len(square.points) == 5
    assert isinstance(cells, PageImage) and len(np.unique(cells.pixels.reshape(-1, 3), axis=0)) > 4
    words_of = [item for item in layout.items if isinstance(item, PageText)]
    assert words_of[0].x > layout.px(3.0 + 8.0)  # beside the sample


def test_outlines_of_several_kinds_have_a_sample_each(content: ExportContent) -> None:
    drawings = [
        Strokes((), Pen(colour, 2.0, 4.5, dash)) for colour, dash in (((1, 2, 3), None), (OWN_COLOUR, None)) * 2
    ]
    (entry,) = legend_entries(replace(content, layers=("outlines",)), None)
    layout = Layout(180.0, 300, 3.0)
    add_entry(layout, replace(entry, drawings=(Drawing(strokes=tuple(drawings)),)))
    assert [item.colour for item in layout.items if isinstance(item, PageLine)] == [(1, 2, 3), OWN_COLOUR]


def test_a_hanging_can_be_chosen(content: ExportContent) -> None:
    (page,) = pages(replace(content, options=replace(content.options, hanging_protocol="cc")))
    assert "R MLO" not in words(page).split("Outlines")[0] and "R CC" in words(page)
    with pytest.raises(MammoviewError, match="no hanging protocol named 'mosaic'"):
        pages(replace(content, options=replace(content.options, hanging_protocol="mosaic")))


def test_a_report_tells_everything_and_nobody(content: ExportContent, tmp_path: Path) -> None:
    made = pages(replace(content, options=replace(content.options, figure=FigureKind.REPORT)))
    check_vectors(made, tmp_path)
    reported = " ".join(map(words, made))
    for part in (
        "Research and education only. Not for diagnosis. Not a medical device.",
        "Findings of the models",
        "Comparison with outlines",
        "Provenance",
        "R CC Finding 1, score 0.80",
        "0123456789abcdef0123456789abcdef",
        "200 µm per pixel (assumed)",
        "This scan is out of scope of the models: implant.",
        f"1 of {len(made)}",
        "De-identified",
        "R CC, L CC, R MLO: spacing is assumed (50 µm).",
    ):
        assert part in reported
    # Each crop with the layers has the number of its finding, as the sheet has.
    numbers = [item for page in made for item in page.items if isinstance(item, PageText) and item.text == "1"]
    assert sum(item.colour == (255, 255, 255) for item in numbers) == 2 * 3
    assert not any(secret in reported for secret in ("DOE", "4711", "1950", "1996", "Impression"))
    for page in made:
        assert max(item.y for item in page.items if isinstance(item, PageText)) < page.height
        assert (page.width, page.height) == (595, 842)


def test_a_report_shows_and_says_the_thresholds_of_the_budget(content: ExportContent) -> None:
    first, *others = content.scans
    marks = tuple(replace(first.assessment.marks[0], rank=i, score=s) for i, s in enumerate((0.9, 0.7, 0.3), 1))
    measured = replace(first.assessment, marks=marks, curves=CURVES, leading_um=200)

    def reported(budget: float, styles: dict[str, LayerStyle] | None = None) -> str:
        shown = replace(first, assessment=measured.at_budget(budget))
        options = replace(content.options, figure=FigureKind.REPORT, false_marks=budget)
        return " ".join(map(words, pages(replace(content, scans=(shown, *others), styles=styles, options=options))))

    few, many = reported(0.5), reported(2.0)
    assert "Above the threshold: heatmap, heatmap baseline, grid 200 µm." in many
    dim = replace(measured.grids[200], values=np.full_like(measured.grids[200].values, 0.85))
    measured = replace(measured, grids={200: dim})
    assert "Above the threshold: heatmap, heatmap baseline." in reported(0.5) and "baseline, grid 200 µm." in reported(
        2.0
    )
    assert "0.5 false marks per normal view: heatmap 0.6000" in few and "findings 0.6000, grid_200um 0.9000" in few
    assert "2 false marks per normal view: heatmap 0.4000" in many and "findings 0.2000, grid_200um 0.8000" in many
    assert "R CC Finding 2" in few and "R CC Finding 3" not in few and "R CC Finding 3" in many
    # Where the reader moved a threshold by hand, that is what is drawn, and said.
    own = dict(looks(None, measured.at_budget(0.5)))
    assert "drawn from" not in reported(0.5, own).split("Thresholds:")[1]
    own["grid"] = replace(own["grid"], threshold=0.5)
    assert "grid_200um 0.9000 (drawn from 0.5000)" in reported(0.5, own)


def test_layers_of_a_figure_are_those_of_the_window(content: ExportContent) -> None:
    """At the same budget: the same thresholds, and the sensitivity within the same contour."""
    one = content.scans[0]
    measured = replace(one.assessment, curves=CURVES, leading_um=200)
    shown = {}
    for budget in (0.25, DEFAULT_BUDGET, 2.0):
        made = AssessmentResult.of(measured)
        window = made.as_chosen("", budget)
        assert (window.sensitivity is made.coloured[1]) == (budget == DEFAULT_BUDGET), "the default is made ahead"
        exported = measured.at_budget(budget)
        styles = looks(None, exported)
        results = layer_context(one.analysis, exported, styles).results
        np.testing.assert_array_equal(results.sensitivity.values, window.sensitivity.values)
        assert styles["grid"].threshold == window.assessment.grid.threshold
        assert styles["heatmap"].threshold == window.assessment.operating
        shown[budget] = np.count_nonzero(results.sensitivity.values)
    assert 0 < shown[0.25] < shown[2.0]


def test_a_report_names_the_patient_on_demand(content: ExportContent) -> None:
    options = replace(content.options, figure=FigureKind.REPORT, keep_identity=True)
    reported = words(pages(replace(content, options=options))[0])
    assert "Patient: DOE, JANE" in reported and "ID: 4711" in reported and "Study date: 1996-07-03" in reported


def test_a_report_tells_what_the_reader_wrote(content: ExportContent, fresh_data_folder: Path) -> None:
    options = replace(content.options, figure=FigureKind.REPORT, reader_report=True)
    asked = replace(content, options=options)
    assert "The reader has written none." in " ".join(map(words, pages(asked)))
    one = content.scans[0]
    (finding,) = one.assessment.findings
    own = ReaderReport(
        report_key(scan.pixel_hash for scan in content.study.scans),
        first={"R": Impression(AssessmentCategory.SUSPICIOUS, "spiculated mass")},
        worksheet=Worksheet(BreastComposition.C, (WorksheetFinding("R", quadrant="upper outer", note="palpable"),)),
        revealed="2026-05-01T08:30:00.125Z",
        verdicts=(Verdict(one.scan.pixel_hash, "R CC", finding.column, finding.row, finding.score, True),),
    )
    ReaderReportStore.of(fresh_data_folder).keep(own)
    reported = " ".join(map(words, pages(asked)))
    assert "Right breast, before the layers were opened: BI-RADS 4. spiculated mass" in reported
    assert "The reader accepted it." in reported
    assert "Breast composition: c" in reported and "palpable" in reported
    assert "2026" not in reported and "Reader:" not in reported


def test_a_report_is_readable_again(content: ExportContent, tmp_path: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    target = tmp_path / "report.pdf"
    write_pdf(replace(content, target=target, options=replace(content.options, figure=FigureKind.REPORT)))
    document = pdfium.PdfDocument(target)
    text = document[0].get_textpage().get_text_range()
    assert "Mammogram report" in text and "R CC" in text
    assert len(document) >= 2
    assert "DOE" not in str(document.get_metadata_dict())
