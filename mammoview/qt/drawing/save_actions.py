"""The commands that label and save own outlines, and ask where to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.formats.common.outline_files import OWN_ENDING, own_file
from mammoview.qt.drawing.drawing_controller import DrawingController
from mammoview.qt.drawing.journal_worker import SavedElsewhere, SaveRefused
from mammoview.qt.drawing.outline_dialog import OutlineDialog
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.qt.widgets.notifier import Notifier
from mammoview.records.own_drawings import Own
from mammoview.study.annotations import Annotation
from mammoview.study.outline_sources import Truth, counted
from mammoview.study.scan import Outline, Scan


class OutlineSaveController(QObject):
    """Asks about outlines and has them written by the drawing's thread."""

    done = Signal(str)
    """File that has been written."""
    saved = Signal(object, str)
    """Scan whose outlines have been saved, and their file."""
    written = Signal(str)
    """Overlay that has been written."""

    def __init__(self, drawing: DrawingController, notifier: Notifier, parent: QWidget) -> None:
        """Save what is drawn there."""
        super().__init__(parent)
        self._drawing, self._notifier, self._parent = drawing, notifier, parent

    def label(self) -> None:
        """Ask about the chosen outline, or for the words of the chosen annotation."""
        chosen = self._drawing.chosen
        if chosen is None:
            self._notifier.warn(self.tr("Choose an outline or annotation of your own first: press E and click it"))
            return
        one = self._drawing.own(chosen[0])[chosen[1]]
        if isinstance(one, Annotation):
            viewport = self._drawing.viewport_grid.viewport_of(chosen[0])
            if viewport is not None:
                self._drawing.ask_for_text(viewport, one, chosen[1])
            return
        asked = OutlineDialog(one, self._parent)
        asked.described.connect(self._drawing.describe)
        asked.open()

    def save(self) -> None:
        """Write all outlines and annotations that were drawn or changed beside their pictures, those of priors too."""
        scans = sorted(self._drawing.unsaved, key=lambda scan: str(scan.path))
        if not scans:
            self._notifier.warn(self.tr("There are no changed outlines or annotations to save"))
        for scan in scans:
            self._save(scan)

    def _save(self, scan: Scan, path: Path | None = None, in_own_folder: bool = False, asks: bool = True) -> None:
        """Have what is drawn on a scan written, beside its picture by default.

        Where others have saved something in that place since, it `asks`, or replaces that.
        """
        own = self._drawing.own(scan)
        replaced = self._drawing.saved(scan) if asks else None
        self._drawing.journal_worker.save(scan, own, path, in_own_folder, replaced).connect(
            self, result=partial(self._take_saved, scan, own, path, in_own_folder)
        )

    def ask_for_overlay(self) -> None:
        """Ask for a file and write the active scan's outlines to it as a DDSM .OVERLAY.

        Such a file cannot say who drew an outline, and is read as a radiologist's: it never mixes the reader's own
        with those of others.
        """
        scan = self._drawing.active
        if scan is None or not scan.outlines:
            self._notifier.warn(self.tr("The active scan has no outlines"))
            return
        own, others = (counted(scan.outlines, truth) for truth in (Truth.OWN, Truth.OTHERS))
        if not own or not others:
            self._ask_for_overlay_file(scan, own or others)
            return
        asked = QMessageBox(self._parent)
        asked.setWindowTitle(self.tr("Write the outlines as DDSM overlay"))
        asked.setText(self.tr("Some outlines of this scan are your own, some are not. Which are to be written?"))
        asked.setInformativeText(self.tr("A DDSM overlay does not name who drew an outline, hence separate files."))
        mine = asked.addButton(self.tr("My own"), QMessageBox.ButtonRole.AcceptRole)
        theirs = asked.addButton(self.tr("Those of others"), QMessageBox.ButtonRole.ActionRole)
        asked.addButton(QMessageBox.StandardButton.Cancel)

        def answer() -> None:
            if asked.clickedButton() is mine:
                self._ask_for_overlay_file(scan, own)
            elif asked.clickedButton() is theirs:
                self._ask_for_overlay_file(scan, others)

        asked.finished.connect(answer)
        asked.finished.connect(asked.deleteLater)
        asked.open()

    def _ask_for_overlay_file(self, scan: Scan, outlines: tuple[Outline, ...]) -> None:
        """Ask for a file and write these outlines of a scan to it."""
        sides = {"L": "LEFT", "R": "RIGHT"}
        name = f"{sides.get(str(scan.laterality), 'SIDE')}_{scan.projection or 'VIEW'}.OVERLAY"
        title, kinds = self.tr("Write the outlines as DDSM overlay"), self.tr("DDSM overlays (*.OVERLAY)")
        path = path_to_save(self._parent, title, name, kinds, ".OVERLAY", warn=self._notifier.warn)
        if path is not None:
            self._drawing.journal_worker.write_overlay(path, outlines).connect(self, result=self._take_written)

    def _ask_for_another_place(self, scan: Scan, why: str) -> None:
        """Ask for another place: a folder, or the user's own."""
        asked = QMessageBox(self._parent)
        asked.setWindowTitle(self.tr("Save outlines"))
        asked.setText(self.tr("The outlines of {} cannot be saved beside its picture.").format(scan.name))
        asked.setInformativeText(why)
        own = asked.addButton(self.tr("Keep them in my own folder"), QMessageBox.ButtonRole.AcceptRole)
        other = asked.addButton(self.tr("Choose a place…"), QMessageBox.ButtonRole.ActionRole)
        asked.addButton(QMessageBox.StandardButton.Cancel)

        def answer() -> None:
            if asked.clickedButton() is own:
                self.keep_in_own_folder(scan)
            elif asked.clickedButton() is other:
                self.ask_for_place(scan)

        asked.finished.connect(answer)
        asked.finished.connect(asked.deleteLater)
        asked.open()

    def keep_in_own_folder(self, scan: Scan) -> None:
        """Keep the outlines in the user's data folder; they come back when the same pixels are opened."""
        self._save(scan, in_own_folder=True)

    def ask_for_place(self, scan: Scan) -> None:
        """Ask for a file and write the outlines to it."""
        title, offered = self.tr("Save outlines"), own_file(scan.path).name
        path = path_to_save(self._parent, title, offered, f"(*{OWN_ENDING})", OWN_ENDING, warn=self._notifier.warn)
        if path is not None:
            self._save(scan, path)

    def _ask_about_others(self, scan: Scan, theirs: Own | None, save: Callable[[], None]) -> None:
        """Ask what becomes of drawings that others have saved in the place; None where they cannot be read.

        `save` writes what is drawn then in their place.
        """
        asked = QMessageBox(self._parent)
        asked.setWindowTitle(self.tr("Save outlines"))
        asked.setText(self.tr("The saved drawings of {} are not those that were opened here.").format(scan.name))
        both = None
        if theirs is None:
            asked.setInformativeText(self.tr("Their file cannot be read any more."))
        else:
            asked.setInformativeText(self.tr("Another window or somebody else has saved drawings since."))
            both = asked.addButton(self.tr("Keep both"), QMessageBox.ButtonRole.AcceptRole)
        mine = asked.addButton(self.tr("Replace them by mine"), QMessageBox.ButtonRole.DestructiveRole)
        other = asked.addButton(self.tr("Choose a place…"), QMessageBox.ButtonRole.ActionRole)
        asked.addButton(QMessageBox.StandardButton.Cancel)

        def answer() -> None:
            if asked.clickedButton() is other:
                self.ask_for_place(scan)
            elif asked.clickedButton() is mine:
                save()
            elif both is not None and asked.clickedButton() is both:
                self._drawing.add_all(scan, theirs or ())
                save()

        asked.finished.connect(answer)
        asked.finished.connect(asked.deleteLater)
        asked.open()

    def _take_saved(
        self,
        scan: Scan,
        own: Own,
        path: Path | None,
        in_own_folder: bool,
        saved: Path | SaveRefused | SavedElsewhere,
    ) -> None:
        """Note what has been saved, and report the file; else ask where to save it, if there is another place."""
        if isinstance(saved, SavedElsewhere):
            self._ask_about_others(scan, saved.own, partial(self._save, scan, path, in_own_folder, asks=False))
        elif not isinstance(saved, SaveRefused):
            self._drawing.note_saved(scan, own)
            self.saved.emit(scan, str(saved))
            self.done.emit(str(saved))
        elif in_own_folder:
            self._notifier.warn(saved.reason)
        else:
            self._ask_for_another_place(scan, saved.reason)

    def _take_written(self, path: Path) -> None:
        """Report the file of the overlay."""
        self.written.emit(str(path))
        self.done.emit(str(path))
