"""The first-start notice: what the program is for, and what not; shown until it has been accepted once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from mammoview.qt.widgets import theme

WIDTH_EMS = 36
"""Width in widths of the letter m."""


class FirstStartNotice(QDialog):
    """Asks for one thing only: that it has been read."""

    def __init__(self, parent: QWidget) -> None:
        """Make it; `accepted` is emitted when it was read, `rejected` when the reader leaves."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Before you begin"))
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for text in (
            self.tr(
                "Mammoview is for research and education only. It is not a medical device: do not use it for diagnosis."
            ),
            self.tr(
                "The models can be wrong, and marks mislead readers. So the layers stay closed until you have recorded "
                "your own impression of each breast; the settings offer concurrent and blind reading as well."
            ),
            self.tr("Your display is not calibrated for mammography (DICOM GSDF) by this program."),
            self.tr(
                "What is revealed, switched and exported is noted in an audit log on this computer, with the name of "
                "the user and without any patient."
            ),
        ):
            words = QLabel(text)
            words.setWordWrap(True)
            column.addWidget(words)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.button(kinds.Ok).setText(self.tr("I understand"))
        self.buttons.button(kinds.Cancel).setText(self.tr("Quit"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        wide = theme.ems(self, WIDTH_EMS)
        self.setMinimumSize(wide, column.totalHeightForWidth(wide))
