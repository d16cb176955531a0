"""The program under a real X server, driven with xdotool as a reader would; and what a reader may do to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.formats.common.outline_files import own_file
from mammoview.formats.opening.sample_study import sample_study
from tests.support.timeouts import PROGRAM_S

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="Xvfb and xdotool are not installed"
    ),
]


class Screen:
    """An X server of its own with the program on it."""

    def __init__(self, number: str, home: Path, study: Path, reading: str) -> None:
        """Start the program on display `number` in a reading mode."""
        self.home = home
        self.surroundings = {
            **{k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")},
            "DISPLAY": number,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(home),
            **{f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE")},
            "MAMMOVIEW_READING": reading,
            "MAMMOVIEW_NOTICE_SEEN": "true",
        }
        command = [sys.executable, "-m", "mammoview", str(study)]
        root = Path(__file__).parents[2]
        self.log = home / "log"
        self.program = subprocess.Popen(
            command, env=self.surroundings, cwd=root, stdout=self.log.open("w"), stderr=subprocess.STDOUT
        )
        # Toolkits have nameless windows too; this one has the notice in its title.
        wanted = ("search", "--onlyvisible", "--name", "Not a medical device")
        found = self.until(lambda: self.do(*wanted, check=False).stdout.split())
        self.window = found[-1]

    def do(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run xdotool."""
        command = ["xdotool", *words]
        return subprocess.run(command, env=self.surroundings, capture_output=True, text=True, check=check)

    def until(self, reported: object) -> object:
        """Ask until there is an answer; fails when the program has gone or nothing happens."""
        end = time.monotonic() + PROGRAM_S
        while time.monotonic() < end:
            assert self.program.poll() is None, self.log.read_text()
            answer = reported()
            if answer:
                return answer
            time.sleep(0.1)  # another process is waited for; there is no signal of its own to wait on
        raise AssertionError(f"nothing happened; the program said: {self.log.read_text()}")

    def soon(self, reported: Callable[[], bool]) -> bool:
        """Whether something is so within ten seconds: keys that do something are followed by it."""
        for _ in range(100):
            if reported():
                return True
            time.sleep(0.1)  # as above
        return False

    def focus(self) -> None:
        """Give the window the keyboard, as a window manager would."""
        self.do("windowfocus", "--sync", self.window, check=False)

    def key(self, *keys: str) -> None:
        """Press keys."""
        self.do("key", "--clearmodifiers", "--delay", "60", *keys)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag with the left button."""
        self.do("mousemove", *map(str, start), "mousedown", "1")
        middle = [(a + b) // 2 for a, b in zip(start, end, strict=True)]
        self.do("mousemove", *map(str, middle))
        self.do("mousemove", *map(str, end), "mouseup", "1")

    def type(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        self.do("type", "--delay", "20", text)

    def title(self) -> str:
        """Title of the window."""
        return self.do("getwindowname", self.window).stdout.strip()

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.do("windowsize", "--sync", self.window, str(width), str(height), check=False)

    def picture(self) -> np.ndarray:
        """What the screen shows, uint8 (rows, columns, 3)."""
        from PIL import ImageGrab

        return np.asarray(ImageGrab.grab(xdisplay=self.surroundings["DISPLAY"]).convert("RGB"))


def viewports(picture: np.ndarray) -> list[np.ndarray]:
    """R CC, L CC, R MLO and L MLO in one row, without their corner texts and the tool rail.

    A viewport whose scan is still being loaded is black but for a few words.
    """
    return [picture[250:680, left : left + 230] for left in (60, 320, 580, 840)]


def layer_switches(picture: np.ndarray) -> np.ndarray:
    """The part of the side panel with the switches of the layers."""
    return picture[90:212, 1090:1390]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Start the program on a screen of 1400 x 900 of its own, and wait until all four views are shown."""
    with ExitStack() as ends:

        def shown(study: Path, reading: str = "concurrent") -> Screen:
            home = tmp_path / "home"
            home.mkdir()
            number = ends.enter_context(display())
            screen = Screen(number, home, study, reading)
            ends.callback(screen.program.wait)
            ends.callback(screen.program.kill)
            screen.do("windowmove", screen.window, "0", "0", check=False)
            screen.resize(1400, 900)
            screen.focus()
            screen.until(lambda: "Four views" in screen.title())
            screen.until(lambda: all((viewport.max(2) > 60).mean() > 0.04 for viewport in viewports(screen.picture())))
            return screen

        yield shown


@contextmanager
def display() -> Iterator[str]:
    """Start an X server of 1400 x 900 and yield its name, such as ":7"."""
    reported, writing = os.pipe()
    # The server picks a free number itself and writes it once it is ready.
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    try:
        os.close(writing)
        with os.fdopen(reported) as ready:
            yield f":{ready.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def screen(start: Callable[..., Screen], study: Path) -> Screen:
    """The program on the made-up study."""
    return start(study)


