"""Finds every message that the parts below Qt can hand to the window, by reading their code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3] / "mammoview"
PARTS = ("study", "anatomy", "formats", "display", "records", "assess", "library",
         "core/audit_log.py", "core/extras.py", "core/settings.py", "export/annotated_png.py",
         "evaluation/unmatched_outlines.py", "export/reader_report_json.py", "export/ddsm_overlay.py",
         "export/dicom")  # fmt: skip
NOT_HERE = frozenset(
    {"describe.py", "completeness.py", "coded_concepts.py", "presentation_state.py", "secondary_capture.py"}
)
"""A module that only the command line prints, one of single words, and texts of DICOM objects."""
_SENTENCE = re.compile(r"[a-z]{2,} [a-z({0-9]")
_SQL = re.compile(r"SELECT|INSERT|PRAGMA|CREATE|UPDATE |DELETE FROM| WHERE |ORDER BY")


def messages() -> dict[str, str]:
    """Return every string of several words, with {} for what it fills in, and where it stands."""
    found: dict[str, str] = {}
    for part in PARTS:
        path = ROOT / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if file.name not in NOT_HERE:
                for text, line in _of(ast.parse(file.read_text(encoding="utf-8"))):
                    found.setdefault(text, f"{file.relative_to(ROOT)}:{line}")
    return found


def _of(tree: ast.AST) -> list[tuple[str, int]]:
    """Return the strings of a module that are neither docstrings nor messages to programmers."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
        elif isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Raise) and "ValueError" in ast.unparse(node)):
            left_out |= {id(inner) for inner in ast.walk(node) if inner is not node}
    found = []
    for node in ast.walk(tree):
        text = None if id(node) in left_out else _template(node)
        if text and _SENTENCE.search(text) and "\n" not in text and not _SQL.search(text):
            found.append((text, node.lineno))
    return found


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
