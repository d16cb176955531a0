"""Mammoview: a mammography viewer that shows what a model sees. For research and education, not a medical device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mammoview.core.version import __version__

if TYPE_CHECKING:
    from mammoview.assess.inference.assessor import Assessor
    from mammoview.display.rendering import render
    from mammoview.formats.opening.open_study import open_study

__all__ = ["Assessor", "__version__", "open_study", "render"]

_HOMES = {
    "Assessor": "mammoview.assess.inference.assessor",
    "open_study": "mammoview.formats.opening.open_study",
    "render": "mammoview.display.rendering",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import the public names when first used, so that `import mammoview` costs neither torch nor pydicom."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mammoview' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
