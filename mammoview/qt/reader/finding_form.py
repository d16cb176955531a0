"""The form of one finding of the BI-RADS worksheet; its terms depend on the kind of finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.i18n.message_catalog import localized_line, phrase
from mammoview.qt.reader.category_keys import CategoryKeyController
from mammoview.qt.reader.impression_panel import BREASTS, CATEGORIES, REST_MS, TextField
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import name_list
from mammoview.records.birads import AXES, DEPTHS, FEATURES, MANAGEMENT, QUADRANTS, AssessmentCategory, FindingKind
from mammoview.records.worksheet import TYPED, FindingSize, WorksheetFinding

LARGEST = 9999.0
"""Of a size: mm, or pixels of a ruler on a scan of unknown spacing."""


class DescriptorBox(QComboBox):
    """A list whose first entry is empty; the wheel scrolls past it instead of changing a descriptor unnoticed."""

    def __init__(self, name: str, terms: Sequence[tuple[str, object]], parent: QWidget | None = None) -> None:
        """Offer `terms`, text and value each."""
        super().__init__(parent)
        name_list(self, name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.offer(terms)

    def offer(self, terms: Sequence[tuple[str, object]]) -> None:
        """Offer other terms."""
        with QSignalBlocker(self):
            self.clear()
            self.addItem("\u2014", None)
            for text, value in terms:
                self.addItem(text, value)

    def put(self, value: object) -> None:
        """Show a value; the first entry where it is not offered."""
        found = (index for index in range(self.count()) if self.itemData(index) == value)
        with QSignalBlocker(self):
            self.setCurrentIndex(next(found, 0))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what lies around."""
        event.ignore()


