"""The command `python -m training`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mammoview.errors import MammoviewError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Runs = Annotated[Path, typer.Option(help="Folder for prepared data, checkpoints and results.")]
Part = Annotated[
    str,
    typer.Option(help="all; a or b, the halves that cross-fit the fused model; polish, which goes on from all."),
]
Epochs = Annotated[int | None, typer.Option(min=1, help="Those of the bundled models when left out.")]
Data = Annotated[Path, typer.Option(help="Folder that holds the data sets.")]
UM = 200
CLASSIFIER_EPOCHS = {"all": 26, "polish": 14, "a": 18, "b": 18}
BASELINE_EPOCHS = {"all": 16, "a": 14, "b": 14}
FUSED_EPOCHS = 60
"""Epochs of the bundled models."""


@app.command()
def prepare(
    data: Data, runs: Runs = Path("runs"), jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 2
) -> None:
    """Prepare memory-mapped breasts with a manifest."""
    from training import prepare as stage

    stage.run(data, runs / "prepared", jobs)


@app.command()
def classifier(
    runs: Runs = Path("runs"), part: Part = "all", epochs: Epochs = None, widths: str = "16-32-64-96"
) -> None:
    """Train the tissue classifier at 200 um on the training patients."""
    from mammoview.assess.networks import TissueConfig, widths_of
    from training.classifier import ClassifierConfig, train
    from training.prepare import load
    from training.splits import split

    parts = split(load(runs / "prepared"))
    network = TissueConfig(widths=tuple(widths_of(widths)))
    config = ClassifierConfig(um=UM, epochs=epochs or CLASSIFIER_EPOCHS[part], network=network)
    start, patients = None, part
    if part == "polish":
        start, patients = runs / f"tissue_{UM}um_all", "all"
        config = config.model_copy(update={"rate": config.rate / 2, "seed": config.seed + 1})
    train(config, parts.training(patients), parts.validation, runs / f"tissue_{UM}um_{part}", start)


@app.command()
def baseline(runs: Runs = Path("runs"), part: Part = "all", epochs: Epochs = None) -> None:
    """Train the baseline heatmap regressor."""
    from mammoview.assess.networks import HeatmapConfig
    from training.heatmap import HeatmapRun, TrainingFrames, held_frames, train
    from training.prepare import load
    from training.splits import split

    parts = split(load(runs / "prepared"))
    run = HeatmapRun(network=HeatmapConfig(), epochs=epochs or BASELINE_EPOCHS[part])
    data = TrainingFrames(parts.training(part), run.seed)
    train(run, data, held_frames(parts.validation), runs / f"baseline_{part}")


@app.command()
def fused(runs: Runs = Path("runs"), epochs: Epochs = None) -> None:
    """Train the fused heatmap on cross-fitted inputs: each half is read by the models of the other."""
    from mammoview.assess.networks import FusedConfig, HeatmapRegressor
    from training.heatmap import FusedExamples, HeatmapRun, cells, filled, fused_input, held_fused, train
    from training.prepare import load
    from training.ship import classifier as trained
    from training.ship import regressor
    from training.splits import split

    parts = split(load(runs / "prepared"))
    inputs, targets, held = [], [], []
    for part, members in (("b", parts.half_a), ("a", parts.half_b), ("all", parts.validation)):
        base = regressor(runs / f"baseline_{part}")
        assert isinstance(base, HeatmapRegressor)
        network = trained(runs / f"tissue_{UM}um_{part}")
        placed = [m for m in members if not m.unplaced]
        read = [fused_input(base, {UM: (network, 1.0)}, m) for m in placed]
        if part == "all":
            held = held_fused(placed, read)
        else:
            inputs += read
            targets += [cells(filled(m)) for m in placed]
    run = HeatmapRun(network=FusedConfig(grids=(UM,)), epochs=epochs or FUSED_EPOCHS, batch=32, rate=1e-3)
    train(run, FusedExamples(inputs, targets, run.seed), held, runs / "fused")


@app.command()
def evaluate(runs: Runs = Path("runs")) -> None:
    """Choose thresholds on validation and measure everything on the test patients."""
    from training.ship import evaluate_all

    evaluate_all(runs, UM)


@app.command()
def ship(
    runs: Runs = Path("runs"),
    models: Annotated[Path, typer.Option(help="Where models live.")] = Path("resources/models"),
) -> None:
    """Evaluate, then write the bundled models, their cards and the pinned hashes."""
    from training.ship import ship as stage

    stage(runs, models, UM)


@app.command(name="all")
def everything(data: Data, runs: Runs = Path("runs"), jobs: int = 2) -> None:
    """Run every stage: prepare, classifiers, baselines, fused, ship. Stages that were killed resume."""
    prepare(data, runs, jobs)
    for part in CLASSIFIER_EPOCHS:
        classifier(runs, part)
    for part in BASELINE_EPOCHS:
        baseline(runs, part)
    fused(runs)
    ship(runs)


def main() -> None:
    """Run the command; what a user can mend is one line and exit code 2."""
    try:
        app()
    except MammoviewError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
