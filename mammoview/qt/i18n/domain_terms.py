"""Texts of data files and of the packages below Qt: outlines, colours, hanging protocols, commands."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.noop import translate_noop

_N = translate_noop
LAYER_COMMANDS = (
    _N("commands", "Outlines"),
    _N("commands", "Patch grid"),
    _N("commands", "Heatmap"),
    _N("commands", "Model sensitivity"),
    _N("commands", "CAD report"),
    _N("commands", "Measurement report"),
    _N("commands", "Presentation state"),
    _N("commands", "Segmentation"),
    _N("commands", "Overlay planes"),
    _N("commands", "Analysed area"),
)
"""Titles of the commands that switch layers, as `mammoview.display.layers.registry` has them."""
OUTLINES = (
    _N("words", "boundary"),
    _N("words", "core"),
    _N("words", "box"),
    _N("words", "circle"),
    _N("words", "drawn by you"),
)
"""Kinds of outlines, as `mammoview.study.scan` has them, and the reader's own."""
DRAWN_BY = (_N("words", "radiologist"), _N("words", "data set"), _N("words", "own"), _N("words", "other"))
"""Who drew an outline, as `mammoview.study.outline_sources` has it."""
COLOURS = (
    _N("words", "ember"),
    _N("words", "lagoon"),
    _N("words", "orchid"),
    _N("words", "cyan"),
    _N("words", "rose"),
    _N("words", "violet"),
    _N("words", "blue"),
    _N("words", "olive"),
    _N("words", "jade"),
    _N("words", "amber"),
    _N("words", "yellow"),
)
"""Names of the colour tables, as `mammoview.display.colormaps` has them."""
PROTOCOL_TITLES = (
    _N("words", "Four views"),
    _N("words", "CC pair"),
    _N("words", "CC pair above the prior"),
    _N("words", "MLO pair"),
    _N("words", "MLO pair above the prior"),
    _N("words", "Right only"),
    _N("words", "Left only"),
    _N("words", "Right CC"),
    _N("words", "Left CC"),
    _N("words", "Right MLO"),
    _N("words", "Left MLO"),
    _N("words", "Side or projection unknown"),
)
"""Titles of the hanging protocols that the program brings; the user's own stay as they were written."""


def word(text: str) -> str:
    """Return one of these words in the reader's language, and any other text as it is."""
    return QCoreApplication.translate("words", text) if text else text
