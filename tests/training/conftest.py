"""One prepared made-up data set for all training tests, and small models trained on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mammoview.assess.models.networks import FusedConfig, HeatmapConfig
from mammoview.evaluation import statistics
from tests.support.small_models import SHAPE
from tests.support.training_datasets import cbis_masses, ddsm_normals, mini_mias
from training.data.prepare import FOLDS, PreparedMammogram, load, run
from training.fit.recipe import MAGNIFICATIONS, Recipe
from training.fit.stages import read_fold, recipe_of, train_baseline, train_classifier, train_fused

MOST_DRAWS = 60
"""Draws of every bootstrap here."""
SMALL = Recipe(
    network=SHAPE.model_copy(update={"dropout": 0.1}),
    epochs=dict.fromkeys(MAGNIFICATIONS, 1),
    hard_epochs={200: 1},
    heatmap=HeatmapConfig(unshuffle=2, widths=(4, 4), context=(1, 2), context_width=4),
    heatmap_epochs=1,
    fused=FusedConfig(grids=(100, 150, 200), width=4),
    fused_epochs=1,
)
"""The shape of the bundled models' recipe, small enough for a test."""


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Iterator[None]:
    """Intervals of few draws, which take most of a figure's time; how they are made is tested with the statistics."""
    inner = statistics.bootstrap_each

    def fewer(
        of: Callable[[NDArray[np.float64]], NDArray[np.float64]],
        groups: NDArray[np.str_],
        draws: int = MOST_DRAWS,
        seed: int = statistics.SEED,
    ) -> list[statistics.Estimate]:
        return inner(of, groups, min(draws, MOST_DRAWS), seed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "bootstrap_each", fewer)
        yield


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    cbis_masses(folder / "cbis_masses")
    mini_mias(folder / "mini_mias")
    ddsm_normals(folder / "ddsm_normals")
    return folder


@pytest.fixture(scope="session")
def runs(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    run(made_up, folder / "prepared", jobs=1)
    return folder


@pytest.fixture(scope="session")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recipe") / "small.json"
    file.write_text(SMALL.model_dump_json())
    return file


@pytest.fixture(scope="session")
def trained(runs: Path, small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every fold trained, read and fused."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "prepared").symlink_to(runs / "prepared")
    recipe = recipe_of(folder, small_recipe)
    for part in map(str, range(FOLDS)):
        for um in MAGNIFICATIONS:
            train_classifier(folder, recipe, um, part)
        train_baseline(folder, recipe, part)
        read_fold(folder, recipe, part)
    train_fused(folder, recipe)
    return folder


@pytest.fixture(scope="session")
def members(runs: Path) -> list[PreparedMammogram]:
    return load(runs / "prepared")
