"""Options of the commands of `python -m training`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

Runs = Annotated[Path, typer.Option(help="Folder for prepared data, checkpoints and results.")]
Part = Annotated[str, typer.Option(help="0 to 4: without that fold, which tests it; all: everybody; pilot.")]
Data = Annotated[Path, typer.Option(help="Folder that holds the data sets.")]
Um = Annotated[int, typer.Option(help="Micrometres per pixel: 200, 150 or 100, in this order.")]
Workers = Annotated[int, typer.Option(help="Processes that draw samples; 0: the training process itself.", min=0)]
Start = Annotated[Path | None, typer.Option(help="Pretrained weights (see `pretrained`); random when left out.")]
Seed = Annotated[int, typer.Option(help="Seed of weights and draws; each has its folder.")]
Epochs = Annotated[int, typer.Option(help="Times that the training data are gone through.", min=1)]
HeatmapSeed = Annotated[int | None, typer.Option(help="With --folds, seed of the heatmaps; none when left out.")]
ClusterSeed = Annotated[int | None, typer.Option(help="Seed of the networks of clusters; no clusters when left out.")]
Name = Annotated[str, typer.Option(help="What the scores are kept under.")]
Film = Annotated[
    float,
    typer.Option(help="Share of samples with the film beyond the skin as scanned (see `film`).", min=0, max=1),
]
Models = Annotated[Path, typer.Option(help="Where models live.")]
Table = Annotated[Path, typer.Option("-o", help="Table to write.")]
ProgramTable = Annotated[Path, typer.Argument(help="What `program --folds` wrote.")]
RecipeFile = Annotated[Path | None, typer.Option(help="Recipe as JSON; that of the bundled models when left out.")]


def print_figures(rows: Iterable[tuple[str, str, object]]) -> None:
    """Print what is compared, the quantity and its figure, one a line."""
    for way, what, figure in rows:
        print(f"{way}: {what}: {figure}")
