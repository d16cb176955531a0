"""Marks of DICOM objects about a scan: lines with a halo, crosses for points, bitmaps, contours, and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import RGB, Cross, Drawing, DrawnBitmap, Label, Path, Pen, Strokes
from mammoview.display.layers.layer_type import Identifying, LayerContext, LayerType, ReadOut, figure, nothing

if TYPE_CHECKING:
    from mammoview.study.marks import Mark
    from mammoview.study.probability_maps import ProbabilityMap

_MOST_LETTERS = 40
_LEVELS = ((0.5, 1.4), (0.67, 1.9), (0.83, 2.4))
"""Probabilities at which contours of a map run, and their widths, screen pixels."""
_DASHES = {"cad": (5, 5), "gsps": (8, 3), "sr": (2, 2), "seg": (14, 3)}
"""Line and gap of the dash of a layer; marks out of files have one colour and differ by it."""


@dataclass(frozen=True, eq=False)
class ShownMarks:
    """Marks of one origin.

    Parameters
    ----------
    marks
        Those of the current frame.
    patient_shown
        Whether texts that may name the patient are shown.
    maps
        Maps of a segmentation; the first of them is drawn.
    """

    marks: Sequence[Mark]
    patient_shown: bool
    maps: Sequence[ProbabilityMap] = ()


def _of(origin: str) -> Callable[[LayerContext], ShownMarks | None]:
    """Return what finds the marks of a `MarkOrigin`."""

    def data(context: LayerContext) -> ShownMarks | None:
        marks = [mark for mark in context.scan.marks if mark.origin == origin]
        here = [mark for mark in marks if mark.frame in (None, context.scan.frame) and _activated(mark, context)]
        maps = context.scan.maps if origin == "seg" else ()
        return ShownMarks(here, context.patient_shown, maps) if marks or maps else None

    return data


def _activated(mark: Mark, context: LayerContext) -> bool:
    """Whether a presentation state that is shown leaves this mark in."""
    return mark.bitmap is None or context.overlays is None or mark.bitmap.group in context.overlays


def _describe(shown: ShownMarks, style: LayerStyle) -> Drawing:
    """Return lines, crosses, bitmaps and texts."""
    from mammoview.display.colormaps import colour

    ink = colour(style.colours, 1.0)
    drawn = [(mark, shown.patient_shown or not mark.free_text) for mark in shown.marks]
    return Drawing(
        bitmaps=tuple(
            DrawnBitmap(mark.bitmap, ink, _about(mark, worded)) for mark, worded in drawn if mark.bitmap is not None
        ),
        strokes=(
            Strokes(
                tuple(_figure(mark, _about(mark, worded)) for mark, worded in drawn if mark.bitmap is None),
                Pen(ink, 2.0, 4.5, _DASHES.get(style.name)),
            ),
            *_contours(shown.maps[:1], ink),
        ),
        labels=tuple(Label(mark.points, _cut(mark), ink) for mark, worded in drawn if mark.text and worded),
        uncached=True,
    )


def _contours(maps: Sequence[ProbabilityMap], ink: RGB) -> Iterator[Strokes]:
    """Yield the contours of maps, wider with the probability."""
    from mammoview.display.layer_rendering import contours

    for one in maps:
        for level, width in _LEVELS:
            yield Strokes((Path(tuple(contours(one, level))),), Pen(ink, width, width + 1.6))


def _map_values(context: LayerContext, column: float, row: float) -> tuple[ReadOut, ...]:
    """Return the values of all maps of segmentations."""
    values = tuple((one.name, value) for one in context.scan.maps for value in figure(one, column, row))
    return (ReadOut("segmentation", values),) if values else ()


def _figure(mark: Mark, about: tuple[str, ...]) -> Path | Cross:
    """Return the line of a mark, or the cross of a point."""
    return Cross(mark.points[0], about) if len(mark.points) == 1 else Path((mark.points,), mark.closed, about)


def _about(mark: Mark, worded: bool) -> tuple[str, ...]:
    """Return the words of a mark, if they may be shown."""
    return (mark.words,) if worded and mark.words else ()


def _cut(mark: Mark) -> str:
    """Return the text of a mark at a length that fits beside it: of a report, the finding and its first figure."""
    text = mark.text.partition(", ")[0] if mark.origin == "sr" else mark.text
    return text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"


def _layer(
    origin: str,
    title: str,
    key: str,
    order: float,
    note: str,
    usual: bool = False,
    identifying: Identifying = Identifying.NO,
) -> LayerType[ShownMarks]:
    """Return the layer of the marks of a `MarkOrigin`, shown only where a scan has some."""
    return LayerType(
        LayerStyle(origin, title, key, "violet", 0.0, 1.0, ""),
        order=order,
        data=_of(origin),
        describe=_describe,
        optional=True,
        note=note,
        read_out=_map_values if origin == "seg" else nothing,
        usual=usual,
        identifying=identifying,
    )


LAYERS = (
    _layer("cad", "CAD report", "Shift+C", 6.0, "findings of another program; not of these models", usual=True),
    _layer("sr", "Measurement report", "Shift+R", 5.5, "regions of a report; not of these models"),
    _layer(
        "gsps",
        "Presentation state",
        "Shift+P",
        5.0,
        "annotations of a presentation state",
        usual=True,
        identifying=Identifying.TEXT,
    ),
    _layer("seg", "Segmentation", "Shift+D", 4.7, "segments of a file; not of these models"),
    _layer(
        "planes",
        "Overlay planes",
        "Shift+O",
        4.5,
        "drawn into the file by the program that wrote it",
        identifying=Identifying.PIXELS,
    ),
)
