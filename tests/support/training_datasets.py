"""Generated data sets in the form of the real ones: phantoms with a bright disc as the finding."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from mammoview.study.scan import Side
from tests.support.phantoms import breast_pixels

HEADER = ["image", "patient", "side", "projection", "native_rows", "native_columns", "density", "x", "y", "width"]
HEADER += ["height", "pathology", "assessment", "subtlety", "shape", "margins"]


def _picture(rng, side: Side, disc: tuple[int, int, int] | None, size: tuple[int, int]) -> np.ndarray:
    pixels = breast_pixels(*size, side=side).astype(float) / 4100 * 200
    pixels += rng.normal(0, 6, pixels.shape)
    if disc is not None:
        column, row, radius = disc
        y, x = np.mgrid[: size[0], : size[1]]
        pixels[np.hypot(x - column, y - row) < radius] += 45
    return np.clip(pixels, 0, 255).astype(np.uint8)


def mini_mias(folder: Path, women: int = 10) -> None:
    """Write `women` pairs: the odd picture normal, the even one with a circle; one more without a position."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(1)
    rows = []
    for woman in range(1, women + 1):
        for n, side in ((2 * woman - 1, Side.RIGHT), (2 * woman, Side.LEFT)):
            name = f"mdb{n:03d}"
            disc = None if n % 2 else (int(rng.integers(70, 160)), int(rng.integers(260, 480)), 24)
            Image.fromarray(_picture(rng, side, disc, (740, 420))).save(folder / "images" / f"{name}.png")
            line = [name, woman, "R" if n % 2 else "L", "D", "NORM" if n % 2 else "CIRC", "" if n % 2 else "B"]
            rows.append([*line, *(disc or ("", "", ""))])
    rows[-1][6:] = ["", "", ""]
    with (folder / "labels.csv").open("w", newline="") as f:
        table = csv.writer(f)
        table.writerow(["image", "patient", "side", "background", "class", "severity", "column", "row", "radius"])
        table.writerows(rows)


def cbis_masses(folder: Path, women: int = 20) -> None:
    """Write squashed 800 x 800 views; the last woman's native size is unknown."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(2)
    rows = []
    for woman in range(1, women + 1):
        name = f"{woman:05d}_LEFT_CC.jpg"
        disc = (int(rng.integers(60, 150)), int(rng.integers(240, 480)), 25)
        picture = Image.fromarray(_picture(rng, Side.LEFT, disc, (740, 420)))
        picture.resize((800, 800)).save(folder / "images" / name, quality=95)
        across, down = 800 / 420, 800 / 740
        place = [(disc[0] - 25) * across, (disc[1] - 25) * down, 50 * across, 50 * down]
        native = ["", ""] if woman == women else [2960, 1680]
        rows.append([name, f"{woman:05d}", "LEFT", "CC", *native, 3, *place, "BENIGN", 3, 4, "OVAL", "CIRCUMSCRIBED"])
    with (folder / "labels.csv").open("w", newline="") as f:
        table = csv.writer(f)
        table.writerow(HEADER)
        table.writerows(rows)


def ddsm_normals(folder: Path, cases: int = 5) -> None:
    """Write one normal view per case, at full size."""
    rng = np.random.default_rng(3)
    for n in range(1, cases + 1):
        (folder / f"case{n:04d}").mkdir(parents=True)
        picture = Image.fromarray(_picture(rng, Side.LEFT, None, (740, 420)))
        large = picture.resize((1680, 2960)).convert("RGB")
        large.save(folder / f"case{n:04d}" / f"A_{n:04d}_1.LEFT_CC.jpg", quality=95)
