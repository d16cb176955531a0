"""`python -m training evaluate`: temperature and thresholds on validation, figures on the test patients."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from mammoview.assess.comparing import HIT_MARGIN_MM, on_boxes, peaks
from mammoview.assess.findings import NEAREST_CELLS
from mammoview.assess.heatmaps import CELL_PX, CELL_UM, INPUT_UM, fused_map
from mammoview.assess.networks import FusedHeatmap, HeatmapRegressor, TissueClassifier
from training.classifier import logits
from training.heatmap import cells, filled, frame_of, fused_input
from training.prepare import Prepared
from training.sampling import TISSUE_SHARE, FixedPatches, fixed
from training.splits import Split
from training.statistics import Figure, Marks, auc, bootstrap, calibration_error, sensitivity_at, temperature

SPECIFICITY = 0.95
"""The grid's operating threshold keeps this share of validation tissue patches negative."""
LESION_SENSITIVITY = 0.9
"""Share of validation lesions that tau keeps."""


@dataclass(frozen=True)
class PatchTest:
    """Patches with their logits."""

    patches: FixedPatches
    z: NDArray[np.float64]

    @classmethod
    def of(cls, network: TissueClassifier, members: list[Prepared], um: int, negatives_each: int) -> PatchTest:
        """Cut fixed patches of `members` and run the classifier on them."""
        patches = fixed(members, um, network.config.patch_px, negatives_each)
        return cls(patches, logits(network, patches.patches))

    def chosen(self, source: str | None, tissue: bool) -> NDArray[np.bool_]:
        """Patches of one data set; `tissue` leaves out the negatives with the rim of the breast."""
        keep = np.array([s.positive or not tissue or s.share >= TISSUE_SHARE for s in self.patches.spots])
        return keep if source is None else keep & (self.patches.of("source") == source)

    def auc(self, source: str, tissue: bool) -> Figure:
        """AUC with its interval."""
        keep = self.chosen(source, tissue)
        return auc(self.patches.labels[keep], self.z[keep], self.patches.of("group")[keep])


def patch_figures(
    network: TissueClassifier, um: int, parts: Split
) -> tuple[float, dict[str, float], dict[str, Figure], dict[str, float]]:
    """Temperature, operating point (both from validation), AUCs and calibration (both on the test patients)."""
    held = PatchTest.of(network, parts.validation, um, 16)
    t = temperature(held.patches.labels, held.z)
    p = 1 / (1 + np.exp(-held.z / t))
    labels = held.patches.labels
    calm = held.chosen(None, True) & ~labels
    threshold = float(np.quantile(p[calm], SPECIFICITY))
    point = {
        "value": threshold,
        "sensitivity": float((p[labels] >= threshold).mean()),
        "specificity": float((p[calm] < threshold).mean()),
    }
    test = PatchTest.of(network, parts.test, um, 24)
    figures = {
        f"patch AUC, {source}, {name}": test.auc(source, tissue)
        for source in sorted(set(test.patches.of("source")))
        for name, tissue in (("tissue negatives", True), ("all negatives", False))
    }
    tested = 1 / (1 + np.exp(-test.z / t))
    tissue_only = test.chosen(None, True)
    for name, keep in (("tissue", tissue_only & ~test.patches.labels), ("rim", ~tissue_only)):
        high = (tested[keep] >= threshold).astype(float)
        figures[f"share of {name} negatives at or above the operating point"] = bootstrap(
            lambda i, h=high: float(h[i].mean()),  # type: ignore[misc]
            test.patches.of("group")[keep],
        )
    y = test.patches.labels
    balance = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    calibration = {
        f"ECE {name} temperature": calibration_error(y, 1 / (1 + np.exp(-test.z / by)), balance)
        for name, by in (("before", 1.0), ("after", t))
    }
    return t, point, figures, calibration


