"""Weights of a user's own model for an architecture of the program: safetensors, run by torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor

from mammoview.assess.models.bundle import optimised_for_inference
from mammoview.assess.models.device import choose_device, out_of_memory
from mammoview.assess.models.networks import (
    HeatmapConfig,
    HeatmapRegressor,
    SqueezeHeatmapConfig,
    SqueezeNetConfig,
    TissueClassifier,
    TissueConfig,
    build_network,
)
from mammoview.assess.models.own_model import Meaning, ModelTask, OwnModelFacts

KnownConfig = TissueConfig | SqueezeNetConfig | HeatmapConfig | SqueezeHeatmapConfig
KINDS = ("tissue_classifier", "squeezenet_classifier", "heatmap", "squeezenet_heatmap")
"""Architectures whose weights can be brought: `kind` of each `KnownConfig`."""
MOST_WIDTH, MOST_STAGES = 4096, 16
"""Largest number that an architecture may give, but for the side of a patch, and most entries of a list in it."""
_CONFIG: TypeAdapter[KnownConfig] = TypeAdapter(Annotated[KnownConfig, Field(discriminator="kind")])


@dataclass(frozen=True)
class KnownNetwork:
    """A network of a known architecture with weights that were checked.

    Parameters
    ----------
    facts
        Contents of `model.toml`.
    network
        In evaluation mode, on its device.
    """

    facts: OwnModelFacts
    network: TissueClassifier | HeatmapRegressor

    @property
    def device(self) -> str:
        """Processor in use: "cpu" or "cuda"."""
        return next(self.network.parameters()).device.type

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return scores of normalised grey images (N, rows, columns): (N, 2), or maps (N, 1, h, w).

        Where memory does not suffice, half of the images are run at a time. Raises MemoryError.
        """
        try:
            with torch.inference_mode():
                x = torch.from_numpy(np.ascontiguousarray(images, np.float32))[:, None].to(self.device)
                found = self.network(x)
                if isinstance(self.network, TissueClassifier):
                    found = found.flatten(1)
                return (found.float().cpu().numpy(),)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
        if len(images) == 1:
            raise MemoryError
        parts = (self.run(part)[0] for part in np.array_split(images, 2))
        return (np.concatenate(list(parts)),)


def known_mistakes(content: bytes, facts: OwnModelFacts) -> list[str]:
    """List what is wrong with the architecture and its weights, a line each.

    Parameters
    ----------
    content
        Of the safetensors file.
    facts
        Contents of `model.toml`.
    """
    config, mistakes = _config(facts)
    if config is None:
        return mistakes
    try:
        with torch.device("meta"):
            network = build_network(config)
            network.eval()(torch.zeros(1, 1, facts.input.patch_px, facts.input.patch_px))
    except (ValueError, RuntimeError, TypeError, OverflowError, ZeroDivisionError) as error:
        return [f"[network]: {_first(error)}"]
    try:
        held = load_safetensors(content)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        return [*mistakes, f"{facts.weights.file}: is no whole safetensors file ({_first(error)})"]
    return [*mistakes, *_tensors(held, network.state_dict(), facts.weights.file)]


def load_known(content: bytes, facts: OwnModelFacts, device: str) -> KnownNetwork:
    """Return the network of weights in which `known_mistakes` found nothing. Raises MammoviewError without device."""
    config, _ = _config(facts)
    assert config is not None  # `known_mistakes` says so
    network = build_network(config)
    network.load_state_dict(load_safetensors(content))
    assert isinstance(network, TissueClassifier | HeatmapRegressor)  # that of a `KnownConfig`
    return KnownNetwork(facts, optimised_for_inference(network).to(choose_device(device)))


def _config(facts: OwnModelFacts) -> tuple[KnownConfig | None, list[str]]:
    """Return the architecture, None where it cannot be read or built, and what is wrong with it."""
    kind = facts.network.get("kind")
    if kind not in KINDS:
        return None, [f"network.kind: {kind!r} is no architecture of this program; choose from {', '.join(KINDS)}"]
    try:
        config = _CONFIG.validate_python(dict(facts.network))
    except ValidationError as error:
        return None, [f"network.{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    beyond = list(_beyond(config))
    if beyond:
        return None, beyond
    classifier = isinstance(config, TissueConfig | SqueezeNetConfig)
    task = ModelTask.CLASSIFIER if classifier else ModelTask.HEATMAP
    meaning = Meaning.TWO_LOGITS if classifier else Meaning.PROBABILITY
    mistakes = []
    if facts.task is not task:
        mistakes.append(f"task: a {kind} is a {task.value}")
    if facts.output.meaning is not meaning:
        mistakes.append(f"output.meaning: a {kind} returns {meaning.value}")
    if isinstance(config, TissueConfig | SqueezeNetConfig) and config.patch_px != facts.input.patch_px:
        mistakes.append(
            f"network.patch_px: is {config.patch_px}, but input.patch_px is {facts.input.patch_px}: they are the same"
        )
    return config, mistakes


def _beyond(config: KnownConfig) -> Iterator[str]:
    """Numbers that no network can be built of, or one that is too large."""
    for name, value in config.model_dump(exclude={"kind", "patch_px", "dropout", "padded", "last_pool"}).items():
        numbers = value if isinstance(value, tuple) else (value,)
        if len(numbers) > MOST_STAGES or not all(1 <= n <= MOST_WIDTH for n in numbers):
            yield f"network.{name}: numbers are 1 to {MOST_WIDTH}, at most {MOST_STAGES} of them"
    if not 0 <= config.dropout < 1:
        yield "network.dropout: is at least 0 and below 1"
    if isinstance(config, TissueConfig) and len(config.convolutions) != len(config.widths):
        yield "network.depths: has one number for each of widths"


def _tensors(held: Mapping[str, Tensor], wanted: Mapping[str, Tensor], file: str) -> Iterator[str]:
    """Tensors that are missing, have no place, another shape, or values that are no numbers."""
    for name, layer in wanted.items():
        if name not in held:
            yield f"{file}: the tensor {name!r} is missing"
        elif held[name].shape != layer.shape:
            yield f"{file}: the tensor {name!r} is {_shape(held[name])}: this architecture has {_shape(layer)}"
        elif held[name].is_floating_point() != layer.is_floating_point() or held[name].is_complex():
            yield f"{file}: the tensor {name!r} holds {held[name].dtype}: this architecture has {layer.dtype}"
        elif not bool(torch.isfinite(held[name].float()).all()):
            yield f"{file}: the tensor {name!r} holds values that are no numbers"
    for name in sorted(set(held) - set(wanted)):
        yield f"{file}: the tensor {name!r} belongs to no layer of this architecture"


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
