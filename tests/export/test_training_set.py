"""Training sets of chosen pictures."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import CancelledError
from mammoview.export.training_set import write_training_set
from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import box
from tests.formats.datasets.test_ddsm import case, lossless
from tests.formats.datasets.test_mini_mias import folder as mini_mias
from tests.support.dicom_files import write
from tests.support.ljpeg_encoder import film
from tests.support.phantoms import breast_pixels


def test_a_training_set_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for side in "LR":
        for view in ("CC", "MLO"):
            file = tmp_path / "in" / f"{side}{view}.dcm"
            write(file, pixels=breast_pixels(), ImageLaterality=side, ViewPosition=view, PixelSpacing=[0.2, 0.2])
    (study,) = open_study(tmp_path / "in")
    scans = {str(number): (study, scan) for number, scan in enumerate(study.scans)}
    seen: list[int] = []

    def check() -> None:
        seen.append(len(list(tmp_path.joinpath("set").glob("*.dcm"))))
        if len(seen) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        write_training_set(tmp_path / "set", scans, check)
    assert seen == [0, 1, 2] and not list((tmp_path / "set").iterdir())


@pytest.mark.parametrize("data_set", ["DDSM", "mini-MIAS"])
def test_pictures_of_known_data_sets_are_converted_with_their_outlines_and_spacing(
    data_set: str, tmp_path: Path
) -> None:
    if data_set == "DDSM":
        data = case(tmp_path / "case")
        lossless(data, "LEFT_MLO", film(400, 320, 12).astype(np.uint16))
    else:
        data = mini_mias(tmp_path / "mias", (1,))
    study, scan = next((study, scan) for study in open_study(data) for scan in study.scans if scan.outlines)
    done = write_training_set(tmp_path / "set", {"view": (study, scan)}, lambda: None)
    assert (done.pictures, done.left_out) == (1, 0)
    ((copied,),) = ((*found.scans,) for found in open_study(tmp_path / "set"))
    assert (copied.opened_pixels() == scan.opened_pixels()).all()
    assert (copied.spacing.row_mm, copied.spacing.column_mm) == (scan.spacing.row_mm, scan.spacing.column_mm)
    assert (copied.laterality, copied.projection) == (scan.laterality, scan.projection)
    assert [(o.kind, o.pathology, o.lesion_type) for o in copied.outlines] == [
        (o.kind, o.pathology, o.lesion_type) for o in scan.outlines
    ]
    assert np.allclose(copied.outlines[0].points, scan.outlines[0].points, atol=0.02)


def test_pictures_without_spacing_are_left_out(tmp_path: Path) -> None:
    data = mini_mias(tmp_path / "mias", (1,), size=512)
    study, scan = next((study, scan) for study in open_study(data) for scan in study.scans)
    assert not scan.spacing.known
    done = write_training_set(tmp_path / "set", {"view": (study, scan)}, lambda: None)
    assert (done.pictures, done.left_out) == (0, 1)
    assert not list((tmp_path / "set").glob("*.dcm"))


def test_dicom_files_are_copied_out_of_a_zip_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    files = [tmp_path / "in" / f"{view}.dcm" for view in ("CC", "MLO")]
    for top, file in zip((4000, 4001), files, strict=True):
        write(file, pixels=breast_pixels(top=top), ImageLaterality="L", ViewPosition=file.stem, PixelSpacing=[0.2, 0.2])
    write_outlines(own_file(files[0]), [box(40, 230, 160, 340, pathology="MALIGNANT")])
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "in").iterdir():
            archive.write(file, f"case/{file.name}")
    (study,) = open_study(tmp_path / "packed.zip")
    done = write_training_set(tmp_path / "set", {scan.name: (study, scan) for scan in study.scans}, lambda: None)
    assert (done.pictures, done.left_out) == (2, 0)
    for file in files:
        assert (tmp_path / "set" / f"L {file.stem}.dcm").read_bytes() == file.read_bytes()
    outlines = {found.scans[0].name: found.scans[0].outlines for found in open_study(tmp_path / "set" / "L CC.dcm")}
    assert [outline.pathology for outline in outlines["L CC"]] == ["MALIGNANT"]
