"""The findings table: what stands in a row, in which order, and how much of it there may be; numbers on the scans."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPolygonF, QTextLayout
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem
from scipy import ndimage

from mammoview.display.layer_rendering import contours
from mammoview.qt.findings import finding_list
from mammoview.qt.findings.finding_list import FINDING, ORDERS
from mammoview.qt.findings.finding_marker import HALF_PX
from mammoview.qt.findings.listed_finding import thumbnail
from tests.qt.conftest import StandInAssessor, blob_place, viewport_of
from tests.qt.layers.test_false_mark_budget import measured
from tests.support.phantoms import assessed
from tests.support.timeouts import PATIENCE_MS


class Measured(StandInAssessor):
    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        made = measured(scan, analysis)
        marks = tuple(replace(m, layers=("grid_200um",), folds=(0.95, 0.97)) for m in made.marks)
        return replace(made, marks=marks, gate=0.6)


class Many(StandInAssessor):
    """Fifty marks in every scan."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        column, row = blob_place(scan, analysis)
        places = [(column + 3 * (i % 7), row + 3 * (i // 7)) for i in range(50)]
        made = assessed(scan, *places, analysis=analysis)
        marks = tuple(replace(m, score=0.99 - 0.01 * i) for i, m in enumerate(made.marks))
        return replace(made, marks=marks)


def shown(window) -> list:
    rows = window.findings.list
    return [rows.item(i).data(FINDING) for i in range(rows.count())]


def test_a_row_says_number_pair_view_size_odds_place_and_agreement(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    window.findings.reveal()
    first = shown(window)[0]
    assert first.number == 1 and first.letter == "A" and first.partner is not None
    assert first.title.startswith("1 A  ") and first.title.endswith(" mm")
    assert first.odds_text == "90 of 100 such marks held a finding (80 to 100)"
    assert re.fullmatch(r"(outer|inner|upper|lower) half, \d+ mm from nipple", first.place_text)
    # The letter is explained in the row: by depth, not by the distance from the nipple, and as a hint with its rate.
    cc, mlo = first.pair.craniocaudal.behind_nipple, first.pair.oblique.behind_nipple
    depths = (mlo, cc) if "MLO" in first.view else (cc, mlo)
    assert first.pair_text.startswith(f"A ↔ {first.partner[0].scan.name}, {depths[0]:.0f} and {depths[1]:.0f} mm deep;")
    # The clock face needs both views, and stands behind how often they show one lesion: never as a fact.
    assert re.search(rf"; same lesion in \d+ of 100 such pairs, then at {first.pair.hour} o'clock$", first.pair_text)
    alone = replace(first, pair=None, partner=None)
    assert alone.pair_text == f"no pair, {depths[0]:.0f} mm deep"
    assert replace(alone, place=None).pair_text == "no pair"
    assert first.agreement_text == "1/1 scales, all folds"
    counted = replace(first, finding=replace(first.finding, fold_values=(0.01, 0.95, 0.97)))
    assert counted.agreement_text == "1/1 scales, 2/3 folds"
    spots = replace(first, finding=replace(first.finding, cluster=True))
    assert spots.agreement_text == "cluster of bright spots, 1/1 scales, all folds"
    assert "calcifications, or what looks like them" in spots.about and "calcifications" not in first.about
    assert "a hint, no proof" in first.about and "lengths in mm" in first.about
    text = window.findings.list.item(0).text()
    assert first.about == text, "a screen reader says all of it"
    picture = thumbnail(first, 48)
    assert (picture.width(), picture.height()) == (48, 48)
    assert np.frombuffer(picture.constBits(), np.uint8).std() > 0


def test_the_parts_of_a_row_have_lines_of_their_own_and_no_interval_is_torn_apart(
    open_window, study, monkeypatch
) -> None:
    window = open_window(study, assessor=Measured)
    window.findings.reveal()
    lines = []

    def drawn(text: QTextLayout, painter: QPainter, place: QPointF) -> None:
        lines.extend(
            text.text()[(one := text.lineAt(i)).textStart() :][: one.textLength()] for i in range(text.lineCount())
        )

    monkeypatch.setattr(QTextLayout, "draw", drawn)
    one, metrics = shown(window)[0], QFontMetricsF(window.findings.list.font())
    wide = metrics.horizontalAdvance("held a finding (80 to 1")
    window.findings.list.setFixedWidth(round(wide) + 80)
    window.findings.list.grab()
    plain = [line.replace("\u00a0", " ").strip() for line in lines]
    assert "(80 to 100)" in " ".join(plain) and not [line for line in plain if line.count("(") != line.count(")")]
    for part in (one.title, one.odds_text, one.place_text, one.pair_text, one.agreement_text):
        words = plain.pop(0)
        while len(words.split()) < len(part.split()):
            words += " " + plain.pop(0)
        assert words.split() == part.split(), "no two parts share a line"


def test_no_picture_is_kept_of_a_finding_that_is_not_listed(open_window, study, monkeypatch) -> None:
    taken = []
    monkeypatch.setattr(finding_list, "thumbnail", lambda one, side: (taken.append(one), thumbnail(one, side))[1])
    window = open_window(study, assessor=Measured)
    window.findings.reveal()
    window.findings.list.grab()
    before = len(taken)
    window.findings.list.grab()
    assert 0 < before == len(taken), "a repaint takes none anew"
    listed = shown(window)[0]
    window.findings.list.clear()
    window.findings.list.add(listed)
    window.findings.list.grab()
    assert len(taken) == before + 1


def test_lengths_have_their_source_above_the_list(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    assert not window.findings.caption.isVisibleTo(window.findings)
    window.findings.reveal()
    assert window.findings.caption.isVisibleTo(window.findings)
    assert window.findings.caption.text() == "Lengths in mm, calibrated"


def test_the_order_can_be_chosen_and_numbers_stay(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    window.findings.show_next()
    panel = window.findings
    accepted = panel.chosen_finding.finding
    window.verdicts.accept()
    window.findings.show_next()
    rejected = panel.chosen_finding.finding
    window.verdicts.reject()
    assert {"verdict", "agreement"} <= set(ORDERS)

    chosen, verdict_of = panel.chosen_finding, window.reader.second_reader.verdict_of
    for name, (_title, order) in ORDERS.items():
        panel.order.setCurrentIndex(panel.order.findData(name))
        panel.order.activated.emit(panel.order.currentIndex())
        rows = shown(window)
        keys = [order(one, verdict_of(one.entry.scan, one.finding)) for one in rows]
        assert keys == sorted(keys)
        assert {one.number for one in rows} == set(range(1, 9))
        assert panel.chosen_finding.finding is chosen.finding
        if name == "verdict":
            # Views with equal pixels, as CC and MLO have them here, share their verdicts.
            verdicts = [verdict_of(one.entry.scan, one.finding) for one in rows]
            signs = ["" if one is None else "yes" if one.accepted else "no" for one in verdicts]
            assert rows[0].finding is accepted and signs == ["yes"] * 2 + ["no"] * 2 + [""] * 4
            assert rejected in [one.finding for one in rows[2:4]]
            # The list follows a verdict that is given now.
            panel.list.setCurrentRow(7)
            last = panel.chosen_finding.finding
            window.verdicts.accept()
            assert last in [one.finding for one in shown(window)[:4]] and panel.chosen_finding.finding is last
            chosen = panel.chosen_finding


def test_stepping_centres_the_partner_as_well(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    window.findings.show_next()
    partner, mark = window.findings.chosen_finding.partner
    viewport = window.viewport_grid.viewport_of(partner.scan)
    place = viewport.viewport_point(mark.column, mark.row)
    middle = viewport.viewport().rect().center()
    assert abs(place.y() - middle.y()) < 3 and viewport.viewport().rect().contains(place.toPoint())


def test_numbers_stand_beside_all_marks_while_a_model_layer_is_on(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    marker, view = window.finding_marker, viewport_of(window, "L CC")
    assert marker.numbered_in(view) == []
    window.layers.switch("heatmap", True)
    tags = {one.tag for v in window.viewport_grid.viewports for one in marker.numbered_in(v)}
    assert len(tags) == 8 and {tag.split()[0] for tag in tags} == {str(n) for n in range(1, 9)}
    canvas = QImage(view.viewport().size(), QImage.Format.Format_RGB888)
    canvas.fill(0)
    painter = QPainter(canvas)
    marker.paint(painter, view)
    metrics, area = QFontMetricsF(painter.font()), QRectF(view.viewport().rect())
    painter.end()
    for one, box in marker.tags_in(view, metrics):
        place = view.viewport_point(one.finding.column, one.finding.row)
        assert not box.contains(place) and area.contains(box)
        assert canvas.pixelColor(place.toPoint()).value() == 0, "never over the mark"
    one, place = (found := marker.numbered_in(view)[0]), view.viewport_point(found.finding.column, found.finding.row)
    window.layers.show_only(["grid"])
    canvas.fill(0)
    painter = QPainter(canvas)
    marker.paint(painter, view)
    painter.end()
    left = round(marker.extent_in(one, view).left())
    ring = max(canvas.pixelColor(x, round(place.y())).value() for x in range(left - 2, left + 3))
    assert ring > 60
    window.layers.show_only(["heatmap"])
    window.layers.hold_bare(True)
    assert marker.numbered_in(view) == []
    window.layers.hold_bare(False)
    window.layers.switch("heatmap", False)
    assert marker.numbered_in(view) == []


def test_while_a_study_is_being_opened_the_list_does_not_say_that_none_is(open_window, study, qtbot) -> None:
    window = open_window()
    qtbot.waitUntil(lambda: not window.session.busy, timeout=PATIENCE_MS)
    assert window.findings.states.text() == "No study is open."
    window.open_paths([study])
    assert window.findings.states.text() == "The study is being opened."
    seen = []
    window.session.study_shown.connect(lambda _study: seen.append(window.findings.states.text()))
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    assert seen and "No study is open." not in seen
    window.actions_by_name["close_study"].trigger()
    qtbot.waitUntil(lambda: window.findings.states.text() == "No study is open.", timeout=PATIENCE_MS)


@pytest.mark.parametrize("times", [1, 3, 6])
@pytest.mark.parametrize("chosen", [False, True])
def test_numbers_stand_off_the_contours_and_corners_as_they_are_drawn(open_window, study, times, chosen) -> None:
    window = open_window(study, assessor=Measured)
    window.hanging.show("l-cc")
    view, marker = viewport_of(window, "L CC"), window.finding_marker
    window.layers.show_only(["heatmap"])
    if chosen:
        window.findings.show_next()
        view = window.viewport_grid.viewport_of(window.findings.chosen_finding.entry.scan)
    metrics, area = QFontMetricsF(view.font()), QRectF(view.viewport().rect())
    one = marker.numbered_in(view)[0]
    view.set_view(times * view.scale_px, view.content.to_plane(one.finding.column, one.finding.row))
    heatmap, level = one.entry.assessed.assessment.heatmap, window.layers.style("heatmap").threshold
    drawn = [
        QPolygonF([view.viewport_point(*point) for point in line]).boundingRect() for line in contours(heatmap, level)
    ]
    assert len(marker.numbered_in(view)) > 1 and drawn
    if chosen:
        corners = marker.place_in(view)
        drawn.append(QRectF(corners.x() - HALF_PX, corners.y() - HALF_PX, 2 * HALF_PX, 2 * HALF_PX))
    tags = marker.tags_in(view, metrics)
    assert tags
    for _one, box in tags:
        assert area.contains(box) and not [sign for sign in drawn if sign.intersects(box)]


class Within(StandInAssessor):
    """A mark in the middle of every outline, and cells of the grid there."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        places = [one.centroid for one in scan.outlines]
        return assessed(scan, *places, analysis=analysis) if places else super().assess(scan, analysis=analysis)


@pytest.mark.parametrize("layers", [["heatmap", "outlines"], ["grid", "outlines"]])
def test_numbers_stand_off_outlines_and_cells(open_window, samples, layers) -> None:
    window = open_window(samples / "sfm-malign-0", assessor=Within)
    window.layers.show_only(layers)
    seen = 0
    for view in window.viewport_grid.visible:
        figures = [box for name in layers if name != "heatmap" for box in view.content.figures(name)]
        lines = [
            QRectF(view.viewport_point(*box.topLeft().toTuple()), view.viewport_point(*box.bottomRight().toTuple()))
            for box in figures
        ]
        for _one, tag in window.finding_marker.tags_in(view, QFontMetricsF(view.font())):
            assert not [line for line in lines if line.normalized().intersects(tag)], view.scan.name
            seen += bool(lines)
    assert seen >= 2
    assert not view.content.figures("heatmap" if layers[0] == "grid" else "grid"), "what is hidden takes no room"


def test_the_corners_hold_the_contour_of_the_chosen_mark(open_window, study) -> None:
    window = open_window(study, assessor=Measured)
    window.layers.show_only(["heatmap"])
    window.findings.show_next()
    one, marker = window.findings.chosen_finding, window.finding_marker
    view = window.viewport_grid.viewport_of(one.entry.scan)
    while marker.extent_in(one, view).width() < 4 * HALF_PX:
        view.set_view(1.5 * view.scale_px, view.content.to_plane(one.finding.column, one.finding.row))
    extent, canvas = marker.extent_in(one, view), QImage(view.viewport().size(), QImage.Format.Format_RGB888)
    canvas.fill(0)
    painter = QPainter(canvas)
    marker.paint(painter, view)
    painter.end()

    def bright(at: QPointF) -> bool:
        near = [(x, y) for x in range(-2, 3) for y in range(-2, 3)]
        return any(canvas.pixelColor(round(at.x()) + x, round(at.y()) + y).value() > 100 for x, y in near)

    place = marker.place_in(view)
    assert bright(extent.topLeft()) and bright(extent.bottomRight())
    assert not bright(place - QPointF(HALF_PX, HALF_PX)), "none within the contour"


def test_numbers_that_would_lie_on_each_other_are_left_out(open_window, study) -> None:
    window = open_window(study, assessor=Many)
    window.layers.switch("heatmap", True)
    view = viewport_of(window, "L CC")
    metrics = QFontMetricsF(view.font())
    tags = window.finding_marker.tags_in(view, metrics)
    boxes = [box for _one, box in tags]
    assert 1 < len(tags) < 50, "the rest is in the list"
    assert tags[0][0] is window.finding_marker.numbered_in(view)[0], "the surest mark keeps its number"
    assert not any(one.intersects(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])


class Everywhere(StandInAssessor):
    """Fifty marks all over every scan."""

    def assess(self, scan, progress=None, cancelled=None, arrived=None, analysis=None):
        places = [(scan.columns * (i + 0.5) / 5, scan.rows * (j + 0.5) / 10) for i in range(5) for j in range(10)]
        made = super().assess(scan, analysis=analysis)
        marks = assessed(scan, *places, analysis=analysis).marks
        return replace(made, marks=tuple(replace(m, score=0.99 - 0.005 * i) for i, m in enumerate(marks)))


@pytest.mark.parametrize("source", ["made", "real"])
def test_numbers_stand_off_the_texts_of_the_viewport(open_window, study, request, source) -> None:
    folder = study if source == "made" else request.getfixturevalue("samples") / "sfm-malign-0"
    window = open_window(folder, assessor=Everywhere)
    assert len(window.findings.listed) == 200
    window.layers.show_only(["heatmap"])
    kept = 0
    for hanging, times in (("four-view", 1.0), ("four-view", 2.0), ("l-mlo", 1.0), ("r-cc", 3.0)):
        window.hanging.show(hanging)
        QApplication.processEvents()
        for view in window.viewport_grid.visible:
            view.set_view(times * view.scale_px, view.centre)
            view.grab()  # the texts are laid out as they are painted
            texts, metrics = view.foreground.texts, QFontMetricsF(view.font())
            words = view.corners()
            assert len(texts) > len(words.top) and words.title
            tags = window.finding_marker.tags_in(view, metrics)
            kept += len(tags)
            for one, box in tags:
                assert not [text for text in texts if text.intersects(box)], one.tag
    assert kept > 80


def test_the_number_of_a_mark_below_a_text_stands_beside_the_text(open_window, study) -> None:
    window = open_window(study, assessor=StandInAssessor)
    window.layers.show_only(["heatmap"])
    window.hanging.show("l-cc")
    view, marker = viewport_of(window, "L CC"), window.finding_marker
    (one,) = marker.numbered_in(view)
    view.grab()
    texts = view.foreground.texts
    shift = (view.viewport_point(one.finding.column, one.finding.row) - texts[0].center()) / view.scale_px
    view.set_view(view.scale_px, view.centre + shift)
    view.grab()
    ((_one, box),) = marker.tags_in(view, QFontMetricsF(view.font()))
    assert not [text for text in view.foreground.texts if text.intersects(box)]


def test_two_hundred_findings_do_not_hold_the_window_up(open_window, study) -> None:
    window = open_window(study, assessor=Many)
    began = time.process_time()
    window.findings.reveal()
    rows = window.findings.list
    assert rows.count() == 200
    window.side_panel.grab()
    assert time.process_time() - began < 3
    assert rows.itemDelegate().picture_count < 30, "pictures are made of what is in sight"


@pytest.mark.parametrize("assessor", [StandInAssessor, Many])
def test_the_panel_is_all_that_scrolls_and_the_chosen_row_is_in_its_sight(open_window, study, qtbot, assessor) -> None:
    window = open_window(study, assessor=assessor, size=(1366, 700))
    window.layers.show_only(["heatmap"])
    panel, rows, verdict = window.side_panel, window.findings.list, window.findings.verdict

    def in_sight(widget, box) -> bool:
        top = widget.mapTo(panel.viewport(), box.topLeft()).y()
        return top >= 0 and top + box.height() <= panel.viewport().height()

    QApplication.processEvents()
    assert rows.verticalScrollBar().maximum() == 0 and not rows.verticalScrollBar().isVisible()
    plain = rows.height()
    assert plain == sum(rows.sizeHintForRow(i) for i in range(rows.count())) + 2 * rows.frameWidth()
    for step in (window.findings.show_previous, window.findings.show_next, window.findings.show_next):
        step()
        qtbot.waitUntil(lambda: in_sight(verdict, verdict.rect()), timeout=PATIENCE_MS)
        assert in_sight(rows, rows.chosen_rect()), "the row from its title on"
        assert rows.chosen_rect().contains(QRect(verdict.mapTo(rows, QPoint(0, 0)), verdict.size()))
        assert rows.verticalScrollBar().maximum() == 0
    assert plain < rows.height() < plain + 2 * verdict.height(), "one row is unfolded"


def test_a_list_by_verdict_is_sorted_at_once_and_the_reader_stays_where_she_is(open_window, study, qtbot) -> None:
    window = open_window(study, assessor=Many, size=(1366, 700))
    panel = window.findings
    panel.reveal()
    panel.order.setCurrentIndex(panel.order.findData("verdict"))
    panel.order.activated.emit(panel.order.currentIndex())
    relisted: list[int] = []
    panel.relisted.connect(lambda: relisted.append(1))
    for _ in range(120):
        panel.show_next()
    chosen = panel.chosen_finding
    window.verdicts.reject()
    assert relisted and panel.chosen_finding.finding is chosen.finding
    verdict_of = window.reader.second_reader.verdict_of
    judged = [verdict_of(one.entry.scan, one.finding) is not None for one in shown(window)]
    assert judged == sorted(judged, reverse=True) and judged[panel.list.currentRow()]
    side, rows = window.side_panel.viewport(), panel.list

    def seen() -> bool:
        box = rows.chosen_rect()
        return side.rect().contains(QRect(rows.mapTo(side, box.topLeft()), box.size()))

    qtbot.waitUntil(seen, timeout=PATIENCE_MS)
    # A reason leaves the order, and the keyboard, where they are.
    panel.go_to_reason()
    assert panel.verdict.reason.hasFocus()
    relisted.clear()
    QTest.keyClick(panel.verdict.reason, Qt.Key.Key_Down)
    assert not relisted and panel.verdict.reason.hasFocus()
    window.verdicts.reject()  # taken back
    assert panel.chosen_finding.finding is chosen.finding
    assert verdict_of(chosen.entry.scan, chosen.finding) is None and relisted


@pytest.mark.parametrize("width", [150, 320])
def test_long_texts_stay_within_their_row_and_none_is_cut(open_window, study, monkeypatch, width) -> None:
    window = open_window(study, assessor=Measured)
    window.findings.reveal()
    rows = window.findings.list
    last = "\u2588" * 2
    for text in ("odds_text", "place_text", "pair_text", "agreement_text", "title"):
        words = "Ünverhältnismäßiglangeswort lang " * 4 + last
        monkeypatch.setattr(finding_list.ListedFinding, text, property(lambda _self, words=words: words))
    rows.itemDelegate().forget()
    option = QStyleOptionViewItem()
    option.initFrom(rows)
    option.rect = QRect(20, 20, width, 100)
    height = rows.itemDelegate().sizeHint(option, rows.model().index(0, 0)).height()
    canvas = QImage(width + 40, height + 40, QImage.Format.Format_RGB888)
    canvas.fill(0)
    painter = QPainter(canvas)
    option.rect = QRect(20, 20, width, height)
    rows.itemDelegate().paint(painter, option, rows.model().index(0, 0))
    painter.end()
    lines = np.frombuffer(canvas.constBits(), np.uint8).reshape(canvas.height(), -1)[:, : 3 * canvas.width()]
    drawn = lines.reshape(canvas.height(), canvas.width(), 3).max(2) > 60
    assert drawn.any() and not drawn[:20].any() and not drawn[20 + height :].any()
    assert not drawn[:, :20].any() and not drawn[:, 20 + width :].any()
    # Each text ends in two full blocks, which are drawn solid.
    text = drawn[:, 20 + finding_list.THUMBNAIL_PX + finding_list.MARGIN_PX :]
    solid = ndimage.label(ndimage.binary_opening(text, np.ones((5, 8))))[1]
    assert solid == 5, "the last word of each of the five texts"
