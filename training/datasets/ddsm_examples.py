"""DDSM: case folders as distributed, normal views as JPEG, and the set with labelled tissue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from mammoview import open_study
from mammoview.core.errors import MammoviewError
from mammoview.study.scan import OutlineKind
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.example import Example, ExcludedImage


def ddsm(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Case folders anywhere below `folder`: .ics, .LJPEG (or a conversion beside it) and .OVERLAY per view.

    They are opened by the viewer's reader; a case is a patient. Boundaries are the findings, cores belong to them.
    """
    cases = sorted({f.parent for f in folder.rglob("*") if f.name.lower().endswith((".ics", ".ics.gz"))})
    for case in cases:
        try:
            studies = open_study(case)
        except MammoviewError as error:
            yield ExcludedImage("ddsm", case.name, error.what)
            continue
        for study in studies:
            yield from (ExcludedImage("ddsm", case.name, line) for line in study.outside)
            for scan in study.scans:
                yield Example(
                    "ddsm",
                    scan.path.name,
                    case.name,
                    scan.path,
                    scan.spacing,
                    tuple(o for o in scan.outlines if o.kind is not OutlineKind.CORE),
                    facts={"density": scan.facts.get("density", ""), "projection": str(scan.projection or "")},
                    opened=True,
                )


def ddsm_normals(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Full-size views of normal DDSM cases, `caseNNNN/A_NNNN_1.LEFT_CC.jpg`; the digitizer is not recorded.

    43.5 um is taken where a film has more than 5000 rows, 50 um otherwise, as for CBIS-DDSM.
    """
    for file in sorted(folder.glob("case*/*.jpg")):
        stem, dot, view = file.stem.partition(".")
        try:
            with Image.open(file) as opened:
                mm = 0.0435 if opened.height > 5000 else 0.05
        except OSError:
            yield ExcludedImage("ddsm_normals", file.stem, "image damaged")
            continue
        if not dot:
            yield ExcludedImage(
                "ddsm_normals", file.stem, "its name does not tell the view, such as A_0018_1.LEFT_CC.jpg"
            )
            continue
        yield Example(
            "ddsm_normals",
            file.stem,
            stem,
            file,
            Spacing(mm, mm, SpacingSource.ASSUMED),
            facts={"projection": view.split("_")[-1]},
        )


def ddsm_tissue(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Yield normal DDSM views with labelled tissue, resampled to 480 x 960: the long side is taken as 24 cm of film."""
    for file in sorted(folder.glob("*/images/*.png")):
        stem = file.name.split(".")[0]
        yield Example(
            "ddsm_tissue",
            stem,
            stem,
            file,
            Spacing(0.25, 0.25, SpacingSource.ASSUMED),
            facts={"projection": "MLO"},
        )
