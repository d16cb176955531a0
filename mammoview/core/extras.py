"""Libraries that an extra of the wheel brings, and the command that installs them."""

from __future__ import annotations

import sys


def remedy(extra: str) -> str:
    """Return what to do where a library is missing.

    Parameters
    ----------
    extra
        Name of the extra in pyproject.toml that brings it.

    Notes
    -----
    The packages that bring a Python of their own have no pip. What runs ONNX models is a package beside them; for the
    rest the wheel is installed.
    """
    wheel = f"mammoview[{extra}]"
    if getattr(sys, "frozen", False):
        if extra == "onnx":
            return "Install what is missing: the package mammoview-onnx"
        return f"This package does not hold what is missing: install the wheel beside it, pipx install '{wheel}'"
    return f"Install what is missing: pip install '{wheel}'"
