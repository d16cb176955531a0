"""mini-MIAS folders: 1024 x 1024 MLO views of 200 um, with circles in Info.txt or labels.csv."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io, file_names
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.image import image_reader
from mammoview.study.scan import circle
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource

SIDE_PX = 1024
SPACING = Spacing(0.2, 0.2, SpacingSource.ASSUMED)
NAME = re.compile(r"mdb\d{3}", re.IGNORECASE)

_LINE = re.compile(
    r"^\s*(mdb\d{3})[ \t]+([FGD])[ \t]+(CALC|CIRC|SPIC|MISC|ARCH|ASYM|NORM)"
    r"(?:[ \t]+([BM])(?:[ \t]+(\d{1,6})[ \t]+(\d{1,6})[ \t]+(\d{1,6}))?)?",
    re.IGNORECASE | re.MULTILINE,
)
_BACKGROUNDS = {"F": "fatty", "G": "fatty-glandular", "D": "dense-glandular"}
_FINDINGS = {
    "CALC": "CALCIFICATION",
    "CIRC": "MASS CIRCUMSCRIBED",
    "SPIC": "MASS SPICULATED",
    "MISC": "MASS ILL-DEFINED OR OTHER",
    "ARCH": "ARCHITECTURAL DISTORTION",
    "ASYM": "ASYMMETRY",
    "NORM": "",
}
_PATHOLOGIES = {"B": "BENIGN", "M": "MALIGNANT", "": ""}
_CSV_COLUMNS = {"image", "background", "class", "severity", "column", "row", "radius"}


@dataclass(frozen=True)
class MiniMiasEntry:
    """One line about one image.

    Parameters
    ----------
    background
        F, G or D.
    kind
        CALC, CIRC, SPIC, MISC, ARCH, ASYM or NORM.
    severity
        B, M, or empty for normals.
    circle
        Column, row from the top, radius in px of 1024 x 1024; None where no position is known.
    """

    background: str
    kind: str
    severity: str
    circle: tuple[float, float, float] | None


Findings = Mapping[str, tuple[MiniMiasEntry, ...]]
"""Lines by image name in lower case."""


MIRRORED = "the side is that of the data set's list; film markers are in mirror writing and name the other side"
"""On the films whose marker was read, 2, 4, 8 and 24 say R in mirror writing where the list says left, 7 says L. Either
the films were scanned from behind or the list is exchanged: the list is followed, with a warning."""


def parse_info(text: str, path: Path) -> Findings:
    """Read Info.txt, whose y counts from the bottom: row = 1024 - y. Other text around the lines does not matter.

    Raises
    ------
    UnreadableError
        When not one line is about an image.
    """
    entries = []
    for name, background, kind, severity, x, y, radius in _LINE.findall(text):
        place = (float(x), SIDE_PX - float(y), float(radius)) if radius and float(radius) > 0 else None
        entries.append((name, MiniMiasEntry(background.upper(), kind.upper(), severity.upper(), place)))
    if not entries:
        raise UnreadableError(
            "no line in it is about a mini-MIAS image", "Give the Info.txt that comes with mini-MIAS", path
        )
    return _by_name(entries)


def parse_labels(text: str, path: Path) -> Findings:
    """Read labels.csv, whose rows count from the top.

    Raises
    ------
    UnreadableError
        When it has other columns, or a line that cannot be read.
    """
    entries = []
    try:
        reader = csv.DictReader(io.StringIO(text))
        if not set(reader.fieldnames or ()) >= _CSV_COLUMNS:
            raise UnreadableError("it is not a mini-MIAS table", "Check that it is the right file", path)
        for line in reader:
            kind, background, severity = line["class"].upper(), line["background"].upper(), line["severity"].upper()
            if kind not in _FINDINGS or background not in _BACKGROUNDS or severity not in _PATHOLOGIES:
                raise ValueError(f"line {reader.line_num}")
            numbers = [line["column"], line["row"], line["radius"]]
            place = _place(*map(float, numbers)) if all(numbers) else None
            entries.append((line["image"], MiniMiasEntry(background, kind, severity, place)))
    except (ValueError, KeyError, AttributeError, csv.Error) as error:
        raise UnreadableError(
            f"the table cannot be read ({error})", "Check that it is the labels.csv of mini-MIAS", path
        ) from error
    return _by_name(entries)


def _place(column: float, row: float, radius: float) -> tuple[float, float, float]:
    if not (0 <= column <= SIDE_PX and 0 <= row <= SIDE_PX and 0 < radius <= SIDE_PX):
        raise ValueError(f"a circle at {column:g}, {row:g} of radius {radius:g} px lies outside the picture")
    return column, row, radius


def _by_name(entries: Iterable[tuple[str, MiniMiasEntry]]) -> Findings:
    found: dict[str, tuple[MiniMiasEntry, ...]] = {}
    for name, finding in entries:
        key = name.lower()
        found[key] = (*found.get(key, ()), finding)
    return found


def findings_of(folder: Path) -> Findings | None:
    """Return the entries of Info.txt or labels.csv in a folder; None when it is no mini-MIAS folder.

    Raises
    ------
    UnreadableError
        When Info.txt lies beside mini-MIAS images but cannot be read.
    """
    file = list_of(folder)
    return None if file is None else _read(file, file_io.stamp(file))


def list_of(folder: Path) -> Path | None:
    """Return Info.txt or labels.csv of a mini-MIAS folder; None when it is none. Raises UnreadableError."""
    try:
        children = {child.name.lower(): child for child in folder.iterdir()}
    except OSError as error:
        raise file_io.refused_by_system(folder, error) from error
    if info := children.get("info.txt"):
        if any(NAME.match(name) for name in children):
            return info
    elif (labels := children.get("labels.csv")) and "images" in children:
        first_line = file_io.head(labels, 256).splitlines()[0].decode("latin-1")
        if set(first_line.strip().split(",")) >= _CSV_COLUMNS:
            return labels
    return None


@lru_cache(maxsize=8)
def _read(path: Path, _stamp: tuple[int, int]) -> Findings:
    """Parse once for all images; cached until the file changes."""
    text = file_io.text(path)
    return parse_labels(text, path) if path.suffix.lower() == ".csv" else parse_info(text, path)


def images_of(folder: Path) -> list[Path]:
    """Return the mdbNNN pictures of a mini-MIAS folder and of its images/ folder, in order."""
    places = [folder, *(child for child in folder.iterdir() if child.name.lower() == "images" and child.is_dir())]
    return sorted(
        file
        for place in places
        for file in place.iterdir()
        if NAME.fullmatch(file.stem) and file.suffix.lower() in file_names.PICTURE_SUFFIXES
    )


def read_image(path: Path, findings: Findings | None = None) -> FoundScan:
    """Read one mini-MIAS picture; without `findings`, Info.txt or labels.csv near it are looked for.

    Raises
    ------
    UnreadableError, NotAMammogramError
        As images.read_picture.
    """
    picture = image_reader.read_picture(path)
    if findings is None:
        findings = _near(path)
    lines = findings.get(path.stem.lower(), ())
    usual = picture.rows == picture.columns == SIDE_PX
    drawn = _drawn(lines, usual)
    scan = image_reader.scan_of(picture, SPACING if usual else UNKNOWN_SPACING, drawn)
    if usual:
        scan.warnings.append("spacing assumed: mini-MIAS files do not state it, 200 um per pixel are taken")
    scan.warnings.append(MIRRORED)
    scan.facts = {**scan.facts, "data set": "mini-MIAS", **_facts(lines)}
    return FoundScan(scan, ("mini-MIAS", str(path.parent), scan.patient))


def _near(path: Path) -> Findings:
    for folder in (path.parent, path.parent.parent):
        try:
            findings = findings_of(folder)
        except MammoviewError:
            continue
        if findings is not None:
            return findings
    return {}


def _drawn(lines: tuple[MiniMiasEntry, ...], usual: bool) -> OutlineFileContents:
    """Circles of an image; they are in pixels of 1024 x 1024 and mean nothing at another size."""
    if not usual:
        left_out = ("not 1024 x 1024 as mini-MIAS is: its circles are left out",) if lines else ()
        return OutlineFileContents(warnings=left_out)
    circles = tuple(
        circle(
            *finding.circle,
            lesion_type=_FINDINGS[finding.kind],
            pathology=_PATHOLOGIES[finding.severity],
            source="mini-MIAS",
        )
        for finding in lines
        if finding.circle
    )
    lost = [f.kind for f in lines if f.kind != "NORM" and not f.circle]
    return OutlineFileContents(circles, (f"finding without a position: {', '.join(lost)}",) if lost else ())


def _facts(lines: tuple[MiniMiasEntry, ...]) -> dict[str, str]:
    if not lines:
        return {}
    kinds = ", ".join(dict.fromkeys(f"{f.kind} {f.severity}".strip() for f in lines))
    return {"background": _BACKGROUNDS[lines[0].background], "finding": kinds}
