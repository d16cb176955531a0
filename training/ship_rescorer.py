"""`python -m training ship-rescorer`: a re-scorer with its curve joins the bundled models."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.assess.models.bundle import ModelCardFacts, Threshold, dump_pins
from mammoview.assess.models.networks import RescorerConfig
from mammoview.assess.models.operating_curves import MarkOdds, ScoredMarks
from mammoview.assess.models.scoring import CurvePoint, Scoring
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import Estimate, FreeResponse
from training.data.prepare import FOLDS, load, manifest_hash
from training.data.splits import split
from training.datasets import LICENCES
from training.evaluation.curves import curve_of
from training.experiments.detection import SHIPPED_FOLD, Scored, rescorer_folder, scored_of
from training.experiments.detection_figures import combined, marks_of, read
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW
from training.metrics.operating import frequencies
from training.ship import NORMALISATION, pinned, pins_of, write_model

NAME = "rescorer"
VERSION = "5"


@dataclass(frozen=True)
class Evidence:
    """What a re-scorer is shipped with: candidates that it scored, of patients that none of the models was trained on.

    Parameters
    ----------
    scored
        Candidates with the logits of grid, heatmap and re-scorer.
    combined
        Combined logit of each candidate, out of fold.
    scoring
        How these logits are combined, with the curve counted on `combined`.
    split
        What the candidates were scored by and on.
    rows
        Figures with an interval: way of scoring, name, value. One patient alone gives none.
    """

    scored: list[Scored]
    combined: list[NDArray[np.float64]]
    scoring: Scoring
    split: str
    rows: list[tuple[str, str, Estimate]]


def of_folds(runs: Path, name: str) -> Evidence:
    """Return the candidates of all five folds as scored under a name, combined by fitted weights.

    They are the peaks of the summed logits of grid and heatmap where every fold's heatmap scored them; else the grid's,
    and the heatmap has no weight. Raises MammoviewError when a fold was not scored.
    """
    scored = scored_of(runs, name, "grid")
    heated = bool(np.isfinite(np.concatenate([s.said[:, 1] for s in scored])).all())
    columns = (0, 1, 2) if heated else (0, 2)
    scored = scored_of(runs, name, "sum") if heated else scored
    folds = {s.found.member.fold for s in scored}
    if folds != set(range(FOLDS)) or not np.isfinite(np.concatenate([s.said[:, 2] for s in scored])).all():
        raise MammoviewError(
            f"only {len(folds)} folds are scored by a re-scorer", "Train and score all five", runs / "scored" / name
        )
    x = np.concatenate([s.said[:, columns] for s in scored])
    y = np.concatenate([s.found.lesion >= 0 for s in scored])
    model = LogisticRegression(C=100.0, max_iter=1000).fit(x, y)
    weight = dict(zip(columns, (float(w) for w in model.coef_[0]), strict=True))
    logits = combined(scored, columns)
    groups = np.concatenate([np.full(len(s.said), s.found.member.group) for s in scored])
    points = frequencies(np.concatenate(logits), y, groups)
    scoring = Scoring(
        candidates="sum" if heated else "grid",
        grid=weight[0],
        baseline=weight.get(1, 0.0),
        context=weight[2],
        offset=float(model.intercept_[0]),
        curve=tuple(CurvePoint(logit=p.score, **p.model_dump(exclude={"score"})) for p in points),
    )
    table = read(runs / "scored" / f"{name}.csv")
    rows = [row for row in table if row[0] in ("grid", "sum", "re-scored") and math.isfinite(row[2].high - row[2].low)]
    return Evidence(scored, logits, scoring, f"out of fold, {FOLDS} folds by patient", rows)


def ship(runs: Path, name: str, seed: int, models: Path, pins_file: Path | None = None) -> None:
    """Write the re-scorer of the bundled fold with its curve and card beside the other models, and pin its hashes.

    Parameters
    ----------
    name
        What the candidates of five folds were scored under, by the re-scorers of `seed`.

    pins_file
        Module that pins the hashes; `pins_of` when None.

    Raises
    ------
    MammoviewError
        When not all five folds were scored.
    """
    pins_file = pins_file or pins_of(models)
    pins = pinned(pins_file)
    evidence = of_folds(runs, name)
    scored, scoring, sources = evidence.scored, evidence.scoring, evidence.split
    scores = [scoring.frequencies(z)[:, 0] for z in evidence.combined]
    marks = marks_of(scored, evidence.combined)
    response = FreeResponse(marks)
    least = np.nextafter(response.threshold(1.0), np.inf)
    mark = float(scoring.frequencies(np.array([least]))[0, 0])
    false = np.concatenate([f[s.found.lesion < 0] for s, f in zip(scored, scores, strict=True)])
    best = scoring.frequencies(np.where(np.isfinite(response.lesion_best), response.lesion_best, -1e3))[:, 0]
    points = (ScoredMarks(score=p.frequency, **p.model_dump(exclude={"logit"})) for p in scoring.curve)
    odds = MarkOdds(split=sources, points=tuple(points))
    used = split(load(runs / "prepared"), str(SHIPPED_FOLD)).training
    start = json.loads((rescorer_folder(runs, str(SHIPPED_FOLD), seed) / "config.json").read_text())["start"]
    facts = ModelCardFacts(
        name=NAME,
        version=VERSION,
        network=RescorerConfig(),
        um_per_px=INPUT_UM,
        normalisation=NORMALISATION,
        scoring=scoring,
        curve=curve_of([s.found.member for s in scored], marks_of(scored, scores), sources),
        odds=odds,
        thresholds={
            "mark": Threshold(
                value=mark,
                sensitivity=float((best >= mark).mean()),
                false_positives_per_image=float((false >= mark).sum() / len(marks)),
                chosen_on=f"{sources}: one false mark per image; findings are listed from here",
            )
        },
        training={
            "manifest_sha256": manifest_hash(runs / "prepared"),
            "training_mammograms": len(used),
            "training_patients": len({m.group for m in used}),
            "part": f"four of the five folds (without fold {SHIPPED_FOLD})",
            "data": "; ".join(dict.fromkeys(LICENCES[s] for s in sorted({m.source for m in used}))),
            "start": f"{start[0]}, SHA-256 {start[1]}" if start else "",
            "seed": seed,
        },
        figures={f"{way}: {what}": f.as_dict(sources) for way, what, f in evidence.rows},
        libraries={n: version(n) for n in ("torch", "numpy", "scipy", "scikit-image", "scikit-learn", "lightning")}
        | {"python": platform.python_version()},
    )
    weights = {WEIGHTS: (rescorer_folder(runs, str(SHIPPED_FOLD), seed) / WEIGHTS, RAW)}
    pins[NAME] = write_model(models / NAME, facts, weights)
    pins_file.write_text(dump_pins(pins))
    print(f"shipped {NAME} of part {SHIPPED_FOLD} to {models}; findings are listed from {mark:.3f}")
