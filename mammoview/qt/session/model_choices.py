"""The models that the window runs: A, and B where the reader compares two; one of them is on show."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mammoview.qt.session.model_choice import BUNDLED, ModelChoice


class ModelChoices(QObject):
    """Two places for models, A and B, which never hold the same model."""

    leaving = Signal()
    """The results on show are about to be those of another model."""
    changed = Signal()
    """Another model is run, or on show."""

    def __init__(self, first: ModelChoice = BUNDLED, parent: QObject | None = None) -> None:
        """Run one model, A."""
        super().__init__(parent)
        self.first = first
        self.second: ModelChoice | None = None
        self._second_shown = False

    @property
    def shown(self) -> ModelChoice:
        """The model whose results are on show."""
        return self.second if self._second_shown and self.second is not None else self.first

    @property
    def run(self) -> tuple[ModelChoice, ...]:
        """The models that are run, the one on show first."""
        other = self.first if self._second_shown else self.second
        return (self.shown,) if other is None or other == self.shown else (self.shown, other)

    @property
    def letter(self) -> str:
        """ "A" or "B", for the model on show; empty while there is one model alone."""
        return "" if self.second is None else "B" if self._second_shown else "A"

    def use_first(self, choice: ModelChoice) -> None:
        """Run a model as A, and show it; where it was B, there is no B any more."""
        self._set(choice, None if self.second is not None and self.second.key == choice.key else self.second, False)

    def use_second(self, choice: ModelChoice | None) -> bool:
        """Run a model as B beside A, None for none; returns whether that is possible: B is another model than A."""
        if choice is not None and choice.key == self.first.key:
            return False
        self._set(self.first, choice, False)
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
