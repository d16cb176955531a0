"""Drawings, masks and previews beside mammograms are no scans; mammograms that are called like them are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage.draw import polygon2mask

from mammoview.cli.command_line import main
from mammoview.core.errors import SidecarError
from mammoview.formats.datasets.cbis_masks import outlines_of_mask
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import Outline
from tests.support.dicom_files import dataset, film, write


def grey(rows: int = 300, columns: int = 200) -> NDArray[np.uint8]:
    """Return a mammogram."""
    return (film(rows, columns, (0.8, 0.8)) / 12).astype(np.uint8)


def ring(rows: int = 300, columns: int = 200) -> NDArray[np.uint8]:
    """Return a closed line with a gap of two pixels, white on black."""
    y, x = np.mgrid[:rows, :columns]
    distance = np.hypot(y - rows / 2, x - columns / 2)
    drawn = (distance < columns / 5) & (distance > columns / 5 - 1.5)
    drawn[rows // 2 : rows // 2 + 2] &= x[0] < columns / 2
    return drawn.astype(np.uint8) * 255


def disc(rows: int = 300, columns: int = 200) -> NDArray[np.uint8]:
    """Return what the ring encloses."""
    y, x = np.mgrid[:rows, :columns]
    return (np.hypot(y - rows / 2, x - columns / 2) < columns / 5).astype(np.uint8) * 255


def labels() -> NDArray[np.uint8]:
    """Return a label image: background, fat, tissue, muscle."""
    made = np.full((300, 200), 64, np.uint8)
    made[50:250, :150], made[100:200, :100], made[:100, :40] = 128, 192, 255
    return made


def save(path: Path, pixels: NDArray[np.generic]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **({"quality": 90} if path.suffix == ".jpg" else {}))
    return path


def overlap(outlines: tuple[Outline, ...], truth: NDArray[np.bool_]) -> float:
    found = np.zeros_like(truth)
    for outline in outlines:
        found |= polygon2mask(truth.shape, outline.points[:, ::-1] - 0.5)
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize(
    "name",
    ["p1_L_CC_Mask.jpg", "p1_L_CC_MASK2.jpg", "p1_L_CC_mask.png", "p1_L_CC-roi1.png", "Mask_p1_L_CC.tif",
     "p1_L_CC.Segmentation.png", "masks/p1_L_CC.png", "p1_L_CC_gt.pgm", "p1_L_CC_contours.png"],
)  # fmt: skip
@pytest.mark.parametrize("drawn", [ring, disc, labels], ids=lambda made: made.__name__)
def test_drawings_masks_and_labels_are_listed_and_no_scans(tmp_path: Path, name: str, drawn) -> None:
    save(tmp_path / "p1_L_CC.png", grey())
    if name.endswith("jpg") and drawn is labels:
        name = name.replace("jpg", "png")  # Labels stored as JPEG are lost.
    file = save(tmp_path / name, drawn())
    (study,) = open_study(tmp_path)
    assert [scan.path.name for scan in study.scans] == ["p1_L_CC.png"]
    assert study.outside == [f"left out, as drawings, masks or previews: {file}"]
    with pytest.raises(SidecarError, match="it is a drawing or mask, not a mammogram"):
        open_study(file)


def test_a_mammogram_that_is_called_a_mask_opens(tmp_path: Path) -> None:
    for name in ("p1_L_CC_mask.png", "p1_R_CC_Mask.jpg", "roi_R_MLO.png"):
        save(tmp_path / name, grey())
    save(tmp_path / "masks" / "p2_L_CC.png", grey())
    names = {scan.path.name for study in open_study(tmp_path) for scan in study.scans}
    assert names == {"p1_L_CC_mask.png", "p1_R_CC_Mask.jpg", "roi_R_MLO.png", "p2_L_CC.png"}


def test_a_picture_of_two_values_that_nothing_calls_a_mask_opens(tmp_path: Path) -> None:
    assert len(open_study(save(tmp_path / "p1_L_CC.png", disc()))[0].scans) == 1


@pytest.mark.parametrize("drawn", [ring, disc, lambda: 255 - ring()], ids=["line", "region", "dark line"])
@pytest.mark.parametrize("scale", [1, 2])
def test_what_a_drawing_encloses_is_an_outline_where_there_is_none(tmp_path: Path, drawn, scale: int) -> None:
    save(tmp_path / "p1_L_CC.png", grey(300 * scale, 200 * scale))
    save(tmp_path / "p1_L_CC_Mask.jpg", drawn())
    (scan,) = open_study(tmp_path)[0].scans
    (outline,) = scan.outlines
    assert outline.source == "traced from p1_L_CC_Mask.jpg"
    assert overlap(scan.outlines, disc(300 * scale, 200 * scale) > 0) > 0.93


def test_outlines_that_lie_beside_a_picture_come_first_and_masks_of_the_breast_are_none(tmp_path: Path) -> None:
    save(tmp_path / "p1_L_CC.png", grey())
    save(tmp_path / "p1_L_CC_Mask.png", disc())
    (tmp_path / "p1_L_CC.outlines.json").write_text(
        '{"mammoview_outlines": 1, "outlines": [{"kind": "box", "box": [10, 20, 30, 40]}]}'
    )
    save(tmp_path / "p1_R_CC.png", grey())
    save(tmp_path / "p1_R_CC_Mask.png", (grey() > 40).astype(np.uint8) * 255)
    save(tmp_path / "p1_R_MLO.png", grey())
    save(tmp_path / "p1_R_MLO_Mask.png", disc(200, 200))
    by_name = {scan.name: scan.outlines for scan in open_study(tmp_path)[0].scans}
    assert [o.kind.value for o in by_name["L CC"]] == ["box"] and by_name["R CC"] == by_name["R MLO"] == ()


def test_a_slanting_line_in_a_mask_encloses_nothing() -> None:
    assert outlines_of_mask(np.eye(40, dtype=bool)) == []


def test_previews_of_a_dicom_file_are_no_second_study(tmp_path: Path) -> None:
    pixels = film(400, 300).astype(np.uint16)
    write(tmp_path / "1-280.dcm", dataset(pixels, ImageLaterality="L"))
    write(tmp_path / "IM2", dataset(pixels, ImageLaterality="R"))
    small = (pixels[::4, ::4] / 12).astype(np.uint8)
    previews = [save(tmp_path / name, small) for name in ("1-280.dcm.jpg", "1-280.jpg", "IM2.png")]
    other = save(tmp_path / "1-281.jpg", small)
    square = save(tmp_path / "sub" / "1-280.png", small[:60, :60])
    write(tmp_path / "sub" / "1-280.dcm", dataset(pixels, ImageLaterality="R", ViewPosition="MLO"))
    studies = open_study(tmp_path)
    found = {scan.path for study in studies for scan in study.scans}
    assert not found & set(previews) and {other, square, tmp_path / "1-280.dcm", tmp_path / "IM2"} <= found
    assert [line.count("1-280") + line.count("IM2") for line in studies[0].outside] == [3]
    # Asked for by itself it opens.
    assert open_study(previews[0])[0].scans[0].path == previews[0]


def test_drawings_are_no_failures_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "in" / "p1_L_CC.png", grey())
    save(tmp_path / "in" / "p1_L_CC_Mask.png", disc())
    save(tmp_path / "in" / "TAPE_p1.COMB.png", grey())
    assert main(["export", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--layers", ""]) == 0
    assert [file.name.partition("-")[0] for file in (tmp_path / "out").iterdir()] == ["p1_L_CC"]
    assert "failed" not in capsys.readouterr().err


def test_drawings_in_a_zip(tmp_path: Path) -> None:
    save(tmp_path / "in" / "p1_L_CC.png", grey())
    save(tmp_path / "in" / "p1_L_CC_Mask.png", disc())
    zipped = Path(shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "in"))
    (study,) = open_study(zipped)
    assert len(study.scans) == 1 and len(study.scans[0].outlines) == 1
    assert study.outside == [f"left out, as drawings, masks or previews: {zipped / 'p1_L_CC_Mask.png'}"]


def test_real_drawings_of_ddsm(shared_data: Path, tmp_path: Path) -> None:
    """They are no second study, and enclose what the outline files do."""
    for case in sorted((shared_data / "ddsm_100um").iterdir()):
        (study,) = open_study(case)
        assert len(study.scans) == 4
        drawings = sorted(case.glob("*_Mask.jpg"))
        assert study.outside == [f"left out, as drawings, masks or previews: {', '.join(map(str, drawings))}"]
        alone = tmp_path / case.name
        shutil.copytree(case, alone, ignore=shutil.ignore_patterns("*.OVERLAY"))
        truth = {scan.name: scan for scan in study.scans if scan.outlines}
        traced = {scan.name: scan for scan in open_study(alone)[0].scans if scan.outlines}
        assert truth.keys() == traced.keys() and len(truth) == len(drawings)
        for name, scan in truth.items():
            filled = np.zeros((scan.rows, scan.columns), bool)
            for outline in scan.outlines:
                filled |= polygon2mask(filled.shape, outline.points[:, ::-1] - 0.5)
            assert overlap(traced[name].outlines, filled) > 0.97, (case.name, name)
