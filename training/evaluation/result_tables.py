"""Tables of the paper and common ones, each figure with n, split and interval (rules 5, 8, 9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.heatmap_cells import CELL_PX, FRAME_CELLS
from mammoview.evaluation.lesion_categories import NOT_STATED, density_of, kind_of, pathology_of, size_class
from mammoview.evaluation.statistics import (
    RATES,
    Estimate,
    FreeResponse,
    auc,
    balanced,
    bootstrap,
    brier,
    calibration_error,
    delong,
    mean,
)
from training.data.patch_centres import TISSUE_SHARE
from training.evaluation.out_of_fold import OutOfFoldEvidence, OutOfFoldImage, OutOfFoldPatches
from training.fit.heatmap_runs import cells, filled, frame_of
from training.metrics.calibration import LogitCalibration

SPLIT = "out of fold, 5 folds by patient"
SOURCES = ("cbis_masses", "mini_mias", "own")
"""Data sets whose findings have figures of their own, where they are there."""
GOAL_SENSITIVITY = 0.65
"""Lesion sensitivity at which false marks on normal views are counted."""


@dataclass(frozen=True)
class TableRow:
    """One figure of a table."""

    table: str
    name: str
    subset: str
    figure: Estimate
    split: str = SPLIT


def margins_of(lesion_type: str) -> str:
    """First word of a mass's margins, "" when unknown."""
    found = re.search(r"MARGINS (\w+)", lesion_type)
    return found.group(1).lower() if found else {"CIRC": "circumscribed", "SPIC": "spiculated"}.get(lesion_type, "")


def _finding_facts(patches: OutOfFoldPatches, evidence: OutOfFoldEvidence) -> dict[str, NDArray[np.str_]]:
    """Words about the finding of every positive patch, "" for negatives; density also for negatives."""
    members = {(m.source, m.name): m for m in evidence.members}
    facts: dict[str, list[str]] = {k: [] for k in ("kind", "pathology", "margins", "size", "density")}
    read = patches.read
    for source, name, index in zip(read.source, read.name, read.finding, strict=True):
        member = members[source, name]
        facts["density"].append(density_of(member.facts))
        if index < 0:
            for key in ("kind", "pathology", "margins", "size"):
                facts[key].append("")
            continue
        finding = member.findings[index]
        mm = float(np.ptp(finding.points, 0).max()) * 0.05
        facts["kind"].append(kind_of(finding.lesion_type))
        facts["pathology"].append(pathology_of(finding.pathology))
        facts["margins"].append(margins_of(finding.lesion_type) or NOT_STATED)
        facts["size"].append(size_class(mm))
    return {k: np.array(v) for k, v in facts.items()}


def patch_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Areas under the curve of every magnification, by data set, negatives and subset; the paper's confusion table."""
    for um, patches in evidence.patches.items():
        read = patches.read
        for source in SOURCES:
            for name, keep in (("tissue negatives", patches.tissue), ("all negatives", patches.all)):
                here = keep & patches.of(source)
                if len(set(read.label[here])) == 2:
                    found = auc(read.label[here], patches.p[here], read.group[here])
                    yield TableRow("patch AUC", f"{um} um", f"{source}, {name}", found)
        facts = _finding_facts(patches, evidence)
        for source in SOURCES:
            for key in ("kind", "pathology", "margins", "size", "density"):
                for value in sorted(set(facts[key][read.label & patches.of(source)])):
                    keep = patches.tissue & patches.of(source)
                    # Density belongs to the breast: its negatives are of that density too.
                    keep &= (facts[key] == value) | (~read.label & (key != "density"))
                    if read.label[keep].sum() >= 5 and (~read.label[keep]).any():
                        found = auc(read.label[keep], patches.p[keep], read.group[keep])
                        yield TableRow("patch AUC by subset", f"{um} um", f"{source}, {key} {value}", found)
        large = patches.of("cbis_masses") & ((read.label & read.large) | (patches.tissue & ~read.label))
        if len(set(read.label[large])) == 2:
            found = auc(read.label[large], patches.p[large], read.group[large])
            yield TableRow("patch AUC by subset", f"{um} um", "cbis_masses, larger than the patch", found)
        yield from _confusion(um, patches)
        yield from _calibration(um, patches, evidence)


