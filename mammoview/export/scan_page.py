"""A scan as a page: upright at full resolution, its layers and annotations over it, the captions below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from mammoview.assess.results.assessment import Assessment
from mammoview.display import screen_orientation
from mammoview.display.layer_style import LayerStyle
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.annotation_drawing import annotation_items
from mammoview.export.burned_in import blacked_out
from mammoview.export.caption_strip import BACK, strip, strip_margin
from mammoview.export.captions import Captions
from mammoview.export.page import Item, Page, PageBox, PageImage, moved
from mammoview.export.scan_layers import layer_drawings

_LINE_SHARE = 1000
"""A line is one of this many parts of the picture's longer side wide, and at least 2 px."""


def scan_items(
    analysis: ScanAnalysis,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle],
    beside: Sequence[ScanAnalysis],
    black_outside: bool = False,
) -> Page:
    """Return scan, layers and annotations, hung, as a page without captions.

    Parameters
    ----------
    analysis, assessment
        Of the scan.
    layers, styles
        Which layers are shown, and how.
    beside
        Of the other breast's scans, from `rendering.companions`, with which it shares the automatic window.
    black_outside
        Whether the film more than 5 mm outside the breast is black.
    """
    scan, hung = analysis.scan, screen_orientation.hung_transform(analysis)
    shown = render(scan, beside=beside, analysis=analysis)
    grey = hung.turned(blacked_out(analysis, shown) if black_outside else shown)
    rows, columns = grey.shape
    box = (0.0, 0.0, float(columns), float(rows))
    width = max(2, round(max(grey.shape) / _LINE_SHARE))
    drawn = layer_drawings(analysis, assessment, layers, styles)
    items: list[Item] = [PageImage(grey, box), *(layer.on_page(hung, box, width) for layer in drawn)]
    if scan.annotations:
        items += annotation_items(analysis, hung, (columns, rows), width)
    return Page(columns, rows, tuple(items), background=(0, 0, 0))


def with_captions(picture: Page, captions: Captions, dpi: int, facts: Mapping[str, str]) -> Page:
    """Return a page with its captions below it, as `caption_strip.with_strip` lays them out."""
    items, used, width = strip(picture.width, captions)
    margin = strip_margin(picture.width)
    below = PageBox((0, picture.height, width, picture.height + used), BACK)
    return Page(
        width,
        picture.height + used,
        (
            *(moved(item, margin, 0) for item in picture.items),
            below,
            *(moved(item, 0, picture.height) for item in items),
        ),
        dpi,
        (0, 0, 0),
        facts,
    )
