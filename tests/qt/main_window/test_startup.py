"""The window is on screen before what it takes has been imported; nothing jumps when that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from threading import current_thread, main_thread

import pytest
from PySide6.QtCore import QCoreApplication, QThread
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication
from typer.main import get_command

from mammoview import __main__
from mammoview.cli import command_line
from mammoview.core.settings import Settings
from mammoview.qt.concurrency.background_import import BackgroundImport
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.early_settings import EarlySettings, read_early_settings
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.model_choice import ModelChoice
from tests.qt.conftest import StandInAssessor
from tests.support.timeouts import PATIENCE_MS, PROGRAM_S


@pytest.fixture
def late(qtbot):
    """A window that is shown before its parts are made."""
    settings = Settings.model_construct(notice_seen=True, reading="concurrent")
    made = MainWindow(settings, StandInAssessor, at_once=False)
    made.resize(1100, 800)
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def test_the_window_is_made_without_what_only_the_environment_or_a_study_needs(tmp_path):
    code = (
        "import sys; from mammoview.qt.application import application; application();"
        "from mammoview.qt.main_window import assemble; assemble.read_models(None);"
        "late = ('pydantic_settings', 'asyncio', 'scipy', 'skimage', 'pydicom', 'torch', 'mammoview.formats.opening');"
        "print([m for m in late if m in sys.modules])"
    )
    surroundings = os.environ | {f"XDG_{name}_HOME": str(tmp_path) for name in ("DATA", "CONFIG", "CACHE")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=surroundings, timeout=PROGRAM_S)
    assert done.stdout.strip() == "[]"


def test_the_program_starts_without_what_the_first_paint_does_not_need():
    code = (
        "import sys; import mammoview.__main__, mammoview.qt.application;"
        "late = ('numpy', 'pydantic', 'typer', 'pydicom', 'mammoview.display', 'mammoview.core.run_record');"
        "late += ('hashlib', 'html', 'platform', 'tomllib');"
        "print([m for m in late if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_is_loaded_and_assessed_without_the_rules_for_models_of_ones_own():
    code = (
        "import sys; import mammoview.assess.results.cache, mammoview.assess.inference.scan_assessor;"
        "print('mammoview.assess.models.own_model' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PROGRAM_S)
    assert done.stdout.strip() == "False"


IMPORTS_OF_THE_GUI_THREAD = """
import sys, threading
from importlib.abc import MetaPathFinder
from pathlib import Path
from PySide6.QtCore import QEventLoop
from mammoview.core.settings import Settings
from mammoview.qt.application import application
from mammoview.qt.main_window.main_window import MainWindow

