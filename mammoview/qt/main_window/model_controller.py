"""Choice of the models that the window runs: shows the dialog, stores the choice, and alternates between two."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from mammoview.core.settings import Settings
from mammoview.qt.dialogs.model_check_worker import CheckedModel, ModelCheckWorker
from mammoview.qt.main_window.settings_controller import SettingsController
from mammoview.qt.session.model_choice import BUNDLED_SETTING, ModelChoice
from mammoview.qt.session.session import Session
from mammoview.qt.widgets.notifier import Notifier


class ModelController(QObject):
    """The commands about models A and B."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        settings_controller: SettingsController,
        notifier: Notifier,
        window: QWidget,
    ) -> None:
        """Change what `session` runs, and have it written to `settings`."""
        super().__init__(window)
        self._choices, self._settings, self._settings_controller = session.choices, settings, settings_controller
        self._notifier, self._window = notifier, window
        self.worker = ModelCheckWorker(self)
        self.worker.failed.connect(notifier.warn_general)

    def stop(self) -> None:
        """End the thread."""
        self.worker.stop()

    def show(self) -> None:
        """Ask which models are to be run."""
        from mammoview.qt.dialogs.model_dialog import ModelDialog  # not on the way to the whole window

        dialog = ModelDialog(self._choices, self.worker, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.use)
        dialog.open()

    def use(self, first: ModelChoice, second: ModelChoice | None = None) -> None:
        """Run these models from now on, and at the next start."""
        if not self._choices.use(first, second):
            self._notifier.warn_general(self.tr("A and B are the same model: choose another one, or none, as B"))
            return
        beside = "" if second is None else second.setting or BUNDLED_SETTING
        self._settings.own_model, self._settings.second_model = first.setting, beside
        self._settings_controller.save()

    def find(self, key: str) -> None:
        """Ask where a model of the user's own lies that is neither A nor B, and show it beside the current one.

        `key` is its `ModelChoice.key`; a folder with another model, or with mistakes, is refused in a line.
        """
        from mammoview.qt.widgets.file_dialogs import folder_to_open

        folder = folder_to_open(self._window, self.tr("Folder of a model of your own"))
        if folder:
            self.worker.check(Path(folder)).connect(self, result=partial(self._take_found, key))

    def _take_found(self, key: str, found: CheckedModel) -> None:
        if found.choice is None:
            self._notifier.warn_general(found.lines[0])
        elif found.choice.key != key:
            text = self.tr("{}: this is another model than that of the rows")
            self._notifier.warn_general(text.format(found.choice.words))
        else:
            self.use(found.choice, self._choices.shown)

    def alternate(self) -> None:
        """Show the results of the other model in place."""
        if not self._choices.toggle():
            self._notifier.info(self.tr("There is one model. File, Model… chooses a second one to compare"))
