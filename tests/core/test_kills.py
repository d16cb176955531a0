"""Whatever ends the program, nothing of a patient is left behind after the next start: no name, no pixel, no file."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mammoview.study.scan import Side
from tests.support.dicom_files import dataset, write
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PROGRAM_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

NAME = b"PLANTED"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)
COMMANDS = ("assess", "window", "library")
MOMENTS = 30
WATCHED = """
import sys
from mammoview.__main__ import main
from mammoview.formats.opening import open_study as opening
inner = opening.gather_folder
def announced(*arguments):
    print("reading", flush=True)
    return inner(*arguments)
opening.gather_folder = announced
sys.exit(main())
"""
"""The program, but that it says when it reads what is in a zip."""


@dataclass(frozen=True)
class Place:
    """A user's folders, and a zip of a patient with a name and pixels that can be found again."""

    home: Path
    marker: bytes

    @property
    def zips(self) -> Path:
        """Folder that holds the zip."""
        return self.home / "zips"

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which the program keeps everything here."""
        folders = {
            "TMPDIR": "temporary",
            "XDG_CACHE_HOME": "cache",
            "XDG_DATA_HOME": "data",
            "XDG_CONFIG_HOME": "settings",
            "HOME": "home",
        }
        own = {variable: str(self.home / name) for variable, name in folders.items()}
        return {**os.environ, **own, "QT_QPA_PLATFORM": "offscreen"}

    def start(self, command: str, watched: bool = False) -> subprocess.Popen[bytes]:
        """Start the program."""
        words = {
            "assess": ["assess", str(self.zips / "case.zip"), "-o", str(self.home / "out"), "--device", "cpu"],
            "window": [str(self.zips / "case.zip")],
            "library": ["library", "add", str(self.zips)],
            "nothing": ["--version"],
        }[command]
        return subprocess.Popen(
            [sys.executable, *(["-c", WATCHED] if watched else ["-m", "mammoview"]), *words],
            env=self.environment,
            stdout=subprocess.PIPE if watched else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def left(self) -> Iterator[str]:
        """What can be found of the patient, or is half written, outside the user's zips and library."""
        for folder in (self.home / name for name in ("temporary", "cache", "out", "home", "settings")):
            for path in folder.rglob("*"):
                if NAME.lower() in path.name.lower().encode() or path.name.endswith(".part"):
                    yield f"{path}: its name"
                if path.is_file():
                    data = path.read_bytes()
                    if NAME in data or data[128:132] == b"DICM" or self.marker in data:
                        yield f"{path}: its bytes"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Return a zip of a patient's examination, and bytes that the first pixels of each of its scans have."""
    made = tmp_path_factory.mktemp("case") / "made.dcm"
    marker = np.random.default_rng(1).integers(1, 4095, 32, np.uint16).astype("<u2")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, side in enumerate((Side.LEFT, Side.RIGHT) * 4):
            pixels = (breast_pixels(side=side, top=4000 + number) % 4096).astype(np.uint16)
            pixels[0, : len(marker)] = marker
            scan = dataset(
                pixels,
                PatientName=f"{NAME.decode()}^NAME",
                PatientID=f"{NAME.decode()}-1",
                ImageLaterality="L" if side is Side.LEFT else "R",
                PixelSpacing=[0.2, 0.2],
            )
            archive.writestr(f"{number}.dcm", write(made, scan).read_bytes())
    return packed.getvalue(), marker.tobytes()


@pytest.fixture
def place(tmp_path: Path, case: tuple[bytes, bytes]) -> Place:
    """A user's folders."""
    data, marker = case
    for name in ("zips", "temporary", "home"):
        (tmp_path / name).mkdir()
    place = Place(tmp_path, marker)
    (place.zips / "case.zip").write_bytes(data)
    return place


def killed(place: Place, command: str, number: signal.Signals, moment: float) -> bool:
    """Start a command, end it after so many seconds, and start the program again; whether it was still running."""
    process = place.start(command)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        try:
            process.wait(PROGRAM_S)
        finally:
            process.kill()
        running = True
    else:
        running = False
    assert place.start("nothing").wait(PROGRAM_S) == 0
    return running


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("library", signal.SIGKILL),
        ("library", signal.SIGTERM),
        ("library", signal.SIGHUP),
        ("window", signal.SIGKILL),
        ("assess", signal.SIGKILL),
    ],
)
def test_a_kill_leaves_nothing_behind(place: Place, command: str, number: signal.Signals) -> None:
    with place.start(command, watched=True) as process:
        assert process.stdout is not None and process.stdout.readline() == b"reading\n"
        process.send_signal(number)
    assert place.start("nothing").wait(PROGRAM_S) == 0
    assert not list(place.left())


ENDED_EARLY = """
import os, signal, sys
from mammoview.core.exit_codes import handle_termination_signals
number = getattr(signal, sys.argv[1])
# A run of the tests in the background, or under nohup, has them ignored.
signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
handle_termination_signals()
if sys.argv[2] == "importing":
    try:
        os.kill(os.getpid(), number)
    except SystemExit:
        pass  # As Qt's import hooks do.
from mammoview.qt import application
if sys.argv[2] == "importing":
    sys.exit(application.run([]))
inner = application.theme.apply
def apply(*arguments):
    os.kill(os.getpid(), number)
    return inner(*arguments)
application.theme.apply = apply
sys.exit(application.run([]))
"""


@pytest.mark.parametrize(
    ("name", "when"),
    [("SIGINT", "making"), ("SIGTERM", "making"), ("SIGHUP", "making"), ("SIGTERM", "importing")],
)
def test_a_window_that_is_reported_to_end_before_it_is_there_ends(place: Place, name: str, when: str) -> None:
    command = [sys.executable, "-c", ENDED_EARLY, name, when]
    assert subprocess.run(command, env=place.environment, timeout=PROGRAM_S, check=False).returncode == 0


def test_what_is_looked_for_is_found(place: Place) -> None:
    with zipfile.ZipFile(place.zips / "case.zip") as archive:
        data = archive.read("0.dcm")
    assert NAME in data and place.marker in data
    (place.home / "temporary" / "a").write_bytes(data[data.index(place.marker) :])
    (place.home / "temporary" / ".b.part").write_bytes(b"")
    assert len(list(place.left())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", COMMANDS)
def test_kills_at_random_moments_leave_nothing_behind(place: Place, command: str, number: signal.Signals) -> None:
    chance = random.Random(f"{command} {number}")
    start = time.monotonic()
    process = place.start(command)
    try:
        process.wait(8.0 if command == "window" else 120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    whole = time.monotonic() - start
    running = 0
    for _ in range(MOMENTS):
        running += killed(place, command, number, chance.uniform(0, whole))
        assert not list(place.left())
        for file in (place.home / "out").glob("*"):
            file.unlink()
    assert running > MOMENTS // 3
