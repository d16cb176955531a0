"""The words that are painted are those of the scan as it is now, though most repaints do not make them anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoview.qt.viewport.overlay_text import OverlayText, StateTone
from mammoview.qt.viewport.viewport import Viewport
from mammoview.study.scan import Projection
from mammoview.study.spacing import Spacing, SpacingSource
from tests.qt.conftest import viewport_of


def test_an_assumed_spacing_is_said_beside_the_scale_bar_and_not_above_it_again(window) -> None:
    viewport = viewport_of(window, "L CC")
    scan = viewport.scan
    line, doubt = "spacing assumed: CBIS-DDSM files do not tell it, 50 um per pixel are taken", "the edge is cut"
    scan.warnings += [line, doubt]
    words = viewport.corners()
    assert words.warnings == (doubt,) and line.replace("um", "\u00b5m") in words.details.replace("um", "\u00b5m")
    # Without a picture there is no scale bar.
    bare = OverlayText.of(scan, None, None, True, "", "")
    assert "spacing assumed" in bare.warnings


def test_painted_words_follow_whatever_they_are_about(window, monkeypatch: pytest.MonkeyPatch) -> None:
    viewport, made = viewport_of(window, "L CC"), []
    corners = Viewport.corners

    def note(self: Viewport) -> OverlayText | None:
        made.append(self)
        return corners(self)

    monkeypatch.setattr(Viewport, "corners", note)
    scan, grey = viewport.scan, viewport.content.grey

    def painted() -> OverlayText | None:
        viewport.grab()
        return viewport.foreground.corner_text()

    assessed = window.session.entries[scan].assessed
    warnings = ("digital mammogram: not what it was made for",)
    cautioned = replace(assessed, assessment=replace(assessed.assessment, warnings=warnings))
    viewport.corner_level = "full"
    painted()
    made.clear()
    assert painted() == corners(viewport) and not made, "nothing has changed"
    changes = (
        lambda: scan.warnings.append("another doubt"),
        lambda: setattr(scan, "facts", {**scan.facts, "implant": "yes"}),
        lambda: setattr(scan, "projection", Projection.ML),
        lambda: setattr(scan, "spacing", Spacing(0.3, 0.3, SpacingSource.USER)),
        lambda: setattr(scan, "altered", True),
        lambda: setattr(grey, "window", replace(grey.start_of_drag, width=321.0)),
        lambda: setattr(grey, "preset", None),
        lambda: setattr(grey, "inverted", not grey.inverted),
        lambda: window.layers.switch("heatmap", True),
        lambda: viewport.content.show_assessment(cautioned),
        lambda: viewport.set_view(1.7 * viewport.scale_px, viewport.centre),
        lambda: setattr(viewport, "true_scale", lambda one: one.scale_px),
        lambda: setattr(viewport, "prior", True),
        lambda: setattr(viewport, "date", "2019-02-03"),
        lambda: setattr(viewport, "patient_shown", False),
        lambda: viewport.set_state("Models: out of scope", StateTone.WARNING),
        lambda: viewport.set_state("Models: out of scope", StateTone.QUIET),
        lambda: setattr(viewport, "corner_level", "brief"),
        lambda: setattr(viewport, "corner_level", "least"),
        lambda: setattr(viewport, "corner_level", "full"),
    )
    for index, change in enumerate(changes):
        before = corners(viewport)
        change()
        assert painted() == corners(viewport), index
        assert painted() != before, index
    viewport.take_down()
    assert painted() is None
