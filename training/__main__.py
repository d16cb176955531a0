"""The command `python -m training`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mammoview.core.errors import MammoviewError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
Runs = Annotated[Path, typer.Option(help="Folder for prepared data, checkpoints and results.")]
Part = Annotated[str, typer.Option(help="0 to 4: without that fold, which tests it; all: everybody; pilot.")]
Data = Annotated[Path, typer.Option(help="Folder that holds the data sets.")]
Um = Annotated[int, typer.Option(help="Micrometres per pixel: 200, 150 or 100, in this order.")]
Workers = Annotated[int, typer.Option(help="Processes that draw samples; 0: the training process itself.", min=0)]
RecipeFile = Annotated[Path | None, typer.Option(help="Recipe as JSON; that of the bundled models when left out.")]


@app.command()
def prepare(
    data: Data, runs: Runs = Path("runs"), jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 2
) -> None:
    """Prepare memory-mapped breasts with a manifest."""
    from training.data import prepare

    prepare.run(data, runs / "prepared", jobs)


@app.command()
def classifier(um: Um, part: Part, runs: Runs = Path("runs"), recipe: RecipeFile = None, workers: Workers = 0) -> None:
    """Train the tissue classifier of one magnification on one part of the patients."""
    from training.fit.stages import recipe_of, train_classifier

    train_classifier(runs, recipe_of(runs, recipe), um, part, workers)


@app.command()
def baseline(part: Part, runs: Runs = Path("runs"), recipe: RecipeFile = None, workers: Workers = 0) -> None:
    """Train the baseline heatmap on one part of the patients."""
    from training.fit.stages import recipe_of, train_baseline

    train_baseline(runs, recipe_of(runs, recipe), part, workers)


@app.command()
def read(part: Part, runs: Runs = Path("runs"), recipe: RecipeFile = None) -> None:
    """Run the models of a part on the mammograms of its fold, which they never saw."""
    from training.fit.stages import read_fold, recipe_of

    read_fold(runs, recipe_of(runs, recipe), part)


@app.command()
def fused(runs: Runs = Path("runs"), recipe: RecipeFile = None) -> None:
    """Train the fused heatmap of every part on the out-of-fold predictions."""
    from training.fit.stages import recipe_of, train_fused

    train_fused(runs, recipe_of(runs, recipe))


@app.command()
def evaluate(runs: Runs = Path("runs")) -> None:
    """Produce every table, plot and the report from out-of-fold predictions."""
    from training.evaluation.evaluate import evaluate as stage

    stage(runs)


@app.command()
def ship(
    runs: Runs = Path("runs"),
    models: Annotated[Path, typer.Option(help="Where models live.")] = Path("resources/models"),
) -> None:
    """Write the bundled models, their cards and the pinned hashes."""
    from training.ship import ship as stage

    stage(runs, models)


@app.command()
def publish(runs: Runs = Path("runs")) -> None:
    """Copy figures, plots and histories into training/results/."""
    from training.ship import publish as stage

    stage(runs)


@app.command()
def arms(runs: Runs = Path("runs"), workers: Workers = 0) -> None:
    """Compare real, varied, synthetic, and synthetic then real findings on the same folds, at one budget."""
    from training.experiments import trials

    trials.run(runs, trials.arms(), runs / "trials" / "arms.csv", workers)


@app.command()
def trials(runs: Runs = Path("runs"), workers: Workers = 0) -> None:
    """Compare seed, normals, patch side and depth with the reference of `arms`, at the same budget."""
    from training.experiments import trials

    reference = trials.arms()[:1]
    trials.run(runs, [*reference, *trials.trials()], runs / "trials" / "trials.csv", workers)


@app.command()
def sheets(runs: Runs = Path("runs"), um: Um = 200) -> None:
    """Print the counts of patches per split, and write contact sheets of positives and negatives."""
    from training.experiments import patch_sheets

    patch_sheets.write(runs, um)


@app.command()
def robustness(
    data: Data,
    runs: Runs = Path("runs"),
) -> None:
    """Count false marks on normal mammograms by place: muscle, markers, film edge."""
    from training.experiments import robustness

    robustness.run(data, runs, runs / "robustness.csv")


@app.command()
def ensemble(runs: Runs = Path("runs")) -> None:
    """Compare the shipped maps, alone and combined, on the fold that the models never saw."""
    from training.experiments import ensemble

    ensemble.run(runs, runs / "ensemble.csv")


@app.command()
def sample(output: Annotated[Path, typer.Option("-o", help="Table to write.")]) -> None:
    """Run the shipped models on the eight views of the sample study, box by box."""
    from training.experiments.sample_study import write

    write(output)


@app.command(name="all")
def everything(
    data: Data,
    runs: Runs = Path("runs"),
    recipe: RecipeFile = None,
    jobs: Annotated[int, typer.Option(help="Parts trained at the same time.", min=1)] = 2,
) -> None:
    """Run every stage: prepare, train and predict each part, fuse, evaluate, ship. Killed runs are resumed."""
    from training.fit.stages import recipe_of, train_parts

    prepare(data, runs, jobs)
    recipe_of(runs, recipe)
    train_parts(runs, jobs)
    fused(runs)
    evaluate(runs)
    ship(runs)


def main() -> None:
    """Run the command; errors of the user give one line and exit code 2."""
    try:
        app()
    except MammoviewError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        named = error.filename or "a file"
        print(f"{named}: it cannot be read or written ({error.strerror}). Mend this, then go on", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
