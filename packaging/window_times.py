"""Opens a study with a packaged program on a screen of its own, and measures how long it takes.

    python packaging/window_times.py FOLDER STUDY PROGRAM [WORD ...]

FOLDER gets the picture of the window and the user's folders of this run. Needs Xvfb. Fails when the window is not
painted, the scans do not appear, or the program does not end when it is asked to.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 1600, 1000
PATIENCE_S = 600
"""Longest wait for anything, s."""


def screen_picture(frame_buffer: Path) -> NDArray[np.uint8]:
    """Return what the screen shows, grey, uint8 (height, width), from the frame buffer file of Xvfb (XWD, 32 bits)."""
    raw = frame_buffer.read_bytes()
    header = int.from_bytes(raw[:4], "big")
    colours = int.from_bytes(raw[76:80], "big")
    pixels = np.frombuffer(raw, np.uint8, WIDTH * HEIGHT * 4, header + 12 * colours).reshape(HEIGHT, WIDTH, 4)
    grey: NDArray[np.uint8] = pixels[..., :3].max(2)
    return grey


def waited(condition: Callable[[], bool], program: subprocess.Popen[bytes], what: str) -> float:
    """Wait until something is so; returns the time, s."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if program.poll() is not None:
            raise SystemExit(f"the program ended with {program.returncode} before {what}")
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come within {PATIENCE_S} s")
        time.sleep(0.02)
    return time.monotonic()


def processor_time() -> float:
    """Return the processor time of the processes that were started here and have ended, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(folder: Path, study: Path, command: list[str]) -> tuple[float, float, float]:
    """Start the program; returns the times to the painted window and to four scans, and its processor time, s."""
    painted, writing = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp", "-fbdir", str(folder)],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(painted) as ready:
            display = f":{ready.readline().strip()}"
        buffer = folder / "Xvfb_screen0"
        variables = {"HOME": str(folder / "home"), "PATH": "/usr/bin:/bin", "DISPLAY": display, "LANG": "C.UTF-8"}
        variables |= {"MAMMOVIEW_NOTICE_SEEN": "true", "MAMMOVIEW_READING": "concurrent"}
        (folder / "home").mkdir(exist_ok=True)
        empty = screen_picture(buffer)
        begun, before = time.monotonic(), processor_time()
        program = subprocess.Popen([*command, str(study)], env=variables, cwd=folder)
        try:
            painted = waited(
                lambda: bool((screen_picture(buffer) != empty).mean() > 0.3), program, "the window's first paint"
            )
            shown = waited(lambda: scans_shown(screen_picture(buffer)), program, "four scans")
            Image.fromarray(screen_picture(buffer)).save(folder / "screen.png")
            program.send_signal(signal.SIGTERM)
            program.wait(PATIENCE_S)
            used = processor_time() - before
        except SystemExit:
            Image.fromarray(screen_picture(buffer)).save(folder / "screen.png")
            raise
        finally:
            program.kill()
            program.wait()
    finally:
        server.terminate()
        server.wait()
    return painted - begun, shown - begun, used


def scans_shown(picture: NDArray[np.uint8]) -> bool:
    """Return whether each of four viewports in a row, as on wide screens, has much that is brighter than the window."""
    row = picture[80 : HEIGHT - 60, 40 : int(0.8 * WIDTH)]
    return all(bool((viewport > 90).mean() > 0.08) for viewport in np.array_split(row, 4, axis=1))


if __name__ == "__main__":
    painted_s, shown_s, used_s = measure(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
    print(
        f"  window painted after {painted_s:.2f} s, four scans after {shown_s:.2f} s, {used_s:.1f} s of processor time"
    )
