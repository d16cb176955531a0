"""The preview of a figure, which can be copied and dragged into another program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QTemporaryDir, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QWidget

FILE_NAME = "mammoview-figure.png"
"""Name under which a dragged figure arrives; it names nobody."""
_DRAGGED_PX = 160
"""Width of the picture under the pointer while it is dragged."""


class FigurePreview(QLabel):
    """Shows a figure as large as there is room for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        """The figure in its own resolution; null where there is none."""
        self._folder: QTemporaryDir | None = None
        self._pressed: QPoint | None = None
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setFrameShape(QLabel.Shape.StyledPanel)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def show_image(self, image: QImage) -> None:
        """Show a figure."""
        self.image = image
        self._fit()

    def show_text(self, text: str) -> None:
        """Show a text in place of a figure."""
        self.image = QImage()
        self.setPixmap(QPixmap())
        self.setText(text)

    def copy(self) -> None:
        """Put the figure on the clipboard."""
        if not self.image.isNull():
            QGuiApplication.clipboard().setImage(self.image)

    def mime_data(self) -> QMimeData | None:
        """Return what is dragged: the figure as a picture and as a file; None where there is none."""
        if self.image.isNull():
            return None
        data = QMimeData()
        data.setImageData(self.image)
        self._folder = self._folder or QTemporaryDir()
        file = Path(self._folder.path()) / FILE_NAME
        if self._folder.isValid() and self.image.save(str(file), "PNG"):  # type: ignore[call-overload]
            data.setUrls([QUrl.fromLocalFile(str(file))])
        return data

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
        data = self.mime_data()
        if data is not None:
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.setPixmap(QPixmap.fromImage(self.image.scaledToWidth(_DRAGGED_PX)))
            drag.exec(Qt.DropAction.CopyAction)

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
