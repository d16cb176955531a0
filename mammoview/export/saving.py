"""Files of an export, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError

if TYPE_CHECKING:
    from PIL.Image import Image

    from mammoview.export.page import Page


def save(target: Path, write: Callable[[Path], object]) -> None:
    """Write a file.

    Parameters
    ----------
    target
        Replaced once all of it is written; unchanged where that fails.
    write
        Writes to the path that it is given.

    Raises
    ------
    MammoviewError
        When it cannot be written, such as on a full disk or in a folder that is read-only.
    """
    try:
        with atomic_write(target) as partial:
            write(partial)
    except OSError as error:
        why = error.strerror or "the picture cannot be encoded"
        raise MammoviewError(f"it cannot be written ({why})", "Choose another folder", target) from error


def save_png(target: Path, picture: Image, words: Mapping[str, str], dpi: int) -> None:
    """Write a picture as PNG with its resolution and with `words` as texts of the file. Raises MammoviewError."""
    from PIL.PngImagePlugin import PngInfo

    metadata = PngInfo()
    for name, value in words.items():
        metadata.add_itxt(name, value)
    save(target, lambda file: picture.save(file, "PNG", pnginfo=metadata, dpi=(dpi, dpi)))


def save_svg(target: Path, page: Page) -> None:
    """Write a page as SVG. Raises MammoviewError."""
    from mammoview.export.svg_page import svg

    drawing = svg(page)
    save(target, lambda file: file.write_bytes(drawing))


def save_pdf(target: Path, pages: Sequence[Page]) -> None:
    """Write pages as PDF. Raises MammoviewError."""
    from mammoview.export.pdf_page import pdf

    document = pdf(pages)
    save(target, lambda file: file.write_bytes(document))
