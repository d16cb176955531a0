"""`make test-fast` leaves out what tests/long.txt names, and still tests something of every package."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parent
LONG = [Path(line) for line in (TESTS / "long.txt").read_text("utf-8").splitlines()]


def test_what_is_left_out_exists() -> None:
    assert [str(path) for path in LONG if not (TESTS.parent / path).exists()] == []
    assert sorted(set(LONG)) == sorted(LONG)


def test_every_package_keeps_tests() -> None:
    left = {file.relative_to(TESTS.parent) for file in TESTS.rglob("test_*.py")}
    kept = {file for file in left if not any(path in (file, *file.parents) for path in LONG)}
    packages = {file.parts[1] for file in left if len(file.parts) > 2}
    assert packages - {file.parts[1] for file in kept if len(file.parts) > 2} == {"fuzz"}
