"""Which layers are on, and their styles: a small model to which viewports and panel subscribe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mammoview.core.false_mark_budgets import DEFAULT_BUDGET
from mammoview.core.settings import LayerSettings
from mammoview.display.layer_style import FILL_AT_MOST, LayerStyle
from mammoview.display.layers.registry import LAYERS, STYLES

if TYPE_CHECKING:
    from mammoview.qt.session.model_worker import AssessmentResult


class LayerState(QObject):
    """State of all layers. All are off at the start.

    Opacity is constant over a layer; the scale is 0..1 for all scans.
    """

    changed = Signal(str)
    """Name of a layer whose look or switch changed."""
    refused = Signal()
    """A layer was to be switched on while the layers are closed."""
    opened = Signal(bool)
    """The layers were opened, or closed."""
    bared = Signal(bool)
    """The bare image is held, or released."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.drawn_grid = ""
        """Name of the patch grid that is drawn; empty for the leading one."""
        self.false_marks = DEFAULT_BUDGET
        """Budget of false marks per normal view, which thresholds that are not the reader's own follow."""
        self._styles: dict[str, LayerStyle] = dict(STYLES)
        self._shown: list[str] = []
        self._before: list[str] = [name for name in STYLES if not LAYERS[name].technical]
        self._pair: list[str] = ["heatmap", "saliency"]
        self._bare = False
        self._open = True
        self._own_threshold: set[str] = set()
        self._own_opacity: set[str] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """All layers, in the order of the panel."""
        return tuple(self._styles)

    @property
    def nameless(self) -> tuple[str, ...]:
        """Names of the layers that are switched on, but for overlay planes, whose pixels may name the patient."""
        return tuple(name for name in self.switched_on if name != "planes")

    @property
    def switched_on(self) -> tuple[str, ...]:
        """Layers whose switch is on."""
        return tuple(name for name in self._styles if name in self._shown)

    @property
    def open(self) -> bool:
        """Whether layers can be switched on."""
        return self._open

    @property
    def bare(self) -> bool:
        """Whether the bare image is being held."""
        return self._bare

    def style(self, name: str) -> LayerStyle:
        """Look of a layer."""
        return self._styles[name]

    @property
    def styles(self) -> dict[str, LayerStyle]:
        """Looks of all layers, as an export takes them."""
        return dict(self._styles)

    @property
    def kept(self) -> dict[str, LayerSettings]:
        """What the reader chose, per layer; None for what is the program's."""
        own = {
            name: LayerSettings(
                threshold=style.threshold if name in self._own_threshold else None,
                opacity=style.opacity if name in self._own_opacity else None,
                colours=style.colours if style.colours != STYLES[name].colours else None,
                filled=style.filled if style.filled != STYLES[name].filled else None,
            )
            for name, style in self._styles.items()
        }
        return {name: choices for name, choices in own.items() if choices != LayerSettings()}

    def shown(self, name: str) -> bool:
        """Whether a layer is to be drawn now."""
        return name in self._shown and not self._bare

    def has_own_threshold(self, name: str) -> bool:
        """Whether the threshold of a layer is the reader's own, and follows no model."""
        return name in self._own_threshold

    def own_threshold(self, name: str) -> float | None:
        """Threshold of a layer if it is the reader's own; None where it follows the models."""
        return self._styles[name].threshold if name in self._own_threshold else None

    def as_chosen(self, made: AssessmentResult) -> AssessmentResult:
        """Return what the models made of a scan with the grid and at the budget that the reader has chosen."""
        return made.as_chosen(self.drawn_grid, self.false_marks, self.own_threshold("heatmap"))

    def give_back_threshold(self, name: str) -> None:
        """Have a layer follow the models' threshold again; what it is comes with `set_threshold`."""
        if name in self._own_threshold:
            self._own_threshold.remove(name)
            self.changed.emit(name)

    def is_on(self, name: str) -> bool:
        """Whether a layer's switch is on."""
        return name in self._shown

    def switch(self, name: str, on: bool) -> None:
        """Turn a layer on or off."""
        if on == self.is_on(name):
            return
        if on and not self._open:
            self.refused.emit()
            # The switch was checked by the user and is unchecked again.
            self.changed.emit(name)
            return
        if on:
            self._shown.append(name)
            self._pair = [*(n for n in self._pair if n != name), name][-2:]
        else:
            self._shown.remove(name)
        self.changed.emit(name)

    def set_open(self, is_open: bool) -> None:
        """Let layers be switched on, or turn all of them off and keep them so."""
        if is_open == self._open:
            return
        if not is_open:
            self.show_only(())
        self._open = is_open
        self.opened.emit(is_open)

    def show_only(self, names: Iterable[str]) -> None:
        """Turn exactly these layers on."""
        wanted = set(names)
        for name in self._styles:
            self.switch(name, name in wanted)

    def toggle_all(self) -> None:
        """Turn everything off; the next time, what was on before on again: the first time all that is not technical."""
        if self._shown:
            self._before = list(self._shown)
            self.show_only(())
        else:
            self.show_only(self._before)

    def alternate(self) -> None:
        """Show one of the last two layers alone, then the other, in place."""
        first, second = self._pair
        pair = list(self._pair)
        self.show_only([first if self.is_on(second) and not self.is_on(first) else second])
        self._pair = pair

    def hold_bare(self, bare: bool) -> None:
        """Hide all layers while a key is down; their switches stay."""
        if bare != self._bare:
            self._bare = bare
            self.bared.emit(bare)
            for name in self._shown:
                self.changed.emit(name)

    def fill(self, name: str, filled: bool) -> None:
        """Fill the cells of a layer, or leave its lines alone."""
        self._restyle(name, replace(self._styles[name], filled=filled))

    def set_opacity(self, name: str, opacity: float) -> None:
        """Set the opacity 0..1 of a layer; the heatmap's ends at FILL_AT_MOST."""
        self._own_opacity.add(name)
        most = FILL_AT_MOST if LAYERS[name].fades_fill_alone else 1.0
        self._restyle(name, replace(self._styles[name], opacity=min(most, max(0.0, opacity))))

    def set_colours(self, name: str, colours: str) -> None:
        """Show a layer in another colour table, one of `mammoview.display.colormaps.NAMES`."""
        self._restyle(name, replace(self._styles[name], colours=colours))

    def set_threshold(self, name: str, threshold: float, own: bool = True) -> None:
        """Set the threshold 0..1 of a layer.

        Parameters
        ----------
        name
            Layer.
        threshold
            Value below which nothing is drawn.
        own
            Whether the reader chose it; a model's operating point (own=False) never replaces the reader's choice.
        """
        if own:
            self._own_threshold.add(name)
        elif name in self._own_threshold:
            return
        self._restyle(name, replace(self._styles[name], threshold=min(1.0, max(0.0, threshold))))

    def _restyle(self, name: str, style: LayerStyle) -> None:
        """Take a new look."""
        if style != self._styles[name]:
            self._styles[name] = style
            self.changed.emit(name)
