"""What helps to use the program: manual, keys, the search for a command, and what the program is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mammoview.qt.actions.commands import Command, with_keys

if TYPE_CHECKING:
    from mammoview.core.settings import Settings
    from mammoview.qt.actions.shortcut_help import ShortcutHelp
    from mammoview.qt.session.session import Session
    from mammoview.qt.viewport.viewport_grid import ViewportGrid


class HelpController(QObject):
    """Opens the windows of the menu Help."""

    def __init__(
        self,
        session: Session,
        commands: Sequence[Command],
        actions: Mapping[str, QAction],
        settings: Settings,
        shortcut_help: ShortcutHelp,
        viewport_grid: ViewportGrid,
        window: QWidget,
    ) -> None:
        """Prepare; nothing is made before it is asked for.

        Parameters
        ----------
        session
            Its models are named in what the program is.
        commands, actions
            All commands with their default keys, and their actions by name.
        settings
            They have the reader's own keys.
        shortcut_help
            The keys, over `viewport_grid`, which takes the keyboard back from them.
        window
            Parent of the windows that are opened.
        """
        super().__init__(window)
        self._session, self._commands, self._actions, self._settings = session, commands, actions, settings
        self._shortcut_help, self._viewport_grid, self._window = shortcut_help, viewport_grid, window

    def show_palette(self) -> None:
        """Ask for a command by its words."""
        from mammoview.qt.actions.command_palette import CommandPalette

        CommandPalette(with_keys(self._commands, self._settings.keys)[0], self._actions, self._window).open()

    def show_manual(self) -> None:
        """Open the manual."""
        from mammoview.qt.dialogs.manual_window import ManualWindow

        ManualWindow(self._window).show()

    def toggle_keys(self) -> None:
        """Show all keys, or hide them."""
        if self._shortcut_help.isVisible():
            self._shortcut_help.hide()
            self._viewport_grid.focus_active()
        else:
            self._shortcut_help.open()

    def show_about(self) -> None:
        """Show what the program is, and what it is not."""
        from mammoview.qt.dialogs.about import AboutDialog

        AboutDialog(self._session.loader, self._session.choices.run, self._window).open()
