"""The BI-RADS worksheet: only terms of the lexicon, conflicts are reported, and it comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import UnreadableError
from mammoview.records.birads import (
    AXES,
    BY_CONCERN,
    DEPTHS,
    FEATURES,
    MANAGEMENT,
    QUADRANTS,
    AssessmentCategory,
    BreastComposition,
    FindingKind,
    hours,
)
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, parse_report, report_document
from mammoview.records.worksheet import TYPED, FindingSize, Worksheet, WorksheetFinding, agree

KEY = "0" * 32
MASS = WorksheetFinding(
    "L",
    "upper outer",
    2,
    "posterior",
    FindingKind.MASS,
    {"shape": "irregular", "margin": "spiculated", "density": "high density"},
    ("skin retraction",),
    FindingSize(12.4, "mm, assumed 50 um", "L CC"),
    AssessmentCategory.HIGHLY_SUGGESTIVE,
    "near the scar",
    "2026-05-01T08:30:00Z",
)


@st.composite
def findings(draw):
    kind = draw(st.sampled_from([None, *FindingKind]))
    axes = () if kind is None else AXES[kind]
    size = st.builds(FindingSize, st.floats(0.1, 300), st.sampled_from([TYPED, "px", "mm, at detector"]))
    return WorksheetFinding(
        draw(st.sampled_from("RL?")),
        draw(st.sampled_from(["", *QUADRANTS])),
        draw(st.integers(0, 12)),
        draw(st.sampled_from(["", *DEPTHS])),
        kind,
        {axis.name: draw(st.sampled_from(axis.terms)) for axis in axes if draw(st.booleans())},
        tuple(draw(st.lists(st.sampled_from(FEATURES), unique=True))),
        draw(st.none() | size),
        draw(st.none() | st.sampled_from(AssessmentCategory)),
        draw(st.text(max_size=20)),
        aided=draw(st.booleans()),
    )


@given(st.lists(findings(), max_size=4), st.none() | st.sampled_from(BreastComposition))
def test_it_comes_back_with_the_reader_report(found, composition):
    own = ReaderReport(KEY, worksheet=Worksheet(composition, tuple(found)))
    assert parse_report(json.dumps(report_document(own)), "x.json") == own


def test_a_report_from_before_there_was_a_worksheet_has_an_empty_one():
    held = report_document(ReaderReport(KEY, {"R": Impression(AssessmentCategory.BENIGN)}))
    del held["worksheet"]
    own = parse_report(json.dumps(held), "x.json")
    assert own.worksheet == Worksheet() and not own.worksheet
    assert own.first["R"].category is AssessmentCategory.BENIGN


@pytest.mark.parametrize(
    "bad",
    [{"quadrant": "north"}, {"clock": 13}, {"depth": "deep"}, {"terms": {"shape": "square"}}, {"features": ["wings"]},
     {"terms": {"morphology": "rim"}}, {"kind": "cloud"}, {"category": "7"}, {"size": {"value": "?"}}, {"extra": 1}],
)  # fmt: skip
def test_what_is_no_term_is_no_reader_report(bad, tmp_path):
    held = report_document(ReaderReport(KEY, worksheet=Worksheet(None, (MASS,))))
    (finding,) = held["worksheet"]["findings"]
    held["worksheet"]["findings"] = [finding | bad]
    with pytest.raises(UnreadableError):
        parse_report(json.dumps(held), tmp_path / "x.json")


def test_a_worksheet_alone_is_worth_keeping(tmp_path):
    own = ReaderReport(KEY, worksheet=Worksheet(BreastComposition.B))
    assert own
    reports = ReaderReportStore.of(tmp_path)
    reports.keep(own)
    assert reports.find(KEY) == own


def test_another_kind_drops_the_terms_of_the_last_one():
    calcifications = replace(MASS, features=("calcifications", "skin retraction")).of_kind(FindingKind.CALCIFICATIONS)
    assert calcifications.terms == {} and calcifications.features == ("skin retraction",)
    assert (calcifications.size, calcifications.category, calcifications.note) == (MASS.size, MASS.category, MASS.note)
    assert MASS.of_kind(FindingKind.MASS) is MASS


# The clock faces the reader: the outer half of the left breast is on its right.
@pytest.mark.parametrize(
    ("breast", "quadrant", "inside", "outside"),
    [("R", "upper outer", 10, 2), ("L", "upper outer", 2, 10), ("R", "lower inner", 4, 8), ("L", "lower inner", 8, 4),
     ("R", "upper inner", 1, 11), ("L", "upper inner", 11, 1), ("R", "lower outer", 7, 5), ("L", "lower outer", 5, 7),
     ("R", "axillary tail", 10, 1), ("L", "axillary tail", 2, 11)],
)  # fmt: skip
def test_clock_and_quadrant_must_agree(breast, quadrant, inside, outside):
    assert WorksheetFinding(breast, quadrant, inside).conflicts == ()
    (line,) = WorksheetFinding(breast, quadrant, outside).conflicts
    assert f"{outside} o'clock" in line and quadrant in line


@given(st.sampled_from(QUADRANTS), st.integers(1, 12))
def test_the_breasts_are_mirrored(quadrant, hour):
    assert (hour in hours("R", quadrant)) == ((12 - hour or 12) in hours("L", quadrant))
    assert hour in hours("?", quadrant)


def test_where_nothing_contradicts_nothing_is_said():
    assert MASS.conflicts == ()
    assert WorksheetFinding("R", "retroareolar", 5).conflicts == ()
    assert WorksheetFinding("?", "upper outer", 3).conflicts == ()
    assert WorksheetFinding("R", category=AssessmentCategory.NEGATIVE).conflicts != ()


def test_the_most_worrying_finding_gives_the_breast_its_category():
    assert set(BY_CONCERN) == set(AssessmentCategory) == set(MANAGEMENT)
    right = (None, AssessmentCategory.BENIGN, AssessmentCategory.INCOMPLETE, AssessmentCategory.NEGATIVE)
    found = [WorksheetFinding("R", category=one) for one in right]
    sheet = Worksheet(
        None, (*found, WorksheetFinding("L", category=AssessmentCategory.HIGHLY_SUGGESTIVE), WorksheetFinding("?"))
    )
    assert sheet.category("R") is AssessmentCategory.INCOMPLETE
    assert sheet.category("L") is AssessmentCategory.HIGHLY_SUGGESTIVE
    assert sheet.category("?") is None


def test_a_four_without_a_letter_agrees_with_any_four():
    assert agree(AssessmentCategory.SUSPICIOUS, AssessmentCategory.HIGH_SUSPICION)
    assert agree(AssessmentCategory.LOW_SUSPICION, AssessmentCategory.SUSPICIOUS)
    assert not agree(AssessmentCategory.LOW_SUSPICION, AssessmentCategory.HIGH_SUSPICION)
    assert not agree(AssessmentCategory.SUSPICIOUS, AssessmentCategory.HIGHLY_SUGGESTIVE)
    assert not agree(AssessmentCategory.NEGATIVE, AssessmentCategory.BENIGN)


def test_the_final_impression_counts_where_there_is_one():
    own = ReaderReport(KEY, {"L": Impression(AssessmentCategory.BENIGN)}, worksheet=Worksheet(None, (MASS,)))
    assert own.differences() == {"L": (AssessmentCategory.HIGHLY_SUGGESTIVE, AssessmentCategory.BENIGN)}
    own = own.with_impression("L", Impression(AssessmentCategory.HIGHLY_SUGGESTIVE), final=True)
    assert own.differences() == {}
    assert ReaderReport(KEY, worksheet=Worksheet(None, (MASS,))).differences() == {}


def test_findings_are_put_in_replaced_and_taken_out_where_they_are():
    one, two, three = (WorksheetFinding("R", note=str(n)) for n in range(3))
    sheet = Worksheet().with_finding(0, one).with_finding(1, two)
    assert sheet.with_inserted(1, three).findings == (one, three, two)
    assert sheet.with_finding(0, three).findings == (three, two)
    assert sheet.without(0).with_inserted(0, one) == sheet
