"""`python -m training robustness`: places of false marks on normal mammograms, and the effect of normals in training.

Pectoral muscle comes from the tissue labels of `ddsm_tissue` and from regions painted over by hand in `mini_mias`;
painted regions elsewhere on the breast are edges, folds or markers; the film's edge is measured from the breast mask.
Marks are counted on normal mammograms of patients whom the models never saw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.progress import track
from scipy import ndimage

from mammoview.anatomy.breast import MASK_MM, Breast, find_breast
from mammoview.assess.inference.dense_classifier import DenseResult, scan_breast
from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.inference.heatmaps import heatmaps, whole_breast
from mammoview.assess.inference.preprocessing import PreparedScan as Made
from mammoview.assess.inference.preprocessing import prepare
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, TissueClassifier
from mammoview.assess.models.scoring import NEAREST_CELLS
from mammoview.assess.results.hits_and_overlap import peaks
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import mean, ratio
from mammoview.study.geometry import Affine
from mammoview.study.scan import Side
from training.data.prepare import PreparedMammogram, load
from training.data.splits import TRIAL, split
from training.datasets import Example, examples
from training.evaluation.evaluate import write_rows
from training.evaluation.result_tables import TableRow
from training.experiments.trials import REFERENCE, UM, WITHOUT, arms, trials, weights_of
from training.fit.classifier import PatchPredictions

EDGE_MM = 5.0
"""Breast nearer than this to the end of the film counts as film edge."""
STROKE_MM = 2.0
"""Painted strokes thinner than this are slips of the brush."""
MUSCLE_LABEL = 255
"""Pectoral muscle in the tissue labels of `ddsm_tissue`."""
CALLED = 0.8
"""Share of the held findings that a trial's threshold keeps: trials are compared at one sensitivity."""
PLACES = ("pectoral muscle", "painted edge, fold or marker", "film edge", "elsewhere")


def film_edge(breast: Breast) -> NDArray[np.bool_]:
    """Mask pixels within EDGE_MM of the chest wall side of the breast, or of the picture's upper or lower end."""
    mask = breast.mask
    reach = round(EDGE_MM / MASK_MM)
    towards = mask if breast.chest_wall is Side.LEFT else mask[:, ::-1]
    first = np.where(towards.any(1), towards.argmax(1), 0)
    near = np.arange(mask.shape[1]) < (first + reach)[:, None]
    near = near if breast.chest_wall is Side.LEFT else near[:, ::-1]
    ends = np.zeros_like(mask)
    ends[:reach], ends[-reach:] = True, True
    return mask & (near | ends)


def _on_mask(picture: NDArray[np.bool_], breast: Breast) -> NDArray[np.bool_]:
    """Read a picture of the scan's size on the lattice of the breast mask."""
    rows, columns = breast.mask.shape
    points = np.stack(np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5), -1).reshape(-1, 2)
    c, r = np.floor(breast.to_scan(points)).astype(int).T
    inside = (r < picture.shape[0]) & (c < picture.shape[1])
    at = picture[np.minimum(r, picture.shape[0] - 1), np.minimum(c, picture.shape[1] - 1)]
    return (at & inside).reshape(rows, columns)


def painted_muscle(painted: NDArray[np.bool_], breast: Breast) -> NDArray[np.bool_]:
    """Pectoral muscle among the painted regions, both on the lattice of the breast mask.

    Film edges were painted, too, and strokes extend over background: the muscle is the largest thick piece on
    the breast that begins in the upper third, on the chest wall's side of its middle.
    """
    size = round(STROKE_MM / MASK_MM)
    thick = ndimage.binary_opening(painted & breast.mask, np.ones((size, size), bool))
    labels, number = ndimage.label(thick)
    if not number:
        return np.zeros_like(thick)
    rows = np.flatnonzero(breast.mask.any(1))
    upper = rows[0] + len(rows) / 3
    columns = np.flatnonzero(breast.mask.any(0))
    middle = columns.mean()
    best, most = 0, 0
    for k, place in enumerate(ndimage.find_objects(labels), 1):
        piece = labels == k
        first = np.flatnonzero(piece[place[0].start])
        walled = first.mean() < middle if breast.chest_wall is Side.LEFT else first.mean() > middle
        if place[0].start < upper and walled and piece.sum() > most:
            best, most = k, int(piece.sum())
    return labels == best if best else np.zeros_like(thick)


