"""Data sets in other formats: the stored values of DDSM, CBIS-DDSM and mini-MIAS, unchanged, with their outlines.

Of each scan a picture is written, and what was asked of its outlines. Names depend on the scan and its content alone:
a second run, or one over another part of the data set, finds what is there and goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mammoview.assess.results.content_keys import content_key
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.export.conversion_formats import OutlineFormat, PictureFormat
from mammoview.export.export_names import NAMELESS
from mammoview.export.regions import enclosed
from mammoview.export.saving import save
from mammoview.formats.common.outline_files import FILE_ENDING, entry
from mammoview.study.scan import Outline, OutlineKind, Scan, Study

DATA_SETS = ("DDSM", "CBIS-DDSM", "mini-MIAS")
COLUMNS = (
    "file", "state", "source", "data_set", "patient", "laterality", "projection", "rows", "columns", "stored_type",
    "bits", "low_values_are", "um_per_row", "um_per_column", "spacing_source", "outlines", "outline_files", "warnings",
)  # fmt: skip
"""Head of the table. `source` is the path below the data; warnings, those about masks that do not fit among them, are
separated by " | "."""
_LONGEST, _DIGITS = 64, 12
"""Most signs of a name's first part, and hexadecimal digits of the content at its end."""
_MOST_PNG = np.iinfo(np.uint16).max
_METRE_MM, _INCH_MM, _CM_MM = 1000, 25.4, 10


class ConversionState(StrEnum):
    """What became of a scan."""

    CONVERTED = "converted"
    THERE = "already there"
    FAILED = "failed"


@dataclass(frozen=True)
class ConversionPlan:
    """What is converted, into what.

    Parameters
    ----------
    data
        What was opened; sources are named below it.
    studies
        Found there.
    folder
        Where the files go.
    picture, outlines
        Formats; None writes no outlines.
    overwrite
        Write again what is there.
    """

    data: Path
    studies: Sequence[Study]
    folder: Path
    picture: PictureFormat
    outlines: OutlineFormat | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.outlines is OutlineFormat.SEG and self.picture is not PictureFormat.DICOM:
            raise MammoviewError("a segmentation refers to DICOM images", "Use --to dicom with --outlines seg")


@dataclass(frozen=True)
class ConversionResult:
    """What became of one scan.

    Parameters
    ----------
    scan
        It.
    state
        Converted, already there, or failed.
    row
        Its line of the table.
    text
        Name of the picture, or the error.
    """

    scan: Scan = field(repr=False)
    state: ConversionState
    row: dict[str, Any]
    text: str


def convert(plan: ConversionPlan, progress: Callable[[str], None] = lambda _: None) -> Iterator[ConversionResult]:
    """Convert every scan; yields each as it is done. A scan that cannot be converted does not stop the others."""
    for study in plan.studies:
        for scan in study.scans:
            progress(scan.name)
            row: dict[str, Any] = dict.fromkeys(COLUMNS, "") | _row(plan, study, scan)
            try:
                state, name = _convert(plan, study, scan, row)
            except MammoviewError as error:
                state, name = ConversionState.FAILED, str(error)
                row["warnings"] = " | ".join([*scan.warnings, f"{error.what}. {error.remedy}"])
            finally:
                scan.release()
            row["state"] = state.value
            yield ConversionResult(scan, state, row, name)


def _convert(plan: ConversionPlan, study: Study, scan: Scan, row: dict[str, Any]) -> tuple[ConversionState, str]:
    """Write what is not there yet of one scan; returns its state and the name of its picture."""
    data_set = scan.facts.get("data set", "")
    if data_set not in DATA_SETS:
        what = f"it is of none of the data sets {', '.join(DATA_SETS)}"
        raise MammoviewError(what, "Use mammoview export, which removes the identity", scan.path)
    stem = _stem(study, scan)
    pixels = np.asarray(scan.opened_pixels())
    row |= {"file": stem + plan.picture.ending, "stored_type": pixels.dtype.name}
    files = {plan.folder / row["file"]: _picture_writer(plan, study, scan)}
    drawn = _outline_writers(plan, study, scan, data_set, stem)
    row["outline_files"] = " ".join(file.name for file in drawn)
    files |= drawn
    missing = {file: write for file, write in files.items() if plan.overwrite or not file.is_file()}
    for file, write in missing.items():
        save(file, write)
    return (ConversionState.CONVERTED if missing else ConversionState.THERE), row["file"]


