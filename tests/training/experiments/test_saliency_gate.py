"""Thresholds of the heatmap as bounds of the saliency: the figures of one map, of two views, and of all."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview import open_study
from mammoview.assess.results.assessment import Layer
from mammoview.study.geometry import Affine
from mammoview.study.scan import Outline, OutlineKind, Scan
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.small_models import small_bundle
from training.data.memmaps import write_arrays
from training.data.prepare import PreparedMammogram
from training.evaluation import one_path
from training.experiments import saliency_gate


@pytest.fixture
def outlined() -> Scan:
    """A box from column 400, row 400 to column 800, row 800."""
    points = np.array([[400, 400], [800, 400], [800, 800], [400, 800]], float)
    scan = scan_of(breast_pixels())
    return replace(scan, outlines=(Outline(points, OutlineKind.BOUNDARY, "MASS", "BENIGN"),))


def saliency(*places: tuple[int, int, float]) -> Layer:
    """Values at (column, row) of a lattice of four scan pixels a cell."""
    values = np.zeros((400, 300), np.float32)
    for column, row, value in places:
        values[row - 6 : row + 6, column - 6 : column + 6] = value
    return Layer(values, Affine(4, 4))


def test_the_brightest_square_and_the_energy_are_set_against_the_boxes(outlined: Scan) -> None:
    assert saliency_gate.pointing_and_energy(outlined, saliency((150, 150, 2.0), (250, 300, 1.0))) == pytest.approx(
        (1, 2 / 3, 1)
    )
    assert saliency_gate.pointing_and_energy(outlined, saliency((150, 150, 1.0), (250, 300, 3.0))) == pytest.approx(
        (0, 1 / 4, 1)
    )
    assert saliency_gate.pointing_and_energy(outlined, saliency()) == (0, 0, 0)


def test_every_view_is_looked_at_once_by_each_threshold(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "own"
    folder.mkdir(parents=True)
    for scan in open_study(samples / "sfm-malign-0")[0].scans:
        if scan.projection == "CC":
            (folder / scan.path.name).symlink_to(scan.path)
    names = [f.name for f in folder.iterdir()]
    members = [PreparedMammogram(tmp_path, "own", n, n, 4, False, (), {}, {}) for n in names]
    bundle = small_bundle(tmp_path / "models")
    gates = {"all": 0.0, "none": 1.1}
    saliency_gate.read(tmp_path / "data", members, bundle, gates, tmp_path / "read")
    for member in members:
        reported = np.asarray(one_path.load(tmp_path / "read", member)["told"])
        assert reported.shape == (2, 5, 3) and not reported[1].any(), "nothing lies above 1.1"
    monkeypatch.setattr(one_path, "scan_of_example", lambda _: pytest.fail("it was looked at already"))
    saliency_gate.read(tmp_path / "data", members, bundle, gates, tmp_path / "read")


def test_what_another_rescorer_gave_is_not_taken_for_what_this_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = small_bundle(tmp_path / "models")
    other = replace(one, baseline=replace(one.baseline, sha256="0"))
    read: list[Path] = []

    def reading(_data, members, _bundle, _thresholds, folder: Path) -> None:
        read.append(folder)
        for member in members:
            write_arrays(one_path.file_of(folder, member), {"told": np.zeros((2, 5, 3))})

    monkeypatch.setattr(saliency_gate, "read", reading)
    fold = saliency_gate.SHIPPED_FOLD
    member = PreparedMammogram(tmp_path, "cbis_masses", "a", "a", fold, False, (), {}, {})
    monkeypatch.setattr(saliency_gate, "known", lambda _runs: [member])
    for bundle in (one, other, one):
        monkeypatch.setattr(saliency_gate, "load_bundle", lambda bundle=bundle: bundle)
        saliency_gate.run(tmp_path, tmp_path / "runs", tmp_path / "table.csv")
    assert one.mark == other.mark and read[0] == read[2] != read[1]


def test_the_table_has_differences_over_women(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((12, 2, 5, 3))
    values[:, 1] += 1
    groups = np.array([f"woman {k // 2}" for k in range(12)])
    saliency_gate.write(values, groups, ["loose", "tight"], tmp_path / "table.csv")
    with (tmp_path / "table.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 5 * 3 * 3 + 2 * 3
    gain = [r for r in rows if r["inside the heatmap from"] == "tight, minus loose"]
    assert len(gain) == 15 and all(float(r["low 95 %"]) <= float(r["value"]) <= float(r["high 95 %"]) for r in gain)
    assert float(gain[0]["value"]) == pytest.approx((values[:, 1, 0, 0] - values[:, 0, 0, 0]).mean(), abs=1e-4)
