"""Outlines beside pictures, and those that the program brings along."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mammoview.core.errors import UnreadableError
from mammoview.core.paths import resources
from mammoview.formats.common.outline_files import beside, bundled_outlines, parse_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.study.scan import OutlineKind, Scan

HERE = Path("outlines.json")
BOX = {"kind": "box", "box": [2, 3, 10, 20], "pathology": "BENIGN", "assessment": 3, "subtlety": 5}
CIRCLE = {"kind": "circle", "circle": [12, 14, 5], "source": "a reader"}
BOUNDARY = {"kind": "boundary", "points": [[1, 1], [9, 1], [5, 9]], "lesion_type": "MASS"}
CORE = {"kind": "core", "points": [[2, 2], [8, 2], [5, 8]]}


def written(*outlines: dict[str, Any], key: str = "outlines") -> str:
    """Return a document with these outlines."""
    return json.dumps({"mammoview_outlines": 1, "source": "the test", key: list(outlines)})


def scan_beside(folder: Path, **documents: str) -> Scan:
    """Return the scan of a picture with these JSON files beside it."""
    # No black one: in a folder named after outlines that would be a mask.
    Image.fromarray(np.arange(1200, dtype=np.uint8).reshape(40, 30)).save(folder / "p1_L_CC.png")
    for name, text in documents.items():
        (folder / f"{name}.json").write_text(text)
    return open_study(folder)[0].scans[0]


def test_all_kinds(tmp_path: Path) -> None:
    scan = scan_beside(tmp_path, **{"p1_L_CC.outlines": written(BOX, CIRCLE, BOUNDARY, CORE)})
    assert [o.kind for o in scan.outlines] == list(map(OutlineKind, ("box", "circle", "boundary", "core")))
    box, circle, boundary, _ = scan.outlines
    assert box.box == (2, 3, 10, 20) and (box.pathology, box.assessment, box.subtlety) == ("BENIGN", 3, 5)
    assert circle.centroid == pytest.approx((12, 14)) and circle.source == "a reader"
    assert boundary.lesion_type == "MASS" and boundary.source == "the test" and boundary.assessment is None
    assert not any("left out" in w for w in scan.warnings)


def test_one_file_for_a_folder(tmp_path: Path) -> None:
    document = {"mammoview_outlines": 1, "files": {"p1_L_CC.png": [BOX], "other.png": [CIRCLE]}}
    scan = scan_beside(tmp_path, outlines=json.dumps(document))
    assert [o.kind.value for o in scan.outlines] == ["box"] and scan.outlines[0].source == "outlines.json"
    assert open_study(tmp_path)[0].outside == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "{}",
        written({"kind": "star"}),
        written({"box": [1, 2, 3, 4]}),
        written({"kind": "box", "box": [5, 2, 3, 4]}),
        written({"kind": "box", "box": [1, 2, 3]}),
        written({"kind": "circle", "circle": [1, 2, 0]}),
        written({"kind": "boundary", "points": [[1, 1], [2, 2]]}),
        written({**BOX, "assessment": "many"}),
        '{"mammoview_outlines": 1, "outlines": [{"kind": "circle", "circle": [1, 2, NaN]}]}',
        '{"mammoview_outlines": 1, "outlines": 7}',
        '{"mammoview_outlines": 1, "files": [1]}',
        "[" * 100_000,
    ],
    ids=range(15),
)
def test_bad_files_are_a_warning(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError, match=r"outlines\.json: the outlines cannot be read"):
        parse_outlines(text, HERE)
    scan = scan_beside(tmp_path, **{"p1_L_CC.outlines": text})
    assert not scan.outlines and any(w.startswith("p1_L_CC.outlines.json is left out") for w in scan.warnings)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.sampled_from(["box", "circle", "core"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["kind", "box", "circle", "points", "assessment", "files", "a"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["outlines", "files", "instances", "source"]))
def test_any_json_gives_outlines_or_one_error(value: Any, key: str) -> None:
    try:
        found = parse_outlines(json.dumps({"mammoview_outlines": 1, key: value}), HERE)
        assert all(np.isfinite(o.points).all() for group in found.values() for o in group)
    except UnreadableError as error:
        assert "outlines.json" in str(error)


def test_outlines_that_take_the_place_of_others_with_their_time_are_the_ones_read(tmp_path: Path) -> None:
    picture = tmp_path / "a_L_CC.png"
    Image.fromarray(np.zeros((64, 48), np.uint8)).save(picture)
    for left in (5, 9):
        drawn = {"kind": "box", "box": [left, 10, 20, 30]}
        (tmp_path / "new").write_text(json.dumps({"mammoview_outlines": 1, "outlines": [drawn]}))
        os.utime(tmp_path / "new", ns=(315532800 * 10**9,) * 2)
        (tmp_path / "new").replace(tmp_path / "a_L_CC.outlines.json")
        assert beside(picture).outlines[0].box[0] == left


def test_outlines_beyond_the_picture_are_left_out_and_reported(tmp_path: Path) -> None:
    far = {"kind": "box", "box": [100, 100, 120, 120]}
    half = {"kind": "box", "box": [25, 35, 60, 60]}
    scan = scan_beside(tmp_path, **{"p1_L_CC.outlines": written(far, half)})
    assert [o.box for o in scan.outlines] == [(25, 35, 60, 60)]
    assert "1 outline outside the picture left out" in scan.warnings


def test_tables_of_the_program_can_be_read_and_cite_their_source() -> None:
    files = sorted((resources() / "outlines").glob("*.json"))
    assert files
    for file in files:
        document = json.loads(file.read_text())
        assert document["cite"] and document["licence"]
        for uid, outlines in parse_outlines(file.read_text(), file).items():
            assert bundled_outlines(uid) and outlines
    assert bundled_outlines("1.2.3") == ()


@pytest.mark.parametrize("numbers", ["[1e999, 5, 3]", "[5, NaN, 3]", "[5, 5, 1e999]"])
def test_circles_without_end_are_left_out_in_silence(tmp_path: Path, numbers: str) -> None:
    text = f'{{"mammoview_outlines": 1, "outlines": [{{"kind": "circle", "circle": {numbers}}}]}}'
    with warnings.catch_warnings(), pytest.raises(UnreadableError, match="a circle needs a place"):
        warnings.simplefilter("error")
        parse_outlines(text, tmp_path / "a.json")
