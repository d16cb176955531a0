"""Layers: fixed scale, constant opacity, right place."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from mammoview.assess.results.assessment import Layer
from mammoview.core.errors import MammoviewError
from mammoview.display.colormaps import NAMES, colour, colours
from mammoview.display.layer_rendering import cells, contour_levels, contours, percentile_rank, rgba
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.registry import LAYERS, STYLES, parse_layer_names
from mammoview.study.geometry import Affine


def f32(rows: list[list[float]]) -> NDArray[np.float32]:
    return np.array(rows, np.float32)


def test_the_layers_and_their_keys() -> None:
    assert {name: style.key for name, style in STYLES.items()} == {
        "outlines": "O", "grid": "G", "heatmap": "H", "saliency": "S", "cad": "Shift+C", "gsps": "Shift+P",
        "sr": "Shift+R", "seg": "Shift+D", "planes": "Shift+O", "area": "Shift+B",
    }  # fmt: skip
    assert "sensitivity" in STYLES["saliency"].title
    assert not any("lesion" in style.title.lower() for style in STYLES.values())
    assert STYLES["heatmap"].opacity <= 0.35


@pytest.mark.parametrize("name", NAMES)
def test_tables_never_look_grey_and_rise_in_lightness(name: str) -> None:
    table = colours(name).astype(int)
    assert table.shape == (256, 3)
    assert (table.max(1) - table.min(1)).min() >= 40
    luminance = ((table / 255) ** 2.2) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) > -0.004).all()
    assert luminance[-1] - luminance[0] > 0.3


@pytest.mark.parametrize("name", NAMES)
def test_tables_step_evenly(name: str) -> None:
    """Over 16 levels at a time, where rounding to bytes no longer counts, in CIELAB."""
    from skimage.color import rgb2lab

    lab = rgb2lab(colours(name)[None, ::15].astype(np.uint8))[0]
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() / steps.min() < 2.5


def test_layers_have_hues_of_their_own() -> None:
    """Those out of files share one."""
    assert {STYLES[name].colours for name in ("cad", "sr", "gsps", "seg", "planes")} == {"violet"}
    tops = {name: np.array(colour(name, 0.8), int) for name in {style.colours for style in STYLES.values()}}
    names = list(tops)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            assert np.abs(tops[one] - tops[other]).max() > 60, (one, other)


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.float32, (4, 5), elements=st.floats(-1, 2, width=32)), st.floats(0.01, 1))
def test_alpha_is_all_or_nothing(values: NDArray[np.float32], threshold: float) -> None:
    style = dataclasses.replace(STYLES["heatmap"], threshold=threshold)
    image = rgba(values, style)
    assert set(np.unique(image[..., 3])) <= {0, 89}
    assert ((image[..., 3] > 0) == (np.clip(values, 0, 1) >= threshold)).all()


@pytest.mark.parametrize("threshold", [0.0, 0.15, 0.8])
def test_colours_run_from_the_threshold_to_one(threshold: float) -> None:
    style = dataclasses.replace(STYLES["heatmap"], threshold=threshold)
    low, high = rgba(f32([[threshold + 1e-6, 1.0]]), style)[0, :, :3]
    assert np.abs(low.astype(int) - colour(style.colours, 0.0)).max() <= 2 * 255 / (255 * (1 - threshold))
    assert tuple(high) == colour(style.colours, 1.0)
    assert (style.strength(threshold), style.strength(1.0)) == (0.0, 1.0)


def test_the_colour_of_a_value_does_not_depend_on_its_neighbours() -> None:
    style = STYLES["heatmap"]
    alone, beside = rgba(f32([[0.6]]), style), rgba(f32([[0.6, 0.99]]), style)
    assert (alone[0, 0] == beside[0, 0]).all()
    assert rgba(f32([[np.nan]]), style)[0, 0, 3] == 0


def test_bad_styles_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        LayerStyle("grid", "Grid", "G", "ember", 1.5, 1, "")
    with pytest.raises(ValueError, match="no colour table"):
        LayerStyle("grid", "Grid", "G", "jet", 0.5, 1, "")


@pytest.mark.parametrize("sign", [1, -1])
def test_contours_lie_around_the_blob_in_scan_pixels(sign: int) -> None:
    values = np.zeros((32, 32), np.float32)
    values[10, 20] = 1
    layer = Layer(values, Affine(sign * 64.0, 64.0, 0.0 if sign > 0 else 3000.0, 100.0))
    (line,) = contours(layer, 0.5)
    centre = layer.to_scan((20.5, 10.5))
    assert (line[0] == line[-1]).all()
    assert (line.min(0) + line.max(0)) / 2 == pytest.approx(centre)
    # Half a cell of interpolation on every side.
    assert np.ptp(line, axis=0) == pytest.approx([64, 64])


def test_contours_close_at_the_edge_of_the_layer() -> None:
    (line,) = contours(Layer(np.ones((3, 3), np.float32), Affine(10, 10)), 0.5)
    assert (line[0] == line[-1]).all()
    assert contours(Layer(np.zeros((3, 3), np.float32), Affine()), 0.5) == []


def test_cells_are_one_stride_wide_whatever_the_flip() -> None:
    values = f32([[0.9, 0.2], [0.4, 0.7]])
    found = cells(Layer(values, Affine(-128, 128, 1000, 50)), 0.5)
    assert [cell[:4] for cell in found] == [(744, 178, 872, 306), (872, 50, 1000, 178)]
    assert [cell[4] for cell in found] == pytest.approx([0.7, 0.9])


def test_percentile_rank_by_hand() -> None:
    values = f32([[0, 5, 1], [1, 0, np.nan]])
    assert percentile_rank(values) == pytest.approx(f32([[0, 1, 2 / 3], [2 / 3, 0, 0]]))
    assert percentile_rank(np.zeros((2, 2), np.float32)).max() == 0


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.float32, (6, 6), elements=st.floats(0, 1e6, width=32)), st.integers(1, 60))
def test_percentile_rank_keeps_order_and_ignores_scale(values: NDArray[np.float32], times: int) -> None:
    ranks = percentile_rank(values)
    order = np.argsort(values, axis=None)
    assert (np.diff(ranks.ravel()[order]) >= 0).all()
    assert ((ranks > 0) == (values > 0)).all()
    assert (percentile_rank(values.astype(np.float64) * times) == ranks).all()


def test_three_contours_run_from_the_threshold_up() -> None:
    assert contour_levels(0.4) == pytest.approx((0.4, 0.6, 0.8))
    assert contour_levels(1.0) == (1.0,)
    assert contour_levels(0.0)[0] > 0


def test_a_speck_of_a_higher_contour_is_not_drawn() -> None:
    values = np.zeros((9, 9), np.float32)
    values[2:7, 2:7] = 0.55
    values[4, 4] = 0.605  # the second level is 0.6: a ring a fifth of a cell wide
    heatmap = Layer(values, Affine(64, 64, 0, 0))
    style = dataclasses.replace(STYLES["heatmap"], threshold=0.4)
    assert [len(contours(heatmap, level)) for level in (0.4, 0.6)] == [1, 1]
    counts = [len(strokes.figures[0].lines) for strokes in LAYERS["heatmap"].describe(heatmap, style).strokes]
    assert counts == [1, 0, 0]


def test_layers_are_chosen_by_name() -> None:
    assert parse_layer_names("heatmap, grid,heatmap") == ("heatmap", "grid")
    assert parse_layer_names("") == ()
    with pytest.raises(MammoviewError, match=r"no layer 'heat'. Choose from outlines, grid"):
        parse_layer_names("heat")
