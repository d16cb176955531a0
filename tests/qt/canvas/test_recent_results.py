"""What has been worked out for one of the last subjects is not worked out again."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from mammoview.qt.canvas.recent_results import MOST_RESULTS, RecentResults


def test_equal_subjects_share_a_result_until_others_have_taken_its_place() -> None:
    results: RecentResults[float] = RecentResults()
    made: list[float] = []

    def width(box: QRectF) -> float:
        def make() -> float:
            made.append(box.width())
            return box.width()

        return results.of((box, "px"), make)

    def box(width: float) -> QRectF:
        return QRectF(1, 2, width, 3)

    assert [width(box(4)), width(box(5)), width(box(4)), width(box(5))] == [4, 5, 4, 5]
    assert made == [4, 5]
    for other in range(10, 10 + MOST_RESULTS - 1):
        width(box(other))
    assert width(box(5)) == 5 and made.count(5) == 1
    assert width(box(4)) == 4 and made.count(4) == 2
