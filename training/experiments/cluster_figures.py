"""What clusters of bright spots are worth in the program's list: their weights, the merged list, figures by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mammoview.assess.models.scoring import apart
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.lesion_categories import kind_of
from mammoview.evaluation.statistics import CandidateMarks, Estimate, FreeResponse, auc, bootstrap, mean
from training.data.prepare import PreparedMammogram
from training.evaluation.curves import odds_of
from training.experiments.detection import Scored
from training.experiments.detection_figures import DRAWS, RATES, marks_of

OUTLINED = ("mini_mias", "ddsm_100um", "ddsm_normals", "ddsm_tissue")
"""Data sets whose calcifications are outlined; of the masses' views they are not."""
SPOTS = (0, 1)
"""Values of a cluster without the network's: those on the map of clusters, and the logits of the grid."""
ALL = (0, 1, 2)


@dataclass(frozen=True)
class ClusterWeights:
    """How the values of a cluster become the logit of a calcification.

    Parameters
    ----------
    weights
        Of each value, (values,).
    offset
        What is added.
    """

    weights: NDArray[np.float64]
    offset: float

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logit of every cluster, (N,), of its values, (N, values)."""
        return np.asarray(features @ self.weights + self.offset)


def fitted(clusters: Sequence[Scored], columns: Sequence[int]) -> ClusterWeights:
    """Fit the weights of clusters.

    Weights are fitted on all data sets, what is added to them on `OUTLINED`: in the others no one outlined the
    calcifications, so that clusters there show what is none, but not how often one is. Clusters on findings of another
    kind are left out.

    Parameters
    ----------
    columns
        Which of their values are used.

    Raises
    ------
    MammoviewError
        Where no cluster lies on an outlined calcification, or all do.
    """
    on = [on_calcification(c) for c in clusters]
    fit = [is_on | (c.found.lesion < 0) for is_on, c in zip(on, clusters, strict=True)]
    x = np.concatenate([c.features[keep][:, columns] for c, keep in zip(clusters, fit, strict=True)])
    y = np.concatenate([is_on[keep] for is_on, keep in zip(on, fit, strict=True)])
    sources = [np.full(int(keep.sum()), c.found.member.source) for c, keep in zip(clusters, fit, strict=True)]
    outlined = np.isin(np.concatenate(sources), OUTLINED)
    if not 0 < y[outlined].sum() < outlined.sum():
        raise MammoviewError("all clusters lie on outlined calcifications, or none does", "Prepare more data")
    model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
    added = _intercept_shift(model.decision_function(x[outlined]), int(y[outlined].sum()))
    return ClusterWeights(np.asarray(model.coef_[0], np.float64), float(model.intercept_[0]) + added)


def clusters_in(scored: Sequence[Scored]) -> list[Scored]:
    """Return the clusters of every mammogram. Raises MammoviewError where they were not looked for."""
    found = [s.clusters for s in scored if s.clusters is not None]
    if len(found) != len(scored):
        raise MammoviewError("clusters were not looked for", "Run: python -m training detect --cluster-seed SEED")
    return found


def cluster_logits(clusters: Sequence[Scored], columns: Sequence[int] = ALL) -> list[NDArray[np.float64]]:
    """Return the logit of a calcification at each cluster, with weights that were fitted on the other folds."""
    folds = np.array([c.found.member.fold for c in clusters])
    out: list[NDArray[np.float64]] = [np.empty(0)] * len(clusters)
    for fold in sorted(set(folds)):
        weights = fitted([c for c, f in zip(clusters, folds, strict=True) if f != fold], columns)
        for k in np.flatnonzero(folds == fold).tolist():
            out[k] = weights.logits(clusters[k].features[:, columns])
    return out


def merged(
    scored: Sequence[Scored], logits: Sequence[NDArray[np.float64]], of_clusters: Sequence[NDArray[np.float64]]
) -> list[CandidateMarks]:
    """Return the program's list of every mammogram: candidates and clusters, those near a higher one left out.

    Parameters
    ----------
    logits, of_clusters
        Combined logits of the candidates, and of the clusters, of every mammogram.
    """
    marks = []
    for s, c, a, b in zip(scored, clusters_in(scored), logits, of_clusters, strict=True):
        values, lesion = np.concatenate([a, b]), np.concatenate([s.found.lesion, c.found.lesion])
        keep = _kept(s, c, values)
        member = s.found.member
        marks.append(CandidateMarks(member.group, values[keep], lesion[keep], len(member.findings)))
    return marks


def _kept(peaks: Scored, clusters: Scored, values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return which candidates of a mammogram stay, counted through the peaks and then the clusters, best first."""
    return apart(np.concatenate([peaks.found.cells, clusters.found.cells]), values)


