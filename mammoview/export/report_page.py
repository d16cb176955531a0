"""The report of a study as pages of A4: viewports, findings, outlines, the reader's impression, provenance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.assessment import Finding
from mammoview.assess.results.comparison_table import comparison_rows
from mammoview.assess.results.hits_and_overlap import HIT_MARGIN_MM, OutlineComparison, operating_points
from mammoview.core import paths
from mammoview.core.version import __version__
from mammoview.display.breast_position import breast_position
from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.export import worksheet_text
from mammoview.export.captions import looks
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_crop import crop_items, finding_crop
from mammoview.export.figure_layout import GREY, PAPER, Layout
from mammoview.export.figure_panels import finding_text, shown
from mammoview.export.figure_study import add_study, number_items
from mammoview.export.fonts import Face
from mammoview.export.legend_samples import add_entry, entry_height_mm, legend_entries
from mammoview.export.page import Page
from mammoview.export.provenance import facts, first_assessment, models, spacing_text, threshold_text
from mammoview.records.reader_report import ReaderReport, ReaderReportStore, report_key
from mammoview.study.identity import readable

WIDTH_MM, HEIGHT_MM, MARGIN_MM = 210.0, 297.0, 14.0
_FOOT_MM = 20.0
"""Kept free at the lower edge."""
_VIEWS_MM = 150.0
"""Most height of the scans on the first page."""
_CROP_MM = 34.0
"""Side of a picture of a finding in print."""
_COMPARED = ("scan", "outline", "layer", "hit", "false marks", "IoU", "distance", "kind", "drawn by")
_WIDTHS = (0.0, 22.0, 37.0, 72.0, 82.0, 101.0, 115.0, 137.0, 155.0)
"""Where the columns of that table begin, mm."""


def report_pages(content: ExportContent) -> list[Page]:
    """Return the pages of the report of a study. Raises MammoviewError."""
    report = _Report(content)
    report.write()
    return report.pages()


@dataclass(frozen=True, eq=False)
class _Listed:
    """A finding with its scan."""

    one: AssessedScan
    finding: Finding


class _Report:
    """Pages that are filled from the top."""

    def __init__(self, content: ExportContent) -> None:
        self._content = content
        self._layouts: list[Layout] = []
        self._page = self._new()
        options = content.options
        self._own = _reader_report(content) if options.reader_report else None

    def write(self) -> None:
        """Write everything."""
        self._head()
        add_study(self._page, self._content, _VIEWS_MM)
        self._legends()
        if self._own is not None:
            self._reader_report(self._own)
        if MODEL_LAYERS & set(self._content.layers):
            self._findings()
        self._comparison()
        self._provenance()

    def pages(self) -> list[Page]:
        """Return the pages with their feet."""
        metadata, count = facts(self._content), len(self._layouts)
        for number, layout in enumerate(self._layouts, 1):
            foot = HEIGHT_MM - 12
            layout.rule(foot - 1.5)
            layout.text(MARGIN_MM, foot, f"{NOT_FOR_DIAGNOSIS} Not a medical device. Mammoview {__version__}", 7, GREY)
            layout.text(WIDTH_MM - MARGIN_MM, foot, f"{number} of {count}", 7, GREY, anchor="ra")
        return [
            Page(
                round(layout.px(WIDTH_MM)),
                round(layout.px(HEIGHT_MM)),
                tuple(layout.items),
                layout.dpi,
                PAPER,
                metadata,
            )
            for layout in self._layouts
        ]

    def _new(self) -> Layout:
        layout = Layout(WIDTH_MM, self._content.options.dpi, MARGIN_MM)
        self._layouts.append(layout)
        return layout

    def _need(self, mm: float) -> Layout:
        """Return the page, or a new one where so much height is not left."""
        if self._page.y_mm + mm > HEIGHT_MM - _FOOT_MM:
            self._page = self._new()
        return self._page

    def _heading(self, text: str, below_mm: float = 12.0) -> None:
        """Add a heading that stays with what follows."""
        page = self._need(9 + below_mm)
        page.y_mm += 3.5
        page.paragraph(text, 11, face=Face.BOLD)
        page.y_mm += 1

    def _line(self, text: str, points: float = 8, left_mm: float = 0.0, face: Face = Face.TEXT) -> None:
        """Add a paragraph line by line, over the end of a page where it must."""
        room = self._page.room_mm - left_mm
        for line in self._page.lines(text, points, face, room):
            page = self._need(Layout.step_mm(points))
            page.text(page.margin_mm + left_mm, page.y_mm, line, points, face=face)
            page.y_mm += Layout.step_mm(points)

    def _head(self) -> None:
        page, content = self._page, self._content
        page.text(MARGIN_MM, page.y_mm, "Mammogram report", 16, face=Face.BOLD)
        page.text(WIDTH_MM - MARGIN_MM, page.y_mm + 1.5, f"Mammoview {__version__}", 8, GREY, anchor="ra")
        page.y_mm += 8.5
        page.paragraph(f"{NOT_FOR_DIAGNOSIS} Not a medical device.", 9, face=Face.BOLD)
        if content.options.keep_identity:
            who = content.study.identity
            named = (("Patient", readable(who.name)), ("ID", who.patient_id), ("Birth date", who.birth_date))
            metadata = [f"{title}: {value}" for title, value in (*named, ("Study date", content.study.date)) if value]
            self._line("   ".join(metadata) or "The files do not name the patient.", 9)
        else:
            words = "" if self._own is None else "; the reader's words stand as they were written"
            self._line(f"De-identified: no patient and no date is named{words}.", 8)
        page.y_mm += 1
        page.rule(page.y_mm)
        page.y_mm += 2.5

    def _legends(self) -> None:
        """Add what the layers are."""
        content = self._content
        for entry in legend_entries(content, first_assessment(content.scans)):
            add_entry(self._need(entry_height_mm(self._page, entry)), entry)
        for one in content.scans:
            if one.unassessed:
                self._line(f"{one.scan.name}: {one.unassessed}", 7)

    def _reader_report(self, own: ReaderReport) -> None:
        """Add the reader's impressions and worksheet."""
        self._heading("Impression and worksheet of the reader")
        if not own:
            self._line("The reader has written none.")
            return
        for title, impressions in (("before the layers were opened", own.first), ("with the layers", own.final)):
            for breast, impression in impressions.items():
                if impression:
                    category = "no category" if impression.category is None else f"BI-RADS {impression.category.value}"
                    self._line(f"{_breast(breast)}, {title}: {category}. {impression.text}")
        if own.worksheet:
            # Reader and time stand before the composition, the program behind the differences.
            lines = worksheet_text.text(own, "").splitlines()[:-2]
            first = next(i for i, line in enumerate(lines) if line.startswith("Breast composition"))
            for line in lines[first:]:
                self._line(line, 7.5, 3.0 if line.startswith(" ") else 0.0)

    def _findings(self) -> None:
        """Add every finding: what is known of it, and its place bare and with the layers."""
        content = self._content
        listed = [
            _Listed(one, finding)
            for one in content.scans
            for finding in (() if one.assessment is None else one.assessment.findings)
        ]
        self._heading("Findings of the models", _CROP_MM + 4 if listed else 5)
        if not any(one.assessment for one in content.scans):
            self._line("The models were not run, or could not assess any scan.")
        elif not listed:
            self._line("No finding above the threshold in the scans that were assessed.")
        greys = {id(one): shown(one, content) for one in {id(e.one): e.one for e in listed}.values()}
        for entry in listed:
            self._finding(entry, greys[id(entry.one)])

    def _finding(self, entry: _Listed, grey: NDArray[np.uint8]) -> None:
        page, one, finding = self._need(_CROP_MM + 3), entry.one, entry.finding
        crop = finding_crop(one.analysis, finding.column, finding.row, "")
        styles = looks(self._content.styles, one.assessment)
        top = page.y_mm
        for i, layers in enumerate(((), self._content.layers)):
            left = MARGIN_MM + i * (_CROP_MM + 2)
            edges = tuple(round(page.px(mm)) for mm in (left, top, left + _CROP_MM, top + _CROP_MM))
            box = (edges[0], edges[1], edges[2], edges[3])
            page.items += crop_items(
                crop,
                box,
                grey,
                one.analysis,
                one.assessment,
                layers,
                styles,
                page.line,
            )
            if layers:  # Another finding may lie in the same crop.
                page.items += number_items(page, crop, box, one.assessment)
        left = 2 * (_CROP_MM + 2) + 3
        page.paragraph(f"{one.scan.name}   {finding_text(finding)}", 8, face=Face.BOLD, left_mm=left)
        for line in self._about(one, finding):
            page.paragraph(line, 7.5, left_mm=left)
        page.y_mm = top + _CROP_MM + 3

    def _about(self, one: AssessedScan, finding: Finding) -> list[str]:
        """Return what is known of a finding, a line each."""
        lines = []
        place = breast_position(one.analysis, finding.column, finding.row)
        if place is not None:
            source = one.scan.spacing.label.removeprefix("mm, ")
            lines.append(f"{place.from_nipple:.0f} mm from the nipple ({source}).")
        assert one.assessment is not None
        above = one.assessment.layers_above(finding)
        lines.append(f"Above the threshold: {', '.join(map(_layer, above)) or 'no single layer'}.")
        for name, span in (("flips", finding.flips), ("folds", finding.folds)):
            if span is not None:
                lines.append(f"Probability of its patch over {name}: {span[0]:.2f} to {span[1]:.2f}.")
        if self._own is not None:
            model = one.assessment.model_key
            verdict = self._own.verdict(one.scan.pixel_hash, finding.column, finding.row, model)
            if verdict is not None:
                result = "accepted" if verdict.accepted else "rejected"
                why = f", {verdict.reason.value}" if verdict.reason.value else ""
                lines.append(f"The reader {result} it{why}. {verdict.note}".strip())
        return lines

    def _comparison(self) -> None:
        """Add the table of hits where people drew outlines."""
        rows: list[tuple[str, ...]] = []
        for one in self._content.scans:
            if one.assessment is not None:
                compared = OutlineComparison(one.scan, one.assessment)
                if compared.outlines:
                    rows += comparison_rows(compared, operating_points(one.assessment), own=bool(compared.own))
        if not rows:
            return
        self._heading("Comparison with outlines")
        self._line(
            f"A hit is a mark inside the outline's box, or within {HIT_MARGIN_MM:g} mm of it. Against a box "
            "or a circle the IoU is low even where the mark is right. False marks are those of the layer in the whole "
            "scan.",
            7,
        )
        self._row(_COMPARED, Face.BOLD)
        false_marks = {(row[0], row[3]): row[5] for row in rows if row[1] == "false marks"}
        for row in (row for row in rows if row[1] != "false marks"):
            scan, outline, _lesion, layer, _threshold, hit, iou, _dice, distance, unit, _score, kind, by, *_rest = row
            far = f"{distance} {unit.partition(',')[0]}" if distance else ""
            false = false_marks.get((scan, layer), "")
            self._row((scan, outline, _layer(layer), hit, false, iou, far, kind, by), Face.TEXT)

    def _row(self, cells: Sequence[str], face: Face) -> None:
        page = self._need(Layout.step_mm(7.5))
        for left, cell in zip(_WIDTHS, cells, strict=True):
            page.text(MARGIN_MM + left, page.y_mm, cell, 7, face=face)
        page.y_mm += Layout.step_mm(7.5)

    def _provenance(self) -> None:
        """Add scans and spacings, models with their hashes, thresholds, warnings."""
        self._heading("Provenance")
        warned: dict[str, list[str]] = {}
        for one in self._content.scans:
            scan = one.scan
            self._line(f"{scan.name}: {scan.columns} x {scan.rows} pixels, spacing {spacing_text(scan)}.", 7.5)
            for warning in () if one.assessment is None else one.assessment.warnings:
                warned.setdefault(warning, []).append(scan.name)
        for warning, names in warned.items():
            self._line(f"{', '.join(names)}: {warning}.", 7.5)
        assessment = first_assessment(self._content.scans)
        if assessment is None:
            return
        self._line(f"Thresholds: {threshold_text(assessment, self._content.styles or {}, 4)}.", 7.5)
        self._line(f"Device: {assessment.provenance.get('device', 'not stated')}.", 7.5)
        for model in models(assessment):
            self._line(f"{model.get('name', '?')} {model.get('version', '?')}, sha256 {model.get('sha256', '?')}", 6.5)


def _reader_report(content: ExportContent) -> ReaderReport:
    """Return what the user's folder keeps of the reader's report on a study. Raises MammoviewError."""
    key = report_key(scan.pixel_hash for scan in content.study.scans)
    return ReaderReportStore.of(paths.data_folder()).find(key)


def _layer(name: str) -> str:
    """Return the name of a layer in words, such as "grid 100 um" for "grid_100um"."""
    return re.sub(r"(\d)um$", r"\1 um", name).replace("_", " ")


def _breast(breast: str) -> str:
    return {"R": "Right breast", "L": "Left breast"}.get(breast, "Breast of unknown side")