def _stem(study: Study, scan: Scan) -> str:
    """Return the name of a scan's files without ending, such as "P_00820_L_CC-3f0a52c1d9e4".

    It is that of the data set's number for the woman, side, projection and content: two pictures never share one, and a
    name says what a reader of plain pictures needs to know.
    """
    patient = re.sub(r"[^A-Za-z0-9_]+", "-", study.patient).strip("-")[:_LONGEST] or NAMELESS
    side, projection = scan.laterality or "side-unknown", scan.projection or "projection-unknown"
    return f"{patient}_{side}_{projection}-{content_key(scan)[:_DIGITS]}"


def _row(plan: ConversionPlan, study: Study, scan: Scan) -> dict[str, Any]:
    """Return the row of the table for a scan before it is decoded."""
    spacing, low = scan.spacing, scan.grey.inverted and scan.grey.density is None
    try:
        source = scan.path.absolute().relative_to(plan.data.absolute()).as_posix()
    except ValueError:
        source = scan.path.name
    return {
        "source": source if source != "." else scan.path.name,
        "data_set": scan.facts.get("data set", ""),
        "patient": study.patient,
        "laterality": scan.laterality or "",
        "projection": scan.projection or "",
        "rows": scan.rows,
        "columns": scan.columns,
        "bits": scan.grey.bits,
        "low_values_are": "bright" if low else "dark",
        "um_per_row": 1000 * spacing.row_mm if spacing.known else "",
        "um_per_column": 1000 * spacing.column_mm if spacing.known else "",
        "spacing_source": spacing.source.value,
        "outlines": len(scan.outlines),
        "warnings": " | ".join(scan.warnings),
    }


Writer = Callable[[Path], object]


def _picture_writer(plan: ConversionPlan, study: Study, scan: Scan) -> Writer:
    """Return what writes the picture of a scan."""
    match plan.picture:
        case PictureFormat.PNG:
            return lambda file: _write_png(file, scan)
        case PictureFormat.TIFF:
            return lambda file: _write_tiff(file, scan)
        case PictureFormat.DICOM:
            return lambda file: write_dicom(file, study, scan)


def _write_png(file: Path, scan: Scan) -> None:
    """Write the stored values as a PNG of 16 bits. Raises MammoviewError for values that it cannot hold."""
    pixels = np.asarray(scan.opened_pixels())
    if pixels.dtype.kind not in "iu" or pixels.min(initial=0) < 0 or pixels.max(initial=0) > _MOST_PNG:
        raise MammoviewError("a PNG cannot hold the stored values of this scan", "Use --to tiff", scan.path)
    png_text = PngInfo()
    png_text.add_text("Software", f"Mammoview {__version__}")
    png_text.add_text("Comment", _about(scan))
    spacing = scan.spacing
    dpi = {"dpi": (_INCH_MM / spacing.column_mm, _INCH_MM / spacing.row_mm)} if spacing.known else {}
    Image.fromarray(pixels.astype(np.uint16)).save(file, format="PNG", pnginfo=png_text, **dpi)


def _write_tiff(file: Path, scan: Scan) -> None:
    """Write the stored values as a TIFF in their own type, losslessly compressed."""
    spacing, low = scan.spacing, scan.grey.inverted and scan.grey.density is None
    per_cm = (_CM_MM / spacing.column_mm, _CM_MM / spacing.row_mm) if spacing.known else None
    tifffile.imwrite(
        file,
        np.asarray(scan.opened_pixels()),
        photometric="miniswhite" if low else "minisblack",
        compression="adobe_deflate",
        resolution=per_cm,
        resolutionunit="CENTIMETER" if per_cm else None,
        description=_about(scan),
        software=f"Mammoview {__version__}",
        metadata=None,
    )


