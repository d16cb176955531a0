"""Asks what the library is to forget, and has it forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.qt.library.library_client import LibraryClient

if TYPE_CHECKING:
    from mammoview.library.folder_scan import UserFolder
    from mammoview.library.queries import IndexedStudy


class ForgetController(QObject):
    """Modeless question, and what follows from its answer."""

    forgotten = Signal(list)
    """Folders that nothing of the program is to name any more; empty for all."""

    def __init__(self, client: LibraryClient, parent: QWidget) -> None:
        """Have `client` forget."""
        super().__init__(parent)
        self._client, self._parent = client, parent
        self.box: QMessageBox | None = None

    def ask(self, study: IndexedStudy | None, name: str) -> None:
        """Ask what to forget: a study, which goes by that name, its folder, or everything."""
        self._client.list_folders(lambda folders: self._ask(study, name, folders))

    def _ask(self, study: IndexedStudy | None, name: str, folders: Sequence[UserFolder]) -> None:
        """Ask, now that the folders are known."""
        box = QMessageBox(self._parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Forget"))
        box.setText(self.tr("What is the library to forget?"))
        box.setInformativeText(
            self.tr(
                "Its entries and thumbnails go without a trace. Your pictures stay. "
                "A study comes back when its folder is scanned again."
            )
        )
        if study is not None:
            places = [scan.source.parent for scan in study.scans]
            self._offer(box, self.tr("This study: {}").format(name), self._client.forget_study, places, study.id)
            folder = next((f for f in folders if any(f.path in (p, *p.parents) for p in places)), None)
            if folder is not None:
                text = self.tr("Its folder: {}").format(folder.path.name)
                self._offer(box, text, self._client.forget_folder, [folder.path], folder.id)
        self._offer(box, self.tr("Everything"), self._client.forget_everything, [])
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        self.box = box
        box.destroyed.connect(self._let_go)
        box.open()

    def _offer(self, box: QMessageBox, text: str, forget: Callable[..., None], places: list[Path], *what: int) -> None:
        """Add one thing that can be forgotten."""

        def act() -> None:
            forget(*what)
            self.forgotten.emit(places)

        box.addButton(text, QMessageBox.ButtonRole.DestructiveRole).clicked.connect(act)

    def _let_go(self) -> None:
        """Know that the question has been answered."""
        self.box = None
