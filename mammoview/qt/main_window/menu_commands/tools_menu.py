"""The menu Tools: tools of the pointer, eraser, calibration and tags."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Push, Switch
from mammoview.qt.dialogs.tag_browser import TagBrowser
from mammoview.qt.drawing.calibration_controller import CalibrationController
from mammoview.qt.eraser.eraser_controller import ERASE, MOVE, EraserController
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.cancel_controller import CancelController
from mammoview.qt.main_window.menu_commands.drawings_menu import drawing_tool
from mammoview.qt.main_window.navigation_tools import GREY, PAN, ZOOM, NavigationToolController
from mammoview.qt.navigation.keyboard_pointer import KeyboardPointer
from mammoview.study.annotations import TYPES

_N = translate_noop
_C = "commands"

_ERASER = _N(_C, "Eraser")
_POINTER = _N(_C, "Keyboard's pointer")


def _tool(name: str) -> Switch[NavigationToolController]:
    """Return what activates or deactivates a tool of navigation or of the eraser."""
    return Switch(
        NavigationToolController, lambda tools, on: tools.use(name, on), lambda tools: tools.active_tool == name
    )


TOOLS_COMMANDS: tuple[Command, ...] = (
    Command(
        "pointer",
        _N(_C, "Pointer"),
        "Alt+1",
        "Tools",
        Switch(NavigationToolController, NavigationToolController.use_pointer, lambda tools: not tools.active_tool),
    ),
    Command("window_level_tool", _N(_C, "Window and level"), "Alt+2", "Tools", _tool(GREY)),
    Command("pan_tool", _N(_C, "Pan"), "Alt+3", "Tools", _tool(PAN)),
    Command("zoom_tool", _N(_C, "Zoom"), "Alt+4", "Tools", _tool(ZOOM)),
    *(Command(kind.value, one.title, one.key, "Tools", drawing_tool(kind.value)) for kind, one in TYPES.items()),
    Command(
        "point_left",
        _N(_C, "Keyboard's pointer: left"),
        "Alt+Left",
        "Tools",
        Push(KeyboardPointer, lambda pointer: pointer.step("left")),
        submenu=_POINTER,
        repeats=True,
    ),
    Command(
        "point_right",
        _N(_C, "Keyboard's pointer: right"),
        "Alt+Right",
        "Tools",
        Push(KeyboardPointer, lambda pointer: pointer.step("right")),
        submenu=_POINTER,
        repeats=True,
    ),
    Command(
        "point_up",
        _N(_C, "Keyboard's pointer: up"),
        "Alt+Up",
        "Tools",
        Push(KeyboardPointer, lambda pointer: pointer.step("up")),
        submenu=_POINTER,
        repeats=True,
    ),
    Command(
        "point_down",
        _N(_C, "Keyboard's pointer: down"),
        "Alt+Down",
        "Tools",
        Push(KeyboardPointer, lambda pointer: pointer.step("down")),
        submenu=_POINTER,
        repeats=True,
    ),
    Command(
        "point_fine",
        _N(_C, "Keyboard's pointer: fine steps"),
        "Alt+.",
        "Tools",
        Switch(KeyboardPointer, KeyboardPointer.set_fine, lambda pointer: pointer.fine),
        submenu=_POINTER,
    ),
    Command(
        "press",
        _N(_C, "Keyboard's pointer: press and release"),
        "Alt+Return",
        "Tools",
        Push(KeyboardPointer, KeyboardPointer.press),
        submenu=_POINTER,
    ),
    Command(
        "erase",
        _N(_C, "Erase tissue: what made the models say that?"),
        "Ctrl+D",
        "Tools",
        _tool(ERASE),
        submenu=_ERASER,
    ),
    Command("move_region", _N(_C, "Move a region elsewhere"), "Ctrl+Shift+D", "Tools", _tool(MOVE), submenu=_ERASER),
    Command(
        "wider_brush",
        _N(_C, "Wider brush"),
        "Alt+]",
        "Tools",
        Push(EraserController, EraserController.widen),
        submenu=_ERASER,
        repeats=True,
    ),
    Command(
        "narrower_brush",
        _N(_C, "Narrower brush"),
        "Alt+[",
        "Tools",
        Push(EraserController, EraserController.narrow),
        submenu=_ERASER,
        repeats=True,
    ),
    Command(
        "true_pictures",
        _N(_C, "Show the true pictures again"),
        "Ctrl+Shift+R",
        "Tools",
        Push(EraserController, EraserController.restore),
        submenu=_ERASER,
    ),
    Command(
        "calibrate",
        _N(_C, "Calibrate with the ruler…"),
        "Ctrl+K",
        "Tools",
        Push(CalibrationController, CalibrationController.ask),
    ),
    Command(
        "undo_calibration",
        _N(_C, "Undo the calibration"),
        "Ctrl+Shift+K",
        "Tools",
        Push(CalibrationController, CalibrationController.undo),
    ),
    Command("tags", _N(_C, "Tags of the scan"), "T", "Tools", Push(TagBrowser, TagBrowser.show_pointed)),
    Command(
        "clear",
        _N(_C, "Drop what is under way and close messages"),
        "Esc",
        "Tools",
        Push(CancelController, CancelController.clear),
    ),
)
