"""DDSM: case folders as distributed, normal views as JPEG, and the set with labelled tissue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PIL import Image

from mammoview import open_study
from mammoview.core.errors import MammoviewError
from mammoview.study.scan import OutlineKind
from mammoview.study.spacing import Spacing, SpacingSource
from training.datasets.digitizers import HOWTEK_UM, pixel_um
from training.datasets.example import UNKNOWN, Example, ExcludedImage


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
            # Drawings and texts beside the pictures are no images that are missed.
            refused = (line for line in study.outside if not line.startswith("left out, as"))
            yield from (ExcludedImage("ddsm", case.name, line) for line in refused)
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


WOMEN = {
    "case0033": "cbis_masses:00417",
    "case0217": "cbis_masses:01203",
    "case0234": "cbis_masses:00239",
    "case0235": "cbis_masses:00509",
    "case0238": "cbis_masses:01374",
    "case0240": "cbis_masses:00027",
}
"""Cases of `ddsm_100um` that show women of CBIS-DDSM, found by comparing the pictures: they share her fold."""


def ddsm_100um(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Yield the views of DDSM cases whose pictures have half the size that was scanned, 100 um, with their .OVERLAY.

    The women of `WOMEN` are those of other data sets. Of the others it is not known whether CBIS-DDSM shows them:
    nothing is trained on them and they test nothing.
    """
    for item in ddsm(folder):
        if isinstance(item, ExcludedImage):
            yield replace(item, source="ddsm_100um")
        elif item.file.stem.endswith("_Mask"):
            continue  # a drawing of the outlines
        else:
            woman = WOMEN.get(item.patient, "")
            yield replace(item, source="ddsm_100um", woman=woman, official="" if woman else UNKNOWN, later=True)


def ddsm_normals(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Full-size views of normal DDSM cases, `caseNNNN/A_NNNN_1.LEFT_CC.jpg`; the digitizer is not recorded.

    Cases of the first hospital (A_...) were scanned at 43.5 um; for others by the size of the film.
    """
    for file in sorted(folder.glob("case*/*.jpg")):
        stem, dot, view = file.stem.partition(".")
        try:
            with Image.open(file) as opened:
                um = HOWTEK_UM if stem.startswith("A_") else pixel_um(opened.height, opened.width)
                mm = um / 1000
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
