"""Notes in the audit log what the reader does: layers, thresholds, reveals, exports."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer

from mammoview.core import audit_log
from mammoview.core.audit_log import AuditEvent, EventKind
from mammoview.qt.reader.records_worker import RecordsWorker
from mammoview.qt.session.layer_state import LayerState

REST_MS = 400
"""The value of a slider is noted once it has not moved for this long, ms."""


class AuditController(QObject):
    """Hands events to the thread that writes them.

    Parameters
    ----------
    records_worker
        The thread.
    layers
        Whose switches and thresholds are followed.
    who
        Name of the reader; that of the operating system's user when empty.
    enabled
        False where nobody reads, as in a snapshot.
    """

    def __init__(
        self,
        records_worker: RecordsWorker,
        layers: LayerState,
        who: str = "",
        enabled: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._records_worker, self._layers = records_worker, layers
        self.who = who
        self.enabled = enabled
        self.study = ""
        self._on: set[str] = set()
        self._filled: set[str] = set()
        self._difference = False
        self._thresholds: dict[str, float | None] = self._own_thresholds()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)

    def note(self, kind: EventKind, **facts: str | float | bool) -> None:
        """Note that something happened just now."""
        self._note(kind, self.study, facts)

    def note_elsewhere(self, kind: EventKind, **facts: str | float | bool) -> None:
        """Note that something happened just now to a study that is not shown any more."""
        self._note(kind, "", facts)

    def _note(self, kind: EventKind, study: str, facts: Mapping[str, str | float | bool]) -> None:
        if self.enabled:
            self._records_worker.write_event(AuditEvent(kind, self.who or audit_log.user_name(), study, facts))

    def take_difference(self, shown: bool) -> None:
        """Note that the difference of outlines and a layer was shown or hidden."""
        if shown != self._difference:
            self._difference = shown
            self.note(EventKind.LAYER, layer="difference", on=shown)

    def follow(self) -> None:
        """Note changes of the layers from here on; how they are now comes from the settings."""
        self._layers.changed.connect(self._take_layer)
        self._know()

    def _know(self) -> None:
        """Take thresholds and fills as they are for known."""
        self._thresholds = self._own_thresholds()
        self._filled = {name for name in self._layers.names if self._layers.style(name).filled}

    def settle(self) -> None:
        """Note where the reader has left the thresholds."""
        self._rest.stop()
        for name, value in self._own_thresholds().items():
            if value is not None and value != self._thresholds[name]:
                self.note(EventKind.THRESHOLD, layer=name, value=round(value, 4))
        self._know()

    def _take_layer(self, name: str) -> None:
        """Note a switch at once, and a threshold when it has come to rest."""
        if self._layers.is_on(name) != (name in self._on):
            self._on ^= {name}
            self.note(EventKind.LAYER, layer=name, on=name in self._on)
        elif self._layers.style(name).filled != (name in self._filled):
            self._filled ^= {name}
            self.note(EventKind.LAYER, layer=name, filled=name in self._filled)
        elif self._own_thresholds()[name] != self._thresholds[name]:
            self._rest.start()

    def _own_thresholds(self) -> dict[str, float | None]:
        """Return the reader's own threshold of each layer; None where it is the program's."""
        return {name: self._layers.own_threshold(name) for name in self._layers.names}
