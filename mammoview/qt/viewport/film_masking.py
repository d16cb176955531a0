"""Which pictures the film mask covers."""

from __future__ import annotations

from enum import Enum


class FilmMasking(Enum):
    """Of which pictures the surroundings of the breast are covered."""

    OFF = "off"
    FILM = "film"
    """Of digitised film."""
    ALL = "all"
    """Of digital mammograms as well."""
