"""CBIS-DDSM in the layout of the archive: masks and case descriptions are added to their views."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_io
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.datasets.cbis_masks import outlines_of_mask, read_masks, scaled_to
from mammoview.formats.datasets.cbis_tables import CbisLesion, case_table
from mammoview.formats.dicom.dicom_reader import read_dicom
from mammoview.formats.dicom.lesion_files import LesionFile
from mammoview.formats.dicom.view import CBIS
from mammoview.formats.opening.gathered_scans import GatheredScans
from mammoview.study.scan import Outline, OutlineKind, Scan

DATA_SET = "CBIS-DDSM"
_TABLE = re.compile(r"case_description.*\.csv$", re.IGNORECASE)
_LEVELS = 5
"""Number of folders above a view that are searched for tables: the archive keeps ROOT/NAME/STUDY/SERIES/1-1.dcm."""

View = tuple[str, str, str]
"""Patient, side and projection, such as ("P_00820", "L", "CC")."""


def is_table(path: Path) -> bool:
    """Whether a file has the name of one of the four tables, such as mass_case_description_test_set.csv."""
    return bool(_TABLE.search(path.name))


def attach_masks(gathered: GatheredScans) -> None:
    """Add the outlines of masks and the facts of tables to the CBIS-DDSM views that were found.

    A mask without its view, and a table that cannot be read, become messages.
    """
    of_view: dict[View, list[LesionFile]] = defaultdict(list)
    for file in gathered.lesions:
        of_view[view_of(file.name)].append(file)
    views = [found for found in gathered.found if found.study[0] == DATA_SET]
    for found in views:
        if key_of(found.scan) not in of_view:
            of_view[key_of(found.scan)] = _lesion_files_beside(found.scan)
    if views:
        lesions = _lesions(gathered, views)
        gathered.found = [_with(found, of_view, lesions) for found in gathered.found]
    there = {key_of(found.scan) for found in views}
    for file in gathered.lesions:
        if view_of(file.name) not in there:
            gathered.refuse(file.path, file.refusal())


def _lesions(gathered: GatheredScans, views: list[FoundScan]) -> dict[View, list[CbisLesion]]:
    """Return the entries of the tables by view; where none was given, tables above the views are used."""
    lesions: dict[View, list[CbisLesion]] = defaultdict(list)
    for table in gathered.tables or tables_above(views[0].scan.path):
        try:
            for lesion in case_table(table):
                lesions[view_of(lesion.mask_folder)].append(lesion)
        except MammoviewError as error:
            gathered.refuse(table, error)
    return lesions


def _lesion_files_beside(scan: Scan) -> list[LesionFile]:
    """Return the masks and crops that lie where the archive keeps them: in folders of the view's name and a number."""
    lesions = []
    for folder in list(scan.path.absolute().parents)[:_LEVELS]:
        if CBIS.fullmatch(folder.name) and view_of(folder.name) == key_of(scan):
            for file in _numbered(folder):
                try:
                    read = read_dicom(file)
                except MammoviewError:
                    continue
                if isinstance(read, LesionFile):
                    lesions.append(read)
    return lesions


def _numbered(folder: Path) -> list[Path]:
    """Return the DICOM files below the folders that have the name of a view's folder and a number."""
    numbered = re.compile(rf"{re.escape(folder.name)}_\d")
    try:
        waiting = [place for place in folder.parent.iterdir() if numbered.match(place.name)]
        found = []
        while waiting:
            place = waiting.pop()
            if place.is_dir() and not place.is_symlink():
                waiting += place.iterdir()
            elif place.suffix == ".dcm":
                found.append(place)
    except OSError:
        return []
    return sorted(found)


def tables_above(path: Path) -> list[Path]:
    """Return the tables in the nearest folder above a view that has any."""
    for folder in list(path.absolute().parents)[:_LEVELS]:
        try:
            if found := sorted(file for file in folder.iterdir() if is_table(file)):
                return found
        except OSError:
            continue
    return []


def _with(
    found: FoundScan, files_of: dict[View, list[LesionFile]], lesions_of: dict[View, list[CbisLesion]]
) -> FoundScan:
    """Return a view with its outlines and facts."""
    scan = found.scan
    if found.study[0] != DATA_SET:
        return found
    key = key_of(scan)
    lesions = {lesion.mask_folder.upper(): lesion for lesion in lesions_of.get(key, ())}
    facts = dict(scan.facts)
    if lesions:
        facts["density"] = next((x.density for x in lesions.values() if x.density), "")
        facts["findings"] = "; ".join(f"{x.lesion_type} {x.pathology}".strip() for x in lesions.values())
    drawn, warnings = _traced(scan, files_of.get(key, []), lesions)
    # For some views the program has bounding boxes, which are less precise than the masks.
    kept = tuple(o for o in scan.outlines if not (drawn and o.kind is OutlineKind.BOX))
    facts = {fact: value for fact, value in facts.items() if value}
    scan = replace(scan, outlines=(*kept, *drawn), facts=facts, warnings=[*scan.warnings, *warnings])
    return replace(found, scan=scan)


def _traced(
    scan: Scan, lesion_files: list[LesionFile], lesions: dict[str, CbisLesion]
) -> tuple[list[Outline], list[str]]:
    """Return the outlines of the masks of a view, abnormality by abnormality, and warnings."""
    named: dict[str, list[Path]] = defaultdict(list)
    for file in lesion_files:
        if file.pixels <= file_io.MAX_PIXELS:
            named[file.name].append(file.path)
    outlines: list[Outline] = []
    warnings: list[str] = []
    for name, paths in sorted(named.items()):
        masks = read_masks(paths, scan.rows, scan.columns)
        for mask in masks.whole:
            outlines += outlines_of_mask(mask, lesions.get(name.upper()))
        scaled = [one for mask in masks.misfits if (one := scaled_to(mask, scan.rows, scan.columns)) is not None]
        for mask in scaled:
            outlines += outlines_of_mask(mask, lesions.get(name.upper()))
        if scaled:
            warnings.append(f"a mask of {name} has another size than the picture, and is scaled to it")
        elif not masks.whole:
            warnings.append(f"no mask of {name} is used: {masks.why or 'only crops are there'}")
    return outlines, warnings


def key_of(scan: Scan) -> View:
    """Return the view that a scan is."""
    return scan.patient, str(scan.laterality or ""), str(scan.projection or "")


def view_of(name: str) -> View:
    """Return the view of a PatientID or folder name such as Mass-Test_P_00820_LEFT_CC_1."""
    match = CBIS.fullmatch(name)
    return (match["patient"].upper(), match["side"][0].upper(), match["projection"].upper()) if match else ("", "", "")
