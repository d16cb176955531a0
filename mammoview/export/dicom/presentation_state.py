"""Presentation states (PS3.3 A.33.1): the greys of the window, the film mask as a shutter, and what is drawn.

Lines are in pixels of the stored picture; nothing is turned, since viewers hang a mammogram by its own header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammoview.core.errors import MammoviewError
from mammoview.display.measurements import figure_lines, region_statistics
from mammoview.display.pixel_warnings import is_digitised
from mammoview.display.rendering import preset, table
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.burned_in import coverable, film_mask_of
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.object_attributes import equipment, identifiers, stamp, tracking_uid
from mammoview.export.dicom.source import DicomSource, add_view
from mammoview.export.provenance import budget_text
from mammoview.study.annotations import Annotation
from mammoview.study.grey_pipeline import GreyPipeline, LookUpTable, VoiFunction, VoiWindow

_SERIES = 9031
_OUTLINES, _MARKS, _ANNOTATIONS = "OUTLINES", "MARKS", "ANNOTATIONS"
_MOST_POINTS = 8000
"""Most points of a line: a value of an explicit transfer syntax has 65534 bytes at most, and a point eight."""
_MOST_CORNERS = 400
"""Most corners of the shutter's polygon."""
_LUT_BITS = 16
_LO_LETTERS = 64
"""Most letters of a text of value representation LO."""
_SCREEN_PX = 1000.0
"""Pixels of the screen that the longer side of a picture is assumed to take, where strokes are drawn."""
_BOX_PX = 80.0
"""Half the side of the box around a mark, pixels, where the spacing is unknown."""
_BOX_MM = 5.0
"""The same, mm."""


def presentation_states(sources: Sequence[DicomSource]) -> list[Dataset]:
    """Return the presentation state of each scan."""
    return [_state(source) for source in sources]


def _state(source: DicomSource) -> Dataset:
    """Return the presentation state of one scan."""
    header = Dataset()
    header.update(source.header)
    header.SamplesPerPixel = 1
    drawn = _drawn(source)
    modality, voi, inverted = _greys(source)
    greys = table(source.analysis, preset(source.analysis, beside=source.beside))
    made = hd.pr.GrayscaleSoftcopyPresentationState(
        referenced_images=[header],
        content_label="MAMMOVIEW",
        content_description="Outlines, marks, annotations and window",
        graphic_annotations=[annotation for _name, annotation in drawn] or None,
        graphic_layers=[
            hd.pr.GraphicLayer(layer_name=name, order=order, description=_description(name, source))
            for order, (name, _annotation) in enumerate(drawn, 1)
        ]
        or None,
        modality_lut_transformation=modality,
        voi_lut_transformations=[voi],
        presentation_lut_transformation=hd.PresentationLUTTransformation(
            presentation_lut_shape="INVERSE" if inverted else "IDENTITY"
        ),
        **identifiers(f"GSPS {uid_of(greys)}", _SERIES, source),
        **equipment(),
    )
    made.SeriesDescription = "Mammoview: presentation"
    _add_shutter(made, source.analysis)
    add_view(made, source)
    stamp(made, source)
    return made


def _description(layer: str, source: DicomSource) -> str | None:
    """Return what a layer of marks holds: from which score on, and for which budget; None of other layers."""
    found = source.assessment
    if layer != _MARKS or found is None:
        return None
    budget = budget_text(found)
    return f"Findings from {found.least:.3f} on{f', {budget}' if budget else ''}"[:_LO_LETTERS]


def _greys(source: DicomSource) -> tuple[Any, Any, bool]:
    """Return modality LUT, VOI LUT and whether the result is inverted: what the first preset of a scan shows."""
    analysis, grey = source.analysis, source.scan.grey
    window = preset(analysis, beside=source.beside)
    inverted = grey.inverted != window.other_polarity
    luts = (grey.modality_lut, grey.presentation_lut, grey.density)
    plain = not grey.for_processing and all(one is None for one in luts)
    linear = isinstance(window, VoiWindow) and window.function.is_ramp and window.width > 1
    if not (plain and linear):
        return None, _whole_table(analysis, window), False
    modality = None
    if (grey.slope, grey.intercept) != (1.0, 0.0):
        modality = hd.ModalityLUTTransformation(
            rescale_intercept=grey.intercept, rescale_slope=grey.slope, rescale_type="US"
        )
    assert isinstance(window, VoiWindow)
    return modality, _window(window), inverted


