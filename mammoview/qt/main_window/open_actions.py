"""The commands that open: files, a folder, the sample study, another of the studies that are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mammoview.core.settings import Settings
from mammoview.qt.session.session import Session
from mammoview.qt.widgets.file_dialogs import files_to_open, folder_to_open
from mammoview.qt.widgets.notifier import Notifier


class OpenController(QObject):
    """Asks what to open, and steps through the studies."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        open_paths: Callable[[Sequence[str | Path]], None],
        notifier: Notifier,
        parent: QWidget,
    ) -> None:
        """Hand what is chosen to `open_paths`; the settings remember where it was, `notifier` shows what is missing."""
        super().__init__(parent)
        self._session, self._settings, self._open = session, settings, open_paths
        self._notifier, self._parent = notifier, parent

    def ask_for_files(self) -> None:
        """Ask for files and open them."""
        names = files_to_open(self._parent, self.tr("Open files"), self._settings.last_folder)
        self._open_chosen(names)

    def ask_for_folder(self) -> None:
        """Ask for a folder and open it."""
        name = folder_to_open(self._parent, self.tr("Open folder"), self._settings.last_folder)
        self._open_chosen([name] if name else [])

    def open_sample(self) -> None:
        """Open the sample study, or show how to get it."""
        from mammoview.core.errors import MammoviewError
        from mammoview.formats.opening.sample_study import sample_study

        try:
            self._open([sample_study()])
        except MammoviewError as error:
            self._notifier.warn_general(str(error))

    def show_next_study(self) -> None:
        """Show the next study."""
        self._step(1)

    def show_previous_study(self) -> None:
        """Show the study before."""
        self._step(-1)

    def forget(self, places: Sequence[Path]) -> None:
        """Forget where the file dialogs were if that lies in these folders; without any, wherever it lies."""
        last = Path(self._settings.last_folder)
        if not places or any(place in (last, *last.parents) or last in place.parents for place in places):
            self._settings.last_folder = ""

    def _open_chosen(self, names: Sequence[str]) -> None:
        """Open what was chosen and remember where it was."""
        if names:
            self._settings.last_folder = str(Path(names[0]).parent)
            self._open(names)

    def _step(self, step: int) -> None:
        """Show another study."""
        if self._session.studies:
            self._session.show_study((self._session.index + step) % len(self._session.studies))
