"""Description of the reader's own outline."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QPlainTextEdit, QWidget

from mammoview.qt.i18n.domain_terms import word
from mammoview.study.scan import Outline, OutlineKind

LESIONS = ("", "MASS", "CALCIFICATION", "ARCHITECTURAL_DISTORTION", "ASYMMETRY", "OTHER")
"""Offered words; any others may be typed, such as MASS SHAPE OVAL MARGINS CIRCUMSCRIBED."""
PATHOLOGIES = ("", "MALIGNANT", "BENIGN", "BENIGN_WITHOUT_CALLBACK", "UNPROVEN")
"""Those of the DDSM."""


class OutlineDialog(QDialog):
    """Modeless dialog for kind, lesion type, assessment, subtlety, pathology and a note."""

    described = Signal(object)
    """The Outline with what was entered."""

    def __init__(self, outline: Outline, parent: QWidget | None = None) -> None:
        """Start from what is known."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("About this outline"))
        self._outline = outline
        self.kind = QComboBox()
        for kind in (OutlineKind.BOUNDARY, OutlineKind.CORE):
            self.kind.addItem(word(kind.value), kind)
        self.kind.setCurrentIndex(self.kind.findData(outline.kind))
        self.lesion = _words(LESIONS, outline.lesion_type)
        self.assessment = _numbers(range(7), outline.assessment)
        self.subtlety = _numbers(range(1, 6), outline.subtlety)
        self.pathology = _words(PATHOLOGIES, outline.pathology)
        self.note = QPlainTextEdit(outline.note)
        self.note.setFixedHeight(60)
        form = QFormLayout(self)
        form.addRow(self.tr("Kind"), self.kind)
        form.addRow(self.tr("Lesion type"), self.lesion)
        form.addRow(self.tr("BI-RADS assessment"), self.assessment)
        form.addRow(self.tr("Subtlety, 1 subtle to 5 obvious"), self.subtlety)
        form.addRow(self.tr("Pathology"), self.pathology)
        form.addRow(self.tr("Note"), self.note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        self.accepted.connect(self._emit_described)

    def _emit_described(self) -> None:
        """Emit the outline with what was entered."""
        self.described.emit(
            replace(
                self._outline,
                kind=OutlineKind(str(self.kind.currentData())),
                lesion_type=" ".join(self.lesion.currentText().upper().split()),
                assessment=_number(self.assessment),
                subtlety=_number(self.subtlety),
                pathology=self.pathology.currentText().strip().upper(),
                note=self.note.toPlainText().strip(),
            )
        )


def _words(offered: tuple[str, ...], now: str) -> QComboBox:
    """Return a list into which other words can be typed."""
    box = QComboBox()
    box.setLineEdit(QLineEdit())
    box.addItems(list(offered))
    box.setEditText(now)
    box.setMinimumWidth(280)
    return box


def _numbers(offered: range, now: int | None) -> QComboBox:
    """Return a list of numbers with an empty first line."""
    box = QComboBox()
    box.addItems(["", *map(str, offered)])
    box.setCurrentText("" if now is None else str(now))
    return box


def _number(box: QComboBox) -> int | None:
    """Return the chosen number, or None."""
    return int(box.currentText()) if box.currentText() else None
