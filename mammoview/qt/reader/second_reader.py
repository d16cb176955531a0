"""The model as second reader: the layers stay closed until the reader has given an impression."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import WeakSet

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from mammoview.core import audit_log
from mammoview.core.audit_log import EventKind
from mammoview.display.layers.registry import INITIAL_LAYERS
from mammoview.qt.concurrency.task import Task
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.reader.audit_controller import AuditController
from mammoview.qt.reader.records_worker import FoundReport, RecordsWorker
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.session import Session
from mammoview.qt.widgets.notifier import Notifier
from mammoview.records.own_drawings import drawn_places
from mammoview.records.reader_report import (
    BLIND,
    BUNDLED,
    CONCURRENT,
    SECOND,
    UNKNOWN_BREAST,
    DrawnPlace,
    Impression,
    ReaderReport,
    Verdict,
)
from mammoview.study.scan import Scan, Study

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Finding

_N = translate_noop
MODES = {
    SECOND: _N("modes", "Second reader: the layers open after your own impression"),
    CONCURRENT: _N("modes", "Concurrent reading: layers are off until switched on"),
    BLIND: _N("modes", "Blind reading: the layers stay closed"),
}
"""Reading modes in words."""


class SecondReaderController(QObject):
    """Holds the reader report of the current study, and opens and closes the layers.

    A study's key is a hash of its pixels, so it is known once all of its scans have been loaded; until then nothing
    can be recorded and, unless reading is concurrent, the layers are closed.
    """

    changed = Signal()
    """The reader report, or what may be done with it, has changed."""
    incomplete = Signal()
    """The layers were requested before each breast had its category."""

    def __init__(
        self,
        session: Session,
        layers: LayerState,
        records_worker: RecordsWorker,
        audit_controller: AuditController,
        mode: str,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Follow `session`; `records_worker` is the thread that reads and writes."""
        super().__init__(parent)
        self.session, self._layers, self._records_worker, self._audit_controller = (
            session,
            layers,
            records_worker,
            audit_controller,
        )
        self._notifier, self.mode = notifier, mode
        self._mode_before = ""
        """The mode that comes back once the demonstrated study is left; empty outside a demonstration."""
        self.recording = True
        self.own: ReaderReport | None = None
        self.keys: dict[Scan, str] = {}
        self._study: Study | None = None
        self._looking: Task[FoundReport, None] | None = None
        self._revealing: Task[None, None] | None = None
        """The writing of the first impression, for which the layers wait."""
        self._shown_early = ""
        self._unkept = False
        self._known_layers: tuple[str, ...] = ()
        """Layers that are to be shown without an impression, once the report of the study is there."""
        self._drawn_early = False
        """Whether something was drawn on the study before its report was there."""
        self._seen: WeakSet[Scan] = WeakSet()
        """Scans of any study that have been on the screen."""
        self._at_reveal: tuple[str, ...] = INITIAL_LAYERS
        self._known: dict[str, ReaderReport] = {}
        session.study_shown.connect(self._take_study)
        session.scan_loaded.connect(self._take_scan)
        session.model_shown.connect(self._take_model)
        layers.changed.connect(self._take_layer)
        layers.refused.connect(self._take_refusal)
        self._gate()

    # What may be done

    @property
    def breasts(self) -> tuple[str, ...]:
        """Breasts of the current study: "R", "L", and "?" for scans whose side is not known."""
        sides = {str(scan.laterality or UNKNOWN_BREAST) for scan in self.session.entries}
        return tuple(breast for breast in ("R", "L", UNKNOWN_BREAST) if breast in sides)

    def verdict_of(self, scan: Scan, finding: Finding) -> Verdict | None:
        """Return the reader's verdict on a finding of the current model; None where there is none."""
        own, key, model = self.own, self.keys.get(scan), self.session.choices.shown.key
        return None if own is None or key is None else own.verdict(key, finding.column, finding.row, model)

    @property
    def first_open(self) -> bool:
        """Whether the first impression can still be given: before the layers, and not in concurrent reading."""
        return self.own is not None and not self.own.revealed and self.mode != CONCURRENT

    @property
    def ready(self) -> bool:
        """Whether the layers may be revealed now."""
        own = self.own
        return own is not None and self.mode == SECOND and self.first_open and own.complete(self.breasts)

    @property
    def worksheet_open(self) -> bool:
        """Whether the worksheet can be filled in: as second reader after each breast has its first category."""
        own = self.own
        return own is not None and (self.mode != SECOND or bool(own.revealed) or own.complete(self.breasts))

    def give(self, breast: str, impression: Impression) -> None:
        """Record the reader's impression of a breast: the first impression while it is open, else the final one."""
        if self.own is None:
            return
        final = not self.first_open
        before = (self.own.final if final else self.own.first).get(breast, Impression())
        if impression == before:
            return
        self.own = self.own.with_impression(breast, impression, final)
        self._unkept = True
        if impression.category is not before.category:
            given = str(impression.category or "none")
            which = "final" if final else "first"
            self._audit_controller.note(EventKind.IMPRESSION, breast=breast, which=which, category=given)
            self.keep()
        self.changed.emit()

    def keep(self) -> None:
        """Write what has not been written yet."""
        if self._unkept and self.own is not None:
            self._unkept = False
            self.own = self.own.with_seen(self._seen_keys(), final=not self.first_open)
            if self._reads_unrevealed and (drawn := self._places()):
                self.own = self.own.with_places(drawn, final=True)
            self._known[self.own.key] = self.own
            self._records_worker.store_report(self.own)

    def record(self, own: ReaderReport) -> None:
        """Set a reader report with another verdict or worksheet, and write it."""
        self.hold(own)
        self.keep()
        self.changed.emit()

    def hold(self, own: ReaderReport) -> None:
        """Set a reader report that is still being typed; `keep` writes it."""
        self.own, self._unkept = own, True

    def reveal(self) -> None:
        """Lock the first impression and open the layers, once both are written or a warning about that is shown."""
        if self.mode == BLIND:
            self._notifier.warn(self.tr("Blind reading: the layers stay closed. The settings change the mode"))
        elif self._layers.open:
            self._notifier.warn(self.tr("The layers are open already"))
        elif self.own is None or self._revealing is not None:
            return
        elif not self.ready:
            self._notifier.warn(self.tr("Give each breast a category first; then the layers open"))
            self.incomplete.emit()
        else:
            self._open(SECOND)
            self._revealing = self._records_worker.store_report(self.own).connect(self, result=self._take_stored)
            self.changed.emit()

    def show_known(self, names: tuple[str, ...]) -> None:
        """Show layers of a study whose findings the reader has seen already, such as from a row of the workbench.

        They are opened without an impression, once the report of the study is there and that is noted in it, as in
        concurrent reading; in blind reading they stay closed, and a line says so.
        """
        self._known_layers = names
        self._open_known()

    def _open_known(self) -> None:
        """Show the layers that are wanted without an impression, as soon as they may be."""
        names = self._known_layers
        if self._layers.open:
            self._layers.show_only(names)
        elif self.mode == BLIND:
            self._take_refusal()
        elif self.own is None:
            return  # they come with the report
        else:
            self._at_reveal = names
            if self._revealing is None:
                self._open(CONCURRENT)
                self._revealing = self._records_worker.store_report(self.own).connect(self, result=self._take_stored)
                self._notifier.info(
                    self.tr("The layers are open: the row has shown what is here, so that no impression is unaided")
                )
                self.changed.emit()
        self._known_layers = ()

    def set_mode(self, mode: str) -> None:
        """Read in another mode from now on."""
        self._mode_before = ""
        if mode != self.mode:
            self.mode = mode
            self._audit_controller.note(EventKind.MODE, mode=mode)
            self._gate()
            self._note_layers()
            self._hold_model()
            self.keep()
            self.changed.emit()

    def demonstrate(self) -> None:
        """Read concurrently until the current study, or the first that is shown, is left."""
        if self.mode != CONCURRENT:
            before = self.mode
            self.set_mode(CONCURRENT)
            self._mode_before = before

    def stop(self) -> None:
        """Write what has not been written."""
        self.keep()

    # Opening and closing

    def _gate(self) -> None:
        """Open or close the layers according to mode and reader report."""
        revealed = self.own is not None and bool(self.own.revealed) and self._revealing is None
        opened = self.mode == CONCURRENT or (self.mode == SECOND and revealed)
        if not opened and self._layers.switched_on:
            self._at_reveal = self._layers.switched_on
        self._layers.set_open(opened)

    def _open(self, mode: str) -> None:
        """Note that the reader has seen layers from now on."""
        assert self.own is not None
        self.own = self.own.with_places(self._places(), final=mode != SECOND)
        self.own = self.own.with_seen(self._seen_keys(), final=mode != SECOND)
        self.own = self.own.seen_with(self._model).opened(audit_log.now(), mode)
        self._known[self.own.key] = self.own
        given = {f"first_{breast}": str(i.category) for breast, i in self.own.first.items() if i.category is not None}
        self._audit_controller.note(EventKind.REVEAL, mode=mode, **given)

    def take_drawing(self, _entry: ScanEntry | None = None) -> None:
        """Keep with the report where something is drawn now: as drawn first while the first impression is open.

        Where the report of the study is not there yet, it is done when it is.
        """
        own = self.own
        self._drawn_early = own is None
        if own is None or (self._reads_unrevealed and not own):
            return  # nothing is reported yet: it is kept with what will be
        drawn = own.with_places(self._places(), final=not self.first_open)
        if drawn != own:
            self.hold(drawn)
            self.keep()

    @property
    def _reads_unrevealed(self) -> bool:
        """Whether reading is concurrent and no layer has been shown: what is drawn counts in the end alone."""
        return self.mode == CONCURRENT and self.own is not None and not self.own.revealed

    def take_seen(self, scans: Iterable[Scan]) -> None:
        """Remember that scans are on the screen: it is kept with what is reported next."""
        self._seen.update(scans)

    def _seen_keys(self) -> list[str]:
        """Return the keys of the study's scans that have been on the screen."""
        return [key for scan, key in self.keys.items() if scan in self._seen]

    def _places(self) -> tuple[DrawnPlace, ...]:
        """Return where something is drawn on the scans of the study."""
        return tuple(DrawnPlace(key, *place) for scan, key in self.keys.items() for place in drawn_places(scan))

    @property
    def _model(self) -> str:
        """The current model, as the report and the audit log name it."""
        shown = self.session.choices.shown
        return f"{shown.name} ({shown.key[:12]})" if shown.key else BUNDLED

    def _take_model(self) -> None:
        """Note that another model is shown: the reader may have seen its layers from here on."""
        self._audit_controller.note(EventKind.MODEL, model=self._model)
        self._hold_model()
        self.keep()
        self.changed.emit()

    def _hold_model(self) -> None:
        """Take the current model among those whose layers were open, where they are; `keep` writes it."""
        if self.own is not None and self.own.revealed and self._layers.open:
            seen = self.own.seen_with(self._model)
            if seen is not self.own:
                self.hold(seen)

    def _note_layers(self) -> None:
        """Note that layers are on in concurrent reading: impressions from here on are made with them."""
        if self.mode != CONCURRENT or not self._layers.switched_on:
            return
        if self.own is None:
            self._shown_early = self._shown_early or audit_log.now()
        elif not self.own.revealed:
            self._open(CONCURRENT)
            self._records_worker.store_report(self.own)
            self.changed.emit()

    # Signals of other parts

    def _take_study(self, study: Study | None) -> None:
        """Switch to another study; the same one is shown again when the reader enters the side of a scan."""
        first = self._study is None
        if study is not self._study:
            self.keep()
            if self._looking is not None:
                self._looking.cancel()
            if self._revealing is not None:
                self._revealing.disconnect()  # it is written all the same
            if self._mode_before and self._study is not None:
                self.mode, self._mode_before = self._mode_before, ""
                self._audit_controller.note(EventKind.MODE, mode=self.mode)
            self._study, self.own, self.keys = study, None, {}
            self._looking = self._revealing = None
            self._known_layers, self._drawn_early = (), False
            self._shown_early = audit_log.now() if self.mode == CONCURRENT and self._layers.switched_on else ""
            self._gate()
            self._audit_controller.study = ""
        if first:  # Nothing is shown of an earlier study, and the viewports need not wait for the panel.
            QTimer.singleShot(0, self, self.changed.emit)
        else:
            self.changed.emit()

    def _take_scan(self, _entry: ScanEntry) -> None:
        """Look for an earlier reader report once every scan has been loaded, or cannot be."""
        entries = self.session.entries.values()
        if self.own is not None or self._looking is not None or not self.recording:
            return
        loaded = tuple(entry.scan for entry in entries if entry.grey is not None)
        if loaded and all(entry.grey is not None or entry.problem for entry in entries):
            self._looking = self._records_worker.find_report(loaded).connect(self, result=self._take_found)

    def _take_found(self, found: FoundReport) -> None:
        """Continue an earlier reader report, or begin one."""
        self._looking = None
        key = found.report.key
        self.own, self.keys = self._known.get(key, found.report), found.keys
        self._audit_controller.study = key
        self._audit_controller.note(EventKind.STUDY, scans=len(found.keys), mode=self.mode)
        if self._shown_early and not self.own.revealed:
            self.own = self.own.seen_with(self._model).opened(self._shown_early, CONCURRENT)
            self._audit_controller.note(EventKind.REVEAL, mode=CONCURRENT)
            self._records_worker.store_report(self.own)
        self._gate()
        self._hold_model()
        self._note_layers()
        if self._drawn_early:
            self.take_drawing()
        if self._known_layers:
            self._open_known()
        self.changed.emit()

    def _take_stored(self, _nothing: None) -> None:
        """Open the layers: the first impression lies on the disk."""
        self._revealing = None
        self._gate()
        self._layers.show_only(self._at_reveal)
        self._hold_model()
        self.keep()
        self.changed.emit()

    def _take_layer(self, _name: str) -> None:
        """Note that layers have been seen."""
        self._note_layers()

    def _take_refusal(self) -> None:
        """Warn why a layer stays off."""
        if self._revealing is not None:
            return
        if self.mode == BLIND:
            self._notifier.warn(self.tr("Blind reading: the layers stay closed. The settings change the mode"))
        elif self.own is None:
            self._notifier.warn(self.tr("The layers open after your first impression, once all scans are loaded"))
        else:
            self._notifier.warn(
                self.tr("The layers open after your first impression: give each breast a category, then reveal")
            )


def mode_text(mode: str) -> str:
    """Return a reading mode in words."""
    return QCoreApplication.translate("modes", MODES[mode])
