"""The settings at work: asks for them, applies what changed while the window is open, and has them saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from mammoview.core.settings import Settings
from mammoview.qt.actions.commands import Command, shown_keys, with_keys
from mammoview.qt.dialogs.first_start_notice import FirstStartNotice
from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.viewport.viewport import FilmMasking
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow


class SettingsController(QObject):
    """The settings dialog and the first-start notice of a window."""

    def __init__(self, window: MainWindow, keep: bool) -> None:
        """Serve `window`; `keep` tells whether its settings are the user's, to be saved."""
        super().__init__(window)
        self._window, self._keep = window, keep

    def show(self) -> None:
        """Ask for other settings."""
        dialog = SettingsDialog(self._window.settings, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.apply)
        dialog.open()

    def begin(self) -> None:
        """Show the notice if it has not been accepted yet."""
        if not self._window.settings.notice_seen:
            notice = FirstStartNotice(self._window)
            notice.accepted.connect(self._take_acceptance)
            notice.rejected.connect(self._window.close)
            notice.open()

    def apply(self, wanted: Settings) -> None:
        """Take over settings; language and device count from the next start on."""
        window, kept = self._window, self._window.settings
        for name in type(kept).model_fields:
            if getattr(kept, name) != getattr(wanted, name):
                setattr(kept, name, getattr(wanted, name))
        apply_theme(kept)
        window.reader.audit_controller.who = kept.reader
        window.reader.set_mode(kept.reading)
        window.overlay_text.show_patient(kept.show_patient)
        window.viewport_grid.set_smooth(kept.smooth_pixels)
        window.viewport_grid.set_film_mask(FilmMasking.FILM if kept.film_mask else FilmMasking.OFF)
        window.viewport_grid.set_fitted(kept.fitted)
        window.viewport_grid.set_linked(kept.linked)
        window.session.assess_automatically = kept.assess_on_open
        table, _problems = with_keys(kept.keys)
        window.use_keys(table)
        self.save()

    def save(self) -> None:
        """Have the settings written, if they are the user's."""
        if self._keep:
            self._window.reader.records_worker.save_settings(self._window.settings.model_copy(deep=True))

    def _take_acceptance(self) -> None:
        """Never show the notice again."""
        self._window.settings.notice_seen = True
        self.save()


def apply_theme(settings: Settings) -> None:
    """Give the application theme and size of text."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        theme.apply(running, settings.theme, settings.ui_scale)


def first_keys(table: Sequence[Command]) -> dict[str, str]:
    """Return the key that is shown beside each command; an empty text where it has none."""
    return {command.name: shown_keys(command).split(", ")[0] for command in table}
