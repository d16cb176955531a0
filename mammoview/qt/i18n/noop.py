"""Marks texts that are translated elsewhere than where they are written."""

from __future__ import annotations


def translate_noop(_context: str, text: str) -> str:
    """Return a text unchanged, so that it is collected for translation under a context.

    Qt's own `QT_TRANSLATE_NOOP` does the same, but its stub says `object` for what it takes and returns.
    """
    return text
