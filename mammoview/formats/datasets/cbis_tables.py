"""The case-description tables of CBIS-DDSM (Lee et al. 2017)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mammoview.core.errors import UnreadableError


@dataclass(frozen=True)
class CbisLesion:
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


def case_table(file: Path) -> list[CbisLesion]:
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


def _lesion(row: dict[str, str]) -> CbisLesion:
    folder = PurePosixPath(row["image_file_path"]).parts[0]
    mask = PurePosixPath(row["ROI_mask_file_path"]).parts
    view = f"{row['patient_id']}_{row['left_or_right_breast']}_{row['image_view']}"
    if row["abnormality_type"] == "mass":
        words = f"MASS SHAPE {row['mass_shape'] or 'N/A'} MARGINS {row['mass_margins'] or 'N/A'}"
    else:
        words = f"CALCIFICATION TYPE {row['calc_type'] or 'N/A'} DISTRIBUTION {row['calc_distribution'] or 'N/A'}"
    return CbisLesion(
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
