"""`cbis_ddsm`: CBIS-DDSM in the archive's layout: DICOM views, ROI masks as separate series, four CSV tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.datasets.cbis_masks import outlines_of_mask, read_masks
from mammoview.formats.datasets.cbis_tables import CbisLesion, case_table
from mammoview.study.scan import Outline, Scan
from training.datasets.example import Example, ExcludedImage, scan_of

TABLES = "*_case_description_*_set.csv"


def cbis_ddsm(folder: Path) -> Iterator[Example | ExcludedImage]:
    """Yield views with the outlines of their ROI masks; the four case-description tables lie in `folder` itself.

    A patient who is in training in the mass list and in test in the calcification list (or the reverse) is used for
    testing only, so that no patient is on both sides.
    """
    tables = sorted(folder.glob(TABLES))
    if not tables:
        raise MammoviewError(
            "the case-description tables are not here", "Put the four CSV files of CBIS-DDSM into this folder", folder
        )
    lesions = [lesion for table in tables for lesion in case_table(table)]
    testing = {lesion.patient for lesion in lesions if lesion.official == "test"}
    by_view: dict[str, list[CbisLesion]] = {}
    for lesion in lesions:
        by_view.setdefault(lesion.view, []).append(lesion)
    for view, of_view in sorted(by_view.items()):
        files = sorted((folder / of_view[0].folder).rglob("*.dcm"))
        if not files:
            yield ExcludedImage("cbis_ddsm", of_view[0].folder, "image missing")
            continue
        try:
            scan = scan_of(files[0])
            outlines, wrong = _outlines(folder, of_view, scan)
        except MammoviewError as error:
            yield ExcludedImage("cbis_ddsm", of_view[0].folder, error.what)
            continue
        if wrong:
            yield ExcludedImage("cbis_ddsm", of_view[0].folder, wrong)
            continue
        first = of_view[0]
        yield Example(
            "cbis_ddsm",
            view,
            first.patient,
            files[0],
            scan.spacing,
            outlines,
            facts={"density": first.density, "projection": str(scan.projection or "")},
            official="test" if first.patient in testing else "training",
            opened=True,
        )


def _outlines(folder: Path, lesions: list[CbisLesion], scan: Scan) -> tuple[tuple[Outline, ...], str]:
    """Outlines of all lesions of a view; or why the view cannot be used."""
    found: list[Outline] = []
    for lesion in lesions:
        places = [folder / lesion.folder, folder / lesion.mask_folder]
        files = sorted({f for place in places for f in place.rglob("*.dcm")} - {scan.path})
        masks = read_masks(files, scan.rows, scan.columns)
        if not masks.whole:
            return (), masks.why or f"no ROI mask of abnormality {lesion.abnormality} fits the image"
        drawn = outlines_of_mask(masks.whole[0], lesion)
        if not drawn:
            return (), f"the ROI mask of abnormality {lesion.abnormality} is empty"
        found += drawn
    return tuple(found), ""
