"""How a setting is asked for in the dialog of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SettingsPage(StrEnum):
    """Titles of the pages of the dialog, in order."""

    READING = "Reading"
    DISPLAY = "Display"
    MODELS = "Models"


@dataclass(frozen=True)
class SettingControl:
    """A row of the dialog; the type of the setting decides what it is edited with. All texts are translated there.

    Parameters
    ----------
    page
        Page of the dialog.
    title
        What stands beside it.
    hint
        What stands below it; empty for nothing.
    choices
        For a setting with fixed values, each of them in words.
    placeholder
        What stands in an empty line of text.
    """

    page: SettingsPage
    title: str
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    placeholder: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that are shown."""
        return tuple(text for text in (self.title, self.hint, self.placeholder, *self.choices.values()) if text)
