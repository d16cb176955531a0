"""Shows the settings dialog, applies what changed while the window is open, and saves it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.core.settings import Settings
from mammoview.qt.actions.commands import Command, shown_keys, with_keys
from mammoview.qt.main_window import window_state
from mammoview.qt.navigation.overlay_text_controller import OverlayTextController
from mammoview.qt.reader.reader_controller import ReaderController
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport_grid import ViewportGrid
from mammoview.qt.widgets import theme


class SettingsController(QObject):
    """The settings dialog and the first-start notice of a window."""

    keys_changed = Signal(object)
    """The commands with other keys, a sequence of Command."""

    def __init__(
        self,
        settings: Settings,
        session: Session,
        reader: ReaderController,
        overlay_text: OverlayTextController,
        viewport_grid: ViewportGrid,
        commands: Sequence[Command],
        keep: bool,
        window: QWidget,
    ) -> None:
        """Prepare.

        Parameters
        ----------
        settings
            What is asked for and changed.
        session, reader, overlay_text, viewport_grid
            Where it is applied.
        commands
            All commands with their default keys.
        keep
            Whether the settings are the user's, to be saved.
        window
            Window of the dialogs; closed where the notice is not accepted.
        """
        super().__init__(window)
        self._settings, self._session, self._reader = settings, session, reader
        self._overlay_text, self._viewport_grid = overlay_text, viewport_grid
        self._commands, self._keep, self._window = commands, keep, window

    def show(self) -> None:
        """Ask for other settings."""
        from mammoview.qt.dialogs.settings_dialog import SettingsDialog  # not on the way to the whole window

        dialog = SettingsDialog(self._settings, self._commands, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.apply)
        dialog.open()

    def begin(self) -> None:
        """Show the notice if it has not been accepted yet."""
        if not self._settings.notice_seen:
            from mammoview.qt.dialogs.first_start_notice import FirstStartNotice

            notice = FirstStartNotice(self._window)
            notice.accepted.connect(self._take_acceptance)
            notice.rejected.connect(self._window.close)
            notice.open()

    def apply(self, wanted: Settings) -> None:
        """Take over settings; language and device count from the next start on."""
        kept = self._settings
        for name in type(kept).model_fields:
            if getattr(kept, name) != getattr(wanted, name):
                setattr(kept, name, getattr(wanted, name))
        apply_theme(kept)
        self._reader.audit_controller.who = kept.reader
        self._reader.set_mode(kept.reading)
        self._overlay_text.show_patient(kept.show_patient)
        window_state.apply_to_viewports(kept, self._viewport_grid)
        self._session.assess_automatically = kept.assess_on_open
        commands, _problems = with_keys(self._commands, kept.keys)
        self.keys_changed.emit(commands)
        self.save()

    def save(self) -> None:
        """Have the settings written, if they are the user's."""
        if self._keep:
            self._reader.records_worker.save_settings(self._settings.model_copy(deep=True))

    def _take_acceptance(self) -> None:
        """Never show the notice again."""
        self._settings.notice_seen = True
        self.save()


def apply_theme(settings: Settings) -> None:
    """Give the application theme and size of text."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        theme.apply(running, settings.theme, settings.ui_scale)


def first_keys(table: Sequence[Command]) -> dict[str, str]:
    """Return the key that is shown beside each command; an empty text where it has none."""
    return {command.name: shown_keys(command).split(", ")[0] for command in table}
