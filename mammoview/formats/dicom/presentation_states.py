"""Grayscale softcopy presentation states (PS3.3 A.33.1): annotations as marks, VOI windows and LUTs as presets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from pydicom.dataset import Dataset

from mammoview.formats.dicom.grey_attributes import read_voi
from mammoview.formats.dicom.overlay_planes import GROUPS, activated, read_planes
from mammoview.formats.dicom.sr_content import ReferencedMark
from mammoview.formats.dicom.values import integer, items, number, numbers, word, words
from mammoview.study.geometry import Affine
from mammoview.study.grey_pipeline import GreyPipeline, LookUpTable, VoiFunction, VoiWindow
from mammoview.study.marks import Mark, MarkOrigin, shape
from mammoview.study.presentation import Presentation, Shutter

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1"
_EDGES = ("LeftVertical", "RightVertical", "UpperHorizontal", "LowerHorizontal")
_MOST_MAGNIFIED = 32
"""Screen pixels per scan pixel."""
_MOST_MM = 10
"""Millimetres of glass per scan pixel."""


def pictures(state: Dataset) -> list[str]:
    """Return the SOP Instance UIDs of the pictures that a state references."""
    series = items(state, "ReferencedSeriesSequence")
    return [uid for one in series for uid in _uids(one)] or _uids(state)


def read_annotations(state: Dataset, sizes: dict[str, tuple[int, int]]) -> list[ReferencedMark]:
    """Return the graphics and texts of a state, each with the picture that it lies on.

    Parameters
    ----------
    state
        The presentation state.
    sizes
        Rows and columns by SOP Instance UID, for graphics in fractions of the displayed area.
    """
    found: list[ReferencedMark] = []
    for annotation in items(state, "GraphicAnnotationSequence"):
        references = items(annotation, "ReferencedImageSequence")
        uids = _uids(annotation) or pictures(state)
        frames = {word(r, "ReferencedSOPInstanceUID"): _frames(r) for r in references}
        for uid in uids:
            shown = None if uid not in sizes else _displayed(state, uid, sizes[uid])
            for mark in _marks(annotation, _label(state), shown):
                found += [ReferencedMark(uid, replace(mark, frame=frame)) for frame in frames.get(uid) or [None]]
    return found


def read_planes_of(state: Dataset, sizes: dict[str, tuple[int, int]]) -> tuple[list[ReferencedMark], list[str]]:
    """Return the overlay planes that a state contains and activates, and warnings about damaged ones.

    Parameters
    ----------
    state
        The presentation state.
    sizes
        Rows and columns by SOP Instance UID of the pictures that it may reference.
    """
    # A bitmap display shutter hides part of the picture; it is not a drawing.
    without = set(GROUPS) - activated(state) | {integer(state, "ShutterOverlayGroup") or 0}
    found: list[ReferencedMark] = []
    warnings: list[str] = []
    for uid in pictures(state):
        if uid in sizes:
            planes, warnings = read_planes(state, *sizes[uid], origin=MarkOrigin.STATE, without=without)
            found += [ReferencedMark(uid, replace(mark, source=f"{_label(state)}, {mark.source}")) for mark in planes]
    return found, warnings


def read_greys(
    state: Dataset, uid: str, grey: GreyPipeline, size: tuple[int, int]
) -> tuple[VoiWindow | LookUpTable, ...]:
    """Return the windows and tables of a state for one picture, named after it, with its presentation.

    Parameters
    ----------
    state
        The presentation state.
    uid, grey, size
        SOP Instance UID of the picture, its own grey pipeline, its rows and columns. A state without windows shows all
        values (PS3.3 C.11.8).
    """
    shape = word(state, "PresentationLUTShape").upper()
    inverted = {"INVERSE": True, "IDENTITY": False}.get(shape, grey.inverted)
    found: list[VoiWindow | LookUpTable] = []
    for item in _about(state, "SoftcopyVOILUTSequence", uid):
        windows, tables = read_voi(item, grey)
        found += [*tables, *windows]
    asked = read_presentation(state, uid, size)
    return tuple(
        replace(
            one,
            name=" ".join(part for part in (_label(state), one.name) if part),
            other_polarity=inverted is not grey.inverted,
            presentation=asked,
        )
        for one in found or [_all_values(grey)]
    )


def _all_values(grey: GreyPipeline) -> VoiWindow:
    """Return the window from the lowest to the highest value that a picture can hold."""
    lowest = -(2 ** (grey.bits - 1)) if grey.signed else 0
    ends = sorted(grey.slope * value + grey.intercept for value in (lowest, lowest + 2**grey.bits - 1))
    if grey.modality_lut is not None:
        ends = [0.0, 2.0**grey.modality_lut.bits - 1]
    return VoiWindow(sum(ends) / 2, ends[1] - ends[0], function=VoiFunction.LINEAR_EXACT)


def read_presentation(state: Dataset, uid: str, size: tuple[int, int]) -> Presentation:
    """Return shutter, rotation and displayed area of a state for one picture of `size` (rows, columns)."""
    quarters = round((number(state, "ImageRotation") or 0) / 90) % 4
    area = magnification = glass_mm = None
    for item in _about(state, "DisplayedAreaSelectionSequence", uid):
        first = numbers(item, "DisplayedAreaTopLeftHandCorner")
        last = numbers(item, "DisplayedAreaBottomRightHandCorner")
        if len(first) != 2 or len(last) != 2:
            continue
        # Both corners are pixels, counted from 1 and inclusive; rotation may exchange them.
        (left, right), (top, bottom) = (sorted(ends) for ends in zip(first, last, strict=True))
        area = (max(0.0, left - 1), max(0.0, top - 1), min(right, float(size[1])), min(bottom, float(size[0])))
        if area[2] - area[0] < 1 or area[3] - area[1] < 1 or area == (0, 0, size[1], size[0]):
            area = None
        mode = word(item, "PresentationSizeMode").upper()
        if mode == "MAGNIFY":
            ratio = number(item, "PresentationPixelMagnificationRatio")
            magnification = ratio if ratio is not None and 0 < ratio <= _MOST_MAGNIFIED else None
        elif mode == "TRUE SIZE":
            spacing = numbers(item, "PresentationPixelSpacing")  # of rows, and of columns
            glass_mm = spacing[1] if len(spacing) == 2 and min(spacing) > 0 and max(spacing) < _MOST_MM else None
    mirrored = word(state, "ImageHorizontalFlip").upper() == "Y"
    return Presentation(_shutter(state), quarters, mirrored, area, magnification, glass_mm, activated(state))


def _about(state: Dataset, keyword: str, uid: str) -> list[Dataset]:
    """Return the items of a sequence that apply to a picture; those without references apply to all."""
    return [item for item in items(state, keyword) if uid in (_uids(item) or [uid])]


def _shutter(state: Dataset) -> Shutter | None:
    """Return the shapes of the Display Shutter (C.7.6.11), whose pixels are counted from 1; None for none."""
    wanted = {shape.upper() for shape in words(state, "ShutterShape")}
    polygons, circle = [], None
    if "RECTANGULAR" in wanted:
        edges = [edge for name in _EDGES if (edge := number(state, f"Shutter{name}Edge")) is not None]
        if len(edges) == len(_EDGES):
            left, right, top, bottom = edges
            if left < right and top < bottom:
                box = ((left - 1, top - 1), (right, top - 1), (right, bottom), (left - 1, bottom))
                polygons.append(np.array(box, float))
    if "CIRCULAR" in wanted:
        centre, radius = numbers(state, "CenterOfCircularShutter"), number(state, "RadiusOfCircularShutter")
        if len(centre) == 2 and radius is not None and radius > 0:
            circle = (centre[1] - 0.5, centre[0] - 0.5, radius)
    if "POLYGONAL" in wanted:
        corners = numbers(state, "VerticesOfThePolygonalShutter")
        if len(corners) >= 6 and len(corners) % 2 == 0:
            polygons.append(np.array(corners, float).reshape(-1, 2)[:, ::-1] - 0.5)
    if not polygons and circle is None:
        return None
    grey = (number(state, "ShutterPresentationValue") or 0) / 65535
    return Shutter(tuple(polygons), circle, min(1.0, max(0.0, grey)))


def _label(state: Dataset) -> str:
    return word(state, "ContentLabel") or "presentation state"


def _uids(item: Dataset) -> list[str]:
    return [word(image, "ReferencedSOPInstanceUID") for image in items(item, "ReferencedImageSequence")]


def _frames(reference: Dataset) -> list[int | None]:
    return [int(frame) - 1 for frame in numbers(reference, "ReferencedFrameNumber")]


def _marks(annotation: Dataset, label: str, shown: Affine | None) -> Iterator[Mark]:
    """Yield graphics and texts of one annotation."""
    for graphic in items(annotation, "GraphicObjectSequence"):
        points = _points(numbers(graphic, "GraphicData"), word(graphic, "GraphicAnnotationUnits"), shown)
        try:
            if points is not None:
                yield Mark(MarkOrigin.STATE, *shape(word(graphic, "GraphicType"), points), source=label)
        except ValueError:
            continue
    for text in items(annotation, "TextObjectSequence"):
        content = " ".join(" ".join(words(text, "UnformattedTextValue")).split())
        for place, units in (
            ("AnchorPoint", "AnchorPointAnnotationUnits"),
            ("BoundingBoxTopLeftHandCorner", "BoundingBoxAnnotationUnits"),
        ):
            points = _points(numbers(text, place), word(text, units), shown)
            if content and points is not None and len(points) == 1:
                yield Mark(MarkOrigin.STATE, points, text=content[:200], source=label)
                break


def _displayed(state: Dataset, uid: str, size: tuple[int, int]) -> Affine:
    """Return the map from fractions of the displayed area, from its upper left corner as shown, to scan pixels."""
    asked = read_presentation(state, uid, size)
    left, top, right, bottom = asked.area or (0.0, 0.0, float(size[1]), float(size[0]))
    turning = asked.turning(*size) or Affine()
    corners = turning([[left, top], [right, bottom]])
    (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
    return turning.inverse @ Affine(x1 - x0, y1 - y0, x0, y0)


def _points(values: tuple[float, ...], units: str, shown: Affine | None) -> np.ndarray | None:
    """Return (N, 2) points in pixels; `shown` maps those that are fractions of the displayed area."""
    if not values or len(values) % 2:
        return None
    points = np.array(values).reshape(-1, 2)
    if units.upper() != "DISPLAY":
        return points
    return None if shown is None else shown(points)
