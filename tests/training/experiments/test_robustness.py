"""False marks are counted where they lie, on mammograms that the models never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.anatomy.breast import Breast, find_breast
from mammoview.assess.inference.preprocessing import prepare
from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import ratio
from mammoview.study.geometry import Affine
from mammoview.study.scan import Side
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.phantoms import breast_pixels
from training.data.prepare import PreparedMammogram, load
from training.datasets import Example, examples
from training.experiments import robustness
from training.experiments.robustness import (
    FalseMarkTally,
    bundle_marks,
    film_edge,
    painted_muscle,
    places,
    rows,
    tally,
    unseen,
)

SPACING = Spacing(0.2, 0.2, SpacingSource.ASSUMED)


def _breast(side: Side = Side.LEFT) -> Breast:
    return find_breast(breast_pixels(740, 420, side=side).astype(np.float32), SPACING)


@pytest.mark.parametrize("side", list(Side))
def test_the_film_edge_is_a_band_at_the_chest_wall(side: Side) -> None:
    breast = _breast(side)
    edge = film_edge(breast)
    assert (edge <= breast.mask).all()
    rows_with = np.flatnonzero(edge.any(1))
    middle = edge[len(edge) // 2]
    columns = np.flatnonzero(middle)
    assert len(columns) * 0.4 == pytest.approx(robustness.EDGE_MM, abs=0.4)
    wall = np.flatnonzero(breast.mask[len(edge) // 2])
    assert columns[0 if side is Side.LEFT else -1] == wall[0 if side is Side.LEFT else -1]
    assert len(rows_with) == breast.mask.any(1).sum()


@pytest.mark.parametrize("side", list(Side))
def test_the_muscle_is_the_painted_piece_above_at_the_chest_wall(side: Side) -> None:
    """A fold painted below, a stroke over the background and a thin slip are not the muscle."""
    shape = (200, 160)
    mask = np.zeros(shape, bool)
    mask[10:190, :120] = True
    y, x = np.mgrid[: shape[0], : shape[1]]
    muscle = mask & (x + y < 70)
    painted = muscle.copy()
    painted[170:190, :15] = True
    painted[60:180, 130:150] = True
    painted[100, 20:100] = True
    if side is Side.RIGHT:
        mask, muscle, painted = mask[:, ::-1], muscle[:, ::-1], painted[:, ::-1]
    breast = Breast(mask, Affine(), side, (0.0, 0.0))
    found = painted_muscle(painted, breast)
    assert (found & muscle).sum() / (found | muscle).sum() > 0.95
    assert not painted_muscle(np.zeros(shape, bool), breast).any()


def test_tissue_labels_give_the_muscle(tmp_path: Path) -> None:
    pixels = breast_pixels(960, 480)
    for name in ("images", "labels"):
        (tmp_path / "test" / name).mkdir(parents=True)
    labels = np.full(pixels.shape, 128, np.uint8)
    labels[300:500, :80] = 255
    Image.fromarray((pixels / 4100 * 200).astype(np.uint8)).save(tmp_path / "test" / "images" / "A_1.RIGHT_MLO.png")
    Image.fromarray(labels).save(tmp_path / "test" / "labels" / "A_1.RIGHT_MLO_LI.png")
    file = tmp_path / "test" / "images" / "A_1.RIGHT_MLO.png"
    example = Example("ddsm_tissue", "A_1", "A_1", file, Spacing(0.25, 0.25, SpacingSource.ASSUMED))
    breast = find_breast(example.read(), example.spacing)
    muscle = places(example, breast)["pectoral muscle"]
    area = muscle.sum() * breast.to_scan.column_scale * breast.to_scan.row_scale
    assert area == pytest.approx(200 * 80, rel=0.05)
    found = tally(example, breast, np.array([[40.0, 400.0], [60.0, 350.0], [200.0, 400.0], [4.0, 600.0]]))
    assert found.marks == 4
    assert found.on == {"film edge": 1, "pectoral muscle": 2, "elsewhere": 1}


def test_shares_are_of_marks_and_views() -> None:
    def one(name: str, marks: int, on: int) -> FalseMarkTally:
        example = Example("mini_mias", name, name, Path(name), SPACING)
        return FalseMarkTally(
            example, marks, {"film edge": on, "elsewhere": marks - on}, {"film edge": 0.1, "elsewhere": 0.9}
        )

    found = {r.subset: r.figure for r in rows([one("a", 3, 1), one("b", 1, 1), one("c", 0, 0)], "grid", "made up")}
    assert found["all, per view"].value == pytest.approx(4 / 3)
    assert found["all, film edge, share of marks"].value == pytest.approx(0.5)
    assert found["all, film edge, share of marks"].n == 4
    assert found["all, film edge, per view"].value == pytest.approx(2 / 3)
    assert found["all, film edge, share of breast"].value == pytest.approx(0.1)
    none = {r.subset for r in rows([one("c", 0, 0)], "grid", "made up")}
    assert "all, film edge, share of marks" not in none, "no mark, no share of marks"


def test_a_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    found = ratio(np.array([1.0, 9.0]), np.array([1.0, 99.0]), np.array(["a", "b"]))
    assert found.value == pytest.approx(0.1)
    assert found.n == 100


def test_only_mammograms_of_the_unseen_fold_are_counted(members: list[PreparedMammogram]) -> None:
    """The made-up data are not what the shipped models were trained on, and a line says so."""
    with pytest.raises(MammoviewError, match="trained on 1115 mammograms"):
        unseen(load_bundle(), members)


def test_marks_of_the_shipped_models_lie_on_the_film(runs: Path, made_up: Path) -> None:
    member = next(m for m in load(runs / "prepared") if m.source == "mini_mias" and m.findings)
    example = next(e for e in examples(made_up) if isinstance(e, Example) and e.name == member.name)
    image = example.read()
    made = prepare(image, find_breast(image, example.spacing), example.spacing)
    found = bundle_marks(load_bundle(), made)
    assert set(found) == {"fused heatmap", "grid 100 um", "grid 150 um", "grid 200 um"}
    for marks in found.values():
        assert marks.shape[1:] == (2,)
        assert ((marks >= 0) & (marks <= np.array(image.shape)[::-1])).all()
    assert sum(len(m) for m in found.values()), "a bright disc is marked by some layer"
