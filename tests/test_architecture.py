"""ARCHITECTURE.md and docs/proof.md are true: what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROWS = [
    line for line in TEXT.partition("## To change X, go to Y")[2].splitlines() if re.match(r"\| (?!-|to change)", line)
]


def _paths(text: str) -> list[str]:
    """Return the files and folders that a text names in backticks."""
    return [
        word for word in re.findall(r"`([\w./-]+)`", text) if "/" in word and "NAME" not in word and word != "expected/"
    ]


def _there(path: str) -> bool:
    return any((ROOT / folder / path).exists() for folder in ("", "mammoview"))


def test_every_path_exists() -> None:
    assert [path for path in _paths(TEXT) if not _there(path)] == []


def test_each_row_leads_to_a_place() -> None:
    assert len(ROWS) >= 20
    for row in ROWS:
        _, what, where, _ = row.split("|")
        assert what.strip() and _paths(where), row


def test_the_map_has_every_package() -> None:
    drawn = TEXT.partition("```")[2].partition("```")[0]
    packages = {path.parent.name for path in (ROOT / "mammoview").glob("*/__init__.py")}
    assert [name for name in sorted(packages) if f"{name}/" not in drawn] == []


def test_every_test_that_proves_something_exists() -> None:
    text = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w/`])((?:\w+/)*test_\w+)", text))
    assert sorted(name for name in named if not (ROOT / "tests" / f"{name}.py").is_file()) == []
