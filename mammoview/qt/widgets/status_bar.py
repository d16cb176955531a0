"""The status bar: read-out, progress with its Cancel button, device, and what the program is not, in one line."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.text_wrap import wrapped

NOTICE = translate_noop("notice", "Research and education only. Not a medical device.")
"""Stands in the title bar, here and in About."""
GAP = "    "
"""Between the parts of the read-out."""
_WORK_PX = 220
"""Most width of the words about what is being done, px."""


class StatusBar(QStatusBar):
    """The read-out, and a line about the program, at the foot of the window."""

    cancel_wanted = Signal()
    """The Cancel button was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an idle bar."""
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.readout = ReadoutLabel()
        self.work = ElidedLabel()
        self.bar = QProgressBar()
        self.bar.setFixedWidth(120)
        self.bar.setMaximumHeight(10)
        self.bar.setTextVisible(False)
        self.cancel = QToolButton()
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.device = ElidedLabel()
        self.device.setMaximumWidth(_WORK_PX)
        self._device = self._model = ""
        self.unlinked = _faint("")
        self.display = _faint(self.tr("Uncalibrated display"))
        self.display.setToolTip(
            self.tr("This program does not calibrate the display (DICOM GSDF): greys may differ from a reading room's")
        )
        self.notice = _faint(notice())
        self.addWidget(self._laid_out(), 1)
        self.setContentsMargins(8, 0, 8, 0)
        self.show_progress("", 0.0)

    def _laid_out(self) -> QWidget:
        """Place the parts in one row, as high with the Cancel button as without it: the scans stay where they are."""
        inside = QWidget()
        row = QHBoxLayout(inside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStrut(self.cancel.sizeHint().height())
        row.addWidget(self.readout, 1)
        self.work.setMaximumWidth(_WORK_PX)
        for widget in (self.work, self.bar, self.cancel, self.device, self.unlinked, self.display, self.notice):
            row.addWidget(widget)
        return inside

    def show_progress(self, text: str, fraction: float) -> None:
        """Show what is being done; nothing for an empty text; a wandering bar for a negative fraction."""
        busy = bool(text)
        # A bar that moves would have the whole window painted on the spot, within the turn that moved it.
        self.bar.setUpdatesEnabled(False)
        for widget in (self.work, self.bar, self.cancel):
            widget.setVisible(busy)
        self.work.setText(text)
        if fraction < 0:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(1.0, fraction)))
        self.bar.setUpdatesEnabled(True)
        self._make_room()

    def show_linked(self, linked: bool) -> None:
        """Show while the viewports are not linked."""
        text = "" if linked else self.tr("Viewports not linked")
        if text != self.unlinked.text():
            self.unlinked.setText(text)
            self.unlinked.setToolTip(text)
            self._make_room()

    def show_device(self, device: str) -> None:
        """Show where the models run, or why they do not."""
        self._device = device
        self._show_model()

    def show_model(self, model: str) -> None:
        """Show which model is shown; an empty text stands for the bundled ones, alone."""
        self._model = model
        self._show_model()

    def _show_model(self) -> None:
        """Show model and device, once the device is known."""
        from html import escape  # not on the way to the first paint

        device, model = self._device, self._model
        where = self.tr("Models on {}").format(device.upper())
        if model:
            where = self.tr("{model} on {device}").format(model=model, device=device.upper())
        self.device.setText(where if device and " " not in device else device)
        self.device.setToolTip(f"<span>{escape(self.device.text())}</span>")
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what has room now."""
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        """Measure anew when the size of the text changes."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._make_room()

    def _make_room(self) -> None:
        """Leave whole parts out where they have no room: half of the bar is the read-out's."""
        room = self.width() // 2
        if not self.bar.isHidden():
            room -= min(_WORK_PX, self.work.sizeHint().width()) + 8
            room -= sum(part.sizeHint().width() + 8 for part in (self.bar, self.cancel))
        for part in (self.display, self.unlinked, self.device, self.notice):
            room -= part.sizeHint().width() + 8
            part.setVisible(room >= 0 and bool(part.text()))


class ElidedLabel(QLabel):
    """A line that is cut with an ellipsis where there is no room, instead of widening the window."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Show `text`."""
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    @property
    def shown(self) -> str:
        """What is drawn."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        alignment = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(self.rect()), int(alignment), self.shown)
        painter.end()


class ReadoutLabel(ElidedLabel):
    """What lies below the pointer, in one line: whole parts, as many as there is room for."""

    @property
    def shown(self) -> str:
        """What is drawn: an ellipsis stands for the parts that have no room."""
        metrics = QFontMetricsF(self.font())
        rows = wrapped(self.text(), metrics, self.width(), GAP)
        if len(rows) < 2:
            return super().shown
        more = f"{GAP}…"
        first = wrapped(self.text(), metrics, self.width() - metrics.horizontalAdvance(more), GAP)[0]
        return self.fontMetrics().elidedText(f"{first}{more}", Qt.TextElideMode.ElideRight, self.width())


def _faint(text: str) -> QLabel:
    """Return a label of lesser weight."""
    label = ElidedLabel(text)
    label.setToolTip(text)
    theme.make_faint(label)
    return label


def notice() -> str:
    """Return what the program is not, in the reader's language."""
    return QCoreApplication.translate("notice", NOTICE)
