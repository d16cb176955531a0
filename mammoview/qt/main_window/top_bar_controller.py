"""Keeps the top bar up to date with the study, its hanging protocols and the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.qt.i18n.message_catalog import day
from mammoview.qt.reader.second_reader import mode_text

if TYPE_CHECKING:
    from mammoview.qt.main_window.main_window import MainWindow


class TopBarController(QObject):
    """Follows the parts of a window for its top bar."""

    def __init__(self, window: MainWindow) -> None:
        """Follow `window`."""
        super().__init__(window)
        self._window = window
        window.top_bar.stage_chosen.connect(self._show_stage)
        window.session.study_shown.connect(self._show_study)
        window.overlay_text.patient_shown.connect(self._show_study)
        window.hanging.shown.connect(self._show_stages)
        window.layers.changed.connect(self._show_layers)
        window.layers.refused.connect(self._show_layers)
        window.reader.second_reader.changed.connect(self._show_mode)
        self._show_study()
        self._show_mode()

    def _show_study(self, *_what: object) -> None:
        """Name the patient and the day, if the setting lets them be shown."""
        study = self._window.session.study
        if study is None or not self._window.settings.show_patient:
            self._window.top_bar.show_study("", "")
        else:
            self._window.top_bar.show_study(study.patient, day(study.date))

    def _show_stages(self, _title: str) -> None:
        """Show the hanging protocols of the study."""
        hanging = self._window.hanging
        self._window.top_bar.show_stages(hanging.protocols, hanging.name)

    def _show_stage(self, name: str) -> None:
        """Hang a stage."""
        self._window.hanging.show(name)
        self._show_stages("")
        self._window.focus_scans()

    def _show_layers(self, *_what: object) -> None:
        """Light the master switch while a layer is on."""
        self._window.top_bar.show_layers(bool(self._window.layers.switched_on))

    def _show_mode(self) -> None:
        """Say how layers and reader meet."""
        self._window.top_bar.show_mode(mode_text(self._window.reader.second_reader.mode))
