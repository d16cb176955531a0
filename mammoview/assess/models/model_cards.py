"""Names, hashes and model cards of the bundled models, read without loading any model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mammoview.assess.models.hashes import PINS
from mammoview.core.paths import resources


@dataclass(frozen=True)
class ModelCard:
    """One bundled model.

    Parameters
    ----------
    name, version
        From model.json; the version is empty where that cannot be read.
    sha256
        Hash that is pinned in the program.
    sound
        Whether its weights have that hash.
    text
        MODEL_CARD.md; empty where it cannot be read.
    """

    name: str
    version: str
    sha256: str
    sound: bool
    text: str


def cards(folder: Path | None = None) -> tuple[ModelCard, ...]:
    """Return every pinned model, missing and altered ones too; reads files."""
    folder = folder or resources() / "models"
    return tuple(_card(folder / name, pins["model.safetensors"]) for name, pins in PINS.items())


def _card(folder: Path, pin: str) -> ModelCard:
    try:
        sound = sha256((folder / "model.safetensors").read_bytes()).hexdigest() == pin
    except OSError:
        sound = False
    try:
        version = str(json.loads((folder / "model.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        version = ""
    try:
        text = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    return ModelCard(folder.name, version, pin, sound, text)
