"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {}
