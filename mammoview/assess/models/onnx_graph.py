"""Checks of an ONNX graph before it is run: its operators, where its tensors lie, the shapes of inputs and outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from mammoview.assess.models.own_model import MOST_INPUT, ModelTask, OwnModelFacts

if TYPE_CHECKING:
    from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, TensorProto, ValueInfoProto

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
"""Domains of operators that ONNX itself defines."""
RUNTIMES = ("com.microsoft", "com.ms", "ai.onnx.contrib", "ai.onnx.preview")
"""Beginnings of domains in which onnxruntime has operators of its own: a function there may not be what is run."""
FLOAT, EXTERNAL = 1, 1
"""`TensorProto.FLOAT` and `TensorProto.EXTERNAL`."""
NUMBERED = 8
"""Most places of one kind that are listed by name."""


def graph_mistakes(model: ModelProto, facts: OwnModelFacts, sizes: Mapping[str, int]) -> list[str]:
    """List what is wrong with a graph, a line each.

    Parameters
    ----------
    model
        The graph, its external tensors not loaded.
    facts
        Its `model.toml`.
    sizes
        Bytes of each file of external tensors by name.
    """
    return [*_operators(model), *_external(model, facts, sizes), *_input(model, facts), *_outputs(model, facts)]


def _bodies(model: ModelProto) -> Iterator[GraphProto | FunctionProto]:
    """Return the graph, its functions, the graphs of training that a file may hold, and all branches and loops."""
    waiting: list[GraphProto | FunctionProto] = [model.graph, *model.functions]
    for one in model.training_info:
        waiting += [one.initialization, one.algorithm]
    while waiting:
        body = waiting.pop()
        yield body
        for attribute in _attributes(body):
            waiting += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _attributes(body: GraphProto | FunctionProto) -> Iterator[AttributeProto]:
    """Return the attributes of all nodes of a body, and the defaults of a function."""
    for node in body.node:
        yield from node.attribute
    yield from getattr(body, "attribute_proto", ())


def _operators(model: ModelProto) -> Iterator[str]:
    """Operators that are neither of ONNX nor a function in the file itself."""
    functions = {(one.domain, one.name) for one in model.functions}
    used = {(node.domain, node.op_type) for body in _bodies(model) for node in body.node}
    for domain, name in sorted(one for one in used - functions if one[0] not in DOMAINS):
        yield f"operator {name} is of the domain {domain}: only operators of ONNX are run"
    for domain, name in sorted(one for one in functions if one[0].startswith(RUNTIMES)):
        yield f"function {name} is of the domain {domain}, which belongs to operators of a runtime"


def _tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Return every tensor, wherever in the file."""
    for body in _bodies(model):
        yield from getattr(body, "initializer", ())
        sparse = list(getattr(body, "sparse_initializer", ()))
        for attribute in _attributes(body):
            yield from [*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors]
            sparse += [*([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else [])]
            sparse += attribute.sparse_tensors
        for one in sparse:
            yield from (one.values, one.indices)


def _external(model: ModelProto, facts: OwnModelFacts, sizes: Mapping[str, int]) -> Iterator[str]:
    """Tensors outside of the file that lie where they may not, or beyond the end."""
    used: set[str] = set()
    seen: set[str] = set()
    for tensor in _tensors(model):
        if tensor.data_location != EXTERNAL:
            continue
        told_of = {entry.key: entry.value for entry in tensor.external_data}
        place = told_of.get("location", "")
        used.add(place)
        line = ""
        if _leaves(place):
            line = f"external data {place!r} leaves the folder"
        elif place not in facts.weights.external:
            line = f"external data {place!r} is not named with its SHA-256 under weights.external"
        elif place in sizes and not _fits(told_of, sizes[place]):
            line = f"external data {place!r} ends before the tensor {tensor.name!r}"
        if line and line not in seen and len(seen) < NUMBERED:
            seen.add(line)
            yield line
    for name in sorted(set(facts.weights.external) - used):
        yield f"weights.external names {name!r}, in which the graph keeps no tensor"


def _leaves(place: str) -> bool:
    """Whether a path is absolute, climbs out of its folder, or lies in another one."""
    parts = (*PurePosixPath(place).parts, *PureWindowsPath(place).parts)
    return ".." in parts or PurePosixPath(place).is_absolute() or bool(PureWindowsPath(place).anchor)


def _fits(location: Mapping[str, str], size: int) -> bool:
    """Whether a tensor lies within its file."""
    try:
        offset, length = int(location.get("offset", 0)), int(location.get("length", 0))
    except ValueError:
        return False
    return offset >= 0 and length >= 0 and offset + length <= size


def _input(model: ModelProto, facts: OwnModelFacts) -> Iterator[str]:
    """Whether the graph takes what it is to be given."""
    held = {one.name for one in model.graph.initializer}
    inputs = [one for one in model.graph.input if one.name not in held]
    if len(inputs) != 1:
        yield f"the graph has {len(inputs)} inputs: one is needed, the picture"
        return
    shape = _shape(inputs[0])
    if inputs[0].type.tensor_type.elem_type != FLOAT:
        yield f"the input {inputs[0].name!r} is not of float32"
    side, channels = facts.input.patch_px, facts.input.channels
    wanted = (None, channels, side, side) if facts.input.layout == "NCHW" else (None, side, side, channels)
    if shape is None or len(shape) != 4 or any(w and s not in (None, w) for s, w in zip(shape, wanted, strict=True)):
        yield f"the input {inputs[0].name!r} is {_text(shape)}: model.toml says {_text(wanted)}, {facts.input.layout}"
    elif shape[0] is not None and shape[0] * facts.input.channels * side**2 > MOST_INPUT:
        yield f"the input {inputs[0].name!r} is {_text(shape)}: more than 2^28 numbers are not given to one run"
    elif facts.task is ModelTask.DETECTOR and shape[0] not in (None, 1):
        yield f"the input {inputs[0].name!r} is {_text(shape)}: a detector is given one tile at a time"


def _outputs(model: ModelProto, facts: OwnModelFacts) -> Iterator[str]:
    """Whether the graph's outputs are those that the facts state."""
    outputs = {one.name: one for one in model.graph.output}
    wanted = [facts.output.scores] if facts.output.scores else []
    wanted += [facts.output.boxes] if facts.output.boxes else []
    if not wanted and len(outputs) != 1:
        yield f"the graph has {len(outputs)} outputs: output.scores names one of {', '.join(outputs)}"
    for name in wanted or list(outputs)[:1]:
        if name not in outputs:
            yield f"the graph has no output {name!r}: it has {', '.join(outputs)}"
            continue
        if outputs[name].type.tensor_type.elem_type != FLOAT:
            yield f"the output {name!r} is not of float32"
        shape = _shape(outputs[name])
        if shape is not None and not _may_be(shape, name, facts):
            yield f"the output {name!r} is {_text(shape)}: {_expected(name, facts)}"


def _may_be(shape: tuple[int | None, ...], name: str, facts: OwnModelFacts) -> bool:
    """Whether a shape, in which unknown numbers are None, may be that of an output."""
    classes = facts.output.meaning.classes
    match facts.task:
        case ModelTask.CLASSIFIER:
            held = shape[1:] if shape else ()
            return all(n in (None, 1, classes) for n in held) and (classes == 1 or classes in held or None in held)
        case ModelTask.HEATMAP:
            return len(shape) == 4 or (len(shape) == 3 and classes == 1)
        case ModelTask.DETECTOR:
            return len(shape) in (2, 3) and shape[-1] in (None, 4) if name == facts.output.boxes else len(shape) < 3


def _expected(name: str, facts: OwnModelFacts) -> str:
    match facts.task:
        case ModelTask.CLASSIFIER:
            return f"a patch classifier with {facts.output.meaning.value} returns N x {facts.output.meaning.classes}"
        case ModelTask.HEATMAP:
            return f"a heatmap returns N x {facts.output.meaning.classes} x rows x columns"
        case ModelTask.DETECTOR:
            return "boxes are number x 4" if name == facts.output.boxes else "scores are one number for each box"


def fixed_batch(model: ModelProto) -> int | None:
    """Return the number of pictures that one run takes where the graph fixes it."""
    held = {one.name for one in model.graph.initializer}
    shape = next((_shape(one) for one in model.graph.input if one.name not in held), None)
    return shape[0] if shape else None


def _shape(value: ValueInfoProto) -> tuple[int | None, ...] | None:
    """Return the shape of an input or output, None for what the file leaves open."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(one.dim_value if one.HasField("dim_value") and one.dim_value > 0 else None for one in kind.shape.dim)


def _text(shape: tuple[int | None, ...] | None) -> str:
    return (
        "of unknown shape" if shape is None else " x ".join("?" if n is None else str(n) for n in shape) or "a number"
    )
