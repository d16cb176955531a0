"""The models that the window runs: A, and B where the reader compares two; one of them is shown."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal

from mammoview.qt.session.model_choice import BUNDLED, ModelChoice


class ModelChoices(QObject):
    """Two places for models, A and B, which never hold the same model."""

    leaving = Signal()
    """The results shown are about to be those of another model."""
    changed = Signal()
    """Another model is run, or shown."""

    def __init__(
        self, first: ModelChoice = BUNDLED, second: ModelChoice | None = None, parent: QObject | None = None
    ) -> None:
        """Run one model, or two, and show the first; a second one that is the first is left out."""
        super().__init__(parent)
        self.first = first
        self.second = None if second is None or second.key == first.key else second
        self._second_shown = False

    @property
    def shown(self) -> ModelChoice:
        """The model whose results are shown."""
        return self.second if self._second_shown and self.second is not None else self.first

    @property
    def other(self) -> ModelChoice | None:
        """The one of two models that is not shown; None while there is one model alone."""
        return None if self.second is None else self.first if self._second_shown else self.second

    @property
    def run(self) -> tuple[ModelChoice, ...]:
        """The models that are run, the current one first."""
        return (self.shown,) if self.other is None else (self.shown, self.other)

    @property
    def letter(self) -> str:
        """The letter of the current model, "A" or "B"; empty while there is one model alone."""
        return "" if self.second is None else "B" if self._second_shown else "A"

    @property
    def other_letter(self) -> str:
        """The letter of the other one of two models; empty while there is one model alone."""
        return {"A": "B", "B": "A"}.get(self.letter, "")

    @property
    def shown_words(self) -> str:
        """Such as "A: bundled"; the name alone while there is one model."""
        if not self.letter:
            return self.shown.words
        return QCoreApplication.translate("ModelChoice", "{letter}: {name}").format(
            letter=self.letter, name=self.shown.words
        )

    def use(self, first: ModelChoice, second: ModelChoice | None = None) -> bool:
        """Run a model as A and show it, and another one as B, None for none; returns whether they are two models.

        Nothing changes where they are one.
        """
        if second is not None and second.key == first.key:
            return False
        self._set(first, second, False)
        return True

    def toggle(self) -> bool:
        """Show the other of two models; returns whether there is one."""
        if self.second is None:
            return False
        self._set(self.first, self.second, not self._second_shown)
        return True

    def _set(self, first: ModelChoice, second: ModelChoice | None, second_shown: bool) -> None:
        """Take over what is run and shown."""
        if (first, second, second_shown) == (self.first, self.second, self._second_shown):
            return
        self.leaving.emit()
        self.first, self.second, self._second_shown = first, second, second_shown
        self.changed.emit()
