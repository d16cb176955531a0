"""`open_study`: open files, folders, zips and DICOMDIRs as studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mammoview.core.errors import MammoviewError, NotAMammogramError, printable
from mammoview.formats.common.file_io import refused_by_system
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.common.zip_files import Archive
from mammoview.formats.dicom import referenced_images
from mammoview.formats.dicom.dicomdir import listed_files
from mammoview.formats.opening import sidecars
from mammoview.formats.opening.cbis_merge import attach_masks
from mammoview.formats.opening.coco_merge import attach_coco
from mammoview.formats.opening.file_type import FileType, gather_file, kind_of
from mammoview.formats.opening.folder_walk import gather_folder
from mammoview.formats.opening.gathered_scans import GatheredScans
from mammoview.study.scan import Laterality, Projection, Scan, Study

_NAMED = 4
"""Number of skipped files that are named: the drawings of a study's four views."""
_HANGING = {
    (Laterality.R, Projection.CC): 0,
    (Laterality.L, Projection.CC): 1,
    (Laterality.R, Projection.MLO): 2,
    (Laterality.L, Projection.MLO): 3,
}


def open_study(path: Path | str | Sequence[Path | str]) -> list[Study]:
    """Read the headers of all files at one or several paths, and group scans by examination.

    A path may be a DICOM file, a picture (PNG, TIFF, PGM, JPEG), a DDSM case (its folder, or its .ics), a mini-MIAS
    folder, a folder with a COCO file, any folder, a zip, or a DICOMDIR. Pixels are decoded on access to `Scan.pixels`.

    Returns
    -------
    At least one study, each with at least one scan, in the order of the files. Files that could not be opened are
    listed in `Study.outside`, one line each.

    Raises
    ------
    MammoviewError
        When nothing could be opened: the reason of the file, or for a folder the first reasons found in it.
    """
    paths = [Path(p) for p in ([path] if isinstance(path, (str, Path)) else path)]
    if not paths:
        raise NotAMammogramError("no file was given", "Give a file, a folder, a zip or a DICOMDIR")
    gathered = GatheredScans()
    for one in paths:
        try:
            _gather(one, gathered)
        except MammoviewError as error:
            if len(paths) == 1:
                raise
            gathered.refuse(one, error)
    attach_masks(gathered)
    attach_coco(gathered)
    _refer(gathered)
    gathered.found = sidecars.traced(gathered.found, gathered.sidecars)
    if not gathered.found:
        raise _nothing(paths, gathered)
    return _studies(gathered)


def _gather(path: Path, gathered: GatheredScans) -> None:
    """Add the scans of one path."""
    try:
        is_folder = path.is_dir()
    except OSError as error:  # The name may be too long, or a parent folder inaccessible.
        raise refused_by_system(path, error) from error
    if is_folder:
        gather_folder(path, gathered)
        return
    kind = kind_of(path)
    if kind is FileType.ZIP:
        gather_zip(path, gathered)
    elif kind is FileType.DICOMDIR:
        found, missing = listed_files(path)
        gathered.refused += [(path.parent, line) for line in missing]
        for file in found:
            try:
                gather_file(file, kind_of(file), gathered)
            except MammoviewError as error:
                gathered.refuse(file, error)
    else:
        gather_file(path, kind, gathered)


def gather_zip(path: Path, gathered: GatheredScans) -> None:
    """Read a zip like a folder. Raises UnreadableError where that is not possible."""
    inside = GatheredScans()
    with Archive(path) as archive:
        gather_folder(archive.root, inside)
        attach_masks(inside)
        attach_coco(inside)
        _refer(inside)
        inside.found = sidecars.traced(inside.found, inside.sidecars)
    gathered.found += [archive.adopt(found) for found in inside.found]
    gathered.rest += map(Path, inside.rest)
    gathered.sidecars += map(Path, inside.sidecars)
    gathered.listed |= set(map(Path, inside.listed))
    gathered.refused += [(path, line) for line in archive.refused]
    gathered.refused += [(Path(folder), line) for folder, line in inside.refused]


def _refer(gathered: GatheredScans) -> None:
    """Put reports, segmentations and presentation states onto their scans, or report that these are not here."""
    for one in referenced_images.attach(gathered.referring, [found.scan for found in gathered.found]):
        gathered.refuse(one.path, one.refusal())


def _nothing(paths: list[Path], gathered: GatheredScans) -> MammoviewError:
    """Return why nothing was found, in one line."""
    reasons = [line for _, line in gathered.refused]
    where = paths[0] if len(paths) == 1 else None
    remedy = "Give a folder with DICOM, PNG, TIFF, PGM or JPEG mammograms"
    if not reasons:
        return NotAMammogramError("no picture is in it", remedy, where)
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    first = reasons[0].removeprefix(f"{printable(where or '')}/").rstrip(".")
    return NotAMammogramError(f"no mammogram was found; {first}{more}", remedy, where)


def _studies(gathered: GatheredScans) -> list[Study]:
    """Group scans by examination, each file once, and assign messages to the nearest study."""
    groups: dict[tuple[str, ...], list[FoundScan]] = {}
    seen: set[Path] = set()
    for found in gathered.found:
        file = found.scan.path.absolute()
        if file not in seen:
            seen.add(file)
            groups.setdefault(found.study, []).append(found)
    studies = [_study(group) for group in groups.values()]
    for folder, line in gathered.refused:
        near = (s for s in studies if any(scan.path.parent == folder for scan in s.scans))
        next(near, studies[0]).outside.append(line)
    if rest := gathered.rest:
        studies[0].outside.append(f"left out, as no pictures: {_listed(rest)}")
    beside: dict[int, list[Path]] = {}
    for file in gathered.sidecars:
        places = (i for i, s in enumerate(studies) if any(scan.path.parent == file.parent for scan in s.scans))
        beside.setdefault(next(places, 0), []).append(file)
    for index, drawings in beside.items():
        studies[index].outside.append(f"left out, as drawings, masks or previews: {_listed(drawings)}")
    return studies


def _listed(files: list[Path]) -> str:
    """Return the names of the first of some files, and the number of further ones."""
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"{', '.join(map(printable, files[:_NAMED]))}{more}"


def _study(group: list[FoundScan]) -> Study:
    scans = sorted((found.scan for found in group), key=_place)
    patient = next((scan.patient for scan in scans if scan.patient), scans[0].path.parent.name)
    scans = [scan if scan.patient else replace(scan, patient=patient) for scan in scans]
    date = next((found.date for found in group if found.date), "")
    return Study(patient=patient, scans=scans, date=date, key=group[0].study)


def _place(scan: Scan) -> tuple[int, bool, bool, bool, bool]:
    """Sort key of the hanging order.

    Among pictures of one view, single ones come before stacks, FOR PRESENTATION before FOR PROCESSING, whole views
    before modified ones (spot, magnification, displaced implant), and exposed pictures before computed ones.
    """
    four = len(_HANGING)
    place = _HANGING.get((scan.laterality, scan.projection), four) if scan.laterality and scan.projection else four
    facts = scan.facts
    return place, scan.stack is not None, scan.grey.for_processing, "modifiers" in facts, "synthesised" in facts
