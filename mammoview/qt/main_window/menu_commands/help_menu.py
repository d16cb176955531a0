"""The menu Help: manual, keys and what the program is."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Push
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.fault_reports import FaultController
from mammoview.qt.main_window.help_controller import HelpController

_N = translate_noop
_C = "commands"

HELP_COMMANDS: tuple[Command, ...] = (
    Command(
        "palette", _N(_C, "Find a command…"), "Ctrl+Shift+P", "Help", Push(HelpController, HelpController.show_palette)
    ),
    Command("manual", _N(_C, "Manual"), "Shift+F1", "Help", Push(HelpController, HelpController.show_manual)),
    Command("help", _N(_C, "Keys"), "? | F1", "Help", Push(HelpController, HelpController.toggle_keys)),
    Command("fault", _N(_C, "Report a fault…"), "Ctrl+Shift+F1", "Help", Push(FaultController, FaultController.show)),
    Command("about", _N(_C, "About Mammoview"), "Ctrl+F1", "Help", Push(HelpController, HelpController.show_about)),
)
