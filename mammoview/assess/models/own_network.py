"""Network of a user's own model: ONNX operators run by onnxruntime, and the reading of its output."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.models import own_model_folder
from mammoview.assess.models.own_model import Meaning, ModelTask, OwnModelFacts
from mammoview.core.errors import MammoviewError, ModelError
from mammoview.core.extras import remedy

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession

LEAST = 1e-7
"""Probabilities are kept this far away from 0 and 1 before their logit is taken."""
MOST_SECONDS = 120.0
"""Longest time of one run; a longer one is ended."""
TOLERANCE = 1e-3
"""How far a probability may lie outside of 0..1, or two of them from a sum of 1."""


class OwnNetwork(Protocol):
    """What an assessment needs of a network, whatever runs it."""

    @property
    def facts(self) -> OwnModelFacts:
        """What it is given and what it returns."""
        ...

    @property
    def device(self) -> str:
        """Processor in use: "cpu" or "cuda"."""
        ...

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return scores, and of a detector boxes after them, of normalised grey images (N, rows, columns)."""
        ...


@dataclass(frozen=True)
class OnnxNetwork:
    """An ONNX graph that has been checked.

    Parameters
    ----------
    facts
        Contents of `model.toml`.
    session
        Of onnxruntime.
    device
        "cpu" or "cuda".
    batch
        Number of images that one run takes, where the graph fixes it.
    """

    facts: OwnModelFacts
    session: InferenceSession
    device: str
    batch: int | None = None

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Return scores, and of a detector boxes after them, of normalised grey images (N, rows, columns).

        Raises
        ------
        ModelError
            When onnxruntime cannot run the graph, or returns something else than declared.
        """
        if self.facts.task is ModelTask.DETECTOR:
            return self._run(images)
        number, step = len(images), self.batch or len(images)
        short = -number % step
        if short:
            images = np.concatenate([images, np.repeat(images[-1:], short, 0)])
        parts = [self._run(images[i : i + step]) for i in range(0, len(images), step)]
        return tuple(np.concatenate(one)[:number] for one in zip(*parts, strict=True))

    def _run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        given = self.session.get_inputs()[0].name
        output = self.facts.output
        names = [output.scores or self.session.get_outputs()[0].name, *([output.boxes] if output.boxes else [])]
        _, runtime = onnx_libraries()
        options = runtime.RunOptions()
        # A graph may hold a loop without an end.
        timer = threading.Timer(MOST_SECONDS, setattr, (options, "terminate", True))
        timer.daemon = True
        timer.start()
        try:
            found = self.session.run(names, {given: as_input(images, self.facts)}, options)
        except MemoryError:
            raise
        except Exception as error:  # onnxruntime has a class of its own for each kind of failure
            raise ModelError(
                f"the model {self.facts.name} cannot be run ({_first(error)})", own_model_folder.CHECK
            ) from error
        finally:
            timer.cancel()
        return tuple(np.asarray(one, np.float32) for one in found)


def as_input(images: NDArray[np.float32], facts: OwnModelFacts) -> NDArray[np.float32]:
    """Return normalised grey images (N, rows, columns) with the channels and the order of axes of the model."""
    given = facts.input
    channels = np.repeat(images[:, None], given.channels, 1)
    if given.channel_mean is not None and given.channel_deviation is not None:
        mean, deviation = (
            np.array(v, np.float32)[:, None, None] for v in (given.channel_mean, given.channel_deviation)
        )
        channels = (channels - mean) / deviation
    return np.ascontiguousarray(channels if given.layout == "NCHW" else np.moveaxis(channels, 1, -1), np.float32)


def as_logits(values: NDArray[np.float32], facts: OwnModelFacts) -> NDArray[np.float64]:
    """Return calibrated logits of a finding, without the axis of classes; axis 1 of `values`, or the last of Keras.

    Raises
    ------
    ModelError
        When the values are no numbers, or not of the kind that the model states.
    """
    output, found = facts.output, np.asarray(values, np.float64)
    if not np.isfinite(found).all():
        raise ModelError(f"the model {facts.name} returns values that are no numbers", "Check its input in model.toml")
    if found.ndim > 1 and output.meaning.classes == 2:
        axis = 1 if facts.input.layout == "NCHW" or found.ndim == 2 else -1
        pair = np.moveaxis(found, axis, 0)
        if len(pair) != 2:
            raise ModelError(f"the model {facts.name} returns {len(pair)} classes, not two", own_model_folder.CHECK)
        chosen, other = pair[output.finding], pair[1 - output.finding]
    else:
        chosen, other = found, 1 - found
    match output.meaning:
        case Meaning.LOGIT:
            logits = chosen
        case Meaning.TWO_LOGITS:
            logits = chosen - other
        case Meaning.PROBABILITY | Meaning.TWO_PROBABILITIES:
            if min(chosen.min(initial=0), other.min(initial=0)) < -TOLERANCE or np.any(
                np.abs(chosen + other - 1) > TOLERANCE
            ):
                what = f"the model {facts.name} returns values that are no probabilities"
                raise ModelError(what, "Correct output.meaning in model.toml")
            logits = np.log(np.maximum(chosen, LEAST)) - np.log(np.maximum(other, LEAST))
    return np.asarray(logits / output.temperature)


def patch_logits(network: OwnNetwork, patches: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the calibrated logit of each patch, (N,), of normalised patches (N, side, side). Raises ModelError."""
    scores = network.run(patches)[0]
    if scores.size != len(patches) * network.facts.output.meaning.classes:
        raise ModelError(_misfit(network.facts, scores, f"for {len(patches)} patches"), own_model_folder.CHECK)
    return as_logits(scores.reshape(len(patches), -1), network.facts).reshape(len(patches))


