"""Grey: against pydicom where it follows the standard, against hand-computed values elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_windowing

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.display import rendering
from mammoview.display.scan_analysis import analyse
from mammoview.study.grey_pipeline import GreyPipeline, LookUpTable, VoiFunction, VoiWindow, windowed
from mammoview.study.scan import Laterality, Projection, Side
from tests.support.phantoms import breast_pixels, scan_of

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def pydicom_grey(pixels: NDArray[np.uint16], window: VoiWindow) -> NDArray[np.floating]:
    """0..255 by pydicom's own windowing, rounded as ours."""
    file = Dataset()
    file.PhotometricInterpretation = "MONOCHROME2"
    file.BitsStored, file.PixelRepresentation = 12, 0
    file.WindowCenter, file.WindowWidth, file.VOILUTFunction = window.center, window.width, window.function.value
    shown: NDArray[np.floating] = np.floor(apply_windowing(pixels, file) / 4095 * 255 + 0.5)
    return shown


@pytest.mark.parametrize("function", list(VoiFunction))
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (1000, 300), (500.5, 2.0), (-10, 900), (3000, 5000)])
def test_windows_equal_pydicom(function: VoiFunction, center: float, width: float) -> None:
    window = VoiWindow(center, width, "", function)
    ours = rendering.render(scan_of(RAMP, grey=GreyPipeline(windows=(window,), bits=12)))
    assert np.abs(ours - pydicom_grey(RAMP, window)).max() <= 1


@settings(max_examples=25, deadline=None)
@given(st.floats(-5000, 5000), st.floats(1.5, 8000), st.sampled_from(list(VoiFunction)))
def test_any_window_rises_with_the_stored_value(center: float, width: float, function: VoiFunction) -> None:
    table = rendering.table(analyse(scan_of(RAMP)), VoiWindow(center, width, "", function))
    assert (np.diff(table.astype(int)) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-70000, 70000),
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 300.0, 5000.0, 200000.0]),
    st.sampled_from(list(VoiFunction)),
    st.sampled_from([1.0, 0.01, -2.0]),
    st.booleans(),
)
def test_a_table_has_the_grey_of_the_window_for_every_code(
    center: float, width: float, function: VoiFunction, slope: float, signed: bool
) -> None:
    pixels = RAMP.astype(np.int16) - 900 if signed else RAMP
    analysis = analyse(scan_of(pixels, grey=GreyPipeline(slope=slope, signed=signed)))
    window = VoiWindow(center, width, "", function)
    found = analysis.grey_levels
    assert found.rising == (slope > 0 and not signed)
    for bits, most in ((8, 255), (16, 65535)):
        whole = np.floor(windowed(found.values, window) * most + 0.5)
        assert (rendering.table(analysis, window, bits=bits) == whole).all()


def test_linear_by_hand() -> None:
    """PS3.3 C.11.2.1.2.1 example: c = 2048, w = 4096 maps 0 to 0, 4095 to the maximum, 2047.5 to the middle."""
    values = np.array([-1.0, 0.0, 2047.5, 4095.0, 5000.0])
    assert windowed(values, VoiWindow(2048, 4096)).tolist() == [0, 0, 0.5, 1, 1]
    exact = VoiWindow(2048, 4096, "", VoiFunction.LINEAR_EXACT)
    assert windowed(np.array([0.0, 2048.0, 4096.0]), exact).tolist() == [0, 0.5, 1]
    sigmoid = windowed(np.array([1000.0, 1100.0]), VoiWindow(1000, 400, "", VoiFunction.SIGMOID))
    assert sigmoid == pytest.approx([0.5, 1 / (1 + np.exp(-1))])


@pytest.mark.parametrize("width", [1.0, 0.0])
def test_the_narrowest_linear_window_is_a_step(width: float) -> None:
    assert windowed(np.array([9.0, 10.0, 11.0]), VoiWindow(10, width)).tolist() == [0, 1, 1]


