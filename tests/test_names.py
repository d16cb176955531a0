"""No two modules and no two classes have the same name: a name says which one is meant, wherever it stands."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted(file for room in ("mammoview", "training", "packaging", "docs") for file in (ROOT / room).rglob("*.py"))


def of_several(places: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the names that stand at more than one place."""
    return {name: of for name, of in places.items() if len(of) > 1}


def test_no_two_modules_have_the_same_name() -> None:
    places = defaultdict(list)
    for file in FILES:
        if file.stem not in ("__init__", "__main__"):  # whose names are Python's
            places[file.stem].append(str(file.relative_to(ROOT)))
    assert len(places) > 500 and not of_several(places)


def test_no_two_classes_have_the_same_name() -> None:
    places = defaultdict(list)
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert len(places) > 500 and not of_several(places)
