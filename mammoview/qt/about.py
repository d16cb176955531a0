"""The words about the program: what it is, and what it is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

import mammoview
from mammoview.qt.status import NOTICE


def show(parent: QWidget) -> None:
    """Say what the program is, in a box that blocks nothing."""
    text = parent.tr("Mammoview {version}\n\nA mammography viewer that shows what a model sees.\n{notice}")
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(parent.tr("About Mammoview"))
    box.setText(text.format(version=mammoview.__version__, notice=parent.tr(NOTICE)))
    box.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    box.open()
