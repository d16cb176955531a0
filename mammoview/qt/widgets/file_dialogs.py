"""The questions for files and folders, which leave no trace.

Qt's own dialog keeps the folders it was in, for all programs of the user: those of a forgotten study would stay there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from mammoview.core.errors import MammoviewError

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


def path_to_save(
    parent: QWidget, title: str, offered: str, kinds: str, *suffixes: str, warn: Callable[[str], None]
) -> Path | None:
    """Ask for a file to write whose name ends as its format does.

    Parameters
    ----------
    parent, title, offered, kinds
        As `file_to_save` takes them.
    suffixes
        Of the format, such as ".txt"; a name without one gets the first.
    warn
        Is called with the reason where a name cannot be used.

    Returns
    -------
    The file; None when the question is cancelled, or the name cannot be used.
    """
    from mammoview.export.export_names import suffixed

    name = file_to_save(parent, title, offered, kinds)
    if not name:
        return None
    try:
        path = suffixed(Path(name), *suffixes)
        if path != Path(name) and path.exists():  # Qt has asked about the name as it was given
            raise MammoviewError("there is such a file already", "Choose another name", path)
        return path
    except MammoviewError as error:
        warn(str(error))
        return None


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