def test_rescale_comes_before_the_window() -> None:
    scan = scan_of(
        RAMP,
        grey=GreyPipeline(slope=2.0, intercept=-1000.0, windows=(VoiWindow(500, 1000, "", VoiFunction.LINEAR_EXACT),)),
    )
    # Stored 500 is modality 0, stored 750 is 500, stored 1000 is 1000.
    assert rendering.table(analyse(scan), scan.grey.windows[0])[[500, 750, 1000]].tolist() == [0, 128, 255]


def test_modality_table_is_clamped_at_its_ends() -> None:
    lut = LookUpTable(100, np.array([0, 500, 1000], np.uint16), 16)
    scan = scan_of(
        RAMP, grey=GreyPipeline(modality_lut=lut, windows=(VoiWindow(500, 1000, "", VoiFunction.LINEAR_EXACT),))
    )
    assert rendering.table(analyse(scan), scan.grey.windows[0])[[0, 100, 101, 102, 4000]].tolist() == [
        0,
        0,
        128,
        255,
        255,
    ]


def test_tables_come_before_windows_and_are_scaled_by_their_bits() -> None:
    curve = LookUpTable(10, np.array([0, 512, 1023], np.uint16), 10, "soft")
    scan = scan_of(RAMP, grey=GreyPipeline(tables=(curve,), windows=(VoiWindow(5, 5, "hard"), VoiWindow(6, 6))))
    assert rendering.presets(scan) == ("soft", "hard", "window 2", "automatic")
    assert rendering.preset(analyse(scan), 0) is curve
    assert rendering.default_window(analyse(scan)).name == "hard"
    assert rendering.render(scan)[0, [0, 10, 11, 12, 63]].tolist() == [0, 0, 128, 255, 255]


def test_an_unknown_preset_says_which_there_are() -> None:
    with pytest.raises(MammoviewError, match=r"phantom.dcm: there is no window/level preset 3. Choose 0 to 0"):
        rendering.render(scan_of(RAMP), preset=3)


def test_inverse_polarity_is_applied_once() -> None:
    """MONOCHROME1: low stored values are tissue, and must be bright. pydicom's windowing leaves them dark."""
    window = VoiWindow(2048, 4096, "", VoiFunction.LINEAR_EXACT)
    plain = rendering.table(analyse(scan_of(RAMP)), window)
    inverse = rendering.table(analyse(scan_of(RAMP, grey=GreyPipeline(inverted=True))), window)
    assert (plain[:4096].astype(int) + inverse[:4096] == 255).mean() > 0.99
    assert inverse[0] == 255
    assert inverse[4095] == 0


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("invert", [False, True])
def test_padding_stays_black_in_both_polarities(inverted: bool, invert: bool) -> None:
    pixels = breast_pixels()
    pixels[:20] = 5000
    pixels[20:40] = 5003
    found = scan_of(pixels, grey=GreyPipeline(inverted=inverted, padding=(5000, 5003)))
    assert (rendering.render(found, invert=invert)[:40] == 0).all()


@pytest.mark.parametrize("inverted", [False, True])
def test_air_stays_black_and_tissue_turns_when_inverted(inverted: bool) -> None:
    pixels = breast_pixels()
    scan = scan_of(4095 - pixels if inverted else pixels, grey=GreyPipeline(inverted=inverted))
    normal, turned = rendering.render(scan).astype(int), rendering.render(scan, invert=True).astype(int)
    air, tissue = np.s_[:50, 300:], np.s_[250:350, 20:150]
    assert (normal[air] <= 2).all()
    assert (turned[air] == 0).mean() > 0.95
    assert np.abs(normal[tissue] + turned[tissue] - 255).max() <= 1
    assert normal[tissue].mean() > 128 > turned[tissue].mean()


@pytest.mark.parametrize("inverted", [False, True])
def test_inverted_the_noise_of_the_film_is_not_drawn_in_black_and_white_along_the_skin(inverted: bool) -> None:
    pixels = breast_pixels()
    analysis = analyse(scan_of(4095 - pixels if inverted else pixels, grey=GreyPipeline(inverted=inverted)))
    turned = rendering.table(analysis, rendering.automatic_window(analysis), invert=True).astype(int)
    by_value = turned[:4096][::-1] if inverted else turned[:4096]
    # From air over the faintest tissue to what is dense: black, up to nearly white, and down again, in small steps.
    assert by_value[0] == 0 and by_value.max() > 200 and by_value[-1] < 10
    assert np.abs(np.diff(by_value)).max() <= 16


