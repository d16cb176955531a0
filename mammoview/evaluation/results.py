"""Results of the models set against the outlines of one picture: rows of lesions, marks and views."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.results.hits_and_overlap import hits, lesions, mm_per_px
from mammoview.core.tables import Row
from mammoview.evaluation.evaluation_tables import BUDGETS, LAYERS, part
from mammoview.evaluation.lesion_categories import density_of, kind_of, pathology_of, pathology_of_all
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.study.finding_status import NO_MASK, FindingStatus, finding_status, lost_outlines, may_have_finding
from mammoview.study.outline_sources import Truth, counted, drawn_by
from mammoview.study.scan import Outline, OutlineKind, Scan

NORMAL, FINDING, UNPLACED = "normal", "finding", "unplaced"
"""Labels of views: without a finding; with outlines that count; with a finding whose place is not known, or outlines of
which none counts."""
ASSESSED, FAILED = "assessed", "failed"


@dataclass(frozen=True)
class ScanResult:
    """One picture with the results of the models for it.

    Parameters
    ----------
    scan
        The picture; its pixels are not used.
    owner
        Codes of patient and study.
    code
        Code of the picture.
    source
        Its file as the tables name it.
    name
        Name of SCAN.json, without suffix.
    held
        What SCAN.json holds; None where it could not be assessed.
    reason
        Why it could not.
    attributes
        DICOM attributes that were asked for, by keyword.
    pixels
        Hash of the pixels where they could be decoded but not assessed.
    """

    scan: Scan
    owner: StudyCodes
    code: str
    source: str
    name: str
    held: Mapping[str, Any] | None
    reason: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    pixels: str = ""


@dataclass(frozen=True)
class ViewRows:
    """Rows of one picture.

    Parameters
    ----------
    view, lesions, marks
        Rows of the tables of these names.
    best
        Highest score of the marks that hit each lesion, -inf where none does, float64 (lesions,).
    false
        Scores of the marks that hit no lesion, float64 (N,).
    notes
        Lines for the user.
    assumed_normal
        Whether it counts as normal because it has no outlines, and its source does not say that it is normal.
    """

    view: Row
    lesions: list[Row]
    marks: list[Row]
    best: NDArray[np.float64]
    false: NDArray[np.float64]
    notes: tuple[str, ...] = ()
    assumed_normal: bool = False

    @property
    def group(self) -> str:
        """Patient."""
        return str(self.view["patient"])

    @property
    def counts(self) -> bool:
        """Whether figures count it."""
        return counts(self.view)


def counts(view: Row) -> bool:
    """Whether figures count a row of `views`: it was assessed, is no duplicate, and its findings have their places."""
    return view["state"] == ASSESSED and not view.get("duplicate_of") and view["label"] != UNPLACED


def rows_of(result: ScanResult, truth: Truth = Truth.OTHERS) -> ViewRows:
    """Set a picture's marks against the outlines that count as truth."""
    scan, held = result.scan, result.held
    outlines = _counted(scan, truth)
    view = {**_where(result), **_acquisition(scan), **result.attributes}
    words = {pathology_of(outline.pathology) for outline in outlines}
    view |= {
        "rows": scan.rows,
        "columns": scan.columns,
        "lesions": len(outlines),
        "label": UNPLACED if _has_lost(scan, outlines) else FINDING if outlines else NORMAL,
        "pathology": pathology_of_all(words),
    }
    if held is None:
        view |= {"state": FAILED, "reason": result.reason, "pixels": result.pixels}
        return ViewRows(view, [], [], np.full(len(outlines), -np.inf), np.zeros(0))
    every = [mark for mark in held["marks"] if math.isfinite(mark["score"])]
    left_out = len(held["marks"]) - len(every)
    notes = (f"{result.code}: {left_out} marks without a number as score are left out",) if left_out else ()
    places = np.array([(mark["column"], mark["row"]) for mark in every], np.float64).reshape(-1, 2)
    scores = np.array([mark["score"] for mark in every], np.float64)
    on = hits(places, outlines, scan.spacing) if outlines else np.zeros((len(every), 0), bool)
    listed = scores >= held["thresholds"]["listed"]
    best = np.where(on, scores[:, None], -np.inf).max(0, initial=-np.inf)
    lesion_rows = _lesion_rows(result, outlines, places, scores, on, listed)
    mark_rows = _mark_rows(result, every, outlines, places, on, listed)
    top = int(np.argmax(scores)) if len(scores) else None
    view |= {
        "state": ASSESSED,
        "content": held["content"],
        "pixels": held["pixels"],
        "marks": len(every),
        "false_listed": int((listed & ~on.any(1)).sum()),
        "score": float(scores.max(initial=0.0)),
    }
    if outlines:
        view |= {"pointing": bool(top is not None and on[top].any())}
        for layer in ("heatmap", "saliency"):
            place = held["highest"][layer]
            view[f"pointing_{layer}"] = place is not None and bool(hits([place], outlines, scan.spacing).any())
    assumed = view["label"] == NORMAL and finding_status(scan) is not FindingStatus.NORMAL
    return ViewRows(view, lesion_rows, mark_rows, best, scores[~on.any(1)], notes, assumed)


