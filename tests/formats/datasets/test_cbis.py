"""CBIS-DDSM's masks and tables: distinguished by content, traced to the pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid
from skimage.draw import polygon2mask

from mammoview.core.errors import UnreadableError
from mammoview.formats.datasets.cbis_masks import is_mask, outlines_of_mask, read_masks
from mammoview.formats.datasets.cbis_tables import case_table

HEADER = (
    "patient_id,breast_density,left or right breast,image view,abnormality id,abnormality type,mass shape,mass margins,"
    "assessment,pathology,subtlety,image file path,cropped image file path,ROI mask file path\n"
)
LINE = (
    "P_00001,3,LEFT,CC,1,mass,IRREGULAR,SPICULATED,4,MALIGNANT,4,Mass-Training_P_00001_LEFT_CC/1.2/1.3/000000.dcm,"
    'Mass-Training_P_00001_LEFT_CC_1/1.4/1.5/000000.dcm,"Mass-Training_P_00001_LEFT_CC_1/1.4/1.5/000001.dcm\n"\n'
)


def write_mask(file: Path, pixels: np.ndarray) -> None:
    """Write an 8-bit picture as the archive does."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    ds = FileDataset(str(file), {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.PhotometricInterpretation, ds.SamplesPerPixel = "MG", "MONOCHROME2", 1
    ds.Rows, ds.Columns = pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = pixels.astype(np.uint8).tobytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(file, ds, enforce_file_format=True)


def test_a_table_tells_lesions_and_their_folders(tmp_path: Path) -> None:
    file = tmp_path / "mass_case_description_train_set.csv"
    file.write_text(HEADER + LINE)
    (lesion,) = case_table(file)
    assert (lesion.patient, lesion.view, lesion.official) == ("P_00001", "P_00001_LEFT_CC", "training")
    assert lesion.folder == "Mass-Training_P_00001_LEFT_CC"
    assert lesion.mask_folder == "Mass-Training_P_00001_LEFT_CC_1"
    assert lesion.lesion_type == "MASS SHAPE IRREGULAR MARGINS SPICULATED"
    assert (lesion.pathology, lesion.assessment, lesion.subtlety) == ("MALIGNANT", 4, 4)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", HEADER + LINE.replace(",4,MALIGNANT", ",four,MALIGNANT")])
def test_other_tables_are_refused_by_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mass.csv"
    file.write_text(text)
    if not text:
        assert case_table(file) == []
        return
    with pytest.raises(UnreadableError, match=r"mass\.csv"):
        case_table(file)


def test_the_four_real_tables_are_read() -> None:
    folder = Path(__file__).parents[4] / "shared" / "data" / "cbis"
    if not folder.is_dir():
        pytest.skip("the CBIS-DDSM tables lie in ../shared/data, which is absent")
    lesions = [x for f in sorted(folder.glob("*_case_description_*.csv")) for x in case_table(f)]
    assert len(lesions) == 378 + 1318 + 326 + 1546  # as counted in Lee et al. 2017 and the archive's tables
    assert {x.official for x in lesions} == {"training", "test"}
    assert {x.lesion_type.split()[0] for x in lesions} == {"MASS", "CALCIFICATION"}


def test_masks_are_reported_from_crops_by_size_and_content(tmp_path: Path) -> None:
    mask = np.zeros((200, 120), np.uint8)
    mask[50:90, 30:60] = 255
    crop = np.random.default_rng(0).integers(0, 255, (60, 50)).astype(np.uint8)
    write_mask(tmp_path / "000000.dcm", crop)
    write_mask(tmp_path / "000001.dcm", mask)
    (tmp_path / "000002.dcm").write_bytes(b"no DICOM")
    found = read_masks(sorted(tmp_path.glob("*.dcm")), 200, 120)
    assert len(found.whole) == 1
    np.testing.assert_array_equal(found.whole[0], mask > 0)
    assert found.crops == 1
    other = read_masks([tmp_path / "000001.dcm"], 400, 240)
    assert not other.whole
    assert "does not fit" in other.why


def test_what_is_a_mask() -> None:
    assert is_mask(np.array([[0, 255], [255, 0]]))
    assert not is_mask(np.zeros((3, 3)))
    assert not is_mask(np.array([[0, 1], [2, 0]]))
    assert not is_mask(np.zeros((0, 0)))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(10, 60),
    st.integers(10, 60),
    st.integers(4, 25),
    st.integers(4, 25),
    st.integers(0, 2**16),
    st.booleans(),
)
def test_a_traced_mask_covers_the_same_pixels(
    row: int, column: int, height: int, width: int, seed: int, ellipse: bool
) -> None:
    """Filled again, the polygon gives back the mask: to the pixel for boxes, within the staircase for ellipses."""
    mask = np.zeros((100, 110), bool)
    y, x = np.mgrid[:100, :110] + 0.5
    if ellipse:
        mask = ((y - row) / height) ** 2 + ((x - column) / width) ** 2 <= 1
    else:
        mask[row : row + height, column : column + width] = True
    (outline,) = outlines_of_mask(mask)
    again = polygon2mask(mask.shape, np.asarray(outline.points)[:, ::-1] - 0.5)
    border = mask.sum() ** 0.5 * 4
    assert np.logical_xor(again, mask).sum() <= (0.35 * border if ellipse else border * 0.5 + 4)
    left, top, right, bottom = outline.box
    rows, columns = np.nonzero(mask)
    assert abs(left - columns.min()) <= 1
    assert abs(right - columns.max() - 1) <= 1
    assert abs(top - rows.min()) <= 1
    assert abs(bottom - rows.max() - 1) <= 1


def test_two_regions_are_two_outlines_and_specks_are_none() -> None:
    mask = np.zeros((60, 60), bool)
    mask[5:20, 5:20] = mask[30:50, 30:50] = True
    mask[55, 55] = True
    assert len(outlines_of_mask(mask)) == 2
