"""The reader's verdicts on the models' findings: accepted or rejected, and why."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from mammoview.core import audit_log
from mammoview.core.audit_log import EventKind
from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.findings.listed_finding import ListedFinding
from mammoview.qt.reader.audit_controller import AuditController
from mammoview.qt.reader.second_reader import SecondReaderController
from mammoview.qt.widgets.notifier import Notifier
from mammoview.records.reader_report import Verdict, VerdictReason


class VerdictController(QObject):
    """Records verdicts in the reader report, and shows them in the list."""

    def __init__(
        self,
        second_reader: SecondReaderController,
        panel: FindingsPanel,
        audit_controller: AuditController,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        """Judge the findings that `panel` lists."""
        super().__init__(parent)
        self._second_reader, self._panel = second_reader, panel
        self._audit_controller, self._notifier = audit_controller, notifier
        panel.verdict.judged.connect(self._judge)
        panel.verdict.reasoned.connect(self._reason)
        second_reader.session.choices.leaving.connect(panel.verdict.end_note)
        second_reader.changed.connect(panel.refresh_verdicts)

    def accept(self) -> None:
        """Accept the chosen finding, or take that back."""
        self._judge(True)

    def reject(self) -> None:
        """Reject the chosen finding, or take that back; the reason may be given next."""
        self._judge(False)

    def _judge(self, accepted: bool) -> None:
        """Record a verdict; the same one again takes it back."""
        listed = self._chosen()
        own = self._second_reader.own
        if listed is None or own is None:
            return
        before = self._second_reader.verdict_of(listed.entry.scan, listed.finding)
        if before is not None and before.accepted is accepted:
            self._second_reader.record(own.without_verdict(before))
            self._note(listed, "withdrawn", before.reason)
            return
        scan, finding = listed.entry.scan, listed.finding
        verdict = Verdict(
            self._second_reader.keys[scan],
            scan.name,
            finding.column,
            finding.row,
            finding.score,
            accepted,
            note="" if before is None else before.note,
            time=audit_log.now(),
            model=self._second_reader.session.choices.shown.key,
        )
        self._second_reader.record(own.with_verdict(verdict))
        self._note(listed, "accepted" if accepted else "rejected", verdict.reason)

    def _reason(self, reason: VerdictReason, note: str) -> None:
        """Record why; a note is kept in the reader report alone."""
        listed = self._panel.judged_finding
        before = None if listed is None else self._second_reader.verdict_of(listed.entry.scan, listed.finding)
        own = self._second_reader.own
        if listed is None or before is None or own is None or (reason, note) == (before.reason, before.note):
            return
        self._second_reader.record(own.with_verdict(replace(before, reason=reason, note=note, time=audit_log.now())))
        if reason is not before.reason:
            self._note(listed, "accepted" if before.accepted else "rejected", reason)

    def _chosen(self) -> ListedFinding | None:
        """Return the finding that is chosen; else show how to choose one."""
        chosen = self._panel.chosen_finding
        if chosen is None:
            self._notifier.warn(self.tr("Choose a finding first: step to it with the next-finding key, or click it"))
        elif chosen.entry.scan not in self._second_reader.keys:
            self._notifier.warn(self.tr("Verdicts can be recorded once all scans of the study are loaded"))
            return None
        return chosen

    def _note(self, listed: ListedFinding, verdict: str, reason: VerdictReason) -> None:
        """Note a verdict in the audit log."""
        facts: dict[str, str | float | bool] = {
            "view": listed.entry.scan.name,
            "rank": listed.finding.rank,
            "score": round(listed.finding.score, 4),
            "verdict": verdict,
        }
        model = self._second_reader.session.choices.shown.key
        if model:
            facts["model"] = model[:12]
        if reason is not VerdictReason.NONE:
            facts["reason"] = reason.value
        self._audit_controller.note(EventKind.FINDING, **facts)