def _confusion(um: int, patches: OutOfFoldPatches) -> Iterator[TableRow]:
    """Table P15: percentages of a test set that is half findings, at a calibrated probability of 0.5."""
    read = patches.read
    keep = np.flatnonzero(patches.all)
    label, high, groups = read.label[keep], patches.p[keep] >= 0.5, read.group[keep]

    def share(positive: bool, called: bool) -> Callable[[NDArray[np.float64]], float]:
        of_class = label == positive

        def statistic(w: NDArray[np.float64]) -> float:
            total = float(w[of_class].sum())
            return 50 * float(w[of_class & (high == called)].sum()) / total if total else float("nan")

        return statistic

    for name, positive, called in (
        ("TP %", True, True),
        ("FP %", False, True),
        ("TN %", False, False),
        ("FN %", True, False),
    ):
        yield TableRow("confusion (P15)", f"{um} um", name, bootstrap(share(positive, called), groups, 500))
    error = bootstrap(lambda w: share(False, True)(w) + share(True, False)(w), groups, 500)
    yield TableRow("confusion (P15)", f"{um} um", "error %", error)
    tissue = patches.tissue
    for name, of in (("sensitivity", read.label), ("specificity", ~read.label)):
        chosen = tissue & of
        right = ((patches.p >= patches.threshold) == read.label)[chosen].astype(float)
        found = mean(right, read.group[chosen], 500)
        yield TableRow("operating point", f"{um} um", f"{name} on tissue patches", found)


