"""Captions of exported pictures, from facts that do not identify the patient."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.assess.results.sensitivity import inside_contour
from mammoview.core.version import __version__
from mammoview.display.layer_rendering import percentile_rank
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.layer_type import LayerContext
from mammoview.display.layers.registry import LAYERS, MODEL_LAYERS, STYLES
from mammoview.display.legend import NOT_FOR_DIAGNOSIS, Legend, legend
from mammoview.display.length_text import ScaleBar, scale_bar
from mammoview.display.rendering import presets
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.provenance import model_lines, threshold_text
from mammoview.records.reader_report import Verdict
from mammoview.study.pixel_changes import ALTERED

NOTHING_JUDGED: Mapping[int, Verdict] = {}
_BAR_SHARE = 0.2
"""Largest part of the picture's width that the scale bar takes."""


@dataclass(frozen=True)
class Captions:
    """The text and scales below a picture.

    Parameters
    ----------
    title
        Laterality and projection, such as "L CC".
    legends
        One per layer shown.
    bar
        Scale bar, in pixels of the picture.
    lines
        Models, findings, warnings, grey, program; one thing each.
    notice
        What the picture must not be used for.
    """

    title: str
    legends: tuple[Legend, ...]
    bar: ScaleBar
    lines: tuple[str, ...]
    notice: str = NOT_FOR_DIAGNOSIS


def captions(
    analysis: ScanAnalysis,
    assessment: Assessment | None,
    layers: Collection[str],
    styles: Mapping[str, LayerStyle] = STYLES,
    zoom: float = 1.0,
    width: float | None = None,
    judged: Mapping[int, Verdict] = NOTHING_JUDGED,
    marked: tuple[int, float] | None = None,
    numbered: Sequence[tuple[int, float]] = (),
    unassessed: str = "",
) -> Captions:
    """Return the captions of a picture of one scan.

    Parameters
    ----------
    analysis
        Of the scan, whose laterality, projection and spacing count; its patient, dates, file name and other facts are
        left out.
    assessment
        Where the layers come from; None where there is none.
    layers, styles
        Which layers are shown, and how.
    zoom
        Pixels of the picture per scan pixel, across.
    width
        Width of the picture in its own pixels; the whole scan when None.
    judged
        The reader's verdicts by rank of the finding; their notes stay out.
    marked
        Number and score of the finding that is marked with corners in the picture, if one is.
    numbered
        Number and score of each finding whose number stands beside its mark.
    unassessed
        Why there is no assessment, a sentence; empty where the models were not run.
    """
    scan = analysis.scan
    context = layer_context(analysis, assessment, styles)
    shown = [name for name in styles if name in layers and LAYERS[name].is_listed(context)]
    width = analysis.standing_size[1] * zoom if width is None else width
    bar = scale_bar(analysis.standing_spacing, _BAR_SHARE * width / zoom)
    return Captions(
        title=scan.name,
        legends=tuple(_legend(styles[name], context) for name in shown),
        bar=ScaleBar(bar.pixels * zoom, bar.text),
        lines=(
            *((ALTERED,) if scan.altered else ()),
            *_mark_lines(marked, numbered),
            *_model_lines(assessment, shown, styles, unassessed),
            *_verdict_lines(judged, shown),
            f"Window/level: {presets(scan)[0]}. Mammoview {__version__}.",
        ),
    )


def _mark_lines(marked: tuple[int, float] | None, numbered: Sequence[tuple[int, float]]) -> list[str]:
    """Return what numbers and corners stand for."""
    lines = []
    if numbered:
        scores = ", ".join(f"{number} (score {score:.2f})" for number, score in numbered)
        lines.append(f"Numbers: findings of the model in the study's list: {scores}.")
    if marked is not None:
        number, score = marked
        lines.append(f"Corners with {number}: the model's finding of score {score:.2f} that the reader chose.")
    return lines


