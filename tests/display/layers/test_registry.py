"""The registry of layers: what its fields order and pick."""

from __future__ import annotations

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.display.layers import registry
from mammoview.display.layers.registry import LAYERS


def test_what_people_drew_is_the_first_panel_and_the_last_one_of_the_paper() -> None:
    assert registry.PANELS == ("outlines", "heatmap", "grid", "saliency")
    assert registry.PAPER_PANELS == ("heatmap", "grid", "saliency", "outlines")


def test_an_export_has_no_layer_that_may_name_the_patient_in_pixels() -> None:
    assert registry.USUAL_LAYERS == ("heatmap", "grid", "saliency", "outlines", "cad", "gsps")
    assert {"planes", "gsps"} == registry.IDENTIFYING
    assert {"planes"} == registry.IDENTIFYING_PIXELS


def test_the_heatmap_alone_is_on_when_the_layers_are_first_opened() -> None:
    assert registry.INITIAL_LAYERS == ("heatmap",)


@pytest.mark.parametrize(
    ("name", "layer", "choice"),
    [
        ("grid_200um", "grid", "grid"),
        ("grid_mean", "grid", "grid"),
        ("heatmap_baseline", "heatmap", "heatmap_baseline"),
        ("heatmap", "heatmap", "heatmap"),
        ("saliency", "saliency", "saliency"),
    ],
)
def test_a_compared_map_has_the_threshold_of_its_layer(name: str, layer: str, choice: str) -> None:
    found, maps = registry.compared_layer(name)
    assert (found.name, maps.name) == (layer, choice)


def test_models_make_what_follows_the_budget_and_what_is_compared() -> None:
    assert registry.BUDGETED == ("grid", "heatmap")
    assert all(LAYERS[name].model for name in registry.BUDGETED)
    assert [name for name, layer in LAYERS.items() if layer.compared] == ["grid", "heatmap", "saliency"]


def test_a_word_that_is_no_layer_is_refused() -> None:
    assert registry.parse_layer_names(" grid, heatmap,grid ,") == ("grid", "heatmap")
    with pytest.raises(MammoviewError, match="no layer 'heat'"):
        registry.parse_layer_names("grid,heat")
