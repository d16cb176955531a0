"""An export that is killed leaves no half files under final names, and goes on where it stopped."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from mammoview.export.formats import FORMATS
from mammoview.formats.datasets.ddsm_text import parse_overlay
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels
from tests.support.timeouts import PROGRAM_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

MOMENTS = 6
HALF = """
import sys, time
from pathlib import Path
from mammoview.__main__ import main
inner, count = Path.replace, 0
def replace(self, target):
    global count
    count += Path(target).parent == Path(sys.argv[4])
    if count == 2 and self.suffix == ".part":
        self.write_bytes(self.read_bytes()[:100])
        print("half", flush=True)
        time.sleep(600)
    return inner(self, target)
Path.replace = replace
sys.exit(main())
"""
"""The program, but that it stops in the middle of its second file and says so."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two small scans with an outline each."""
    folder = tmp_path_factory.mktemp("source")
    for number in range(2):
        write(
            folder / f"{number}.dcm",
            pixels=breast_pixels(450, 300, top=3000 + number),
            StudyInstanceUID="1.2.3",
            SeriesInstanceUID="1.2.3.4",
            ImageLaterality="L",
            ViewPosition=("CC", "MLO")[number],
            PixelSpacing=[0.2, 0.2],
        )
        corners = [[70, 180], [110, 180], [110, 220], [70, 220]]
        reported = {"mammoview_outlines": 1, "outlines": [{"kind": "boundary", "points": corners, "source": "DDSM"}]}
        (folder / f"{number}.outlines.json").write_text(json.dumps(reported))
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program keeps everything of its user, and so the assessments."""
    return tmp_path_factory.mktemp("home")


def start(source: Path, out: Path, home: Path, name: str, *more: str, half: bool = False) -> subprocess.Popen[bytes]:
    """Start an export."""
    own = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "DATA", "CONFIG")}
    words = ["export", str(source), "-o", str(out), "--format", name, "--device", "cpu", *more]
    return subprocess.Popen(
        [sys.executable, *(["-c", HALF] if half else ["-m", "mammoview"]), *words],
        env={**os.environ, **own, "HOME": str(home)},
        stdout=subprocess.PIPE if half else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def read(path: Path) -> None:
    """Read a file to its end; raises where it is not whole."""
    name = path.name
    if name.endswith((".png", ".tiff", ".gif", ".webp")):
        with Image.open(path) as picture:
            for frame in range(getattr(picture, "n_frames", 1)):
                picture.seek(frame)
                picture.load()
    elif name.endswith(".dcm"):
        made = dcmread(path)
        assert "PixelData" not in made or made.pixel_array.size
    elif name.endswith(".json"):
        json.loads(path.read_text())
    elif name.endswith(".npz"):
        with np.load(path) as held:
            assert all(held[one].size for one in held.files)
    elif name.endswith(".csv"):
        assert len(list(csv.reader(path.read_text().splitlines()))) > 1
    elif name.endswith(".svg"):
        assert path.read_text().rstrip().endswith("</svg>")
    elif name.endswith(".pdf"):
        assert path.read_bytes().rstrip().endswith(b"%%EOF")
    else:
        assert name.endswith(".OVERLAY") and parse_overlay(path.read_text(), path)


def whole(out: Path) -> dict[str, int]:
    """Return the files of a folder with the time of their writing, once all have been read."""
    files = [path for path in out.iterdir() if not path.name.startswith(".")] if out.is_dir() else []
    for path in files:
        read(path)
    return {path.name: path.stat().st_mtime_ns for path in files}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("png", signal.SIGKILL),
        ("overlay", signal.SIGTERM),
        pytest.param("gsps", signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_a_kill_in_the_middle_of_a_file_leaves_it_out(
    source: Path, home: Path, tmp_path: Path, name: str, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    figure = "--figure", "scan", "--layers", "outlines"
    with start(source, out, home, name, *figure, half=True) as process:
        try:
            assert process.stdout is not None and b"half\n" in iter(process.stdout.readline, b"")
            process.send_signal(number)
            process.wait(PROGRAM_S)
        finally:
            process.kill()
    first = whole(out)
    assert len(first) == 1 and len(list(out.iterdir())) == 1 + (number is signal.SIGKILL)
    assert start(source, out, home, name, *figure).wait(PROGRAM_S) == 0
    both = whole(out)
    assert len(both) == 2 == len(list(out.iterdir())) and both.items() >= first.items()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("name", FORMATS)
def test_kills_at_random_moments_leave_whole_files_and_a_rerun_completes(
    source: Path, home: Path, tmp_path: Path, name: str, number: signal.Signals
) -> None:
    chance = random.Random(f"{name} {number}")
    assert start(source, tmp_path / "first", home, name).wait(PROGRAM_S) == 0  # The models run once, and are kept.
    began = time.monotonic()
    assert start(source, tmp_path / "whole", home, name).wait(PROGRAM_S) == 0
    takes, wanted = time.monotonic() - began, set(whole(tmp_path / "whole"))
    out = tmp_path / "out"
    for _ in range(MOMENTS):
        before = whole(out)
        process = start(source, out, home, name)
        try:
            process.wait(chance.uniform(0.3, 1.0) * takes)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            try:
                process.wait(PROGRAM_S)
            finally:
                process.kill()
        found = whole(out)
        assert set(found) <= wanted and found.items() >= before.items()
        for file in sorted(out.glob("[!.]*"))[1:]:
            file.unlink()
    assert start(source, out, home, name).wait(PROGRAM_S) == 0
    assert set(whole(out)) == wanted and {path.name for path in out.iterdir()} == wanted
