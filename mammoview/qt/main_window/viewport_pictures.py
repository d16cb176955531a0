"""A viewport as it is on screen, without the patient, as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QImage

from mammoview.display.layers.registry import IDENTIFYING_PIXELS
from mammoview.qt.viewport.film_masking import FilmMasking
from mammoview.qt.viewport.viewport import Viewport
from mammoview.study.pixel_changes import ALTERED


@dataclass(frozen=True, eq=False)
class SeenViewport:
    """What a viewport shows.

    Parameters
    ----------
    image
        As it is on screen, without the patient.
    is_covered
        Whether what lies outside the breast is covered in it, with nothing beside the breast taken for it.
    covered
        The same with what lies outside the breast covered; None where it is not known clearly where the breast is.
    """

    image: QImage
    is_covered: bool
    covered: QImage | None


def seen_viewport(viewport: Viewport, masking: FilmMasking) -> SeenViewport | None:
    """Return what a viewport shows; None where it has no room.

    Parameters
    ----------
    viewport
        With a picture.
    masking
        The viewport's own, which it has again afterwards.
    """
    from mammoview.export.burned_in import coverable

    image = without_patient(viewport)
    if image.isNull() or viewport.content is None:
        return None
    # On screen a mask may cover film although it holds bands along the edges, in which labels stay in sight.
    if not coverable(viewport.content.grey.picture.analysis):
        return SeenViewport(image, False, None)
    if viewport.film_covered:
        return SeenViewport(image, True, image)
    viewport.set_film_mask(FilmMasking.ALL)
    try:
        return SeenViewport(image, False, without_patient(viewport))
    finally:
        viewport.set_film_mask(masking)


def without_patient(viewport: Viewport) -> QImage:
    """Return a viewport as it is on screen, without the patient; null where it has no room.

    Overlay planes and other layers whose pixels may name the patient are left out.
    """
    content = viewport.content
    shown, viewport.patient_shown = viewport.patient_shown, False
    active, viewport.active = viewport.active, False
    viewport.states_true_size = False  # a file has no size on a glass
    if content is not None:
        for name in IDENTIFYING_PIXELS:
            content.hide_layer(name)
    try:
        image = viewport.viewport().grab().toImage()
        if content is not None and content.grey.picture.analysis.scan.altered:
            image.setText("Altered", ALTERED)
        return image
    finally:
        viewport.patient_shown, viewport.active, viewport.states_true_size = shown, active, True
        if content is not None:
            for name in IDENTIFYING_PIXELS:
                content.refresh_layer(name)
