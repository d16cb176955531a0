"""Pictures that are dragged into another program: as image data, and as a PNG file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QTemporaryDir, QUrl
from PySide6.QtGui import QDrag, QImage, QPixmap
from PySide6.QtWidgets import QWidget

_DRAGGED_PX = 160
"""Width of the picture under the pointer while it is dragged."""


class PictureDrag:
    """Drags pictures out of a widget."""

    def __init__(self, source: QWidget, file_name: str) -> None:
        """Prepare.

        Parameters
        ----------
        source
            Widget that they are dragged from.
        file_name
            Name under which the file arrives, which ends in .png and names nobody.
        """
        self._source, self._file_name = source, file_name
        self._folder: QTemporaryDir | None = None

    def mime_data(self, image: QImage) -> QMimeData:
        """Return what is dragged. The file lies in a folder of its own as long as this object lives."""
        data = QMimeData()
        data.setImageData(image)
        self._folder = self._folder or QTemporaryDir()
        file = Path(self._folder.path()) / self._file_name
        if self._folder.isValid() and image.save(str(file), "PNG"):  # type: ignore[call-overload]
            data.setUrls([QUrl.fromLocalFile(str(file))])
        return data

    def start(self, image: QImage) -> Qt.DropAction:
        """Drag a picture until it is dropped; returns what became of it."""
        drag = QDrag(self._source)
        drag.setMimeData(self.mime_data(image))
        drag.setPixmap(QPixmap.fromImage(image.scaledToWidth(_DRAGGED_PX)))
        return drag.exec(Qt.DropAction.CopyAction)
