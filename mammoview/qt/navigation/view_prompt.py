"""Asks, in a corner of the viewport and without blocking anything, which side and projection a scan is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QToolButton, QWidget

from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.viewport_prompt import ViewportPrompt
from mammoview.study.scan import Laterality, Projection, Scan


class ViewPrompt(ViewportPrompt):
    """Two lists and a button; closing it leaves the scan as it is, and so does what is not chosen."""

    answered = Signal(object, object, object)
    """Scan, Laterality or None, Projection or None."""

    def __init__(self, scan: Scan, parent: QWidget) -> None:
        """Ask about a scan; what is known of it stands there already."""
        super().__init__(parent)
        self._scan = scan
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 6, 8, 6)
        self.side, self.projection = QComboBox(), QComboBox()
        name_list(self.side, self.tr("Side"))
        name_list(self.projection, self.tr("Projection"))
        for side, text in ((Laterality.R, self.tr("Right")), (Laterality.L, self.tr("Left"))):
            self.side.addItem(text, side)
        for projection in Projection:
            self.projection.addItem(projection.value, projection)
        self.side.setPlaceholderText(self.tr("Side unknown"))
        self.projection.setPlaceholderText(self.tr("Projection unknown"))
        # Nothing is chosen before the reader chooses: what stands there is easily taken for an answer.
        self.side.setCurrentIndex(self.side.findData(scan.laterality) if scan.laterality else -1)
        self.projection.setCurrentIndex(self.projection.findData(scan.projection) if scan.projection else -1)
        self.accept_button, close = QToolButton(), QToolButton()
        self.accept_button.setEnabled(False)
        for choice in (self.side, self.projection):
            choice.currentIndexChanged.connect(lambda _index: self.accept_button.setEnabled(True))
        self.accept_button.setText(self.tr("Set"))
        close.setText("\u2715")
        close.setAccessibleName(self.tr("Close"))
        close.setAutoRaise(True)
        self.accept_button.clicked.connect(self._accept)
        close.clicked.connect(self.close)
        grid.addWidget(QLabel(self.tr("Side and projection of {}").format(scan.path.name)), 0, 0, 1, 3)
        grid.addWidget(close, 0, 3)
        grid.addWidget(self.side, 1, 0)
        grid.addWidget(self.projection, 1, 1)
        grid.addWidget(self.accept_button, 1, 2)
        self.adjustSize()

    @property
    def scan(self) -> Scan:
        """The scan in question."""
        return self._scan

    def _accept(self) -> None:
        """Emit the answer and close."""
        # Item data of a StrEnum may come back as a plain string.
        side, view = self.side.currentData(), self.projection.currentData()
        laterality = None if side is None else Laterality(str(side))
        projection = None if view is None else Projection(str(view))
        self.answered.emit(self._scan, laterality, projection)
        self.close()
