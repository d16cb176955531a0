"""A study, or one hanging protocol of it, on a page: every breast at one scale, as it hangs, with its layers."""

from __future__ import annotations

from collections.abc import Sequence

from mammoview.assess.results.assessment import Assessment
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.hanging_protocols import Hung, assign_scans, protocol_named, suggested_protocol
from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.display.length_text import scale_bar
from mammoview.export.captions import looks
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_crop import PX_MM, Crop, breast_crop, crop_items
from mammoview.export.figure_layout import GREY, PAPER, Layout
from mammoview.export.figure_panels import shown
from mammoview.export.fonts import Face, font
from mammoview.export.legend_samples import add_entry, legend_entries
from mammoview.export.page import Box, Item, Page, PageBox, PageText
from mammoview.export.provenance import facts, first_assessment, model_lines, spacing_text, threshold_text
from mammoview.study.scan import Scan, Side

WIDTH_MM, MARGIN_MM, GAP_MM = 180.0, 3.0, 1.5
_TALLEST_MM = 220.0
"""Most height of the pictures of a sheet."""
_BAR_SHARE = 0.3
"""Most of a cell's width that the scale bar takes."""


def study_page(content: ExportContent) -> Page:
    """Return a sheet of the study with its legend. Raises MammoviewError where its hanging protocol shows no scan."""
    layout = Layout(WIDTH_MM, content.options.dpi, MARGIN_MM)
    add_study(layout, content, _TALLEST_MM)
    _add_caption(layout, content)
    width, height = layout.size
    return Page(width, height, tuple(layout.items), layout.dpi, PAPER, facts(content))


def add_study(layout: Layout, content: ExportContent, tallest_mm: float) -> None:
    """Add the scans of a study as they hang, all at one scale, with the numbers of their findings.

    Parameters
    ----------
    layout
        Of the page.
    content
        Scans, layers, and the name of the hanging protocol.
    tallest_mm
        Most height that they may take.

    Raises
    ------
    MammoviewError
        When there is no such protocol, or it shows none of the scans.
    """
    rows = _rows(content)
    columns = max(len(row) for row in rows)
    cell = (layout.room_mm - (columns - 1) * GAP_MM) / columns
    crops = {id(one): breast_crop(one.analysis, wall) for row in rows for one, wall in row if one is not None}
    widest = max(crop.width_mm for crop in crops.values())
    heights = [max([crops[id(one)].height_mm for one, _ in row if one is not None] or [0.0]) for row in rows]
    mm = min(cell / widest, (tallest_mm - 6 * len(rows)) / sum(heights))
    for row, tall in zip(rows, heights, strict=True):
        if not tall:
            continue
        for i, (one, wall) in enumerate(row):
            left = layout.margin_mm + i * (cell + GAP_MM)
            if one is not None:
                _add_scan(layout, content, one, crops[id(one)], (left, cell, tall * mm, mm), wall)
        layout.y_mm += tall * mm + 6
    _add_scale(layout, [one for row in rows for one, _ in row if one is not None], mm, _BAR_SHARE * cell / mm)


def _add_scale(layout: Layout, scans: Sequence[AssessedScan], mm: float, longest_mm: float) -> None:
    """Add the scale bar of all scans, `mm` in print per mm; none where only some have a known spacing."""
    spacings = [one.analysis.standing_spacing for one in scans]
    bars = [scale_bar(one, longest_mm / one.column_mm if one.known else longest_mm / PX_MM) for one in spacings]
    if len({one.known for one in spacings}) > 1:
        return
    across = spacings[0].column_mm if spacings[0].known else PX_MM
    sources = {bar.text for bar in bars}
    text = bars[0].text if len(sources) == 1 else f"{bars[0].pixels * across:g} mm, spacings below"
    layout.y_mm -= 1.5
    layout.scale_bar(layout.margin_mm, layout.y_mm, bars[0].pixels * across * mm, text, 6)
    layout.y_mm += 4.5


def number_items(layout: Layout, crop: Crop, box: Box, assessment: Assessment | None) -> list[Item]:
    """Return the numbers of the findings beside their marks, white on dark."""
    if assessment is None:
        return []
    to_page, size = crop.to_page(box), max(7, round(layout.px(2.2)))
    items: list[Item] = []
    for finding in assessment.findings:
        x, y = to_page((finding.column, finding.row))
        if not (box[0] <= x <= box[2] and box[1] <= y <= box[3]):
            continue
        text = str(finding.rank)
        wide = font(size, Face.BOLD).getlength(text)
        left = min(x + layout.px(1.5), box[2] - wide - 2)
        top = max(y - layout.px(1.5) - size, box[1] + 1)
        items.append(PageBox((left - 2, top, left + wide + 2, top + 1.2 * size), (20, 20, 20), opacity=0.8))
        items.append(PageText(left, top, text, size, (255, 255, 255), face=Face.BOLD))
    return items


