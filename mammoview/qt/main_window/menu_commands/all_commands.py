"""All commands, in the order of the menu bar."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command
from mammoview.qt.main_window.menu_commands.drawings_menu import DRAWINGS_COMMANDS
from mammoview.qt.main_window.menu_commands.file_menu import FILE_COMMANDS
from mammoview.qt.main_window.menu_commands.findings_menu import FINDINGS_COMMANDS
from mammoview.qt.main_window.menu_commands.help_menu import HELP_COMMANDS
from mammoview.qt.main_window.menu_commands.layers_menu import LAYERS_COMMANDS
from mammoview.qt.main_window.menu_commands.tools_menu import TOOLS_COMMANDS
from mammoview.qt.main_window.menu_commands.view_menu import VIEW_COMMANDS
from mammoview.qt.main_window.menu_commands.window_level_menu import WINDOW_LEVEL_COMMANDS

COMMANDS: tuple[Command, ...] = (
    *FILE_COMMANDS,
    *VIEW_COMMANDS,
    *WINDOW_LEVEL_COMMANDS,
    *LAYERS_COMMANDS,
    *FINDINGS_COMMANDS,
    *TOOLS_COMMANDS,
    *DRAWINGS_COMMANDS,
    *HELP_COMMANDS,
)
"""With their default keys."""
