"""The menu Window/level: window, level and polarity."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Hold, Push, Switch
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.navigation.voi_controller import VoiController

_N = translate_noop
_C = "commands"

WINDOW_LEVEL_COMMANDS: tuple[Command, ...] = (
    Command(
        "invert",
        _N(_C, "Invert"),
        "I",
        "Window/level",
        Switch(VoiController, VoiController.invert, lambda voi: voi.shown_inverted),
    ),
    Command(
        "invert_one",
        _N(_C, "Invert this viewport alone"),
        "Alt+I",
        "Window/level",
        Push(VoiController, VoiController.invert_alone),
    ),
    Command(
        "next_preset",
        _N(_C, "Next window/level preset"),
        "V",
        "Window/level",
        Push(VoiController, VoiController.show_next_preset),
    ),
    Command(
        "next_preset_one",
        _N(_C, "Next window/level preset of this viewport alone"),
        "Alt+V",
        "Window/level",
        Push(VoiController, VoiController.show_next_preset_alone),
    ),
    Command(
        "reset_window_level",
        _N(_C, "Reset window/level"),
        "R",
        "Window/level",
        Push(VoiController, VoiController.reset),
    ),
    Command(
        "drag_window_level",
        _N(_C, "Drag changes window/level (hold)"),
        "W",
        "Window/level",
        Hold(VoiController, VoiController.hold),
    ),
)
