"""DDSM case folders: an .ics file, and per view an .LJPEG and perhaps an .OVERLAY, in either case, gzip-ed or not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io, file_names, outline_files
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.outline_files import OutlineFileContents
from mammoview.formats.datasets import ddsm_ljpeg, ddsm_text
from mammoview.formats.image import image_reader
from mammoview.study.finding_status import NORMAL_FACT
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import calibration
from mammoview.study.scan import Laterality, Projection, Scan
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource

ICS = re.compile(r"\.ics(\.gz)?$", re.IGNORECASE)
OVERLAY = re.compile(r"\.overlay(\.gz)?$", re.IGNORECASE)
LJPEG = re.compile(r"\.ljpeg(\.gz)?$", re.IGNORECASE)
_CONVERSIONS = tuple(suffix.lstrip(".") for suffix in file_names.PICTURE_SUFFIXES)
_LOSSLESS = ("ljpeg", "ljpeg.gz")
_OUTLINES = ("overlay", "overlay.gz")
_VIEW_NAME = re.compile(r"[a-d]_\d{4}_\d_(left|right)_")
_UNLISTED = re.compile(r"_((?:left|right)_[a-z]{2,4})_ljpeg(?:_gz)?")
_MISSING = "the picture of this view is missing"
_BRING = "Put its LJPEG, or a PNG, TIFF or PGM conversion of the same name, beside the .ics file"
MAX_BYTES = 2 * file_io.MAX_PIXELS
"""Largest lossless picture, packed or not, bytes: the size of its pixels."""
CUT_SHORT = "the picture is cut short: what its file does not hold is shown black"
FEWER_BITS = "grey levels are not calibrated: the picture has fewer bits than its digitizer gave"
_CALIBRATED_BITS = 12
"""Fewest bits of the grey levels whose optical density is known."""
NOT_CALIBRATED = "grey levels are not calibrated: the digitizer is not known"


@dataclass(frozen=True)
class DdsmCaseFolder:
    """One case and its files.

    Parameters
    ----------
    path
        The .ics file.
    case
        Its contents.
    prefix
        Name that the files of the case share, in plain form (see `_plain`).
    files
        All files of the folder by plain name.
    doubles
        Files of the case whose plain name another file has already; they are not used.
    """

    path: Path
    case: ddsm_text.DdsmCase
    prefix: str
    files: dict[str, Path]
    doubles: tuple[Path, ...] = ()

    def own_files(self) -> set[Path]:
        """Return the .ics and every picture and outline file of the views that it lists."""
        endings = [*_CONVERSIONS, *_LOSSLESS, *_OUTLINES]
        wanted = (_plain(f"{self.prefix}.{view.name}.{e}") for view in self.case.views for e in endings)
        return {self.path, *self.doubles} | {self.files[name] for name in wanted if name in self.files}

    def file(self, view: str, endings: Iterable[str]) -> Path | None:
        """Return the first file of a view with one of these endings, or None."""
        return next((f for e in endings if (f := self.files.get(_plain(f"{self.prefix}.{view}.{e}")))), None)


def open_folder(ics: Path) -> DdsmCaseFolder:
    """Read an .ics file and list the files beside it. Raises UnreadableError."""
    case = ddsm_text.parse_ics(file_io.text(ics), ics)
    try:
        there = [f for f in sorted(ics.parent.iterdir()) if not f.name.startswith(".")]
    except OSError as error:
        raise file_io.refused_by_system(ics.parent, error) from error
    beside: dict[str, Path] = {}
    for file in there:
        beside.setdefault(_plain(file.name), file)
    own = _plain(ICS.sub("", ics.name))
    stated = _plain(case.name)
    # The name inside and the file name differ after renaming either; the one that the pictures have is used.
    use_stated = stated and any(name.startswith((f"{stated}_left", f"{stated}_right")) for name in beside)
    prefix = stated if use_stated else own
    doubles = [f for f in there if beside[_plain(f.name)] != f and _plain(f.name).startswith(f"{prefix}_")]
    return DdsmCaseFolder(ics, _with_unlisted(case, prefix, beside), prefix, beside, tuple(doubles))


def _with_unlisted(case: ddsm_text.DdsmCase, prefix: str, beside: Iterable[str]) -> ddsm_text.DdsmCase:
    """Add the lossless pictures of the folder that the .ics file does not list."""
    found = (_UNLISTED.fullmatch(name.removeprefix(prefix)) for name in beside if name.startswith(prefix))
    views = {match[1].upper() for match in found if match} - {view.name for view in case.views}
    return replace(case, views=(*case.views, *(ddsm_text.unlisted(name) for name in sorted(views))))


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


def read_case(folder: DdsmCaseFolder) -> tuple[list[FoundScan], list[MammoviewError]]:
    """Return the views of a case, and the errors of those that cannot be opened."""
    found: list[FoundScan] = []
    what = "another file of the case has the same name but for its case and signs"
    errors: list[MammoviewError] = [UnreadableError(what, "Keep one of them", double) for double in folder.doubles]
    for view in folder.case.views:
        try:
            found.append(_read_view(folder, view))
        except MammoviewError as error:
            errors.append(error)
    return found, errors


def _read_view(folder: DdsmCaseFolder, view: ddsm_text.DdsmView) -> FoundScan:
    parsed = file_names.read_name(f"{folder.prefix}.{view.name}")
    study = ("DDSM", str(folder.path.parent), folder.prefix)
    patient = folder.case.name or folder.prefix
    lossless = folder.file(view.name, _LOSSLESS)
    conversion = folder.file(view.name, _CONVERSIONS)
    drawn = _overlay(folder, view)
    facts = {**folder.case.facts, "data set": "DDSM"}
    if view.normal and not drawn.outlines:
        facts["finding"] = NORMAL_FACT
    if lossless:
        scan = _lossless(lossless, view, drawn, folder.prefix, folder.case.facts.get("digitizer", ""))
    elif conversion:
        scan = _converted(image_reader.read_picture(conversion), view, drawn)
    else:
        scan = _missing(folder, view, drawn, parsed.laterality, parsed.projection)
    scan = replace(scan, patient=patient, facts={**scan.facts, **facts}, warnings=[*scan.warnings, *view.warnings])
    return FoundScan(scan, study, folder.case.date)


def read_alone(path: Path) -> FoundScan:
    """Read a lossless picture whose .ics file is not at hand, with the outlines beside it. Raises UnreadableError."""
    bare = LJPEG.sub("", path.name)
    try:
        beside = {_plain(f.name): f for f in sorted(path.parent.iterdir())}
    except OSError as error:
        raise file_io.refused_by_system(path.parent, error) from error
    overlay = next((f for e in _OUTLINES if (f := beside.get(_plain(f"{bare}.{e}")))), None)
    view = ddsm_text.DdsmView("", 0, 0, 0, None, overlay is not None)
    scan = _lossless(path, view, _outlines(overlay, view), bare, "")
    parsed = file_names.read_name(path.name)
    scan = replace(scan, patient=parsed.patient, facts={**scan.facts, "data set": "DDSM"})
    return FoundScan(scan, ("DDSM", str(path.parent), parsed.patient))


def _lossless(path: Path, view: ddsm_text.DdsmView, drawn: OutlineFileContents, case: str, digitizer: str) -> Scan:
    """Scan of a lossless picture. Raises UnreadableError when its header is damaged."""
    header = ddsm_ljpeg.read_header(file_io.start(path), path)
    stated, found = (view.rows, view.columns), (header.rows, header.columns)
    warnings = []
    if not all(stated):
        stated = found
    elif stated != found and stated[::-1] != found:
        warnings.append(
            f"the .ics file states {stated[1]} x {stated[0]} pixels, the picture has {found[1]} x {found[0]}: "
            "the picture is believed, and outlines may not fit"
        )
        stated = found
    elif stated != found:
        warnings.append("the picture's header exchanges rows and columns: the .ics file is believed")
    rows, columns = stated
    whole = _is_whole(path)
    drawn = _doubting((drawn + outline_files.beside(path)).within(rows, columns), rows, columns)
    parsed = file_names.read_name(path.name)
    spacing = _spacing(view, 1, 1)
    densities = calibration(case, digitizer, view.um) if header.bits >= _CALIBRATED_BITS else None
    return Scan(
        path=path,
        rows=rows,
        columns=columns,
        read=partial(_decode, path, rows, columns),
        laterality=parsed.laterality,
        projection=parsed.projection,
        spacing=spacing,
        grey=GreyPipeline(
            bits=view.bits or header.bits,
            inverted=densities is not None,
            density=densities,
            padding=None if whole else (0, 0),
        ),
        outlines=drawn.outlines,
        annotations=drawn.annotations,
        facts={"format": "LJPEG"} | ({} if whole else {"partial": "cut short"}),
        warnings=[
            *([] if whole else [CUT_SHORT]),
            *file_names.unknown(parsed.laterality, parsed.projection),
            *([] if spacing.known else [image_reader.SPACING_UNKNOWN]),
            *([] if densities else [NOT_CALIBRATED if header.bits >= _CALIBRATED_BITS else FEWER_BITS]),
            *warnings,
            *drawn.warnings,
        ],
    )


def _is_whole(path: Path) -> bool:
    """Whether the end mark of a lossless picture is there; a packed one is unpacked to see it."""
    if file_io.head(path, 2) == file_io.GZIP:
        return ddsm_ljpeg.ends(file_io.contents(path, MAX_BYTES, cut_short=True))
    return ddsm_ljpeg.ends(file_io.tail(path, file_io.HEAD_BYTES))


def _decode(path: Path, rows: int, columns: int) -> NDArray[np.generic]:
    """Return the stored values (rows, columns); rows that the file does not hold are 0. Raises UnreadableError."""
    decoded = ddsm_ljpeg.decode(file_io.contents(path, MAX_BYTES, cut_short=True), path)
    found = decoded.pixels.shape
    if found == (rows, columns):
        return decoded.pixels
    if found != (columns, rows):
        raise UnreadableError("the picture has changed since it was opened", "Open it again", path)
    return ddsm_ljpeg.laid_out(decoded, rows, columns).pixels


def _doubting(drawn: OutlineFileContents, rows: int, columns: int) -> OutlineFileContents:
    """Add a warning where outlines reach beyond the picture."""
    boxes = [outline.box for outline in drawn.outlines]
    count = sum(box[0] < 0 or box[1] < 0 or box[2] > columns or box[3] > rows for box in boxes)
    stated = (f"{count} outline{'s reach' if count > 1 else ' reaches'} beyond the picture",) if count else ()
    return replace(drawn, warnings=drawn.warnings + stated)


def _converted(picture: image_reader.ImageHeader, view: ddsm_text.DdsmView, drawn: OutlineFileContents) -> Scan:
    """Scan of a picture that stands for the lossless one; where it was reduced, spacing and outlines follow."""
    if not (view.rows and view.columns):
        scan = image_reader.scan_of(picture, _spacing(view, 1, 1), drawn)
        return _telling(scan, "the .ics file states no size: outlines are taken to fit")
    down, across = view.rows / picture.rows, view.columns / picture.columns
    scaled = tuple(replace(o, points=o.points / (across, down)) for o in drawn.outlines)
    scan = image_reader.scan_of(picture, _spacing(view, down, across), replace(drawn, outlines=scaled))
    if (down, across) == (1, 1):
        return scan
    return _telling(
        scan,
        f"{picture.columns} x {picture.rows} pixels stand for the {view.columns} x {view.rows} that were scanned: "
        "spacing and outlines are scaled",
    )


def _missing(
    folder: DdsmCaseFolder,
    view: ddsm_text.DdsmView,
    drawn: OutlineFileContents,
    laterality: Laterality | None,
    projection: Projection | None,
) -> Scan:
    """Scan of a view without a picture: all but the pixels is known."""
    path = folder.path.with_name(f"{folder.case.name or folder.prefix}.{view.name}.LJPEG")
    file_io.check_size(view.rows, view.columns, path)
    drawn = drawn.within(view.rows, view.columns)
    spacing = _spacing(view, 1, 1)
    return Scan(
        path=path,
        rows=view.rows,
        columns=view.columns,
        read=partial(_refuse, path),
        laterality=laterality,
        projection=projection,
        spacing=spacing,
        grey=GreyPipeline(bits=view.bits or 16),
        outlines=drawn.outlines,
        facts={"format": "LJPEG"},
        warnings=[
            f"{_MISSING}: {_BRING[0].lower()}{_BRING[1:]}",
            *file_names.unknown(laterality, projection),
            *([] if spacing.known else [image_reader.SPACING_UNKNOWN]),
            *drawn.warnings,
        ],
    )


def _refuse(path: Path) -> NDArray[np.generic]:
    raise UnreadableError(_MISSING, _BRING, path)


def _telling(scan: Scan, warning: str) -> Scan:
    return replace(scan, warnings=[*scan.warnings, warning])


def _spacing(view: ddsm_text.DdsmView, down: float, across: float) -> Spacing:
    """Return the spacing of the present picture from the digitizer's resolution."""
    if view.um is None:
        return UNKNOWN_SPACING
    try:
        return Spacing(view.um / 1000 * down, view.um / 1000 * across, SpacingSource.DIGITIZER)
    except ValueError:
        return UNKNOWN_SPACING


def _overlay(folder: DdsmCaseFolder, view: ddsm_text.DdsmView) -> OutlineFileContents:
    return _outlines(folder.file(view.name, _OUTLINES), view)


def _outlines(path: Path | None, view: ddsm_text.DdsmView) -> OutlineFileContents:
    """Outlines of a view; if they are invalid, there is a warning instead."""
    if path is None:
        return (
            OutlineFileContents(warnings=("its outline file is missing",))
            if view.overlay
            else outline_files.NOTHING_DRAWN
        )
    try:
        drawn = ddsm_text.parse_overlay(file_io.text(path), path)
    except MammoviewError as error:
        return OutlineFileContents(warnings=(f"{path.name} is left out: {error.what}",))
    unexpected = () if view.overlay else (f"the .ics file lists no outlines, but {path.name} is there",)
    return replace(drawn, warnings=drawn.warnings + unexpected)


def _plain(name: str) -> str:
    """Lower case, with one separator between words: mirrors write D-4000-1, D_4000_1 and d_4000_1."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")
