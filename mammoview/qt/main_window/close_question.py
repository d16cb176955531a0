"""The question before a window closes whose exports still wait for the models."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from mammoview.qt.i18n.noop import translate_noop

_C = "close question"
_N = translate_noop
_TITLE = _N(_C, "Export not written yet")
_TEXT = _N(_C, "An export waits for the models.")
_WHY = _N(_C, "It is not written if the window is closed now.")
_CLOSE = _N(_C, "Close without it")


def ask_to_close(parent: QWidget, close: Callable[[], object]) -> QMessageBox:
    """Show the question over a window; `close` is called where the reader does not wait."""

    def tr(text: str) -> str:
        return QCoreApplication.translate(_C, text)

    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr(_TITLE))
    box.setText(tr(_TEXT))
    box.setInformativeText(tr(_WHY))
    box.addButton(tr(_CLOSE), QMessageBox.ButtonRole.DestructiveRole).clicked.connect(close)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.open()
    return box