def marks(member: Prepared, heatmap: NDArray[np.float32]) -> Marks:
    """Peaks of a heatmap on a prepared mammogram's cells, each with the lesion it hits."""
    inside = cells(np.asarray(member.mask(INPUT_UM), np.float32)) > 0
    heatmap = np.where(inside, heatmap, 0)
    found = peaks(heatmap, NEAREST_CELLS)
    boxes = np.array([(*p.min(0), *p.max(0)) for p in member.polygons(CELL_UM // CELL_PX)]).reshape(-1, 4)
    on = on_boxes((found[:, ::-1] + 0.5) * CELL_PX, boxes, HIT_MARGIN_MM * 1000 / INPUT_UM)
    lesion = np.array([int(np.argmax(row)) if row.any() else -1 for row in on], int)
    return Marks(member.group, heatmap[tuple(found.T)].astype(float), lesion, len(boxes))


def lesion_peaks(member: Prepared, heatmap: NDArray[np.float32]) -> list[float]:
    """Highest heatmap value inside each outline."""
    values = []
    for points in member.polygons(INPUT_UM):
        shape = (heatmap.shape[0] * CELL_PX, heatmap.shape[1] * CELL_PX)
        area = cells(polygon2mask(shape, points[:, ::-1] - 0.5).astype(np.float32)) > 0
        values.append(float(heatmap[area].max()) if area.any() else 0.0)
    return values


@dataclass(frozen=True)
class Maps:
    """Heatmaps and targets of a set of mammograms, on their own cells."""

    members: list[Prepared]
    baseline: list[NDArray[np.float32]]
    fused: list[NDArray[np.float32]]
    grid: list[NDArray[np.float32]]

    @classmethod
    def of(
        cls,
        baseline: HeatmapRegressor,
        fused: FusedHeatmap,
        classifiers: dict[int, tuple[TissueClassifier, float]],
        members: list[Prepared],
    ) -> Maps:
        """Run all heatmaps over the placed mammograms of `members`."""
        placed = [m for m in members if not m.unplaced]
        inputs = [fused_input(baseline, classifiers, m) for m in placed]
        finest = [x[1] for x in inputs]
        return cls(placed, [x[0] for x in inputs], [fused_map(fused, x) for x in inputs], finest)

    @property
    def groups(self) -> NDArray[np.str_]:
        """Patient of every mammogram."""
        return np.array([m.group for m in self.members])

    def frame_errors(self, maps: list[NDArray[np.float32]] | NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean squared error x 1000 over the paper's Frame of every mammogram; one array is used for all."""
        errors = []
        for i, member in enumerate(self.members):
            target = cells(frame_of(member, filled(member), 1))
            found = maps if isinstance(maps, np.ndarray) else frame_of(member, maps[i], CELL_PX)
            errors.append(1000 * float(((found - target) ** 2).mean()))
        return np.array(errors)

    def all_marks(self, maps: list[NDArray[np.float32]]) -> list[Marks]:
        """Candidates of every mammogram."""
        return [marks(m, h) for m, h in zip(self.members, maps, strict=True)]


def mean_target(members: list[Prepared]) -> NDArray[np.float32]:
    """Mean target over the Frames of `members`: the predictor that knows nothing of the image."""
    return np.mean([cells(frame_of(m, filled(m), 1)) for m in members if not m.unplaced], axis=0)


def tau_point(maps: Maps) -> dict[str, float]:
    """Threshold of the fused heatmap that keeps 90 % of the lesions, with its false marks per image."""
    peaks = np.array([v for m, h in zip(maps.members, maps.fused, strict=True) for v in lesion_peaks(m, h)])
    tau = float(np.quantile(peaks, 1 - LESION_SENSITIVITY))
    found = maps.all_marks(maps.fused)
    false = sum(int((m.scores[m.lesion < 0] >= tau).sum()) for m in found) / len(found)
    return {"value": tau, "sensitivity": float((peaks >= tau).mean()), "false_positives_per_image": false}


def heatmap_figures(maps: Maps, mean_map: NDArray[np.float32]) -> dict[str, Figure]:
    """MSE of every predictor, the fused model's gain, and free-response sensitivities, with intervals."""
    errors = {
        "baseline": maps.frame_errors(maps.baseline),
        "fused": maps.frame_errors(maps.fused),
        "zero map": maps.frame_errors(np.zeros_like(mean_map)),
        "mean map": maps.frame_errors(mean_map),
    }
    figures = {
        f"MSE x 1000, {name}": bootstrap(lambda i, e=e: float(e[i].mean()), maps.groups)  # type: ignore[misc]
        for name, e in errors.items()
    }
    for other in ("baseline", "zero map", "mean map"):
        gain = errors["fused"] - errors[other]
        figures[f"MSE x 1000, fused minus {other}"] = bootstrap(lambda i, g=gain: float(g[i].mean()), maps.groups)  # type: ignore[misc]
    for source in sorted({m.source for m in maps.members}):
        of_source = np.array([m.source == source for m in maps.members])
        for name, values in (("fused", maps.fused), ("baseline", maps.baseline), ("grid", maps.grid)):
            found = [k for k, keep in zip(maps.all_marks(values), of_source, strict=True) if keep]
            groups = np.array([k.group for k in found])
            for rate in (0.5, 1, 2, 4):
                figures[f"TPR at {rate} FP/image, {source}, {name}"] = bootstrap(
                    lambda i, f=found, r=rate: sensitivity_at([f[j] for j in i], r),  # type: ignore[misc]
                    groups,
                    draws=400,
                )
    return figures


def normals(maps: Maps, threshold: float) -> Figure:
    """Count false marks per normal mammogram (no finding) at a threshold of the fused heatmap."""
    chosen = [k for k in maps.all_marks(maps.fused) if k.lesions == 0]
    counts = np.array([(k.scores >= threshold).sum() for k in chosen], float)
    return bootstrap(lambda i: float(counts[i].mean()), np.array([k.group for k in chosen]))


def report(folder: Path, figures: dict[str, Figure], extra: dict[str, Any]) -> None:
    """Write the figures as a table and the chosen parameters as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "figures.csv").open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["figure", "value", "low 95 %", "high 95 %", "n"])
        table.writerows([name, f"{v.value:.4f}", f"{v.low:.4f}", f"{v.high:.4f}", v.n] for name, v in figures.items())
    (folder / "chosen.json").write_text(json.dumps(extra, indent=1))
