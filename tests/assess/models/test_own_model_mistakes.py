"""A folder with a model of one's own in which something is wrong: a line for each mistake, and nothing of it is run."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mammoview.assess.models import own_network
from mammoview.assess.models.own_loading import check_model, load_network
from mammoview.assess.models.own_network import patch_logits
from mammoview.cli.command_line import main
from mammoview.core.errors import ModelError
from tests.support.own_models import (
    graph,
    mean_classifier,
    write_model,
)

IMAGES = np.random.default_rng(1).normal(size=(5, 32, 32)).astype(np.float32)


def _custom(domain: str) -> onnx.ModelProto:
    made = mean_classifier()
    made.graph.node[0].domain = domain
    made.opset_import.append(helper.make_opsetid(domain, 1))
    return made


def _with_function(domain: str) -> onnx.ModelProto:
    """Return a graph that uses a function of its own."""
    made = mean_classifier()
    twice = helper.make_node("Add", ["a", "a"], ["b"])
    made.functions.append(helper.make_function(domain, "Twice", ["a"], ["b"], [twice], [helper.make_opsetid("", 17)]))
    made.graph.node.append(helper.make_node("Twice", ["y"], ["whole"], domain=domain))
    made.graph.output[0].name = "whole"
    made.opset_import.append(helper.make_opsetid(domain, 1))
    return made


def _within_a_branch() -> onnx.ModelProto:
    """Return a graph whose foreign operator lies in a branch."""
    branch = helper.make_graph(
        [helper.make_node("Shell", ["z"], ["w"], domain="evil")],
        "branch",
        [],
        [helper.make_tensor_value_info("w", TensorProto.FLOAT, None)],
    )
    made = mean_classifier()
    made.graph.node.append(helper.make_node("If", ["yes"], ["v"], then_branch=branch, else_branch=branch))
    made.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    return made


def _outside(place: str) -> onnx.ModelProto:
    """Return a graph with a tensor in another file."""
    made = mean_classifier()
    onnx.external_data_helper.set_external_data(made.graph.initializer[0], place, 0, 4096)
    made.graph.initializer[0].ClearField("raw_data")
    return made


def _written(folder: Path, made: onnx.ModelProto, **facts: object) -> Path:
    """Write a graph as it is, external places and all."""
    write_model(folder, mean_classifier(), **facts)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    weights = {"file": "model.onnx", "sha256": sha256((folder / "model.onnx").read_bytes()).hexdigest()}
    text = (folder / "model.toml").read_text()
    was = text.split("sha256 = ")[1].split("\n")[0]
    (folder / "model.toml").write_text(text.replace(was, f'"{weights["sha256"]}"'))
    return folder


def _no_folder(folder: Path) -> None:
    folder.rmdir()


def _no_facts(_folder: Path) -> None:
    pass


def _broken_toml(folder: Path) -> None:
    (folder / "model.toml").write_text("name = [")


def _altered(folder: Path) -> None:
    write_model(folder, mean_classifier())
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")


def _linked(folder: Path) -> None:
    write_model(folder, mean_classifier())
    (folder / "model.onnx").rename(folder.parent / "elsewhere.onnx")
    (folder / "model.onnx").symlink_to(folder.parent / "elsewhere.onnx")


def _no_card(folder: Path) -> None:
    write_model(folder, mean_classifier())
    (folder / "CARD.md").unlink()


def _no_onnx(folder: Path) -> None:
    write_model(folder, mean_classifier())
    (folder / "model.onnx").write_bytes(b"import os")
    facts = (folder / "model.toml").read_text()
    was = facts.split("sha256 = ")[1].split("\n")[0]
    (folder / "model.toml").write_text(facts.replace(was, f'"{sha256(b"import os").hexdigest()}"'))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (_no_folder, "there is no such folder"),
    "no facts": (_no_facts, "model.toml is missing, or is a link"),
    "broken facts": (_broken_toml, "model.toml cannot be read: Invalid value"),
    "altered weights": (_altered, "model.onnx: its SHA-256 is "),
    "linked weights": (_linked, "model.onnx: is a link"),
    "no card": (_no_card, "CARD.md: is missing"),
    "no ONNX": (_no_onnx, "model.onnx: is no ONNX file"),
    "no licence": (lambda f: write_model(f, mean_classifier(), licence=None), "model.toml: licence: is missing"),
    "empty licence": (lambda f: write_model(f, mean_classifier(), licence=" "), "model.toml: licence: string should"),
    "unknown key": (
        lambda f: write_model(f, mean_classifier(), pickle="x"),
        "model.toml: pickle: there is no such key",
    ),
    "unknown key in a table": (
        lambda f: write_model(f, mean_classifier(), input={"scale": 1}),
        "model.toml: input.scale: there is no such key",
    ),
    "more than one line of text": (
        lambda f: write_model(f, mean_classifier(), version="1\u202e2"),
        "model.toml: version: holds a control character, such as a line break",
    ),
    "runs too large": (
        lambda f: write_model(f, mean_classifier(), input={"patch_px": 8192, "batch": 5}),
        "model.toml: input: batch x channels x patch_px x patch_px is above 2^28",
    ),
    "too many places": (
        lambda f: write_model(f, mean_classifier(), input={"um_per_px": 100, "stride_px": 1}),
        "model.toml: input: stride_px x um_per_px is below 200 um",
    ),
    "unknown task": (lambda f: write_model(f, mean_classifier(), task="guess"), "model.toml: task: input should be"),
    "no hash": (
        lambda f: write_model(f, mean_classifier(), weights={"sha256": "abc"}),
        "model.toml: weights.sha256: is not a SHA-256",
    ),
    "weights elsewhere": (
        lambda f: write_model(f, mean_classifier(), weights={"file": "../model.onnx"}),
        "../model.onnx: leaves the folder",
    ),
    "fixed without figures": (
        lambda f: write_model(f, mean_classifier(), input={"normalisation": "fixed"}),
        "model.toml: input: mean and deviation are given with",
    ),
    "thresholds the wrong way round": (
        lambda f: write_model(f, mean_classifier(), thresholds={"lowest": 0.9}),
        "model.toml: thresholds: lowest is not above operating",
    ),
    "boxes of a classifier": (
        lambda f: write_model(f, mean_classifier(), output={"boxes": "b"}),
        "model.toml: output.boxes and output.scores name",
    ),
    "foreign operator": (
        lambda f: _written(f, _custom("com.example")),
        "operator Conv is of the domain com.example: only operators of ONNX are run",
    ),
    "operator of the runtime alone": (
        lambda f: _written(f, _custom("com.microsoft")),
        "operator Conv is of the domain",
    ),
    "function in the place of an operator of the runtime": (
        lambda f: _written(f, _with_function("com.microsoft")),
        "function Twice is of the domain com.microsoft, which belongs to operators of a runtime",
    ),
    "foreign operator in a branch": (lambda f: _written(f, _within_a_branch()), "operator Shell is of the domain evil"),
    "external data above": (lambda f: _written(f, _outside("../w.bin")), "external data '../w.bin' leaves the folder"),
    "external data at a root": (lambda f: _written(f, _outside("/etc/w")), "external data '/etc/w' leaves the folder"),
    "external data at a drive": (lambda f: _written(f, _outside("C:\\w")), "external data 'C:\\\\w' leaves the folder"),
    "external data without a hash": (
        lambda f: _written(f, _outside("w.bin")),
        "external data 'w.bin' is not named with its SHA-256",
    ),
    "channels": (
        lambda f: write_model(f, mean_classifier(), input={"channels": 3}),
        "the input 'x' is ? x 1 x 32 x 32: model.toml says ? x 3 x 32 x 32, NCHW",
    ),
    "size of the patch": (
        lambda f: write_model(f, mean_classifier(), input={"patch_px": 64}),
        "the input 'x' is ? x 1 x 32 x 32: model.toml says ? x 1 x 64 x 64, NCHW",
    ),
    "one class for two": (
        lambda f: write_model(f, mean_classifier(), output={"meaning": "two-class logits"}),
        "the output 'y' is ? x 1: a patch classifier with two-class logits returns N x 2",
    ),
    "no such output": (
        lambda f: write_model(f, mean_classifier(), output={"scores": "logits"}),
        "the graph has no output 'logits': it has y",
    ),
    "a logit for a probability": (
        lambda f: write_model(f, mean_classifier(), output={"meaning": "probability"}),
        "the model mean returns values that are no probabilities",
    ),
}


def _rows_of_three() -> onnx.ModelProto:
    """Return a graph that says nothing of its output's size, and returns three numbers for each patch."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Slice", ["mean", "from", "to", "axis"], ["y"]),
    ]
    constants = {"from": np.array([0]), "to": np.array([3]), "axis": np.array([1])}
    return graph(nodes, {"y": ["n", "m"]}, constants={k: v.astype(np.int64) for k, v in constants.items()})


