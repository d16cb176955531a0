"""The studies that are open, when there are several."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from mammoview.study.scan import Study


class StudiesList(QWidget):
    """A drop-down list; invisible with a single study."""

    chosen = Signal(int)
    """Index of the study to show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty list."""
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 0)
        self.box = QComboBox()
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.activated.connect(self.chosen)
        self.box.setAccessibleName(self.tr("Open studies"))
        column.addWidget(self.box)
        self.setVisible(False)

    def show_studies(self, studies: Sequence[Study], index: int) -> None:
        """List the studies; `index` is the one on show."""
        self.box.clear()
        for number, study in enumerate(studies, 1):
            day = f", {study.date}" if study.date else ""
            text = self.tr("{number}.  {patient}{day}, scans: {count}")
            patient = study.patient or self.tr("unnamed")
            self.box.addItem(text.format(number=number, patient=patient, day=day, count=len(study.scans)))
        self.box.setCurrentIndex(index)
        self.setVisible(len(studies) > 1)
