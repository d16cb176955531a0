"""The questions for files and folders, which leave no trace.

Qt's own dialog keeps the folders it was in, for all programs of the user: those of a forgotten study would stay there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

_KEPT = ("FileDialog/history", "FileDialog/lastVisited")


def files_to_open(parent: QWidget, title: str, folder: str) -> list[str]:
    """Ask for files, from `folder` on; none when the question is cancelled."""
    with _traceless():
        return QFileDialog.getOpenFileNames(parent, title, folder)[0]


def folder_to_open(parent: QWidget, title: str, folder: str = "") -> str:
    """Ask for a folder, from `folder` on; empty when the question is cancelled."""
    with _traceless():
        return QFileDialog.getExistingDirectory(parent, title, folder)


def file_to_save(parent: QWidget, title: str, offered: str, kinds: str) -> str:
    """Ask for a file to write, of `kinds` such as "Texts (*.txt)"; empty when the question is cancelled."""
    with _traceless():
        return QFileDialog.getSaveFileName(parent, title, offered, kinds)[0]


@contextmanager
def _traceless() -> Iterator[None]:
    """Leave what Qt keeps of its dialogs as it was."""
    kept = QSettings(QSettings.Scope.UserScope, "QtProject")
    before = {name: kept.value(name) for name in _KEPT if kept.contains(name)}
    try:
        yield
    finally:
        kept.sync()
        for name in _KEPT:
            if name in before and kept.value(name) != before[name]:
                kept.setValue(name, before[name])
            elif name not in before and kept.contains(name):
                kept.remove(name)
        kept.sync()