def _window(window: VoiWindow) -> Any:  # noqa: ANN401
    """Return a linear window as every viewer counts it (PS3.3 C.11.2.1.2)."""
    exact = window.function is VoiFunction.LINEAR_EXACT
    return hd.pr.SoftcopyVOILUTTransformation(
        window_center=window.center + 0.5 * exact,
        window_width=window.width + exact,
        window_explanation=(window.name or "automatic")[:64],
    )


def _whole_table(analysis: ScanAnalysis, window: VoiWindow | LookUpTable) -> Any:  # noqa: ANN401
    """Return a VOI LUT of the grey of every stored value, where a linear window does not describe them.

    Not every viewer supports sigmoid windows.
    """
    scan = analysis.scan
    greys = table(analysis, window)
    first, count = _held(scan.grey)
    if first < 0:
        raise MammoviewError(
            "the greys of a picture with negative values cannot be put into a presentation state",
            "Choose another format",
            scan.path,
        )
    stored = np.arange(first, first + count)
    values = (greys[stored & 0xFFFF].astype(np.uint32) * 257).astype(np.uint16)
    return hd.pr.SoftcopyVOILUTTransformation(
        voi_luts=[hd.VOILUT(first_mapped_value=first, lut_data=values, lut_explanation="automatic")]
    )


def _held(grey: GreyPipeline) -> tuple[int, int]:
    """Return the lowest stored value that a picture can hold, and the number of values."""
    bits = min(_LUT_BITS, grey.bits)
    return (-(2 ** (bits - 1)) if grey.signed else 0), 2**bits


def _drawn(source: DicomSource) -> list[tuple[str, Any]]:
    """Return the annotations by layer, those without anything left out."""
    layers: tuple[tuple[str, list[Any], list[Any]], ...] = (
        (_OUTLINES, list(_outlines(source)), []),
        (_MARKS, *_marks(source)),
        (_ANNOTATIONS, *_annotations(source)),
    )
    return [
        (
            name,
            hd.pr.GraphicAnnotation(
                referenced_images=[source.header],
                graphic_layer=hd.pr.GraphicLayer(layer_name=name, order=order),
                graphic_objects=graphics or None,
                text_objects=words or None,
            ),
        )
        for order, (name, graphics, words) in enumerate(layers, 1)
        if graphics or words
    ]


def _outlines(source: DicomSource) -> Iterator[Any]:
    """Yield the outlines as closed lines."""
    for outline in source.scan.outlines:
        uid = uid_of("outline", str(source.uid), outline.points, outline.source)
        points = np.clip(outline.points, 0, (source.scan.columns, source.scan.rows))
        yield _line(points, closed=True, tracking=(f"outline {outline.kind.value}", uid))


def _marks(source: DicomSource) -> tuple[list[Any], list[Any]]:
    """Return corners around every listed finding, and its rank and score beside them."""
    found, scan = source.assessment, source.scan
    if found is None:
        return [], []
    spacing = scan.spacing
    half_x, half_y = (_BOX_MM / spacing.column_mm, _BOX_MM / spacing.row_mm) if spacing.known else (_BOX_PX, _BOX_PX)
    graphics, words = [], []
    for finding in found.findings:
        left, right = max(0.0, finding.column - half_x), min(float(scan.columns), finding.column + half_x)
        top, bottom = max(0.0, finding.row - half_y), min(float(scan.rows), finding.row + half_y)
        box = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        name = f"finding {finding.rank}"
        graphics.append(_line(box, True, (name, tracking_uid(source, finding.column, finding.row))))
        spots = "cluster of bright spots, " if finding.cluster else ""
        words.append(_text(f"{finding.rank}: {spots}score {finding.score:.2f}", (right, top)))
    return graphics, words


