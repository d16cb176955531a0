"""Comparison of two checkouts: drawing, export and assessment, pixel by pixel and number by number.

    python -m tests.support.compare_checkouts BEFORE AFTER STUDY [STUDY ...]

runs `mammoview snapshot` and `export` of both checkouts with all layers and with none, and `assess`, on each study with
this Python. Pictures are compared pixel by pixel; for intended changes of texts, the bounding box of the differing
pixels shows whether a viewport is affected. Arrays and figures must be equal. Exit code 1 when anything differs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

LAYERS = ("heatmap,grid,saliency,outlines", "")
VARYING = ("seconds", "program", "version", "device", "source", "date", "time", "created", "fingerprint")
"""Figures of SCAN.json that two runs of one checkout need not share, by the end of their name."""


def main(words: list[str]) -> int:
    """Compare; returns 0 when all is equal, else 1."""
    if len(words) < 3:
        sys.exit(str(__doc__))
    before, after, *studies = (Path(word).resolve() for word in words)
    different = 0
    for study in studies:
        with tempfile.TemporaryDirectory() as folder:
            made = [_made(checkout, study, Path(folder) / name) for checkout, name in ((before, "a"), (after, "b"))]
            for line in _differences(*made):
                different += 1
                print(f"{study.name}: {line}", flush=True)
            print(f"{study.name}: {len(_files(made[1]))} files compared", flush=True)
    return int(different > 0)


def _made(checkout: Path, study: Path, out: Path) -> Path:
    """Run the commands of a checkout over a study; returns the folder with what they wrote."""
    surroundings = os.environ | {
        "PYTHONPATH": str(checkout),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(out / "home"),
        "XDG_DATA_HOME": str(out / "home"),
        "XDG_CACHE_HOME": str(out / "home"),
    }
    for layers in LAYERS:
        name = "layers" if layers else "bare"
        for command in (
            ["snapshot", study, "-o", out / name / "window.png", "--layers", layers],
            ["export", study, "-o", out / name / "export", "--layers", layers],
        ):
            _run([*command], checkout, surroundings)
    _run(["assess", study, "-o", out / "assess"], checkout, surroundings)
    return out


def _run(words: list[str | Path], checkout: Path, surroundings: dict[str, str]) -> None:
    """Run one command; raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", "mammoview", *map(str, words)]
    subprocess.run(command, cwd=checkout, env=surroundings, check=True, stdout=subprocess.DEVNULL)


def _files(folder: Path) -> set[Path]:
    """Return what was written, without the user's own folders."""
    found = {file.relative_to(folder) for file in folder.rglob("*") if file.suffix in {".png", ".npz", ".json"}}
    return {file for file in found if file.parts[0] != "home"}


def _differences(before: Path, after: Path) -> Iterator[str]:
    """Yield a line for each file that only one has or that differs."""
    for file in sorted(_files(before) ^ _files(after)):
        yield f"{file} is written by one of them only"
    for file in sorted(_files(before) & _files(after)):
        said = {".png": _pictures, ".npz": _arrays, ".json": _figures}[file.suffix](before / file, after / file)
        if said:
            yield f"{file}: {said}"


def _pictures(before: Path, after: Path) -> str:
    """Return what differs between two pictures; empty when nothing does."""
    one, other = (np.asarray(Image.open(file).convert("RGB")) for file in (before, after))
    if one.shape != other.shape:
        return f"{one.shape} and {other.shape} pixels"
    rows, columns = np.nonzero((one != other).any(2))
    if not len(rows):
        return ""
    place = f"columns {columns.min()} to {columns.max()}, rows {rows.min()} to {rows.max()}"
    return f"{len(rows)} pixels differ, in {place} of {one.shape[1]} x {one.shape[0]}"


def _arrays(before: Path, after: Path) -> str:
    """Return which arrays differ; empty when none does."""
    with np.load(before) as one, np.load(after) as other:
        if set(one) != set(other):
            return f"arrays {sorted(set(one) ^ set(other))} are in one of them only"
        return ", ".join(name for name in one if not np.array_equal(one[name], other[name], equal_nan=True))


def _figures(before: Path, after: Path) -> str:
    """Return which figures differ; empty when none does."""
    one, other = (dict(_leaves(json.loads(file.read_text("utf-8")))) for file in (before, after))
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    return ", ".join(name for name in names if not name.endswith(VARYING))


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each figure of nested JSON with its dotted name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{name}[{index}]")
    else:
        yield name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
