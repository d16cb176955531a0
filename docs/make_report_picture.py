"""Makes the picture of the report of an evaluation anew: python -m docs.make_report_picture docs/pictures.

The report is the page that `mammoview evaluate` writes, of made-up marks on made-up outlines, so that it needs neither
data nor models. PlutoPrint lays the page out and draws it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from plutoprint import MEDIA_TYPE_SCREEN, PAGE_MARGINS_NONE, UNITS_PX, Book, ImageCanvas, PageSize

from docs.picture_checks import take_over
from mammoview.evaluation.evaluation import evaluation_of
from mammoview.evaluation.evaluation_folder import Provenance
from mammoview.evaluation.evaluation_page import write_report
from mammoview.evaluation.figures import figures_of
from mammoview.study.outline_sources import Truth
from tests.evaluation.made_results import Case, results_of

NAME = "report.webp"
WIDTH, HEIGHT = 1040, 1980
"""Of the picture: the first part of the page, down to the curves of ROC."""
WOMEN = 80
QUALITY = 82
"""Of the compression; letters stay sharp."""


def main(folder: Path) -> None:
    """Make it."""
    folder.mkdir(parents=True, exist_ok=True)
    results = results_of(cases())
    evaluation, lines = evaluation_of(results)
    with tempfile.TemporaryDirectory() as made:
        provenance = Provenance.of(results[0].held, Truth.OTHERS, ())
        page = write_report(Path(made), evaluation, figures_of(evaluation), provenance, lines)
        rendered(page.read_text("utf-8")).save(folder / NAME, "WEBP", quality=QUALITY, method=6)


def cases() -> list[Case]:
    """Return two views of each breast of some women, of whom every third has a lesion on one side."""
    rng = np.random.default_rng(5)
    found = []
    for woman in range(WOMEN):
        ill = "LR"[int(rng.integers(2))] if woman % 3 == 0 else ""
        malignant = "MALIGNANT" if rng.random() < 0.5 else "BENIGN"
        for view in range(4):
            breast = "LR"[view % 2]
            marks = [(*rng.uniform(0, 800, 2).tolist(), float(rng.beta(1.5, 3))) for _ in range(rng.poisson(2.5))]
            boxes = []
            if breast == ill:
                left, top, across, down = rng.uniform((50, 50, 60, 60), (600, 600, 160, 160)).tolist()
                boxes.append((left, top, left + across, top + down))
                if rng.random() < 0.85:
                    marks.append((left + across / 2, top + down / 2, float(rng.beta(4, 2))))
            found.append(Case(f"woman {woman}", breast, boxes, marks, [malignant] * len(boxes)))
    return found


def rendered(page: str) -> Image.Image:
    """Return the top of a page of HTML as a browser shows it."""
    book = Book(PageSize(WIDTH * UNITS_PX, 10 * HEIGHT * UNITS_PX), PAGE_MARGINS_NONE, media=MEDIA_TYPE_SCREEN)
    book.load_html(page)
    canvas, drawn = ImageCanvas(WIDTH, HEIGHT), io.BytesIO()
    canvas.clear_surface(1, 1, 1, 1)
    book.render_document(canvas)
    canvas.write_to_png_stream(drawn)
    return Image.open(drawn).convert("RGB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(made))
        take_over(Path(made), Path(sys.argv[1]))
