"""The preview of a figure, which can be copied and dragged into another program."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

from mammoview.qt.widgets.picture_drag import PictureDrag

FILE_NAME = "mammoview-figure.png"
"""Name under which a dragged figure arrives; it names nobody."""


@dataclass(frozen=True)
class PixelText:
    """Text in the pixels of a figure that may name the patient.

    Parameters
    ----------
    warning
        Why there may be some, from `burned_in.text_warning`.
    coverable
        Whether what lies outside the breast can be blacked out in all scans of the figure.
    about
        What is shown of which pixels, a tuple that can be compared: a reader's answer holds for this alone.
    """

    warning: str
    coverable: bool
    about: tuple[str, ...]


class FigurePreview(QLabel):
    """Shows a figure as large as there is room for it."""

    text_suspected = Signal(object)
    """The figure was to be copied or dragged out, which it was not: the PixelText that may name the patient."""

    copied = Signal()
    """The figure is on the clipboard."""
    dragged = Signal()
    """The figure was dropped into another program."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        """The figure in its own resolution; null where there is none."""
        self.pixel_text: PixelText | None = None
        """Text in its pixels that may name the patient; None where nothing looks like it, or the reader has agreed."""
        self._drag = PictureDrag(self, FILE_NAME)
        self._pressed: QPoint | None = None
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setFrameShape(QLabel.Shape.StyledPanel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_image(self, image: QImage, text: PixelText | None = None) -> None:
        """Show a figure, and note text in its pixels that may name the patient."""
        self.image, self.pixel_text = image, text
        self._fit()

    def show_text(self, text: str) -> None:
        """Show a text in place of a figure."""
        self.image = QImage()
        self.setPixmap(QPixmap())
        self.setText(text)

    def copy(self) -> None:
        """Put the figure on the clipboard."""
        if self._may_leave():
            QGuiApplication.clipboard().setImage(self.image)
            self.copied.emit()

    def mime_data(self) -> QMimeData | None:
        """Return what is dragged: the figure as a picture and as a file; None where there is none, or it may not."""
        return self._drag.mime_data(self.image) if self._may_leave() else None

    def _may_leave(self) -> bool:
        """Whether there is a figure that may be copied and dragged out."""
        if not self.image.isNull() and self.pixel_text is not None:
            self.text_suspected.emit(self.pixel_text)
        return not self.image.isNull() and self.pixel_text is None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note where a drag may begin."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag once the pointer has moved far enough."""
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        if self._may_leave() and self._drag.start(self.image) is not Qt.DropAction.IgnoreAction:
            self.dragged.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the figure as large as there is room for it."""
        super().resizeEvent(event)
        if not self.image.isNull():
            self._fit()

    def _fit(self) -> None:
        ratio = self.devicePixelRatioF()
        room = QSize(round(self.width() * ratio), round(self.height() * ratio))
        fitted = self.image.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(QPixmap.fromImage(fitted))
