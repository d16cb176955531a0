"""Commands of `python -m training` that measure, compare or draw; none trains what ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.options import ClusterSeed, Data, HeatmapSeed, Runs, Seed, Table, Um, Workers, print_figures

RESULTS = Path("training/results")
experiments = typer.Typer()


@experiments.command()
def goals(results: Annotated[Path, typer.Option(help="Folder of the published tables.")] = RESULTS) -> None:
    """Write goals.md: each goal beside the figures of the published tables."""
    from training.evaluation.goals import markdown

    (results / "goals.md").write_text(markdown(results), encoding="utf-8")


@experiments.command()
def arms(runs: Runs = Path("runs"), workers: Workers = 0) -> None:
    """Compare real, varied, synthetic, and synthetic then real findings on the same folds, at one budget."""
    from training.experiments import trials

    trials.run(runs, trials.arms(), runs / "trials" / "arms.csv", workers)


@experiments.command()
def trials(runs: Runs = Path("runs"), workers: Workers = 0) -> None:
    """Compare seed, normals, patch side and depth with the reference of `arms`, at the same budget."""
    from training.experiments import trials

    reference = trials.arms()[:1]
    trials.run(runs, [*reference, *trials.trials()], runs / "trials" / "trials.csv", workers)


@experiments.command()
def sheets(runs: Runs = Path("runs"), um: Um = 200) -> None:
    """Print the counts of patches per split, and write contact sheets of positives and negatives."""
    from training.experiments import patch_sheets

    patch_sheets.write(runs, um)


@experiments.command()
def robustness(
    data: Data,
    runs: Runs = Path("runs"),
) -> None:
    """Count false marks on normal mammograms by place: muscle, markers, film edge."""
    from training.experiments import robustness

    robustness.run(data, runs, runs / "robustness.csv")


@experiments.command(name="saliency-gate")
def saliency_gate(
    data: Data,
    output: Annotated[Path, typer.Option("-o", help="Table to write.")],
    runs: Runs = Path("runs"),
    every: Annotated[int, typer.Option(help="Look at each n-th view only.", min=1)] = 1,
) -> None:
    """Compare thresholds of the heatmap as bounds of the saliency, on the fold that the bundled models never saw."""
    from training.experiments.saliency_gate import run

    run(data, runs, output, every)


@experiments.command(name="film-margin")
def film_margin(
    data: Data,
    output: Table,
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    mm: Annotated[float, typer.Option(help="Film beyond the skin that is left as it was scanned, mm.", min=0.0)] = 25.0,
) -> None:
    """Compare what the program finds with the film beyond the skin blanked and as it was scanned."""
    from training.experiments.film_margin import run

    print_figures(run(data, runs, seed, mm, output))


@experiments.command(name="rescorer-seeds")
def rescorer_seeds(
    names: Annotated[list[str], typer.Argument(help="What `score` kept lists under, a seed each.")],
    against: Annotated[list[str], typer.Option(help="The same of another way of training; repeated for several.")],
    output: Table,
    runs: Runs = Path("runs"),
) -> None:
    """Compare two ways of training a re-scorer by all their seeds together, and by each pair of seeds."""
    from training.experiments.rescorer_seeds import run

    print_figures(run(runs, names, against, output))


@experiments.command(name="heatmap-epochs")
def heatmap_epochs(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs, by whose names their heatmaps are called.")],
    name: Annotated[str, typer.Option(help="What `score` kept the candidates under in each.")],
    output: Table,
    heatmap_seed: Annotated[int, typer.Option(help="Seed of the heatmaps.")] = 12,
) -> None:
    """Compare heatmaps of folders of runs, such as those of other numbers of epochs, with those of the first folder."""
    from training.experiments.heatmap_epochs import run

    print_figures(run(folders, name, heatmap_seed, output))


@experiments.command(name="cluster-candidates")
def cluster_candidates(
    output: Table,
    runs: Runs = Path("runs"),
    heatmap_seed: Annotated[int, typer.Option(help="Seed of the heatmaps.")] = 12,
) -> None:
    """Compare which candidates hold findings of each kind: peaks of the maps, and clusters of bright spots."""
    from training.experiments.cluster_candidates import run

    print_figures(run(runs, heatmap_seed, output))


@experiments.command(name="fine-clusters")
def fine_clusters(
    output: Table,
    runs: Runs = Path("runs"),
    seed: Annotated[list[int] | None, typer.Option(help="Seed of the networks, repeated for several; else 1.")] = None,
    fold: Annotated[list[int] | None, typer.Option(help="Only these folds, repeated for several; else all.")] = None,
) -> None:
    """Compare the classifier at 100 um with and without synthetic clusters in finely scanned tissue."""
    from training.data.prepare import FOLDS
    from training.experiments.fine_clusters import run

    print_figures(run(runs, seed or [1], output, fold or range(FOLDS)))


@experiments.command()
def folds(runs: Runs = Path("runs")) -> None:
    """Put the kept weights of all folds (heatmaps, re-scorers, networks of clusters) into a folder of runs."""
    from training.experiments.fold_weights import place

    print(f"{len(place(runs))} files of weights were put into {runs}")


@experiments.command()
def bfloat16(
    data: Data,
    output: Table,
    runs: Runs = Path("runs"),
    views: Annotated[int, typer.Option(help="Mammograms to read.", min=1)] = 32,
) -> None:
    """Compare the bundled models in bfloat16 with single precision: logits, findings and time."""
    from training.experiments.bfloat16 import run

    run(data, runs, output, views)


@experiments.command(name="grid-calibration")
def grid_calibration(data: Data, output: Table, runs: Runs = Path("runs")) -> None:
    """Measure the calibration of the shipped grids through the program, on the fold that they never saw."""
    from training.experiments.grid_calibration import run

    run(data, runs, output)


@experiments.command()
def ensemble(runs: Runs = Path("runs")) -> None:
    """Compare the shipped maps, alone and combined, on the fold that the models never saw."""
    from training.experiments import ensemble

    ensemble.run(runs, runs / "ensemble.csv")


@experiments.command()
def boxes(
    folders: Annotated[list[Path], typer.Argument(help="Folders of mammograms with outlines.")],
    output: Table,
) -> None:
    """Write every box, hit or missed, and every false mark of what the program lists."""
    from training.evaluation.boxes import write

    write(folders, output)


@experiments.command()
def sample(output: Table) -> None:
    """Run the shipped models on the eight views of the sample study, box by box."""
    from training.experiments.sample_results import write

    write(output)


@experiments.command()
def pairs(
    data: Data,
    output: Table,
    runs: Runs = Path("runs"),
    seed: Seed = 21,
    heatmap_seed: HeatmapSeed = None,
    cluster_seed: ClusterSeed = None,
) -> None:
    """Count how often marks of CC and MLO that are paired by their depth are one mass, in what `detect` read."""
    from mammoview.assess.models.bundle import load_bundle
    from training.experiments.detection import detected
    from training.experiments.pairs import write

    folders = [detected(runs, seed, folds, heatmap_seed, cluster_seed) for folds in (True, False)]
    write(data, folders, load_bundle(), output)
