"""`python -m training ship-clusters`: a network of clusters with the curves of the longer list joins the bundle."""

from __future__ import annotations

from pathlib import Path

from mammoview.assess.inference.spot_clusters import UM
from mammoview.assess.models.bundle import ModelCardFacts, dump_pins
from mammoview.assess.models.cluster_network import ClusterConfig
from mammoview.assess.models.scoring import ClusterScoring
from training.data.prepare import FOLDS, load
from training.experiments.cluster_figures import ALL, cluster_logits, clusters_in, fitted, merged
from training.experiments.cluster_training import trained_on
from training.experiments.detection import CLUSTER_PARTS, SHIPPED_FOLD, cluster_folder
from training.experiments.detection_figures import combined
from training.experiments.program_figures import WITH_CLUSTERS
from training.fit.trainer import WEIGHTS
from training.metrics.calibration import RAW
from training.ship import NORMALISATION, facts_of_weights, libraries, pinned, pins_of, training_facts, write_model
from training.ship_rescorer import curve_of_marks, facts_of_list, figures_of, scored_by_program

NAME = "clusters"
VERSION = "5.1"


def ship(runs: Path, table: Path, seed: int, heat_seed: int, cluster_seed: int, models: Path) -> None:
    """Write the network of clusters that never saw the bundled fold, with scoring, curves and card; pin its hashes.

    Parameters
    ----------
    table
        What `program --folds` wrote with the same seeds.
    seed, heat_seed, cluster_seed
        Of the re-scorers, the heatmaps and the networks of clusters that `detect --folds` was given.

    Raises
    ------
    MammoviewError
        When not all five folds were read.
    """
    pins_file = pins_of(models)
    pins = pinned(pins_file)
    scored = scored_by_program(runs, seed, heat_seed, cluster_seed)
    clusters, members = clusters_in(scored), [s.found.member for s in scored]
    marks = merged(scored, combined(scored, (0, 1, 2)), cluster_logits(clusters))
    weights = fitted(clusters, ALL)
    density, grid, network = weights.weights.tolist()
    scoring = ClusterScoring(
        density=density, grid=grid, network=network, offset=weights.offset, curve=curve_of_marks(marks)
    )
    (part,) = (k for k, folds in enumerate(CLUSTER_PARTS) if SHIPPED_FOLD in folds)
    used = trained_on(load(runs / "prepared"), part)
    unseen = " and ".join(map(str, CLUSTER_PARTS[part]))
    share = f"{FOLDS - len(CLUSTER_PARTS[part])} of the five folds (without folds {unseen})"
    weights_file = cluster_folder(runs, part, cluster_seed) / WEIGHTS
    facts = ModelCardFacts(
        name=NAME,
        version=VERSION,
        network=ClusterConfig(),
        um_per_px=UM,
        normalisation=NORMALISATION,
        cluster_scoring=scoring,
        training=facts_of_weights(
            models / NAME, weights_file, training_facts(runs, used, share) | {"seed": cluster_seed}
        ),
        figures=figures_of(table, WITH_CLUSTERS, f"network of clusters, seed {cluster_seed}"),
        libraries=libraries(),
        **facts_of_list(members, marks, scoring),
    )
    pins[NAME] = write_model(models / NAME, facts, {WEIGHTS: (weights_file, RAW)})
    pins_file.write_text(dump_pins(pins))
    print(f"shipped {NAME} without folds {unseen} to {models}; findings from {facts.thresholds['mark'].value:.3f} on")
