"""Searching, recent studies and priors."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.formats.opening.open_study import open_study
from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import insert_opened_study, study_key
from mammoview.library.queries import IndexedStudy, priors, studies
from mammoview.study.identity import PatientIdentity, readable
from tests.support.examinations import Examine, scanned


@pytest.mark.parametrize(
    ("words", "dates"),
    [
        ("", {"2018-05-01", "2020-06-02", "2024-07-03"}),
        ("muller", {"2018-05-01", "2020-06-02"}),
        ("MÜLLER anna", {"2018-05-01", "2020-06-02"}),
        ("anna, müller", set()),
        ("id77", {"2018-05-01", "2020-06-02"}),
        ("2020-06", {"2020-06-02"}),
        ("20240703", {"2024-07-03"}),
        ("müller 2018", {"2018-05-01"}),
        ("recall", {"2020-06-02"}),
        ("archive-b", {"2024-07-03"}),
        ("100%", set()),
        ("_", set()),
        ("nobody", set()),
    ],
)
def test_every_word_must_be_found_in_name_id_date_description_or_folder(
    tmp_path: Path, index: LibraryDatabase, examine: Examine, words: str, dates: set[str]
) -> None:
    root = tmp_path / "films"
    anna = {"PatientName": "Müller^Anna", "SpecificCharacterSet": "ISO_IR 192"}
    examine(root / "1", "ID77", "20180501", **anna)
    examine(root / "2", "ID77", "20200602", StudyDescription="Recall right", **anna)
    examine(root / "archive-B", "ID78", "20240703", PatientName="Roe^Mary")
    scanned(index, root)
    assert {study.date for study in studies(index, words)} == dates


def test_recent_is_what_was_opened_the_last_first(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    root = tmp_path / "films"
    for name, date in (("a", "20200101"), ("b", "20210101"), ("c", "20220101")):
        examine(root / name, name, date)
    scanned(index, root)
    for name, when in (("a", 3.0), ("c", 2.0)):
        insert_opened_study(index, open_study(root / name)[0], when)
    assert [study.patient_id for study in studies(index, recent=True)] == ["a", "c"]
    assert [study.patient_id for study in studies(index, "c", recent=True)] == ["c"]
    assert len(studies(index)) == 3


def earlier(index: LibraryDatabase, folder: Path) -> list[IndexedStudy]:
    """Priors of the examination in a folder."""
    study = open_study(folder)[0]
    return priors(index, study.identity, study.date, study_key(study))


def test_priors_are_earlier_examinations_of_the_same_patient(
    tmp_path: Path, index: LibraryDatabase, examine: Examine
) -> None:
    root = tmp_path / "films"
    for year in ("2018", "2020", "2022", "2024"):
        examine(root / year, "P1", f"{year}0101")
    examine(root / "other", "P2", "20190101")
    scanned(index, root)
    assert [study.date for study in earlier(index, root / "2022")] == ["2020-01-01", "2018-01-01"]
    assert earlier(index, root / "2018") == []


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ({}, {}, True),
        ({"PatientBirthDate": "19600101"}, {"PatientBirthDate": "19600101"}, True),
        ({"PatientBirthDate": "19600101"}, {}, True),
        ({"PatientBirthDate": "19600101"}, {"PatientBirthDate": "19610101"}, False),
        ({"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": "B"}, False),
        ({"PatientName": "Doe^Jane"}, {"PatientName": "Roe^Jane"}, True),  # names change; IDs stay
        ({"PatientID": "P7", "PatientName": "Doe^Jane"}, {"PatientID": "P8", "PatientName": "Doe^Jane"}, False),
        ({"PatientID": "", "PatientName": "Doe^Jane"}, {"PatientID": "", "PatientName": "Doe^Jane"}, False),
        ({"PatientID": "p1"}, {"PatientID": "P1"}, False),
    ],
)
def test_a_person_is_known_by_id_and_birth_date_never_by_name(
    tmp_path: Path, index: LibraryDatabase, examine: Examine, then: dict[str, str], now: dict[str, str], same: bool
) -> None:
    root = tmp_path / "films"
    examine(root / "then", "P1", "20200101", **then)
    examine(root / "now", "P1", "20240101", **now)
    scanned(index, root)
    assert len(earlier(index, root / "now")) == same


def test_without_a_date_nothing_is_earlier(tmp_path: Path, index: LibraryDatabase, examine: Examine) -> None:
    examine(tmp_path / "films" / "a", "P1", "")
    examine(tmp_path / "films" / "b", "P1", "20240101")
    scanned(index, tmp_path / "films")
    assert earlier(index, tmp_path / "films" / "a") == []
    assert earlier(index, tmp_path / "films" / "b") == []


def test_nobody_is_a_person() -> None:
    assert not PatientIdentity().is_person(PatientIdentity())
    assert not PatientIdentity(name="Doe^Jane").is_person(PatientIdentity(name="Doe^Jane"))


@pytest.mark.parametrize(
    ("written", "read"),
    [("Doe^Jane", "Doe, Jane"), ("Doe^Jane^Q^^", "Doe, Jane Q"), ("Doe", "Doe"), ("^Jane", "Jane"), ("", ""),
     ("Yamada^Tarou=山田^太郎", "Yamada, Tarou")],
)  # fmt: skip
def test_person_names_are_written_as_people_do(written: str, read: str) -> None:
    assert readable(written) == read
