"""Outlines drawn by people: a line with a halo, whose dash shows the kind, and which are the reader's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import RGB, Drawing, Path, Pen, Strokes
from mammoview.display.layers.layer_type import LayerContext, LayerType

if TYPE_CHECKING:
    from mammoview.study.scan import Outline

OUTLINE_DASHES: Mapping[str, tuple[int, int] | None] = {
    "boundary": None,
    "core": (1, 2),
    "box": (12, 4),
    "circle": (6, 3),
}
"""Line and gap of the dash per `OutlineKind`, in widths of the line; None for a continuous one."""
OWN_COLOUR: RGB = (139, 226, 139)
"""Of the reader's own outlines and annotations, on screen and in exports: not that of other people's outlines."""
OWN_DASH = (8, 4)
"""Dash and gap of annotations and of the reader's own outlines, in widths of the line."""
_DRAWN_BY: Mapping[str, str] = {
    "radiologist": "by a radiologist",
    "data set": "of a data set",
    "own": "drawn by the reader (green)",
    "other": "out of other files",
}
"""Words of the legend per `DrawnBy`."""


def outline_dash(outline: Outline) -> tuple[int, int] | None:
    """Return the dash of an outline: that of its kind, but for the reader's own, of which cores alone have theirs."""
    from mammoview.study.outline_sources import DrawnBy, drawn_by
    from mammoview.study.scan import OutlineKind

    own = drawn_by(outline) is DrawnBy.OWN and outline.kind is not OutlineKind.CORE
    return OWN_DASH if own else OUTLINE_DASHES[outline.kind.value]


def _data(context: LayerContext) -> Sequence[Outline] | None:
    return context.scan.outlines or None


def _describe(outlines: Sequence[Outline], style: LayerStyle) -> Drawing:
    """Return one dashed line per outline."""
    from mammoview.display.colormaps import colour
    from mammoview.study.outline_sources import DrawnBy, drawn_by

    ink = colour(style.colours, 1.0)
    return Drawing(
        strokes=tuple(
            Strokes(
                (Path((outline.points,), closed=True, about=_about(outline)),),
                Pen(
                    OWN_COLOUR if drawn_by(outline) is DrawnBy.OWN else ink,
                    2.0,
                    4.5,
                    outline_dash(outline),
                ),
            )
            for outline in outlines
        )
    )


def _about(outline: Outline) -> tuple[str, ...]:
    """Return type, assessment, subtlety, pathology and source; what is unknown is left out."""
    lines = [" ".join(part for part in (outline.lesion_type.capitalize(), f"({outline.kind.value})") if part)]
    if outline.assessment is not None:
        lines.append(f"BI-RADS assessment {outline.assessment}")
    if outline.subtlety is not None:
        lines.append(f"Subtlety {outline.subtlety} of 5")
    if outline.pathology:
        lines.append(f"Pathology: {outline.pathology.lower()}")
    if outline.source:
        lines.append(f"Source: {outline.source}")
    return tuple(lines)


def _caption(context: LayerContext, _style: LayerStyle) -> str:
    """Return how many outlines are whose."""
    from mammoview.study.outline_sources import DrawnBy, drawn_by

    outlines = context.scan.outlines
    if not outlines:
        return "none in this scan"
    by = Counter(drawn_by(outline) for outline in outlines)
    counts = ", ".join(f"{by[one]} {_DRAWN_BY[one]}" for one in DrawnBy if one in by)
    return f"{counts}; not part of the model"


LAYERS = (
    LayerType(
        LayerStyle("outlines", "Outlines", "O", "cyan", 0.0, 1.0, ""),
        order=4.0,
        data=_data,
        describe=_describe,
        note="drawn by people; not part of the model",
        caption=_caption,
        usual=True,
        panel=0,
        dashes={**OUTLINE_DASHES, "drawn by you": OWN_DASH},
        inks={"drawn by you": OWN_COLOUR},
    ),
)
