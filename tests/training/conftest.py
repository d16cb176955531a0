"""One prepared made-up data set for all training tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.made_up import cbis_masses, mini_mias
from training.prepare import Prepared, load, run


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    cbis_masses(folder / "cbis_masses")
    mini_mias(folder / "mini_mias")
    return folder


@pytest.fixture(scope="session")
def runs(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    run(made_up, folder / "prepared", jobs=1)
    return folder


@pytest.fixture(scope="session")
def members(runs: Path) -> list[Prepared]:
    return load(runs / "prepared")