def _counted(scan: Scan, truth: Truth) -> tuple[Outline, ...]:
    return lesions(counted(scan.outlines, truth))


def _has_lost(scan: Scan, outlines: Sequence[Outline]) -> bool:
    """Whether the data state a finding or an outline whose place is not known, or have outlines that do not count."""
    if not outlines and (may_have_finding(scan) or scan.outlines):
        return True
    # The boxes that are bundled for CBIS-DDSM stand in for its masks.
    boxes = any(outline.kind is OutlineKind.BOX for outline in outlines)
    return any(not (boxes and warning.startswith(NO_MASK)) for warning in lost_outlines(scan))


def _where(result: ScanResult) -> Row:
    scan = result.scan
    return {
        "patient": result.owner.patient,
        "study": result.owner.study,
        "breast": str(scan.laterality or ""),
        "view_code": result.code,
        "view": scan.name,
        "projection": str(scan.projection or ""),
        "source": result.source,
        "result": result.name,
    }


def _acquisition(scan: Scan) -> Row:
    facts, spacing = scan.facts, scan.spacing
    return {
        "density": density_of(facts),
        "data_set": facts.get("data set", ""),
        "manufacturer": facts.get("manufacturer", ""),
        "scanner": facts.get("model") or facts.get("digitizer", ""),
        "spacing_source": spacing.source.value,
        "spacing_mm": spacing.row_mm if spacing.known else None,
        "column_spacing_mm": spacing.column_mm if spacing.known else None,
    }


def _lesion_rows(
    result: ScanResult,
    outlines: Sequence[Outline],
    places: NDArray[np.float64],
    scores: NDArray[np.float64],
    on: NDArray[np.bool_],
    listed: NDArray[np.bool_],
) -> list[Row]:
    scan, held = result.scan, result.held
    assert held is not None
    every = _counted(scan, Truth.ALL)
    facts_of = {id(outline): facts for outline, facts in zip(every, held["outlines"], strict=True)}
    common = {**_where(result), **_acquisition(scan), **result.attributes}
    rows = []
    for k, outline in enumerate(outlines):
        mine = np.flatnonzero(on[:, k])
        best = int(mine[np.argmax(scores[mine])]) if len(mine) else None
        score = None if best is None else float(scores[best])
        left, top, right, bottom = outline.box
        centre = outline.centroid
        facts = facts_of.get(id(outline), {})
        rows.append(
            {
                "lesion_id": _key(held, "L", k + 1),
                **common,
                "lesion": k + 1,
                "kind": kind_of(outline.lesion_type),
                "lesion_type": outline.lesion_type,
                "pathology": pathology_of(outline.pathology),
                "outline_kind": outline.kind.value,
                "drawn_by": drawn_by(outline).value,
                "subtlety": outline.subtlety,
                "assessment": outline.assessment,
                "size_mm": max(_mm(scan, right - left, bottom - top)) if scan.spacing.known else None,
                **dict(zip(("column", "row"), centre, strict=True)),
                "left": left,
                "top": top,
                "right": right,
                "bottom": bottom,
                "score": score,
                "rank": None if best is None else best + 1,
                "hit_listed": bool((on[:, k] & listed).any()),
                **_budget_hits(held, score),
                "distance_mm": _distance(scan, places[listed], centre),
                "iou": facts.get("iou"),
                "dice": facts.get("dice"),
                **{f"{layer}_max": facts.get("highest", {}).get(layer) for layer in LAYERS},
            }
        )
    return rows


