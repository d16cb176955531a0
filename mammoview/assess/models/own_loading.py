"""Loads and checks a user's own model of either kind. Imports torch or onnx only when one is loaded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mammoview.assess.models import own_model_folder
from mammoview.assess.models.own_model import ModelTask, NormalisationKind, OwnModelFacts
from mammoview.assess.models.own_network import (
    OwnNetwork,
    load_onnx,
    parsed_graph,
    patch_logits,
    tile_boxes,
    tile_maps,
)
from mammoview.core.errors import ModelError


def load_network(folder: Path, device: str = "cpu", facts: OwnModelFacts | None = None) -> OwnNetwork:
    """Check a folder and load its network; nothing of it is run but operators of ONNX, or an architecture of ours.

    Parameters
    ----------
    folder
        With `model.toml`, weights and card.
    device
        "auto" (CUDA where there is one, else the CPU), "cpu" or "cuda".
    facts
        Those of the folder where they have been read; `model.toml` is then not read again.

    Raises
    ------
    ModelError
        When anything is wrong with it, or onnx and onnxruntime are needed and not installed.
    """
    facts = facts or own_model_folder.read_facts(folder)
    found = _checked(folder, facts, own_model_folder.read_weights(folder, facts), device)
    if isinstance(found, list):
        raise own_model_folder.model_error(folder, found)
    return found


def _checked(folder: Path, facts: OwnModelFacts, parts: Mapping[str, bytes], device: str) -> OwnNetwork | list[str]:
    """Return the network of weights whose hashes were checked, or what is wrong with them. Raises ModelError."""
    if facts.network:
        from mammoview.assess.models.known_network import known_mistakes, load_known

        content = parts[facts.weights.file]
        return known_mistakes(content, facts) or load_known(content, facts, device)
    graph, mistakes = parsed_graph(parts, facts)
    if graph is None or mistakes:
        return mistakes
    return load_onnx(folder, facts, parts, graph, device)


@dataclass(frozen=True)
class ModelReport:
    """What a check found.

    Parameters
    ----------
    mistakes
        A line for each.
    lines
        What the model is, and how it ran on a sample; empty where there are mistakes.
    """

    mistakes: tuple[str, ...]
    lines: tuple[str, ...] = ()


def check_model(folder: Path) -> ModelReport:
    """Check a folder in every respect, and run one sample where nothing is wrong. Raises ModelError without onnx."""
    found = own_model_folder.check_facts(folder)
    facts = found.facts
    if facts is None:
        return ModelReport(found.mistakes)
    mistakes, parts = own_model_folder.check_files(folder, facts)
    try:
        network = _checked(folder, facts, parts, "cpu") if facts.weights.file in parts else []
        if isinstance(network, list) or mistakes:
            return ModelReport((*mistakes, *(network if isinstance(network, list) else ())))
        ran = _sample(network)
    except ModelError as error:
        return ModelReport((*mistakes, error.what))
    return ModelReport((), (*described(facts), ran))


def described(facts: OwnModelFacts) -> tuple[str, ...]:
    """Describe a model, a line for each fact."""
    given, output = facts.input, facts.output
    what = {
        ModelTask.CLASSIFIER: f"one score for each patch of {given.patch_px} px, {given.stride} px apart",
        ModelTask.HEATMAP: f"a map for each tile of {given.patch_px} px, {given.stride} px apart",
        ModelTask.DETECTOR: f"boxes in each tile of {given.patch_px} px, {given.stride} px apart",
    }
    unseen = 1 - min(1.0, given.patch_px / given.stride) ** 2
    gaps = (f"warning: stride_px is larger than patch_px, so that {unseen:.0%} of the breast is never seen",)
    grey = "one channel" if given.channels == 1 else "three channels of the same grey"
    return (
        f"{facts.name} {facts.version}: {facts.task.value}, licence {facts.licence}",
        f"sha256 {facts.weights.sha256[:12]}, card {facts.card}",
        f"input: {given.um_per_px:g} um per pixel, {grey}, {given.layout}, breast {given.orientation}, "
        f"normalised by {given.normalisation.value}",
        f"output: {what[facts.task]}; {output.meaning.value}, listed from {facts.thresholds.operating:g} on",
        *(gaps if unseen else ()),
    )


def _sample(network: OwnNetwork) -> str:
    """Run one sample of noise. Raises ModelError where the output does not fit."""
    side = network.facts.input.patch_px
    sample = np.random.default_rng(0).normal(0, 1, (1, side, side)).astype(np.float32)
    if network.facts.input.normalisation is NormalisationKind.BREAST_RANGE:
        sample = np.clip(0.5 + sample / 4, 0, 1)
    started = time.perf_counter()
    match network.facts.task:
        case ModelTask.CLASSIFIER:
            result = f"a score of {_probability(patch_logits(network, sample)[0]):.3f}"
        case ModelTask.HEATMAP:
            result = f"a map of {' x '.join(str(n) for n in tile_maps(network, sample).shape[1:])} cells"
        case ModelTask.DETECTOR:
            result = f"{len(tile_boxes(network, sample[0])[0])} boxes"
    seconds = time.perf_counter() - started
    return f"ran one sample of noise on the {network.device} in {seconds:.3f} s: {result}"


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
