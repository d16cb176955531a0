"""Ranked findings of the models, and the state of every scan: nothing found, not run, failed or out of scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRect, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QListWidgetItem, QVBoxLayout, QWidget

from mammoview.qt.findings.finding_list import ORDERS, VERDICT, FindingList
from mammoview.qt.findings.listed_finding import ListedFinding, listed_findings
from mammoview.qt.findings.model_differences import ModelDifferences
from mammoview.qt.findings.verdict_row import VerdictRow, verdict_text
from mammoview.qt.i18n.message_catalog import by_locale, localized_line, phrase
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.scan_results import AssessmentState
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.notifier import Notifier

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Finding
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan


class FindingsPanel(QWidget):
    """Ranked list over all scans of the study, and one line per scan without findings.

    It stays covered until a model layer or a finding is shown, since a list of marks reveals marks.
    """

    chosen = Signal(object, object)
    """Entry and Finding to be centred."""
    covered_changed = Signal()
    """The list was covered or uncovered."""
    grown = Signal(QRect)
    """A finding was selected or judged; its row, here within the panel, is to be scrolled into view."""
    relisted = Signal()
    """Other findings are listed, or the same in another order."""

    def __init__(
        self,
        keys: Mapping[str, str],
        verdict_of: Callable[[Scan, Finding], Verdict | None],
        notifier: Notifier,
        differences: Callable[[Sequence[ScanEntry]], ModelDifferences | None],
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty, covered list.

        Parameters
        ----------
        keys
            Texts of the keys by command name.
        verdict_of
            Returns the reader's verdict on a finding of a scan, None where there is none.
        notifier
            Shows what the reader is to know.
        differences
            Compares the marks of two models on scans; None where there is one model alone.
        parent
            Qt parent.
        """
        super().__init__(parent)
        self._notifier, self._verdict_of, self._differences = notifier, verdict_of, differences
        self._key, self._alternate_key = keys.get("next_finding", ""), keys.get("alternate_models", "")
        self._entries: list[ScanEntry] = []
        self._listed: list[ListedFinding] = []
        self._shown: list[ListedFinding] = []
        self.judged_finding: ListedFinding | None = None
        """The finding that the buttons, the reason and the note are about."""
        self._revealed = self._working = False
        self._closed = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(4)
        self.order = QComboBox()
        self.order.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_list(self.order, self.tr("Order of the findings"))
        for name, (words, _key) in ORDERS.items():
            self.order.addItem(QCoreApplication.translate("FindingsPanel", words), name)
        self.order.activated.connect(lambda _index: self.show_entries(self._entries))
        self.verdict = VerdictRow(keys)
        self.list = FindingList(self.verdict)
        font = self.list.font()
        font.setPointSizeF(0.92 * font.pointSizeF())
        self.list.setFont(font)
        self.list.setAccessibleName(self.tr("Findings"))
        self.list.itemClicked.connect(self._clicked)
        self.list.itemActivated.connect(self._clicked)
        self.list.currentRowChanged.connect(self._take_row)
        self.states = QLabel()
        self.states.setWordWrap(True)
        self.states.setTextFormat(Qt.TextFormat.PlainText)
        self.states.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.states)
        self.models = QLabel()
        self.models.setWordWrap(True)
        self.models.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.models)
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        theme.make_faint(self.caption)
        column.addWidget(self.order)
        column.addWidget(self.caption)
        column.addWidget(self.list)
        column.addStretch(0)
        self.show_entries(())

    @property
    def listed(self) -> tuple[ListedFinding, ...]:
        """All findings, the highest score first."""
        return tuple(self._listed)

    @property
    def covered(self) -> bool:
        """Whether the list is covered, for the marks in it are marks, too."""
        return not self._revealed

    @property
    def chosen_finding(self) -> ListedFinding | None:
        """The finding that is chosen, if the list is uncovered."""
        return self._chosen() if self._revealed else None

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Show other keys."""
        self._key, self._alternate_key = keys.get("next_finding", ""), keys.get("alternate_models", "")
        self.verdict.set_keys(keys)
        self.show_entries(self._entries)

    def refresh_verdicts(self) -> None:
        """Show the verdicts as they stand; a list sorted by them is sorted anew, and the chosen row stays in sight."""
        if self._shown != self._sorted():
            self._list_rows()
            self.relisted.emit()
        for row in range(self.list.count()):
            self._show_row(row)
        self._show_verdict()
        self._keep_in_sight()

    def show_entries(self, entries: Iterable[ScanEntry]) -> None:
        """Show the scans of a study as they stand."""
        self._entries = list(entries)
        differences = self._differences(self._entries)
        self._listed = listed_findings(self._entries, differences)
        self.models.setText("" if differences is None else differences.summary(self._alternate_key))
        self.models.setVisible(self._revealed and differences is not None and bool(self._entries))
        self._list_rows()
        self.list.setVisible(self._revealed and bool(self._listed))
        self.order.setVisible(self._revealed and len(self._listed) > 1)
        # Every length has its source beside it; each scan may have another.
        labels = dict.fromkeys(localized_line(one.entry.scan.spacing.label) for one in self._listed)
        self.caption.setText(self.tr("Lengths in {}").format("; ".join(labels)))
        self.caption.setVisible(self._revealed and bool(labels))
        states = "\n".join(self._state_lines())
        self.states.setText(states)
        self.states.setVisible(bool(states))
        self._show_verdict()
        self.relisted.emit()

    def _sorted(self) -> list[ListedFinding]:
        """Return the findings in the chosen order."""
        _title, order = ORDERS[self.order.currentData()]
        return sorted(self._listed, key=lambda one: order(one, self._verdict_of(one.entry.scan, one.finding)))

    def _list_rows(self) -> None:
        """Make the rows anew in the chosen order; the chosen finding stays chosen."""
        chosen = self._chosen()
        with QSignalBlocker(self.list):  # the verdict row keeps the keyboard focus
            self._shown = self._sorted()
            self.list.clear()
            for row, one in enumerate(self._shown if self._revealed else ()):
                self.list.add(one)
                self._show_row(row)
                if chosen is not None and one.is_same(chosen):
                    self.list.setCurrentRow(row)

    def set_closed(self, why: str) -> None:
        """Keep the list covered and show why; with an empty text it can be uncovered again."""
        self._closed = why
        if why:
            self._revealed = False
        self.show_entries(self._entries)
        self.covered_changed.emit()

    def set_working(self, on: bool) -> None:
        """Set whether a study is being opened or assessed, which is shown while there are no scans."""
        if on != self._working:
            self._working = on
            if not self._entries:
                self.show_entries(())

    def reveal(self) -> None:
        """Uncover the list, unless it is closed."""
        if not self._revealed and not self._closed:
            self._revealed = True
            self.show_entries(self._entries)
            self.covered_changed.emit()

    def cover(self) -> None:
        """Cover the list again, for another study."""
        self._revealed = False
        self.show_entries(())
        self.covered_changed.emit()

    def show_next(self) -> None:
        """Centre the next finding; after the last the first."""
        self._step(1)

    def show_previous(self) -> None:
        """Centre the finding before; before the first the last."""
        self._step(-1)

    def _step(self, step: int) -> None:
        """Go to another finding."""
        self.reveal()
        if not self._listed or not self._revealed:
            return
        row = self.list.currentRow()
        row = (0 if step > 0 else len(self._shown) - 1) if row < 0 else (row + step) % len(self._shown)
        self.list.setCurrentRow(row)
        self._choose(row)

    def _clicked(self, item: QListWidgetItem) -> None:
        """Centre what was clicked."""
        self._choose(self.list.row(item))

    def _choose(self, row: int) -> None:
        """Emit the finding that is to be centred."""
        one = self._shown[row]
        self.chosen.emit(one.entry, one.finding)
        self._keep_in_sight()

    def _chosen(self) -> ListedFinding | None:
        """Return the finding that is selected."""
        row = self.list.currentRow()
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _take_row(self, _row: int) -> None:
        """Show the verdict on another finding."""
        self._show_verdict()
        self._keep_in_sight()

    def _show_verdict(self) -> None:
        """Show the verdict on the chosen finding, and the buttons only while there is one to judge.

        A note that is still being typed is of the finding that was chosen before.
        """
        chosen, before = self.chosen_finding, self.judged_finding
        if before is not None and (chosen is None or not chosen.is_same(before)):
            self.verdict.end_note()
        self.judged_finding = chosen
        self.verdict.setVisible(chosen is not None)
        if chosen is not None:
            self.verdict.show_verdict(self._verdict_of(chosen.entry.scan, chosen.finding))
        self.list.fit_rows()

    def go_to_reason(self) -> None:
        """Take the keyboard to the reason for the verdict on the chosen finding; first it is judged."""
        if self.verdict.isVisibleTo(self) and self.verdict.reason.isEnabled():
            self.verdict.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._keep_in_sight()
        else:
            self._notifier.warn(self.tr("Accept or reject a finding first: a reason belongs to a verdict"))

    def _keep_in_sight(self) -> None:
        """Show the chosen finding and its verdict row, once they have been laid out."""
        if self.chosen_finding is not None:
            QTimer.singleShot(0, self, self._bring_into_sight)

    def _bring_into_sight(self) -> None:
        """Ask that the chosen finding be seen."""
        row = self.list.chosen_rect()
        self.grown.emit(QRect(self.list.mapTo(self, row.topLeft()), row.size()))

    def _show_row(self, row: int) -> None:
        """Show the verdict on the finding of a row, in its text for screen readers, too."""
        one, item = self._shown[row], self.list.item(row)
        verdict = self._verdict_of(one.entry.scan, one.finding)
        sign = "" if verdict is None else "\u2713" if verdict.accepted else "\u2715"
        words = "" if verdict is None else f"\n{sign} {verdict_text(verdict)}"
        item.setText(one.about + words)
        item.setToolTip(one.about + words)
        item.setData(VERDICT, sign)

    def _state_lines(self) -> list[str]:
        """One line per scan that has no findings to list, and one while the list is covered."""
        states = Counter((phrase(e.scan.name), state_text(e, self._revealed)) for e in self._entries)
        times = {known: f" \u00d7 {count}" if count > 1 else "" for known, count in states.items()}
        lines = [f"{name}{times[name, state]}: {state}" for name, state in states if state]
        if not self._revealed and any(e.state is AssessmentState.DONE for e in self._entries):
            lines.append(self._closed or self.tr("Covered until a model layer is on, or press {}.").format(self._key))
        if self._revealed:
            assessments = [e.assessed.assessment for e in self._entries if e.assessed is not None]
            warnings = (warning for assessment in assessments for warning in assessment.warnings)
            # The source of all lengths stands above the list and beside each scale bar.
            notes = dict.fromkeys(warning for warning in warnings if not warning.startswith("spacing is assumed"))
            lines += [self.tr("Note: {}").format(localized_line(note)) for note in notes]
        if self._entries:
            return lines
        return [self.tr("The study is being opened.") if self._working else self.tr("No study is open.")]


def state_text(entry: ScanEntry, revealed: bool) -> str:
    """Return the state of a scan's assessment as text; empty when its findings are listed.

    "Nothing found", "not run", "failed" and "out of scope" are four different things.
    """
    plain = {
        AssessmentState.NOT_RUN: _tr("not run"),
        AssessmentState.WAITING: _tr("waiting for the models"),
        AssessmentState.RUNNING: _tr("being assessed"),
        AssessmentState.FAILED: _tr("failed: {}").format(phrase(entry.state_text)),
        AssessmentState.OUT_OF_SCOPE: _tr("out of scope: {}").format(phrase(entry.state_text)),
    }
    if entry.state in plain:
        return plain[entry.state]
    if not revealed:
        return _tr("assessed")
    if entry.assessed is None or entry.assessed.assessment.findings:
        return ""
    assessment = entry.assessed.assessment
    if assessment.curves.findings is not None:
        return _tr("nothing found at this budget of false marks")
    return by_locale(_tr("nothing found at or above {:.2f}").format(assessment.least))


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("findings", text)