def _mark_rows(
    result: ScanResult,
    every: Sequence[Mapping[str, Any]],
    outlines: Sequence[Outline],
    places: NDArray[np.float64],
    on: NDArray[np.bool_],
    listed: NDArray[np.bool_],
) -> list[Row]:
    scan, held = result.scan, result.held
    assert held is not None
    common = {**_where(result), **_acquisition(scan), **result.attributes}
    rows = []
    for n, mark in enumerate(every):
        hit = np.flatnonzero(on[n])
        values = {layer: mark["values"].get(layer) for layer in LAYERS}
        scales = [v for name, v in mark["values"].items() if name.startswith("grid_") and name != "grid_mean" and v]
        position = mark.get("from_nipple") or {}
        rows.append(
            {
                "mark_id": _key(held, "M", n + 1),
                **common,
                "rank": n + 1,
                "score": float(mark["score"]),
                "listed": bool(listed[n]),
                "hit": bool(len(hit)),
                "normal_view": not outlines,
                "cluster": mark.get("cluster", False),  # earlier versions listed peaks alone
                "lesion_id": _key(held, "L", int(hit[0]) + 1) if len(hit) else "",
                "near_miss_mm": None if len(hit) else _from_boxes(scan, places[n], outlines),
                "column": float(mark["column"]),
                "row": float(mark["row"]),
                "inward_mm": position.get("inward_mm"),
                "up_mm": position.get("up_mm"),
                **_ends("flips", mark.get("flips")),
                **_ends("folds", mark.get("folds")),
                **_ends("scales", (min(scales), max(scales)) if scales else None),
                **values,
            }
        )
    return rows


def _key(held: Mapping[str, Any], letter: str, number: int) -> str:
    """Return the key of a lesion or mark; scans that differ by a copy of the file alone share it."""
    return f"{held['content'][:12]}-{letter}{number}"


def _ends(name: str, ends: Sequence[float] | None) -> Row:
    low, high = ends or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


def _budget_hits(held: Mapping[str, Any], score: float | None) -> Row:
    """Return whether a lesion is hit at the thresholds that the model states; empty without an operating curve."""
    found = {}
    for budget in BUDGETS:
        threshold = held["budgets"].get(f"{budget:g}")
        found[f"hit_budget_{part(budget)}"] = None if threshold is None else score is not None and score >= threshold
    return found


def _mm(scan: Scan, across: float, down: float) -> tuple[float, float]:
    mm = mm_per_px(scan.spacing)
    return across * mm[0], down * mm[1]


def _distance(scan: Scan, places: NDArray[np.float64], centre: tuple[float, float]) -> float | None:
    """Return the distance from a place to the nearest of some others, mm."""
    if not scan.spacing.known or not len(places):
        return None
    return float(np.linalg.norm((places - centre) * mm_per_px(scan.spacing), axis=1).min())


def _from_boxes(scan: Scan, place: NDArray[np.float64], outlines: Sequence[Outline]) -> float | None:
    """Return the distance from a place to the nearest box of an outline, mm."""
    if not scan.spacing.known or not outlines:
        return None
    boxes = np.array([outline.box for outline in outlines])
    beyond = np.maximum(0, np.maximum(boxes[:, :2] - place, place - boxes[:, 2:]))
    return float(np.linalg.norm(beyond * mm_per_px(scan.spacing), axis=1).min())
