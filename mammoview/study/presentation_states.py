"""Grayscale softcopy presentation states (PS3.3 A.33.1): their annotations as marks, their greys as presets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from pydicom.dataset import Dataset

from mammoview.study.cad_reports import Referred
from mammoview.study.dicom_grey import read_voi
from mammoview.study.dicom_values import items, numbers, word, words
from mammoview.study.marks import Mark, Origin, shape
from mammoview.study.scan import LookUpTable, Window

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1"


@dataclass(frozen=True)
class Wanted:
    """Greys that a presentation state wants for some pictures.

    Parameters
    ----------
    instance_uids
        Of the pictures; empty for all that the state refers to.
    greys
        Windows and tables, named after the state.
    inverted
        Whether low values are to look bright, or None where the state does not say.
    """

    instance_uids: tuple[str, ...]
    greys: tuple[Window | LookUpTable, ...]
    inverted: bool | None


def pictures(state: Dataset) -> list[str]:
    """Return the SOP Instance UIDs of the pictures that a state is about."""
    series = items(state, "ReferencedSeriesSequence")
    return [uid for one in series for uid in _uids(one)] or _uids(state)


def read_annotations(state: Dataset, sizes: dict[str, tuple[int, int]]) -> list[Referred]:
    """Return the graphics and texts of a state, each with the picture that it lies on.

    Parameters
    ----------
    state
        The presentation state.
    sizes
        Rows and columns by SOP Instance UID, for what is placed by fractions of the picture.
    """
    found: list[Referred] = []
    for annotation in items(state, "GraphicAnnotationSequence"):
        references = items(annotation, "ReferencedImageSequence")
        uids = _uids(annotation) or pictures(state)
        frames = {word(r, "ReferencedSOPInstanceUID"): _frames(r) for r in references}
        for uid in uids:
            for mark in _marks(annotation, _label(state), sizes.get(uid)):
                found += [Referred(uid, replace(mark, frame=frame)) for frame in frames.get(uid) or [None]]
    return found


def read_greys(state: Dataset) -> list[Wanted]:
    """Return the windows and tables of a state, with the polarity that it asks for."""
    polarity = word(state, "PresentationLUTShape").upper()
    inverted = {"INVERSE": True, "IDENTITY": False}.get(polarity)
    found = []
    for item in items(state, "SoftcopyVOILUTSequence"):
        windows, tables = read_voi(item)
        greys: tuple[Window | LookUpTable, ...] = (*tables, *windows)
        named = tuple(_named(grey, _label(state)) for grey in greys)
        found.append(Wanted(tuple(_uids(item)), named, inverted))
    return found


def _named(grey: Window | LookUpTable, label: str) -> Window | LookUpTable:
    """Return greys whose name begins with that of the state."""
    name = " ".join(part for part in (label, grey.name) if part)
    return replace(grey, name=name)


def _label(state: Dataset) -> str:
    return word(state, "ContentLabel") or "presentation state"


def _uids(item: Dataset) -> list[str]:
    return [word(image, "ReferencedSOPInstanceUID") for image in items(item, "ReferencedImageSequence")]


def _frames(reference: Dataset) -> list[int | None]:
    return [int(frame) - 1 for frame in numbers(reference, "ReferencedFrameNumber")]


def _marks(annotation: Dataset, label: str, size: tuple[int, int] | None) -> Iterator[Mark]:
    """Go over graphics and texts of one annotation."""
    for graphic in items(annotation, "GraphicObjectSequence"):
        points = _points(numbers(graphic, "GraphicData"), word(graphic, "GraphicAnnotationUnits"), size)
        try:
            if points is not None:
                yield Mark(Origin.STATE, *shape(word(graphic, "GraphicType"), points), source=label)
        except ValueError:
            continue
    for text in items(annotation, "TextObjectSequence"):
        said = " ".join(" ".join(words(text, "UnformattedTextValue")).split())
        for place, units in (
            ("AnchorPoint", "AnchorPointAnnotationUnits"),
            ("BoundingBoxTopLeftHandCorner", "BoundingBoxAnnotationUnits"),
        ):
            points = _points(numbers(text, place), word(text, units), size)
            if said and points is not None and len(points) == 1:
                yield Mark(Origin.STATE, points, text=said[:200], source=label)
                break


def _points(values: tuple[float, ...], units: str, size: tuple[int, int] | None) -> np.ndarray | None:
    """Return (N, 2) points in pixels; fractions of the displayed area are taken of the whole picture."""
    if not values or len(values) % 2:
        return None
    points = np.array(values).reshape(-1, 2)
    if units.upper() != "DISPLAY":
        return points
    return None if size is None else points * (size[1], size[0])