class SizeField(QDoubleSpinBox):
    """A size; 0 stands for none, and the wheel scrolls past it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one."""
        super().__init__(parent)
        self._size: FindingSize | None = None
        self.setRange(0.0, LARGEST)
        self.setDecimals(1)
        self.setKeyboardTracking(False)
        self.setSpecialValueText("\u2014")
        self.setAccessibleName(name)

    def show_size(self, size: FindingSize | None) -> None:
        """Show a size; the same one again leaves what is being typed under the hand."""
        if size != self._size:
            self._size = size
            with QSignalBlocker(self):
                self.setSuffix("" if size is None else f" {size.label.partition(', ')[0]}")
                self.setValue(0.0 if size is None else size.value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what lies around."""
        event.ignore()


class FindingForm(QWidget):
    """Shows a finding of the worksheet, to be edited."""

    edited = Signal(object)
    """The Described, complete."""
    typed = Signal(object)
    """The Described with a note that is still being typed."""
    typing_paused = Signal()
    """Nothing has been typed for a while."""
    left = Signal()
    """Escape in the note."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make empty fields."""
        super().__init__(parent)
        self._finding: WorksheetFinding | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        column.addLayout(form)
        column.addStretch(1)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form = form
        self.breast = self._choice(self.tr("Breast"), ())
        self.quadrant = self._choice(self.tr("Quadrant"), [(phrase(one), one) for one in QUADRANTS])
        self.clock = self._choice(self.tr("Clock face"), [(f"{hour}:00", hour) for hour in range(1, 13)])
        self.depth_choice = self._choice(self.tr("Depth"), [(phrase(one), one) for one in DEPTHS])
        self.kind = self._choice(self.tr("Type"), [(phrase(kind.value), kind.value) for kind in FindingKind])
        names = {"shape": self.tr("Shape"), "margin": self.tr("Margin"), "density": self.tr("Density")}
        names |= {"morphology": self.tr("Morphology"), "distribution": self.tr("Distribution")}
        names |= {"extent": self.tr("Extent")}
        self.axes = {
            axis.name: self._choice(names[axis.name], [(phrase(term), term) for term in axis.terms])
            for axes in AXES.values()
            for axis in axes
        }
        self._add_features()
        self._add_size()
        categories = [(QCoreApplication.translate("categories", text), one.value) for one, text in CATEGORIES.items()]
        self.category = self._choice(self.tr("Assessment"), categories)
        CategoryKeyController(self.category)
        self.management = QLabel()
        self.management.setWordWrap(True)
        theme.make_faint(self.management)
        form.addRow("", self.management)
        self.note = TextField()
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setPlaceholderText(self.tr("In words (optional)"))
        self.note.textChanged.connect(self._take_typing)
        self.note.finished.connect(self.settle)
        self.note.left.connect(self.left)
        form.addRow(self.tr("Note"), self.note)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)

    def show_finding(
        self, finding: WorksheetFinding | None, breasts: Sequence[str], rulers: Sequence[FindingSize]
    ) -> None:
        """Show a finding, or empty fields; `rulers` are the lengths drawn on scans of its breast."""
        self._finding = finding
        self.setEnabled(finding is not None)
        shown = finding or WorksheetFinding("")
        self.breast.offer([(QCoreApplication.translate("breasts", BREASTS[one]), one) for one in breasts])
        self.breast.put(shown.breast)
        self.quadrant.put(shown.quadrant)
        self.clock.put(shown.clock)
        self.depth_choice.put(shown.depth)
        self.kind.put(None if shown.kind is None else shown.kind.value)
        asked = {axis.name for axis in shown.axes}
        for name, choice in self.axes.items():
            self._form.setRowVisible(choice, name in asked)
            choice.put(shown.terms.get(name))
        for feature, box in self.features.items():
            with QSignalBlocker(box):
                box.setChecked(feature in shown.features)
            box.setVisible(feature != shown.kind)
        self._show_size(shown.size, rulers)
        self.category.put(None if shown.category is None else shown.category.value)
        self.management.setText("" if shown.category is None else phrase(MANAGEMENT[shown.category]))
        if self.note.toPlainText() != shown.note:
            with QSignalBlocker(self.note):
                self.note.setPlainText(shown.note)

    def settle(self) -> None:
        """Have written what was typed."""
        if self._rest.isActive():
            self._rest.stop()
            self.typing_paused.emit()

    def _choice(self, name: str, terms: Sequence[tuple[str, object]]) -> DescriptorBox:
        """Add a row with a list."""
        choice = DescriptorBox(name, terms)
        choice.activated.connect(self._emit_edited)
        self._form.addRow(name, choice)
        return choice

    def _add_features(self) -> None:
        """Add the associated features."""
        place = QWidget()
        grid = QGridLayout(place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        self.features: dict[str, QCheckBox] = {}
        for index, feature in enumerate(FEATURES):
            box = QCheckBox(phrase(feature))
            box.toggled.connect(self._emit_edited)
            grid.addWidget(box, index // 2, index % 2)
            self.features[feature] = box
        self._form.addRow(self.tr("Associated"), place)

    def _add_size(self) -> None:
        """Add the size, and where it comes from."""
        self.size_field = SizeField(self.tr("Size"))
        self.size_field.valueChanged.connect(self._take_typed_size)
        self.ruler = DescriptorBox(self.tr("Ruler that gives the size"), ())
        self.ruler.activated.connect(self._take_ruler)
        row = QHBoxLayout()
        row.addWidget(self.size_field)
        row.addWidget(self.ruler, 1)
        self._form.addRow(self.tr("Size"), row)

    def _show_size(self, size: FindingSize | None, rulers: Sequence[FindingSize]) -> None:
        """Show a size with its source, and the rulers that could give another."""
        self.size_field.show_size(size)
        kept = () if size is None or size.label == TYPED or size in rulers else (size,)
        offered = (*rulers, *kept)
        self.ruler.offer([(f"{one.view}: {localized_line(one.text)}", one) for one in offered])
        without = self.tr("from a ruler…") if offered else self.tr("no ruler drawn")
        self.ruler.setItemText(0, without if size is None else self.tr("typed"))
        self.ruler.put(size)

    def _take_typed_size(self, value: float) -> None:
        """Take a size by hand, mm."""
        if self._finding is not None:
            self.edited.emit(replace(self._finding, size=FindingSize(round(value, 1), TYPED) if value > 0 else None))

    def _take_ruler(self) -> None:
        """Take the length of a ruler; without one, the size stands as typed."""
        chosen = self.ruler.currentData()
        if self._finding is not None and isinstance(chosen, FindingSize):
            self.edited.emit(replace(self._finding, size=chosen))
        elif self._finding is not None:
            self.ruler.put(self._finding.size)

    def _take_typing(self) -> None:
        """Pass a note on at once, and wait for a rest before it is written."""
        if self._finding is not None:
            self._finding = replace(self._finding, note=self.note.toPlainText())
            self._rest.start()
            self.typed.emit(self._finding)

    def _emit_edited(self, *_what: object) -> None:
        """Emit the finding as the fields stand."""
        if self._finding is None:
            return
        kind, category = self.kind.currentData(), self.category.currentData()
        wanted = self._finding.of_kind(None if kind is None else FindingKind(kind))
        asked = {axis.name for axis in wanted.axes}
        terms = {name: choice.currentData() for name, choice in self.axes.items() if name in asked}
        features = (f for f, box in self.features.items() if box.isChecked() and f != kind)
        wanted = replace(
            wanted,
            breast=self.breast.currentData() or self._finding.breast,
            quadrant=self.quadrant.currentData() or "",
            clock=self.clock.currentData() or 0,
            depth=self.depth_choice.currentData() or "",
            terms={name: term for name, term in terms.items() if term},
            features=tuple(features),
            category=None if category is None else AssessmentCategory(category),
        )
        if wanted != self._finding:
            self.edited.emit(wanted)
