"""Drawing outlines of one's own: what the mouse does, the chosen outline, undo, saving."""

from __future__ import annotations

from dataclasses import replace
from math import hypot

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal

from mammoview.qt.drawing_item import DrawingItem
from mammoview.qt.light_box import LightBox
from mammoview.qt.outline_keeper import Look, Note, OutlineKeeper
from mammoview.qt.reading import Entry, Reading
from mammoview.qt.viewport import Viewport
from mammoview.study.outlines import OWN_SOURCE
from mammoview.study.own_outlines import History, Outlines, Point, drawn, same
from mammoview.study.scan import Outline, Scan

NEAR_PX = 8.0
"""How near to a corner the mouse takes hold of it, screen pixels."""
STEP_PX = 3.0
"""A freehand line gains a point this often, screen pixels."""


class Drawing(QObject):
    """The pointer tool of the light box while own outlines are drawn or edited.

    Drawing: a drag draws freehand and closes where it ends; clicks set the corners of a polygon, which a click on the
    first corner or a double click closes. Editing: a drag moves a corner of the chosen outline, or a whole outline.
    """

    changed = Signal(object)
    """Entry whose own outlines are others now."""
    switched = Signal()
    """Drawing or editing began or ended."""
    told = Signal(str)
    """A line for the reader."""

    def __init__(self, reading: Reading, light_box: LightBox, parent: QObject | None = None) -> None:
        """Draw on `light_box`."""
        super().__init__(parent)
        self.reading, self.light_box = reading, light_box
        self.mode = ""
        self.looks_back = True
        self.keeper = OutlineKeeper(self)
        self.unsaved: set[Scan] = set()
        self._histories: dict[Scan, History] = {}
        self._items: dict[Viewport, DrawingItem] = {}
        self._chosen: tuple[Scan, int] | None = None
        self._pending: list[Point] = []
        self._pending_scan: Scan | None = None
        self._pointer: Point | None = None
        self._freehand = False
        self._moving: tuple[Outline, int | None, Point] | None = None
        reading.scan_loaded.connect(self._take_scan)
        reading.study_shown.connect(self._take_study)
        self.keeper.found.connect(self._take_found)
        self.keeper.failed.connect(self._take_failure)

    def stop(self) -> None:
        """End the thread once everything is on the disk."""
        self.keeper.stop()

    # Modes

    def draw(self, on: bool) -> None:
        """Let the left button draw, or move the picture again."""
        self._switch("draw" if on else "")

    def edit(self, on: bool) -> None:
        """Let the left button move corners and outlines, or the picture again."""
        self._switch("edit" if on else "")

    def _switch(self, mode: str) -> None:
        """Begin a mode, or end it; a line under way is dropped."""
        self.mode = mode
        self._drop()
        self.light_box.set_tool(self if mode else None)
        self.refresh()
        self.switched.emit()

    # Outlines

    def outlines(self, scan: Scan) -> Outlines:
        """Own outlines of a scan."""
        return self._history(scan).outlines

    def put(self, scan: Scan, outlines: Outlines) -> None:
        """Take a new state of a scan's own outlines."""
        self._history(scan).put(outlines)
        self._apply(scan)

    @property
    def chosen(self) -> tuple[Scan, int] | None:
        """Scan and number of the chosen outline."""
        if self._chosen is None or self._chosen[1] >= len(self.outlines(self._chosen[0])):
            return None
        return self._chosen

    def choose(self, scan: Scan, index: int | None) -> None:
        """Choose an own outline of a scan, or none."""
        self._chosen = None if index is None else (scan, index)
        self.refresh()

    def delete(self) -> None:
        """Take the chosen outline away."""
        if self.chosen is not None:
            scan, index = self.chosen
            self._chosen = None
            self.put(scan, tuple(o for i, o in enumerate(self.outlines(scan)) if i != index))

    def describe(self, outline: Outline) -> None:
        """Put what was said about the chosen outline in its place."""
        if self.chosen is not None:
            scan, index = self.chosen
            self.put(scan, _with(self.outlines(scan), index, outline))

    def undo(self) -> None:
        """Take back the last point of a line under way, else the last change on the active scan."""
        if self._pending and not self._freehand:
            self._pending.pop()
            self.refresh()
            return
        scan = self.active
        if scan is not None and self._history(scan).undo():
            self._apply(scan)

    def redo(self) -> None:
        """Do again what was undone on the active scan."""
        scan = self.active
        if scan is not None and self._history(scan).redo():
            self._apply(scan)

    @property
    def active(self) -> Scan | None:
        """Scan of the active pane."""
        return None if self.light_box.active is None else self.light_box.active.scan

    def cancel(self) -> None:
        """Drop a line under way."""
        self._drop()
        self.refresh()

    def _history(self, scan: Scan) -> History:
        """History of a scan; it begins with what its files brought."""
        if scan not in self._histories:
            self._histories[scan] = History(tuple(o for o in scan.outlines if o.source == OWN_SOURCE))
        return self._histories[scan]

    def _apply(self, scan: Scan) -> None:
        """Let scan, journal and window have the state as it is now."""
        own = self.outlines(scan)
        scan.outlines = (*(o for o in scan.outlines if o.source != OWN_SOURCE), *own)
        self.unsaved.add(scan)
        self.keeper.submit(Note(scan, own))
        self._tell(scan)

    def _tell(self, scan: Scan) -> None:
        """Show the outlines, and let the others know."""
        viewport = self.light_box.viewport_of(scan)
        if viewport is not None and viewport.content is not None:
            viewport.content.show_outlines()
        self.refresh()
        entry = self.reading.entries.get(scan)
        if entry is not None:
            self.changed.emit(entry)

    # Mouse, in scan pixels; `reach` is one screen pixel in scan pixels

    def press(self, viewport: Viewport, point: QPointF, reach: float) -> None:
        """Begin a line, set a corner, or take hold of something."""
        scan, place = viewport.scan, (point.x(), point.y())
        if scan is None:
            return
        if self.mode == "edit":
            self._take_hold(scan, place, reach)
        elif self._pending and self._pending_scan is scan:
            if len(self._pending) > 2 and _apart(place, self._pending[0]) <= NEAR_PX * reach:
                self._close()
            else:
                self._extend(place)
        else:
            self._pending, self._pending_scan, self._freehand = [], scan, False
            self._extend(place)
        self.refresh()

    def move(self, viewport: Viewport, point: QPointF, reach: float, down: bool) -> None:
        """Go on with it."""
        place = (point.x(), point.y())
        if self.mode == "edit":
            if down and self._moving is not None:
                self._move_to(place)
        elif self._pending and viewport.scan is self._pending_scan:
            self._pointer = place
            if down and _apart(place, self._pending[-1]) >= STEP_PX * reach:
                # The first drag makes it a freehand line; after a corner has been set, a drag adds to the polygon.
                self._freehand = self._freehand or len(self._pending) == 1
                if self._freehand:
                    self._extend(place)
            self.refresh()

    def release(self, viewport: Viewport, point: QPointF, reach: float) -> None:
        """End a freehand line or a move."""
        if self._moving is not None and self.chosen is not None:
            scan, index = self.chosen
            start, self._moving = self._moving[0], None
            moved = scan.outlines[self._place_in(scan, index)]
            if moved is not start:
                self.put(scan, _with(self.outlines(scan), index, moved))
        elif self._freehand:
            self._close()
        self._moving = None

    def double(self, viewport: Viewport, point: QPointF, reach: float) -> None:
        """Close a polygon."""
        if self.mode == "draw" and self._pending:
            self._close()

    def _extend(self, place: Point) -> None:
        """Add a point to the line under way, and to the journal."""
        assert self._pending_scan is not None
        self._pending.append(place)
        self.keeper.submit(Note(self._pending_scan, points=(place,)))

    def _close(self) -> None:
        """Make an outline of the line under way; what encloses nothing is dropped."""
        scan, points = self._pending_scan, self._pending
        self._drop()
        if scan is None:
            return
        try:
            outline = drawn(points, shape=(scan.rows, scan.columns))
        except ValueError:
            self.told.emit(self.tr("An outline needs at least three points"))
            self.keeper.submit(Note(scan, self.outlines(scan)))
            return
        outlines = (*self.outlines(scan), outline)
        self._chosen = (scan, len(outlines) - 1)
        self.put(scan, outlines)

    def _drop(self) -> None:
        """Forget the line under way and whatever is held, in the journal as well."""
        if self._pending and self._pending_scan is not None:
            self.keeper.submit(Note(self._pending_scan, self.outlines(self._pending_scan)))
        self._pending, self._pending_scan, self._pointer, self._freehand = [], None, None, False
        self._moving = None

    def _take_hold(self, scan: Scan, place: Point, reach: float) -> None:
        """Take hold of a corner of the chosen outline, or choose the outline at a place and take hold of it."""
        own = self.outlines(scan)
        if self.chosen is not None and self.chosen[0] is scan:
            outline = own[self.chosen[1]]
            ways = np.hypot(*(outline.points - place).T)
            if ways.min() <= NEAR_PX * reach:
                self._moving = (outline, int(ways.argmin()), place)
                return
        for index in reversed(range(len(own))):
            if _holds(own[index], place, NEAR_PX * reach):
                self._chosen, self._moving = (scan, index), (own[index], None, place)
                return
        self._chosen = None

    def _move_to(self, place: Point) -> None:
        """Move what is held; the journal and the history hear of it when it is let go."""
        if self.chosen is None or self._moving is None:
            return
        scan, index = self.chosen
        outline, corner, start = self._moving
        points = outline.points.copy()
        if corner is None:
            low, high = points.min(0), points.max(0)
            way = np.clip(np.subtract(place, start), -low, np.subtract((scan.columns, scan.rows), high))
            points += way
        else:
            points[corner] = np.clip(place, 0, (scan.columns, scan.rows))
        at = self._place_in(scan, index)
        scan.outlines = _with(scan.outlines, at, replace(outline, points=points))
        viewport = self.light_box.viewport_of(scan)
        if viewport is not None and viewport.content is not None:
            viewport.content.show_outlines()
        self.refresh()

    def _place_in(self, scan: Scan, index: int) -> int:
        """Place of an own outline among all of the scan: own ones stand last."""
        return len(scan.outlines) - len(self.outlines(scan)) + index

    # What is shown

    def refresh(self, *_about: object) -> None:
        """Show own outlines over what hangs while a tool is in hand."""
        for viewport in self.light_box.viewports:
            content = viewport.content
            if content is None or viewport.scan is None:
                continue
            if not self.mode:
                content.hide_drawing()
                viewport.viewport().update()
                continue
            item = content.drawing()
            scan = viewport.scan
            own = tuple(o for o in scan.outlines if o.source == OWN_SOURCE)
            chosen = self.chosen[1] if self.chosen is not None and self.chosen[0] is scan else None
            here = self._pending_scan is scan
            item.show_drawing(
                own,
                chosen,
                tuple(self._pending) if here else (),
                self._pointer if here and not self._freehand else None,
                self.mode == "edit",
            )
            viewport.viewport().update()

    # What the others tell

    def _take_study(self, _study: object) -> None:
        """Drop a line under way; what was drawn on the study before stays with its scans."""
        self._drop()
        self._chosen = None

    def _take_scan(self, entry: Entry) -> None:
        """Ask whether something was drawn on a scan before."""
        if entry.grey is not None and entry.scan not in self._histories:
            self._history(entry.scan)
            if self.looks_back:
                self.keeper.submit(Look(entry.scan))
        self.refresh()

    def _take_found(self, _request: int, scan: Scan, outlines: Outlines, lost: bool) -> None:
        """Take over what an earlier session left, unless the reader has begun to draw."""
        history = self._history(scan)
        if scan in self.unsaved or same(outlines, history.outlines) or (history.outlines and not lost):
            return
        history.put(outlines)
        scan.outlines = (*(o for o in scan.outlines if o.source != OWN_SOURCE), *outlines)
        if lost:
            self.unsaved.add(scan)
            text = self.tr("{name}: unsaved outlines were recovered. Ctrl+S saves them, Ctrl+Z drops them")
            self.told.emit(text.format(name=scan.name))
        self._tell(scan)

    def _take_failure(self, _request: int, text: str) -> None:
        """Pass it on."""
        self.told.emit(text)


def _apart(one: Point, other: Point) -> float:
    """Distance of two points."""
    return hypot(one[0] - other[0], one[1] - other[1])


def _with(outlines: Outlines, index: int, outline: Outline) -> Outlines:
    """Return the outlines with another one in a place."""
    return (*outlines[:index], outline, *outlines[index + 1 :])


def _holds(outline: Outline, place: Point, reach: float) -> bool:
    """Tell whether a place lies in an outline, or near its line."""
    x, y = (outline.points - place).T
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > 0) != (y1 > 0)
    rise = np.where(crosses, y1 - y, 1.0)
    if int((crosses & (x - y * (x1 - x) / rise > 0)).sum()) % 2:
        return True
    way = np.stack([x1 - x, y1 - y])
    share = np.clip(-(x * way[0] + y * way[1]) / np.maximum((way**2).sum(0), 1e-12), 0, 1)
    return bool(np.hypot(x + share * way[0], y + share * way[1]).min() <= reach)
