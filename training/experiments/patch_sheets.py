"""`python -m training sheets`: numbers of patches, as in the paper's Table 1, and contact sheets."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.table import Table

from mammoview import open_study
from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference.preprocessing import prepare
from training.data import synthetic
from training.data.patch_centres import PatchCentres, spots
from training.data.patches import PatchSampling, TrainingPatches
from training.data.prepare import PreparedMammogram, load
from training.data.splits import PARTS, PILOT, split
from training.experiments.sample_results import sample_folder

SIDE = 128
"""Side of the patches that are counted and shown, pixels."""
SHOWN, ACROSS = 60, 10
"""Patches of a sheet, and how many lie side by side."""
GREYS = (-2.5, 3.0)
"""Black and white of a sheet, standard deviations of the breast."""
COLUMNS = (
    "part",
    "um",
    "use",
    "positive",
    "negative, tissue",
    "negative, rim",
    "too large",
    "outside the mask",
    "mammograms with findings",
    "mammograms without",
)


def counts(members: list[PreparedMammogram], um: int) -> list[tuple[str, ...]]:
    """Count patches (P10) and whole mammograms (P11) for training and testing of every part."""
    lines = []
    for part in (*PARTS, PILOT):
        parts = split(members, part)
        for use, of in (("training", parts.training), ("validation" if part == PILOT else "test", parts.held)):
            if of:
                lines.append((part, str(um), use, *map(str, _numbers(of, spots(of, um, SIDE)))))
    return lines


def _numbers(members: list[PreparedMammogram], found: PatchCentres) -> tuple[int, ...]:
    patches = tuple(found.counts().values())
    placed = [m for m in members if not m.unplaced]
    with_findings = sum(bool(m.findings) for m in placed)
    return (*patches, with_findings, len(placed) - with_findings)


def tiled(patches: list[NDArray[np.float32]], file: Path) -> None:
    """Write patches (side, side), all of one size, side by side as one grey picture."""
    side = patches[0].shape[0]
    rows = -(-len(patches) // ACROSS)
    sheet = np.full((rows * (side + 2), ACROSS * (side + 2)), GREYS[1], np.float32)
    for i, patch in enumerate(patches):
        r, c = (k * (side + 2) for k in divmod(i, ACROSS))
        sheet[r : r + side, c : c + side] = patch
    low, high = GREYS
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.round(np.clip((sheet - low) / (high - low), 0, 1) * 255).astype(np.uint8)).save(file)


def write(runs: Path, um: int) -> None:
    """Print the counts and write them and contact sheets of the training patches into `runs`/sheets.

    The sheets are pictures of the data sets: they stay under their terms. Raises MammoviewError.
    """
    members = load(runs / "prepared")
    folder = runs / "sheets"
    lines = counts(members, um)
    for name, draw in (("real", PatchSampling()), ("synthetic", PatchSampling(synthetic=1.0))):
        patches = TrainingPatches(split(members, PILOT).training, um, SIDE, draw)
        chosen = np.linspace(0, len(patches) // 2 - 1, SHOWN).astype(int)
        for offset, kind in ((0, "positives"), (1, "negatives")):
            tiled([patches[2 * i + offset][0][0].numpy() for i in chosen], folder / f"{kind}_{name}_{um}um.png")
    with (folder / f"counts_{um}um.csv").open("w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([COLUMNS, *lines])
    shown = Table(*COLUMNS, title=f"Patches of {SIDE} px at {um} um")
    for line in lines:
        shown.add_row(*line)
    Console().print(shown)
    print(f"contact sheets in {folder}")


def synthetic_sheet(file: Path, um: int = 200, seed: int = 5) -> None:
    """Write synthetic findings in tissue of the sample study: original above, with a finding below.

    The sample study may be shown (CC BY 3.0); nothing is trained on it. Raises MammoviewError.
    """
    rng = np.random.default_rng(seed)
    pairs: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []
    makers = [
        lambda: synthetic.mass(rng, um, 20, spicules=False),
        lambda: synthetic.mass(rng, um, 14, spicules=True),
        lambda: synthetic.cluster(rng, um, 16),
    ]
    scans = [s for case in sorted(sample_folder().iterdir()) for study in open_study(case) for s in study.scans]
    while len(pairs) < ACROSS:
        scan = scans[len(pairs) % len(scans)]
        image = tissue_bright(scan.pixels, scan.grey)
        made = prepare(image, find_breast(image, scan.spacing), scan.spacing)
        left, top, right, bottom = made.extent(um)
        values, mask = made.magnified(um, left, top, bottom - top, right - left)
        boxes = [made.frame.lattice(um, left, top).inverse(np.asarray(o.points)) for o in scan.outlines]
        for _ in range(200):
            r, c = (int(rng.integers(0, n - SIDE)) for n in values.shape)
            apart = all((b.max(0) < (c, r)).any() or (b.min(0) > (c + SIDE, r + SIDE)).any() for b in boxes)
            if apart and mask[r : r + SIDE, c : c + SIDE].mean() > 0.97:
                tissue, inside = values[r : r + SIDE, c : c + SIDE], mask[r : r + SIDE, c : c + SIDE]
                added = makers[len(pairs) % len(makers)]()
                film = synthetic.exposed(tissue, inside, um, rng, ((added, SIDE // 2, SIDE // 2),))
                pairs.append((tissue, film))
                break
    tiled([tissue for tissue, _ in pairs] + [film for _, film in pairs], file)
