"""All grey attributes of a header are read, and those that cannot be used are reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

import mammoview
from mammoview.anatomy.intensity import tissue_bright
from mammoview.display.rendering import presets, render
from mammoview.formats.dicom.dicom_reader import read_dicom
from mammoview.study.grey_pipeline import GreyPipeline, VoiFunction, VoiWindow
from tests.support.dicom_encoding import encoded, tissue
from tests.support.dicom_files import PROCESSING, dataset, item, ramp, write
from tests.support.phantoms import breast_pixels


def grey_of(folder: Path, **attributes: Any) -> tuple[GreyPipeline, list[str]]:
    """Write a mammogram with these attributes; return its grey and its warnings."""
    scan = read_dicom(write(folder / "a.dcm", **attributes)).scan
    return scan.grey, scan.warnings


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME1", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "NONSENSE", True),
    ],
)
def test_the_shape_wins_over_the_photometric_name(
    tmp_path: Path, photometric: str, shape: str | None, inverted: bool
) -> None:
    grey, _ = grey_of(tmp_path, PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    assert grey.inverted is inverted


def test_all_windows_with_names_and_function(tmp_path: Path) -> None:
    grey, warnings = grey_of(
        tmp_path,
        WindowCenter=[2000, 1800, 100.5],
        WindowWidth=[1000, 600, 0.5],
        WindowCenterWidthExplanation=["NORMAL", "HARDER", "THIN"],
        VOILUTFunction="SIGMOID",
    )
    assert grey.windows == (
        VoiWindow(2000, 1000, "NORMAL", VoiFunction.SIGMOID),
        VoiWindow(1800, 600, "HARDER", VoiFunction.SIGMOID),
        VoiWindow(100.5, 0.5, "THIN", VoiFunction.SIGMOID),
    )
    assert not any("window" in w for w in warnings)


@pytest.mark.parametrize(
    ("function", "width", "kept"),
    [
        (None, 0.5, False),
        ("LINEAR", 1, True),
        ("LINEAR_EXACT", 0.5, True),
        ("LINEAR_EXACT", 0, False),
        ("SIGMOID", -3, False),
    ],
)
def test_impossible_widths_are_left_out(tmp_path: Path, function: str | None, width: float, kept: bool) -> None:
    grey, warnings = grey_of(tmp_path, WindowCenter=50, WindowWidth=width, VOILUTFunction=function)
    assert bool(grey.windows) is kept
    assert any("not possible" in w for w in warnings) is not kept


def test_windows_without_partner(tmp_path: Path) -> None:
    grey, warnings = grey_of(tmp_path, WindowCenter=[50, 60], WindowWidth=10, VOILUTFunction="CUBIC")
    assert [w.center for w in grey.windows] == [50] and grey.windows[0].function is VoiFunction.LINEAR
    assert any("do not fit together" in w for w in warnings) and any("CUBIC" in w for w in warnings)


def lut(values: np.ndarray, first: int = 0, bits: int = 12, kind: str = "US", name: str = "LUT") -> Any:
    """Return a LUT item, its data as OW or US."""
    made = item(LUTDescriptor=[len(values) % 65536, first, bits], LUTExplanation=name)
    made.add_new("LUTData", kind, values.astype("<u2").tobytes() if kind == "OW" else values.tolist())
    return made


@pytest.mark.parametrize("kind", ["US", "OW"])
def test_all_voi_tables(tmp_path: Path, kind: str) -> None:
    rising, falling = np.arange(4096), np.arange(4095, -1, -1)
    tables = Sequence([lut(rising, kind=kind, name="SOFT"), lut(falling, 100, kind=kind, name="HARD")])
    grey, warnings = grey_of(tmp_path, VOILUTSequence=tables)
    assert [(t.name, t.first, t.bits) for t in grey.tables] == [("SOFT", 0, 12), ("HARD", 100, 12)]
    np.testing.assert_array_equal(grey.tables[0].values, rising)
    np.testing.assert_array_equal(grey.tables[1].values, falling)
    assert not any("table" in w for w in warnings)


def test_full_length_table_and_signed_start(tmp_path: Path) -> None:
    made = lut(np.arange(65536), first=0, bits=16, kind="OW")
    grey, _ = grey_of(tmp_path, VOILUTSequence=Sequence([made]))
    assert len(grey.tables[0].values) == 65536 and grey.tables[0].first == 0


@pytest.mark.parametrize(("kind", "first"), [("SS", -100), ("US", 65436)])
def test_tables_of_signed_pixels_may_start_below_zero(tmp_path: Path, kind: str, first: int) -> None:
    made = item()
    made.add_new("LUTDescriptor", kind, [256, first, 12])
    made.add_new("LUTData", "US", list(range(256)))
    grey, _ = grey_of(tmp_path, pixels=ramp().astype(np.int16), VOILUTSequence=Sequence([made]))
    assert grey.tables[0].first == -100 and grey.signed


def test_packed_8_bit_table(tmp_path: Path) -> None:
    made = item(LUTDescriptor=[256, 0, 8])
    made.add_new("LUTData", "OW", bytes(range(256)))
    grey, _ = grey_of(tmp_path, VOILUTSequence=Sequence([made]))
    np.testing.assert_array_equal(grey.tables[0].values, np.arange(256))


@pytest.mark.parametrize("count", [256, 255])
def test_packed_8_bit_table_as_words(tmp_path: Path, count: int) -> None:
    made = item(LUTDescriptor=[count, 0, 8])
    entries = np.append(np.arange(count, dtype=np.uint8), np.zeros(count % 2, np.uint8))
    made.add_new("LUTData", "US", entries.view("<u2").tolist())
    grey, _ = grey_of(tmp_path, VOILUTSequence=Sequence([made]))
    np.testing.assert_array_equal(grey.tables[0].values, np.arange(count))


@pytest.mark.parametrize("count", [65535, 65536, 40000])
def test_long_tables_in_implicit_vr(tmp_path: Path, count: int) -> None:
    """Implicit VR does not distinguish US from OW and SS, so that pydicom guesses them from other attributes."""
    whole = dataset(ramp().astype(np.int16), VOILUTSequence=Sequence([lut(np.arange(count), bits=16)]))
    whole.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    grey = read_dicom(write(tmp_path / "a.dcm", whole)).scan.grey
    np.testing.assert_array_equal(grey.tables[0].values, np.arange(count))


def test_a_presentation_table_is_the_last_word(tmp_path: Path) -> None:
    """PS3.3 C.11.6: it takes the VOI's output to P-values, and the photometric name has no say any more."""
    made = item(LUTDescriptor=[2, 0, 8])
    made.add_new("LUTData", "OW", b"\xff\x00")
    whole = {"WindowCenter": 2048, "WindowWidth": 4096, "PresentationLUTSequence": Sequence([made])}
    scan = read_dicom(write(tmp_path / "a.dcm", PhotometricInterpretation="MONOCHROME1", **whole)).scan
    assert mammoview.render(scan)[0, 0] == 255 and mammoview.render(scan)[-1, -1] == 0