def score_rows(
    scored: Sequence[Scored], logits: Sequence[NDArray[np.float64]], of_clusters: Sequence[NDArray[np.float64]]
) -> list[tuple[str, Estimate]]:
    """Score of the clusters and of the peaks that are listed at 1 FP per image, and share of them that hold a finding.

    Apart for `OUTLINED` and the other data sets, whose calcifications are not outlined. Parameters are those of
    `merged`.
    """
    marks = merged(scored, logits, of_clusters)
    odds, least = odds_of(marks, ""), FreeResponse(marks).threshold(1.0)
    listed: dict[str, list[tuple[str, float, bool]]] = {}
    for s, c, a, b, of in zip(scored, clusters_in(scored), logits, of_clusters, marks, strict=True):
        member, keep = s.found.member, _kept(s, c, np.concatenate([a, b]))
        sets = "with outlined calcifications" if member.source in OUTLINED else "with outlined masses alone"
        for k, logit, lesion in zip(keep.tolist(), of.scores.tolist(), of.lesion.tolist(), strict=True):
            if logit > least:
                title = f"{'clusters' if k >= len(a) else 'peaks'} listed at 1 FP/image, sets {sets}"
                listed.setdefault(title, []).append((member.group, odds.at(logit).value, lesion >= 0))
    rows = []
    for title, found in sorted(listed.items()):
        groups, scores, held = (np.array(values) for values in zip(*found, strict=True))
        rows.append((f"{title}: mean score", mean(scores, groups, DRAWS)))
        rows.append((f"{title}: share that hold a finding", mean(held.astype(float), groups, DRAWS)))
    return rows


def gains(
    members: Sequence[PreparedMammogram], one: list[CandidateMarks], two: list[CandidateMarks], reference: str
) -> list[tuple[str, Estimate]]:
    """Sensitivity on mini-MIAS of one, and one minus two, of all findings and of calcifications.

    The same patients are drawn for both, and thresholds are those of the patients drawn.
    """
    of = [m.source == "mini_mias" for m in members]
    kinds = [kind_of(f.lesion_type) for m, keep in zip(members, of, strict=True) if keep for f in m.findings]
    first, second = (FreeResponse([m for m, keep in zip(marks, of, strict=True) if keep]) for marks in (one, two))
    rows = []
    for figure_name, chosen in (
        ("all findings", np.ones(len(kinds), bool)),
        ("calcifications", np.array([kind == "calcification" for kind in kinds], bool)),
    ):
        if not chosen.any():
            continue
        for rate in RATES:

            def share(
                w: NDArray[np.float64], of: FreeResponse, rate: float = rate, chosen: NDArray[np.bool_] = chosen
            ) -> float:
                weights = w[of.lesion_image][chosen]
                if not weights.any():
                    raise ValueError("no finding")
                return float(np.average(of.lesion_best[chosen] > of.threshold(rate, w), weights=weights))

            hit = bootstrap(lambda w: share(w, first), first.groups, DRAWS)
            gain = bootstrap(lambda w: share(w, first) - share(w, second), first.groups, DRAWS)
            figure = f"mini-MIAS, {figure_name} hit at {rate:g} FP/image"
            number = int(chosen.sum())
            rows.append((figure, replace(hit, n=number)))
            rows.append((f"{figure}, minus {reference}", replace(gain, n=number)))
    return rows


def ranking_rows(clusters: Sequence[Scored], name: str) -> list[tuple[str, str, Estimate]]:
    """Figures of a network on the clusters of mini-MIAS: which lie on calcifications, and what they alone hit.

    None when no cluster lies on a calcification.
    """
    of = [c for c in clusters if c.found.member.source == "mini_mias"]
    on = [on_calcification(c) for c in of]
    if not any(is_on.any() for is_on in on):
        return []
    values = [c.features[:, 2] for c in of]
    groups = np.concatenate([np.full(len(v), c.found.member.group) for v, c in zip(values, of, strict=True)])
    figure = auc(np.concatenate(on), np.concatenate(values), groups, DRAWS)
    rows = [(name, "clusters of mini-MIAS on calcifications against other clusters, AUC", figure)]
    kinds = [kind_of(f.lesion_type) == "calcification" for c in of for f in c.found.member.findings]
    response, keep = FreeResponse(marks_of(of, values)), np.array(kinds, bool)
    for rate in RATES:
        hit = (response.lesion_best > response.threshold(rate)).astype(float)[keep]
        title = f"mini-MIAS, calcifications hit by clusters alone at {rate:g} FP/image"
        rows.append((name, title, mean(hit, response.groups[response.lesion_image][keep], DRAWS)))
    return rows


def positive_rows(clusters: Sequence[Scored], name: str) -> list[tuple[str, str, Estimate]]:
    """Share of each data set's views, with findings and without, one of whose clusters has a logit over 0."""
    members = [c.found.member for c in clusters]
    kinds = np.array([f"{m.source}, {'with' if m.findings else 'without'} findings" for m in members])
    groups = np.array([m.group for m in members])
    positive = np.array([float((c.features[:, 2] > 0).any()) for c in clusters])
    rows = []
    for kind in sorted(set(kinds.tolist())):
        keep = kinds == kind
        title = f"views of {kind}: share with a cluster of a logit over 0"
        rows.append((name, title, mean(positive[keep], groups[keep], DRAWS)))
    return rows


def on_calcification(clusters: Scored) -> NDArray[np.bool_]:
    """Return which clusters of a mammogram lie on a calcification, bool (N,)."""
    findings = clusters.found.member.findings
    on = [k >= 0 and kind_of(findings[k].lesion_type) == "calcification" for k in clusters.found.lesion.tolist()]
    return np.array(on, bool)


def _intercept_shift(logits: NDArray[np.float64], number: int) -> float:
    """Return what is to be added to logits so that their probabilities add up to a number of cases."""
    return float(brentq(lambda added: expit(logits + added).sum() - number, -20.0, 20.0))
