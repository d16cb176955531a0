"""Figures of panels: one crop of a scan, bare and with each layer, side by side at one scale, with a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.assessment import Finding
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.layers.registry import LAYERS, MODEL_LAYERS, PANELS, PAPER_PANELS
from mammoview.display.legend import NOT_FOR_DIAGNOSIS, Legend
from mammoview.display.length_text import scale_bar
from mammoview.display.rendering import presets, render
from mammoview.export.burned_in import blacked_out
from mammoview.export.captions import captions, layer_context, looks
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_crop import PAPER_CROP, Crop, crop_items, crop_named, finding_crop
from mammoview.export.figure_layout import GREY, PAPER, Layout
from mammoview.export.fonts import Face
from mammoview.export.page import Page
from mammoview.export.provenance import facts, model_lines, spacing_text, threshold_text

WIDTH_MM, MARGIN_MM, GAP_MM = 180.0, 3.0, 2.0
"""Width of a figure over both columns of a journal, its margin, and the distance of panels."""
_TALLEST_MM = 190.0
"""Most height of a panel."""
_BAR_SHARE = 0.6
"""Most of a panel's width that the scale bar takes."""
MOST_ROWS = 5
"""Most findings of one figure: more would be smaller than they can be read."""


@dataclass(frozen=True)
class Panel:
    """One picture of the row.

    Parameters
    ----------
    title
        Below the picture's letter and in the caption.
    layers
        Shown in it.
    legend
        Of its layer; None for the bare scan.
    """

    title: str
    layers: tuple[str, ...]
    legend: Legend | None = None


def panels_page(content: ExportContent) -> Page:
    """Return the panels of one crop. Raises MammoviewError where the scan has no such crop."""
    (one,) = content.scans
    crop = crop_named(content.options.crop, one.analysis, one.assessment)
    panels = panels_of(one, content, PAPER_PANELS if content.options.crop.strip().lower() == PAPER_CROP else PANELS)
    layout = Layout(WIDTH_MM, content.options.dpi, MARGIN_MM)
    add_row(layout, one, crop, panels, content, shown(one, content))
    _add_bars(layout, panels, _panel_mm(layout, panels))
    _add_caption(layout, one, crop.title, panels, content)
    return finished(layout, content)


def findings_page(content: ExportContent) -> Page:
    """Return one row of panels for each finding. Raises MammoviewError where there is none."""
    (one,) = content.scans
    found = () if one.assessment is None else one.assessment.findings
    if not found:
        raise MammoviewError("there is no finding to show", "Choose another figure, such as panels", one.scan.path)
    panels, grey = panels_of(one, content), shown(one, content)
    layout = Layout(WIDTH_MM, content.options.dpi, MARGIN_MM)
    for finding in found[:MOST_ROWS]:
        layout.text(layout.margin_mm, layout.y_mm, finding_text(finding), 7, face=Face.BOLD)
        layout.y_mm += 4
        crop = finding_crop(one.analysis, finding.column, finding.row, f"finding {finding.rank}")
        add_row(layout, one, crop, panels, content, grey)
    _add_bars(layout, panels, _panel_mm(layout, panels))
    title = f"{min(len(found), MOST_ROWS)} of {len(found)} findings of the model"
    _add_caption(layout, one, title, panels, content)
    return finished(layout, content)


def panels_of(one: AssessedScan, content: ExportContent, order: Sequence[str] = PANELS) -> list[Panel]:
    """Return the panels of a scan: bare, then one for each layer that is asked for and that the scan has, in `order`.

    Layers that are not in `order` follow.
    """
    styles = looks(content.styles, one.assessment)
    context = layer_context(one.analysis, one.assessment, styles)
    listed = captions(one.analysis, one.assessment, content.layers, styles).legends
    there = [found for found in listed if LAYERS[found.name].data(context) is not None]
    there.sort(key=lambda found: order.index(found.name) if found.name in order else len(order))
    return [Panel("bare", ()), *(Panel(_lowered(found.title), (found.name,), found) for found in there)]


def shown(one: AssessedScan, content: ExportContent) -> NDArray[np.uint8]:
    """Return the scan as it is shown."""
    grey: NDArray[np.uint8] = render(one.scan, beside=one.beside, analysis=one.analysis)
    return blacked_out(one.analysis, grey) if content.options.black_outside else grey


