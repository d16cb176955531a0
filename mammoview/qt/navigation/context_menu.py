"""The menu of a viewport, and the question for side and projection where a file does not hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.navigation.view_prompt import ViewPrompt
from mammoview.qt.navigation.voi_controller import VoiController
from mammoview.qt.session.session import Session
from mammoview.qt.viewport.viewport import Viewport
from mammoview.qt.viewport.viewport_grid import ViewportGrid


class ContextMenuController(QObject):
    """Makes menus and prompts for the viewports of a viewport grid."""

    def __init__(
        self,
        viewport_grid: ViewportGrid,
        voi: VoiController,
        session: Session,
        actions: Mapping[str, QAction],
        parent: QWidget,
    ) -> None:
        """Act on `viewport_grid` and `session`; `actions` are those of the window, by command name."""
        super().__init__(parent)
        self._viewport_grid, self._voi, self._session, self._actions = viewport_grid, voi, session, actions
        self._parent = parent

    def show(self, viewport: Viewport, place: QPoint) -> None:
        """Offer what concerns one scan at a place of the screen."""
        self.menu(viewport).popup(place)

    def menu(self, viewport: Viewport) -> QMenu:
        """Return the menu of a viewport: its window/level presets, side and projection, and some commands."""
        menu = QMenu(self._parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if viewport.content is not None:
            grey = viewport.content.grey
            for index, name in enumerate(grey.picture.presets):
                action = menu.addAction(self.tr("Window/level: {}").format(phrase(name)))
                action.setCheckable(True)
                action.setChecked(grey.preset == index)
                action.triggered.connect(lambda _checked=False, i=index: self._voi.show_preset(i))
            menu.addSeparator()
            menu.addAction(self.tr("Side and projection…")).triggered.connect(lambda: self.ask(viewport))
        for name in ("single", "fit", "tags", "export_scan", "export_seen", "figure", "copy_seen"):
            menu.addAction(self._actions[name])
        return menu

    def ask_if_unknown(self, viewport: Viewport) -> None:
        """Ask which side and projection a scan is, if its file does not say."""
        if viewport.content is None:
            return
        scan = viewport.content.scan
        if scan.laterality is None or scan.projection is None:
            self.ask(viewport)

    def ask(self, viewport: Viewport) -> None:
        """Ask in the viewport which side and projection its scan is; the reader may go on without an answer."""
        scan = viewport.scan
        if scan is None or any(prompt.scan is scan for prompt in viewport.findChildren(ViewPrompt)):
            return
        prompt = ViewPrompt(scan, viewport)
        prompt.answered.connect(self._session.set_view)
        prompt.show()
        self.place_prompts()

    def place_prompts(self) -> None:
        """Keep the prompts in the middle of their viewports' lower edge."""
        for prompt in self._viewport_grid.findChildren(ViewPrompt):
            room = cast("QWidget", prompt.parentWidget()).rect()
            prompt.move((room.width() - prompt.width()) // 2, room.height() - prompt.height() - 24)

    def forget_prompts(self) -> None:
        """Close all prompts."""
        for prompt in self._viewport_grid.findChildren(ViewPrompt):
            prompt.close()
