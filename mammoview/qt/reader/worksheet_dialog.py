"""The window of the BI-RADS worksheet: composition, list of findings, and the form of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.i18n.message_catalog import localized_line, phrase
from mammoview.qt.reader.finding_form import DescriptorBox, FindingForm
from mammoview.qt.reader.impression_panel import BREASTS, differences
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.status_bar import notice
from mammoview.records.birads import COMPOSITIONS, BreastComposition
from mammoview.records.reader_report import ReaderReport
from mammoview.records.worksheet import FindingSize, WorksheetFinding


@dataclass(frozen=True)
class ShownWorksheet:
    """What the window shows.

    Parameters
    ----------
    own
        The reader report whose worksheet it is; None before the study is known.
    breasts
        Of the study.
    closed
        Why nothing can be changed; empty when everything can.
    rulers
        Lengths drawn on the scans, by breast.
    removed
        Whether a finding that was removed can be brought back.
    """

    own: ReaderReport | None = None
    breasts: Sequence[str] = ()
    closed: str = ""
    rulers: Mapping[str, Sequence[FindingSize]] = field(default_factory=dict)
    removed: bool = False


class WorksheetDialog(QDialog):
    """Modeless: scans are read and measured while it is open."""

    composed = Signal(object)
    """A Composition, or None."""
    edited = Signal(int, object)
    """Number of a finding from 0, and the Described that takes its place."""
    typed = Signal(int, object)
    """The same, while its note is being typed."""
    added = Signal()
    """One more finding is wanted."""
    removed = Signal(int)
    """A finding is to go."""
    restored = Signal()
    """The finding that went last is wanted back."""
    export_wanted = Signal()
    """The worksheet is to be written to a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty worksheet."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("BI-RADS worksheet"))
        self._shown = ShownWorksheet()
        column = QVBoxLayout(self)
        self.state, self.differences = _words(), _words()
        theme.make_warning(self.differences)
        column.addWidget(self.state)
        head = QFormLayout()
        texts = [(f"{one.value}  {phrase(text)}", one.value) for one, text in COMPOSITIONS.items()]
        self.composition = DescriptorBox(self.tr("Breast composition"), texts)
        self.composition.activated.connect(self._take_composition)
        head.addRow(self.tr("Breast composition"), self.composition)
        column.addLayout(head)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Findings of the worksheet"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setWordWrap(True)
        self.list.setFixedHeight(5 * self.list.fontMetrics().lineSpacing() + 12)
        self.list.currentRowChanged.connect(self._turn)
        column.addWidget(self.list)
        self.add_button = _button(self.tr("&Add a finding"), self.added.emit)
        self.remove_button = _button(self.tr("&Remove"), self._remove)
        self.restore_button = _button(self.tr("&Bring back"), self.restored.emit)
        row = QHBoxLayout()
        for button in (self.add_button, self.remove_button, self.restore_button):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.form = FindingForm()
        self.form.edited.connect(self._take_edit)
        self.form.typed.connect(self._take_typing)
        self.form.left.connect(self.reject)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self.form)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(self.form.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
        column.addWidget(area, 1)
        column.addWidget(self.differences)
        self.identity = QCheckBox(self.tr("With patient and date"))
        self.identity.setToolTip(self.tr("The exported file names the patient only if this is ticked"))
        foot = QHBoxLayout()
        foot.addWidget(_button(self.tr("&Export…"), self.export_wanted.emit))
        foot.addWidget(self.identity)
        foot.addStretch(1)
        foot.addWidget(_button(self.tr("Close"), self.reject))
        column.addLayout(foot)
        what = QLabel(notice())
        theme.make_faint(what)
        column.addWidget(what)
        self.resize(QSize(560, 820).boundedTo(self.screen().availableSize() - QSize(0, 60)))

    def show_worksheet(self, shown: ShownWorksheet) -> None:
        """Show a worksheet as it stands; the same finding stays chosen."""
        before, self._shown = self._shown, shown
        same = before.own is not None and shown.own is not None and before.own.key == shown.own.key
        chosen = self.list.currentRow() if same else 0
        if not same:
            self.identity.setChecked(False)
        self.state.setText(shown.closed)
        self.state.setVisible(bool(shown.closed))
        composition = None if shown.own is None else shown.own.worksheet.composition
        self.composition.put(None if composition is None else composition.value)
        findings = self._findings
        with QSignalBlocker(self.list):
            self.list.clear()
            self.list.addItems([line(number, finding) for number, finding in enumerate(findings, 1)])
            self.list.setCurrentRow(min(max(chosen, 0), len(findings) - 1))
        changeable = not shown.closed
        self.composition.setEnabled(changeable)
        self.add_button.setEnabled(changeable)
        self.remove_button.setEnabled(changeable and bool(findings))
        self.restore_button.setEnabled(changeable and shown.removed)
        self._show_chosen()

    def choose(self, index: int) -> None:
        """Show a finding, and give its form the keyboard focus."""
        self.list.setCurrentRow(index)
        self.form.breast.setFocus(Qt.FocusReason.OtherFocusReason)

    def enter(self) -> None:
        """Take the keyboard to what comes first."""
        first = self.composition if self.composition.isEnabled() else self.list
        first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def done(self, result: int) -> None:
        """Apply what is still being typed, and close."""
        self.form.settle()
        super().done(result)

    @property
    def _findings(self) -> tuple[WorksheetFinding, ...]:
        """Findings of the current worksheet."""
        return () if self._shown.own is None else self._shown.own.worksheet.findings

    def _turn(self, _row: int) -> None:
        """Show another finding; what was typed about the last one has been emitted."""
        self.form.settle()
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Show the chosen finding, and what does not go together."""
        index = self.list.currentRow()
        finding = self._findings[index] if 0 <= index < len(self._findings) else None
        rulers = () if finding is None else self._shown.rulers.get(finding.breast, ())
        self.form.show_finding(finding, self._shown.breasts, rulers)
        self.form.setEnabled(finding is not None and not self._shown.closed)
        lines = [] if self._shown.own is None else differences(self._shown.own)
        lines += [phrase(conflict) for conflict in (() if finding is None else finding.conflicts)]
        self.differences.setText("\n".join(lines))
        self.differences.setVisible(bool(lines))

    def _take_composition(self) -> None:
        """Pass the composition on."""
        value = self.composition.currentData()
        self.composed.emit(None if value is None else BreastComposition(value))

    def _take_edit(self, finding: WorksheetFinding) -> None:
        """Pass an edit on."""
        self.edited.emit(self.list.currentRow(), finding)

    def _take_typing(self, finding: WorksheetFinding) -> None:
        """Pass a note on."""
        self.typed.emit(self.list.currentRow(), finding)

    def _remove(self) -> None:
        """Ask for the chosen finding to go."""
        if self.list.currentRow() >= 0:
            self.removed.emit(self.list.currentRow())


def line(number: int, finding: WorksheetFinding) -> str:
    """Return a finding as one line of the list."""
    side = QCoreApplication.translate("breasts", BREASTS[finding.breast])
    parts = [
        "" if finding.kind is None else phrase(finding.kind.value),
        phrase(finding.quadrant),
        f"{finding.clock}:00" if finding.clock else "",
        "" if finding.size is None else localized_line(finding.size.text),
        "" if finding.category is None else f"BI-RADS {finding.category.value}",
    ]
    return f"{number}  {side}: " + (", ".join(part for part in parts if part) or "\u2014")


def _words() -> QLabel:
    """Return an empty label that wraps."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _button(text: str, act: Callable[[], object]) -> QPushButton:
    """Return a button that Return in a field does not press."""
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _on=False: act())
    return button
