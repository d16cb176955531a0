"""`python -m training ship-rescorer`: a re-scorer with its curve joins the bundled models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.models.bundle import ModelCardFacts, Threshold, dump_pins
from mammoview.assess.models.networks import RescorerConfig
from mammoview.assess.models.operating_curves import MarkOdds, ScoredMarks
from mammoview.assess.models.scoring import CurvePoint, FrequencyCurve, Scoring
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import CandidateMarks, FreeResponse
from training.data.prepare import FOLDS, PreparedMammogram, load
from training.data.splits import split
from training.evaluation.curves import curve_of, odds_of
from training.experiments.detection import SHIPPED_FOLD, Scored, rescorer_folder
from training.experiments.detection_figures import combined, marks_of, read
from training.experiments.program_figures import GRID, RESCORED, SUM, scored_folds
from training.fit.pretrained import Origin
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW
from training.ship import NORMALISATION, facts_of_weights, libraries, pinned, pins_of, training_facts, write_model

NAME = "rescorer"
VERSION = "5.1"
SPLIT = f"out of fold, {FOLDS} folds by patient, read by the program"


def scored_by_program(runs: Path, seed: int, heat_seed: int | None, cluster_seed: int | None = None) -> list[Scored]:
    """Return what the program read of all five folds. Raises MammoviewError when a fold was not read whole."""
    scored = scored_folds(runs, seed, heat_seed, cluster_seed)
    folds = {s.found.member.fold for s in scored}
    if folds != set(range(FOLDS)):
        what = f"only {len(folds)} folds were read by the program"
        raise MammoviewError(what, "Run: python -m training detect --folds", runs)
    return scored


def scoring_of(scored: Sequence[Scored], columns: Sequence[int], logits: list[NDArray[np.float64]]) -> Scoring:
    """Return how candidates are scored: weights of all folds, and frequencies counted on logits out of fold.

    Parameters
    ----------
    columns
        Whose logits have a weight; the candidates are the grid's where the heatmap has none.
    logits
        Combined logits of every mammogram's candidates, out of fold.
    """
    x = np.concatenate([s.features[:, columns] for s in scored])
    y = np.concatenate([s.found.lesion >= 0 for s in scored])
    model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
    weight = dict(zip(columns, (float(w) for w in model.coef_[0]), strict=True))
    return Scoring(
        candidates="sum" if 1 in weight else "grid",
        grid=weight[0],
        baseline=weight.get(1, 0.0),
        context=weight[2],
        offset=float(model.intercept_[0]),
        curve=curve_of_marks(marks_of(scored, logits)),
    )


def curve_of_marks(marks: Sequence[CandidateMarks]) -> tuple[CurvePoint, ...]:
    """Return how often marks held a finding, by their combined logit."""
    points = odds_of(marks, "").points
    return tuple(CurvePoint(logit=p.score, **p.model_dump(exclude={"score"})) for p in points)


def facts_of_list(
    members: Sequence[PreparedMammogram], marks: list[CandidateMarks], scores: FrequencyCurve
) -> dict[str, Any]:
    """Return operating curve, odds and threshold of a list, as facts of the model that it is the list of.

    Parameters
    ----------
    marks
        With combined logits, out of fold.
    scores
        Their frequencies.
    """

    def frequency(logits: NDArray[np.float64]) -> NDArray[np.float64]:
        return scores.frequencies(logits)[:, 0]

    response = FreeResponse(marks)
    least = np.nextafter(response.threshold(1.0), np.inf)
    mark = float(frequency(np.array([least]))[0])
    scored = [replace(m, scores=frequency(m.scores)) for m in marks]
    false = np.concatenate([m.scores[m.lesion < 0] for m in scored])
    best = frequency(np.where(np.isfinite(response.lesion_best), response.lesion_best, -1e3))
    points = (ScoredMarks(score=p.frequency, **p.model_dump(exclude={"logit"})) for p in scores.curve)
    return {
        "curve": curve_of(members, scored, SPLIT),
        "odds": MarkOdds(split=SPLIT, points=tuple(points)),
        "thresholds": {
            "mark": Threshold(
                value=mark,
                sensitivity=float((best >= mark).mean()),
                false_positives_per_image=float((false >= mark).sum() / len(marks)),
                chosen_on=f"{SPLIT}: one false mark per image; findings are listed from here",
            )
        },
    }


def figures_of(table: Path, *ways: str) -> dict[str, dict[str, float | int | str]]:
    """Return the figures of some ways in a table of `program --folds`; one woman alone gives no interval."""
    rows = [row for row in read(table) if row[0] in ways and math.isfinite(row[2].high - row[2].low)]
    return {f"{way}: {what}": figure.as_dict(SPLIT) for way, what, figure in rows}


def ship(
    runs: Path, table: Path, seed: int, models: Path, heat_seed: int | None = None, cluster_seed: int | None = None
) -> None:
    """Write the re-scorer of the bundled fold with its curve and card beside the other models, and pin its hashes.

    Parameters
    ----------
    table
        What `program --folds` wrote.
    seed, heat_seed, cluster_seed
        Of the re-scorers, the heatmaps and the networks of clusters that `detect --folds` was given; clusters do not
        count here.

    Raises
    ------
    MammoviewError
        When not all five folds were read.
    """
    pins_file = pins_of(models)
    pins = pinned(pins_file)
    scored = scored_by_program(runs, seed, heat_seed, cluster_seed)
    columns = (0, 2) if heat_seed is None else (0, 1, 2)
    logits = combined(scored, columns)
    scoring = scoring_of(scored, columns, logits)
    of_list = facts_of_list([s.found.member for s in scored], marks_of(scored, logits), scoring)
    used = split(load(runs / "prepared"), str(SHIPPED_FOLD)).training
    weights = rescorer_folder(runs, str(SHIPPED_FOLD), seed) / WEIGHTS
    first_weights = Origin.of_run(weights.parent)
    training = (
        training_facts(runs, used, f"four of the five folds (without fold {SHIPPED_FOLD})")
        | (first_weights.facts() if first_weights else {})
        | {"seed": seed}
    )
    facts = ModelCardFacts(
        name=NAME,
        version=VERSION,
        network=RescorerConfig(),
        um_per_px=INPUT_UM,
        normalisation=NORMALISATION,
        scoring=scoring,
        training=facts_of_weights(models / NAME, weights, training),
        figures=figures_of(table, GRID, SUM, RESCORED),
        libraries=libraries(),
        **of_list,
    )
    pins[NAME] = write_model(models / NAME, facts, {WEIGHTS: (weights, RAW)})
    pins_file.write_text(dump_pins(pins))
    print(f"shipped {NAME} of part {SHIPPED_FOLD} to {models}; findings from {facts.thresholds['mark'].value:.3f} on")
