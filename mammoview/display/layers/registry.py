"""All layers. A new one is a module beside this one and a line in `_MODULES`.

None of these modules imports numpy before it draws: the menus list the layers before the first paint of the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from mammoview.core.errors import MammoviewError
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.layer_type import ComparedMaps, Identifying, LayerType

_MODULES = (
    "outlines",
    "patch_grid",
    "heatmap",
    "saliency",
    "program_marks",
    "analysed_area",
)
"""Modules of this package that describe layers, in the order of the layers panel, the menu and the legends."""


def _found() -> Iterator[LayerType[Any]]:
    """Go over the layers of all modules."""
    for module in _MODULES:
        yield from import_module(f"mammoview.display.layers.{module}").LAYERS


LAYERS: Mapping[str, LayerType[Any]] = MappingProxyType({layer.name: layer for layer in _found()})
"""All layers by name."""
STYLES: Mapping[str, LayerStyle] = MappingProxyType({name: layer.style for name, layer in LAYERS.items()})
"""The default look of each layer."""
DRAWN: tuple[str, ...] = tuple(sorted(LAYERS, key=lambda name: LAYERS[name].order))
"""Names from the lowest to the topmost."""
MODEL_LAYERS = frozenset(name for name, layer in LAYERS.items() if layer.model)
"""Results of our models."""
FILLABLE = frozenset(name for name, layer in LAYERS.items() if layer.fillable)
"""Layers of lines whose cells can be filled as well."""

BUDGETED = tuple(name for name, layer in LAYERS.items() if layer.budgeted)
"""Layers whose thresholds follow the budget of false marks."""
PANELS: tuple[str, ...] = tuple(
    name for _, name in sorted((layer.panel, name) for name, layer in LAYERS.items() if layer.panel is not None)
)
"""Layers in the order of their panels in figures; the others follow."""
PAPER_PANELS: tuple[str, ...] = tuple(sorted(PANELS, key=lambda name: not LAYERS[name].model))
"""The same in the layout of the paper, which has what people drew at the right, beside the saliency."""
USUAL_LAYERS: tuple[str, ...] = tuple(name for name in dict.fromkeys((*PAPER_PANELS, *LAYERS)) if LAYERS[name].usual)
"""Layers of an export for which none were chosen. Not the overlay planes, which may contain a name: the profile of
PS3.15 E removes them, too."""
INITIAL_LAYERS: tuple[str, ...] = tuple(name for name, layer in LAYERS.items() if layer.initial)
"""Layers that are on when the layers are first opened; the numbers of the findings come with them."""
IDENTIFYING = frozenset(name for name, layer in LAYERS.items() if layer.identifying is not Identifying.NO)
"""Layers that may name the patient."""
IDENTIFYING_PIXELS = frozenset(name for name, layer in LAYERS.items() if layer.identifying is Identifying.PIXELS)
"""Layers whose pixels may name the patient."""
COMPARED: tuple[ComparedMaps, ...] = tuple(maps for layer in LAYERS.values() for maps in layer.compared)
"""What outlines are set against."""


def compared_layer(name: str) -> tuple[LayerType[Any], ComparedMaps]:
    """Return the layer and the choice that a compared map of that name, such as "grid_200um", belongs to.

    Raises
    ------
    KeyError
        When there is none.
    """
    found = {maps.name: (layer, maps) for layer in LAYERS.values() for maps in layer.compared}
    return found.get(name) or found[name.partition("_")[0]]


def parse_layer_names(names: str) -> tuple[str, ...]:
    """Read a list of layers such as "heatmap,grid"; the empty text means none.

    Raises
    ------
    MammoviewError
        When one of them is no layer.
    """
    words = [word.strip() for word in names.split(",") if word.strip()]
    for word in words:
        if word not in LAYERS:
            raise MammoviewError(f"there is no layer {word!r}", f"Choose from {', '.join(LAYERS)}")
    return tuple(dict.fromkeys(words))
