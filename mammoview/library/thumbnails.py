"""Thumbnails: made when a study is listed, not when its folder is scanned, and kept in the index."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.display import screen_orientation
from mammoview.display.rendering import readable_companions, render
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.formats.opening.open_study import open_study
from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import file_stamp, source_of
from mammoview.library.queries import IndexedStudy
from mammoview.study.scan import Scan

HEIGHT = 144
"""Height of a thumbnail, px."""
VIEWS = 4
"""Most scans of a study with a thumbnail."""


@dataclass(frozen=True, eq=False)
class DecodedScan:
    """What is in memory of a scan, such as one shown, so that its thumbnail needs no other decoding.

    Parameters
    ----------
    pixels
        Stored values (rows, columns), read-only.
    analysis
        Their greys.
    stamp
        `file_stamp` of its file before it was decoded.
    """

    pixels: NDArray[Any]
    analysis: ScanAnalysis
    stamp: tuple[int, int]

    def is_of(self, scan: Scan) -> bool:
        """Whether decoding a scan that has just been opened would give the same."""
        known = self.analysis.spacing, self.analysis.laterality, self.analysis.projection
        return (
            scan.stack is None
            and known == (scan.spacing, scan.laterality, scan.projection)
            and self.stamp == file_stamp(source_of(scan))
        )


def make_thumbnails(
    index: LibraryDatabase,
    study: IndexedStudy,
    cancelled: Callable[[], bool] | None = None,
    decoded: Callable[[Path], DecodedScan | None] = lambda _path: None,
) -> bool:
    """Make missing thumbnails of a study, in a worker thread since it decodes. Returns whether any was made.

    A scan that cannot be decoded, or whose file has changed, gets an empty one, so that it is not tried again before
    the file changes or its folder is scanned. `decoded` returns what is in memory of the scan at an absolute path.

    Raises
    ------
    MammoviewError
        When the index cannot be written.
    """
    lacking = {scan.path: scan for scan in study.scans[:VIEWS] if scan.there and scan.thumbnail is None}
    if not lacking:
        return False
    # The file may now be another picture than the one listed, until the folder is scanned again.
    stamps = {scan.source: file_stamp(scan.source) for scan in lacking.values()}
    try:
        # All of the study, since both breasts of a projection share their window.
        opened = open_study([*dict.fromkeys(scan.source for scan in study.scans if scan.there)])
    except MammoviewError:
        opened = []
    scans = {scan.path.absolute(): (scan, found.scans) for found in opened for scan in found.scans}
    analysed = cache(partial(_analysis, decoded))
    for path, known in lacking.items():
        if cancelled is not None and cancelled():
            return True
        picture = b""
        if path in scans:
            try:
                picture = thumbnail(*scans[path], analysed)
            except (MammoviewError, MemoryError, ValueError):
                picture = b""
            for scan in scans[path][1]:  # the other breast was decoded, too
                scan.release()
        index.change(
            "UPDATE scans SET thumbnail = CASE WHEN size = ? AND abs(modified) = ? THEN ? ELSE x'' END WHERE path = ?",
            *stamps[known.source],
            picture,
            os.fsencode(path),
        )
    return True


def _analysis(decoded: Callable[[Path], DecodedScan | None], scan: Scan) -> ScanAnalysis:
    """Return the analysis of a scan, and have it take its pixels from memory where they are there."""
    known = decoded(scan.path.absolute())
    if known is None or not known.is_of(scan):
        return analyse(scan)
    scan.read = lambda: known.pixels
    return replace(known.analysis, scan=scan)


def thumbnail(scan: Scan, scans: Sequence[Scan] = (), analysed: Callable[[Scan], ScanAnalysis] = analyse) -> bytes:
    """Return a thumbnail of a scan as the hanging protocol orients it, chest wall to its side, JPEG of 144 px height.

    The other breast among the `scans` of its study shares the automatic window. `analysed` returns the analysis of a
    scan, and raises as `analyse`.

    Raises
    ------
    UnreadableError
        When it cannot be decoded.
    """
    analysis = analysed(scan)
    grey = render(scan, beside=readable_companions(scan, scans, analysed), analysis=analysis)
    return encoded(screen_orientation.hung_transform(analysis).turned(grey))


def encoded(grey: NDArray[np.uint8]) -> bytes:
    """Return grey values (rows, columns) as a JPEG of 144 px height."""
    rows, columns = grey.shape
    image = Image.fromarray(np.ascontiguousarray(grey)).resize(
        (max(1, round(columns * HEIGHT / rows)), HEIGHT), Image.Resampling.BOX
    )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
