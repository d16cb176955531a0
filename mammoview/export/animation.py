"""Animations for teaching: the layers of a scan fade in over the bare picture, one after the other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PIL import Image

from mammoview.core.version import __version__
from mammoview.display.legend import NOT_FOR_DIAGNOSIS
from mammoview.export.captions import looks
from mammoview.export.export_format import ExportContent
from mammoview.export.figure_crop import crop_items, crop_named
from mammoview.export.figure_panels import Panel, panels_of, shown
from mammoview.export.fonts import Face, font, legible, wrapped
from mammoview.export.page import Page, PageText
from mammoview.export.provenance import facts, spacing_text
from mammoview.export.raster_page import drawn
from mammoview.export.saving import save

LONGEST_PX = 800
"""Longer side of the picture."""
HELD_MS, STEP_MS, STEPS = 1400, 90, 6
"""How long a layer is held, how long a step of fading lasts, and how many there are."""
_LETTERS = 13
"""Size of the text, pixels."""
_COLOURS = 256
_IMAGE_DESCRIPTION = 270
"""Tag of EXIF."""


def frames(content: ExportContent) -> tuple[list[Image.Image], list[int]]:
    """Return the RGB frames of an animation and how long each is shown, ms. Raises MammoviewError."""
    stages = _stages(content)
    found, times = [stages[0]], [HELD_MS]
    for before, after in pairwise(stages):
        for step in range(1, STEPS):
            found.append(Image.blend(before, after, step / STEPS))
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
    _save(content, indexed, times, "GIF", comment=_told(content).encode())


def write_webp(content: ExportContent) -> None:
    """Write an animated WebP without loss. Raises MammoviewError."""
    found, times = frames(content)
    exif = Image.Exif()
    exif[_IMAGE_DESCRIPTION] = _told(content)
    _save(content, found, times, "WEBP", lossless=True, quality=60, method=2, exif=exif)


def _stages(content: ExportContent) -> list[Image.Image]:
    """Return the bare picture, and with one layer more each time."""
    (one,) = content.scans
    panels, crop = panels_of(one, content), crop_named(content.options.crop, one.analysis, one.assessment)
    zoom = LONGEST_PX / max(crop.width_mm, crop.height_mm)
    width, height = max(1, round(crop.width_mm * zoom)), max(1, round(crop.height_mm * zoom))
    grey, styles = shown(one, content), looks(content.styles, one.assessment)
    below = 9 * _LETTERS
    stages, on = [], list[str]()
    for panel in panels:
        on += panel.layers
        picture = crop_items(
            crop, (0, 0, width, height), grey, one.analysis, one.assessment, on, styles, max(2, width // 400)
        )
        words = _words(panel, spacing_text(one.scan), one.scan.name, width, height)
        stages.append(drawn(Page(width, height + below, (*picture, *words), background=(17, 18, 20))))
    return stages


def _words(panel: Panel, spacing: str, name: str, width: int, top: int) -> list[PageText]:
    """Return the lines below a picture; where they have no room, the title loses its end, never the notice."""
    title = f"{name}: {panel.title if panel.legend is None else panel.legend.text}"
    room, size = width - 16, _LETTERS
    notice = f"{NOT_FOR_DIAGNOSIS} Spacing {spacing}."
    said, below = (wrapped(legible(text), room, size, Face.TEXT) for text in (title, notice))
    step = round(1.4 * size)
    most = (9 * size - font(size, Face.TEXT).getmetrics()[0]) // step
    lines = [(line, (222, 222, 222)) for line in said[: max(1, most - len(below))]]
    lines += [(line, (150, 152, 156)) for line in below]
    return [PageText(8, top + 6 + i * step, line, size, ink, face=Face.TEXT) for i, (line, ink) in enumerate(lines)]


def _told(content: ExportContent) -> str:
    """Return the provenance in one text."""
    return f"Mammoview {__version__}. " + "; ".join(f"{name}: {value}" for name, value in facts(content).items())


def _save(content: ExportContent, found: list[Image.Image], times: list[int], kind: str, **more: Any) -> None:  # noqa: ANN401
    """Write frames. Raises MammoviewError."""
    further = {"append_images": found[1:], "duration": times, "loop": 0, "optimize": False, **more}
    save(content.target, lambda file: found[0].save(file, kind, save_all=True, **further))