def _calibration(um: int, patches: OutOfFoldPatches, evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    read = patches.read
    keep = patches.all
    label, groups = read.label[keep], read.group[keep]
    before = 1 / (1 + np.exp(-read.z[keep]))
    for when, p in (("before calibration", before), ("after calibration", patches.p[keep])):
        for name, measure in (("ECE", calibration_error), ("Brier", brier)):

            def statistic(
                w: NDArray[np.float64], p: NDArray[np.float64] = p, m: Callable[..., float] = measure
            ) -> float:
                return m(label, p, w * balanced(label))

            yield TableRow("calibration", f"{um} um", f"{name} {when}", bootstrap(statistic, groups, 300))
    for name, values in zip(LogitCalibration._fields, zip(*evidence.calibrations[um][:-1], strict=True), strict=True):
        found = Estimate(float(np.mean(values)), min(values), max(values), int(keep.sum()))
        yield TableRow("calibration", f"{um} um", f"{name} (range over folds)", found)


def comparison_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """DeLong's comparison of the magnifications on the findings that both were tested on (200 um against finer)."""
    coarse = evidence.patches[200].read
    keys = {
        k: i for i, k in enumerate(zip(coarse.source, coarse.name, coarse.finding, coarse.label, strict=True)) if k[3]
    }
    for um in (150, 100):
        fine = evidence.patches[um].read
        pairs = [
            (keys[k], i)
            for i, k in enumerate(zip(fine.source, fine.name, fine.finding, fine.label, strict=True))
            if k in keys and not fine.large[i] and not coarse.large[keys[k]]
        ]
        # Negatives lie on lattices of their own at each scale: those of one image are paired in order.
        negatives = _paired_negatives(evidence.patches[200], evidence.patches[um])
        one = np.array([i for i, _ in pairs + negatives])
        two = np.array([j for _, j in pairs + negatives])
        label = coarse.label[one]
        difference, error, _ = delong(label, evidence.patches[200].p[one], evidence.patches[um].p[two])
        figure = Estimate(difference, difference - 1.96 * error, difference + 1.96 * error, len(one))
        yield TableRow("AUC difference (DeLong)", f"200 um minus {um} um", "findings that fit both", figure)


def _paired_negatives(one: OutOfFoldPatches, two: OutOfFoldPatches) -> list[tuple[int, int]]:
    def by_image(patches: OutOfFoldPatches) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for i in np.flatnonzero(patches.tissue & ~patches.read.label):
            found.setdefault((patches.read.source[i], patches.read.name[i]), []).append(int(i))
        return found

    first, second = by_image(one), by_image(two)
    return [pair for key in first.keys() & second.keys() for pair in zip(first[key], second[key], strict=False)]


def robustness_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Check that the classifier does not distinguish data sets or rims instead of findings (rules 5, 6).

    A comparison of two data sets is left out, and noted in `evidence.omitted`, where one of them has no such patches.
    """
    patches = evidence.patches[200]
    read = patches.read
    negative = ~read.label
    tissue, rim = negative & (read.share >= TISSUE_SHARE), negative & (read.share < TISSUE_SHARE)
    for name, keep in (("tissue", tissue), ("rim", rim)):
        for source in sorted(set(read.source)):
            here = keep & patches.of(source)
            if not here.any():
                continue
            high = (patches.p >= patches.threshold)[here].astype(float)
            found = mean(high, read.group[here], 500)
            yield TableRow("negatives at or above the operating point", source, f"{name} patches", found)
    # Film with findings against normal film of the same archive: outputs on normal tissue should not differ.
    for name, others in (("DDSM normals", ("ddsm_normals", "ddsm_tissue")), ("mini_mias", ("mini_mias",))):
        pair = tissue & patches.of("cbis_masses", *others)
        first, subset = read.source[pair] == "cbis_masses", f"cbis_masses against {name}"
        if len(set(first)) < 2:
            evidence.omit("source prediction, p(finding) of tissue without finding", subset)
            continue
        found = auc(first, patches.p[pair], read.group[pair])
        yield TableRow("source prediction", "p(finding) of tissue without finding", subset, found)


def map_errors(evidence: OutOfFoldEvidence) -> dict[str, NDArray[np.float64]]:
    """Mean squared error x 1000 over the paper's Frame of every image, at 32 and at 256, for every predictor."""
    targets = np.array([cells(frame_of(i.member, filled(i.member), 1)) for i in evidence.images])
    fine = [frame_of(i.member, filled(i.member), 1) for i in evidence.images]
    total = targets.sum(0)
    per_fold = {f: targets[evidence.folds == f].sum(0) for f in set(evidence.folds)}
    counts = {f: int((evidence.folds == f).sum()) for f in set(evidence.folds)}
    errors: dict[str, list[float]] = {}
    for k, image in enumerate(evidence.images):
        fold = image.member.fold
        # The mean map of the other folds: a predictor independent of the image.
        mean = (total - per_fold[fold]) / (len(targets) - counts[fold])
        predictors = {
            "zero map": np.zeros_like(mean),
            "mean map": mean,
            "baseline": frame_of(image.member, image.stacked[0], CELL_PX),
            "fused": frame_of(image.member, image.fused, CELL_PX),
        }
        for name, values in predictors.items():
            errors.setdefault(f"{name}, 32 x 32", []).append(1000 * float(((values - targets[k]) ** 2).mean()))
            spread = values.repeat(CELL_PX, 0).repeat(CELL_PX, 1)
            errors.setdefault(f"{name}, 256 x 256", []).append(1000 * float(((spread - fine[k]) ** 2).mean()))
    assert targets.shape[1:] == (FRAME_CELLS, FRAME_CELLS)
    return {k: np.array(v) for k, v in errors.items()}


def heatmap_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Table P21 and the gains of the fused map."""
    errors = map_errors(evidence)
    for name, e in errors.items():
        yield TableRow("heatmap MSE x 1000 (P21)", name, "all", mean(e, evidence.groups))
    for size in ("32 x 32", "256 x 256"):
        for other in ("baseline", "zero map", "mean map"):
            one, two = errors[f"fused, {size}"], errors[f"{other}, {size}"]
            gain = relative_change(one, two, evidence.groups)
            yield TableRow("heatmap MSE, relative change", f"fused against {other}, {size}", "all", gain)


def relative_change(one: NDArray[np.float64], two: NDArray[np.float64], groups: NDArray[np.str_]) -> Estimate:
    """Relative change of a mean error with its interval, both measured on the same images."""
    return bootstrap(lambda w: float((w * (one - two)).sum() / (w * two).sum()), groups)


def froc_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Free-response figures: sensitivity at 1/8 to 8 false marks per image, CPM, false marks on normal views."""
    for name in evidence.maps:
        marks = evidence.marks[name]
        for source in SOURCES:
            chosen = [m for m, s in zip(marks, evidence.sources, strict=True) if s == source]
            response = FreeResponse(chosen)
            if not len(response.lesion_best):
                continue
            for rate in RATES:
                yield TableRow("FROC", f"TPR at {rate:g} FP/image, {name}", source, response.figure(rate, 500))
            yield TableRow("FROC", f"CPM, {name}", source, response.cpm(300))
        normals = FreeResponse(marks, evidence.normal)
        for rate in (0.5, 1.0, 2.0):
            found = normals.figure(rate, 500)
            yield TableRow("FROC", f"TPR at {rate:g} FP/normal view, {name}", "all lesions, normals of all sets", found)
        yield from _false_on_normals(evidence, name)


def _false_on_normals(evidence: OutOfFoldEvidence, name: str) -> Iterator[TableRow]:
    counts = np.zeros(len(evidence.images))
    for fold in set(evidence.folds):
        others = [m for m, f in zip(evidence.marks[name], evidence.folds, strict=True) if f != fold]
        threshold = FreeResponse(others).threshold_of(GOAL_SENSITIVITY)
        for k in np.flatnonzero(evidence.folds == fold):
            m = evidence.marks[name][k]
            counts[k] = float((m.scores[m.lesion < 0] >= threshold).sum())
    for source in ("all sets", *sorted(set(evidence.sources[evidence.normal]))):
        keep = evidence.normal & ((evidence.sources == source) | (source == "all sets"))
        found = mean(counts[keep], evidence.groups[keep])
        yield TableRow("false marks per normal view at TPR .65", name, source, found)


def lesion_rows(evidence: OutOfFoldEvidence) -> Iterator[TableRow]:
    """Sensitivity of the fused map at one and two false marks per image, by kind of lesion."""
    marks = evidence.marks["fused"]
    for source in SOURCES:
        chosen = [k for k, s in enumerate(evidence.sources) if s == source]
        response = FreeResponse([marks[k] for k in chosen])
        for rate in (1.0, 2.0):
            hit = response.lesion_best > response.threshold(rate)
            words = [_words(evidence.images[chosen[i]], n) for i, n in _lesions(response)]
            groups = response.groups[response.lesion_image]
            for value in sorted({v for w in words for v in w}):
                keep = np.array([value in w for w in words])
                if keep.sum() >= 5:
                    of = hit[keep].astype(float)
                    found = mean(of, groups[keep], 500)
                    yield TableRow("TPR by subset, fused", f"at {rate:g} FP/image", f"{source}, {value}", found)


def _lesions(response: FreeResponse) -> list[tuple[int, int]]:
    numbers: dict[int, int] = {}
    out = []
    for image in response.lesion_image:
        out.append((int(image), numbers.get(int(image), 0)))
        numbers[int(image)] = numbers.get(int(image), 0) + 1
    return out


def _words(image: OutOfFoldImage, index: int) -> list[str]:
    finding = image.member.findings[index]
    mm = float(np.ptp(finding.points, 0).max()) * 0.05
    return [
        f"kind {kind_of(finding.lesion_type)}",
        f"pathology {pathology_of(finding.pathology)}",
        f"margins {margins_of(finding.lesion_type) or NOT_STATED}",
        f"size {size_class(mm)}",
        f"projection {image.member.facts.get('projection', '')}",
        f"density {density_of(image.member.facts)}",
    ]
