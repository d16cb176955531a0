"""The dialog in which the reader measures a screen: an outline that is made as large as a card, or a ruler's length."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QScreen, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.i18n.message_catalog import by_locale
from mammoview.qt.widgets import theme

CARD_MM = (85.60, 53.98)
"""Width and height of a bank card, ID-1 (ISO/IEC 7810)."""
RULER_MM = 150
"""Length of the ruler."""
_ROUND_MM = 3.18
"""Radius of a card's corners (ISO/IEC 7810)."""
_SHORTEST_PX = 100
_MARGIN = 12


class ReferenceLengthWidget(QWidget):
    """A card, or a ruler, whose width is a number of device pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Draw a card."""
        super().__init__(parent)
        self.is_card = True
        self.pixels = 324
        self.ratio = 1.0

    @property
    def width_mm(self) -> float:
        """What it is on the glass once it fits, mm."""
        return CARD_MM[0] if self.is_card else float(RULER_MM)

    @property
    def box(self) -> QRectF:
        """Where it lies: the outer edges of its lines, logical pixels."""
        width = self.pixels / self.ratio
        height = width * CARD_MM[1] / CARD_MM[0] if self.is_card else 28.0
        left = round((self.width() - width) / 2 * self.ratio) / self.ratio
        top = round((self.height() - height) / 2 * self.ratio) / self.ratio
        return QRectF(left, top, width, height)

    def show_width(self, is_card: bool, pixels: int, ratio: float) -> None:
        """Show a card, or a ruler, that many device pixels wide, of which `ratio` make a logical one."""
        self.is_card, self.pixels, self.ratio = is_card, pixels, ratio
        self.setMinimumWidth(max(self.minimumWidth(), round(pixels / ratio) + 2 * _MARGIN))
        card = CARD_MM[1] / CARD_MM[0] * (pixels if is_card else pixels * CARD_MM[0] / RULER_MM)
        self.setMinimumHeight(max(self.minimumHeight(), round(card / ratio) + 2 * _MARGIN))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it, one device pixel thin."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.BACKGROUND)
        thin = 1 / self.ratio
        painter.setPen(QPen(theme.TEXT, thin))
        # The pen's outer edge is the edge that is laid against the card.
        box = self.box.adjusted(thin / 2, thin / 2, -thin / 2, -thin / 2)
        if self.is_card:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            corner = _ROUND_MM / CARD_MM[0] * box.width()
            painter.drawRoundedRect(box, corner, corner)
        else:
            for mm in range(0, RULER_MM + 1, 5):
                x = box.left() + box.width() * mm / RULER_MM
                tall = box.height() * (1.0 if mm % 50 == 0 else 0.6 if mm % 10 == 0 else 0.35)
                painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() - tall))
            painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.end()


