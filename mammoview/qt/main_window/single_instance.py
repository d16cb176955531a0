"""One window per user and screen: a second start passes its files to the window that runs.

The two processes talk over a local socket that only this user can open. It lies in the user's cache folder, and its
name is made of computer and display, never of what is opened.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCryptographicHash, QEvent, QObject, QSysInfo, Qt
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QWidget

from mammoview.core import paths

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

ANSWER_MS = 3000
"""How long a start waits for the running window to answer, ms; after that it opens a window of its own."""
MOST_BYTES = 1 << 20
"""Longest message that is read, bytes."""
SCREEN_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
ACTIVATION_TOKEN = "XDG_ACTIVATION_TOKEN"
"""Permission of a Wayland desktop to raise a window, which the second start was given."""
_TAKEN = b"taken\n"


def socket_name() -> str:
    """Return the path of the socket, on Windows the name of the pipe: one per user, computer and screen."""
    place = [QSysInfo.machineHostName(), *(os.environ.get(name, "") for name in SCREEN_VARIABLES)]
    folder = paths.running_folder()
    if sys.platform == "win32":
        place.append(str(folder))
    # Qt's own: Python's modules for it would delay the window's first paint.
    digest = QCryptographicHash.hash("\0".join(place).encode(), QCryptographicHash.Algorithm.Sha256)
    digits = bytes(digest.data()).hex()[:12]
    return f"mammoview-{digits}" if sys.platform == "win32" else str(folder / f"window-{digits}")


def send_to_running_window(files: Sequence[Path]) -> bool:
    """Pass files to the window that runs, and raise it.

    Parameters
    ----------
    files
        Files, folders, zips or DICOMDIRs; relative ones are below this process's working folder.

    Returns
    -------
    Whether a window took them; if not, none runs, or it does not answer.
    """
    name = socket_name()
    if sys.platform != "win32" and not Path(name).exists():
        return False
    from PySide6.QtNetwork import QLocalSocket  # not on the way to the first paint of a window

    message: dict[str, Any] = {"paths": [os.fspath(file.absolute()) for file in files]}
    if token := os.environ.get(ACTIVATION_TOKEN):
        message["token"] = token
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(ANSWER_MS):
        return False
    socket.write(json.dumps(message).encode() + b"\n")
    socket.waitForBytesWritten(ANSWER_MS)
    while not socket.canReadLine():
        if not socket.waitForReadyRead(ANSWER_MS):
            return False
    return bytes(socket.readLine().data()) == _TAKEN


class SingleInstance(QObject):
    """Opens what later starts, and the desktop, pass to this window."""

    def __init__(self, window: QWidget, open_paths: Callable[[Sequence[Path]], None]) -> None:
        """Serve `window`; files go to `open_paths`."""
        super().__init__(window)
        self._window, self._open = window, open_paths
        self._server: QLocalServer | None = None

    def listen(self) -> bool:
        """Listen for later starts; False when that is not possible, and they open windows of their own."""
        name = socket_name()
        if _is_served(name):
            return False
        from PySide6.QtNetwork import QLocalServer

        if sys.platform != "win32":
            with suppress(OSError):
                paths.running_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._connect)
        server.removeServer(name)  # left by a window that was killed
        if not server.listen(name):
            return False
        self._server = server
        return True

    def stop(self) -> None:
        """Take nothing more, and remove the socket."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open what macOS passes to the application: files that were opened in the Finder."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._take([Path(event.file())])
            return True
        return super().eventFilter(watched, event)

    def _connect(self) -> None:
        """Read the messages of later starts."""
        server = self._server
        while server is not None and (socket := server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        """Take a message once all of it is there."""
        if socket.canReadLine():
            message = _parsed(bytes(socket.readLine().data()))
            if message is not None:
                socket.write(_TAKEN)
                socket.flush()
                self._take([Path(path) for path in message["paths"]], str(message.get("token", "")))
            socket.disconnectFromServer()
        elif socket.bytesAvailable() > MOST_BYTES:
            socket.abort()

    def _take(self, files: Sequence[Path], token: str = "") -> None:
        """Open files and raise the window."""
        self._open(files)
        if token:
            os.environ[ACTIVATION_TOKEN] = token  # Qt takes it from there, once
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()


def _is_served(name: str) -> bool:
    """Return whether a process listens on a socket."""
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    return socket.waitForConnected(ANSWER_MS)


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    """Return a message, or None when it is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    files = message.get("paths") if isinstance(message, dict) else None
    return message if isinstance(files, list) and all(isinstance(file, str) for file in files) else None
