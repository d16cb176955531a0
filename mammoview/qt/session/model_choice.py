"""One model that the window runs: the bundled ones, or one of the user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from mammoview.assess.models.own_model_folder import OwnModelFolder

UNREADABLE = "unreadable "
"""How the keys of models begin whose folders cannot be read: nothing is ever kept or found under them."""
BUNDLED_SETTING = "bundled"
"""What the settings hold for the bundled models as the second model; a folder is an absolute path."""


@dataclass(frozen=True)
class ModelChoice:
    """The bundled models, or a model of the user's own.

    Parameters
    ----------
    folder
        The model of the user's own, as it was when it was chosen; None for the bundled ones.
    name
        Its name and version, or the name of a folder that cannot be read; empty for the bundled ones.
    """

    folder: OwnModelFolder | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """What results are kept apart by: 64 hexadecimal digits of its contents; empty for the bundled models.

        That of a folder that cannot be read begins with `UNREADABLE`; 64 hexadecimal digits of its path follow.
        """
        return "" if self.folder is None else self.folder.key

    @property
    def setting(self) -> str:
        """What the settings hold for it as the first model: its folder, empty for the bundled ones."""
        return "" if self.folder is None else str(self.folder.path)

    @property
    def words(self) -> str:
        """Its name for the reader."""
        return self.name or QCoreApplication.translate("ModelChoice", "bundled")

    @classmethod
    def of(cls, folder: Path) -> ModelChoice:
        """Return the model in a folder, as it is now. Raises ModelError."""
        from mammoview.assess.models.own_model_folder import OwnModelFolder, read_facts

        facts = read_facts(folder)
        return cls(OwnModelFolder(folder.absolute(), facts.key), f"{facts.name} {facts.version}")

    @classmethod
    def at_start(cls, folder: str) -> ModelChoice:
        """Return the model that the settings name; one that cannot be read is chosen all the same, and fails."""
        if folder in ("", BUNDLED_SETTING):
            return cls()
        from mammoview.assess.models.own_model_folder import OwnModelFolder
        from mammoview.core.errors import ModelError

        try:
            return cls.of(Path(folder))
        except ModelError:
            path = Path(folder).absolute()
            return cls(OwnModelFolder(path, UNREADABLE + sha256(os.fsencode(path)).hexdigest()), path.name)


BUNDLED = ModelChoice()
"""The models that the program brings."""
