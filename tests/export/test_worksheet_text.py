"""The worksheet as text and JSON: every term, where each size comes from, and no name unless asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.export import reader_report_json
from mammoview.export.worksheet_text import text, worksheet_document, write_worksheet
from mammoview.records.birads import AXES, FEATURES, AssessmentCategory, BreastComposition, FindingKind
from mammoview.records.reader_report import Impression, ReaderReport
from mammoview.records.worksheet import TYPED, FindingSize, Worksheet, WorksheetFinding
from tests.records.test_worksheet import KEY, MASS

OTHER = WorksheetFinding(
    "R",
    "lower inner",
    9,
    kind=FindingKind.CALCIFICATIONS,
    terms={"distribution": "segmental"},
    size=FindingSize(23, TYPED),
    category=AssessmentCategory.MODERATE_SUSPICION,
    aided=True,
)
OWN = ReaderReport(
    KEY,
    {"R": Impression(AssessmentCategory.SUSPICIOUS), "L": Impression(AssessmentCategory.BENIGN)},
    revealed="2026-05-01T08:00:00Z",
    mode="second_reader",
    worksheet=Worksheet(BreastComposition.C, (MASS, OTHER)),
)
WOMAN = {"patient": "Doe^Jane", "date": "2026-04-30"}


def test_the_text_tells_all_that_was_said_and_what_does_not_go_together():
    said = text(OWN, "Reader One")
    for line in (
        "Not a medical device", "Not for diagnosis", "Reader: Reader One", "composition: c, heterogeneously dense",
        "1. Mass, left breast, upper outer, 2 o'clock, posterior third", "Shape: irregular", "Margin: spiculated",
        "Size: 12.4 mm, assumed 50 um, ruler on L CC", "Associated features: skin retraction",
        "BI-RADS 5: tissue diagnosis", "Note: near the scar", "2. Calcifications, right breast",
        "Size: 23.0 mm, typed", "9 o'clock of the right breast is not lower inner",
        "Left breast: findings 5, impression 2: THEY DIFFER", "Right breast: findings 4B, impression 4\n",
    ):  # fmt: skip
        assert line in said, line
    before, after = said.split("2. Calcifications")
    assert "before the layers" in before and "after the layers" in after
    # What was not said is left out.
    assert "Morphology" not in said and "Depth" not in after


def test_nobody_is_named_unless_it_is_asked_for():
    for said in (text(OWN, "R"), json.dumps(worksheet_document(OWN, "R"))):
        assert "Doe" not in said and "2026-04-30" not in said
    assert "Patient: Doe^Jane\nDate: 2026-04-30" in text(OWN, "R", WOMAN)
    assert worksheet_document(OWN, "R", WOMAN)["patient"] == "Doe^Jane"


def test_the_json_says_the_same(tmp_path):
    held = json.loads(write_worksheet(tmp_path / "x.json", OWN, "Reader One").read_text())
    assert held["medical_device"] is False and "Not for diagnosis" in held["notice"]
    mass, other = held["findings"]
    assert mass["size"] == {"value": 12.4, "unit": "mm", "source": "assumed 50 um", "view": "L CC"}
    assert other["size"] == {"value": 23, "unit": "mm", "source": "typed"}
    assert (mass["shape"], mass["margin"], mass["clock"], mass["birads"]) == ("irregular", "spiculated", 2, "5")
    assert "morphology" not in other and other["layers_opened_before"] and not mass["layers_opened_before"]
    assert held["breasts"] == {
        "R": {"birads": "4B", "impression": "4", "differ": False},
        "L": {"birads": "5", "impression": "2", "differ": True},
    }


def test_pixels_stay_pixels():
    own = replace(OWN, worksheet=Worksheet(None, (replace(MASS, size=FindingSize(246, "px", "L CC")),)))
    assert "Size: 246 px, ruler on L CC" in text(own, "R")
    assert worksheet_document(own, "R")["findings"][0]["size"] == {"value": 246, "unit": "px", "view": "L CC"}


@pytest.mark.parametrize("kind", FindingKind)
def test_every_term_can_be_written(kind):
    for axis in AXES[kind]:
        for term in axis.terms:
            own = replace(OWN, worksheet=Worksheet(None, (WorksheetFinding("L", kind=kind, terms={axis.name: term}),)))
            assert term in text(own, "R") and worksheet_document(own, "R")["findings"][0][axis.name] == term
    own = replace(OWN, worksheet=Worksheet(None, (WorksheetFinding("L", kind=kind, features=FEATURES),)))
    assert all(feature in text(own, "R") for feature in FEATURES)


def test_an_empty_worksheet_says_so():
    said = text(ReaderReport(KEY), "R")
    assert "composition: not given" in said and "No findings described" in said and "not opened" in said


def test_it_is_a_part_of_the_exported_reader_report():
    held = reader_report_json.study_report_document(OWN, (), "R")
    assert held["worksheet"]["composition"] == {"category": "c", "text": "heterogeneously dense"}
    assert len(held["worksheet"]["findings"]) == 2


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MammoviewError, match="the worksheet cannot be written"):
        write_worksheet(tmp_path / "file" / "x.txt", OWN, "R")
