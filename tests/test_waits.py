"""Waits in tests have one bound, a constant of `tests.support.timeouts`: a busy machine is no failure."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
WAITS = frozenset({"waitUntil", "waitSignal", "waitSignals", "waitActive", "waitExposed"})
OF_THREADS = frozenset({"wait", "result", "join", "acquire"})
SHORT = 1
"""Seconds: shorter waits are steps of a loop, or the delay that a test needs."""


def test_every_wait_of_pytest_qt_names_its_bound() -> None:
    found = []
    for file in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
                bounds = [one.value for one in node.keywords if one.arg == "timeout"]
                if not bounds or isinstance(bounds[0], ast.Constant):
                    found.append(f"{file.relative_to(TESTS)}:{node.lineno}")
    assert found == []


def test_every_wait_for_a_thread_names_its_bound() -> None:
    found = []
    for file in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_THREADS:
                of_qtbot = isinstance(node.func.value, ast.Name) and node.func.value.id == "qtbot"
                given = [*node.args, *(one.value for one in node.keywords if one.arg == "timeout")]
                numbers = [one.value for one in given if isinstance(one, ast.Constant)]
                if not of_qtbot and any(isinstance(n, int | float) and n > SHORT for n in numbers):
                    found.append(f"{file.relative_to(TESTS)}:{node.lineno}")
    assert found == []
