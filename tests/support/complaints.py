"""What a command prints where it fails."""

from __future__ import annotations

import pytest

Capture = pytest.CaptureFixture[str]


def complaint(capsys: Capture) -> str:
    """What stands on stderr, which must be one line without a traceback."""
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("mammoview: ")
    return error
