"""The panel that takes the reader's impression of each breast, and reveals the layers."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.reader.category_keys import CategoryKeyController
from mammoview.qt.reader.second_reader import SecondReaderController
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import in_turn, name_list
from mammoview.qt.widgets.focus import keep_single_keys
from mammoview.qt.widgets.shortcut_override import ENDS, ShortcutOverride, without_modifiers
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import BLIND, CONCURRENT, SECOND, UNKNOWN_BREAST, Impression, ReaderReport

REST_MS = 600
"""A text that has not changed for this long is written to the disk, ms."""

_N = translate_noop
CATEGORIES = {
    AssessmentCategory.INCOMPLETE: _N("categories", "0  Incomplete"),
    AssessmentCategory.NEGATIVE: _N("categories", "1  Negative"),
    AssessmentCategory.BENIGN: _N("categories", "2  Benign"),
    AssessmentCategory.PROBABLY_BENIGN: _N("categories", "3  Probably benign"),
    AssessmentCategory.SUSPICIOUS: _N("categories", "4  Suspicious"),
    AssessmentCategory.LOW_SUSPICION: _N("categories", "4A  Low suspicion"),
    AssessmentCategory.MODERATE_SUSPICION: _N("categories", "4B  Moderate suspicion"),
    AssessmentCategory.HIGH_SUSPICION: _N("categories", "4C  High suspicion"),
    AssessmentCategory.HIGHLY_SUGGESTIVE: _N("categories", "5  Highly suggestive of malignancy"),
    AssessmentCategory.KNOWN_MALIGNANCY: _N("categories", "6  Known malignancy"),
}
"""BI-RADS categories in words."""
BREASTS = {"R": _N("breasts", "Right"), "L": _N("breasts", "Left"), UNKNOWN_BREAST: _N("breasts", "Side unknown")}
"""Breasts in words."""


class ImpressionPanel(QWidget):
    """First impression, Reveal, and then, beside the locked first one, the final impression."""

    reveal_wanted = Signal()
    """The button was pressed."""
    left = Signal()
    """Escape in a field: the keys go back to the scans."""

    def __init__(self, second_reader: SecondReaderController, key: str, parent: QWidget | None = None) -> None:
        """Show what `second_reader` holds; `key` is the text of the key that reveals."""
        super().__init__(parent)
        self._second_reader = second_reader
        keep_single_keys(self)
        self.fields: dict[str, BreastField] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 4)
        column.setSpacing(4)
        self.locked_title, self.locked = _heading(), QLabel()
        self.locked.setWordWrap(True)
        self.locked.setTextFormat(Qt.TextFormat.PlainText)
        self.locked.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.locked.setAccessibleName(self.tr("First impression"))
        self.title = _heading()
        column.addWidget(self.locked_title)
        column.addWidget(self.locked)
        column.addWidget(self.title)
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(3)
        column.addLayout(self._grid)
        self.button = QPushButton()
        self.button.setAutoDefault(False)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(self.reveal_wanted)
        column.addWidget(self.button)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        theme.make_faint(self.hint)
        column.addWidget(self.hint)
        self.set_key(key)
        second_reader.changed.connect(self.refresh)
        second_reader.incomplete.connect(self.enter)
        self._make_fields(("R", "L"))
        self.refresh()

    def set_key(self, key: str) -> None:
        """Show another key on the button."""
        # On a line of its own: beside the words the names of some keys would be cut, as in Spanish.
        self.button.setText("\n".join(line for line in (self.tr("Reveal the layers"), key) if line))

    def enter(self) -> None:
        """Take the keyboard: the first breast without a category, else the first one."""
        fields = list(self.fields.values())
        wanted = next((f for f in fields if f.category.currentData() is None), fields[0] if fields else None)
        if wanted is not None and wanted.isEnabled():
            wanted.category.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def settle(self) -> None:
        """Hand over what is still being typed."""
        for field in self.fields.values():
            field.settle()

    def refresh(self) -> None:
        """Show things as they stand."""
        reader = self._second_reader
        breasts = reader.breasts
        self.setVisible(bool(breasts) and reader.recording)
        if breasts and breasts != tuple(self.fields):
            self._make_fields(breasts)
        own, first_open = reader.own, reader.first_open
        given = {} if own is None else own.first if first_open else own.final
        for breast, field in self.fields.items():
            field.setEnabled(own is not None)
            field.show_impression(given.get(breast, Impression()))
        locked = own if own is not None and not first_open and (own.revealed or own.first) else None
        self.locked_title.setVisible(locked is not None and bool(locked.first or locked.mode == SECOND))
        self.locked.setVisible(self.locked_title.isVisibleTo(self))
        if locked is not None:
            self.locked_title.setText(self.tr("First impression, locked"))
            self.locked.setText("\n".join(_line(breast, locked.first.get(breast, Impression())) for breast in breasts))
            self.locked.setToolTip(_when(locked.revealed))
        self.title.setText(self._title(first_open))
        self.button.setVisible(reader.mode == SECOND and (own is None or first_open))
        self.button.setEnabled(reader.ready)
        hint = self._hint()
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _title(self, first_open: bool) -> str:
        """Return which impression the fields take."""
        own = self._second_reader.own
        if first_open or (own is None and self._second_reader.mode != CONCURRENT):
            return self.tr("First impression")
        if own is not None and own.mode == SECOND:
            return self.tr("Final impression")
        return self.tr("Impression with the layers at hand")

    def _hint(self) -> str:
        """Return what is to be done; empty when nothing is."""
        reader = self._second_reader
        if reader.own is None:
            entries = reader.session.entries.values()
            gone = bool(entries) and all(entry.problem for entry in entries)
            return self.tr("No scan can be read.") if gone else self.tr("Waiting for all scans.")
        if reader.mode == BLIND:
            return self.tr("Blind reading: the layers stay closed.")
        if reader.mode == SECOND and reader.first_open and not reader.ready:
            return self.tr("The layers open once each breast has a category.")
        return "\n".join(differences(reader.own))

    def _make_fields(self, breasts: tuple[str, ...]) -> None:
        """Make the fields of another study."""
        for field in self.fields.values():
            self._grid.removeWidget(field)
            field.setParent(None)
            field.deleteLater()
        self.fields = {}
        for row, breast in enumerate(breasts):
            field = BreastField(breast, self)
            field.given.connect(self._second_reader.give)
            field.typing_paused.connect(self._second_reader.keep)
            field.left.connect(self.left)
            self._grid.addWidget(field, row, 0)
            self.fields[breast] = field
        controls = (control for field in self.fields.values() for control in (field.category, field.text))
        in_turn(self.locked, *controls, self.button)


class BreastField(QWidget):
    """Category and free text of one breast."""

    given = Signal(str, object)
    """Breast, Impression."""
    typing_paused = Signal()
    """Nothing has been typed for a while."""
    left = Signal()
    """Escape."""

    def __init__(self, breast: str, parent: QWidget | None = None) -> None:
        """Make empty fields for a breast."""
        super().__init__(parent)
        self._breast = breast
        side = QCoreApplication.translate("breasts", BREASTS[breast])
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        label = QLabel(side)
        sides = (QCoreApplication.translate("breasts", BREASTS[one]) for one in "RL")
        label.setMinimumWidth(max(label.fontMetrics().horizontalAdvance(one) for one in sides))
        self.category = QComboBox()
        self.category.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.category.setMinimumContentsLength(8)
        name_list(self.category, self.tr("{side}: BI-RADS category").format(side=side))
        self.category.addItem(self.tr("BI-RADS…"), None)
        for category, text in CATEGORIES.items():
            self.category.addItem(QCoreApplication.translate("categories", text), category.value)
        self.category.activated.connect(self._emit_edited)
        self.category.setToolTip(
            self.tr("0 to 6 choose the category, A to C after 4; Backspace clears it, Esc goes back to the scans")
        )
        CategoryKeyController(self.category, escape=True).left.connect(self.left)
        self.category.view().setMinimumWidth(self.category.view().sizeHintForColumn(0) + 24)
        self.text = TextField()
        self.text.setAccessibleName(self.tr("{side}: free-text impression").format(side=side))
        self.text.setPlaceholderText(self.tr("In words (optional)"))
        self.text.textChanged.connect(self._typed)
        self.text.left.connect(self.left)
        self.text.finished.connect(self.settle)
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.category, 0, 1)
        grid.addWidget(self.text, 1, 0, 1, 2)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)

    def show_impression(self, impression: Impression) -> None:
        """Show the impression; a text that is being typed is left as it is."""
        value = None if impression.category is None else impression.category.value
        self.category.setCurrentIndex(max(0, self.category.findData(value)))
        if self.text.toPlainText() != impression.text and not self._rest.isActive():
            self.text.blockSignals(True)
            self.text.setPlainText(impression.text)
            self.text.blockSignals(False)

    def settle(self) -> None:
        """Hand over what stands here, and have it written."""
        self._rest.stop()
        self._emit_edited()
        self.typing_paused.emit()

    def _typed(self) -> None:
        """Apply the text after a pause in typing."""
        self._rest.start()

    def _emit_edited(self) -> None:
        """Emit what the fields hold."""
        chosen = self.category.currentData()
        category = None if chosen is None else AssessmentCategory(str(chosen))
        self.given.emit(self._breast, Impression(category, self.text.toPlainText()))


class TextField(QPlainTextEdit):
    """Two lines of free text; Tab goes on, Escape goes back to the scans."""

    left = Signal()
    """Escape was pressed."""
    finished = Signal()
    """The keyboard has gone elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make an empty one."""
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setFixedHeight(2 * self.fontMetrics().lineSpacing() + 10)
        ShortcutOverride(self, without_modifiers(*ENDS))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go back to the scans with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Apply what was typed."""
        super().focusOutEvent(event)
        self.finished.emit()