@dataclass(frozen=True, eq=False)
class ModelLayers:
    """An assessment, with its saliency ranked when it is first drawn.

    Parameters
    ----------
    assessment
        Results of the models.
    contour
        Value of the heatmap within whose contour the saliency is drawn, as in the window; its threshold when None.
    """

    assessment: Assessment
    contour: float | None = None

    @cached_property
    def sensitivity(self) -> Layer:
        """Percentile rank of the saliency, 0..1; 0 outside the contour."""
        assessment, saliency = self.assessment, self.assessment.saliency
        level = assessment.operating if self.contour is None else self.contour
        inside = inside_contour(assessment.heatmap, saliency.to_scan, saliency.values.shape, level)
        return Layer(np.where(inside, percentile_rank(saliency.values), np.float32(0)), saliency.to_scan)


def layer_context(
    analysis: ScanAnalysis, assessment: Assessment | None, styles: Mapping[str, LayerStyle]
) -> LayerContext:
    """Return what the layers of a scan are made of; `assessment` is None when the models were not run."""
    results = None if assessment is None else ModelLayers(assessment, styles["heatmap"].threshold)
    return LayerContext(analysis.scan, results, analysis.breast)


def at_operating_points(styles: Mapping[str, LayerStyle], assessment: Assessment | None) -> dict[str, LayerStyle]:
    """Return the styles with the thresholds at which the models were tuned; unchanged without an assessment."""
    fitted = dict(styles)
    if assessment is not None:
        for name, style in styles.items():
            point = LAYERS[name].operating_point(ModelLayers(assessment))
            if point is not None:
                fitted[name] = replace(style, threshold=min(1.0, max(0.0, point)))
    return fitted


def looks(styles: Mapping[str, LayerStyle] | None, assessment: Assessment | None) -> Mapping[str, LayerStyle]:
    """Return the looks of layers as they were chosen; where they were not, the default ones at the operating points."""
    return at_operating_points(STYLES, assessment) if styles is None else styles


def _legend(style: LayerStyle, context: LayerContext) -> Legend:
    """Legend of one layer, saying so where there is nothing of it to see."""
    layer, results = LAYERS[style.name], context.results
    found = legend(style, None if results is None else layer.operating_point(results))
    note = layer.caption(context, style)
    return found if note is None else replace(found, note=note)


def _model_lines(
    assessment: Assessment | None, shown: Collection[str], styles: Mapping[str, LayerStyle], unassessed: str
) -> list[str]:
    """Return the lines on findings, thresholds, models, warnings; none where the reader has no model layer open."""
    if not MODEL_LAYERS & set(shown):
        return []
    if assessment is None:
        return [unassessed or "The models were not run."]
    lines = []
    if assessment.findings:
        scores = ", ".join(f"{finding.score:.2f}" for finding in assessment.findings[:5])
        lines.append(
            f"Findings of the model: {len(assessment.findings)}, scores {scores}; listed from {assessment.least:.3f}."
        )
    else:
        lines.append(f"Findings of the model: none above its operating point, {assessment.least:.3f}.")
    lines.append(f"Thresholds: {threshold_text(assessment, styles)}.")
    lines.append(f"Models: {'; '.join(model_lines(assessment)) or 'not stated'}.")
    lines += [f"{warning[:1].upper()}{warning[1:]}." for warning in assessment.warnings]
    return lines


def _verdict_lines(judged: Mapping[int, Verdict], shown: Collection[str]) -> list[str]:
    """Return the reader's verdicts on the findings; nothing where no model layer is open."""
    if not judged or not MODEL_LAYERS & set(shown):
        return []
    words = [
        f"{rank} {'accepted' if verdict.accepted else 'rejected'}"
        + (f" ({verdict.reason.value})" if verdict.reason else "")
        for rank, verdict in sorted(judged.items())
    ]
    return [f"Findings as the reader judged them: {', '.join(words)}."]
