"""Below the findings list: accept or reject the chosen finding, and why."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QPushButton, QWidget

from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.shortcut_override import ENDS, ShortcutOverride, without_modifiers
from mammoview.records.reader_report import Verdict, VerdictReason

_N = translate_noop
REASONS = {
    VerdictReason.NONE: _N("reasons", "Reason…"),
    VerdictReason.MASS: _N("reasons", "mass"),
    VerdictReason.CALCIFICATIONS: _N("reasons", "calcifications"),
    VerdictReason.DISTORTION: _N("reasons", "architectural distortion"),
    VerdictReason.ASYMMETRY: _N("reasons", "asymmetry"),
    VerdictReason.NORMAL_TISSUE: _N("reasons", "normal tissue"),
    VerdictReason.KNOWN_BENIGN: _N("reasons", "known benign lesion"),
    VerdictReason.ARTEFACT: _N("reasons", "artefact, label or skin"),
    VerdictReason.DUPLICATE: _N("reasons", "same as another finding"),
}
"""Reasons in words."""


class VerdictRow(QWidget):
    """Two buttons that stay down, a list of reasons and a line for a note."""

    judged = Signal(bool)
    """Accept or Reject was pressed."""
    reasoned = Signal(object, str)
    """Reason and note of the verdict that stands."""
    left = Signal()
    """Return or Escape in the note: the keys go back to the scans."""

    def __init__(self, keys: Mapping[str, str], parent: QWidget | None = None) -> None:
        """Make it for no finding; `keys` are the texts of the keys of "accept" and "reject"."""
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(3)
        self.accept, self.reject = QPushButton(), QPushButton()
        for column, (button, accepted) in enumerate(((self.accept, True), (self.reject, False))):
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _on=False, a=accepted: self.judged.emit(a))
            grid.addWidget(button, 0, column)
        self.reason = QComboBox()
        name_list(self.reason, self.tr("Reason for the verdict"))
        self.reason.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for reason, text in REASONS.items():
            self.reason.addItem(QCoreApplication.translate("reasons", text), reason.value)
        self.reason.activated.connect(self._emit_edited)
        self.note = NoteField()
        self.note.setAccessibleName(self.tr("Note on the verdict"))
        self.note.setPlaceholderText(self.tr("Note (optional)"))
        self.note.setMaxLength(500)
        self.note.editingFinished.connect(self._emit_edited)
        self.note.left.connect(self.left)
        grid.addWidget(self.reason, 1, 0, 1, 2)
        grid.addWidget(self.note, 2, 0, 1, 2)
        self.set_keys(keys)

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Show other keys on the buttons."""
        for button, text, key in (
            (self.accept, self.tr("\u2713 Accept"), keys.get("accept", "")),
            (self.reject, self.tr("\u2715 Reject"), keys.get("reject", "")),
        ):
            button.setText(text)
            button.setToolTip(self.tr("{action} ({key})").format(action=text, key=key) if key else text)

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Show the verdict; reason and note are enabled once there is one."""
        self.accept.setChecked(verdict is not None and verdict.accepted)
        self.reject.setChecked(verdict is not None and not verdict.accepted)
        for field in (self.reason, self.note):
            field.setEnabled(verdict is not None)
        self.reason.setCurrentIndex(
            self.reason.findData(VerdictReason.NONE.value if verdict is None else verdict.reason.value)
        )
        note = "" if verdict is None else verdict.note
        if not (self.note.hasFocus() and self.note.isModified()):
            self.note.setText(note)

    def end_note(self) -> None:
        """Emit a note that is still being typed: another finding, or none, is about to be chosen."""
        if self.note.isModified():
            self._emit_edited()

    def _emit_edited(self) -> None:
        """Emit reason and note."""
        if self.reason.isEnabled():
            self.note.setModified(False)
            self.reasoned.emit(VerdictReason(str(self.reason.currentData())), self.note.text())


class NoteField(QLineEdit):
    """One line; Return and Escape end it and are no commands."""

    left = Signal()
    """It was ended."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty one."""
        super().__init__(parent)
        ShortcutOverride(self, without_modifiers(*ENDS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave."""
        if event.key() in ENDS:
            self.left.emit()
        else:
            super().keyPressEvent(event)


def verdict_text(verdict: Verdict) -> str:
    """Return such as "rejected: normal tissue"."""
    word = _tr("accepted") if verdict.accepted else _tr("rejected")
    if verdict.reason is VerdictReason.NONE:
        return word
    return _tr("{verdict}: {reason}").format(
        verdict=word, reason=QCoreApplication.translate("reasons", REASONS[verdict.reason])
    )


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("VerdictRow", text)
