"""Small untrained models with the real architecture, for tests that do not depend on the bundled weights."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file

from mammoview.assess.models.bundle import BundledModel, ModelBundle, ModelCardFacts, Threshold, load_bundle
from mammoview.assess.models.networks import Config, FusedConfig, HeatmapConfig, TissueConfig, build_network
from mammoview.assess.models.scoring import ClusterScoring, Scoring

SHAPE = TissueConfig(widths=(4, 6, 8, 8), depths=(2, 2, 2, 1), last_pool=False, unshuffle=2)
"""The architecture of the bundled classifiers, with few channels."""
SMALL = {
    "tissue_200um": TissueConfig(widths=(4, 6, 8, 8)),
    "heatmap_baseline": HeatmapConfig(widths=(4, 4, 4), context=(1, 2), context_width=4),
    "heatmap_fused": FusedConfig(width=4),
}
THREE = {
    "tissue_100um": SHAPE,
    "tissue_150um": TissueConfig(widths=(4, 6, 8, 8)),
    "tissue_200um": SHAPE,
    "heatmap_baseline": HeatmapConfig(widths=(4, 4, 4), context=(1, 2), context_width=4),
    "heatmap_fused": FusedConfig(width=4, grids=(100, 150, 200)),
}
"""All three magnifications of the paper."""
POINTS = {
    "tissue": {"operating": 0.5},
    "heatmap_baseline": {},
    "heatmap_fused": {"tau": 0.3},
    "rescorer": {"mark": 0.1},
    "clusters": {"mark": 0.2},
}


def write_small(
    folder: Path,
    configs: dict[str, Config] = SMALL,
    folds: dict[str, float] | None = None,
    scoring: Scoring | None = None,
    cluster_scoring: ClusterScoring | None = None,
) -> dict[str, dict[str, str]]:
    """Write model folders as `training ship` does; returns their pins.

    `folds` go beside the model at 200 um, `scoring` to the re-scorer, `cluster_scoring` to the network of clusters.
    """
    pins = {}
    for seed, (name, config) in enumerate(configs.items()):
        points = POINTS["tissue" if name.startswith("tissue") else name]
        further = (folds or {}) if name == "tissue_200um" else {}
        (folder / name).mkdir(parents=True)
        for number, file in enumerate(("model.safetensors", *further)):
            torch.manual_seed(seed + 100 * number)
            network = build_network(config)
            for module in network.modules():  # batch statistics that have an effect when they are folded
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.running_mean.uniform_(-0.2, 0.2)
                    module.running_var.uniform_(0.5, 1.5)
            save_file(network.state_dict(), folder / name / file)
        facts = ModelCardFacts(
            name=name,
            version="test",
            network=config,
            um_per_px=int(name[7:-2]) if name.startswith("tissue") else 400,
            normalisation="test",
            temperature=1.5 if name.startswith("tissue") else 1.0,
            leading=name == "tissue_200um",
            folds=further,
            scoring=scoring if name == "rescorer" else None,
            cluster_scoring=cluster_scoring if name == "clusters" else None,
            thresholds={k: Threshold(value=v, sensitivity=0.9, chosen_on="nothing") for k, v in points.items()},
            training={},
            figures={},
            libraries={},
        )
        (folder / name / "model.json").write_text(facts.model_dump_json())
        pins[name] = {
            n: hashlib.sha256((folder / name / n).read_bytes()).hexdigest()
            for n in ("model.safetensors", "model.json", *further)
        }
    return pins


def small_bundle(
    folder: Path, configs: dict[str, Config] = SMALL, folds: dict[str, float] | None = None
) -> ModelBundle:
    """Return the small models, loaded by the program's own loader."""
    return load_bundle(folder, write_small(folder, configs, folds))


def with_thresholds(bundle: ModelBundle, tau: float, operating: float) -> ModelBundle:
    """Return the same models with another threshold of the heatmap and of every classifier."""

    def changed(model: BundledModel, name: str, value: float) -> BundledModel:
        point = model.facts.thresholds[name].model_copy(update={"value": value})
        return replace(model, facts=model.facts.model_copy(update={"thresholds": {name: point}}))

    return replace(
        bundle,
        classifiers={um: changed(m, "operating", operating) for um, m in bundle.classifiers.items()},
        fused=changed(bundle.fused, "tau", tau),
    )
