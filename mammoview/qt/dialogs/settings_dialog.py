"""The dialog of the settings: pages made from the typed settings, and the keys."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from PySide6.QtCore import QCoreApplication, QSize, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from mammoview.core.setting_control import SettingsPage
from mammoview.core.settings import Settings
from mammoview.qt.actions.commands import Command
from mammoview.qt.dialogs.settings_form import SettingsForm
from mammoview.qt.dialogs.shortcuts_page import ShortcutsPage
from mammoview.qt.widgets import theme

WIDTH_EMS, HEIGHT_EMS = 48, 39
"""Size in widths of the letter m."""


class SettingsDialog(QDialog):
    """Edits a copy of the settings; nothing changes before OK."""

    chosen = Signal(object)
    """The new Settings."""

    def __init__(self, settings: Settings, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        """Show `settings`, and `commands` with their keys."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._settings = settings
        column = QVBoxLayout(self)
        self.pages = QTabWidget()
        self.forms = {page: SettingsForm(page) for page in SettingsPage}
        for page, form in self.forms.items():
            self.pages.addTab(_scrolled(form), QCoreApplication.translate("settings", page))
        self.keys = ShortcutsPage(commands)
        self.pages.addTab(_scrolled(self.keys), self.tr("Keys"))
        column.addWidget(self.pages, 1)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        theme.make_warning(self.problem)
        column.addWidget(self.problem)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel | kinds.RestoreDefaults)
        self.buttons.button(kinds.Ok).setText(self.tr("OK"))
        self.buttons.button(kinds.Cancel).setText(self.tr("Cancel"))
        self.buttons.button(kinds.RestoreDefaults).setText(self.tr("Restore defaults"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(kinds.RestoreDefaults).clicked.connect(self.show_defaults)
        column.addWidget(self.buttons)
        self.show_values(settings)
        wanted = QSize(theme.ems(self, WIDTH_EMS), theme.ems(self, HEIGHT_EMS))
        self.resize(wanted.boundedTo(self.screen().availableSize()))

    def show_values(self, settings: Settings) -> None:
        """Show these settings in all pages."""
        for form in self.forms.values():
            form.show_values(settings)
        self.keys.show_keys(settings.keys)

    def show_defaults(self) -> None:
        """Show what the program begins with."""
        self.show_values(Settings.model_construct())

    def accept(self) -> None:
        """Check the values and hand them over; show what is wrong with them otherwise."""
        values: dict[str, object] = {}
        for form in self.forms.values():
            values |= form.values
        try:
            changed = self._settings.model_copy()
            for name, value in {**values, "keys": self.keys.keys}.items():
                setattr(changed, name, value)
        except ValidationError as error:
            first = error.errors()[0]
            self.problem.setText(self.tr("{field}: {what}").format(field=first["loc"][0], what=first["msg"]))
            return
        self.chosen.emit(changed)
        super().accept()


def _scrolled(page: QWidget) -> QScrollArea:
    """Return a page in an area that scrolls it where a screen is too small for it."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(page)
    return area
