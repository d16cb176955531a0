"""The hues of people, models and files stay apart for all kinds of colour vision, or their shapes do."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from mammoview.display.colormaps import colour
from mammoview.display.layers.drawing import Drawing
from mammoview.display.layers.layer_type import LayerContext
from mammoview.display.layers.outlines import OUTLINE_DASHES, OWN_COLOUR
from mammoview.display.layers.registry import LAYERS, STYLES
from mammoview.display.scan_analysis import analyse
from mammoview.records.own_drawings import own_outline
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import Outline, OutlineKind
from tests.support.phantoms import assessed, breast_pixels, scan_of

SIMULATIONS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Of linear RGB, severity 1.0. Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, supplementary tables."""

MARKS = {
    "outlines": "cyan",
    "own": OWN_COLOUR,
    "heatmap": "amber",
    "grid": "rose",
    "saliency": "yellow",
    "cad": "violet",
    "area": "blue",
}
"""Colour of what is drawn."""
LEAST_DIFFERENCE = 10.0
"""CIEDE2000; 2.3 is just noticeable."""


def shown(hue: str | tuple[int, int, int]) -> NDArray[np.float64]:
    return np.array(colour(hue, 0.8) if isinstance(hue, str) else hue) / 255


def simulated(srgb: NDArray[np.float64], matrix: tuple[tuple[float, float, float], ...]) -> NDArray[np.float64]:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    return np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(deltaE_ciede2000(*(rgb2lab(c[None, None])[0, 0] for c in (one, other))))


@pytest.fixture(scope="module")
def drawings() -> dict[str, Drawing]:
    """What each of them draws."""
    scan, place = scan_of(breast_pixels()), (150.0, 300.0)
    analysis = analyse(scan)
    made = assessed(scan, place, analysis=analysis)
    corners = np.array([[100.0, 200], [200, 200], [200, 300]])
    data = {
        "outlines": [Outline(points=corners, kind=OutlineKind.BOUNDARY, source="CBIS-DDSM")],
        "own": [own_outline(corners)],
        "heatmap": made.heatmap,
        "grid": made.grid,
        "saliency": made.saliency,
        "cad": LAYERS["cad"].data(LayerContext(replace(scan, marks=[Mark(MarkOrigin.CAD, corners, closed=True)]))),
        "area": LAYERS["area"].data(LayerContext(scan, breast=analysis.breast)),
    }
    layers = {name: "outlines" if name == "own" else name for name in data}
    return {name: LAYERS[layer].describe(data[name], STYLES[layer]) for name, layer in layers.items()}


def shape(drawing: Drawing) -> tuple[object, ...]:
    """What distinguishes a drawing without its colours: cells, a fill, and the width and dash of each line."""
    pens = [strokes.pen for strokes in drawing.strokes if strokes.figures]
    return drawing.cells is not None, drawing.raster is not None, tuple((pen.width, pen.dash) for pen in pens)


def test_the_layers_have_the_hues_of_this_table(drawings) -> None:
    for name, hue in MARKS.items():
        assert name == "own" or STYLES[name].colours == hue
    # Whatever comes from files has one hue, that of CAD; each of its kinds has a shape of its own.
    assert {style.colours for name, style in STYLES.items() if name not in MARKS} == {STYLES["cad"].colours}
    drawn = {strokes.pen.colour for strokes in drawings["own"].strokes}
    assert drawn == {OWN_COLOUR}
    assert OUTLINE_DASHES["boundary"] is None and OUTLINE_DASHES["core"] is not None


def test_own_outlines_are_drawn_dashed_and_those_of_radiologists_continuous() -> None:
    corners = np.array([[10.0, 10], [60, 10], [60, 60]])
    outlines = [
        Outline(points=corners, kind=OutlineKind.BOUNDARY, source="CBIS-DDSM"),
        own_outline(corners),
        own_outline(corners, OutlineKind.CORE),
    ]
    theirs, own, core = (strokes.pen for strokes in LAYERS["outlines"].describe(outlines, STYLES["outlines"]).strokes)
    assert theirs.dash is None and theirs.colour != OWN_COLOUR
    # As the legend shows it; a core looks the same from every source.
    assert own.dash == LAYERS["outlines"].dashes["drawn by you"] is not None and own.colour == OWN_COLOUR
    assert core.dash == OUTLINE_DASHES["core"] not in (own.dash, None) and core.colour == OWN_COLOUR


@pytest.mark.parametrize("kind", SIMULATIONS)
def test_every_pair_differs_in_hue_and_in_shape(kind: str, drawings) -> None:
    for (one, hue), (other, other_hue) in combinations(MARKS.items(), 2):
        assert shape(drawings[one]) != shape(drawings[other]), (one, other)
        apart = difference(*(simulated(shown(c), SIMULATIONS[kind]) for c in (hue, other_hue)))
        # Shapes carry the pairs whose hues come close; the same hue they never have.
        assert apart > 3.0, (one, other, apart)


@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia"])
@pytest.mark.parametrize("model", ["heatmap", "grid", "saliency"])
def test_people_and_models_differ_in_hue_for_readers_without_red_or_green(model: str, kind: str) -> None:
    cyan, warm = (simulated(shown(MARKS[name]), SIMULATIONS[kind]) for name in ("outlines", model))
    assert difference(cyan, warm) > LEAST_DIFFERENCE


def test_people_are_cool_and_models_warm() -> None:
    for name in ("outlines", "own"):
        red, _green, blue = shown(MARKS[name])
        assert blue >= red
    for name in ("heatmap", "grid", "saliency"):
        red, _green, blue = shown(MARKS[name])
        assert red > blue
    assert colour("cyan", 1.0) == pytest.approx((0x4F, 0xD8, 0xE8), abs=3)
