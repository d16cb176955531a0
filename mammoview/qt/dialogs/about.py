"""About the program: what it is, what it is not, and the models that it brings, with their cards and hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.version import __version__
from mammoview.qt.dialogs.card_browser import CardBrowser
from mammoview.qt.session.model_choice import ModelChoice
from mammoview.qt.session.study_loader import StudyLoader
from mammoview.qt.widgets.accessibility import name_list
from mammoview.qt.widgets.status_bar import notice

if TYPE_CHECKING:
    from mammoview.assess.models.model_cards import ModelCard


class AboutDialog(QDialog):
    """Modeless; the cards arrive from the thread that reads."""

    def __init__(self, loader: StudyLoader, run: Sequence[ModelChoice], parent: QWidget) -> None:
        """Show what the program is, and ask `loader` for the cards of the models that are `run` and of its own."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About Mammoview"))
        column = QVBoxLayout(self)
        head = QHBoxLayout()
        icon = QLabel()
        icon.setPixmap(parent.windowIcon().pixmap(64, 64))
        icon.setAccessibleName(self.tr("Mammoview logo"))
        text = self.tr("Mammoview {version}\nA mammography viewer that shows what a model sees.\n{notice}")
        words = QLabel(text.format(version=__version__, notice=notice()))
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head.addWidget(icon)
        head.addWidget(words, 1)
        column.addLayout(head)
        self.models = QComboBox()
        name_list(self.models, self.tr("Model"))
        self.models.addItem(self.tr("Reading the models…"))
        self.models.setEnabled(False)
        self.models.currentIndexChanged.connect(self._show)
        column.addWidget(self.models)
        self.hash = QLabel()
        self.hash.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hash.setWordWrap(True)
        self.hash.setTextFormat(Qt.TextFormat.PlainText)  # of any model: what it states is no markup
        column.addWidget(self.hash)
        self.card = CardBrowser(self.tr("Model card"))
        column.addWidget(self.card, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setText(self.tr("Close"))
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        self._cards: tuple[ModelCard, ...] = ()
        self.resize(680, 560)
        loader.read_model_cards(run).connect(self, result=self._take_cards)

    def _take_cards(self, cards: tuple[ModelCard, ...]) -> None:
        """List the models."""
        self._cards = cards
        self.models.clear()
        self.models.setEnabled(True)
        for card in cards:
            name = f"{card.name} {card.version}".rstrip()
            self.models.addItem(self.tr("{} (your own)").format(name) if card.licence else name)

    def _show(self, index: int) -> None:
        """Show the card of a model."""
        if not 0 <= index < len(self._cards):
            return
        card = self._cards[index]
        state = self.tr("as pinned in the program") if card.sound else self.tr("MISSING OR ALTERED: it is not used")
        if card.licence:
            state = self.tr("Licence: {}").format(card.licence)
        self.hash.setText(f"SHA-256 {card.sha256}\n{state}" if card.sha256 else state)
        self.card.setMarkdown(card.text or self.tr("Its model card cannot be read."))