def _annotations(source: DicomSource) -> tuple[list[Any], list[Any]]:
    """Return the reader's annotations with their figures."""
    scan = source.scan
    size = scan.columns, scan.rows
    graphics, words = [], []
    for annotation in source.annotations:
        region = annotation.outline
        line = np.clip(annotation.points if region is None else region, 0, size)
        if len(line) > 1:
            graphics.append(_line(line, closed=region is not None))
        if annotation.type.marked_place(annotation.points) is not None:
            graphics += [_line(np.clip(stroke, 0, size)) for stroke in _strokes(source, annotation)]
        statistics = None if region is None else region_statistics(source.analysis, annotation)
        lines = figure_lines(annotation, scan.spacing, statistics)
        if lines:
            words.append(_text("\r\n".join(lines), (float(line[0, 0]), float(line[0, 1]))))
    return graphics, words


def _strokes(source: DicomSource, annotation: Annotation) -> list[NDArray[np.float64]]:
    """Return the strokes of an annotation, such as an arrow's head, without which nobody sees what it points at."""
    spacing, rows, columns = source.scan.spacing, source.scan.rows, source.scan.columns
    square = np.array([1.0, spacing.row_mm / spacing.column_mm])
    unit = max(rows, columns) / _SCREEN_PX
    return [stroke / square for stroke in annotation.type.strokes(annotation.points * square, unit)]


def _line(points: NDArray[np.float64], closed: bool = False, tracking: tuple[str, str] | None = None) -> Any:  # noqa: ANN401
    """Return a polyline; a closed one repeats its first point."""
    step = -(-len(points) // _MOST_POINTS)
    thinned = points[::step]
    line = np.concatenate([thinned, thinned[:1]]) if closed else thinned
    return hd.pr.GraphicObject(
        graphic_type=hd.pr.GraphicTypeValues.POLYLINE,
        graphic_data=line,
        units=hd.pr.AnnotationUnitsValues.PIXEL,
        tracking_id=None if tracking is None else tracking[0],
        tracking_uid=None if tracking is None else tracking[1],
    )


def _text(words: str, place: tuple[float, float]) -> Any:  # noqa: ANN401
    """Return a text anchored at a pixel."""
    made = hd.pr.TextObject(
        text_value=words.replace("\\", "/"),
        units=hd.pr.AnnotationUnitsValues.PIXEL,
        anchor_point=place,
        anchor_point_visible=False,
    )
    made.UnformattedTextValue = words  # highdicom refuses backslashes, which separate no values here (PS3.5 6.2)
    return made


def _add_shutter(made: Dataset, analysis: ScanAnalysis) -> None:
    """Add what the film mask leaves in sight: a polygon round the breast, within a rectangle inside the borders."""
    digitised = is_digitised(analysis.scan, analysis.grey_levels)
    mask = film_mask_of(analysis) if digitised and coverable(analysis) else None
    if mask is None or not mask.outlines:
        return
    scan = analysis.scan
    outer = max(mask.outlines, key=lambda line: float(np.ptp(line[:, 0]) * np.ptp(line[:, 1])))
    corners = np.clip(outer[:: max(1, -(-len(outer) // _MOST_CORNERS))], 0.5, (scan.columns, scan.rows))
    shapes = ["POLYGONAL"]
    # Row and column of each corner, counted from 1.
    made.VerticesOfThePolygonalShutter = [int(n) for n in np.rint(corners[:, ::-1] + 0.5).ravel()]
    if mask.bands:
        left, top, right, bottom = _inside(mask.bands, scan.rows, scan.columns)
        made.ShutterLeftVerticalEdge, made.ShutterRightVerticalEdge = left + 1, right
        made.ShutterUpperHorizontalEdge, made.ShutterLowerHorizontalEdge = top + 1, bottom
        shapes.insert(0, "RECTANGULAR")
    made.ShutterShape = shapes
    made.ShutterPresentationValue = 0


def _inside(bands: Sequence[NDArray[np.float64]], rows: int, columns: int) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the picture within the scanner borders along its sides."""
    left, top, right, bottom = 0.0, 0.0, float(columns), float(rows)
    for band in bands:
        (x0, y0), (x1, y1) = band.min(0), band.max(0)
        if x1 - x0 > y1 - y0:
            top, bottom = (max(top, y1), bottom) if y0 < 0 else (top, min(bottom, y0))
        else:
            left, right = (max(left, x1), right) if x0 < 0 else (left, min(right, x0))
    return round(left), round(top), round(right), round(bottom)