class ScreenCalibrationDialog(QDialog):
    """Measures the screen that it lies on; on another one it begins anew.

    The measure can be taken only after the reader has moved the outline: what is there at first is a guess.
    """

    measured = Signal(object, float)
    """QScreen, width of its device pixels in mm."""

    def __init__(self, kept: Callable[[QScreen], float | None], parent: QWidget) -> None:
        """Begin with what `kept` returns for a screen: the width of its device pixels in mm, or None."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Measure the screen for true size"))
        self._kept = kept
        self._screen = parent.screen()
        self._followed = False
        column = QVBoxLayout(self)
        column.setSpacing(10)
        self.claim, self.outcome = _words(), _words()
        how = _words(self.tr("Lay a bank card or a ruler flat on the screen and make the outline exactly as wide."))
        column.addWidget(how)
        self.outline = ReferenceLengthWidget()
        self.outline.setMinimumSize(560, 280)
        column.addWidget(self.outline, 1)
        form = QFormLayout()
        self.kind = QComboBox()
        self.kind.addItem(self.tr("Bank card, {mm} mm wide").format(mm=by_locale(f"{CARD_MM[0]:.2f}")), True)
        self.kind.addItem(self.tr("Ruler, {mm} mm").format(mm=RULER_MM), False)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setPageStep(10)
        self.spin = QSpinBox()
        self.spin.setSuffix(self.tr(" px"))
        for field, text in (
            (self.slider, self.tr("Width (arrow keys: one pixel)")),
            (self.spin, self.tr("Screen pixels")),
            (self.kind, self.tr("Laid against")),
        ):
            field.setAccessibleName(text)
            form.addRow(text, field)
        column.addLayout(form)
        self.outcome.setMinimumHeight(2 * self.outcome.fontMetrics().lineSpacing())  # nothing moves when it changes
        column.addWidget(self.outcome)
        theme.make_faint(self.claim)
        column.addWidget(self.claim)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.accept_button = self.buttons.button(kinds.Ok)
        self.accept_button.setText(self.tr("It fits"))
        self.buttons.button(kinds.Cancel).setText(self.tr("Cancel"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.kind.currentIndexChanged.connect(self._take_kind)
        self.slider.valueChanged.connect(self._take_width)
        self.spin.valueChanged.connect(self._take_width)
        self.begin(self._screen)
        self.slider.setFocus()

    @property
    def pixel_mm(self) -> float:
        """Width of a device pixel if the outline fits, mm."""
        return self.outline.width_mm / self.outline.pixels

    def begin(self, screen: QScreen) -> None:
        """Measure this screen: begin with what is kept of it, or with 96 logical pixels per inch, which is a guess."""
        self._screen = screen
        ratio = screen.devicePixelRatio()
        longest = round(0.85 * screen.availableSize().width() * ratio)
        for field in (self.slider, self.spin):
            with QSignalBlocker(field):
                field.setRange(_SHORTEST_PX, max(longest, 2 * _SHORTEST_PX))
        self.claim.setText(self._claimed(screen))
        self._show(self._kept(screen) or 25.4 / (96 * ratio))
        self.accept_button.setEnabled(False)
        self.outcome.setText(self.tr("Move the outline first: its width is a guess until you have."))

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the screen that it came to lie on, and notice another."""
        super().showEvent(event)
        if not self._followed:
            self._followed = True
            self.windowHandle().screenChanged.connect(self.begin)
        if self.screen() is not self._screen:
            self.begin(self.screen())

    def accept(self) -> None:
        """Hand the measure over."""
        if self.accept_button.isEnabled():
            self.measured.emit(self._screen, self.pixel_mm)
            super().accept()

    def _show(self, pixel_mm: float) -> None:
        """Show the outline for pixels of that width."""
        is_card = bool(self.kind.currentData())
        width_mm = CARD_MM[0] if is_card else RULER_MM
        for field in (self.slider, self.spin):
            with QSignalBlocker(field):
                field.setValue(round(width_mm / pixel_mm))
        self.outline.show_width(is_card, self.spin.value(), self._screen.devicePixelRatio())

    def _take_kind(self) -> None:
        """Show a card or a ruler, at the same scale."""
        self._show(self.pixel_mm)

    def _take_width(self, pixels: int) -> None:
        """Show the width that the reader chose, and what it means."""
        for field in (self.slider, self.spin):
            with QSignalBlocker(field):
                field.setValue(pixels)
        self.outline.show_width(self.outline.is_card, pixels, self._screen.devicePixelRatio())
        self.accept_button.setEnabled(True)
        text = self.tr("{mm} mm per screen pixel; one pixel of width more or less changes true size by {percent} %.")
        outcome = text.format(mm=f"{self.pixel_mm:.4f}", percent=f"{100 / pixels:.1f}")
        self.outcome.setText(by_locale(outcome).replace(" %", "\u00a0%"))

    def _claimed(self, screen: QScreen) -> str:
        """Return the size of a screen as it reports it."""
        name = " ".join(dict.fromkeys(filter(None, (screen.manufacturer(), screen.model(), screen.name()))))
        size = screen.physicalSize()
        if size.width() <= 0:
            return self.tr("{screen} does not report its size.").format(screen=name)
        pixel_mm = size.width() / (screen.size().width() * screen.devicePixelRatio())
        text = self.tr(
            "{screen} reports a size of {width} × {height} mm, which would be {mm} mm per pixel. "
            "Reported sizes are often wrong: only your measurement is used."
        )
        numbers = {"width": f"{size.width():.0f}", "height": f"{size.height():.0f}", "mm": f"{pixel_mm:.4f}"}
        return text.format(screen=name, **{key: by_locale(number) for key, number in numbers.items()})


def _words(text: str = "") -> QLabel:
    """Return a label that wraps."""
    label = QLabel(text)
    label.setWordWrap(True)
    return label
