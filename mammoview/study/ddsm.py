"""DDSM case folders: an .ics file, and per view an .LJPEG and perhaps an .OVERLAY, in either case, gzip-ed or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.errors import MammoviewError, UnreadableError
from mammoview.study import ddsm_text, files, images, names, outlines
from mammoview.study.found import Found
from mammoview.study.outlines import Drawn
from mammoview.study.scan import UNKNOWN_SPACING, Grey, Laterality, Projection, Scan, Spacing, SpacingSource

ICS = re.compile(r"\.ics(\.gz)?$", re.IGNORECASE)
OVERLAY = re.compile(r"\.overlay(\.gz)?$", re.IGNORECASE)
LJPEG = re.compile(r"\.ljpeg(\.gz)?$", re.IGNORECASE)
_CONVERSIONS = tuple(suffix.lstrip(".") for suffix in images.SUFFIXES)
_LOSSLESS = ("ljpeg", "ljpeg.gz")
_OUTLINES = ("overlay", "overlay.gz")
_VIEW_NAME = re.compile(r"[a-d]_\d{4}_\d_(left|right)_")
NOT_DECODED = "lossless DDSM images are not decoded yet"
CONVERT = "Put a PNG, TIFF or PGM conversion of the same name beside it"


@dataclass(frozen=True)
class CaseFolder:
    """One case and its files.

    Parameters
    ----------
    path
        The .ics file.
    case
        What it tells.
    prefix
        Name that the files of the case share, in plain form (see `_plain`).
    files
        All files of the folder by plain name.
    """

    path: Path
    case: ddsm_text.Case
    prefix: str
    files: dict[str, Path]

    def own_files(self) -> set[Path]:
        """Return the .ics and every picture and outline file of the views that it lists."""
        endings = [*_CONVERSIONS, *_LOSSLESS, *_OUTLINES]
        wanted = (_plain(f"{self.prefix}.{view.name}.{e}") for view in self.case.views for e in endings)
        return {self.path} | {self.files[name] for name in wanted if name in self.files}

    def file(self, view: str, endings: Iterable[str]) -> Path | None:
        """Return the first file of a view with one of these endings, or None."""
        return next((f for e in endings if (f := self.files.get(_plain(f"{self.prefix}.{view}.{e}")))), None)


def open_folder(ics: Path) -> CaseFolder:
    """Read an .ics file and look what lies beside it. Raises UnreadableError."""
    case = ddsm_text.parse_ics(files.text(ics), ics)
    try:
        beside = {_plain(f.name): f for f in sorted(ics.parent.iterdir()) if not f.name.startswith(".")}
    except OSError as error:
        raise files.refused_by_system(ics.parent, error) from error
    own = _plain(ICS.sub("", ics.name))
    told = _plain(case.name)
    # The name inside and the name of the file differ when someone renamed either; the pictures decide.
    use_told = told and any(name.startswith((f"{told}_left", f"{told}_right")) for name in beside)
    prefix = told if use_told else own
    return CaseFolder(ics, case, prefix, beside)


def ics_beside(path: Path) -> Path | None:
    """Return the .ics of the case to which the name of a picture or outline file belongs, or None."""
    plain = _plain(path.name)
    if not _VIEW_NAME.match(plain):
        return None
    try:
        candidates = [f for f in path.parent.iterdir() if ICS.search(f.name) and not f.name.startswith(".")]
    except OSError:
        return None
    return next((f for f in sorted(candidates) if plain.startswith(_plain(ICS.sub("", f.name)) + "_")), None)


def read_case(folder: CaseFolder) -> tuple[list[Found], list[MammoviewError]]:
    """Return the views of a case, and the errors of those that cannot be opened."""
    found, errors = [], []
    for view in folder.case.views:
        try:
            found.append(_read_view(folder, view))
        except MammoviewError as error:
            errors.append(error)
    return found, errors


def _read_view(folder: CaseFolder, view: ddsm_text.View) -> Found:
    said = names.read_name(f"{folder.prefix}.{view.name}")
    study = ("DDSM", str(folder.path.parent), folder.prefix)
    patient = folder.case.name or folder.prefix
    conversion = folder.file(view.name, _CONVERSIONS)
    drawn = _overlay(folder, view)
    facts = {**folder.case.facts, "data set": "DDSM"}
    scan = (
        _converted(images.read_picture(conversion), view, drawn)
        if conversion
        else _undecoded(folder, view, drawn, said.laterality, said.projection)
    )
    return Found(replace(scan, patient=patient, facts={**scan.facts, **facts}), study, folder.case.date)


def _converted(picture: images.Picture, view: ddsm_text.View, drawn: Drawn) -> Scan:
    """Scan of a picture that stands for the lossless one; where it was reduced, spacing and outlines follow."""
    if not (view.rows and view.columns):
        scan = images.scan_of(picture, _spacing(view, 1, 1), drawn)
        return _telling(scan, "the .ics file tells no size: outlines are taken to fit")
    down, across = view.rows / picture.rows, view.columns / picture.columns
    scaled = tuple(replace(o, points=o.points / (across, down)) for o in drawn.outlines)
    scan = images.scan_of(picture, _spacing(view, down, across), replace(drawn, outlines=scaled))
    if (down, across) == (1, 1):
        return scan
    return _telling(
        scan,
        f"{picture.columns} x {picture.rows} pixels stand for the {view.columns} x {view.rows} that were scanned: "
        "spacing and outlines are scaled",
    )


def _undecoded(
    folder: CaseFolder,
    view: ddsm_text.View,
    drawn: Drawn,
    laterality: Laterality | None,
    projection: Projection | None,
) -> Scan:
    """Scan of a lossless picture: all but the pixels is known."""
    path = folder.file(view.name, _LOSSLESS)
    what = NOT_DECODED if path else "the picture of this view is missing"
    path = path or folder.path.with_name(f"{folder.case.name or folder.prefix}.{view.name}.LJPEG")
    files.check_size(view.rows, view.columns, path)
    drawn = drawn.within(view.rows, view.columns)
    spacing = _spacing(view, 1, 1)
    return Scan(
        path=path,
        rows=view.rows,
        columns=view.columns,
        read=partial(_refuse, path, what),
        laterality=laterality,
        projection=projection,
        spacing=spacing,
        grey=Grey(bits=view.bits or 16),
        outlines=drawn.outlines,
        facts={"format": "LJPEG"},
        warnings=[
            f"{what}: {CONVERT[0].lower()}{CONVERT[1:]}",
            *names.unknown(laterality, projection),
            *([] if spacing.known else [images.SPACING_UNKNOWN]),
            *drawn.warnings,
        ],
    )


def _refuse(path: Path, what: str) -> NDArray[np.generic]:
    raise UnreadableError(what, CONVERT, path)


def _telling(scan: Scan, warning: str) -> Scan:
    return replace(scan, warnings=[*scan.warnings, warning])


def _spacing(view: ddsm_text.View, down: float, across: float) -> Spacing:
    """Return what the digitizer's resolution is on the picture at hand."""
    if view.um is None:
        return UNKNOWN_SPACING
    try:
        return Spacing(view.um / 1000 * down, view.um / 1000 * across, SpacingSource.DIGITIZER)
    except ValueError:
        return UNKNOWN_SPACING


def _overlay(folder: CaseFolder, view: ddsm_text.View) -> Drawn:
    """Outlines of a view; what is wrong with them is told, and the picture is shown without."""
    path = folder.file(view.name, _OUTLINES)
    if path is None:
        return Drawn(warnings=("its outline file is missing",)) if view.overlay else outlines.NOTHING_DRAWN
    try:
        return Drawn(ddsm_text.parse_overlay(files.text(path), path))
    except MammoviewError as error:
        return Drawn(warnings=(f"{path.name} is left out: {error.what}",))


def _plain(name: str) -> str:
    """Lower case, and all signs between words alike: mirrors write D-4000-1, D_4000_1 and d_4000_1."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")
