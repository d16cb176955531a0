"""One word for one thing: names, texts of the window, documentation and translations use the terms of the glossary."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "manual"

INSTEAD = {
    # "pane" and "lens", also as a part of a name.
    r"(?<![A-Za-z])panes?(?![A-Za-z])": "viewport",
    r"(?<![A-Za-z])lens(?:es)?(?![A-Za-z])": "magnifier",
    r"(?<![\w<])[Hh]angings(?!\w)": "hanging protocols or hanging stages",
    r"\b(?i:an?|the|one|another|no|every|each|next|this|its|such) hanging\b(?! (?:protocol|stage|order))": (
        "hanging protocol or hanging stage"
    ),
    # Reading is what a reader does, and reading a file; not the report, a weighting or predictions.
    r"\b(?:own|exported|earlier|another|next|every|any) reading\b": "reader report or weighting",
    r"\ba reading\b(?! (?:room|mode|workstation|order))": "reader report or weighting",
    r"(?:export|next|own|show|store)_reading\b(?!\")": "reader_report or weighting",
    r"(?<!\w)readings(?!\w)": "reader reports or predictions",
    r"\blight[ _]?box\b|\bswitchboard\b|\bfurnish": "viewport grid, connections or assemble",
    r"\b[Gg]rey preset": "window/level preset",
    r"\bon show\b": "shown, or the current study, model or frame",
    r"\bin hand\b": "the active tool",
    r"\bdoubts?\b": "warning",
}
"""Pattern of a word that is not used, to what is said instead."""

PERSONIFIED = re.compile(
    r"\b(?:[Ww]hoever|[Hh]ears|[Ss]he|(?<!\"not )[Tt]old|[Tt]ells|[Kk]nows|[Ll]ikes|asks for)\b"
    r"|\b(?:[Mm]odels?|[Nn]etworks?|[Cc]lassifiers?|[Ll]ayers?|[Pp]ixels) (?:says?|said)\b(?! that\?)|\bto say\b"
    r"|\bhas been at it\b|\b[Ll]ets? (?:\w+ ){0,3}go\b|[Bb]locks nothing|[Ff]inds fault|\bis lit\b|leader looks"
)
"""Code, models and files know, tell, want and hear nothing; "not told" is a value in tables of earlier versions."""

EARLIER_NAMES = {
    "mammoview/core/settings_upgrades.py",
    "mammoview/cli/command_line.py",
    "mammoview/display/hanging_protocols.py",
    "mammoview/records/reader_report.py",
    "training/fit/predictions.py",
    "docs/manual/studies.md",
}
"""Files that also read what earlier versions wrote, by its earlier names between quotes or brackets."""
_EARLIER = re.compile(r"\"[a-z_]+\"|`[\[\]a-z_]+`")

SPANISH = {
    "viewport": "visor",
    "hanging protocol": "protocolos? de visualización",
    "hanging stage": "etapas? de visualización",
    "reader report": "informes? de lectura",
    "magnifier": "lupa",
    "window/level": "ventana/nivel",
    "weighting": "ponderación",
}
"""English term, and a pattern of the one Spanish term for it."""


def texts() -> Iterator[Path]:
    """Files in which only these terms are used; the changelog says what earlier versions said."""
    for folder in ("mammoview", "training", "docs"):
        yield from (ROOT / folder).rglob("*.py")
    yield from (ROOT / "docs").rglob("*.md")
    yield from (ROOT / "resources" / "hanging_protocols").glob("*.toml")
    yield from (ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"))


def found(text: str) -> list[str]:
    """Return a line for each word that is not used."""
    lines = text.splitlines()
    return [
        f"{number}: {match[0]!r} is {right}"
        for pattern, right in INSTEAD.items()
        for number, line in enumerate(lines, 1)
        for match in re.finditer(pattern, line)
    ]


def test_names_docstrings_and_documentation_use_the_terms_of_the_glossary() -> None:
    wrong = []
    for file in texts():
        place = file.relative_to(ROOT).as_posix()
        text = file.read_text("utf-8")
        if place in EARLIER_NAMES:
            text = _EARLIER.sub("", text)
        wrong += [f"{place}:{line}" for line in found(text)]
    assert wrong == []


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Go over the comments and docstrings of a module, and in the program over all its texts, with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
        text = token.type == tokenize.STRING and (
            token.string.startswith('"""') or file.relative_to(ROOT).parts[0] == "mammoview"
        )
        if text or token.type == tokenize.COMMENT:
            yield token.start[0], token.string


@pytest.mark.parametrize("room", ["mammoview", "training", "tests", "docs", "packaging"])
def test_comments_and_docstrings_are_plain(room: str) -> None:
    wrong = []
    for file in sorted((ROOT / room).rglob("*.py")):
        if file != Path(__file__).resolve():
            for line, text in prose(file):
                wrong += [f"{file.relative_to(ROOT)}:{line}: {match[0]}" for match in PERSONIFIED.finditer(text)]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "next_pane = 1",
        "self.lens_size",
        "A hanging; what suits the study",
        "steps through the hangings.",
        "the own reading of a study",
        "def export_reading():",
        "every reading of the sensitivity",
        "Next grey preset",
        "the tool in hand of the model on show",
        "a doubt about the mask",
    ],
)
def test_a_word_of_before_is_found(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        "panels of a paper, the side panel, keep_panel",
        "as in a reading room, where a reading mode holds",
        "the hanging protocol, the next hanging stage and the hanging order",
        "reading the file takes long; threading; blind reading",
        "the folder `hanging_protocols`, resources/hanging_protocols/cc.toml",
        "a grey PNG of 16 bits",
        "lenient",
    ],
)
def test_plain_english_is_not(text: str) -> None:
    assert found(text) == []


def test_commands_and_menus_use_the_terms_of_the_field() -> None:
    titles = [*(command.title for command in COMMANDS), *MENUS, *(command.submenu for command in COMMANDS)]
    never = re.compile(r"\b(?:greys?|words?|quantity|lens|panes?|hanging(?! (?:protocol|stage)))\b", re.I)
    assert [title for title in titles if never.search(title)] == []
    names = re.compile(r"(?:^|_)(?:grey|words?|quantity|lens|pane|hanging|reading)(?:_|$)")
    assert [command.name for command in COMMANDS if names.search(command.name)] == []


def translated() -> Iterator[tuple[str, str]]:
    """English texts of the program with their Spanish ones."""
    for message in ElementTree.parse(ROOT / "resources/translations/mammoview_es.ts").iter("message"):
        yield message.findtext("source", ""), message.findtext("translation", "")
    for part in tomllib.loads((ROOT / "resources/translations/phrases_es.toml").read_text("utf-8")).values():
        yield from part.items()


def test_a_term_has_one_translation() -> None:
    wrong = [
        (english, spanish)
        for english, spanish in translated()
        for term, one in SPANISH.items()
        if re.search(rf"\b{term}s?\b", english, re.I) and not re.search(rf"\b{one}(?:es)?\b", spanish, re.I)
    ]
    assert wrong == []


def test_the_spanish_manual_uses_the_same_terms() -> None:
    other = re.compile(r"disposici(?:ón|ones)\b(?! del artículo)|\bpanel(?:es)? activo|\bvistas? activas?\b", re.I)
    wrong = [
        f"{page.name}: {match[0]}"
        for page in sorted((MANUAL / "es").glob("*.md"))
        for match in other.finditer(page.read_text("utf-8"))
    ]
    assert wrong == []
    window = (MANUAL / "es" / "window.md").read_text("utf-8").lower()
    assert all(re.search(one, window) for term, one in SPANISH.items() if term not in ("reader report", "weighting"))
