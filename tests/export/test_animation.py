"""Animations: the layers come one by one over an unchanged picture, with their words, and without names of patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from mammoview.core.version import __version__
from mammoview.display.scan_analysis import analyse
from mammoview.export import animation
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.export.figure_crop import crop_named
from mammoview.export.figure_panels import Panel, panels_of
from mammoview.export.formats import FORMATS
from mammoview.export.page import PageBox, PageText
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
        reported = picture.info.get("comment", b"")  # a GIF holds it in pieces
    assert len(found) == 5 and {frame.size for frame in found} == {found[0].size}
    pixels = [np.asarray(frame).astype(int)[:240] for frame in found]
    coloured = [int((np.ptp(frame, axis=2) > 60).sum()) for frame in pixels]
    assert coloured[0] == 0 < coloured[2] < coloured[4]
    assert np.abs(pixels[0] - pixels[4])[:60].max() < 25  # outside the layers nothing changes
    held = path.read_bytes() + reported
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


def test_all_words_have_room_however_narrow_the_picture_is(content: ExportContent) -> None:
    for width in (200, 400):
        lines = animation.panel_words(Panel("bare words " * 40, ()), content, width, 0)
        reported = " ".join(line.text for line in lines)
        assert reported.count("bare words") == 40 and "Not for diagnosis" in reported and "Spacing 200 µm" in reported
    stages, height = animation.stages_of(content)
    assert all(stage.height > height + 5 * animation.LETTERS for stage in stages)


def test_a_scale_bar_and_the_models_stand_below_the_picture(content: ExportContent) -> None:
    (one,) = content.scans
    bar, *_rest, text = animation.scale_items(one, crop_named("breast", one.analysis, one.assessment), 240, 0)
    assert isinstance(bar, PageBox) and isinstance(text, PageText) and text.text.startswith(("10 mm", "20 mm"))
    panels = panels_of(one, content)
    said = [" ".join(line.text for line in animation.panel_words(panel, content, 240, 0)) for panel in panels]
    assert [("tissue-200um 1.0" in words, f"Mammoview {__version__}" in words) for words in said] == [
        (panel.title == "heatmap", True) for panel in panels
    ]


def test_words_change_at_once(content: ExportContent) -> None:
    shown, _times = animation.frames(content)
    _stages, height = animation.stages_of(content)
    words = [frame.crop((0, height, *frame.size)).tobytes() for frame in shown]
    assert words[1] == words[2] != words[0] and words[3] == words[4]
