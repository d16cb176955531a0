"""Slots of the commands; their texts, keys and menus are in the table of commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from mammoview.display.layers.registry import FILLABLE
from mammoview.qt.actions.command_slots import CommandSlots, Switch
from mammoview.qt.eraser.eraser_controller import ERASER_TOOLS
from mammoview.qt.main_window.navigation_tools import NAVIGATION_TOOLS

if TYPE_CHECKING:
    from mammoview.qt.drawing.drawing_controller import DrawingController
    from mammoview.qt.eraser.eraser_controller import EraserController
    from mammoview.qt.main_window.main_window_base import MainWindowBase


def showing(window: MainWindowBase, panel: QWidget, act: Callable[[], object]) -> Callable[[], None]:
    """Return what shows a panel of the column at the right, and then acts on it."""

    def show_and_act() -> None:
        window.panel_visibility.show_side()
        window.side_panel.sections[panel].unfold(True)
        act()

    return show_and_act


def undoes(window: MainWindowBase) -> EraserController | DrawingController:
    """Return what undo and redo are for: the eraser while one of its tools is active, else what is drawn."""
    return window.eraser if window.navigation_tools.mode in ERASER_TOOLS else window.drawing


def command_slots(window: MainWindowBase) -> CommandSlots:
    """Return what the commands of a window do; the last step of its assembly, for which all parts must be there."""
    grid, layers, tools = window.viewport_grid, window.layers, window.navigation_tools

    def filled(name: str) -> bool:
        return layers.style(name).filled

    def is_active(name: str) -> bool:
        return tools.active_tool == name

    return CommandSlots(
        pushed={
            "open_files": window.open_actions.ask_for_files,
            "open_folder": window.open_actions.ask_for_folder,
            "sample": window.open_sample,
            "search_studies": window.study_panel.go_to_search,
            "add_folder": window.study_panel.add_folder,
            "scan_library": window.study_panel.scan,
            "forget": window.study_panel.ask_to_forget,
            "next_study": window.open_actions.show_next_study,
            "previous_study": window.open_actions.show_previous_study,
            "close_study": window.session.close_study,
            "export_scan": window.export.ask_for_scan,
            "export_seen": window.export.ask_for_seen,
            "figure": window.figures.show,
            "copy_seen": window.viewport_copy.copy,
            "export_reader_report": window.reader.ask_for_file,
            "export_worksheet": window.worksheets.ask_for_file,
            "model": window.models.show,
            "settings": window.settings_controller.show,
            "quit": window.close,
            "next_stage": window.hanging.show_next,
            "previous_stage": window.hanging.show_previous,
            "older_prior": window.priors.show_older,
            "newer_prior": window.priors.show_newer,
            "next_viewport": grid.activate_next,
            "single": grid.toggle_single,
            "fit": grid.fit_films,
            "fit_breast": grid.fit_breasts,
            "actual": grid.show_actual_pixels,
            "true_size": window.true_size.show,
            "measure_screen": window.true_size.measure,
            "zoom_in": partial(grid.zoom, 1.25),
            "zoom_out": partial(grid.zoom, 0.8),
            "next_slice": window.slices.show_next,
            "previous_slice": window.slices.show_previous,
            "next_quarter": window.tiles.show_next_quarter,
            "previous_quarter": window.tiles.show_previous_quarter,
            "next_tile": window.tiles.show_next,
            "previous_tile": window.tiles.show_previous,
            "wider_magnifier": window.magnifier.enlarge,
            "narrower_magnifier": window.magnifier.reduce,
            "pan_left": partial(grid.pan, 1, 0),
            "pan_right": partial(grid.pan, -1, 0),
            "pan_up": partial(grid.pan, 0, 1),
            "pan_down": partial(grid.pan, 0, -1),
            "second_screen": window.second_screen.show_next,
            "corners": window.overlay_text.show_next_level,
            "all_overlay_text": window.overlay_text.show_all_text,
            "invert_one": window.voi.invert_alone,
            "next_preset": window.voi.show_next_preset,
            "next_preset_one": window.voi.show_next_preset_alone,
            "reset_window_level": window.voi.reset,
            "all_layers": layers.toggle_all,
            "alternate": layers.alternate,
            "alternate_models": window.models.alternate,
            "next_grid": window.model_layers.show_next_grid,
            "next_weighting": window.model_layers.show_next_weighting,
            "fewer_marks": window.budget.lower,
            "more_marks": window.budget.raise_,
            "impression": showing(window, window.reader.panel, window.reader.enter),
            "worksheet": window.worksheets.open,
            "reveal": window.reader.reveal,
            "next_finding": showing(window, window.findings, window.findings.show_next),
            "previous_finding": showing(window, window.findings, window.findings.show_previous),
            "accept": window.verdicts.accept,
            "reject": window.verdicts.reject,
            "reason": showing(window, window.findings, window.findings.go_to_reason),
            "workbench": window.workbench.show,
            "assess": window.session.assess,
            "cancel": window.cancel_work,
            **{f"point_{way}": partial(window.keyboard_pointer.step, way) for way in ("left", "right", "up", "down")},
            "press": window.keyboard_pointer.press,
            "label": window.outline_save.label,
            "delete": window.drawing.delete,
            "undo": lambda: undoes(window).undo(),
            "redo": lambda: undoes(window).redo(),
            "true_pictures": window.eraser.restore,
            "wider_brush": window.eraser.widen,
            "narrower_brush": window.eraser.narrow,
            "save": window.outline_save.save,
            "overlay": window.outline_save.ask_for_overlay,
            "calibrate": window.calibration.ask,
            "undo_calibration": window.calibration.undo,
            "tags": window.tag_browser.show_pointed,
            "clear": window.clear,
            "palette": window.show_palette,
            "manual": window.show_manual,
            "help": window.toggle_key_help,
            "fault": window.faults.show,
            "about": window.show_about,
        },
        switched={
            "studies": Switch(window.study_panel.open, window.study_panel.isVisible),
            "prior": Switch(window.hanging.show_prior, lambda: window.hanging.prior_shown),
            "play": Switch(window.slices.play, lambda: window.slices.playing),
            "magnifier": Switch(window.magnifier.switch, lambda: window.magnifier.switched),
            "double_magnifier": Switch(window.magnifier.set_double, lambda: window.magnifier.power == 2),
            "square_magnifier": Switch(window.magnifier.set_square, lambda: not window.magnifier.round),
            "cursor": Switch(window.linked_cursor.switch, lambda: window.linked_cursor.on),
            "link": Switch(grid.set_linked, lambda: grid.linked),
            "patient": Switch(window.overlay_text.show_patient, lambda: window.settings.show_patient),
            "smooth": Switch(grid.set_smooth, lambda: grid.smooth),
            "film_mask": Switch(grid.cover_film, lambda: grid.film_covered),
            "full_screen": Switch(window.panel_visibility.show_full_screen, window.isFullScreen),
            "panels": Switch(window.panel_visibility.hide_panels, lambda: window.panel_visibility.hidden),
            "invert": Switch(window.voi.invert, lambda: window.voi.shown_inverted),
            **{name: Switch(partial(layers.switch, name), partial(layers.is_on, name)) for name in layers.names},
            **{f"{name}_fill": Switch(partial(layers.fill, name), partial(filled, name)) for name in FILLABLE},
            "comparison": Switch(window.comparison_panel.open, window.comparison_panel.isVisible),
            "difference": Switch(window.comparison.show_difference, lambda: window.comparison.difference),
            **{
                name: Switch(partial(window.drawing.use, name), partial(is_active, name))
                for name in window.drawing.tools
            },
            "pointer": Switch(tools.use_pointer, lambda: not tools.active_tool),
            **{
                name: Switch(partial(tools.use, name), partial(is_active, name))
                for name in (*NAVIGATION_TOOLS, *ERASER_TOOLS)
            },
            "point_fine": Switch(window.keyboard_pointer.set_fine, lambda: window.keyboard_pointer.fine),
        },
        held={
            "hold_magnifier": window.magnifier.hold,
            "drag_window_level": window.voi.hold,
            "bare": layers.hold_bare,
        },
    )
