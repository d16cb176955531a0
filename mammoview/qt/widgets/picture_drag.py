"""Pictures that are dragged into another program: as image data, and as a PNG file."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from mammoview.core.unfinished import half_written

_folders: list[Path] = []
"""Temporary folders of the pictures that were dragged."""
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

    def mime_data(self, image: QImage) -> QMimeData:
        """Return what is dragged.

        The file lies in a folder of its own until the program ends, since other programs may read it long after the
        drop. Where it cannot be written, the image alone is dragged.
        """
        data = QMimeData()
        data.setImageData(image)
        with suppress(OSError):
            file = _new_folder() / self._file_name
            if image.save(str(file), "PNG"):  # type: ignore[call-overload]  # bytes in the stubs
                data.setUrls([QUrl.fromLocalFile(str(file))])
        return data

    def start(self, image: QImage) -> Qt.DropAction:
        """Drag a picture until it is dropped; returns what became of it."""
        drag = QDrag(self._source)
        drag.setMimeData(self.mime_data(image))
        drag.setPixmap(QPixmap.fromImage(image.scaledToWidth(_DRAGGED_PX)))
        return drag.exec(Qt.DropAction.CopyAction)


def _new_folder() -> Path:
    """Make a temporary folder that is removed at the end of the program, or at its next start. Raises OSError."""
    folder = half_written(Path(tempfile.gettempdir()).resolve() / "drag")
    folder.mkdir(mode=0o700)
    _folders.append(folder)
    return folder


@atexit.register
def remove_dragged() -> None:
    """Remove the files of pictures that were dragged; a process that ends without Python's own end calls it."""
    while _folders:
        shutil.rmtree(_folders.pop(), ignore_errors=True)
