"""From pictures to a model that the window loads: python docs/examples/train_from_nothing.py FOLDER.

Makes a tiny data set (bright discs in grey breasts), runs every stage of the training on it with a small recipe, and
opens the window with the result. With your own pictures as FOLDER/data/own (training/README.md) and the recipe of the
bundled models, the same stages make models like theirs. To be run from a checkout, in its environment.
"""

from __future__ import annotations

import csv
import runpy
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.networks import FusedConfig, HeatmapConfig, TissueConfig
from training.data.prepare import run as prepare
from training.data.splits import PARTS
from training.fit.recipe import MAGNIFICATIONS, Recipe
from training.fit.stages import read_fold, recipe_of, train_baseline, train_classifier, train_fused
from training.ship import ship

ROWS, COLUMNS, UM = 740, 420, 200
WOMEN = 12
SMALL = Recipe(
    network=TissueConfig(widths=(4, 6, 8, 8), depths=(2, 2, 2, 1), last_pool=False, unshuffle=2, dropout=0.1),
    epochs=dict.fromkeys(MAGNIFICATIONS, 1),
    hard_epochs={200: 1},
    heatmap=HeatmapConfig(unshuffle=2, widths=(4, 4), context=(1, 2), context_width=4),
    heatmap_epochs=1,
    fused=FusedConfig(grids=(100, 150, 200), width=4),
    fused_epochs=1,
)
"""All stages of the bundled models, each as small as possible: to see the stages run, not for results."""


def picture(rng: np.random.Generator, disc: tuple[int, int, int] | None) -> NDArray[np.uint8]:
    """Return a breast at the left edge, uint8 (ROWS, COLUMNS), with a bright disc (column, row, radius in px)."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    tissue = np.hypot(x / 300, (y - ROWS / 2) / 330) < 1
    grey = np.where(tissue, 90 + rng.normal(0, 8, (ROWS, COLUMNS)), 0)
    if disc is not None:
        grey[np.hypot(x - disc[0], y - disc[1]) < disc[2]] += 45
    return np.clip(grey, 0, 255).astype(np.uint8)


def make_set(own: Path) -> None:
    """Write a normal view and a view with a disc of each woman, and the table of boxes, into the folder `own`.

    A folder with a table, of an earlier run or your own, stays as it is.
    """
    if (own / "outlines.csv").exists():
        return
    own.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows: list[tuple[object, ...]] = []
    for woman in range(WOMEN):
        column, row, radius = int(rng.integers(70, 180)), int(rng.integers(260, 480)), 24
        boxed = (column - radius, row - radius, column + radius, row + radius, "MASS", "BENIGN")
        for projection, disc, finding in (("CC", None, ("",) * 6), ("MLO", (column, row, radius), boxed)):
            name = f"w{woman:02d}_L_{projection}.png"
            Image.fromarray(picture(rng, disc)).save(own / name)
            rows.append((name, f"w{woman:02d}", UM, *finding))
    with (own / "outlines.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "patient", "um", "left", "top", "right", "bottom", "lesion_type", "pathology"])
        table.writerows(rows)


def train(folder: Path) -> Path:
    """Run every stage on `folder`/data; returns the folder of the models with the file of their hashes."""
    runs, recipe_file = folder / "runs", folder / "small.json"
    recipe_file.write_text(SMALL.model_dump_json(), encoding="utf-8")
    prepare(folder / "data", runs / "prepared", jobs=1)
    recipe = recipe_of(runs, recipe_file)
    for part in PARTS[:-1]:  # the models of each fold do not see its women
        for um in MAGNIFICATIONS:
            train_classifier(runs, recipe, um, part)
        train_baseline(runs, recipe, part)
        read_fold(runs, recipe, part)
    train_fused(runs, recipe)
    ship(runs, folder / "models")  # evaluates first: runs/evaluation/report.html
    return folder / "models"


def load(models: Path) -> Assessor:
    """Return an assessor with these models; every file is compared with its hash before it is read."""
    return Assessor("cpu", bundle=load_bundle(models, runpy.run_path(str(models / "hashes.py"))["PINS"]))


def show(study: Path, assessor: Assessor) -> None:
    """Open a study in the window, with these models; the library of the user's own studies is left alone."""
    from mammoview.qt.application import application
    from mammoview.qt.main_window.main_window import MainWindow

    running = application()
    window = MainWindow(make_assessor=lambda: assessor, library=False)
    window.open_paths([study])
    window.show()
    running.exec()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    make_set(target / "data" / "own")
    show(target / "data" / "own", load(train(target)))
