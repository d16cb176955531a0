"""Images with real film are the prepared ones with more of the scan; training mixes the two in the share asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoview.assess.inference import preprocessing
from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.models.networks import RescorerConfig
from mammoview.core.errors import MammoviewError
from training.__main__ import app
from training.data import film
from training.data.prepare import PreparedMammogram
from training.experiments import detection
from training.experiments.candidates import candidates
from training.experiments.rescorer import RescorerRun, TrainingCandidates
from training.fit.heatmap_runs import TrainingFrames


@pytest.fixture(scope="module")
def filmed(made_up: Path, runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with the images of real film."""
    folder = tmp_path_factory.mktemp("filmed")
    (folder / "prepared").symlink_to(runs / "prepared")
    reported = CliRunner().invoke(
        app, ["film", "--data", str(made_up), "--runs", str(folder), "--jobs", "1"], catch_exceptions=False
    )
    assert "mammograms with their film" in reported.output
    return folder


def test_only_the_film_beyond_the_rim_differs(filmed: Path, members: list[PreparedMammogram]) -> None:
    differ = 0
    for member in members:
        blanked, real = (
            np.asarray(image, np.float32) for image in (member.image(INPUT_UM), film.image(filmed, member))
        )
        assert real.shape == blanked.shape and real[0, 0] == blanked[0, 0]
        air = blanked[0, 0]
        np.testing.assert_array_equal(real[blanked != air], blanked[blanked != air])
        differ += int((real != blanked).any())
    assert differ > len(members) / 2
    assert preprocessing.RIM_MM == 3.0


def test_images_that_are_there_are_passed_over(filmed: Path, made_up: Path, members: list[PreparedMammogram]) -> None:
    one = next((filmed / film.FOLDER).iterdir())
    before = one.stat().st_mtime_ns
    assert film.write(made_up, filmed, 1) == len(members)
    assert one.stat().st_mtime_ns == before


def test_missing_film_and_missing_data_are_named(
    filmed: Path, made_up: Path, members: list[PreparedMammogram], tmp_path: Path
) -> None:
    with pytest.raises(MammoviewError, match="film was not read yet"):
        film.image(tmp_path, members[0])
    (tmp_path / "mini_mias").symlink_to(made_up / "mini_mias")
    with pytest.raises(MammoviewError, match="are not in this folder, such as"):
        film.write(tmp_path, filmed, 1)


def test_a_rescorer_and_a_heatmap_meet_real_film_in_the_share_asked_for(
    filmed: Path, members: list[PreparedMammogram]
) -> None:
    """Samples that are not varied: each is either the blanked or the real one."""
    placed = [m for m in members if not m.unplaced]
    found = [candidates(m, np.random.default_rng(k).normal(size=m.position().shape[1:])) for k, m in enumerate(placed)]
    shares = {}
    for share in (0.0, 0.5, 1.0):
        run = RescorerRun(network=RescorerConfig(last=2), variation="none", film=share)
        data = TrainingCandidates(found, run, filmed if share else None)
        shares[share] = np.stack([data[k][0].numpy() for k in range(0, len(data), 2)])
    without, mixed, real = shares.values()
    differ = (real != without).any((1, 2, 3))
    is_real = (mixed == real).all((1, 2, 3)) & differ
    is_blanked = (mixed == without).all((1, 2, 3)) & differ
    assert (is_real | is_blanked).sum() == differ.sum()
    assert is_real.any() and is_blanked.any()
    frames = TrainingFrames(placed, 1, "square", 1, 1.0, filmed)
    plain = TrainingFrames(placed, 1, "square")
    pairs = [(frames[k], plain[k]) for k in range(len(placed))]
    assert any((x != y).any() for (x, _), (y, _) in pairs)


def test_candidates_are_scored_with_the_film_that_is_asked_for(
    filmed: Path, members: list[PreparedMammogram], monkeypatch: pytest.MonkeyPatch
) -> None:
    member = next(
        m
        for m in members
        if not m.unplaced and (np.asarray(film.image(filmed, m)) != np.asarray(m.image(INPUT_UM))).any()
    )
    seen: list[np.ndarray] = []

    def in_context(_scorer: object, image: np.ndarray, cells: np.ndarray) -> np.ndarray:
        seen.append(image)
        return np.zeros(len(cells))

    monkeypatch.setattr(detection, "in_context", in_context)
    monkeypatch.setattr(detection, "grid_logit", lambda *_: np.zeros(member.position().shape[1:]))
    for films in (None, filmed):
        detection.score_fold([member], filmed, None, object(), films)  # the scorer is not asked
    np.testing.assert_array_equal(seen[0], np.asarray(member.image(INPUT_UM), np.float32))
    np.testing.assert_array_equal(seen[1], np.asarray(film.image(filmed, member), np.float32))
