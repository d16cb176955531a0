"""`python -m training ship-curves`: the operating curve joins the bundled grid, whose weights stay as they are."""

from __future__ import annotations

import hashlib
from pathlib import Path

from scipy.special import expit

from mammoview.assess.models.bundle import ModelBundle, ModelCardFacts, dump_pins, load_bundle
from mammoview.assess.models.networks import build_network, parameters
from mammoview.assess.models.operating_curves import OperatingCurve
from mammoview.evaluation.statistics import CandidateMarks
from training.data.prepare import FOLDS
from training.evaluation.curves import curve_of
from training.experiments.candidates import candidates, grid_logit
from training.experiments.detection import GRIDS, check_grids, known
from training.model_card import card
from training.ship import pinned, pins_of


def grid_curve(runs: Path) -> OperatingCurve:
    """Return the curve of the bundled leading grid, each fold's classifier on the women that it never saw."""
    check_grids(runs)
    members = known(runs)
    marks = []
    for member in members:
        found = candidates(member, grid_logit(runs / GRIDS, member))
        marks.append(CandidateMarks(member.group, expit(found.score), found.lesion, len(member.findings)))
    return curve_of(members, marks, f"classifiers of {FOLDS} folds by patient, out of fold")


def with_facts(models: Path, pins: dict[str, dict[str, str]], name: str, **changed: object) -> None:
    """Rewrite the facts and the card of one bundled model with some facts changed, and its pin in `pins`."""
    file = models / name / "model.json"
    facts = ModelCardFacts.model_validate_json(file.read_text(encoding="utf-8"))
    facts = ModelCardFacts.model_validate(facts.model_dump() | changed)
    file.write_text(facts.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (models / name / "MODEL_CARD.md").write_text(card(facts, parameters(build_network(facts.network))))
    pins[name] = pins[name] | {"model.json": hashlib.sha256(file.read_bytes()).hexdigest()}


def ship(runs: Path, models: Path, pins_file: Path | None = None) -> ModelBundle:
    """Write the curve of the leading grid, and pin the new hash (in `pins_of` when None); returns the bundle.

    Raises
    ------
    MammoviewError
        When the grids were not read.
    """
    pins_file = pins_file or pins_of(models)
    pins = pinned(pins_file)
    bundle = load_bundle(models, pins)
    with_facts(models, pins, bundle.classifiers[bundle.leading].facts.name, curve=grid_curve(runs).model_dump())
    pins_file.write_text(dump_pins(pins))
    return load_bundle(models, pins)
