"""CBIS-DDSM beside its pictures: ROI masks as DICOM series of their own, and the case-description tables.

The archive (Lee et al. 2017) keeps a folder per view, such as `Mass-Training_P_00001_LEFT_CC`, and one per abnormality
with the number appended, which holds a mask of the whole image and a cropped picture. Neither the series texts nor the
order of the files tells the two apart reliably, so the pixels do: a mask has the image's own size and two values.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.errors import InvalidDicomError
from skimage.measure import approximate_polygon, find_contours, label, regionprops

from mammoview.errors import NotAMammogramError, UnreadableError
from mammoview.study.scan import Outline, OutlineKind

LEAST_PX = 9
"""Specks of fewer pixels in a mask are no finding."""
TOLERANCE_PX = 0.5
"""A polygon may leave the mask's staircase by half a pixel."""


class LesionFileError(NotAMammogramError):
    """A mask or a crop of one abnormality: no mammogram by itself, but it belongs to one.

    Parameters
    ----------
    path
        The file.
    name
        Its PatientID, such as Mass-Test_P_00820_LEFT_CC_1.
    pixels
        Rows times columns.
    """

    def __init__(self, path: Path, name: str, pixels: int) -> None:
        self.name, self.pixels = name, pixels
        super().__init__("it is a CBIS-DDSM mask or crop of a lesion", "Give the full mammogram", path)


@dataclass(frozen=True)
class Lesion:
    """One line of a case-description table: one abnormality in one view.

    Parameters
    ----------
    patient, view
        "P_00001" and "P_00001_LEFT_CC".
    abnormality
        Its number.
    folder, mask_folder
        First folder of the image's and of the mask's path in the archive.
    official
        "training" or "test".
    """

    patient: str
    view: str
    abnormality: int
    folder: str
    mask_folder: str
    official: str
    density: str
    lesion_type: str
    pathology: str
    assessment: int | None
    subtlety: int | None


def case_table(file: Path) -> list[Lesion]:
    """Read one of the four tables of CBIS-DDSM. Raises UnreadableError naming the file."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as f:
            return [_lesion({k.strip().replace(" ", "_"): (v or "").strip() for k, v in r.items()}) for r in _rows(f)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, ValueError) as error:
        reason = f"column {error} is missing" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(
            f"this is no case description of CBIS-DDSM ({reason})", "Fetch the CSV file again", file
        ) from error


def _rows(lines: Iterable[str]) -> list[dict[str, str]]:
    return [{k: v for k, v in row.items() if isinstance(k, str)} for row in csv.DictReader(lines)]


def _lesion(row: dict[str, str]) -> Lesion:
    folder = PurePosixPath(row["image_file_path"]).parts[0]
    mask = PurePosixPath(row["ROI_mask_file_path"]).parts
    view = f"{row['patient_id']}_{row['left_or_right_breast']}_{row['image_view']}"
    if row["abnormality_type"] == "mass":
        words = f"MASS SHAPE {row['mass_shape'] or 'N/A'} MARGINS {row['mass_margins'] or 'N/A'}"
    else:
        words = f"CALCIFICATION TYPE {row['calc_type'] or 'N/A'} DISTRIBUTION {row['calc_distribution'] or 'N/A'}"
    return Lesion(
        patient=row["patient_id"],
        view=view,
        abnormality=int(row["abnormality_id"]),
        folder=folder,
        mask_folder=mask[0] if mask else f"{folder}_{row['abnormality_id']}",
        official="test" if "-Test_" in folder else "training",
        density=row["breast_density"],
        lesion_type=words,
        pathology=row["pathology"],
        assessment=int(row["assessment"]) if row["assessment"] else None,
        subtlety=int(row["subtlety"]) if row["subtlety"] else None,
    )


@dataclass(frozen=True)
class Masks:
    """What the DICOM files beside a view hold.

    Parameters
    ----------
    whole
        Masks of the image's own size, bool (rows, columns).
    crops
        Number of other pictures: cropped regions.
    why
        What speaks against a mask that almost fits, "" when nothing does.
    """

    whole: tuple[NDArray[np.bool_], ...]
    crops: int
    why: str = ""


def is_mask(pixels: NDArray[np.generic]) -> bool:
    """Whether a picture is a mask: two values at most, one of them 0."""
    flat = pixels.ravel()
    high = flat.max(initial=0)
    return bool(flat.size and high > 0 and ((flat == 0) | (flat == high)).all())


def read_masks(files: Iterable[Path], rows: int, columns: int) -> Masks:
    """Tell the masks of an image of that size from the crops beside it, by size and content.

    Files that cannot be read are told in `why`.
    """
    whole: list[NDArray[np.bool_]] = []
    crops, why = 0, ""
    for file in files:
        try:
            dataset = pydicom.dcmread(file)
            pixels = dataset.pixel_array
        except (OSError, InvalidDicomError, AttributeError, ValueError, RuntimeError, NotImplementedError) as error:
            why = f"{file.name} cannot be read ({error})"
            continue
        if pixels.ndim != 2 or not is_mask(pixels):
            crops += 1
        elif pixels.shape == (rows, columns):
            whole.append(pixels > 0)
        else:
            crops += 1
            why = why or f"a mask of {pixels.shape[1]} x {pixels.shape[0]} does not fit {columns} x {rows} pixels"
    return Masks(tuple(whole), crops, "" if whole else why)


def outlines_of_mask(mask: NDArray[np.bool_], lesion: Lesion | None = None) -> list[Outline]:
    """Trace every connected region of a mask, bool (rows, columns), as a boundary in its pixels.

    Pixel centres lie at integer + 0.5, so a region of one pixel is a square around its centre.
    """
    found = []
    regions = label(mask, connectivity=2)
    for region in regionprops(regions):
        if region.area < LEAST_PX:
            continue
        top, left, _, _ = region.bbox
        padded = np.pad(region.image_filled, 1).astype(np.float32)
        contour = max(find_contours(padded, 0.5), key=len)
        points = approximate_polygon(contour, TOLERANCE_PX)[:-1, ::-1] + (left - 0.5, top - 0.5)
        facts = (
            {}
            if lesion is None
            else {
                "lesion_type": lesion.lesion_type,
                "pathology": lesion.pathology,
                "assessment": lesion.assessment,
                "subtlety": lesion.subtlety,
            }
        )
        found.append(Outline(points, OutlineKind.BOUNDARY, source="CBIS-DDSM", **facts))  # type: ignore[arg-type]
    return found
