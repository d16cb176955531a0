"""Files and folders that are dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags of files, and what is dropped."""
        kind = event.type()
        if kind not in (QEvent.Type.DragEnter, QEvent.Type.Drop):
            return super().eventFilter(watched, event)
        drop = cast("QDropEvent", event)
        paths = [url.toLocalFile() for url in drop.mimeData().urls() if url.isLocalFile()]
        if drop.source() is not None:
            drop.ignore()  # A picture that is dragged out of this window, and was let go too early.
        elif paths:
            # Never a move, which some file managers end by deleting what was dragged.
            drop.setDropAction(Qt.DropAction.CopyAction)
            drop.accept()
            if kind == QEvent.Type.Drop:
                self._open(paths)
        return True
