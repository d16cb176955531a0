"""Settings that the first paint uses, so that nothing moves when the others have been read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from mammoview.core import paths


@dataclass(frozen=True)
class EarlySettings:
    """As `mammoview.core.settings.Settings` has them."""

    theme: str = "dark"
    ui_scale: float = 1.0
    language: str = "system"
    window: tuple[int, int, int, int] | None = None


def read_early_settings() -> EarlySettings:
    """Read the user's settings as far as they are in order; `mammoview.core.settings.load` reports what is not.

    That one checks all of them, with libraries whose import takes longer than the first paint may.
    """
    try:
        stored = json.loads(paths.settings_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stored = {}
    if not isinstance(stored, dict):
        stored = {}
    theme, language = (
        _chosen(stored, "theme", ("dark", "contrast")),
        _chosen(stored, "language", ("system", "en", "es")),
    )
    return EarlySettings(theme, _scale(_value(stored, "ui_scale")), language, _box(stored.get("window")))


def _value(stored: dict[str, Any], name: str) -> Any:  # noqa: ANN401
    """Return the value of the environment, or of the file."""
    return os.environ.get(f"MAMMOVIEW_{name.upper()}", stored.get(name))


def _chosen(stored: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices, the first where there is no other."""
    value = _value(stored, name)
    return value if value in choices else choices[0]


def _scale(value: object) -> float:
    """Return the size of text, times the usual one."""
    try:
        scale = float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError):
        return 1.0
    return scale if 0.8 <= scale <= 2.0 else 1.0


def _box(value: object) -> tuple[int, int, int, int] | None:
    """Return left, top, width and height."""
    if not isinstance(value, list) or len(value) != 4 or not all(type(side) is int for side in value):
        return None
    return value[0], value[1], value[2], value[3]
