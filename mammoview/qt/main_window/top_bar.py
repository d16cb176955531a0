"""The row above the scans: whose they are, how they hang, and what is done with all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QToolButton, QWidget

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.status_bar import ElidedLabel

HEIGHT = 36
"""Height of the row, px."""
_N = translate_noop
STAGES = {
    "cc": "CC",
    "mlo": "MLO",
    "four-view": "4",
    "right": _N("top bar", "R"),
    "left": _N("top bar", "L"),
    "prior-cc": _N("top bar", "Pr CC"),
    "prior-mlo": _N("top bar", "Pr MLO"),
}
"""Short titles of the hangings that have a button."""
COMMANDS = {
    "invert": _N("top bar", "Invert"),
    "film_mask": _N("top bar", "Film mask"),
    "link": _N("top bar", "Link"),
    "reset_grey": _N("top bar", "Reset"),
}
"""Short titles of the commands that have a button, in order."""


class TopBar(QToolBar):
    """One row; every button of it can be reached and pressed with the keyboard."""

    stage_chosen = Signal(str)
    """Name of a hanging."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        """Show buttons for some of `actions`."""
        super().__init__(parent)
        self.setObjectName("top")
        self.setWindowTitle(self.tr("Study and hanging"))
        self.setAccessibleName(self.tr("Study and hanging"))
        self.setMovable(False)
        self.setFixedHeight(max(HEIGHT, round(2.2 * self.fontMetrics().height())))
        self.patient = ElidedLabel()
        font = self.patient.font()
        font.setBold(True)
        self.patient.setFont(font)
        self.addWidget(_padded(self.patient))
        self.stages = {name: self._stage(name) for name in STAGES}
        self._stage_actions = {name: self.addWidget(button) for name, button in self.stages.items()}
        self.addSeparator()
        self.commands = {name: CommandButton(actions[name], _tr(text)) for name, text in COMMANDS.items()}
        for button in self.commands.values():
            self.addWidget(button)
        self.addSeparator()
        self.layers = CommandButton(actions["all_layers"], _tr("Layers"))
        self.layers.setCheckable(True)
        self.addWidget(self.layers)
        self.mode = ElidedLabel()
        theme.make_faint(self.mode)
        self.addWidget(_padded(self.mode))
        self.show_stages((), "")

    def show_study(self, patient: str, date: str) -> None:
        """Say whose examination is on show, and of which day; both are empty where neither may be shown."""
        self.patient.setText("   ".join(part for part in (patient, date) if part))
        self.patient.setToolTip(self.patient.text())

    def show_stages(self, names: Sequence[str], shown: str, titles: Mapping[str, str] | None = None) -> None:
        """Show which hangings there are, and which is up."""
        for name, button in self.stages.items():
            self._stage_actions[name].setVisible(name in names)
            button.setChecked(name == shown)
            title = word((titles or {}).get(name, name))
            button.setToolTip(title)
            button.setAccessibleName(title)

    def show_layers(self, on: bool) -> None:
        """Light the master switch while any layer is on."""
        self.layers.setChecked(on)

    def show_mode(self, mode: str) -> None:
        """Show how layers and reader meet, in short; the pointer reads the rest."""
        self.mode.setText(mode.partition(": ")[0])
        self.mode.setToolTip(mode)

    def sizeHint(self) -> QSize:
        """Return the height of the row, whatever it says."""
        return QSize(super().sizeHint().width(), self.height())

    def _stage(self, name: str) -> QToolButton:
        """Return the button of a hanging."""
        button = QToolButton()
        button.setText(_tr(STAGES[name]))
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        _keep_width(button)
        button.clicked.connect(lambda: self.stage_chosen.emit(name))
        return button


class CommandButton(QToolButton):
    """A button with a short title that carries out a command, and is lit while that is on."""

    def __init__(self, action: QAction, text: str) -> None:
        """Follow `action`."""
        super().__init__()
        self._action = action
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(action.isCheckable())
        _keep_width(self)
        self.clicked.connect(self._press)
        action.changed.connect(self._follow)
        self._follow()

    def _press(self) -> None:
        """Carry the command out; what is lit then is for whoever knows."""
        if not self._action.isCheckable():
            self.setChecked(not self.isChecked())
        self._action.trigger()

    def _follow(self) -> None:
        """Look as the action is."""
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())
        if self._action.isCheckable():
            self.setChecked(self._action.isChecked())


def _keep_width(button: QToolButton) -> None:
    """Cut the words beside a button rather than its own."""
    button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 14)


def _padded(label: QLabel) -> QWidget:
    """Return a label with room at both sides."""
    around = QWidget()
    row = QHBoxLayout(around)
    row.setContentsMargins(8, 0, 8, 0)
    row.addWidget(label)
    return around


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("top bar", text)