def test_big_endian_table(tmp_path: Path) -> None:
    made = item(LUTDescriptor=[300, 0, 16])
    made.add_new("LUTData", "OW", np.arange(300, dtype=">u2").tobytes())
    whole = dataset(ramp().astype(">u2"), VOILUTSequence=Sequence([made]))
    whole.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    scan = read_dicom(write(tmp_path / "a.dcm", whole)).scan
    np.testing.assert_array_equal(scan.grey.tables[0].values, np.arange(300))
    np.testing.assert_array_equal(scan.pixels, ramp())


def test_bits_that_lie_are_seen_through(tmp_path: Path) -> None:
    grey, _ = grey_of(tmp_path, VOILUTSequence=Sequence([lut(np.arange(4096), bits=8)]))
    assert grey.tables[0].bits == 12


@pytest.mark.parametrize("kind", ["US", "OW"])
def test_short_table_is_left_out(tmp_path: Path, kind: str) -> None:
    made = lut(np.arange(50), kind=kind)
    made.LUTDescriptor = [4096, 0, 12]
    grey, warnings = grey_of(tmp_path, VOILUTSequence=Sequence([made, lut(np.arange(60))]))
    assert len(grey.tables) == 1 and any("VOILUTSequence is malformed" in w for w in warnings)


def test_modality(tmp_path: Path) -> None:
    grey, _ = grey_of(tmp_path, RescaleSlope=2.5, RescaleIntercept=-100)
    assert (grey.slope, grey.intercept, grey.modality_lut) == (2.5, -100, None)
    grey, _ = grey_of(tmp_path, ModalityLUTSequence=Sequence([lut(np.arange(4096)[::-1], name="OD")]))
    assert grey.modality_lut is not None and grey.modality_lut.values[0] == 4095


@pytest.mark.parametrize(("slope", "intercept"), [(0, 0), ("1E300", 0), ("1E-30", 5), (2, "-1E200"), (2, "much")])
def test_an_absurd_rescale_is_reported_and_not_used(tmp_path: Path, slope: object, intercept: object) -> None:
    whole = dataset(WindowCenter=2048, WindowWidth=4096)
    for keyword, value in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
        whole[keyword] = DataElement(keyword, "LO", str(value))
        whole[keyword].VR = "DS"
    scan = read_dicom(write(tmp_path / "a.dcm", whole)).scan
    assert (scan.grey.slope, scan.grey.intercept) == (1, 0)
    assert any("the rescale" in w for w in scan.warnings)
    assert np.ptp(mammoview.render(scan)) == 255


