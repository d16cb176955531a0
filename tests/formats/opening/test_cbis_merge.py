"""CBIS-DDSM as the archive lays it out: real views, with masks and tables made to its form."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from mammoview.core.errors import NotAMammogramError
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import OutlineKind
from tests.formats.datasets.test_cbis import write_mask

COLUMNS = (
    "patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,mass margins,"
    "assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path"
)


def blob(rows: int, columns: int) -> NDArray[np.bool_]:
    """Return a lesion of odd form in a mask of that size."""
    y, x = np.mgrid[:rows, :columns] + 0.5
    row, column = rows * 0.4, columns * 0.45
    angle = np.arctan2(y - row, x - column)
    return np.hypot(y - row, x - column) < 90 + 25 * np.sin(5 * angle)


def write_lesion_file(file: Path, name: str, pixels: NDArray[np.uint8]) -> None:
    file.unlink(missing_ok=True)
    write_mask(file, pixels)
    header = pydicom.dcmread(file)
    header.PatientID, header.StudyInstanceUID, header.SeriesDescription = name, "1.2.3", "ROI mask images"
    header.save_as(file)


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the archive, made of links, for a test to spoil."""
    return shutil.copytree(made, tmp_path / "archive", copy_function=os.symlink)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """The four views of one woman: each a folder of its own, and per abnormality a mask and a crop in turned names."""
    root = tmp_path_factory.mktemp("archive")
    lines = [COLUMNS]
    for source in sorted((samples / "sfm-malign-0").glob("*.dcm")):
        header = pydicom.dcmread(source, stop_before_pixels=True)
        name = str(header.PatientID)
        side, projection = name.split("_")[-2:]
        folder = root / "CBIS-DDSM" / name / "study" / "1.000000-full mammogram images-1"
        folder.mkdir(parents=True)
        (folder / "1-1.dcm").symlink_to(source)
        mask = blob(header.Rows, header.Columns)
        lesion = root / "CBIS-DDSM" / f"{name}_1" / "study" / "1.000000-ROI mask images-1"
        crop = np.random.default_rng(1).integers(0, 255, (300, 280)).astype(np.uint8)
        # The series text distinguishes the two no better than the order of the files.
        write_lesion_file(lesion / "1-1.dcm", f"{name}_1", mask.astype(np.uint8) * 255)
        write_lesion_file(lesion / "1-2.dcm", f"{name}_1", crop)
        lines.append(
            f"P_00820,3,{side},{projection},1,mass,IRREGULAR,SPICULATED,5,MALIGNANT,4,{name}/1/2/000000.dcm,"
            f"{name}_1/1/2/000000.dcm,{name}_1/1/2/000001.dcm"
        )
    (root / "mass_case_description_test_set.csv").write_text("\n".join(lines))
    return root


def test_an_archive_opens_as_the_study_of_one_woman(archive: Path) -> None:
    (study,) = open_study(archive)
    assert study.patient == "P_00820" and study.outside == []
    assert [scan.name for scan in study.scans] == ["R CC", "L CC", "R MLO", "L MLO"]
    for scan in study.scans:
        (outline,) = scan.outlines
        assert outline.kind is OutlineKind.BOUNDARY
        assert (outline.pathology, outline.assessment, outline.subtlety) == ("MALIGNANT", 5, 4)
        assert outline.lesion_type == "MASS SHAPE IRREGULAR MARGINS SPICULATED"
        assert scan.facts["density"] == "3" and "SPICULATED MALIGNANT" in scan.facts["findings"]
    scan = study.scans[0]
    mask = blob(scan.rows, scan.columns)
    again = polygon2mask(mask.shape, scan.outlines[0].points[:, ::-1] - 0.5)
    assert (again != mask).sum() < 0.01 * mask.sum()


def test_a_view_opened_alone_gets_the_tables_and_masks_of_its_archive(archive: Path) -> None:
    view = archive / "CBIS-DDSM" / "Mass-Test_P_00820_LEFT_CC"
    for path in (view, next(view.rglob("*.dcm"))):
        (study,) = open_study(path)
        (scan,) = study.scans
        assert study.outside == [] and scan.facts["density"] == "3"
        (outline,) = scan.outlines
        assert (outline.kind, outline.pathology) == (OutlineKind.BOUNDARY, "MALIGNANT")


def test_boxes_stay_where_there_are_no_masks(archive: Path) -> None:
    shutil.rmtree(archive / "CBIS-DDSM" / "Mass-Test_P_00820_LEFT_CC_1")
    (scan,) = open_study(archive / "CBIS-DDSM" / "Mass-Test_P_00820_LEFT_CC")[0].scans
    assert [o.kind for o in scan.outlines] == [OutlineKind.BOX]


def test_a_mask_that_does_not_fit_is_told_by_name(archive: Path) -> None:
    name = "Mass-Test_P_00820_LEFT_CC_1"
    (file,) = (archive / "CBIS-DDSM" / name).rglob("1-1.dcm")
    write_lesion_file(file, name, blob(3000, 2000).astype(np.uint8) * 255)
    scan = open_study(archive)[0].scans[1]
    assert any(f"no mask of {name} is used: a mask of 2000 x 3000 does not fit" in w for w in scan.warnings)
    assert [o.kind for o in scan.outlines] == [OutlineKind.BOX]


def test_masks_alone_are_no_mammograms(archive: Path) -> None:
    folder = archive / "CBIS-DDSM" / "Mass-Test_P_00820_LEFT_CC_1"
    with pytest.raises(NotAMammogramError, match="mask or crop of a lesion"):
        open_study(folder)
    with pytest.raises(NotAMammogramError, match="mask or crop of a lesion"):
        open_study(next(folder.rglob("1-1.dcm")))


def test_a_damaged_table_is_one_line(archive: Path) -> None:
    (archive / "mass_case_description_test_set.csv").unlink()
    (archive / "mass_case_description_test_set.csv").write_text("a,b\n1,2\n")
    (study,) = open_study(archive)
    assert len(study.scans) == 4
    (line,) = study.outside
    assert "mass_case_description_test_set.csv: this is no case description" in line


def test_the_real_tables_name_the_sample_views(shared_data: Path, samples: Path, tmp_path: Path) -> None:
    shutil.copyfile(samples / "sfm-malign-0" / "1-280.dcm", tmp_path / "view.dcm")
    for table in (shared_data / "cbis").glob("*.csv"):
        shutil.copyfile(table, tmp_path / table.name)
    (study,) = open_study(tmp_path)
    assert study.scans[0].facts["findings"] == "MASS SHAPE IRREGULAR MARGINS SPICULATED MALIGNANT"
    boxes = json.loads((shared_data / "cbis" / "boxes.json").read_text())
    assert study.scans[0].facts["density"] == "3" and any(b["patient_id"].endswith("P_00820_LEFT_CC") for b in boxes)
