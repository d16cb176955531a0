"""Rows of the study list: their texts, and the delegate that draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mammoview.library.insert import source_of, study_key
from mammoview.library.queries import IndexedScan, IndexedStudy
from mammoview.qt.i18n.message_catalog import day, phrase
from mammoview.qt.widgets import theme
from mammoview.study.identity import readable
from mammoview.study.scan import Study

SLOTS = ("R CC", "L CC", "R MLO", "L MLO")
"""Places of the thumbnails; other views take places that are free."""
PICTURE = 76
"""Height of a thumbnail, px."""
MARGIN = 8
ROW = Qt.ItemDataRole.UserRole
"""Role of the Row itself."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class StudyRow:
    """A study in the list.

    Parameters
    ----------
    study
        As it is in the library; one that is open but not in the library has the id 0.
    open_as
        Its place among the open studies; None when it is not open.
    shown
        Whether it is the current one.
    prior
        Whether it is an earlier examination of the current patient.
    """

    study: IndexedStudy
    open_as: int | None = None
    shown: bool = False
    prior: bool = False

    @property
    def marks(self) -> list[str]:
        """Words about its state."""
        states = (
            (self.shown, _tr("shown")),
            (self.open_as is not None and not self.shown, _tr("open")),
            (self.prior, _tr("PRIOR")),
        )
        return [word for holds, word in states if holds]

    @property
    def missing(self) -> str:
        """Words about files that are not there; empty when all are."""
        gone = sum(not scan.there for scan in self.study.scans)
        return _tr("{gone} of {all} scans missing").format(gone=gone, all=len(self.study.scans)) if gone else ""

    def slots(self) -> list[IndexedScan | None]:
        """Return the scans in the places of the four views."""
        left = list(self.study.scans)
        placed: list[IndexedScan | None] = []
        for name in SLOTS:
            scan = next((scan for scan in left if scan.name == name), None)
            if scan is not None:
                left.remove(scan)
            placed.append(scan)
        return [left.pop(0) if scan is None and left else scan for scan in placed]