class Noted(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.startswith("mammoview.") and threading.current_thread() is threading.main_thread():
            imported.append(name)

def stand_in():
    from tests.qt.conftest import StandInAssessor
    return StandInAssessor()

application()
window = MainWindow(Settings.model_construct(notice_seen=True, reading="concurrent", cache_mb=0), stand_in)
loop, imported = QEventLoop(), []
window.session.progressed.connect(lambda: window.session.studies and not window.session.busy and loop.quit())
window.open_paths([Path(sys.argv[1])])
window.show()
sys.meta_path.insert(0, Noted())
loop.exec()
print(sum(entry.assessed is not None for entry in window.session.entries.values()), imported)
window.close()
"""


def test_the_gui_thread_imports_nothing_of_ours_while_a_study_is_loaded_and_assessed(study, tmp_path):
    surroundings = os.environ | {f"XDG_{name}_HOME": str(tmp_path / "home") for name in ("DATA", "CONFIG", "CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_OF_THE_GUI_THREAD, str(study)],
        capture_output=True, text=True, check=True, env=surroundings, timeout=PROGRAM_S,
    )  # fmt: skip
    assert done.stdout.strip() == "4 []"


def test_the_frame_stands_where_the_whole_will(late, qtbot, monkeypatch):
    background = late.findChild(BackgroundImport)
    begin = background.start
    monkeypatch.setattr(background, "start", lambda: None)  # else the whole may be there before the frame is read
    late.show()
    qtbot.waitUntil(lambda: late.painted, timeout=PATIENCE_MS)
    bars = [(bar.geometry(), bar.isVisible()) for bar in (late.menuBar(), late.statusBar())]
    titles = [action.text() for action in late.menuBar().actions()]
    geometry, caption = late.geometry(), late.windowTitle()
    assert not hasattr(late, "viewport_grid") and titles[0] == "File"
    with qtbot.waitSignal(late.first_painted, timeout=PATIENCE_MS):
        begin()
    QApplication.processEvents()
    assert late.viewport_grid.isVisible() and late.menuBar().actions()[0].menu().actions()
    assert [(bar.geometry(), bar.isVisible()) for bar in (late.menuBar(), late.statusBar())] == bars
    assert [action.text() for action in late.menuBar().actions()] == titles
    assert (late.geometry(), late.windowTitle()) == (geometry, caption)


def test_what_is_to_be_opened_waits_for_the_whole(late, make_study, qtbot):
    late.open_paths([make_study("one")])
    with qtbot.waitSignal(late.first_painted, timeout=PATIENCE_MS):
        late.show()
        late.open_paths([make_study("two")])
    qtbot.waitUntil(lambda: len(late.session.studies) == 2, timeout=PATIENCE_MS)


def test_it_can_be_closed_before_it_is_whole(late, qtbot):
    late.show()
    qtbot.waitUntil(lambda: late.painted, timeout=PATIENCE_MS)
    assert late.close()
    QCoreApplication.processEvents()
    assert not late.isVisible() and not late.findChild(BackgroundImport).isRunning()


def begun(thread: QThread) -> bool:
    """Return whether a thread runs, or has run."""
    return thread.isRunning() or thread.isFinished()


def paint(window: MainWindow) -> None:
    """Paint a window that has just been shown, with no turn of the event loop before or after."""
    window.show()
    window.grab()
    assert window.painted


def test_closed_right_after_its_first_paint_it_imports_nothing(late):
    paint(late)
    assert not begun(late.findChild(BackgroundImport))
    assert late.close()
    QCoreApplication.processEvents()
    assert not begun(late.findChild(BackgroundImport)) and not hasattr(late, "viewport_grid")


def test_closed_as_soon_as_it_is_furnished_it_starts_no_thread(late, qtbot, make_study):
    late.open_paths([make_study("one")])
    begins = QSignalSpy(late.first_painted)
    late.assembled.connect(late.close)
    with qtbot.waitSignal(late.assembled, timeout=PATIENCE_MS):
        late.show()
    QCoreApplication.processEvents()
    assert begins.count() == 0 and late.viewport_grid is not None
    assert not any(begun(thread) for thread in late.findChildren(Worker) if thread is not late.reader.records_worker)
    assert not late.reader.records_worker.isRunning()


def test_the_folders_of_the_models_are_read_in_a_thread(late, qtbot, monkeypatch):
    threads, read = [], ModelChoice.at_start
    monkeypatch.setattr(ModelChoice, "at_start", lambda folder: threads.append(current_thread()) or read(folder))
    late.assembled.connect(late.close)
    with qtbot.waitSignal(late.assembled, timeout=PATIENCE_MS):
        late.show()
    assert threads and main_thread() not in threads


def test_a_whole_window_closed_right_after_its_first_paint_starts_no_thread(qtbot, make_study):
    window = MainWindow(Settings.model_construct(notice_seen=True, reading="concurrent"), StandInAssessor)
    begins = QSignalSpy(window.first_painted)
    window.open_paths([make_study("one")])
    paint(window)
    assert window.close()
    QCoreApplication.processEvents()
    assert begins.count() == 0 and not begun(window.session.models) and not begun(window.session.loader)
    window.deleteLater()


def test_a_thread_that_was_stopped_does_not_start_again(qtbot):
    worker = Worker()
    worker.stop()
    worker.start()
    worker.submit(lambda _task: None)
    assert not begun(worker)


def test_a_part_that_cannot_be_made_closes_the_window_and_is_reported(late, qtbot, monkeypatch):
    def broken(*_arguments: object) -> None:
        raise RuntimeError("no such part")

    monkeypatch.setattr("mammoview.qt.main_window.assemble.Assembly", broken)
    late.show()
    qtbot.waitUntil(lambda: late.failure is not None, timeout=PATIENCE_MS)
    assert str(late.failure) == "no such part" and not late.isVisible()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[1]",
        '{"theme": 7, "ui_scale": "wide", "language": "xx", "window": [1, 2, 3]}',
        '{"ui_scale": 9, "window": [1, 2, 3, true]}',
    ],
)
def test_settings_that_are_not_in_order_leave_the_first_look_as_it_is(fresh_settings, text):
    fresh_settings.mkdir()
    (fresh_settings / "settings.json").write_text(text)
    assert read_early_settings() == EarlySettings()


def test_the_first_look_is_that_of_the_settings(fresh_settings, monkeypatch):
    wanted = {"theme": "contrast", "ui_scale": 1.5, "language": "es", "window": [10, 20, 900, 700]}
    fresh_settings.mkdir()
    (fresh_settings / "settings.json").write_text(json.dumps(wanted))
    assert read_early_settings() == EarlySettings("contrast", 1.5, "es", (10, 20, 900, 700))
    monkeypatch.setenv("MAMMOVIEW_THEME", "dark")
    assert read_early_settings().theme == Settings().theme == "dark"


def test_the_first_look_and_the_settings_have_the_same_defaults():
    settings = Settings()
    assert read_early_settings() == EarlySettings(settings.theme, settings.ui_scale, settings.language, settings.window)


def test_the_entry_knows_the_names_of_all_commands():
    commands = get_command(command_line.app).commands
    assert {name for name, command in commands.items() if not command.hidden} == __main__.COMMANDS


@pytest.mark.parametrize(
    ("words", "plain"),
    [([], True), (["study"], True), (["demo"], False), (["study", "gone"], False), (["--version"], False)],
)
def test_paths_that_are_there_need_no_command_line(tmp_path, monkeypatch, words, plain):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "QT_QPA_PLATFORM", "offscreen")
    for name in ("study", "demo"):
        (tmp_path / name).mkdir()
    assert __main__.are_paths(words) is plain
    opened: list[object] = []
    monkeypatch.setattr("mammoview.qt.application.run", lambda paths: opened.append(paths) or 0)
    monkeypatch.setattr("mammoview.cli.command_line.main", lambda words: 2)
    monkeypatch.setattr(sys, "argv", ["mammoview", *words])
    assert __main__.main() == (0 if plain else 2)
    assert len(opened) == plain