def tile_maps(network: OwnNetwork, tiles: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return a map of calibrated logits for each tile, (N, h, w), of tiles (N, side, side). Raises ModelError."""
    facts, values = network.facts, network.run(tiles)[0]
    side, classes = facts.input.patch_px, facts.output.meaning.classes
    if values.ndim == 4 and classes == 1:
        axis = 1 if facts.input.layout == "NCHW" else 3
        values = np.squeeze(values, axis) if values.shape[axis] == 1 else values
    found = as_logits(values, facts)
    if found.ndim != 3 or len(found) != len(tiles) or found.shape[1] != found.shape[2] or side % found.shape[1]:
        raise ModelError(
            _misfit(facts, values, f"for tiles of {side} px, whose side it does not divide"), own_model_folder.CHECK
        )
    return found


def tile_boxes(network: OwnNetwork, tile: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return boxes (K, 4), left, top, right, bottom in pixels of a tile (side, side), and their logits (K,).

    Boxes without extent are left out. Raises ModelError.
    """
    scores, corners = network.run(tile[None])
    boxes = np.asarray(corners, np.float64)
    if boxes.size % 4 or boxes.shape[-1:] != (4,) or scores.size != boxes.size // 4:
        shapes = f"boxes of the shape {boxes.shape}, scores of {scores.shape}"
        raise ModelError(f"the model {network.facts.name} returns {shapes}", own_model_folder.CHECK)
    boxes, logits = boxes.reshape(-1, 4), as_logits(scores.reshape(-1), network.facts)
    if not np.isfinite(boxes).all():
        raise ModelError(f"the model {network.facts.name} returns boxes that are no numbers", own_model_folder.CHECK)
    sound = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return boxes[sound], logits[sound]


def _misfit(facts: OwnModelFacts, values: NDArray[np.float32], given: str) -> str:
    return f"the model {facts.name} returns an array of the shape {values.shape} {given}"


def load_onnx(
    folder: Path, facts: OwnModelFacts, parts: Mapping[str, bytes], graph: ModelProto, device: str
) -> OnnxNetwork:
    """Return the network of weights that were checked. Raises ModelError."""
    from mammoview.assess.models.onnx_graph import fixed_batch

    try:
        session, where = _session(parts, facts, device)
    except MammoviewError:
        raise
    except Exception as error:  # onnxruntime has a class of its own for each kind of failure
        raise own_model_folder.model_error(folder, [f"onnxruntime does not load it: {_first(error)}"]) from error
    return OnnxNetwork(facts, session, where, fixed_batch(graph))


def parsed_graph(parts: Mapping[str, bytes], facts: OwnModelFacts) -> tuple[ModelProto | None, list[str]]:
    """Parse the ONNX file and list what is wrong with it. Raises ModelError where onnx is not installed."""
    onnx, _ = onnx_libraries()
    from mammoview.assess.models.onnx_graph import graph_mistakes

    try:
        graph = onnx.load_model_from_string(parts[facts.weights.file])
    except Exception as error:  # protobuf's implementations raise different classes
        return None, [f"{facts.weights.file}: is no ONNX file ({_first(error)})"]
    if not graph.ir_version or not graph.graph.node:
        return None, [f"{facts.weights.file}: is no ONNX file (it holds no graph)"]
    return graph, graph_mistakes(graph, facts, {name: len(content) for name, content in parts.items()})


def _session(parts: Mapping[str, bytes], facts: OwnModelFacts, device: str) -> tuple[InferenceSession, str]:
    """Return a session on bytes that were checked: onnxruntime opens no file itself."""
    _, runtime = onnx_libraries()
    there = "CUDAExecutionProvider" in runtime.get_available_providers()
    if device == "cuda" and not there:
        raise MammoviewError("onnxruntime has no CUDA here", "Install onnxruntime-gpu, or use --device cpu")
    on_card = device == "cuda" or (device == "auto" and there)
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")
    threads = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(threads) if threads.isdigit() else 0
    external = list(facts.weights.external)
    if external:
        contents = [parts[name] for name in external]
        options.add_external_initializers_from_files_in_memory(external, contents, [len(one) for one in contents])
    providers = [*(["CUDAExecutionProvider"] if on_card else []), "CPUExecutionProvider"]
    session = runtime.InferenceSession(parts[facts.weights.file], options, providers=providers)
    return session, "cuda" if "CUDAExecutionProvider" in session.get_providers() else "cpu"


def onnx_libraries() -> tuple[Any, Any]:
    """Return the modules onnx and onnxruntime. Raises ModelError."""
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        what = f"weights in ONNX need onnx and onnxruntime ({_first(error)})"
        raise ModelError(what, remedy("onnx")) from error
    return onnx, onnxruntime


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
