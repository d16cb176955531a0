"""`python -m training ensemble`: the shipped maps, alone and combined, on the fold that the models never saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmaps import fused_map
from mammoview.assess.models.bundle import ModelBundle, load_bundle
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, TissueClassifier
from mammoview.evaluation.statistics import Estimate, FreeResponse, bootstrap
from training.data.prepare import PreparedMammogram, load
from training.evaluation.evaluate import write_rows
from training.evaluation.out_of_fold import OutOfFoldImage
from training.evaluation.result_tables import TableRow
from training.experiments import mean_calibration
from training.experiments.robustness import unseen
from training.fit.predictions import load_predictions, read
from training.metrics.calibration import LogitCalibration

RATES = (1.0, 2.0)
"""False marks per image at which sensitivity is compared."""
DRAWS = 500
"""Bootstrap draws of a free-response figure."""
SPLIT = "shipped models, fold they never saw"


def images(bundle: ModelBundle, members: list[PreparedMammogram], folder: Path) -> list[OutOfFoldImage]:
    """Run the shipped models on mammograms and fuse their outputs; predictions are kept in `folder`."""
    networks = {um: m.network for um, m in bundle.classifiers.items() if isinstance(m.network, TissueClassifier)}
    baseline, fused = bundle.baseline.network, bundle.fused.network
    assert isinstance(baseline, HeatmapRegressor)
    assert isinstance(fused, FusedHeatmap)
    read(networks, baseline, members, folder)
    calibrations = {um: LogitCalibration(m.facts.temperature) for um, m in bundle.classifiers.items()}
    found = []
    for member in members:
        predictions = load_predictions(folder, member)
        stacked = predictions.stacked(member, fused.config.grids, next(iter(networks.values())).config, calibrations)
        found.append(OutOfFoldImage(member, stacked, fused_map(fused, stacked)))
    return found


def combined(image: OutOfFoldImage, grids: tuple[int, ...]) -> dict[str, NDArray[np.float32]]:
    """Return the maps of one mammogram, alone and combined, on the 3.2 mm cells."""
    of = dict(zip(grids, image.stacked[1 : 1 + len(grids)], strict=True))
    together = np.stack(list(of.values()))
    single = {f"grid {um} um": values for um, values in of.items()}
    return single | {
        "mean of the grids": together.mean(0),
        "highest of the grids": together.max(0),
        "fused heatmap": image.fused,
        "fused heatmap times the mean of the grids": image.fused * together.mean(0),
    }


def rows(found: list[OutOfFoldImage], grids: tuple[int, ...]) -> Iterator[TableRow]:
    """Yield lesions hit at one and two false marks per image by every map, and the difference to the fused one."""
    for source in ("cbis_masses", "mini_mias"):
        chosen = [(i, combined(i, grids)) for i in found if i.member.source == source]
        if not any(i.member.findings for i, _ in chosen):
            continue
        responses = {name: FreeResponse([i.marks(maps[name]) for i, maps in chosen]) for name in chosen[0][1]}
        shipped = responses["fused heatmap"]
        for name, response in responses.items():
            for rate in RATES:
                hit = response.figure(rate, DRAWS)
                yield TableRow("maps together", f"TPR at {rate:g} FP/image, {name}", source, hit, SPLIT)
                if response is not shipped:
                    figure = difference(response, shipped, rate)
                    yield TableRow(
                        "maps together", f"TPR at {rate:g} FP/image, {name} minus fused", source, figure, SPLIT
                    )


def difference(one: FreeResponse, two: FreeResponse, rate: float) -> Estimate:
    """Difference of two sensitivities on the same images, whole patients drawn for both at once; n counts lesions."""
    found = bootstrap(lambda w: one.sensitivity(rate, w) - two.sensitivity(rate, w), one.groups, DRAWS)
    return replace(found, n=len(one.lesion_best))


def run(runs: Path, file: Path) -> None:
    """Write the table. Raises MammoviewError when the shipped models were trained on these mammograms."""
    bundle = load_bundle()
    members = [m for m in unseen(bundle, load(runs / "prepared")) if not m.unplaced]
    assert isinstance(bundle.fused.network, FusedHeatmap)
    found = images(bundle, members, runs / "ensemble")
    table = list(rows(found, bundle.fused.network.config.grids))
    table += mean_calibration.rows(bundle, members, runs / "ensemble", SPLIT)
    write_rows(table, file)
