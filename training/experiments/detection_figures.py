"""Figures of detection: sensitivity against false marks of what the candidates were scored with, and paired gains."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mammoview.evaluation.lesion_categories import density_of, kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, auc, bootstrap, mean
from training.data.finding_difficulty import difficulties, is_dense
from training.datasets.example import table
from training.experiments.detection import Scored, scored_of

RATES = (0.5, 1.0, 2.0)
GOAL_SENSITIVITY = 0.7
"""Lesion sensitivity at which false marks on normal views are counted."""
MIAS_SENSITIVITY = 0.5
DRAWS = 1000
SUBTLE = (1, 2)
"""Subtleties, of 1 (subtle) to 5 (obvious), of the findings that count as subtle: a ninth of the masses."""
SUBSETS = (
    "to 10 mm",
    "within 10 mm of the skin",
    "within 10 mm of the film's chest wall",
    "faint",
    "subtle",
    "in dense breasts",
    "architectural distortion",
    "calcifications",
)


def combined(scored: Sequence[Scored], columns: Sequence[int]) -> list[NDArray[np.float64]]:
    """Logit of a finding at each candidate of every mammogram, from some of the models' logits.

    Weights are those of a logistic regression on the candidates of the other folds (rule 2). Mammograms whose models
    did not all answer are an error of the caller.
    """
    folds = np.array([s.found.member.fold for s in scored])
    out: list[NDArray[np.float64]] = [np.empty(0)] * len(scored)
    for fold in sorted(set(folds)):
        others = [s for s, f in zip(scored, folds, strict=True) if f != fold] or list(scored)
        x = np.concatenate([s.features[:, columns] for s in others])
        y = np.concatenate([s.found.lesion >= 0 for s in others])
        model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
        for k in np.flatnonzero(folds == fold).tolist():
            features = scored[k].features[:, columns]
            out[k] = model.decision_function(features) if len(features) else np.empty(0)
    return out


def marks_of(scored: Sequence[Scored], values: Sequence[NDArray[np.float64]]) -> list[CandidateMarks]:
    """Return the marks of every mammogram for free-response analysis."""
    return [
        CandidateMarks(s.found.member.group, v, s.found.lesion, len(s.found.member.findings))
        for s, v in zip(scored, values, strict=True)
    ]


def difference(one: list[CandidateMarks], two: list[CandidateMarks], rate: float) -> Estimate:
    """Sensitivity at a rate of false marks, one minus two, the same patients drawn for both."""
    first, second = FreeResponse(one), FreeResponse(two)
    found = bootstrap(lambda w: first.sensitivity(rate, w) - second.sensitivity(rate, w), first.groups, DRAWS)
    return replace(found, n=len(first.lesion_best))


def subsets(scored: Sequence[Scored]) -> dict[str, NDArray[np.bool_]]:
    """Which findings are of each kind, bool (findings of all mammograms in order)."""
    named: dict[str, list[bool]] = {name: [] for name in SUBSETS}
    for s in scored:
        member = s.found.member
        for finding, hard in zip(member.findings, difficulties(member), strict=True):
            kind = kind_of(finding.lesion_type)
            found_values = (
                hard.small,
                hard.near_skin,
                hard.near_chest_wall,
                hard.faint,
                finding.subtlety in SUBTLE,
                is_dense(member.facts),
                "DISTORTION" in finding.lesion_type.upper() or kind == "distortion",
                kind == "calcification",
            )
            for values, value in zip(named.values(), found_values, strict=True):
                values.append(value)
    return {name: np.array(values, bool) for name, values in named.items()}


def false_on_normals(
    marks: list[CandidateMarks],
    folds: NDArray[np.intp],
    masses: NDArray[np.bool_],
    sensitivity: float = GOAL_SENSITIVITY,
) -> NDArray[np.float64]:
    """Count false marks per mammogram at the threshold that finds this share of the other folds' findings.

    `masses` says which mammograms' findings these are.
    """
    counts = np.zeros(len(marks))
    for fold in set(folds):
        others = [m for m, f, keep in zip(marks, folds, masses, strict=True) if f != fold and keep]
        others = others or [m for m, keep in zip(marks, masses, strict=True) if keep]
        threshold = FreeResponse(others).threshold_of(sensitivity)
        for k in np.flatnonzero(folds == fold):
            counts[k] = float((marks[k].scores[marks[k].lesion < 0] >= threshold).sum())
    return counts


def rows_of(
    scored: Sequence[Scored], named: dict[str, list[CandidateMarks]], reference: str
) -> list[tuple[str, str, Estimate]]:
    """Every figure of every way of scoring: name of the way, name of the figure, figure."""
    source = np.array([s.found.member.source for s in scored])
    folds = np.array([s.found.member.fold for s in scored])
    masses = source == "cbis_masses"
    later = np.array([s.found.member.later for s in scored])
    normal = np.array([not s.found.member.findings for s in scored])
    density = np.array([density_of(s.found.member.facts) for s in scored])
    of_masses = [s for s, keep in zip(scored, masses, strict=True) if keep]
    kinds = subsets(of_masses)
    rows: list[tuple[str, str, Estimate]] = []
    earlier = FreeResponse([m for m, keep in zip(named[reference], masses, strict=True) if keep])
    before_hit = (earlier.lesion_best > earlier.threshold(1.0)).astype(float)
    for name, marks in named.items():
        chosen = [m for m, keep in zip(marks, masses, strict=True) if keep]
        response = FreeResponse(chosen)
        for rate in RATES:
            rows.append((name, f"CBIS masses: TPR at {rate:g} FP/image", response.figure(rate, DRAWS)))
            if name != reference:
                other = [m for m, keep in zip(named[reference], masses, strict=True) if keep]
                gain = difference(chosen, other, rate)
                rows.append((name, f"CBIS masses: TPR at {rate:g} FP/image, minus {reference}", gain))
        before = [m for m, keep in zip(marks, masses & ~later, strict=True) if keep]
        for rate in RATES if before else ():
            figure_name = f"CBIS masses of version 4's figures: TPR at {rate:g} FP/image"
            rows.append((name, figure_name, FreeResponse(before).figure(rate, DRAWS)))
        hit = (response.lesion_best > response.threshold(1.0)).astype(float)
        of_lesion = response.groups[response.lesion_image]
        for kind, keep in kinds.items():
            if keep.sum() < 5:
                continue
            figure_name = f"CBIS masses {kind}: TPR at 1 FP/image"
            rows.append((name, figure_name, mean(hit[keep], of_lesion[keep], DRAWS)))
            if name != reference:
                gain = mean((hit - before_hit)[keep], of_lesion[keep], DRAWS)
                rows.append((name, f"{figure_name}, minus {reference}", gain))
        groups = np.array([m.group for m in chosen])
        order = [m.lesion[np.argsort(-m.scores, kind="stable")] for m in chosen]
        for most, word in ((1, "rank 1"), (3, "ranks 1 to 3")):
            held = np.array([float((o[:most] >= 0).any()) for o in order])
            rows.append((name, f"CBIS views whose {word} hold a mass", mean(held, groups, DRAWS)))
        counts = false_on_normals(marks, folds, masses)
        every = np.array([m.group for m in marks])
        for of, keep in (
            ("all sets", normal),
            *((str(s), normal & (source == s)) for s in sorted(set(source[normal]))),
            *((f"density {d}", normal & (density == d)) for d in sorted(set(density[normal])) if d),
        ):
            rows.append((name, f"false marks per normal view at TPR .70, {of}", mean(counts[keep], every[keep], DRAWS)))
            if name != reference:
                others = false_on_normals(named[reference], folds, masses)
                gain = mean(counts[keep] - others[keep], every[keep], DRAWS)
                rows.append((name, f"false marks per normal view at TPR .70, {of}, minus {reference}", gain))
        mias = [m for m, s in zip(marks, source, strict=True) if s == "mini_mias"]
        if any(m.lesions for m in mias):
            rows.append((name, "mini-MIAS, all findings: TPR at 1 FP/image", FreeResponse(mias).figure(1.0, DRAWS)))
            # At a threshold of its own set, whose film may look otherwise to the models than that of the masses.
            own = false_on_normals(marks, folds, source == "mini_mias", MIAS_SENSITIVITY)
            keep = normal & (source == "mini_mias")
            figure_name = "false marks per normal mini-MIAS view at TPR .50 of the findings of mini-MIAS"
            rows.append((name, figure_name, mean(own[keep], every[keep], DRAWS)))
            of_mias = subsets([s for s, of in zip(scored, source, strict=True) if of == "mini_mias"])["calcifications"]
            response = FreeResponse(mias)
            hit = (response.lesion_best > response.threshold(1.0)).astype(float)
            if of_mias.any():
                groups = response.groups[response.lesion_image][of_mias]
                rows.append((name, "mini-MIAS, calcifications hit at 1 FP/image", mean(hit[of_mias], groups, DRAWS)))
        if {"cbis_masses", "mini_mias"} <= set(source):
            rows.append(
                (
                    name,
                    "source prediction: misses of CBIS masses against mini-MIAS, AUC",
                    _source_prediction(scored, marks),
                )
            )
    return rows


def _source_prediction(scored: Sequence[Scored], marks: list[CandidateMarks]) -> Estimate:
    """Return how well scores of candidates that miss separate two data sets: .5 when they do not differ."""
    values, ours, groups = [], [], []
    for s, m in zip(scored, marks, strict=True):
        if s.found.member.source in ("cbis_masses", "mini_mias"):
            miss = m.scores[m.lesion < 0]
            values.append(miss)
            ours.append(np.full(len(miss), s.found.member.source == "cbis_masses"))
            groups.append(np.full(len(miss), m.group))
    return auc(np.concatenate(ours), np.concatenate(values), np.concatenate(groups))


def write(rows: list[tuple[str, str, Estimate]], split: str, file: Path) -> None:
    """Write the figures as one table."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        lines = csv.writer(f)
        lines.writerow(["scored with", "figure", "value", "low 95 %", "high 95 %", "n", "split"])
        for way, name, v in rows:
            lines.writerow([way, name, f"{v.value:.4f}", f"{v.low:.4f}", f"{v.high:.4f}", v.n, split])