def _without_numbers() -> onnx.ModelProto:
    """Return a graph that divides by zero."""
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Div", ["mean", "zero"], ["y"]),
    ]
    return graph(nodes, {"y": ["n"]}, constants={"zero": np.array(0, np.float32)})


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (_rows_of_three(), "the model mean returns an array of the shape (1, 3) for 1 patches"),
        (_without_numbers(), "the model mean returns values that are no numbers"),
    ],
)
def test_what_only_a_run_shows_is_a_line_as_well(made: onnx.ModelProto, line: str, tmp_path: Path) -> None:
    assert check_model(write_model(tmp_path, made)).mistakes == (line,)


@pytest.mark.parametrize("name", BROKEN)
def test_each_kind_of_broken_folder_gets_its_line(name: str, tmp_path: Path) -> None:
    write, line = BROKEN[name]
    folder = tmp_path / "model"
    folder.mkdir()
    write(folder)
    found = check_model(folder)
    assert not found.lines
    assert any(one.startswith(line) for one in found.mistakes), found.mistakes
    assert all("\n" not in one for one in found.mistakes)


def test_weights_that_leave_the_folder_by_a_link_or_are_too_large_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(tmp_path / "m", mean_classifier(), external="weights.bin")
    small = (folder / "weights.bin").read_bytes()
    os.truncate(folder / "weights.bin", 8 * 10**9 - (folder / "model.onnx").stat().st_size)  # it takes no place
    monkeypatch.setattr(Path, "read_bytes", None)
    assert check_model(folder).mistakes == ("the weights take 8.0 GB: 8 GB or more are not loaded",)
    monkeypatch.undo()
    (folder / "weights.bin").write_bytes(small)
    (folder / "weights.bin").rename(tmp_path / "weights.bin")
    (folder / "weights.bin").symlink_to(tmp_path / "weights.bin")
    assert "weights.bin: is a link" in check_model(folder).mistakes
    with pytest.raises(ModelError, match="is a link"):
        load_network(folder)