@pytest.mark.parametrize("inverted", [False, True])
def test_where_the_surroundings_are_covered_inverted_display_is_the_negative_but_for_padding(inverted: bool) -> None:
    pixels = breast_pixels()
    pixels[:40] = 5001
    grey = GreyPipeline(inverted=inverted, padding=(5000, 5003))
    analysis = analyse(scan_of(np.where(pixels == 5001, pixels, 4095 - pixels) if inverted else pixels, grey=grey))
    window = rendering.automatic_window(analysis)
    plain, negative = (rendering.table(analysis, window, invert, covered=True).astype(int) for invert in (False, True))
    assert np.abs(plain[:4096] + negative[:4096] - 255).max() <= 1
    assert (negative[5000:5004] == 0).all()


def test_automatic_window_ignores_borders_labels_and_padding() -> None:
    clean = scan_of(breast_pixels(top=40000))
    film = breast_pixels(top=40000)
    film[:8], film[:, -8:] = 65535, 65535  # white scanner borders
    film[40:70, 300:360] = 60000  # a label
    film[-30:] = 50000  # padding
    dirty = scan_of(film, grey=GreyPipeline(padding=(50000, 50000)))
    wanted, got = rendering.automatic_window(analyse(clean)), rendering.automatic_window(analyse(dirty))
    assert got.center == pytest.approx(wanted.center, rel=0.05)
    assert got.width == pytest.approx(wanted.width, rel=0.1)


def test_automatic_window_uses_the_whole_scale_on_tissue() -> None:
    image = rendering.render(scan_of(breast_pixels()))
    tissue = image[250:350, 10:200]
    assert tissue.min() < 170
    assert tissue.max() > 240
    assert (image == 255).mean() < 0.01


def test_a_blank_scan_has_a_window_and_no_air() -> None:
    scan = scan_of(np.full((30, 30), 7, np.uint16))
    assert rendering.automatic_window(analyse(scan)).width > 0
    assert analyse(scan).grey_levels.air is None
    assert np.unique(rendering.render(scan, invert=True)).size == 1


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (1, 500)])
def test_the_smallest_scans_are_drawn(shape: tuple[int, int]) -> None:
    assert rendering.render(scan_of(np.zeros(shape, np.uint8))).shape == shape


def test_signed_values() -> None:
    pixels = (breast_pixels().astype(int) - 2000).astype(np.int16)
    window = VoiWindow(0, 4000, "", VoiFunction.LINEAR_EXACT)
    signed = rendering.render(scan_of(pixels, grey=GreyPipeline(signed=True, windows=(window,))))
    shifted = rendering.render(
        scan_of(breast_pixels(), grey=GreyPipeline(windows=(VoiWindow(2000, 4000, "", window.function),)))
    )
    assert (signed == shifted).all()


def test_floats_are_quantised_finely_and_nan_is_black() -> None:
    pixels = breast_pixels().astype(np.float32) / 4096
    pixels[0, 0] = np.nan
    scan = scan_of(pixels, grey=GreyPipeline(windows=(VoiWindow(0.5, 1.0, "", VoiFunction.LINEAR_EXACT),)))
    wanted = np.floor(np.clip(pixels, 0, 1)[1:] * 255 + 0.5)
    assert np.abs(rendering.render(scan)[1:] - wanted).max() <= 1
    assert rendering.render(scan)[0, 0] == 0
    assert rendering.render(scan, invert=True)[0, 0] == 0


def test_wide_integers() -> None:
    pixels = breast_pixels().astype(np.int32) * 1000
    wide, narrow = rendering.render(scan_of(pixels)), rendering.render(scan_of(breast_pixels()))
    assert np.abs(wide.astype(int) - narrow).max() <= 1


