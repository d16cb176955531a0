"""A page of the settings: one row per setting that has a control, made from the field of the typed settings."""

from __future__ import annotations

from typing import Literal, cast, get_args, get_origin

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from mammoview.core.setting_control import SettingControl, SettingsPage
from mammoview.core.settings import Settings
from mammoview.qt.widgets import theme


class SettingsForm(QWidget):
    """One page of the dialog."""

    edited = Signal()
    """Some field was changed by hand."""

    def __init__(self, page: SettingsPage, parent: QWidget | None = None) -> None:
        """Make the rows of a page."""
        super().__init__(parent)
        self.fields: dict[str, QWidget] = {}
        form = QFormLayout(self)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setVerticalSpacing(8)
        for name, control in Settings.controls().items():
            if control.page is page:
                self._add(form, name, control)

    def show_values(self, settings: Settings) -> None:
        """Show the settings."""
        for name, field in self.fields.items():
            _put(field, getattr(settings, name))

    @property
    def values(self) -> dict[str, object]:
        """Settings from the values of the fields."""
        return {name: _taken(field) for name, field in self.fields.items()}

    def _add(self, form: QFormLayout, name: str, control: SettingControl) -> None:
        """Add a row."""
        title = _tr(control.title)
        field = _field(name, control)
        field.setAccessibleName(title)
        self.fields[name] = field
        form.addRow("" if isinstance(field, QCheckBox) else title, field)
        if control.hint:
            hint = QLabel(_tr(control.hint))
            hint.setWordWrap(True)
            theme.make_faint(hint)
            field.setAccessibleDescription(hint.text())
            form.addRow("", hint)
        for signal in ("toggled", "currentIndexChanged", "valueChanged", "textEdited"):
            if hasattr(field, signal):
                getattr(field, signal).connect(self._emit_edited)

    def _emit_edited(self, *_what: object) -> None:
        """Report that something was edited."""
        self.edited.emit()


def _field(name: str, control: SettingControl) -> QWidget:
    """Make what a field of the settings is edited with: its type decides."""
    described = Settings.model_fields[name]
    kind = described.annotation
    if kind is bool:
        return QCheckBox(_tr(control.title))
    if get_origin(kind) is Literal:
        box = QComboBox()
        for value in get_args(kind):
            box.addItem(_tr(control.choices[value]), value)
        return box
    bounds = ("ge", "le", "max_length")
    limits = {key: getattr(one, key) for one in described.metadata for key in bounds if hasattr(one, key)}
    if kind is int:
        whole = QSpinBox()
        whole.setRange(limits["ge"], limits["le"])
        whole.setSingleStep(100)
        return whole
    if kind is float:
        spin = QDoubleSpinBox()
        spin.setRange(limits["ge"], limits["le"])
        spin.setSingleStep(0.1)
        spin.setDecimals(2)
        spin.setPrefix("\u00d7 ")
        return spin
    if kind is str:
        line = QLineEdit()
        line.setMaxLength(limits.get("max_length", 200))
        line.setPlaceholderText(_tr(control.placeholder))
        return line
    raise TypeError(f"the form has no field for {name} of type {kind}")


def _put(field: QWidget, value: object) -> None:
    """Show a value."""
    if isinstance(field, QCheckBox):
        field.setChecked(bool(value))
    elif isinstance(field, QComboBox):
        field.setCurrentIndex(field.findData(value))
    elif isinstance(field, QSpinBox):
        field.setValue(int(str(value)))
    elif isinstance(field, QDoubleSpinBox):
        field.setValue(float(str(value)))
    elif isinstance(field, QLineEdit):
        field.setText(str(value))


def _taken(field: QWidget) -> object:
    """Return the value of a field."""
    if isinstance(field, QCheckBox):
        return field.isChecked()
    if isinstance(field, QComboBox):
        return field.currentData()
    if isinstance(field, QSpinBox):
        return field.value()
    if isinstance(field, QDoubleSpinBox):
        return round(field.value(), 2)
    return cast("QLineEdit", field).text().strip()


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("settings", text)
