"""Icons of the window: all of one set, at one size, given when the library that draws them has been imported."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractButton

from mammoview.qt.concurrency.background_import import BackgroundImport
from mammoview.qt.widgets import theme
from mammoview.study.annotations import TYPES

if TYPE_CHECKING:
    from qtawesome.iconic_font import IconicFont

ICON_PX = 18
"""Width and height of every icon, at the usual size of text."""
_SET = "materialdesignicons6"
"""Beginning of the names of the files of Material Design Icons 6, which QtAwesome brings."""

GLYPHS: Mapping[str, str] = MappingProxyType(
    {
        "pointer": "cursor-default-outline",
        "window_level_tool": "contrast-circle",
        "pan_tool": "arrow-all",
        "zoom_tool": "magnify-plus-outline",
        "magnifier": "loupe",
        **{kind.value: one.icon for kind, one in TYPES.items()},
        "draw": "vector-polygon",
        "edit": "pencil-outline",
        "erase": "eraser",
        "move_region": "content-cut",
        "open_folder": "folder-open-outline",
        "open_files": "file-outline",
        "sample": "flask-outline",
        "manual": "book-open-outline",
        "dismiss": "close",
    }
)
"""Icon per command, or per part of the window."""


class IconLoader(QObject):
    """Gives icons to actions and buttons; until the library is there, they have empty ones of the same size."""

    loaded = Signal()
    """The icons are there."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Import nothing yet."""
        super().__init__(parent)
        self._font: IconicFont | None = None
        self._waiting: list[tuple[QAction | QAbstractButton, str]] = []
        self._import = BackgroundImport("qtawesome", self)
        self._import.done.connect(self._load)

    def begin(self) -> None:
        """Import the library in a thread, for it takes longer than the first paint may."""
        self._import.start()

    def stop(self) -> None:
        """Wait for the thread."""
        self._import.wait()

    def give(self, taker: QAction | QAbstractButton, name: str) -> None:
        """Give the icon of a name out of `GLYPHS`, now or when it is there."""
        if self._font is None:
            taker.setIcon(_blank())
            self._waiting.append((taker, name))
        else:
            taker.setIcon(self.icon(name))

    def icon(self, name: str) -> QIcon:
        """Return an icon, an empty one as long as the library is not there."""
        if self._font is None:
            return _blank()
        # The colours are shared objects: they are looked up whenever an icon is painted.
        icon: QIcon = self._font.icon(
            f"{_SET}.{GLYPHS[name]}", color=theme.TEXT, color_active=theme.TEXT, color_disabled=theme.FAINT
        )
        return icon

    def _load(self) -> None:
        """Read the set, and give what was asked for."""
        self._font = _font()
        waiting, self._waiting = self._waiting, []
        for taker, name in waiting:
            self.give(taker, name)
        self.loaded.emit()


@cache
def _font() -> IconicFont:
    """Return the one set that is used; read once, for the application keeps each font that it is given."""
    import qtawesome
    from qtawesome.iconic_font import IconicFont

    _folder, files = qtawesome.get_fonts_info()
    font = next(name for name in files if name.startswith(_SET))
    letters = font.replace("webfont-", "webfont-charmap-").replace(".ttf", ".json")
    return IconicFont((_SET, font, letters))


def _blank() -> QIcon:
    """Return an empty icon."""
    pixmap = QPixmap(ICON_PX, ICON_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
