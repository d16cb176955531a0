"""`mammoview library`, as typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mammoview.cli.command_line import main
from tests.support.examinations import Examine

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def films(tmp_path: Path, examine: Examine, capsys: Capture) -> Path:
    """Two examinations in a folder that the library has."""
    root = tmp_path / "films"
    examine(root / "a", "P1", "20200301")
    examine(root / "b", "P2", "20220301")
    assert main(["library", "add", str(root)]) == 0
    assert capsys.readouterr().out == f"{root}: 8 scans; 8 files read\n"
    return root


def test_list_search_and_scan(films: Path, capsys: Capture) -> None:
    assert main(["library", "list"]) == 0
    first, *studies = capsys.readouterr().out.splitlines()
    assert first == f"folder  {films}"
    assert [re.sub(r"^ +\d+  ", "", line) for line in studies] == [
        "2022-03-01  Doe, P2  P2  R CC, L CC, R MLO, L MLO",
        "2020-03-01  Doe, P1  P1  R CC, L CC, R MLO, L MLO",
    ]
    assert main(["library", "search", "doe", "2020"]) == 0
    assert "Doe, P1" in capsys.readouterr().out
    (films / "b" / "RCC.dcm").unlink()
    assert main(["library", "scan"]) == 0
    assert capsys.readouterr().out == f"{films}: 8 scans, 1 of them missing; 0 files read\n"
    assert main(["library", "search", "p2"]) == 0
    assert "(1 of 4 missing)" in capsys.readouterr().out
    assert main(["library", "list", "--recent"]) == 0
    assert capsys.readouterr().out == ""


def test_a_missing_folder_is_said_and_is_no_failure(films: Path, capsys: Capture) -> None:
    films.rename(films.with_name("unplugged"))
    assert main(["library", "scan"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[-1].startswith(f"missing: {films}: there is no such file or folder")
    assert main(["library", "list"]) == 0
    assert capsys.readouterr().out.count("missing)") == 3


@pytest.mark.parametrize("what", ["study", "folder", "everything"])
def test_forget(films: Path, capsys: Capture, what: str) -> None:
    main(["library", "search", "p2"])
    number = capsys.readouterr().out.split()[0]
    options = {"study": ["--study", number], "folder": ["--folder", str(films)], "everything": ["--everything"]}
    assert main(["library", "forget", *options[what]]) == 0
    assert "forgotten" in capsys.readouterr().out
    main(["library", "search", "doe"])
    assert capsys.readouterr().out.count("Doe") == (what == "study")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "no-such-folder"], "no such folder"),
        (["forget"], "not said what to forget"),
        (["forget", "--study", "1", "--everything"], "not said what to forget"),
        (["forget", "--study", "99"], "no study 99"),
        (["forget", "--folder", "elsewhere"], "no folder of the library"),
        (["search"], "Missing argument"),
        (["find"], "No such command"),
    ],
)
def test_wrong_words_are_one_line(films: Path, capsys: Capture, arguments: list[str], said: str) -> None:
    assert main(["library", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
