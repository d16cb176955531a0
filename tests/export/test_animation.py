"""Animations: the layers come one by one over an unchanged picture, with their words, and nobody is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mammoview.display.scan_analysis import analyse
from mammoview.export import animation
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_panels import Panel
from mammoview.export.formats import FORMATS
from mammoview.study.scan import Study, box
from tests.support.phantoms import assessed, breast_pixels, scan_of
from tests.support.vector_pictures import apart


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> ExportContent:
    monkeypatch.setattr(animation, "LONGEST_PX", 240)
    monkeypatch.setattr(animation, "STEPS", 2)
    scan = scan_of(breast_pixels(300, 200), patient="DOE^JANE")
    scan.path = Path("DOE_JANE.dcm")
    scan.outlines = (box(40, 120, 80, 160),)
    analysis = analyse(scan)
    one = AssessedScan(analysis, assessed(scan, (60.0, 140.0), analysis=analysis))
    return ExportContent(Path("x"), Study("DOE^JANE", [scan]), (one,), ("outlines", "heatmap"))


@pytest.mark.parametrize("name", ["gif", "webp"])
def test_layers_fade_in(content: ExportContent, name: str, tmp_path: Path) -> None:
    object.__setattr__(content, "target", tmp_path / f"x.{name}")
    path = FORMATS[name].write(content)
    with Image.open(path) as picture:
        found = [frame.convert("RGB") for frame in ImageSequence.Iterator(picture)]
        told = picture.info.get("comment", b"")  # a GIF holds it in pieces
    assert len(found) == 5 and {frame.size for frame in found} == {found[0].size}
    pixels = [np.asarray(frame).astype(int)[:240] for frame in found]
    coloured = [int((np.ptp(frame, axis=2) > 60).sum()) for frame in pixels]
    assert coloured[0] == 0 < coloured[2] < coloured[4]
    assert np.abs(pixels[0] - pixels[4])[:60].max() < 25  # outside the layers nothing changes
    held = path.read_bytes() + told
    assert b"tissue-200um 1.0" in held and b"DOE^" not in held and b"JANE" not in held


def test_both_kinds_show_the_same_frames(content: ExportContent, tmp_path: Path) -> None:
    shown = []
    for name in ("gif", "webp"):
        with Image.open(FORMATS[name].write(replace(content, target=tmp_path / f"x.{name}"))) as picture:
            shown.append([frame.convert("RGB") for frame in ImageSequence.Iterator(picture)])
    for one, other in zip(*shown, strict=True):
        mean, off = apart(one, other)
        assert mean < 8 and off < 0.01  # a GIF has 256 colours
    # The last frame has every layer; the difference from another frame is seen by this.
    assert apart(shown[0][0], shown[1][-1])[1] > 0.01


def test_the_notice_stays_where_a_title_has_no_room() -> None:
    for width in (200, 400):
        lines = animation._words(Panel("bare words " * 40, ()), "50 um", "R CC", width, 0)
        told = " ".join(line.text for line in lines)
        assert "bare words" in told and "Not for diagnosis" in told and told.endswith("Spacing 50 µm.")