class StudyListModel(QAbstractListModel):
    """Rows for a list view; thumbnails are unpacked when they are first drawn."""

    picture_wanted = Signal(object)
    """An IndexedStudy on screen lacks thumbnails."""
    left = Signal(int)
    """Row in the index of a study that is listed no more."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.rows: list[StudyRow] = []
        self.patient_shown = True
        self._pictures: dict[Path, tuple[bytes, QPixmap]] = {}

    def show(self, rows: Sequence[StudyRow]) -> None:
        """Show these rows."""
        gone = {row.study.id for row in self.rows} - {row.study.id for row in rows}
        self.beginResetModel()
        self.rows = list(rows)
        held = {scan.path for row in rows for scan in row.study.scans}
        self._pictures = {path: kept for path, kept in self._pictures.items() if path in held}
        self.endResetModel()
        for study in gone:
            self.left.emit(study)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the Row, or the text for a screen reader."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            views = ", ".join(phrase(scan.name) for scan in row.study.scans)
            parts = (self.patient(row), day(row.study.date), self.details(row), views, *row.marks, row.missing)
            return ". ".join(part for part in parts if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            folders = dict.fromkeys(str(scan.source.parent) for scan in row.study.scans)
            return "\n".join(part for part in (row.study.description, *folders, row.missing) if part)
        return None

    def patient(self, row: StudyRow) -> str:
        """Return what the patient is called, if that may be shown."""
        if not self.patient_shown:
            return _tr("patient hidden")
        return row.study.patient or _tr("unnamed")

    def details(self, row: StudyRow) -> str:
        """Return the second line of a row: the ID, if it may be shown, and the description."""
        study = row.study
        shown = study.patient_id if self.patient_shown and study.patient_id != study.patient else ""
        return "  ".join(part for part in (shown, study.description) if part)

    def picture(self, scan: IndexedScan) -> QPixmap | None:
        """Thumbnail of a scan, if there is one."""
        if not scan.thumbnail:
            return None
        kept = self._pictures.get(scan.path)
        if kept is None or kept[0] != scan.thumbnail:
            pixmap = QPixmap()
            pixmap.loadFromData(scan.thumbnail)
            kept = self._pictures[scan.path] = scan.thumbnail, pixmap
        return None if kept[1].isNull() else kept[1]


class StudyDelegate(QStyledItemDelegate):
    """Draws a row: patient and date, the four views back to back, and warnings."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a row."""
        lines = option.fontMetrics.lineSpacing()
        return QSize(200, 3 * lines + PICTURE + 2 * MARGIN + 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row, rows = index.data(ROW), index.model()
        if not isinstance(row, StudyRow) or not isinstance(rows, StudyListModel):
            return
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        gone = not row.study.sources and row.open_as is None
        if selected:
            painter.fillRect(option.rect, option.palette.highlight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.ACCENT, 1))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.setPen(QPen(QColor(38, 40, 43), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        inner = option.rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        faint = option.palette.highlightedText().color() if selected else theme.FAINT
        colour = option.palette.highlightedText().color() if selected else theme.FAINT if gone else theme.TEXT
        bold = QFont(option.font)
        bold.setBold(True)
        height = option.fontMetrics.lineSpacing()
        top = QRect(inner.left(), inner.top(), inner.width(), height)
        when = day(row.study.date) or _tr("no date")
        _line(painter, top, rows.patient(row), when, bold, colour)
        under = top.translated(0, height)
        count = len(row.study.scans)
        words = rows.details(row) or (_tr("1 scan") if count == 1 else _tr("{} scans").format(count))
        marks = theme.PRIOR if row.prior else theme.TEXT
        state = (row.missing, theme.WARNING) if row.missing else (", ".join(row.marks), marks)
        _line(painter, under, words, state[0], option.font, faint, state[1])
        views = QRect(inner.left(), under.bottom() + 4, inner.width(), PICTURE + height)
        self._paint_views(painter, views, rows, row, faint)
        painter.restore()

    def _paint_views(self, painter: QPainter, area: QRect, rows: StudyListModel, row: StudyRow, faint: QColor) -> None:
        """Draw the thumbnails, back to back, with the names of the views below."""
        width = area.width() // len(SLOTS)
        lacking = False
        for number, scan in enumerate(row.slots()):
            if scan is None:
                continue
            slot = QRect(area.left() + number * width, area.top(), width, PICTURE)
            lacking = lacking or (scan.there and scan.thumbnail is None)
            picture = rows.picture(scan)
            if picture is None:
                box = slot.adjusted(3, 3, -3, -3)
                painter.setPen(QPen(QColor(70, 74, 78), 1, Qt.PenStyle.DashLine))
                painter.drawRect(box)
                if not scan.there:
                    painter.setPen(theme.WARNING)
                    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), _tr("missing"))
            else:
                shown = picture.size().scaled(slot.size(), Qt.AspectRatioMode.KeepAspectRatio)
                left = slot.right() + 1 - shown.width() if number % 2 == 0 else slot.left()
                painter.setOpacity(1.0 if scan.there else 0.3)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawPixmap(QRect(left, slot.top(), shown.width(), shown.height()), picture)
                painter.setOpacity(1.0)
            painter.setPen(faint if scan.there else theme.WARNING)
            label = QRect(slot.left(), slot.bottom() + 1, width, area.bottom() - slot.bottom())
            painter.drawText(label, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), phrase(scan.name))
        if lacking and row.study.id:
            rows.picture_wanted.emit(row.study)


def indexed_study(study: Study, known: IndexedStudy | None) -> IndexedStudy:
    """Return an open study in the library's terms, with the thumbnails that the library has."""
    identity = study.identity
    pictures = {} if known is None else {scan.path: scan.thumbnail for scan in known.scans}
    scans = tuple(
        IndexedScan(
            path=(path := scan.path.absolute()),
            source=source_of(scan),
            laterality=str(scan.laterality or ""),
            projection=str(scan.projection or ""),
            there=True,
            instance_uid=scan.identity.instance_uid,
            thumbnail=pictures.get(path),
        )
        for scan in study.scans
    )
    return IndexedStudy(
        id=0 if known is None else known.id,
        key=study_key(study),
        patient_id=identity.patient_id,
        issuer=identity.issuer,
        birth_date=identity.birth_date,
        name=readable(identity.name) or (study.patient if not identity.patient_id else ""),
        date=study.date,
        description=identity.description,
        opened=None if known is None else known.opened,
        scans=scans,
    )


def matches_words(study: IndexedStudy, words: Sequence[str]) -> bool:
    """Whether all words occur in the texts of a study."""
    text = f"{study.name} {study.patient_id} {study.date} {study.description}".casefold()
    return all(word in text for word in words)


def _line(
    painter: QPainter,
    rect: QRect,
    left: str,
    right: str,
    font: QFont,
    colour: QColor,
    right_colour: QColor | None = None,
) -> None:
    """Draw words at both ends of a line; the left ones give way, unless the right ones leave no room."""
    painter.setFont(font)
    metrics = QFontMetrics(font)
    right = metrics.elidedText(right, Qt.TextElideMode.ElideMiddle, rect.width() * 2 // 3)
    room = rect.width() - metrics.horizontalAdvance(right) - (MARGIN if right else 0)
    painter.setPen(colour)
    text = metrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
    painter.setPen(right_colour or colour)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), right)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("studies", text)
