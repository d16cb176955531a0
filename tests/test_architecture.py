"""ARCHITECTURE.md, the developer guide and docs/proof.md are true: what they name exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "manual" / "developers.md").read_text(encoding="utf-8")


def _rows(text: str, heading: str) -> list[str]:
    """Return the rows of the table "to change X, go to Y" below a heading."""
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if re.match(r"\| (?!-|to change)", line)]


ROWS = _rows(TEXT, "To change X, go to Y")
MORE_ROWS = _rows(GUIDE, "More places")


def _paths(text: str) -> list[str]:
    """Return the files and folders that a text names in backticks."""
    return [
        word
        for word in re.findall(r"`([\w./-]+)`", text)
        if "/" in word and "NAME" not in word and word not in ("expected/", "build/docs")
    ]


def _there(path: str) -> bool:
    return any((ROOT / folder / path).exists() for folder in ("", "mammoview"))


def test_every_path_exists() -> None:
    assert [path for path in _paths(TEXT + GUIDE) if not _there(path)] == []


def test_each_row_leads_to_a_place() -> None:
    assert len(MORE_ROWS) >= 40
    for row in (*ROWS, *MORE_ROWS):
        _, what, where, _ = row.split("|")
        assert what.strip() and _paths(where), row
    named = [row.split("|")[1].strip() for row in (*ROWS, *MORE_ROWS)]
    assert len(named) == len(set(named))


def test_it_is_one_page() -> None:
    assert 20 <= len(ROWS) <= 25
    assert len(TEXT.splitlines()) <= 85 and len(TEXT.split()) <= 800


@pytest.mark.parametrize(
    ("what", "example"),
    [
        ("a command, its key and menu, what it does", '"film_mask"'),
        ("a layer", "heatmap"),
        ("a measuring tool", "ngle"),
        ("a side panel, or a section of it", '"Impression"'),
        ("a setting, with its control in the dialog", "smooth_pixels: "),
        ("a format of export", "ExportFormat("),
        ("a VOI function", "case VoiFunction.SIGMOID"),
    ],
)
def test_all_places_of_a_row_hold_an_example_of_it(what: str, example: str) -> None:
    (row,) = (row for row in ROWS if row.startswith(f"| {what} |"))
    for path in _paths(row):
        files = [ROOT / path] if (ROOT / path).is_file() else (ROOT / path).glob("*.py")
        assert any(example in file.read_text(encoding="utf-8") for file in files), path


def test_the_map_has_every_package() -> None:
    drawn = TEXT.partition("```")[2].partition("```")[0]
    packages = {path.parent.name for path in (ROOT / "mammoview").glob("*/__init__.py")}
    assert [name for name in sorted(packages) if f"{name}/" not in drawn] == []


def test_nothing_takes_the_main_window_or_all_its_parts() -> None:
    """Each part takes what it uses; as a Qt parent, a window is a QWidget. The program itself opens a window."""
    functions = [
        (file.stem, node)
        for file in (ROOT / "mammoview" / "qt").rglob("*.py")
        if file.name != "application.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) > 2000
    taking = [
        f"{module}.{function.name}"
        for module, function in functions
        for argument in (*function.args.args, *function.args.kwonlyargs)
        if argument.annotation is not None and re.search(r"\b(MainWindow|Parts)\b", ast.unparse(argument.annotation))
    ]
    assert taking == []


def test_every_test_that_proves_something_exists() -> None:
    text = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w/`])((?:\w+/)*test_\w+)", text))
    assert sorted(name for name in named if not (ROOT / "tests" / f"{name}.py").is_file()) == []


def test_every_command_of_make_that_is_named_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([\w-]+)`", text + GUIDE))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert named <= targets
    assert {"test", "lint", "typecheck", "test-fast", "test-slow", "benchmark"} <= set(
        re.findall(r"^\| `make ([\w-]+)`", text, re.M)
    )
