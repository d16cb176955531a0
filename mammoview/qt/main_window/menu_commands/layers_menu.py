"""The menu Layers: which layers are drawn, and how."""

from __future__ import annotations

from mammoview.display.layers.registry import STYLES
from mammoview.qt.actions.commands import Command, Hold, Push, Switch
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.layers.false_mark_budget import FalseMarkBudgetController
from mammoview.qt.layers.model_layer_controller import ModelLayerController
from mammoview.qt.main_window.model_controller import ModelController
from mammoview.qt.session.layer_state import LayerState

_N = translate_noop
_C = "commands"


def _layer(name: str) -> Switch[LayerState]:
    """Return what switches a layer on or off."""
    return Switch(LayerState, lambda layers, on: layers.switch(name, on), lambda layers: layers.is_on(name))


def _fill(name: str) -> Switch[LayerState]:
    """Return what fills the cells of a layer, or draws their lines alone."""
    return Switch(LayerState, lambda layers, on: layers.fill(name, on), lambda layers: layers.style(name).filled)


LAYERS_COMMANDS: tuple[Command, ...] = (
    *(Command(style.name, style.title, style.key, "Layers", _layer(style.name)) for style in STYLES.values()),
    Command(
        "all_layers", _N(_C, "All layers off, and on again"), "A", "Layers", Push(LayerState, LayerState.toggle_all)
    ),
    Command(
        "alternate", _N(_C, "Alternate the last two layers"), "X", "Layers", Push(LayerState, LayerState.alternate)
    ),
    Command(
        "alternate_models",
        _N(_C, "Alternate models A and B"),
        "Shift+X",
        "Layers",
        Push(ModelController, ModelController.alternate),
    ),
    Command("heatmap_fill", _N(_C, "Fill the heatmap's cells"), "Shift+H", "Layers", _fill("heatmap")),
    Command("grid_fill", _N(_C, "Fill the patch grid's cells"), "Ctrl+G", "Layers", _fill("grid")),
    Command(
        "next_grid",
        _N(_C, "Patch grid of the next magnification"),
        "Shift+G",
        "Layers",
        Push(ModelLayerController, ModelLayerController.show_next_grid),
    ),
    Command(
        "next_weighting",
        _N(_C, "Next weighting of the sensitivity"),
        "Shift+S",
        "Layers",
        Push(ModelLayerController, ModelLayerController.show_next_weighting),
    ),
    Command(
        "fewer_marks",
        _N(_C, "Fewer marks"),
        "<",
        "Layers",
        Push(FalseMarkBudgetController, FalseMarkBudgetController.lower),
    ),
    Command(
        "more_marks",
        _N(_C, "More marks"),
        ">",
        "Layers",
        Push(FalseMarkBudgetController, FalseMarkBudgetController.raise_),
    ),
    Command("bare", _N(_C, "Bare image (hold)"), "B", "Layers", Hold(LayerState, LayerState.hold_bare)),
)