def _about(scan: Scan) -> str:
    """Return data set, spacing and its source in one line of ASCII."""
    spacing = scan.spacing
    size = f"{1000 * spacing.row_mm:g} x {1000 * spacing.column_mm:g} um per pixel" if spacing.known else "um per pixel"
    return f"{scan.facts.get('data set', '')}; {size} ({spacing.source.value})"


def write_dicom(file: Path, study: Study, scan: Scan) -> None:
    """Write the stored values of a scan of one of `DATA_SETS` as a DICOM image. Raises MammoviewError."""
    from mammoview.export.dicom.converted_image import converted_image

    data_set = scan.facts["data set"]
    converted_image(_source(study, scan, data_set), data_set).save_as(file, enforce_file_format=True)


def _source(study: Study, scan: Scan, data_set: str) -> Any:  # noqa: ANN401  # a DicomSource, imported late
    from mammoview.display.scan_analysis import analyse
    from mammoview.export.dicom.converted_image import converted_source

    return converted_source(analyse(scan), data_set, study.patient, study.date)


def _outline_writers(plan: ConversionPlan, study: Study, scan: Scan, data_set: str, stem: str) -> dict[Path, Writer]:
    """Return what writes the outlines of a scan, by file; nothing for COCO, which is one file for all scans."""
    if not scan.outlines:
        return {}
    match plan.outlines:
        case OutlineFormat.JSON:
            text = outline_text(scan)
            return {plan.folder / f"{stem}{FILE_ENDING}": lambda file: file.write_text(text, encoding="utf-8")}
        case OutlineFormat.MASKS:
            return {
                plan.folder / f"{stem}-mask{number}.png": partial(_write_mask, scan, outline)
                for number, outline in enumerate(scan.outlines, 1)
            }
        case OutlineFormat.SEG:
            return {plan.folder / f"{stem}-seg.dcm": lambda file: _write_seg(file, study, scan, data_set)}
    return {}


def outline_text(scan: Scan) -> str:
    """Return the outlines of a scan as a JSON file that opens beside its picture; circles and boxes stay so."""
    entries = [{**entry(one), **_shape(one), "source": one.source} for one in scan.outlines]
    for one in entries:
        if one["kind"] in ("circle", "box"):
            del one["points"]
    document = {"mammoview_outlines": 1, "source": scan.facts.get("data set", ""), "outlines": entries}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _shape(outline: Outline) -> dict[str, Any]:
    """Return kind and place of an outline as the file has them, to a thousandth of a pixel."""
    match outline.kind:
        case OutlineKind.CIRCLE:
            centre = outline.points.mean(0)
            radius = float(np.hypot(*(outline.points - centre).T).mean())
            return {"kind": "circle", "circle": [round(float(n), 3) for n in (*centre, radius)]}
        case OutlineKind.BOX:
            return {"kind": "box", "box": [round(side, 3) for side in outline.box]}
    return {"kind": outline.kind.value, "points": outline.points.round(3).tolist()}


def mask_of(scan: Scan, outline: Outline) -> NDArray[np.bool_]:
    """Return the pixels whose centres an outline encloses, bool (rows, columns)."""
    return enclosed(outline.points, (scan.rows, scan.columns))


def _write_mask(scan: Scan, outline: Outline, file: Path) -> None:
    """Write a mask as a PNG of 8 bits: 255 inside, 0 outside."""
    Image.fromarray(np.where(mask_of(scan, outline), 255, 0).astype(np.uint8)).save(file, format="PNG")


def _write_seg(file: Path, study: Study, scan: Scan, data_set: str) -> None:
    """Write the outlines of a scan as a segmentation of its converted image. Raises MammoviewError."""
    from mammoview.export.dicom.segmentation import outlines_segmentation

    made = outlines_segmentation(_source(study, scan, data_set))
    if made is None:
        raise MammoviewError("its outlines enclose no pixel", "Use --outlines json", scan.path)
    made.save_as(file, enforce_file_format=True)
