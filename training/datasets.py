"""The data sets behind one interface: an Example is an image file with its geometry, outlines and patient."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.errors import MammoviewError, UnreadableError
from mammoview.study.scan import Outline, Spacing, SpacingSource, box, circle

LICENCES = {
    "cbis_masses": "CBIS-DDSM, CC BY 3.0 (Lee et al. 2017, Sci Data 4:170177)",
    "mini_mias": "mini-MIAS, research only (Suckling et al. 1994, Excerpta Medica 1069:375-378)",
    "ddsm_normals": "DDSM (Heath et al. 2001, Digital Database for Screening Mammography); cite",
    "ddsm_tissue": "DDSM, research only; normal views with tissue labels; cite DDSM",
}


@dataclass(frozen=True)
class Example:
    """One mammogram for training.

    Parameters
    ----------
    source
        Name of the data set.
    name
        Unique within the source.
    patient
        Groups the examples of one woman; splits never part it.
    file
        The image.
    spacing
        mm per stored pixel; rows and columns may differ.
    outlines
        Findings in stored pixels.
    unplaced
        True when there is a finding whose place is not known: then no patch is taken from this image.
    facts
        Words for tables per subset, such as {"pathology": "MALIGNANT"}.
    """

    source: str
    name: str
    patient: str
    file: Path
    spacing: Spacing
    outlines: tuple[Outline, ...] = ()
    unplaced: bool = False
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Patient, unique across data sets."""
        return f"{self.source}:{self.patient}"

    def read(self) -> NDArray[np.float32]:
        """Decode the image, float32 (rows, columns). Raises UnreadableError."""
        try:
            with Image.open(self.file) as image:
                return np.asarray(image.convert("L") if image.mode in ("RGB", "P") else image, np.float32)
        except (OSError, ValueError) as error:
            raise UnreadableError(f"the image cannot be read ({error})", "Fetch the file again", self.file) from error


@dataclass(frozen=True)
class Excluded:
    """An image left out, and why."""

    source: str
    name: str
    why: str


def _rows(folder: Path) -> list[dict[str, str]]:
    table = folder / "labels.csv"
    try:
        with table.open(newline="", encoding="utf-8") as f:
            return list(csv.DictReader(f))
    except OSError as error:
        raise MammoviewError(
            f"the table of labels cannot be read ({error.strerror})", "Point --data at the folder of data sets", table
        ) from error


def cbis_masses(folder: Path) -> Iterator[Example | Excluded]:
    """CBIS-DDSM masses squashed to 800 x 800: un-squashed by the native size, which must be known.

    The digitizer is not recorded: 43.5 um is taken where a film has more than 5000 rows, 50 um otherwise. A view
    without its native size borrows that of the same patient's other views of the same projection.
    """
    rows = _rows(folder)
    sizes = {(r["patient"], r["projection"]): r for r in rows if r["native_rows"]}
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_image.setdefault(row["image"], []).append(row)
    for image, lines in by_image.items():
        first = lines[0]
        sized = first if first["native_rows"] else sizes.get((first["patient"], first["projection"]))
        if sized is None:
            yield Excluded("cbis_masses", image, "native size unknown")
            continue
        native_rows, native_columns = float(sized["native_rows"]), float(sized["native_columns"])
        mm = 0.0435 if native_rows > 5000 else 0.05
        with Image.open(folder / "images" / image) as opened:
            columns, height = opened.size
        outlines = tuple(
            box(
                float(r["x"]),
                float(r["y"]),
                float(r["x"]) + float(r["width"]),
                float(r["y"]) + float(r["height"]),
                lesion_type=f"MASS SHAPE {r['shape']} MARGINS {r['margins']}",
                pathology=r["pathology"],
                subtlety=int(r["subtlety"]) if r["subtlety"] else None,
                source="CBIS-DDSM",
            )
            for r in lines
        )
        yield Example(
            "cbis_masses",
            Path(image).stem,
            first["patient"],
            folder / "images" / image,
            Spacing(mm * native_rows / height, mm * native_columns / columns, SpacingSource.ASSUMED),
            outlines,
            facts={"density": first["density"], "projection": first["projection"], "kind": "mass"},
        )


def mini_mias(folder: Path) -> Iterator[Example | Excluded]:
    """mini-MIAS: 200 um, circles with rows from the top; findings without a position make an image unplaced."""
    by_image: dict[str, list[dict[str, str]]] = {}
    for row in _rows(folder):
        by_image.setdefault(row["image"], []).append(row)
    for name, lines in by_image.items():
        file = folder / "images" / f"{name}.png"
        if not file.exists():
            yield Excluded("mini_mias", name, "image missing")
            continue
        placed = [r for r in lines if r["class"] != "NORM" and r["column"]]
        outlines = tuple(
            circle(
                float(r["column"]) + 0.5,
                float(r["row"]) + 0.5,
                float(r["radius"]),
                lesion_type=r["class"],
                pathology={"B": "BENIGN", "M": "MALIGNANT"}.get(r["severity"], ""),
                source="mini-MIAS",
            )
            for r in placed
        )
        yield Example(
            "mini_mias",
            name,
            lines[0]["patient"],
            file,
            Spacing(0.2, 0.2, SpacingSource.DIGITIZER),
            outlines,
            unplaced=any(r["class"] != "NORM" and not r["column"] for r in lines),
            facts={"background": lines[0]["background"], "projection": "MLO"},
        )


def ddsm_normals(folder: Path) -> Iterator[Example | Excluded]:
    """Full-size views of normal DDSM cases, `caseNNNN/A_NNNN_1.LEFT_CC.jpg`; the digitizer is not recorded.

    43.5 um is taken where a film has more than 5000 rows, 50 um otherwise, as for CBIS-DDSM.
    """
    for file in sorted(folder.glob("case*/*.jpg")):
        with Image.open(file) as opened:
            mm = 0.0435 if opened.height > 5000 else 0.05
        stem, view = file.stem.split(".")
        yield Example(
            "ddsm_normals",
            file.stem,
            stem,
            file,
            Spacing(mm, mm, SpacingSource.ASSUMED),
            facts={"projection": view.split("_")[1]},
        )


def ddsm_tissue(folder: Path) -> Iterator[Example | Excluded]:
    """Normal DDSM views with a label per pixel, resampled to 480 x 960: the long side is taken as 24 cm of film."""
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


SOURCES = {
    "cbis_masses": cbis_masses,
    "mini_mias": mini_mias,
    "ddsm_normals": ddsm_normals,
    "ddsm_tissue": ddsm_tissue,
}


def examples(data: Path) -> Iterator[Example | Excluded]:
    """All examples of the data sets that lie in the folder `data`, in a fixed order."""
    present = [name for name in SOURCES if (data / name).is_dir()]
    if not present:
        raise MammoviewError("no data set is in this folder", f"It should hold one of: {', '.join(SOURCES)}", data)
    for name in present:
        yield from SOURCES[name](data / name)
