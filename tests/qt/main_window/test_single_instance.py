"""A second start passes its files to the window that runs, and only to one of the same user and screen."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.core import paths
from mammoview.qt import application
from mammoview.qt.main_window import single_instance
from mammoview.qt.main_window.single_instance import (
    ACTIVATION_TOKEN,
    SingleInstance,
    send_to_running_window,
    socket_name,
)
from tests.support.timeouts import PATIENCE_MS, PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the tests look at the socket's file")

SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from mammoview.core import paths
from mammoview.qt.main_window.single_instance import send_to_running_window
paths.running_folder = lambda: Path(sys.argv[1])
app = QCoreApplication([])
print(send_to_running_window([Path(word) for word in sys.argv[2:]]))
"""


@pytest.fixture(autouse=True)
def short_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the socket, with a path that a socket's name has room for."""
    folder = tmp_path_factory.mktemp("s")
    monkeypatch.setattr(paths, "running_folder", lambda: folder)
    monkeypatch.setattr(single_instance, "ANSWER_MS", 300)
    return folder


@pytest.fixture
def opened() -> list[Path]:
    """What the window was asked to open."""
    return []


@pytest.fixture
def running(qtbot, opened: list[Path]) -> SingleInstance:
    """The end of a window that listens."""
    window = QWidget()
    qtbot.addWidget(window)
    instance = SingleInstance(window, opened.extend)
    assert instance.listen()
    return instance


def second_start(qtbot, *words: str, cwd: Path | None = None) -> str:
    """What another process says that passes on these paths."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", SECOND_START, str(paths.running_folder()), *words]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, env=environment, cwd=cwd, stdout=subprocess.PIPE, text=True) as process:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=PATIENCE_MS)
        assert process.stdout is not None
        return process.stdout.read().strip()


def test_a_second_start_passes_its_files_on_and_raises_the_window(qtbot, running, opened, tmp_path: Path):
    window = running.parent()
    window.showMinimized()
    assert second_start(qtbot, "case", "/elsewhere/x.dcm", cwd=tmp_path) == "True"
    assert opened == [tmp_path / "case", Path("/elsewhere/x.dcm")]
    assert window.isVisible() and not window.isMinimized()


def test_without_a_window_nothing_is_passed_on(opened):
    assert not send_to_running_window([Path("x")])
    assert opened == []


def test_the_socket_is_private_and_names_nobody(running, short_folder: Path, tmp_path: Path):
    socket = Path(socket_name())
    assert socket.parent == short_folder
    assert socket.stat().st_mode & 0o077 == 0
    running.stop()
    assert not socket.exists()
    assert not send_to_running_window([tmp_path])


def test_the_folder_of_the_socket_is_made_for_this_user_alone(qtbot, short_folder: Path, monkeypatch, opened):
    folder = short_folder / "r"
    monkeypatch.setattr(paths, "running_folder", lambda: folder)
    window = QWidget()
    qtbot.addWidget(window)
    instance = SingleInstance(window, opened.extend)
    before = os.umask(0)  # by default all users could enter
    try:
        assert instance.listen()
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    instance.stop()


def test_the_socket_of_a_killed_window_is_no_obstacle(qtbot, opened, short_folder: Path):
    # A process that ends without closing its server leaves the file of the socket.
    killed = "\n".join(
        (
            "import os, sys; from PySide6.QtCore import QCoreApplication; from PySide6.QtNetwork import QLocalServer",
            "app = QCoreApplication([]); server = QLocalServer(); assert server.listen(sys.argv[1]); os._exit(0)",
        )
    )
    subprocess.run([sys.executable, "-c", killed, socket_name()], check=True, timeout=PATIENCE_S)
    assert Path(socket_name()).exists()
    assert not send_to_running_window([Path("x")])
    window = QWidget()
    qtbot.addWidget(window)
    instance = SingleInstance(window, opened.extend)
    assert instance.listen()
    assert second_start(qtbot, "/x") == "True"
    assert opened == [Path("/x")]
    instance.stop()


def test_a_window_that_does_not_answer_is_passed_over(qtbot):
    server = QLocalServer()
    assert server.listen(socket_name())
    assert not send_to_running_window([Path("x")])
    server.close()


def test_a_second_window_does_not_take_the_socket_of_the_first(qtbot, running, opened):
    other: list[Path] = []
    window = QWidget()
    qtbot.addWidget(window)
    assert not SingleInstance(window, other.extend).listen()
    assert second_start(qtbot, "/x") == "True"
    assert (opened, other) == ([Path("/x")], [])


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"paths": 3}\n', b'{"paths": [1]}\n', b"[]\n"])
def test_what_is_no_message_opens_nothing(qtbot, running, opened, line: bytes):
    socket = QLocalSocket()
    socket.connectToServer(socket_name())
    socket.write(line)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=PATIENCE_MS)
    assert opened == [] and bytes(socket.readAll().data()) == b""


def test_a_message_without_end_is_dropped(qtbot, running, opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(single_instance, "MOST_BYTES", 1000)
    socket = QLocalSocket()
    socket.connectToServer(socket_name())
    socket.write(b"x" * 5000)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=PATIENCE_MS)
    assert opened == []


def test_the_token_of_the_desktop_is_passed_on(qtbot, running, opened, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ACTIVATION_TOKEN, "")
    socket = QLocalSocket()
    socket.connectToServer(socket_name())
    socket.write(json.dumps({"paths": ["/x"], "token": "t1"}).encode() + b"\n")
    qtbot.waitUntil(lambda: bool(opened), timeout=PATIENCE_MS)
    assert os.environ[ACTIVATION_TOKEN] == "t1"


def test_other_screens_have_windows_of_their_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DISPLAY", ":1")
    first = socket_name()
    monkeypatch.setenv("DISPLAY", ":2")
    assert socket_name() != first


def test_files_that_macos_passes_to_the_application_are_opened(qtbot, running, opened, tmp_path: Path):
    QApplication.instance().installEventFilter(running)
    event = QFileOpenEvent(QUrl.fromLocalFile(str(tmp_path / "x.dcm")))
    QApplication.sendEvent(QApplication.instance(), event)
    QApplication.instance().removeEventFilter(running)
    assert opened == [tmp_path / "x.dcm"]


def test_a_start_beside_a_window_opens_none_unless_it_is_to_be_separate(monkeypatch: pytest.MonkeyPatch, capsys):
    passed: list[list[Path]] = []
    monkeypatch.setattr(application, "send_to_running_window", lambda files: passed.append(list(files)) or True)
    monkeypatch.setattr(application, "MainWindow", lambda **_: (_ for _ in ()).throw(AssertionError("a window")))
    assert application.run([Path("x")]) == 0
    assert passed == [[Path("x")]] and "--separate" in capsys.readouterr().err
    for options in ({"separate": True}, {"demo": True}):
        with pytest.raises(AssertionError, match="a window"):
            application.run([Path("x")], **options)
    assert len(passed) == 1
