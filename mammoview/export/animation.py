"""Animations for teaching: the layers of a scan fade in over the bare picture, one after the other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PIL import Image

from mammoview.core.version import __version__
from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.display.length_text import scale_bar
from mammoview.export.captions import looks
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_crop import Crop, crop_items, crop_named
from mammoview.export.figure_panels import Panel, panels_of, shown
from mammoview.export.fonts import Face, legible, wrapped
from mammoview.export.page import Item, Page, PageBox, PageText
from mammoview.export.provenance import facts, models, spacing_text
from mammoview.export.raster_page import drawn
from mammoview.export.saving import save

LONGEST_PX = 800
"""Longer side of the picture."""
HELD_MS, STEP_MS, STEPS = 1400, 90, 6
"""How long a layer is held, how long a step of fading lasts, and how many there are."""
LETTERS, _MARGIN = 13, 8
"""Size of the text, and its distance from the edge, pixels."""
_INK, _FAINT = (222, 222, 222), (150, 152, 156)
_BAR_SHARE = 0.4
"""Most of the width that the scale bar takes."""
_COLOURS = 256
_IMAGE_DESCRIPTION = 270
"""Tag of EXIF."""


def frames(content: ExportContent) -> tuple[list[Image.Image], list[int]]:
    """Return the RGB frames of an animation and how long each is shown, ms. Raises MammoviewError."""
    stages, height = stages_of(content)
    found, times = [stages[0]], [HELD_MS]
    for before, after in pairwise(stages):
        words = after.crop((0, height, *after.size))
        for step in range(1, STEPS):
            faded = Image.blend(before, after, step / STEPS)
            faded.paste(words, (0, height))  # two texts over each other could not be read
            found.append(faded)
            times.append(STEP_MS)
        found.append(after)
        times.append(HELD_MS)
    times[-1] = 2 * HELD_MS
    return found, times


def write_gif(content: ExportContent) -> None:
    """Write an animated GIF. Raises MammoviewError."""
    found, times = frames(content)
    # One palette for all, from the frame with all colours: else greys would flicker.
    palette = found[-1].quantize(_COLOURS, Image.Quantize.MEDIANCUT)
    indexed = [frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in found]
    _save(content, indexed, times, "GIF", comment=_description(content).encode())


def write_webp(content: ExportContent) -> None:
    """Write an animated WebP without loss. Raises MammoviewError."""
    found, times = frames(content)
    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = _description(content)
    _save(content, found, times, "WEBP", lossless=True, quality=60, method=2, exif=exif)


def stages_of(content: ExportContent) -> tuple[list[Image.Image], int]:
    """Return the bare picture, and with one layer more each time, and the height above the words, pixels."""
    (one,) = content.scans
    panels, crop = panels_of(one, content), crop_named(content.options.crop, one.analysis, one.assessment)
    zoom = LONGEST_PX / max(crop.width_mm, crop.height_mm)
    width, height = max(1, round(crop.width_mm * zoom)), max(1, round(crop.height_mm * zoom))
    grey, styles = shown(one, content), looks(content.styles, one.assessment)
    texts = [panel_words(panel, content, width, height) for panel in panels]
    below = max(round(text[-1].y) for text in texts) + 2 * LETTERS - height
    scale = scale_items(one, crop, width, height)
    pictures, on = [], list[str]()
    for panel, words in zip(panels, texts, strict=True):
        on += panel.layers
        picture = crop_items(
            crop, (0, 0, width, height), grey, one.analysis, one.assessment, on, styles, max(2, width // 400)
        )
        page = Page(width, height + below, (*picture, *scale, *words), background=(17, 18, 20))
        pictures.append(drawn(page))
    return pictures, height


def scale_items(one: AssessedScan, crop: Crop, width: int, top: int) -> list[Item]:
    """Return the scale bar below a picture."""
    spacing = one.analysis.standing_spacing
    across_mm = spacing.column_mm if spacing.known else crop.across_mm
    bar = scale_bar(spacing, _BAR_SHARE * crop.width_mm / across_mm)
    right = _MARGIN + bar.pixels * across_mm * width / crop.width_mm
    middle = top + 14
    ticks = [PageBox((x - 1, middle - 4, x, middle + 4), _INK) for x in (_MARGIN, right)]
    text = PageText(right + 8, middle - 8, legible(bar.text), LETTERS, _INK, face=Face.TEXT)
    return [PageBox((_MARGIN, middle - 1, right, middle), _INK), *ticks, text]


def panel_words(panel: Panel, content: ExportContent, width: int, top: int) -> list[PageText]:
    """Return the lines below a picture and its scale bar: what is shown, the notice, and whose the layers are."""
    (one,) = content.scans
    captions = [(f"{one.scan.name}: {panel.title if panel.legend is None else panel.legend.text}", _INK)]
    captions.append((f"{NOT_FOR_DIAGNOSIS} Spacing {spacing_text(one.scan)}.", _FAINT))
    if panel.legend is not None and panel.legend.name in MODEL_LAYERS and one.assessment is not None:
        by = ", ".join(f"{model.get('name', '?')} {model.get('version', '?')}" for model in models(one.assessment))
        captions.append((f"Models: {by or 'not stated'}.", _FAINT))
    captions.append((f"Mammoview {__version__}.", _FAINT))
    lines = [
        (line, ink)
        for text, ink in captions
        for line in wrapped(legible(text), width - 2 * _MARGIN, LETTERS, Face.TEXT)
    ]
    step, first = round(1.4 * LETTERS), top + 28
    return [
        PageText(_MARGIN, first + i * step, line, LETTERS, ink, face=Face.TEXT) for i, (line, ink) in enumerate(lines)
    ]


def _description(content: ExportContent) -> str:
    """Return the provenance in one text."""
    return f"Mammoview {__version__}. " + "; ".join(f"{name}: {value}" for name, value in facts(content).items())


def _save(content: ExportContent, found: list[Image.Image], times: list[int], kind: str, **more: Any) -> None:  # noqa: ANN401
    """Write frames. Raises MammoviewError."""
    further = {"append_images": found[1:], "duration": times, "loop": 0, "optimize": False, **more}
    save(content.target, lambda file: found[0].save(file, kind, save_all=True, **further))
