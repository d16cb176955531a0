"""The bar above the scans: patient, hanging stages, and the commands for all scans at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolBar, QToolButton, QWidget

from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.hanging_stage_button import HangingStageButton
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.status_bar import ElidedLabel

if TYPE_CHECKING:
    from mammoview.display.hanging_protocols import HangingProtocol

HEIGHT = 36
"""Height of the row, px."""
_N = translate_noop
STAGES = ("cc", "mlo", "four-view", "right", "left", "prior-cc", "prior-mlo")
"""Names of the hanging protocols that have a button, in order."""
COMMANDS = {
    "invert": _N("top bar", "Invert"),
    "film_mask": _N("top bar", "Film mask"),
    "link": _N("top bar", "Link"),
    "reset_window_level": _N("top bar", "Reset"),
}
"""Short titles of the commands that have a button, in order."""


class TopBar(QToolBar):
    """One row; every button of it can be reached and pressed with the keyboard."""

    stage_chosen = Signal(str)
    """Name of a hanging protocol."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        """Show buttons for some of `actions`."""
        super().__init__(parent)
        self.setObjectName("top")
        self.setWindowTitle(self.tr("Study and hanging protocol"))
        self.setAccessibleName(self.tr("Study and hanging protocol"))
        self.setMovable(False)
        self.setFixedHeight(max(HEIGHT, round(2.2 * self.fontMetrics().height())))
        self.patient = ElidedLabel()
        font = self.patient.font()
        font.setBold(True)
        self.patient.setFont(font)
        self.addWidget(_padded(self.patient))
        self._step_actions = actions["next_stage"], actions["previous_stage"]
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
        self.show_stages({}, "")

    def show_study(self, patient: str, date: str) -> None:
        """Show whose examination it is, and of which day; both are empty where neither may be shown."""
        self.patient.setText("   ".join(part for part in (patient, date) if part))
        self.patient.setToolTip(self.patient.text())

    def show_stages(self, protocols: Mapping[str, HangingProtocol], shown: str) -> None:
        """Show which hanging protocols there are, by name, and which is up."""
        forth, back = (
            action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) for action in self._step_actions
        )
        keys = self.tr("{next}: next stage, {previous}: previous stage").format(next=forth, previous=back)
        for name, button in self.stages.items():
            self._stage_actions[name].setVisible(name in protocols)
            button.setChecked(name == shown)
            if name in protocols:
                button.show_protocol(protocols[name], word(protocols[name].title), keys)

    def show_layers(self, on: bool) -> None:
        """Light the master switch while any layer is on."""
        self.layers.setChecked(on)

    def show_mode(self, mode: str) -> None:
        """Show how layers and reader meet, in short; the pointer reads the rest."""
        self.mode.setText(mode.partition(": ")[0])
        self.mode.setToolTip(mode)

    def sizeHint(self) -> QSize:
        """Return the height of the row, whatever its text."""
        return QSize(super().sizeHint().width(), self.height())

    def _stage(self, name: str) -> HangingStageButton:
        """Return the button of a hanging protocol."""
        button = HangingStageButton()
        button.clicked.connect(lambda: self.stage_chosen.emit(name))
        return button


class CommandButton(QToolButton):
    """A button with a short title that triggers a command and is checked while that is on."""

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
        """Trigger the command; its action sets the checked state."""
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
