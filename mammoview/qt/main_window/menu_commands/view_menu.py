"""The menu View: what is seen of the scans, and how large."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Hold, Push, Switch
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.panel_visibility import PanelVisibility
from mammoview.qt.main_window.second_screen import SecondScreenController
from mammoview.qt.main_window.true_size import TrueSizeController
from mammoview.qt.navigation.hanging_controller import HangingController
from mammoview.qt.navigation.linked_cursor import LinkedCursor
from mammoview.qt.navigation.magnifier import Magnifier
from mammoview.qt.navigation.overlay_text_controller import OverlayTextController
from mammoview.qt.navigation.slice_controller import SliceController
from mammoview.qt.navigation.tile_controller import TileController
from mammoview.qt.session.priors import PriorController
from mammoview.qt.viewport.viewport_grid import ViewportGrid

_N = translate_noop
_C = "commands"

_HANGING = _N(_C, "Hanging protocol and priors")
_ZOOM = _N(_C, "Zoom and place")
_SLICES = _N(_C, "Slices")
_MAGNIFY = _N(_C, "Magnify")
_TEXT = _N(_C, "Overlay text")
_SCREENS = _N(_C, "Screens")

VIEW_COMMANDS: tuple[Command, ...] = (
    Command(
        "next_stage",
        _N(_C, "Next hanging stage"),
        "Space",
        "View",
        Push(HangingController, HangingController.show_next),
        submenu=_HANGING,
    ),
    Command(
        "previous_stage",
        _N(_C, "Previous hanging stage"),
        "Shift+Space",
        "View",
        Push(HangingController, HangingController.show_previous),
        submenu=_HANGING,
    ),
    Command(
        "prior",
        _N(_C, "Prior in place, and back"),
        "Backspace",
        "View",
        Switch(HangingController, HangingController.show_prior, lambda hanging: hanging.prior_shown),
        submenu=_HANGING,
    ),
    Command(
        "older_prior",
        _N(_C, "Older prior"),
        "Shift+Backspace",
        "View",
        Push(PriorController, PriorController.show_older),
        submenu=_HANGING,
    ),
    Command(
        "newer_prior",
        _N(_C, "Newer prior"),
        "Ctrl+Backspace",
        "View",
        Push(PriorController, PriorController.show_newer),
        submenu=_HANGING,
    ),
    Command(
        "next_viewport", _N(_C, "Next viewport"), "Ctrl+Tab", "View", Push(ViewportGrid, ViewportGrid.activate_next)
    ),
    Command(
        "single", _N(_C, "Single viewport and back"), "Return", "View", Push(ViewportGrid, ViewportGrid.toggle_single)
    ),
    Command(
        "fit_breast",
        _N(_C, "Fit the breasts"),
        "F",
        "View",
        Push(ViewportGrid, ViewportGrid.fit_breasts),
        submenu=_ZOOM,
    ),
    Command(
        "fit", _N(_C, "Fit the films"), "Shift+F", "View", Push(ViewportGrid, ViewportGrid.fit_films), submenu=_ZOOM
    ),
    Command(
        "film_mask",
        _N(_C, "Cover the film outside the breasts"),
        "Shift+E",
        "View",
        Switch(ViewportGrid, ViewportGrid.cover_film, lambda grid: grid.film_covered),
    ),
    Command(
        "actual",
        _N(_C, "One scan pixel per screen pixel"),
        "1",
        "View",
        Push(ViewportGrid, ViewportGrid.show_actual_pixels),
        submenu=_ZOOM,
    ),
    Command(
        "true_size", _N(_C, "True size"), "3", "View", Push(TrueSizeController, TrueSizeController.show), submenu=_ZOOM
    ),
    Command(
        "measure_screen",
        _N(_C, "Measure the screen for true size…"),
        "Ctrl+3",
        "View",
        Push(TrueSizeController, TrueSizeController.measure),
        submenu=_ZOOM,
    ),
    Command(
        "zoom_in",
        _N(_C, "Zoom in"),
        "+ | =",
        "View",
        Push(ViewportGrid, lambda grid: grid.zoom(1.25)),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "zoom_out",
        _N(_C, "Zoom out"),
        "-",
        "View",
        Push(ViewportGrid, lambda grid: grid.zoom(0.8)),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "next_slice",
        _N(_C, "Next slice"),
        ".",
        "View",
        Push(SliceController, SliceController.show_next),
        submenu=_SLICES,
        repeats=True,
    ),
    Command(
        "previous_slice",
        _N(_C, "Previous slice"),
        ",",
        "View",
        Push(SliceController, SliceController.show_previous),
        submenu=_SLICES,
        repeats=True,
    ),
    Command(
        "play",
        _N(_C, "Play the slices"),
        "Ctrl+Space",
        "View",
        Switch(SliceController, SliceController.play, lambda slices: slices.playing),
        submenu=_SLICES,
    ),
    Command(
        "next_tile",
        _N(_C, "Next tile of the breast at full resolution"),
        "PgDown",
        "View",
        Push(TileController, TileController.show_next),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "previous_tile",
        _N(_C, "Previous tile of the breast"),
        "PgUp",
        "View",
        Push(TileController, TileController.show_previous),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "next_quarter",
        _N(_C, "Next quarter of the breast"),
        "Alt+PgDown",
        "View",
        Push(TileController, TileController.show_next_quarter),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "previous_quarter",
        _N(_C, "Previous quarter of the breast"),
        "Alt+PgUp",
        "View",
        Push(TileController, TileController.show_previous_quarter),
        submenu=_ZOOM,
        repeats=True,
    ),
    Command(
        "hold_magnifier", _N(_C, "Magnifier (hold)"), "Z", "View", Hold(Magnifier, Magnifier.hold), submenu=_MAGNIFY
    ),
    Command(
        "magnifier",
        _N(_C, "Magnifier"),
        "Shift+Z",
        "View",
        Switch(Magnifier, Magnifier.switch, lambda magnifier: magnifier.switched),
        submenu=_MAGNIFY,
    ),
    Command(
        "wider_magnifier",
        _N(_C, "Wider magnifier"),
        "]",
        "View",
        Push(Magnifier, Magnifier.enlarge),
        submenu=_MAGNIFY,
        repeats=True,
    ),
    Command(
        "narrower_magnifier",
        _N(_C, "Narrower magnifier"),
        "[",
        "View",
        Push(Magnifier, Magnifier.reduce),
        submenu=_MAGNIFY,
        repeats=True,
    ),
    Command(
        "double_magnifier",
        _N(_C, "Magnifier at twice full resolution"),
        "2",
        "View",
        Switch(Magnifier, Magnifier.set_double, lambda magnifier: magnifier.power == 2),
        submenu=_MAGNIFY,
    ),
    Command(
        "square_magnifier",
        _N(_C, "Square magnifier"),
        "Alt+Z",
        "View",
        Switch(Magnifier, Magnifier.set_square, lambda magnifier: not magnifier.round),
        submenu=_MAGNIFY,
    ),
    Command(
        "cursor",
        _N(_C, "Mark the pointer in the other viewports"),
        "J",
        "View",
        Switch(LinkedCursor, LinkedCursor.switch, lambda cursor: cursor.on),
    ),
    Command(
        "pan_left",
        _N(_C, "Move left"),
        "Left",
        "View",
        Push(ViewportGrid, lambda grid: grid.pan(1, 0)),
        submenu=_ZOOM,
        repeats=True,
        scans_only=True,
    ),
    Command(
        "pan_right",
        _N(_C, "Move right"),
        "Right",
        "View",
        Push(ViewportGrid, lambda grid: grid.pan(-1, 0)),
        submenu=_ZOOM,
        repeats=True,
        scans_only=True,
    ),
    Command(
        "pan_up",
        _N(_C, "Move up"),
        "Up",
        "View",
        Push(ViewportGrid, lambda grid: grid.pan(0, 1)),
        submenu=_ZOOM,
        repeats=True,
        scans_only=True,
    ),
    Command(
        "pan_down",
        _N(_C, "Move down"),
        "Down",
        "View",
        Push(ViewportGrid, lambda grid: grid.pan(0, -1)),
        submenu=_ZOOM,
        repeats=True,
        scans_only=True,
    ),
    Command(
        "link",
        _N(_C, "Link the viewports"),
        "L",
        "View",
        Switch(ViewportGrid, ViewportGrid.set_linked, lambda grid: grid.linked),
    ),
    Command(
        "patient",
        _N(_C, "Show the patient"),
        "P",
        "View",
        Switch(OverlayTextController, OverlayTextController.show_patient, lambda text: text.names_patient),
        submenu=_TEXT,
    ),
    Command(
        "corners",
        _N(_C, "Less text in the corners"),
        "Shift+I",
        "View",
        Push(OverlayTextController, OverlayTextController.show_next_level),
        submenu=_TEXT,
    ),
    Command(
        "all_overlay_text",
        _N(_C, "All overlay text of the scan"),
        "Ctrl+Shift+I",
        "View",
        Push(OverlayTextController, OverlayTextController.show_all_text),
        submenu=_TEXT,
    ),
    Command(
        "smooth",
        _N(_C, "Interpolate enlarged pixels"),
        "Ctrl+1",
        "View",
        Switch(ViewportGrid, ViewportGrid.set_smooth, lambda grid: grid.smooth),
    ),
    Command(
        "panels",
        _N(_C, "Hide the panels"),
        "Shift+Tab",
        "View",
        Switch(PanelVisibility, PanelVisibility.hide_panels, lambda panels: panels.hidden),
    ),
    Command(
        "second_screen",
        _N(_C, "Second screen: panel, images, nothing"),
        "Ctrl+Alt+M",
        "View",
        Push(SecondScreenController, SecondScreenController.show_next),
        submenu=_SCREENS,
    ),
    Command(
        "full_screen",
        _N(_C, "Full screen"),
        "F11",
        "View",
        Switch(PanelVisibility, PanelVisibility.show_full_screen, lambda panels: panels.full_screen),
        submenu=_SCREENS,
    ),
)
