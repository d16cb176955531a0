"""The thread that reads: opens studies and decodes scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from PySide6.QtCore import Signal

from mammoview.qt import picture
from mammoview.qt.worker import Worker
from mammoview.study.scan import Scan


@dataclass(frozen=True)
class Open:
    """Request: what do these paths hold? Headers only."""

    paths: tuple[Path, ...]

    @classmethod
    def of(cls, paths: Sequence[Path | str]) -> Open:
        """Make the request from any sequence of paths."""
        return cls(tuple(Path(p) for p in paths))


@dataclass(frozen=True)
class Load:
    """Request: decode this scan."""

    scan: Scan


class Loader(Worker):
    """Opens and decodes, one request after another."""

    opened = Signal(int, list)
    """Request id, list of Study."""
    loaded = Signal(int, object)
    """Request id, Picture."""

    def work(self, request_id: int, request: Open | Load, cancelled: Event) -> None:
        """Open or load; an answer that nobody waits for any more is not sent."""
        if isinstance(request, Open):
            # Imported here: pydicom and scikit-image would delay the window's first paint.
            from mammoview.study.opening import open_study

            studies = open_study(list(request.paths))
            if not cancelled.is_set():
                self.opened.emit(request_id, studies)
            return
        loaded = picture.load(request.scan)
        if not cancelled.is_set():
            self.loaded.emit(request_id, loaded)
