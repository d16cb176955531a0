"""The form of the settings: one row per field of the typed settings, made from the field itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args, get_origin

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from mammoview.core.settings import Settings
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme

_N = translate_noop
_C = "settings"


@dataclass(frozen=True)
class SettingField:
    """A field of the form.

    Parameters
    ----------
    name
        Field of `Settings`.
    page
        Page of the dialog.
    title
        What stands beside it.
    hint
        What stands below it; empty for nothing.
    """

    name: str
    page: str
    title: str
    hint: str = ""


READING, DISPLAY, MODELS = _N(_C, "Reading"), _N(_C, "Display"), _N(_C, "Models")
ASKED = (
    SettingField("reading", READING, _N(_C, "Reading mode"), _N(_C, "A change is noted in the audit log.")),
    SettingField(
        "reader",
        READING,
        _N(_C, "Name of the reader"),
        _N(_C, "Stands in the audit log and in exported reader reports."),
    ),
    SettingField("show_patient", READING, _N(_C, "Show the patient in the corners")),
    SettingField("remember_studies", READING, _N(_C, "List opened studies under Recent")),
    SettingField("linked", READING, _N(_C, "Move and zoom all viewports together")),
    SettingField("fitted", DISPLAY, _N(_C, "Shown whole at first")),
    SettingField("film_mask", DISPLAY, _N(_C, "Cover digitised film outside the breasts")),
    SettingField("corner_text", DISPLAY, _N(_C, "Text in the corners")),
    SettingField("smooth_pixels", DISPLAY, _N(_C, "Interpolate enlarged pixels")),
    SettingField("theme", DISPLAY, _N(_C, "Theme")),
    SettingField("ui_scale", DISPLAY, _N(_C, "Size of all text")),
    SettingField("language", DISPLAY, _N(_C, "Language"), _N(_C, "From the next start on.")),
    SettingField("assess_on_open", MODELS, _N(_C, "Assess studies as they are opened")),
    SettingField("grid_stride", MODELS, _N(_C, "Cells of the patch grid")),
    SettingField("flips", MODELS, _N(_C, "Show how steady findings are over flips")),
    SettingField("cache_mb", MODELS, _N(_C, "Megabytes on disk for assessments"), _N(_C, "0 keeps none.")),
    SettingField(
        "device", MODELS, _N(_C, "Run the models on"), _N(_C, "All of this page counts from the next start on.")
    ),
)
"""In the order of the form."""
NOT_ASKED = frozenset(
    {"version", "notice_seen", "last_folder", "false_marks", "layers", "keys", "screens", "second_screen", "window"}
    | {"own_model", "second_model"}
    | {"linked_cursor", "magnifier_size", "magnifier_square", "magnifier_double", "figures"}
)
"""Fields that the window keeps by itself; keys have a page of their own."""
CHOICES: Mapping[tuple[str, str], str] = {
    ("reading", "second_reader"): _N(_C, "Second reader (layers after your own impression)"),
    ("reading", "concurrent"): _N(_C, "Concurrent (layers at any time)"),
    ("reading", "blind"): _N(_C, "Blind (no layers)"),
    ("device", "auto"): _N(_C, "Whatever is fastest"),
    ("device", "cpu"): _N(_C, "Processor"),
    ("device", "cuda"): _N(_C, "Graphics card (CUDA)"),
    ("grid_stride", "even"): _N(_C, "Even (about 6.4 mm)"),
    ("grid_stride", "paper"): _N(_C, "As in the paper (64 px)"),
    ("grid_stride", "fine"): _N(_C, "Fine (32 px)"),
    ("fitted", "breasts"): _N(_C, "The breasts"),
    ("fitted", "films"): _N(_C, "The films"),
    ("corner_text", "full"): _N(_C, "Everything that is known"),
    ("corner_text", "brief"): _N(_C, "View, patient, warnings and scale"),
    ("corner_text", "least"): _N(_C, "View, warnings and scale"),
    ("theme", "dark"): _N(_C, "Dark"),
    ("theme", "contrast"): _N(_C, "High contrast"),
    ("language", "system"): _N(_C, "As the system"),
    ("language", "en"): "English",
    ("language", "es"): "Español",
}
"""Values of choices in words; languages name themselves."""
_PLACEHOLDERS = {
    "reader": _N(_C, "Your name in the operating system"),
}


class SettingsForm(QWidget):
    """One page of the dialog."""

    edited = Signal()
    """Some field was changed by hand."""

    def __init__(self, page: str, parent: QWidget | None = None) -> None:
        """Make the rows of a page."""
        super().__init__(parent)
        self.fields: dict[str, QWidget] = {}
        form = QFormLayout(self)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setVerticalSpacing(8)
        for asked in ASKED:
            if asked.page == page:
                self._add(form, asked)

    def show_values(self, settings: Settings) -> None:
        """Show the settings."""
        for name, field in self.fields.items():
            _put(field, getattr(settings, name))

    @property
    def values(self) -> dict[str, object]:
        """Settings from the values of the fields."""
        return {name: _taken(field) for name, field in self.fields.items()}

    def _add(self, form: QFormLayout, asked: SettingField) -> None:
        """Add a row."""
        title = _tr(asked.title)
        field = _field(asked.name, title)
        field.setAccessibleName(title)
        self.fields[asked.name] = field
        form.addRow("" if isinstance(field, QCheckBox) else title, field)
        if asked.hint:
            hint = QLabel(_tr(asked.hint))
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


def _field(name: str, title: str) -> QWidget:
    """Make what a field of the settings is edited with: its type decides."""
    described = Settings.model_fields[name]
    kind = described.annotation
    if kind is bool:
        return QCheckBox(title)
    if get_origin(kind) is Literal:
        box = QComboBox()
        for value in get_args(kind):
            box.addItem(_tr(CHOICES[name, value]), value)
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
        line.setPlaceholderText(_tr(_PLACEHOLDERS[name]) if name in _PLACEHOLDERS else "")
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
    return QCoreApplication.translate(_C, text)