def places(example: Example, breast: Breast) -> dict[str, NDArray[np.bool_]]:
    """Masks of each place of the breast, on the lattice of its mask; only those that the data set labels."""
    found = {"film edge": film_edge(breast)}
    if example.source == "ddsm_tissue":
        file = example.file.parents[1] / "labels" / f"{example.file.stem}_LI.png"
        with Image.open(file) as image:
            found["pectoral muscle"] = _on_mask(np.asarray(image) == MUSCLE_LABEL, breast) & breast.mask
    elif example.source == "mini_mias":
        file = example.file.parents[1] / "painted" / f"{example.file.stem}.png"
        with Image.open(file) as image:
            painted = _on_mask(np.asarray(image) > 0, breast)
        found["pectoral muscle"] = painted_muscle(painted, breast)
        size = round(STROKE_MM / MASK_MM)
        other = ndimage.binary_opening(painted & breast.mask, np.ones((size, size), bool))
        found["painted edge, fold or marker"] = other & ~found["pectoral muscle"]
    found["elsewhere"] = ~np.any(list(found.values()), axis=0)
    return found


@dataclass(frozen=True)
class FalseMarkTally:
    """False marks of one normal mammogram by place, and the share of the breast that each place takes.

    Places that the data set does not label are absent.
    """

    example: Example
    marks: int
    on: dict[str, int]
    area: dict[str, float]


def tally(example: Example, breast: Breast, marks: NDArray[np.float64]) -> FalseMarkTally:
    """Count marks (N, 2) of (column, row) in scan pixels by place."""
    where = places(example, breast)
    cells = np.floor(breast.to_scan.inverse(marks.reshape(-1, 2))).astype(int)
    c, r = np.clip(cells, 0, np.array(breast.mask.shape)[::-1] - 1).T
    area = {name: float((mask & breast.mask).sum() / breast.mask.sum()) for name, mask in where.items()}
    return FalseMarkTally(example, len(marks), {name: int(mask[r, c].sum()) for name, mask in where.items()}, area)


def _cell_marks(values: NDArray[np.float32], to_scan: Affine, least: float) -> NDArray[np.float64]:
    """Peaks of a map on 3.2 mm cells at or above `least`, as (column, row) of the scan (N, 2)."""
    found = peaks(values, NEAREST_CELLS)
    found = found[values[tuple(found.T)] >= least]
    return to_scan(found[:, ::-1] + 0.5).reshape(-1, 2)


def _grid_marks(scanned: DenseResult, made: Made, um: int, least: float) -> NDArray[np.float64]:
    left, top, rows, columns = whole_breast(made)
    k = CELL_UM / um
    to_image = Affine(k, k, left * k - scanned.left, top * k - scanned.top)
    values = scanned.cells(to_image, (rows, columns))
    return _cell_marks(values, made.frame.lattice(CELL_UM, left, top), least)


def bundle_marks(bundle: ModelBundle, made: Made) -> dict[str, NDArray[np.float64]]:
    """Return the marks of the shipped models on one mammogram, each layer at its own threshold."""
    scanned: dict[int, DenseResult] = {}
    for um, model in bundle.classifiers.items():
        assert isinstance(model.network, TissueClassifier)
        scanned[um] = scan_breast(model.network, made, um, model.facts.temperature)
    assert isinstance(bundle.baseline.network, HeatmapRegressor)
    assert isinstance(bundle.fused.network, FusedHeatmap)
    area = whole_breast(made)
    _, fused = heatmaps(bundle.baseline.network, bundle.fused.network, made, scanned, area)
    found = {"fused heatmap": _cell_marks(fused, made.frame.lattice(CELL_UM, *area[:2]), bundle.mark)}
    for um, model in bundle.classifiers.items():
        least = model.facts.thresholds["operating"].value
        found[f"grid {um} um"] = _grid_marks(scanned[um], made, um, least)
    return found


def rows(tallies: list[FalseMarkTally], layer: str, of: str) -> Iterator[TableRow]:
    """Yield false marks per normal view, their share by place and, beside it, the place's share of the breast."""
    for source in ("all", *sorted({t.example.source for t in tallies})):
        chosen = [t for t in tallies if source in ("all", t.example.source)]
        groups = np.array([t.example.group for t in chosen])
        count = np.array([float(t.marks) for t in chosen])
        yield TableRow("false marks on normal views", layer, f"{source}, per view", mean(count, groups), of)
        for place in PLACES:
            known = [t for t in chosen if place in t.on]
            if not known:
                continue
            patients = np.array([t.example.group for t in known])
            on, marks = (np.array(v, float) for v in zip(*[(t.on[place], t.marks) for t in known], strict=True))
            area = np.array([t.area[place] for t in known])
            yield TableRow("false marks on normal views", layer, f"{source}, {place}, per view", mean(on, patients), of)
            if marks.sum():
                share = ratio(on, marks, patients)
                yield TableRow("false marks on normal views", layer, f"{source}, {place}, share of marks", share, of)
            yield TableRow(
                "false marks on normal views", layer, f"{source}, {place}, share of breast", mean(area, patients), of
            )