def test_a_reader_steps_reveals_measures_exports_and_closes(screen: Screen, study: Path, tmp_path: Path) -> None:
    titles = [screen.title()]
    for _ in range(2):
        before = titles[-1]
        screen.key("shift+space")
        screen.until(lambda b=before: screen.title() != b)
        titles.append(screen.title())
    assert "MLO pair" in titles[1] and "CC pair" in titles[2] and all("Not a medical device" in t for t in titles)
    screen.key("space", "space")
    screen.until(lambda: "Four views" in screen.title())
    # Layers are off until they are switched on; the bundled models may still be at work.
    off = layer_switches(screen.picture())
    screen.key("h")
    screen.until(lambda: (layer_switches(screen.picture()) != off).any(2).sum() > 50)
    screen.key("h")
    screen.until(lambda: np.array_equal(layer_switches(screen.picture()), off))
    # A ruler over the left CC, and Ctrl+S writes it beside the picture.
    screen.key("m")
    screen.drag((400, 400), (500, 460))
    screen.key("ctrl+s")
    screen.until(lambda: list(study.glob("*.own.outlines.json")))
    (saved,) = study.glob("*.own.outlines.json")
    assert '"ruler"' in saved.read_text() and saved == own_file(study / "LCC.dcm")
    screen.key("m")
    # Export by the key and the name typed into the dialog.
    target = tmp_path / "annotated.png"
    screen.key("ctrl+e")
    screen.until(lambda: len(screen.do("search", "--onlyvisible", "--name", ".", check=False).stdout.split()) > 1)
    screen.key("ctrl+a")
    screen.type(str(target))
    screen.key("Return")
    screen.until(target.is_file)
    with Image.open(target) as picture:
        assert picture.size[1] > 600
    screen.focus()
    screen.key("ctrl+q")
    assert screen.program.wait(PROGRAM_S) == 0, screen.log.read_text()
    assert "Traceback" not in screen.log.read_text()


def test_a_second_reader_enters_an_impression_reveals_judges_and_exports(
    start: Callable[..., Screen], tmp_path: Path
) -> None:
    try:
        sample = sample_study()
    except MammoviewError as missing:
        pytest.skip(str(missing))
    screen = start(sample, "second_reader")

    def events() -> list[str]:
        logs = list(screen.home.rglob("audit.jsonl"))
        return [json.loads(line)["event"] for line in logs[0].read_text().splitlines()] if logs else []

    screen.until(lambda: "study opened" in events())
    # No layer can be had yet, and no reveal without a category for each breast.
    screen.key("h", "g", "ctrl+Return")
    screen.key("u", "Down", "Down")
    screen.key("Tab", "Tab", "Down", "Down", "Down")
    assert not {"layer", "reveal"} & {*events()}
    screen.key("ctrl+Return")
    screen.until(lambda: "reveal" in events())
    screen.key("Escape")
    # The models need their time; the first finding is judged once it is listed, and once: twice would take it back.
    screen.until(lambda: (screen.key("n", "y"), screen.soon(lambda: "finding" in events()))[1])
    target = tmp_path / "reading.json"
    screen.key("ctrl+alt+e")
    screen.until(lambda: len(screen.do("search", "--onlyvisible", "--name", ".", check=False).stdout.split()) > 1)
    screen.key("ctrl+a")
    screen.type(str(target))
    screen.key("Return")
    screen.until(target.is_file)
    assert '"accepted"' in target.read_text()
    screen.focus()
    screen.key("ctrl+q")
    assert screen.program.wait(PROGRAM_S) == 0, screen.log.read_text()
    assert "Traceback" not in screen.log.read_text()
    assert "export" in events()


def test_rapid_keys_and_a_window_without_size_are_survived(screen: Screen) -> None:
    keys = ["space", "h", "g", "s", "o", "a", "x", "i", "Page_Down", "plus", "Return", "f", "l", "d", "Escape", "k"]
    screen.do("key", "--clearmodifiers", "--delay", "1", *(keys * 13)[:200])
    for width, height in ((1, 1), (300, 200), (1400, 900)):
        screen.resize(width, height)
    screen.focus()
    screen.key("f")
    screen.until(lambda: np.ptp(screen.picture()[100:800:7, 50:1100:7]) > 100)
    screen.key("ctrl+q")
    assert screen.program.wait(PROGRAM_S) == 0, screen.log.read_text()
    assert "Traceback" not in screen.log.read_text()


@pytest.mark.skipif(not shutil.which("xrandr"), reason="xrandr is not installed")
def test_the_window_comes_back_when_its_monitor_goes_and_returns_with_it(screen: Screen) -> None:
    def xrandr(*words: str) -> None:
        subprocess.run(["xrandr", *words], env=screen.surroundings, check=True, capture_output=True)

    def ends() -> tuple[int, int]:
        words = screen.do("getwindowgeometry", "--shell", screen.window).stdout.split()
        reported = dict(word.split("=") for word in words)
        return int(reported["X"]), int(reported["X"]) + int(reported["WIDTH"])

    xrandr("--setmonitor", "left", "700/185x900/238+0+0", "screen")
    xrandr("--setmonitor", "right", "700/185x900/238+700+0", "none")
    screen.resize(650, 800)
    screen.do("windowmove", "--sync", screen.window, "720", "20")
    assert ends() == (720, 1370)
    xrandr("--delmonitor", "right")
    screen.until(lambda: ends()[1] <= 700)
    xrandr("--setmonitor", "right", "700/185x900/238+700+0", "none")
    screen.until(lambda: ends() == (720, 1370))
    screen.focus()
    screen.key("ctrl+q")
    assert screen.program.wait(PROGRAM_S) == 0, screen.log.read_text()
    assert "Traceback" not in screen.log.read_text()


def test_two_thousand_views_with_a_known_truth_are_browsed_in_the_workbench(tmp_path: Path) -> None:
    with display() as number:
        surroundings = {
            **{k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"},
            "DISPLAY": number,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(tmp_path),
            **{f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "CACHE")},
        }
        command = [sys.executable, "-m", "tests.qt.workbench.browse_views", str(tmp_path / "views"), "500"]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, env=surroundings, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    reported = json.loads(done.stdout.splitlines()[-1])
    assert reported["platform"] == "xcb"
    # The disc of every other view is a missed lesion, that of the others a false mark; each lies in its crop's middle.
    assert (reported["all"], reported["missed"], reported["false"]) == (2000, 1000, 1000)
    assert reported["browsed"] == reported["bright"] == 2000 and reported["opened"]