def read(file: Path) -> list[tuple[str, str, Estimate]]:
    """Read back a table of figures. Raises MammoviewError when it is not there."""
    columns = ("scored with", "figure", "value", "low 95 %", "high 95 %", "n")
    lines = [[row[c] for c in columns] for row in table(file, *columns)]
    return [(way, name, Estimate(float(v), float(low), float(high), int(n))) for way, name, v, low, high, n in lines]


def figures(runs: Path, name: str, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the table of what was scored under a name; returns its rows.

    Ways of scoring are the maps by themselves, the plain sum of the logits, which is the reference where there is a
    heatmap, and the logits combined by weights that were fitted on the other folds.
    """
    grid = scored_of(runs, name, "grid")
    named = {"grid": marks_of(grid, [s.found.score for s in grid])}
    scored = grid
    heated = bool(np.isfinite(grid[0].features[:, 1]).all())
    if heated:
        heat, scored = scored_of(runs, name, "heatmap"), scored_of(runs, name, "sum")
        named["heatmap"] = marks_of(heat, [s.found.score for s in heat])
        named["sum"] = marks_of(scored, [s.found.score for s in scored])
    if np.isfinite(np.concatenate([s.features[:, 2] for s in scored])).all():
        columns = (0, 1, 2) if heated else (0, 2)
        named["re-scorer alone"] = marks_of(scored, [s.features[:, 2] for s in scored])
        named["sum and re-scorer, unweighted"] = marks_of(scored, [s.features[:, columns].sum(1) for s in scored])
        named["re-scored"] = marks_of(scored, combined(scored, columns))
    rows = rows_of(scored, named, "sum" if heated else "grid")
    folds = sorted({s.found.member.fold for s in scored})
    write(rows, f"out of fold, folds {', '.join(map(str, folds))}, by patient", file)
    return rows
