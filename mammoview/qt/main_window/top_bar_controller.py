"""Keeps the top bar up to date with the study, its hanging protocols and the layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from mammoview.qt.i18n.message_catalog import day
from mammoview.qt.reader.second_reader import mode_text

if TYPE_CHECKING:
    from mammoview.core.settings import Settings
    from mammoview.qt.main_window.top_bar import TopBar
    from mammoview.qt.navigation.hanging_controller import HangingController
    from mammoview.qt.navigation.overlay_text_controller import OverlayTextController
    from mammoview.qt.reader.second_reader import SecondReaderController
    from mammoview.qt.session.layer_state import LayerState
    from mammoview.qt.session.session import Session


class TopBarController(QObject):
    """Follows the parts of a window for its top bar."""

    def __init__(
        self,
        top_bar: TopBar,
        session: Session,
        overlay_text: OverlayTextController,
        hanging: HangingController,
        layers: LayerState,
        second_reader: SecondReaderController,
        settings: Settings,
        focus_scans: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """Show in `top_bar` what the other parts have; `focus_scans` gives the keyboard back to the scans."""
        super().__init__(parent)
        self._top_bar, self._session, self._hanging, self._layers = top_bar, session, hanging, layers
        self._second_reader, self._settings, self._focus_scans = second_reader, settings, focus_scans
        top_bar.stage_chosen.connect(self._show_stage)
        session.study_shown.connect(self._show_study)
        overlay_text.patient_shown.connect(self._show_study)
        hanging.shown.connect(self._show_stages)
        layers.changed.connect(self._show_layers)
        layers.refused.connect(self._show_layers)
        second_reader.changed.connect(self._show_mode)
        self._show_study()
        self._show_mode()

    def _show_study(self, *_what: object) -> None:
        """Name the patient and the day, if the setting lets them be shown."""
        study = self._session.study
        if study is None or not self._settings.show_patient:
            self._top_bar.show_study("", "")
        else:
            self._top_bar.show_study(study.patient, day(study.date))

    def _show_stages(self, _title: str) -> None:
        """Show the hanging protocols of the study."""
        self._top_bar.show_stages(self._hanging.protocols, self._hanging.name)

    def _show_stage(self, name: str) -> None:
        """Hang a stage."""
        self._hanging.show(name)
        self._show_stages("")
        self._focus_scans()

    def _show_layers(self, *_what: object) -> None:
        """Light the master switch while a layer is on."""
        self._top_bar.show_layers(bool(self._layers.switched_on))

    def _show_mode(self) -> None:
        """Show the reading mode."""
        self._top_bar.show_mode(mode_text(self._second_reader.mode))
