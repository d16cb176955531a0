"""Small models of one's own, with a graph made by onnx.helper: sums of pixels that a test can work out itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

OPSET = 17


def graph(
    nodes: Sequence[NodeProto],
    outputs: Mapping[str, Sequence[int | str]],
    shape: Sequence[int | str] = ("n", 1, 32, 32),
    constants: Mapping[str, np.ndarray] | None = None,
) -> ModelProto:
    """Return a model whose input is `x`."""
    made = helper.make_graph(
        list(nodes),
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def mean_classifier(shape: Sequence[int | str] = ("n", 1, 32, 32)) -> ModelProto:
    """Logit of a patch: 4 times its mean, less 1; one convolution over the whole patch."""
    nodes = [helper.make_node("Conv", ["x", "kernel", "bias"], ["z"]), helper.make_node("Flatten", ["z"], ["y"])]
    constants = {"kernel": np.full((1, 1, 32, 32), 4 / 1024, np.float32), "bias": np.array([-1], np.float32)}
    return graph(nodes, {"y": ["n", 1]}, shape, constants)


def mean_heatmap(side: int = 64, cell: int = 8) -> ModelProto:
    """Map of probabilities: the sigmoid of the mean of each cell."""
    nodes = [
        helper.make_node("AveragePool", ["x"], ["means"], kernel_shape=[cell, cell], strides=[cell, cell]),
        helper.make_node("Sigmoid", ["means"], ["y"]),
    ]
    return graph(nodes, {"y": ["n", 1, side // cell, side // cell]}, ("n", 1, side, side))


def brightest_detector(side: int = 64, cell: int = 8) -> ModelProto:
    """Two boxes of a tile: the brightest cell's (left, top, right, bottom), and one that is always empty."""
    count = side // cell
    nodes = [
        helper.make_node("AveragePool", ["x"], ["means"], kernel_shape=[cell, cell], strides=[cell, cell]),
        helper.make_node("Reshape", ["means", "flat"], ["row"]),
        helper.make_node("ReduceMax", ["row"], ["top"], axes=[1], keepdims=0),
        helper.make_node("ArgMax", ["row"], ["at"], axis=1, keepdims=0),
        helper.make_node("Gather", ["cells", "at"], ["box"]),
        helper.make_node("Concat", ["box", "empty"], ["boxes"], axis=0),
        helper.make_node("Concat", ["top", "minus"], ["scores"], axis=0),
    ]
    corners = np.array([[c, r, c + 1, r + 1] for r in range(count) for c in range(count)], np.float32) * cell
    constants = {
        "flat": np.array([1, -1], np.int64),
        "cells": corners,
        "empty": np.zeros((1, 4), np.float32),
        "minus": np.full(1, -9, np.float32),
    }
    return graph(nodes, {"boxes": [2, 4], "scores": [2]}, (1, 1, side, side), constants)


def write_model(folder: Path, made: ModelProto, external: str = "", **facts: Any) -> Path:
    """Write a folder of a model; `facts` replace those of a patch classifier, None leaves one out.

    `external` is the name of the file that tensors are kept in, if any.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "CARD.md").write_text("# Made for a test\n")
    file = folder / "model.onnx"
    where = {"save_as_external_data": True, "location": external, "size_threshold": 64} if external else {}
    onnx.save_model(made, file, **where)
    weights: dict[str, Any] = {"file": "model.onnx", "sha256": sha256(file.read_bytes()).hexdigest()}
    if external:
        weights["external"] = {external: sha256((folder / external).read_bytes()).hexdigest()}
    tables: dict[str, Any] = {
        "format": 1,
        "name": "mean",
        "version": "1",
        "task": "patch classifier",
        "licence": "CC0-1.0",
        "card": "CARD.md",
        "weights": weights,
        "input": {"um_per_px": 400, "patch_px": 32, "stride_px": 16},
        "output": {"meaning": "logit"},
        "thresholds": {"operating": 0.5},
    }
    for name, value in facts.items():
        tables[name] = {**tables[name], **value} if isinstance(value, dict) and name in tables else value
    write_facts(folder, tables)
    return folder


def write_facts(folder: Path, tables: Mapping[str, Any]) -> None:
    """Write `model.toml`."""
    plain = {name: value for name, value in tables.items() if value is not None and not isinstance(value, dict)}
    lines = [f"{name} = {_toml(value)}" for name, value in plain.items()]
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_toml(v)}" for key, v in table.items() if v is not None)]
    (folder / "model.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(v)}' for key, v in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
