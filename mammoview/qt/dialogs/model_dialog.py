"""Dialog in which the models are chosen: the bundled ones or a user's own, and a second one beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from mammoview.qt.concurrency.task import Task
from mammoview.qt.dialogs.card_browser import CardBrowser
from mammoview.qt.dialogs.model_check_worker import CheckedModel, ModelCheckWorker
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.session.model_choices import ModelChoices
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.file_dialogs import folder_to_open

WIDTH_EMS, HEIGHT_EMS = 46, 44
"""Size in widths of the letter m."""


class ModelDialog(QDialog):
    """Modeless; a folder is checked in a thread, and only a model without mistakes can be chosen."""

    chosen = Signal(object, object)
    """`ModelChoice` of the first model, and of the second one, None for none."""

    def __init__(self, choices: ModelChoices, worker: ModelCheckWorker, parent: QWidget | None = None) -> None:
        """Show the models that are run; `worker` checks others."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Model"))
        self._worker = worker
        self._task: Task[CheckedModel, None] | None = None
        self._checking = False
        """Whether a folder is being checked, which is chosen then: the dialog cannot be accepted before."""
        self._known = [BUNDLED, *(one for one in (choices.first, choices.second) if one is not None and one.key)]
        column = QVBoxLayout(self)
        rows = QGridLayout()
        rows.setColumnStretch(1, 1)
        self.first, self.second = QComboBox(), QComboBox()
        self.folders = QPushButton(self.tr("Folder…")), QPushButton(self.tr("Folder…"))
        titles = self.tr("Model A"), self.tr("Model B, to compare")
        for row, (title, combo, button) in enumerate(zip(titles, (self.first, self.second), self.folders, strict=True)):
            label = QLabel(title)
            label.setBuddy(combo)
            name_list(combo, title)
            button.setAccessibleName(self.tr("Folder of {}").format(title))
            button.setToolTip(self.tr("Choose the folder of a model of your own (model.toml)"))
            button.clicked.connect(partial(self.ask_for_folder, combo))
            combo.activated.connect(partial(self._take_choice, combo))
            for place, widget in enumerate((label, combo, button)):
                rows.addWidget(widget, row, place)
        column.addLayout(rows)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.make_warning(self.problem)
        column.addWidget(self.problem)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.about)
        self.card = CardBrowser(self.tr("Model card"))
        column.addWidget(self.card, 1)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.buttons.button(kinds.Ok).setText(self.tr("OK"))
        self.buttons.button(kinds.Cancel).setText(self.tr("Cancel"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self._fill(choices.first, choices.second)
        self._describe(choices.shown)
        high = min(theme.ems(self, HEIGHT_EMS), self.screen().availableSize().height())
        self.resize(theme.ems(self, WIDTH_EMS), high)

    @property
    def choice(self) -> tuple[ModelChoice, ModelChoice | None]:
        """The models that are chosen."""
        return self.first.currentData() or BUNDLED, self.second.currentData()

    def ask_for_folder(self, combo: QComboBox, _checked: bool = False) -> None:
        """Ask for a folder, and have its model checked for one of the two places."""
        now = combo.currentData()
        folder = folder_to_open(self, self.tr("Folder of a model of your own"), "" if now is None else now.setting)
        if folder:
            self.check(combo, Path(folder))

    def check(self, combo: QComboBox, folder: Path) -> None:
        """Have the model in a folder checked; it is chosen for one of the two places where nothing is wrong."""
        self._ask(self._worker.check(folder), combo)
        self._check_pair()
        self.card.clear()
        self.about.setText(self.tr("Checking {}…").format(folder.name))

    def accept(self) -> None:
        """Hand the models over."""
        self.chosen.emit(*self.choice)
        super().accept()

    def done(self, result: int) -> None:
        """Drop the description that is waited for."""
        if self._task is not None:
            self._task.cancel()
        super().done(result)

    def _fill(self, first: ModelChoice, second: ModelChoice | None) -> None:
        """List the known models, and choose these."""
        self.first.clear()
        self.second.clear()
        self.second.addItem(self.tr("None"), None)
        for one in self._known:
            name = one.words if one.folder is not None else self.tr("The bundled models")
            for combo in (self.first, self.second):
                combo.addItem(name, one)
                combo.setItemData(combo.count() - 1, one.setting, Qt.ItemDataRole.ToolTipRole)
        for combo, wanted in ((self.first, first), (self.second, second)):
            index = next((i for i in range(combo.count()) if combo.itemData(i) == wanted), 0)
            combo.setCurrentIndex(index)
        self._check_pair()

    def _take_choice(self, combo: QComboBox, _index: int) -> None:
        """Show the description of the chosen model."""
        self._check_pair()
        if combo.currentData() is not None:
            self._describe(combo.currentData())

    def _check_pair(self) -> None:
        """Show whether the two are one model: there is nothing to compare then."""
        first, second = self.choice
        same = second is not None and second.key == first.key
        self.problem.setText(self.tr("A and B are the same model: choose another one, or none, as B") if same else "")
        self.problem.setVisible(same)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not same and not self._checking)

    def _describe(self, choice: ModelChoice) -> None:
        """Have a chosen model described."""
        self._ask(self._worker.describe(choice), None)

    def _ask(self, task: Task[CheckedModel, None], combo: QComboBox | None) -> None:
        """Wait for the description of a model; an earlier one is dropped."""
        if self._task is not None:
            self._task.cancel()
        self._checking = combo is not None
        self._task = task.connect(self, result=partial(self._take_checked, combo), failed=self._show_mistakes)

    def _take_checked(self, combo: QComboBox | None, found: CheckedModel) -> None:
        """Show what a model is, and choose it where it was asked for; else what is wrong with it."""
        if found.choice is None:
            self._show_mistakes(*found.lines)
            return
        self._checking = False
        if combo is not None:
            wanted = [found.choice if one is combo else one.currentData() for one in (self.first, self.second)]
            gone = {one.key for one in self._known if one.setting == found.choice.setting and one.key}
            # A folder that holds another model by now stands for this one.
            wanted = [found.choice if one is not None and one.key in gone else one for one in wanted]
            self._known = [*(one for one in self._known if one.key not in gone), found.choice]
            self._fill(wanted[0] or BUNDLED, wanted[1])
        self.about.setText("\n".join(phrase(line) for line in found.lines))
        self.card.setMarkdown(found.card or self.tr("Its model card cannot be read."))

    def _show_mistakes(self, *lines: str) -> None:
        """Show what is wrong with a model, a line each; it is not chosen, and what was chosen before stays."""
        self._checking = False
        self._check_pair()
        pair = [self.problem.text()] if self.problem.text() else []
        self.about.clear()
        self.card.clear()
        head = self.tr("This model cannot be used:")
        self.problem.setText("\n".join([head, *(f"\u2022 {phrase(line)}" for line in lines), *pair]))
        self.problem.setVisible(True)
