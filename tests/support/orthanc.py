"""An Orthanc of one test, an archive for DICOM objects that is started and stopped on the loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.timeouts import PATIENCE_S


@contextmanager
def running_orthanc(folder: Path) -> Iterator[str]:
    """Start Orthanc with its storage in a folder; gives its address. Skips the test where it is not installed."""
    program = shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin")
    if program is None:
        pytest.skip("Orthanc is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "Name": "Test",
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [],
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([program, str(folder / "orthanc.json")], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                asked(f"{address}/system")
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None and time.monotonic() < until, (folder / "log").read_text()
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def asked(address: str, body: bytes | None = None) -> bytes:
    """Return the answer to a request, a POST where there is a body."""
    with urllib.request.urlopen(urllib.request.Request(address, body), timeout=PATIENCE_S) as answer:
        return bytes(answer.read())
