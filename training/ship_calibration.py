"""`python -m training ship-calibration`: the scaling of what is shown joins the bundled grids, whose weights stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoview.assess.models.bundle import (
    ModelBundle,
    dump_pins,
    expected_outputs,
    load_bundle,
    load_model,
    shown_outputs,
)
from training.experiments.grid_calibration import MEAN, fitted, measured
from training.ship import pinned, pins_of, sample_input
from training.ship_curves import with_facts

VERSION = "4.1"
"""Weights of version 4, shown with a calibration that was fitted on tissue."""


def ship(runs: Path, models: Path, pins_file: Path | None = None) -> ModelBundle:
    """Fit the scaling of every grid and of their mean on what `grid-calibration` read, and pin the new hashes.

    Parameters
    ----------
    pins_file
        `pins_of` the models when None.

    Raises
    ------
    MammoviewError
        When a mammogram of the bundled fold was not read.
    """
    pins_file = pins_file or pins_of(models)
    pins = pinned(pins_file)
    bundle = load_bundle(models, pins)
    scalings = {name: fitted(found).model_dump() for name, (found, _) in measured(runs, bundle).items()}
    for um, model in bundle.classifiers.items():
        changed = {"shown": scalings[f"{um} um"], "version": VERSION}
        if um == bundle.leading and MEAN in scalings:
            changed["shown_mean"] = scalings[MEAN]
        with_facts(models, pins, model.facts.name, **changed)
        shown = load_model(models / model.facts.name, pins[model.facts.name])
        expected = models / model.facts.name / "expected"
        expected.mkdir(exist_ok=True)
        np.save(
            expected / "shown.npy", shown_outputs(shown, expected_outputs(shown, sample_input(shown.facts.network)))
        )
    pins_file.write_text(dump_pins(pins))
    return load_bundle(models, pins)