def unseen(bundle: ModelBundle, members: list[PreparedMammogram]) -> list[PreparedMammogram]:
    """Return the mammograms of the fold that the shipped models were not trained on.

    Raises MammoviewError when they were trained on all patients, or on folds other than these.
    """
    training = bundle.classifiers[UM].facts.training
    match = re.search(r"without fold (\d)", str(training["part"]))
    if match is None:
        raise MammoviewError("the shipped models were trained on everybody", "No mammogram here is new to them")
    parts = split(members, match[1])
    if len(parts.training) != training["training_mammograms"]:
        raise MammoviewError(
            f"the shipped models were trained on {training['training_mammograms']} mammograms, these folds give "
            f"{len(parts.training)}",
            "Prepare the data that they were trained on",
        )
    return parts.held


def _normal(data: Path, members: list[PreparedMammogram]) -> list[Example]:
    """Examples of the members without any finding, in the order of the data sets."""
    wanted = {(m.source, m.name) for m in members if not m.findings and not m.unplaced}
    return [e for e in examples(data) if isinstance(e, Example) and (e.source, e.name) in wanted]


def _prepared(example: Example) -> Made:
    """Return a mammogram ready for the networks."""
    image = example.read()
    return prepare(image, find_breast(image, example.spacing), example.spacing)


def _shipped_rows(data: Path, members: list[PreparedMammogram]) -> Iterator[TableRow]:
    bundle = load_bundle()
    tallies: dict[str, list[FalseMarkTally]] = {}
    for example in track(_normal(data, unseen(bundle, members)), "shipped models"):
        made = _prepared(example)
        for layer, marks in bundle_marks(bundle, made).items():
            tallies.setdefault(layer, []).append(tally(example, made.breast, marks))
    for layer, of_layer in tallies.items():
        yield from rows(of_layer, layer, "shipped models, fold they never saw, their own thresholds")


def _trial_rows(data: Path, runs: Path, members: list[PreparedMammogram]) -> Iterator[TableRow]:
    """Compare the reference with a classifier trained without any normal mammogram."""
    wanted = [t for t in [*arms(), *trials()] if t.name in (REFERENCE, WITHOUT)]
    networks = {t.name: weights_of(runs / "trials", t) for t in wanted}
    predictions = {t.name: PatchPredictions.joined([runs / "trials" / f"{t.slug}.npz"]) for t in wanted}
    least = {}
    for name, read in predictions.items():
        held = read.z[read.label & ~read.large]
        least[name] = float(1 / (1 + np.exp(-np.quantile(held, 1 - CALLED))))
    tallies: dict[str, list[FalseMarkTally]] = {name: [] for name in networks}
    for example in track(_normal(data, split(members, TRIAL).held), "trials"):
        made = _prepared(example)
        for name, network in networks.items():
            marks = _grid_marks(scan_breast(network, made, UM, 1.0), made, UM, least[name])
            tallies[name].append(tally(example, made.breast, marks))
    of = f"trained on folds 2 to 4, normals of folds 0 and 1, threshold at {CALLED:.0%} of their findings"
    for name, of_trial in tallies.items():
        yield from rows(of_trial, f"grid {UM} um, {name}", of)
    with_them, without = (tallies[name] for name in (REFERENCE, WITHOUT))
    groups = np.array([t.example.group for t in with_them])
    apart = np.array([float(a.marks - b.marks) for a, b in zip(with_them, without, strict=True)])
    for source in ("all", *sorted({t.example.source for t in with_them})):
        keep = np.array([source in ("all", t.example.source) for t in with_them])
        figure = mean(apart[keep], groups[keep])
        yield TableRow("false marks on normal views", f"{REFERENCE} minus {WITHOUT}", f"{source}, per view", figure, of)


def run(data: Path, runs: Path, file: Path) -> None:
    """Write the table; the comparison of trials is in it where they are trained. Raises MammoviewError."""
    members = load(runs / "prepared")
    found = list(_shipped_rows(data, members))
    slugs = [t.slug for t in [*arms(), *trials()] if t.name in (REFERENCE, WITHOUT)]
    if all((runs / "trials" / f"{slug}.npz").exists() for slug in slugs):
        found += _trial_rows(data, runs, members)
    else:
        print("the trials with and without normals are not trained: run python -m training arms, then trials")
    write_rows(found, file)