def test_a_function_of_the_file_itself_is_run(tmp_path: Path) -> None:
    network = load_network(_written(tmp_path, _with_function("own.functions")))
    np.testing.assert_allclose(patch_logits(network, IMAGES), 8 * IMAGES.mean((1, 2)) - 2, atol=1e-5)


def test_a_graph_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["on"]),
            helper.make_node("Add", ["held", "one"], ["more"]),
        ],
        "body",
        [value("step", TensorProto.INT64, []), value("go", TensorProto.BOOL, []), value("held", TensorProto.FLOAT, [])],
        [value("on", TensorProto.BOOL, []), value("more", TensorProto.FLOAT, [])],
    )
    made = mean_classifier()
    made.graph.node.append(helper.make_node("Loop", ["", "yes", "one"], ["sum"], body=body))
    made.graph.node.append(helper.make_node("Add", ["y", "sum"], ["whole"]))
    made.graph.output[0].name = "whole"
    made.graph.initializer.append(numpy_helper.from_array(np.array(True), "yes"))
    made.graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), "one"))
    folder = write_model(tmp_path, made)
    monkeypatch.setattr(own_network, "MOST_SECONDS", 0.2)
    assert "cannot be run" in check_model(folder).mistakes[0]


def test_all_mistakes_are_listed_at_once_and_the_command_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_model(tmp_path, mean_classifier(), licence=None, author="x", input={"patch_px": 4}, version=None)
    assert main(["model", "check", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err.splitlines() == [
        "wrong: model.toml: version: is missing",
        "wrong: model.toml: licence: is missing",
        "wrong: model.toml: input.patch_px: input should be greater than or equal to 8",
        "wrong: model.toml: author: there is no such key",
        f"mammoview: {tmp_path}: 4 mistakes. The lines above say what to change",
    ]


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    """A file of PyTorch under the name of the weights is no ONNX file, and what it would run is not run."""
    import pickle

    class Runs:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    _no_onnx(tmp_path)
    content = pickle.dumps(Runs())
    (tmp_path / "model.onnx").write_bytes(content)
    facts = (tmp_path / "model.toml").read_text()
    (tmp_path / "model.toml").write_text(facts.replace(sha256(b"import os").hexdigest(), sha256(content).hexdigest()))
    assert check_model(tmp_path).mistakes[0].startswith("model.onnx: is no ONNX file")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"name": "../../evil"}, "model.toml: name: begins with a letter, digit or _, and has at most 80"),
        ({"name": "n" * 81}, "model.toml: name: begins with a letter"),
        ({"input": {"stride_px": 0}}, "model.toml: input.stride_px: input should be greater than or equal to 1"),
    ],
)
def test_a_line_says_what_is_wrong_and_nothing_else(changes: dict[str, object], line: str, tmp_path: Path) -> None:
    report = check_model(write_model(tmp_path / "model", mean_classifier(), **changes))
    assert len(report.mistakes) == 1 and report.mistakes[0].startswith(line)


@pytest.mark.parametrize(("stride", "reported"), [(64, "75% of the breast is never seen"), (32, ""), (16, "")])
def test_patches_with_gaps_between_them_are_reported(stride: int, reported: str, tmp_path: Path) -> None:
    report = check_model(write_model(tmp_path / "model", mean_classifier(), input={"stride_px": stride}))
    assert not report.mistakes and [reported in line for line in report.lines].count(True) == (1 if reported else 5)
    assert any("warning" in line for line in report.lines) is bool(reported)
