"""A scan as a reader returns it, with the examination that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from mammoview.study.scan import Scan


@dataclass(frozen=True)
class FoundScan:
    """A scan and its examination.

    Parameters
    ----------
    scan
        The scan.
    study
        What the scans of one examination have in common; never shown.
    date
        Day of the examination as YYYY-MM-DD; empty when unknown.
    """

    scan: Scan
    study: tuple[str, ...]
    date: str = ""