@pytest.mark.parametrize(
    ("kind", "value", "limit", "want"),
    [
        ("u2", 0, None, (0, 0)),
        ("u2", 4095, 4000, (4000, 4095)),
        ("i2", -2000, -1000, (-2000, -1000)),
        ("u2", None, None, None),
    ],
)
def test_padding(tmp_path: Path, kind: str, value: int | None, limit: int | None, want: tuple[int, int] | None) -> None:
    grey, _ = grey_of(tmp_path, pixels=ramp().astype(kind), PixelPaddingValue=value, PixelPaddingRangeLimit=limit)
    assert grey.padding == want


def test_padding_with_the_wrong_sign(tmp_path: Path) -> None:
    whole = dataset(ramp().astype("i2"))
    whole.add_new("PixelPaddingValue", "US", 65535)
    assert read_dicom(write(tmp_path / "a.dcm", whole)).scan.grey.padding == (-1, -1)


@pytest.mark.parametrize(
    ("attributes", "want"),
    [
        ({"SOPClassUID": PROCESSING}, True),
        ({"PresentationIntentType": "FOR PROCESSING"}, True),
        ({"SOPClassUID": PROCESSING, "PresentationIntentType": "FOR PRESENTATION"}, False),
        ({}, False),
    ],
)
def test_for_processing(tmp_path: Path, attributes: dict[str, Any], want: bool) -> None:
    grey, warnings = grey_of(tmp_path, **attributes)
    assert grey.for_processing is want
    assert any("FOR PROCESSING" in w for w in warnings) is want


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(
    ("relationship", "sign", "slope", "exposures"),
    [("LIN", 1, 1, True), (None, None, 1, True), ("LOG", 1, 1, False), ("LOG", -1, 1, False), ("LOG", 1, -1, False)],
)
def test_for_processing_is_tissue_bright_whatever_its_values_mean(
    tmp_path: Path, photometric: str, relationship: str | None, sign: int | None, slope: int, exposures: bool
) -> None:
    pixels = breast_pixels()
    if sign != -1:
        pixels = (np.exp(pixels / -1000.0) * 12000).astype(np.uint16) if exposures else 4095 - pixels
    made = dataset(
        pixels,
        SOPClassUID=PROCESSING,
        PhotometricInterpretation=photometric,
        PixelIntensityRelationship=relationship,
        PixelIntensityRelationshipSign=sign,
        RescaleSlope=slope,
        BitsStored=16,
        HighBit=15,
    )
    scan = read_dicom(write(tmp_path / "a.dcm", made)).scan
    assert scan.grey.exposures is exposures
    assert presets(scan) == ("automatic, logarithmic" if exposures else "automatic",)
    assert render(scan)[280:320, 5:40].mean() > 200 and render(scan)[:40, 320:].mean() < 20
    bright = tissue_bright(scan.pixels, scan.grey)
    assert bright[280:320, 5:40].mean() > bright[:40, 320:].mean()


def test_functional_groups_speak_where_the_header_is_silent(tmp_path: Path) -> None:
    group = item(
        FrameVOILUTSequence=Sequence([item(WindowCenter=500, WindowWidth=200, WindowCenterWidthExplanation="TOMO")]),
        PixelValueTransformationSequence=Sequence([item(RescaleSlope=3, RescaleIntercept=-7)]),
    )
    grey, _ = grey_of(tmp_path, SharedFunctionalGroupsSequence=Sequence([group]))
    assert grey.windows == (VoiWindow(500, 200, "TOMO"),) and (grey.slope, grey.intercept) == (3, -7)


def frames_with(*windows: tuple[float, float] | None) -> Dataset:
    """Return a tomosynthesis whose frames have these windows."""
    groups = [
        item() if w is None else item(FrameVOILUTSequence=Sequence([item(WindowCenter=w[0], WindowWidth=w[1])]))
        for w in windows
    ]
    return encoded(
        ExplicitVRLittleEndian,
        tissue(len(windows), 60, 50, 12),
        12,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.13.1.3",
        PerFrameFunctionalGroupsSequence=Sequence(groups),
    )


def test_each_frame_has_its_own_window(tmp_path: Path) -> None:
    wanted = [(500, 200), (1500, 300), (2500, 400)]
    scan = read_dicom(write(tmp_path / "a.dcm", frames_with(*wanted))).scan
    assert scan.frame == 1 and scan.grey.windows == (VoiWindow(1500, 300),)
    first = scan.still()
    for frame, (center, width) in enumerate(wanted):
        scan.show_frame(frame)
        assert scan.grey.windows == (VoiWindow(center, width),)
        values = scan.pixels.astype(float)
        expected = np.clip((values - center + 0.5) / (width - 1) + 0.5, 0, 1) * 255
        assert np.abs(render(scan) - expected).max() <= 1
    assert first.grey.windows == (VoiWindow(1500, 300),)


@pytest.mark.parametrize("windows", [((500, 200), (500, 200), (500, 200)), ((500, 200), None, (700, 200))])
def test_frames_of_one_window_or_of_some_keep_that_of_the_file(tmp_path: Path, windows: Any) -> None:
    scan = read_dicom(write(tmp_path / "a.dcm", frames_with(*windows))).scan
    assert scan.stack is not None and scan.stack.windows == ()