def finding_text(finding: Finding) -> str:
    """Return number and score of a finding in one line."""
    of = ", cluster of bright spots" if finding.cluster else ""
    text = f"Finding {finding.rank}{of}, score {finding.score:.2f}"
    if finding.interval is not None:
        low, high = (100 * share for share in finding.interval)
        text += f": of 100 marks scored so, {100 * finding.score:.0f} held a finding ({low:.0f} to {high:.0f})"
    return text


def add_row(
    layout: Layout,
    one: AssessedScan,
    crop: Crop,
    panels: Sequence[Panel],
    content: ExportContent,
    grey: NDArray[np.uint8],
) -> None:
    """Add the panels of one crop side by side, with their letters, and a scale bar below the first."""
    width = _panel_mm(layout, panels)
    mm = width / crop.width_mm
    if crop.height_mm * mm > _TALLEST_MM:
        mm = _TALLEST_MM / crop.height_mm
    shown_mm, height = crop.width_mm * mm, crop.height_mm * mm
    styles = looks(content.styles, one.assessment)
    top = layout.y_mm + 4.2
    for i, panel in enumerate(panels):
        left = layout.margin_mm + i * (width + GAP_MM)
        layout.text(left, layout.y_mm, ascii_lowercase[i], 9, face=Face.BOLD)
        layout.text(left + 3.5, layout.y_mm + 0.4, panel.title, 7)
        start = left + (width - shown_mm) / 2
        box = tuple(layout.px(mm) for mm in (start, top, start + shown_mm, top + height))
        layout.items += crop_items(
            crop,
            (round(box[0]), round(box[1]), round(box[2]), round(box[3])),
            grey,
            one.analysis,
            one.assessment,
            panel.layers,
            styles,
            layout.line,
        )
    layout.y_mm = top + height + 1.5
    spacing = one.analysis.standing_spacing
    # The bar counts pixels of the scan; those of the Frame are of another size.
    across_mm = spacing.column_mm if spacing.known else crop.across_mm
    bar = scale_bar(spacing, _BAR_SHARE * crop.width_mm / across_mm)
    layout.scale_bar(layout.margin_mm, layout.y_mm, bar.pixels * across_mm * mm, bar.text, 6)
    layout.y_mm += 4.0


def finished(layout: Layout, content: ExportContent) -> Page:
    """Return the page of a layout."""
    width, height = layout.size
    return Page(width, height, tuple(layout.items), layout.dpi, PAPER, facts(content))


def _lowered(title: str) -> str:
    """Return a title without its capital, unless it begins with an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _panel_mm(layout: Layout, panels: Sequence[Panel]) -> float:
    """Return the width of one panel; a lone one is no wider than half a page."""
    count = max(2, len(panels))
    return (layout.room_mm - (count - 1) * GAP_MM) / count


def _add_bars(layout: Layout, panels: Sequence[Panel], width: float) -> None:
    """Add a colour bar below each panel whose layer has values."""
    if not any(panel.legend is not None and panel.legend.unit for panel in panels):
        return
    for i, panel in enumerate(panels):
        if panel.legend is not None and panel.legend.unit:
            layout.colour_bar(panel.legend, layout.margin_mm + i * (width + GAP_MM), layout.y_mm, width, 6)
    layout.y_mm += 8.0


def _add_caption(layout: Layout, one: AssessedScan, what: str, panels: Sequence[Panel], content: ExportContent) -> None:
    """Add the caption: what each panel shows, with every threshold, the models, the spacing and its source."""
    layout.y_mm += 0.5
    sentences = [f"{one.scan.name}, {what}."]
    for letter, panel in zip(ascii_lowercase, panels, strict=False):
        sentences.append(f"({letter}) {panel.title if panel.legend is None else panel.legend.text}.")
    sentences.append(f"Spacing {spacing_text(one.scan)}. Window/level: {presets(one.scan)[0]}.")
    if MODEL_LAYERS & set(content.layers):
        if one.assessment is None:
            sentences.append(one.unassessed or "The models were not run.")
        else:
            sentences.append(f"Thresholds: {threshold_text(one.assessment, content.styles or {})}.")
            sentences.append(f"Models: {'; '.join(model_lines(one.assessment)) or 'not stated'}.")
            sentences += [f"{line[:1].upper()}{line[1:]}." for line in one.assessment.warnings]
    layout.paragraph(" ".join(sentences), 7)
    layout.paragraph(f"{NOT_FOR_DIAGNOSIS} Mammoview {__version__}.", 6, GREY)
