"""Tests use public names alone, so that they hold whatever changes inside."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRIVATE = re.compile(r"_[A-Za-z]\w*")
OTHERS = {
    ("tests/conftest.py", "_split_scope"): "the method that a scheduler of pytest-xdist is made to override",
    ("tests/fuzz/stand_ins.py", "_exit"): "Python's own name of a process that ends at once",
    ("tests/training/data/test_patches.py", "_is_amx_tile_supported"): "PyTorch has no public question for it",
}
"""Names of other libraries that have no public one, with the reason."""


def private_names(code: str) -> Iterator[str]:
    """Go over the private names of other objects and modules that a piece of code uses, patches or imports."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        ):
            names = [node.attr]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("mammoview", "training", "tests")):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and re.search(r"(?:[gs]et|del|has)attr$", ast.unparse(node.func)):
            names = [
                argument.value.rpartition(".")[2]
                for argument in node.args[:2]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
        else:
            continue
        yield from (name for name in names if PRIVATE.fullmatch(name) and not name.startswith("__"))


def test_tests_and_pictures_use_public_names_alone() -> None:
    files = sorted(file for folder in ("tests", "docs") for file in (ROOT / folder).rglob("*.py"))
    found = {
        (file.relative_to(ROOT).as_posix(), name) for file in files for name in private_names(file.read_text("utf-8"))
    }
    assert len(files) > 400
    assert sorted(found ^ OTHERS.keys()) == []


@pytest.mark.parametrize(
    "code",
    [
        "window._session.study",
        "from mammoview.cli.command_line import _commands",
        "monkeypatch.setattr(runner, '_write', None)",
        "monkeypatch.setattr('mammoview.batch.runner._write', None)",
    ],
)
def test_a_private_name_is_found(code: str) -> None:
    assert list(private_names(code))


def test_own_attributes_and_names_of_python_are_none() -> None:
    assert not list(private_names("self._kept, cls._made, module.__name__, _helper()"))