def state_text(one: AssessedScan, layers: Sequence[str]) -> str:
    """Summarise the results of the models for a scan in some words; empty where none of their layers is shown."""
    if not MODEL_LAYERS & set(layers):
        return ""
    if one.assessment is None:
        return "not assessed"
    count = len(one.assessment.findings)
    return f"{count} findings" if count > 1 else ("1 finding" if count else "no finding above the threshold")


def _rows(content: ExportContent) -> list[list[tuple[AssessedScan | None, Side | None]]]:
    """Return the scans in the rows of their hanging protocol; those that it does not reach follow, two in a row."""
    by_scan = {id(one.scan): one for one in content.scans}
    name = content.options.hanging_protocol
    protocol = protocol_named(name) if name else suggested_protocol(content.study)
    hung: Hung = assign_scans(content.study, protocol)
    there = [scan for _box, scan in hung if scan is not None]
    if name and not there:
        raise MammoviewError(
            f"the hanging protocol {name} shows no scan of the study", "Choose another hanging protocol"
        )
    rows: list[list[tuple[AssessedScan | None, Side | None]]] = [
        [(None, None)] * protocol.columns for _ in range(protocol.rows)
    ]
    for place, scan in hung:
        rows[place.row][place.column] = _found(by_scan, scan), place.chest_wall
    if not name:
        reached = {id(scan) for scan in there}
        others = [one for one in content.scans if id(one.scan) not in reached]
        rows += [[(one, None) for one in others[i : i + 2]] for i in range(0, len(others), 2)]
    rows = [row for row in rows if any(one is not None for one, _ in row)]
    if not rows:
        raise MammoviewError("there is no scan to show", "Open other files")
    return rows


def _found(by_scan: dict[int, AssessedScan], scan: Scan | None) -> AssessedScan | None:
    return None if scan is None else by_scan.get(id(scan))


def _add_scan(
    layout: Layout,
    content: ExportContent,
    one: AssessedScan,
    crop: Crop,
    place: tuple[float, float, float, float],
    wall: Side | None,
) -> None:
    """Add a scan to its cell, at the chest wall's side of it; `place` is left, width, height, and print mm per mm."""
    left, width, height, mm = place
    words = state_text(one, content.layers)
    layout.text(left, layout.y_mm, one.scan.name, 8, face=Face.BOLD)
    # Beside the name: at the right edge they would run into the name of the next scan.
    beside = left + layout.width_of(one.scan.name, 8, Face.BOLD) + 2
    layout.text(beside, layout.y_mm + 0.3, words, 6.5, GREY)
    top = layout.y_mm + 4.2
    cell = tuple(round(layout.px(edge)) for edge in (left, top, left + width, top + height))
    layout.items.append(PageBox((cell[0], cell[1], cell[2] - 1, cell[3] - 1), (0, 0, 0)))
    start = left + width - crop.width_mm * mm if wall is Side.RIGHT else left
    above = top + (height - crop.height_mm * mm) / 2
    edges = (start, above, start + crop.width_mm * mm, above + crop.height_mm * mm)
    box = (
        round(layout.px(edges[0])),
        round(layout.px(edges[1])),
        round(layout.px(edges[2])),
        round(layout.px(edges[3])),
    )
    styles = looks(content.styles, one.assessment)
    grey = shown(one, content)
    layout.items += crop_items(crop, box, grey, one.analysis, one.assessment, content.layers, styles, layout.line)
    if MODEL_LAYERS & set(content.layers):
        layout.items += number_items(layout, crop, box, one.assessment)


def _add_caption(layout: Layout, content: ExportContent) -> None:
    """Add what the layers are, with every threshold, the models and the spacings."""
    assessment = first_assessment(content.scans)
    for entry in legend_entries(content, assessment):
        add_entry(layout, entry)
    sentences = [f"Spacing {text}." for text in dict.fromkeys(spacing_text(one.scan) for one in content.scans)]
    sentences += [f"{one.scan.name}: {one.unassessed}" for one in content.scans if one.unassessed]
    if assessment is not None and MODEL_LAYERS & set(content.layers):
        sentences.append(f"Thresholds: {threshold_text(assessment, content.styles or {})}.")
        sentences.append(f"Models: {'; '.join(model_lines(assessment)) or 'not stated'}.")
    layout.paragraph(" ".join(sentences), 7)
    layout.paragraph(f"{NOT_FOR_DIAGNOSIS} Mammoview {__version__}.", 6, GREY)
