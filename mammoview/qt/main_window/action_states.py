"""The ticks in the menus: which switches are on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mammoview.display.layers.registry import FILLABLE
from mammoview.qt.eraser.eraser_controller import ERASER_TOOLS
from mammoview.qt.main_window.navigation_tools import NAVIGATION_TOOLS

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window_base import MainWindowBase


def update_action_states(window: MainWindowBase) -> None:
    """Tick the menus as things stand."""
    states = {
        **{name: window.layers.is_on(name) for name in window.layers.names},
        "play": window.slices.playing,
        "link": window.viewport_grid.linked,
        "cursor": window.linked_cursor.on,
        "magnifier": window.magnifier.switched,
        "double_magnifier": window.magnifier.power == 2,
        "square_magnifier": not window.magnifier.round,
        "patient": window.settings.show_patient,
        "film_mask": window.viewport_grid.film_covered,
        "smooth": window.viewport_grid.smooth,
        "invert": window.voi.shown_inverted,
        **{f"{name}_fill": window.layers.style(name).filled for name in FILLABLE},
        "full_screen": window.isFullScreen(),
        "panels": window.panel_visibility.hidden,
        "comparison": window.comparison_panel.isVisible(),
        "studies": window.study_panel.isVisible(),
        "prior": window.hanging.prior_shown,
        "difference": window.comparison.difference,
        "pointer": not window.navigation_tools.in_hand,
        **{
            name: window.navigation_tools.in_hand == name
            for name in (*NAVIGATION_TOOLS, *ERASER_TOOLS, *window.drawing.tools)
        },
    }
    for name, state in states.items():
        window.actions_by_name[name].setChecked(state)
