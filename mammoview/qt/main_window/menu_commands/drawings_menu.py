"""The menu Drawings: drawing, undoing and saving."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Push, Switch
from mammoview.qt.drawing.drawing_controller import DrawingController
from mammoview.qt.drawing.save_actions import OutlineSaveController
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.undo_controller import UndoController

_N = translate_noop
_C = "commands"


def drawing_tool(name: str) -> Switch[DrawingController]:
    """Return what activates or deactivates a tool that draws."""
    return Switch(DrawingController, lambda drawing, on: drawing.use(name, on), lambda drawing: drawing.mode == name)


DRAWINGS_COMMANDS: tuple[Command, ...] = (
    Command("draw", _N(_C, "Draw outlines"), "D", "Drawings", drawing_tool("draw")),
    Command("edit", _N(_C, "Edit own drawings"), "E", "Drawings", drawing_tool("edit")),
    Command(
        "label",
        _N(_C, "About the chosen drawing…"),
        "Ctrl+L",
        "Drawings",
        Push(OutlineSaveController, OutlineSaveController.label),
    ),
    Command(
        "delete",
        _N(_C, "Delete the chosen drawing"),
        "Del",
        "Drawings",
        Push(DrawingController, DrawingController.delete),
    ),
    Command("undo", _N(_C, "Undo"), "Ctrl+Z", "Drawings", Push(UndoController, UndoController.undo), repeats=True),
    Command(
        "redo",
        _N(_C, "Redo"),
        "Ctrl+Shift+Z | Ctrl+Y",
        "Drawings",
        Push(UndoController, UndoController.redo),
        repeats=True,
    ),
    Command(
        "save",
        _N(_C, "Save own drawings"),
        "Ctrl+S",
        "Drawings",
        Push(OutlineSaveController, OutlineSaveController.save),
    ),
    Command(
        "overlay",
        _N(_C, "Write a DDSM overlay…"),
        "Ctrl+Shift+S",
        "Drawings",
        Push(OutlineSaveController, OutlineSaveController.ask_for_overlay),
    ),
)
