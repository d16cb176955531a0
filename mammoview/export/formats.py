"""All formats of export. A new one is a line in `FORMATS` of a module in `_MODULES`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType

from mammoview.core.errors import MammoviewError
from mammoview.export.export_format import ExportFormat

_MODULES = ("picture_formats", "data_formats", "dicom_formats")
"""Modules of this package with a tuple `FORMATS`, in the order of the help and of the window."""


def _found() -> Iterator[ExportFormat]:
    """Go over the formats of all modules."""
    for module in _MODULES:
        yield from import_module(f"mammoview.export.{module}").FORMATS


FORMATS: Mapping[str, ExportFormat] = MappingProxyType({one.name: one for one in _found()})
"""All formats by name."""


def format_named(name: str) -> ExportFormat:
    """Return the format of that name. Raises MammoviewError where there is none."""
    try:
        return FORMATS[name.strip().lower()]
    except KeyError:
        raise MammoviewError(f"{name!r} is not a format of export", f"Choose from {', '.join(FORMATS)}") from None
