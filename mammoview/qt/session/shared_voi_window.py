"""One automatic window for both breasts of a projection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mammoview.qt.session.scan_entry import ScanEntry
    from mammoview.study.scan import Scan


def share_windows(entries: Mapping[Scan, ScanEntry]) -> list[ScanEntry]:
    """Have the loaded scans of one study share their automatic windows; return the entries whose greys changed.

    A scan keeps a window of its own until its other breast is loaded, and one that the reader has set for good.
    """
    from mammoview.display.rendering import companions

    loaded = {scan: entry.grey for scan, entry in entries.items() if entry.grey is not None}
    beside = {scan: tuple(loaded[one].picture.analysis for one in companions(scan, loaded)) for scan in loaded}
    return [entries[scan] for scan, grey in loaded.items() if grey.share(beside[scan])]
