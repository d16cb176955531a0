"""Own outlines: history, files beside the pictures, and a journal that survives a killed process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.formats.common.outline_files import own_file, parse_outlines, present_own_file, write_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.records.own_drawings import (
    DrawingHistory,
    DrawingJournal,
    own_drawings_of,
    own_outline,
    same_drawings,
    saved_drawings,
)
from mammoview.study.annotations import Annotation, AnnotationKind
from mammoview.study.outline_sources import OWN_SOURCE
from mammoview.study.pixel_hash import pixel_hash
from mammoview.study.scan import Outline, OutlineKind

TRIANGLE = ((10.0, 10.0), (30.25, 12.0), (20.0, 35.0))


def labelled() -> Outline:
    """Return an outline with everything known about it."""
    return Outline(
        np.array(TRIANGLE), OutlineKind.CORE, "MASS SHAPE OVAL", 4, 2, "MALIGNANT", OWN_SOURCE, "gesehen in beiden"
    )


def test_own_outlines_lie_beside_the_picture_and_open_with_it(tmp_path: Path) -> None:
    picture = tmp_path / "p1_L_CC.png"
    Image.fromarray(np.zeros((40, 50), np.uint8)).save(picture)
    given_ = tmp_path / "p1_L_CC.outlines.json"
    given_.write_text('{"mammoview_outlines": 1, "source": "X", "outlines": [{"kind": "box", "box": [1, 2, 9, 9]}]}')
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    write_outlines(own_file(picture), [own_outline(TRIANGLE), labelled()])
    assert {file: file.read_bytes() for file in before} == before, "nothing that was there is touched"
    study = open_study(tmp_path)[0]
    scan = study.scans[0]
    assert [o.source for o in scan.outlines] == ["X", OWN_SOURCE, OWN_SOURCE]
    assert same_drawings(scan.outlines[1:], (own_outline(TRIANGLE), labelled()))
    assert scan.outlines[2].note == "gesehen in beiden"
    assert study.outside == []
    write_outlines(own_file(picture), [])
    assert [o.source for o in open_study(tmp_path)[0].scans[0].outlines] == ["X"]
    assert not [f for f in tmp_path.iterdir() if f.name.endswith(".part")]


def test_annotations_beyond_the_picture_are_told_and_do_not_come_back(tmp_path: Path) -> None:
    """A line of a million pixels would be drawn dash by dash in an exported picture."""
    picture = tmp_path / "a.png"
    Image.fromarray(np.zeros((60, 80), np.uint8)).save(picture)
    told = ([[10, 10], [90, 20]], [[-200, 10], [-100, 20]], [[10, 10], [1e9, 20]], [[10, 10], [20, -1e300]])
    lines = tuple(Annotation(AnnotationKind.RULER, np.array(points)) for points in told)
    write_outlines(own_file(picture), lines)
    scan = open_study(picture)[0].scans[0]
    assert [one.points.tolist() for one in scan.annotations] == [told[0]]
    assert "3 annotations outside the picture left out" in scan.warnings
    assert same_drawings(saved_drawings(scan, own_drawings_of(scan)), lines[:1])


def test_two_pictures_of_one_name_share_no_file(tmp_path: Path) -> None:
    names = ("x_L_CC.png", "x_L_CC.tif")
    for name in names:
        Image.fromarray(np.zeros((40, 50), np.uint8)).save(tmp_path / name)
    earlier = tmp_path / "x_L_CC.own.outlines.json"
    write_outlines(earlier, [own_outline(TRIANGLE)])

    def drawn() -> dict[str, int]:
        scans = (scan for study in open_study(tmp_path) for scan in study.scans)
        return {scan.path.name: len(scan.outlines) for scan in scans}

    # What an earlier version wrote says not of which it is: both have it.
    assert drawn() == {"x_L_CC.png": 1, "x_L_CC.tif": 1}
    before = earlier.read_bytes()
    write_outlines(own_file(tmp_path / names[0]), [own_outline(TRIANGLE), labelled()], names[0])
    assert drawn() == {"x_L_CC.png": 2, "x_L_CC.tif": 1}
    write_outlines(own_file(tmp_path / names[1]), [], names[1])
    assert drawn() == {"x_L_CC.png": 2, "x_L_CC.tif": 0}
    assert earlier.read_bytes() == before


def test_the_file_of_one_picture_is_not_taken_for_an_earlier_one_of_another(tmp_path: Path) -> None:
    one, other = tmp_path / "x.1", tmp_path / "x.1.dcm"
    assert own_file(one) != own_file(other)
    write_outlines(own_file(one), [own_outline(TRIANGLE)], one.name)
    assert present_own_file(one).is_file() and not present_own_file(other).exists()
    own_file(one).unlink()
    write_outlines(own_file(one), [own_outline(TRIANGLE)])
    assert present_own_file(other).is_file()


def test_only_files_of_their_own_are_written(tmp_path: Path) -> None:
    for name in ("p1.png", "outlines.json", "p1.outlines.json"):
        with pytest.raises(MammoviewError, match="files of their own"):
            write_outlines(tmp_path / name, [labelled()])
    (tmp_path / "in the way").write_text("")
    with pytest.raises(MammoviewError, match="cannot be written"):
        write_outlines(tmp_path / "in the way" / "p1.own.outlines.json", [labelled()])


@given(st.lists(st.tuples(st.floats(-50, 500), st.floats(-50, 500)), max_size=20))
def test_what_is_drawn_stays_in_the_scan(points: list[tuple[float, float]]) -> None:
    try:
        outline = own_outline(points, shape=(300, 200))
    except ValueError:
        return
    assert (outline.points >= 0).all() and (outline.points <= (200, 300)).all()
    assert len(outline.points) >= 3
    steps = np.diff(np.concatenate([outline.points, outline.points[:1]]), axis=0)
    assert (steps != 0).any(1).all(), "no point twice in a row"


@given(st.lists(st.sampled_from(["put", "undo", "redo"]), max_size=30))
def test_history_is_that_of_two_stacks(moves: list[str]) -> None:
    history, done, undone = DrawingHistory(), [()], []
    for number, move in enumerate(moves):
        if move == "put":
            state = (own_outline([(0, 0), (9, 0), (number + 1, 9)]),)
            history.put(state)
            done, undone = [*done, state], []
        elif move == "undo":
            assert history.undo() is (len(done) > 1)
            if len(done) > 1:
                undone.append(done.pop())
        else:
            assert history.redo() is bool(undone)
            if undone:
                done.append(undone.pop())
        assert same_drawings(history.own, done[-1])


def test_the_journal_gives_back_the_last_state_and_the_line_under_way(tmp_path: Path) -> None:
    journal = DrawingJournal.of(tmp_path, "abc")
    assert journal.recovered() is None
    journal.keep((labelled(),))
    journal.keep((labelled(), own_outline(TRIANGLE)))
    assert same_drawings(journal.recovered() or (), (labelled(), own_outline(TRIANGLE)))
    journal.keep_stroke([(1, 1), (50, 1)])
    assert len(journal.recovered() or ()) == 2, "two points enclose nothing"
    journal.keep_stroke([(50, 60)])
    assert same_drawings(
        journal.recovered() or (), (labelled(), own_outline(TRIANGLE), own_outline([(1, 1), (50, 1), (50, 60)]))
    )
    journal.keep(())
    assert journal.recovered() == ()
    journal.clear()
    assert journal.recovered() is None and list(journal.path.parent.iterdir()) == []


@settings(max_examples=20)
@given(st.integers(0, 400), st.binary(max_size=20))
def test_a_journal_cut_anywhere_gives_what_it_can(tmp_path_factory, cut: int, dirt: bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = DrawingJournal.of(folder, "abc")
    journal.keep((own_outline(TRIANGLE),))
    whole = journal.path.read_bytes()
    journal.keep((own_outline(TRIANGLE), labelled()))
    both = journal.path.read_bytes()
    journal.path.write_bytes(both[:cut] + b"\n" + dirt.replace(b"{", b""))
    found = journal.recovered()
    if cut >= len(both):
        assert len(found or ()) == 2
    elif cut >= len(whole):
        assert len(found or ()) >= 1
    # After a crash the journal goes on, and what follows is whole.
    journal.keep((own_outline(TRIANGLE),))
    assert same_drawings(journal.recovered() or (), (own_outline(TRIANGLE),))


def test_the_journal_names_nobody(tmp_path: Path) -> None:
    journal = DrawingJournal.of(tmp_path, pixel_hash(np.zeros((4, 4), np.uint16)))
    journal.keep((labelled(),))
    reported = [json.loads(line) for line in journal.path.read_bytes().splitlines() if line]
    assert set(reported[0]) == {"outlines"} and len(journal.path.stem) == 40


CHILD = """
import sys
from pathlib import Path
from mammoview.records.own_drawings import DrawingJournal, own_outline
journal = DrawingJournal.of(Path(sys.argv[1]), "abc")
journal.keep((own_outline([(10, 10), (40, 10), (40, 40)]),))
for number in range(10_000_000):
    journal.keep_stroke([(100 + number % 50, 100 + number // 50)])
    if number == 120:
        print("drawing", flush=True)
"""


def test_nothing_is_lost_when_the_process_is_killed_while_drawing(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline().strip() == "drawing"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    found = DrawingJournal.of(tmp_path, "abc").recovered()
    assert found is not None and len(found) == 2
    assert same_drawings(found[:1], (own_outline([(10, 10), (40, 10), (40, 40)]),))
    assert len(found[1].points) >= 120


def test_a_journal_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("in the way")
    with pytest.raises(MammoviewError, match=r"cannot be kept.*Ctrl\+S"):
        DrawingJournal.of(tmp_path, "abc").keep(())


def test_bad_notes_are_words_and_old_files_have_none() -> None:
    text = '{"mammoview_outlines": 1, "outlines": [{"kind": "core", "points": [[1, 1], [2, 1], [1, 2]], "note": 5}]}'
    assert parse_outlines(text, Path("x.json"))[""][0].note == "5"
