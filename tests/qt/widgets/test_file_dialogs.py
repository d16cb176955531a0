"""Questions for files leave no trace of the folders they were in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QStandardPaths, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from mammoview.qt.widgets import file_dialogs

USER = (QSettings.Format.NativeFormat, QSettings.Scope.UserScope)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """What Qt keeps of the user's dialogs, in a place of its own; another program was in /elsewhere."""
    QSettings.setPath(*USER, str(tmp_path / "config"))
    settings = QSettings(QSettings.Scope.UserScope, "QtProject")
    settings.setValue("FileDialog/history", ["file:///elsewhere"])
    settings.sync()
    yield Path(settings.fileName())
    QSettings.setPath(*USER, QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation))


def cancelled(ask: Callable[[], object]) -> object:
    """Ask, and cancel the dialog as soon as it is there."""

    def cancel() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QFileDialog):
            dialog.reject()

    timer = QTimer(interval=5)
    timer.timeout.connect(cancel)
    timer.start()
    answer = ask()
    timer.stop()
    return answer


def test_qt_itself_would_keep_the_folder(qapp: QApplication, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "Zwingli").mkdir()
    cancelled(lambda: QFileDialog.getExistingDirectory(None, "", str(tmp_path / "Zwingli")))
    assert "Zwingli" in kept.read_text()


def test_ours_keep_nothing_and_leave_what_others_kept(qapp: QApplication, kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Zwingli"
    folder.mkdir()
    parent = QWidget()
    assert cancelled(lambda: file_dialogs.folder_to_open(parent, "", str(folder))) == ""
    assert cancelled(lambda: file_dialogs.files_to_open(parent, "", str(folder))) == []
    assert cancelled(lambda: file_dialogs.file_to_save(parent, "", str(folder / "a.txt"), "Texts (*.txt)")) == ""
    assert "Zwingli" not in kept.read_text()
    assert "/elsewhere" in kept.read_text()
