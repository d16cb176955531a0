"""The guard of the fuzzers reports every fault that it is there for, and goes on with the other cases."""

from __future__ import annotations

import sys

import pytest

from tests.fuzz import guarded
from tests.fuzz.stand_ins import look_with_small_limits, make

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits are those of Linux")


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can wait for."""
    monkeypatch.setattr(guarded, "MOST_SECONDS", 1)
    monkeypatch.setattr(guarded, "STANDSTILL_S", 5)


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("works for ever", "works for ever: it hung"),
        ("works too long", "works too long: it took 1."),
        ("waits for ever", "waits for ever: it hung"),
        ("takes memory", "MiB"),
        ("prints", "it wrote to stderr: b'a complaint"),
        ("prints past Python", "it wrote to stderr: b'a complaint of a library'"),
        ("raises", "ValueError: a fault"),
        ("dies", "dies: the process died (exit code 3)"),
    ],
)
def test_a_fault_is_reported_and_the_next_case_runs(case: str, fault: str) -> None:
    with pytest.raises(AssertionError, match="1 of 3 cases failed") as failed:
        guarded.run(["sound", case, "sound too"], make, look_with_small_limits, processes=1)
    assert fault in str(failed.value)


def test_sound_cases_are_counted() -> None:
    assert guarded.run(["one", "one", "other"], make, look_with_small_limits, processes=2).startswith(
        "3 cases: 2 one, 1 other; slowest 0."
    )