def test_for_processing_is_taken_to_its_logarithm_and_shown_tissue_bright() -> None:
    transmission = np.exp(breast_pixels() / -1000.0) * 12000
    scan = scan_of(
        transmission.astype(np.uint16), grey=GreyPipeline(for_processing=True, windows=(VoiWindow(6000, 12000),))
    )
    image = rendering.render(scan)
    assert rendering.presets(scan) == ("automatic, logarithmic",)
    assert image[280:320, 5:40].mean() > 200
    assert image[:40, 320:].mean() < 20


def test_the_table_is_the_picture() -> None:
    scan = scan_of(breast_pixels(side=Side.RIGHT))
    window = rendering.default_window(analyse(scan))
    assert (rendering.table(analyse(scan), window)[rendering.codes(analyse(scan))] == rendering.render(scan)).all()
    assert rendering.codes(analyse(scan)) is scan.pixels


def test_both_breasts_share_the_window_of_their_tissue() -> None:
    bright, dark = breast_pixels(top=4000), (breast_pixels(side=Side.RIGHT, top=4000) * 0.6).astype(np.uint16)
    left = scan_of(bright)
    right = scan_of(dark, laterality=Laterality.R)
    other = scan_of(dark, laterality=Laterality.R, projection=Projection.MLO)
    assert rendering.companions(left, [left, right, other]) == (right,)
    assert rendering.companions(right, [left, right, other]) == (left,)
    shared = rendering.automatic_window(analyse(left), (analyse(right),))
    assert shared == rendering.automatic_window(analyse(right), (analyse(left),))
    alone = rendering.automatic_window(analyse(left)), rendering.automatic_window(analyse(right))
    assert shared.center + shared.width / 2 == pytest.approx(alone[0].center + alone[0].width / 2, rel=0.02)
    assert shared.center - shared.width / 2 < alone[0].center - alone[0].width / 2
    shown, by_itself = rendering.render(right, beside=(analyse(left),)), rendering.render(right)
    tissue = np.s_[250:350, -150:-20]
    assert shown[tissue].mean() < rendering.render(left, beside=(analyse(right),))[250:350, 20:150].mean() - 40
    assert by_itself[tissue].mean() > shown[tissue].mean() + 40


def test_companions_are_read_only_for_the_automatic_window_and_if_they_can_be() -> None:
    def broken() -> NDArray[np.generic]:
        raise UnreadableError("it is damaged", "Copy it again")

    pixels = breast_pixels(side=Side.RIGHT)
    left, right = scan_of(breast_pixels()), scan_of(pixels, laterality=Laterality.R)
    assert [one.scan for one in rendering.readable_companions(left, [left, right])] == [right]
    lost = replace(right, read=broken, _pixels=None)
    assert rendering.readable_companions(left, [left, lost]) == ()
    left.grey = lost.grey = GreyPipeline(windows=(VoiWindow(2000, 4000),))
    assert rendering.companions(left, [left, lost]) == (lost,)
    assert rendering.readable_companions(left, [left, replace(right, grey=left.grey)]) == ()


@pytest.mark.parametrize(
    "changed",
    [GreyPipeline(bits=12), GreyPipeline(inverted=True), GreyPipeline(slope=2.0), GreyPipeline(for_processing=True)],
)
def test_breasts_whose_values_mean_other_things_share_no_window(changed: GreyPipeline) -> None:
    left, right = scan_of(breast_pixels()), scan_of(breast_pixels(), laterality=Laterality.R, grey=changed)
    assert rendering.companions(left, [left, right]) == ()


def test_white_borders_beside_the_breast_do_not_pull_the_window() -> None:
    clean, dirty = breast_pixels(), breast_pixels()
    dirty[:, :6] = 65535  # at the chest wall, in the mask
    wanted, got = (
        rendering.automatic_window(analyse(scan_of(clean))),
        rendering.automatic_window(analyse(scan_of(dirty))),
    )
    assert got.center == pytest.approx(wanted.center, rel=0.05)
    assert got.width == pytest.approx(wanted.width, rel=0.1)
