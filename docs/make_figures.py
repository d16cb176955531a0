"""Makes the figures of the manual anew, as the program exports them: python -m docs.make_figures docs/pictures.

They show the sample study with the bundled models.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.picture_checks import take_over
from mammoview.display.rendering import readable_companions
from mammoview.display.scan_analysis import analyse
from mammoview.export.assessments import AssessmentSource
from mammoview.export.export_format import USUAL_LAYERS, AssessedScan, ExportContent, ExportOptions, Figure
from mammoview.export.pictures import preview
from mammoview.formats.opening.open_study import open_study
from mammoview.formats.opening.sample_study import sample_study

QUALITY = 82
"""Of the compression; letters stay sharp."""


@dataclass(frozen=True)
class Wanted:
    """A figure of the manual: of one view, or of the study for an empty text."""

    view: str
    options: ExportOptions


FIGURES: Mapping[str, Wanted] = {
    "layers.webp": Wanted("L MLO", ExportOptions(Figure.PANELS, dpi=200, crop="breast")),
    "figure-finding.webp": Wanted("L MLO", ExportOptions(Figure.FINDING, dpi=200)),
    "figure-study.webp": Wanted("", ExportOptions(Figure.STUDY, dpi=170)),
    "figure-report.webp": Wanted("", ExportOptions(Figure.REPORT, dpi=110)),
}
"""Figures by the name of their file; of a report its first page."""


def main(folder: Path) -> None:
    """Make all of them, with settings and assessments of their own."""
    home = Path(tempfile.mkdtemp(prefix="mammoview-figures-"))
    os.environ |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE")}
    folder.mkdir(parents=True, exist_ok=True)
    (study,) = open_study(sample_study())
    source = AssessmentSource.of_program("cpu")
    known = {scan.name: analyse(scan) for scan in study.scans}
    scans = {
        name: AssessedScan(
            one,
            source.assessment(one).at_budget(ExportOptions.false_marks),
            readable_companions(one.scan, study.scans, lambda scan: known[scan.name]),
        )
        for name, one in known.items()
    }
    for name, wanted in FIGURES.items():
        shown = (scans[wanted.view],) if wanted.view else tuple(scans.values())
        content = ExportContent(folder / name, study, shown, USUAL_LAYERS, options=wanted.options)
        preview(content).save(folder / name, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(made))
        take_over(Path(made), Path(sys.argv[1]))
