"""The status bar: read-out, progress with its Cancel button, reading mode, device, and what the program is not."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from mammoview.qt import theme

NOTICE = QT_TRANSLATE_NOOP("notice", "Research and education only. Not a medical device.")
"""Stands in the title bar, here and in About."""


class Status(QStatusBar):
    """One line at the foot of the window."""

    cancel_wanted = Signal()
    """The Cancel button was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an idle bar."""
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.readout = Line()
        self.addWidget(self.readout, 1)
        self.work = Line()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setMaximumHeight(10)
        self.bar.setTextVisible(False)
        self.cancel = QToolButton()
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.device = QLabel()
        self.mode = _faint("")
        self.display = _faint(self.tr("Uncalibrated display"))
        self.display.setToolTip(
            self.tr("This program does not calibrate the display (DICOM GSDF): greys may differ from a reading room's")
        )
        self.notice = _faint(notice())
        for widget in (self.work, self.bar, self.cancel, self.device, self.mode, self.display, self.notice):
            self.addPermanentWidget(widget)
        self.setContentsMargins(8, 0, 8, 0)
        self.show_progress("", 0.0)

    def show_progress(self, text: str, fraction: float) -> None:
        """Show what is being done; nothing for an empty text; a wandering bar for a negative fraction."""
        busy = bool(text)
        for widget in (self.work, self.bar, self.cancel):
            widget.setVisible(busy)
        self.work.setText(text)
        if fraction < 0:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(1.0, fraction)))

    def show_mode(self, mode: str) -> None:
        """Show how layers and reader meet, in short; the pointer reads the rest."""
        self.mode.setText(mode.partition(": ")[0])
        self.mode.setToolTip(mode)

    def show_device(self, device: str) -> None:
        """Show where the models run."""
        self.device.setText(self.tr("Models on {}").format(device) if " " not in device else device)


class Line(QLabel):
    """A line that is cut with an ellipsis where there is no room, instead of widening the window."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Show `text`."""
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        metrics = self.fontMetrics()
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
        painter.end()


def _faint(text: str) -> QLabel:
    """Return a label of lesser weight."""
    label = Line(text)
    label.setToolTip(text)
    theme.make_faint(label)
    return label


def notice() -> str:
    """Return what the program is not, in the reader's language."""
    return QCoreApplication.translate("notice", NOTICE)