def _heading() -> QLabel:
    """Return a bold, empty label."""
    label = QLabel()
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setWordWrap(True)
    return label


def _line(breast: str, impression: Impression) -> str:
    """Return a locked impression in words."""
    side = QCoreApplication.translate("breasts", BREASTS[breast])
    if impression.category is None:
        said = QCoreApplication.translate("ImpressionPanel", "none")
    else:
        said = QCoreApplication.translate("categories", CATEGORIES[impression.category])
    text = impression.text.strip()
    return f"{side}: {said}" + (f"\n{text}" if text else "")


def differences(own: ReaderReport) -> list[str]:
    """Return a line per breast whose worksheet and impression differ."""
    text = QCoreApplication.translate(
        "ImpressionPanel", "{side}: the worksheet's findings make it BI-RADS {described}, your impression says {said}"
    )
    return [
        text.format(
            side=QCoreApplication.translate("breasts", BREASTS[breast]), described=described.value, said=said.value
        )
        for breast, (described, said) in own.differences().items()
    ]


def _when(utc: str) -> str:
    """Return a UTC time as the reader's own clock shows it."""
    time = QDateTime.fromString(utc, Qt.DateFormat.ISODateWithMs)
    return QLocale().toString(time.toLocalTime(), QLocale.FormatType.ShortFormat) if time.isValid() else ""
