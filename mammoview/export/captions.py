"""What stands beside a picture that leaves the program. Built from facts that name nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from mammoview.assess.results.assessment import Assessment, Layer
from mammoview.core.version import __version__
from mammoview.display.layer_styles import MODEL_LAYERS, STYLES, LayerStyle, percentile_rank
from mammoview.display.legend import NOT_FOR_DIAGNOSIS, Legend, legend
from mammoview.display.length_text import ScaleBar, scale_bar
from mammoview.display.rendering import presets
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.records.reader_report import Verdict
from mammoview.study.marks import MarkOrigin
from mammoview.study.outline_sources import DrawnBy, drawn_by
from mammoview.study.scan import Scan

NOTHING_JUDGED: Mapping[int, Verdict] = {}
_DRAWN_BY: Mapping[DrawnBy, str] = {
    DrawnBy.RADIOLOGIST: "by a radiologist",
    DrawnBy.DATA_SET: "of a data set",
    DrawnBy.OWN: "drawn by the reader",
    DrawnBy.OTHER: "out of other files",
}
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
) -> Captions:
    """Return the captions of a picture of one scan.

    Parameters
    ----------
    analysis
        Of the scan, whose laterality, projection and spacing count; its patient, dates, file name and other facts are
        left out.
    assessment
        Where the layers come from; None when the models were not run.
    layers, styles
        Which layers are shown, and how.
    zoom
        Pixels of the picture per scan pixel, across.
    width
        Width of the picture in its own pixels; the whole scan when None.
    judged
        The reader's verdicts by rank of the finding; their notes stay out.
    marked
        Number and score of the finding that is marked in the picture, if one is.
    """
    scan = analysis.scan
    others = set(MarkOrigin) - {mark.origin for mark in scan.marks}
    shown = [name for name in styles if name in layers and name not in others]
    width = analysis.standing_size[1] * zoom if width is None else width
    bar = scale_bar(analysis.standing_spacing, _BAR_SHARE * width / zoom)
    return Captions(
        title=scan.name,
        legends=tuple(_legend(styles[name], scan, assessment) for name in shown),
        bar=ScaleBar(bar.pixels * zoom, bar.text),
        lines=(
            *_mark_lines(marked),
            *_model_lines(assessment, shown),
            *_verdict_lines(judged, shown),
            f"Grey: {presets(scan)[0]}. Mammoview {__version__}.",
        ),
    )


def _mark_lines(marked: tuple[int, float] | None) -> list[str]:
    """Return what the mark of a finding stands for."""
    if marked is None:
        return []
    number, score = marked
    return [f"Corners with {number}: the model's finding of score {score:.2f} that the reader chose."]


def at_operating_points(styles: Mapping[str, LayerStyle], assessment: Assessment | None) -> dict[str, LayerStyle]:
    """Return the styles with the thresholds at which the models were tuned; unchanged without an assessment."""
    fitted = dict(styles)
    if assessment is not None:
        for name in ("grid", "heatmap"):
            point = _operating_point(name, assessment)
            if name in fitted and point is not None:
                fitted[name] = replace(fitted[name], threshold=min(1.0, max(0.0, point)))
    return fitted


def layers_of(name: str, assessment: Assessment) -> tuple[Layer, ...]:
    """Return what a model layer draws, on the scale 0..1: one map each."""
    if name == "grid":
        return () if assessment.grid is None else (assessment.grid,)
    if name == "heatmap":
        return (assessment.heatmap,)
    if name == "saliency":
        return (Layer(percentile_rank(assessment.saliency.values), assessment.saliency.to_scan),)
    return ()


def _operating_point(name: str, assessment: Assessment) -> float | None:
    """Threshold of the model behind a layer; None where it has none."""
    if name == "heatmap":
        return assessment.operating
    if name == "grid" and assessment.grid is not None:
        return assessment.grid.threshold
    return None


def _legend(style: LayerStyle, scan: Scan, assessment: Assessment | None) -> Legend:
    """Legend of one layer, saying so where there is nothing of it to see."""
    if style.name in tuple(MarkOrigin):
        return legend(style)
    if style.name == "outlines":
        found = legend(style)
        if not scan.outlines:
            return replace(found, note="none in this scan")
        by = Counter(drawn_by(outline) for outline in scan.outlines)
        counts = ", ".join(f"{by[one]} {_DRAWN_BY[one]}" for one in DrawnBy if one in by)
        return replace(found, note=f"{counts}; not part of the model")
    if assessment is None:
        return replace(legend(style), note="not run")
    found = legend(style, _operating_point(style.name, assessment))
    if not any((layer.values >= max(style.threshold, 1e-6)).any() for layer in layers_of(style.name, assessment)):
        return replace(found, note="nothing above the threshold")
    return found


def _model_lines(assessment: Assessment | None, shown: Collection[str]) -> list[str]:
    """Return the lines on findings, models and warnings; none where the reader has no model layer open."""
    if not MODEL_LAYERS & set(shown):
        return []
    if assessment is None:
        return ["The models were not run."]
    lines = []
    if assessment.findings:
        scores = ", ".join(f"{finding.score:.2f}" for finding in assessment.findings[:5])
        lines.append(f"Findings of the model: {len(assessment.findings)}, scores {scores}.")
    else:
        lines.append("Findings of the model: none above its operating point.")
    models = assessment.provenance.get("models", ())
    named = (
        [_model(model) for model in models if isinstance(model, Mapping)] if isinstance(models, list | tuple) else []
    )
    lines.append(f"Models: {'; '.join(named) if named else 'not stated'}.")
    lines += [f"{warning[:1].upper()}{warning[1:]}." for warning in assessment.warnings]
    return lines


def _verdict_lines(judged: Mapping[int, Verdict], shown: Collection[str]) -> list[str]:
    """Return what the reader said of the findings; nothing where no model layer is open."""
    if not judged or not MODEL_LAYERS & set(shown):
        return []
    words = [
        f"{rank} {'accepted' if said.accepted else 'rejected'}" + (f" ({said.reason.value})" if said.reason else "")
        for rank, said in sorted(judged.items())
    ]
    return [f"Findings as the reader judged them: {', '.join(words)}."]


def _model(facts: Mapping[str, object]) -> str:
    """Name, version and the beginning of the hash of one model."""
    return f"{facts.get('name', '?')} {facts.get('version', '?')} (sha256 {str(facts.get('sha256', '?'))[:12]})"
