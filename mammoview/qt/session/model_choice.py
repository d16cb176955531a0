"""Which models the window runs: A, and perhaps B beside it, one of which is on show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mammoview.assess.models.own_folder import OwnModelFolder

UNREADABLE = "unreadable"
"""Key of a model whose folder cannot be read: nothing is ever kept or found under it."""


@dataclass(frozen=True)
class ModelChoice:
    """The bundled models, or a model of the user's own.

    Parameters
    ----------
    folder
        The model of the user's own, as it was when it was chosen; None for the bundled ones.
    name
        Its name and version; empty for the bundled ones.
    """

    folder: OwnModelFolder | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """What results are kept apart by: 64 hexadecimal digits of its contents; empty for the bundled models."""
        return "" if self.folder is None else self.folder.key

    @classmethod
    def at_start(cls, folder: str) -> ModelChoice:
        """Return the model that the settings name; one that cannot be read cannot be run either, and says so then."""
        if not folder:
            return cls()
        from mammoview.assess.models.own_folder import OwnModelFolder, model_at_start, read_facts
        from mammoview.core.errors import MammoviewError

        try:
            found = model_at_start(folder)
            facts = read_facts(Path(folder))
        except MammoviewError:
            return cls(OwnModelFolder(Path(folder), UNREADABLE))
        return cls(found, f"{facts.name} {facts.version}")


BUNDLED = ModelChoice()
"""The models that the program brings."""
