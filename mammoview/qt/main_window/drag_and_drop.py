"""Files and folders that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class DropController(QObject):
    """Takes what lies on this machine and hands it on."""

    def __init__(self, window: QWidget, open_paths: Callable[[Sequence[str]], None]) -> None:
        """Open with `open_paths` what is dropped on `window` and not wanted by a part of it."""
        super().__init__(window)
        self._open = open_paths
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Take drags of files, and what is dropped."""
        # The class is asked for first: the type of an event is an enum, which is made anew for each of them.
        if not isinstance(event, QDropEvent) or event.type() not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return False
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if event.source() is not None:
            event.ignore()  # A picture dragged out of this window and released too early.
        elif paths:
            # Never a move, which some file managers end by deleting what was dragged.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if event.type() == QEvent.Type.Drop:
                self._open(paths)
        return True
