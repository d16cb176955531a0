"""A report of a fault says where it happened and names nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core import fault_report as report
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.core.settings import Settings
from mammoview.study.spacing import Spacing, SpacingSource

PRIVATE = ("Doe^Jane", "P_00820", "/home/anna/films/Doe Jane 1961", "LMLO.dcm")


def caught(make) -> BaseException:
    try:
        make()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def fails() -> None:
    try:
        Spacing(-1.0, 1.0, SpacingSource.USER)
    except ValueError as error:
        path = "/home/anna/films/Doe Jane 1961/LMLO.dcm"
        raise UnreadableError("Doe^Jane born 19610203 has 'odd' value 1.2.840.113619.2", "Look", path) from error


def test_a_fault_is_told_with_its_place_and_kind():
    text = report.of_error(caught(fails), PRIVATE)
    assert "UnreadableError" in text and "ValueError" in text
    assert "mammoview/study/spacing.py:" in text and "in __post_init__" in text
    assert text.index("ValueError") < text.index("UnreadableError")


@pytest.mark.parametrize("private", [PRIVATE, ()])
def test_names_paths_dates_and_identifiers_are_hidden(private):
    text = report.of_error(caught(fails), private)
    for secret in ("Doe", "Jane", "anna", "1961", "LMLO", "films", "113619", "odd"):
        assert secret not in text, secret


def test_known_names_are_hidden_however_they_are_written():
    text = report.scrubbed("cannot hang JANE doe, who is p_00820 (see lmlo.DCM)", PRIVATE)
    assert "cannot hang" in text
    for secret in ("jane", "doe", "00820", "lmlo"):
        assert secret not in text.lower()


@given(st.text("abcdefgXYZ0123456789 ._-", min_size=3, max_size=20).filter(lambda t: len(t.strip()) > 2))
def test_whatever_stands_in_quotes_or_paths_goes(secret: str):
    for text in (f"bad value {secret.strip()!r} here", f"cannot read /data/{secret.strip().replace(' ', '_')}/x.dcm"):
        hidden = report.scrubbed(text)
        assert hidden.startswith(("bad value", "cannot read"))
        assert secret.strip() not in hidden.removeprefix("bad value").removesuffix("here").removeprefix("cannot read")


def test_the_report_holds_versions_models_and_harmless_settings_alone():
    settings = Settings(reader="Anna", last_folder="/home/anna/films", linked=False).model_dump()
    text = report.report([report.of_error(caught(fails), PRIVATE)], settings, {"tissue_200um": "ab" * 32})
    assert "numpy" in text and f"Python {sys.version_info.major}" in text
    assert "tissue_200um abababababab" in text
    assert "linked = False" in text
    for secret in ("Anna", "anna", "films", "last_folder"):
        assert secret not in text


def test_a_report_is_written_or_it_is_said_why_not(tmp_path: Path):
    assert report.write(tmp_path / "report.txt", "words").read_text() == "words"
    with pytest.raises(MammoviewError, match="another folder"):
        report.write(tmp_path / "report.txt" / "report.txt", "words")
