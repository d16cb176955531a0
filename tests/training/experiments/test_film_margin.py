"""The program is given more film beyond the skin, and only while it reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.assess.inference import preprocessing
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.core.errors import MammoviewError
from training.data.prepare import PreparedMammogram
from training.experiments import film_margin
from training.experiments.candidates import Candidates
from training.experiments.detection import Scored
from training.experiments.film_margin import BLANKED, run


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    return load_bundle()


@pytest.fixture
def scored(members: list[PreparedMammogram]) -> list[Scored]:
    """Two candidates each: the first hits wherever there is a finding."""
    few = [replace(m, fold=4) for m in members if not m.unplaced]
    return [
        Scored(Candidates(m, np.zeros((2, 2), int), np.zeros(2), np.array([0 if m.findings else -1, -1])), np.eye(2, 3))
        for m in few
    ]


def test_film_is_left_while_the_program_reads_and_both_are_compared(
    scored: list[Scored], bundle: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    shipped = preprocessing.RIM_MM
    monkeypatch.setattr(film_margin, "load_bundle", lambda: bundle)
    monkeypatch.setattr(film_margin, "known", lambda _: [s.found.member for s in scored])
    monkeypatch.setattr(film_margin, "scored_of", lambda *_: scored)
    monkeypatch.setattr(film_margin, "scored_in", lambda *_: scored)
    monkeypatch.setattr(film_margin.one_path, "read", lambda *_: seen.append(preprocessing.RIM_MM))
    rows = run(tmp_path, tmp_path, 21, 25.0, tmp_path / "film.csv")
    assert seen == [25.0] and shipped == preprocessing.RIM_MM
    assert {way for way, *_ in rows} == {BLANKED, "25 mm of real film"}
    gains = [figure.value for _, what, figure in rows if what.endswith(f"minus {BLANKED}")]
    assert gains and not any(gains)
    assert (tmp_path / "film.csv").read_text().count("\n") == len(rows) + 1


def test_models_without_a_rescorer_are_named(
    bundle: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_margin, "load_bundle", lambda: replace(bundle, rescorer=None))
    with pytest.raises(MammoviewError, match="no re-scorer"):
        run(tmp_path, tmp_path, 21, 25.0, tmp_path / "film.csv")
