"""The manual: chapters that agree with the program, in the window and as HTML that needs no network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QWidget

from docs.make_reference import pages
from mammoview.qt.dialogs.manual_window import ManualWindow
from tests.support.timeouts import PATIENCE_S

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "manual"


@pytest.mark.parametrize("name", ["keys.md", "settings.md", "command-line.md", "python.md"])
def test_what_the_program_says_of_itself_is_in_the_manual(name: str) -> None:
    assert (MANUAL / name).read_text(encoding="utf-8") == pages()[name], "run: python -m docs.make_reference"


def test_every_chapter_is_reached_from_the_first() -> None:
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (MANUAL / "index.md").read_text(encoding="utf-8")))
    assert linked | {"index.md"} == {file.name for file in MANUAL.glob("*.md")}


def test_links_of_the_pages_in_the_program_lead_to_files_that_come_with_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    places = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    shipped = {Path(source) for source, place in places.items() if place == f"mammoview/{source}"}
    every = [*(ROOT / "docs").glob("*.md"), *MANUAL.rglob("*.md"), ROOT / "training" / "README.md"]
    for page in every:
        assert {page.relative_to(ROOT), *page.relative_to(ROOT).parents} & shipped, page
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            target = Path(os.path.normpath(page.parent / link))
            place = target.relative_to(ROOT)
            assert target.exists() and {place, *place.parents} & shipped, f"{page.name}: {link}"


KEY = re.compile(r"(?:(?:Ctrl|Alt|Shift)\+)*(?:\w|,|F\d+|Space|Return|Tab|PgUp|PgDown|Ctrl|Alt|Shift)")


@pytest.mark.parametrize("name", sorted(file.name for file in (MANUAL / "es").glob("*.md")))
def test_a_spanish_chapter_has_what_the_english_one_has(name: str) -> None:
    """Headings, pictures, rows of tables, keys and commands: a change of the one needs a change of the other."""
    english, spanish = (
        (folder / name).read_text(encoding="utf-8").replace("(../../", "(../") for folder in (MANUAL, MANUAL / "es")
    )
    keys = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
    qt = QTranslator()
    assert qt.load("qtbase_es", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    translated = {
        "slice 5 / 9": "corte 5 / 9",
        "4/5 folds": "4/5 particiones",
        "q(z_ij = finding)": "q(z_ij = hallazgo)",
    }

    def found(text: str, pattern: str) -> list[str]:
        return re.findall(pattern, text, re.M)

    def reported(text: str) -> str:
        """What stands for it in Spanish; keys are called as in the window, by Qt."""
        if KEY.fullmatch(text):
            return "+".join(qt.translate("QShortcut", word) or word for word in text.split("+"))
        return translated.get(text, text)

    for pattern in (
        r"^#+ ",
        r"\]\((\.\./pictures/[\w.]+)\)",
        r"^```",
        *((r"^\d\. ",) if name == "index.md" else (r"^\|",)),
    ):
        assert found(english, pattern) == found(spanish, pattern), pattern
    assert sorted(map(reported, keys.findall(english))) == sorted(keys.findall(spanish))


def numbers(text: str, decimal: str) -> list[list[float]]:
    """Numbers of each section, sorted; thousands are set apart by what is not the decimal sign."""
    thousands = "," if decimal == "." else "."
    plain = re.sub(rf"(?<=\d){re.escape(thousands)}(?=\d{{3}}\b)", "", text).replace(decimal, ".")
    return [sorted(map(float, re.findall(r"\d*\.?\d+", section))) for section in re.split(r"^## ", plain, flags=re.M)]


@pytest.mark.parametrize("name", sorted(file.name for file in (MANUAL / "es").glob("*.md")))
def test_a_spanish_chapter_has_the_numbers_of_the_english_one(name: str) -> None:
    """Section by section, so that a figure that is measured anew is changed in both."""
    english, spanish = ((folder / name).read_text(encoding="utf-8") for folder in (MANUAL, MANUAL / "es"))
    assert numbers(english, ".") == numbers(spanish, ",")


def test_the_spanish_contents_name_every_chapter() -> None:
    links = set(re.findall(r"\]\(([\w./-]+\.md)\)", (MANUAL / "es" / "index.md").read_text(encoding="utf-8")))
    own = {file.name for file in (MANUAL / "es").glob("*.md")}
    english = {f"../{file.name}" for file in MANUAL.glob("*.md") if file.name not in own}
    assert links == (own - {"index.md"}) | english | {
        f"../../{n}.md" for n in ("accuracy", "speed", "terms", "proof")
    } | {"../index.md"}


def test_the_chapters_are_shown_in_the_window(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    window = ManualWindow(parent)
    assert "Start in five minutes" in window.browser.toPlainText()
    source = window.browser.source()
    for file in sorted(MANUAL.glob("*.md")):
        window.browser.setSource(source.resolved(file.name))
        title = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        assert window.browser.toPlainText().startswith(title)


def test_html_is_built_without_warnings_and_searched_without_a_network(tmp_path: Path) -> None:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "html")]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0 and "WARNING" not in done.stderr + done.stdout, done.stderr
    # What the pages link to in the repository is there as well.
    accuracy = (tmp_path / "html/accuracy.html").read_text(encoding="utf-8")
    linked = re.findall(r'(?:href|src)="(repository/[^"]+)"', accuracy)
    assert "repository/training/results/plots/roc.png" in linked and "repository/training/README.md.txt" in linked
    assert all((tmp_path / "html" / link).is_file() for link in linked)
    index = json.loads((tmp_path / "html/search/search_index.json").read_text(encoding="utf-8"))
    assert any("Ctrl+Return" in page["text"] for page in index["docs"])
    pages_made = [page for page in (tmp_path / "html").rglob("*.html") if page.name != "404.html"]
    assert len(pages_made) >= len(list(MANUAL.glob("*.md")))
    for page in pages_made:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"?(https?://[^\" >]+)", text) == [], page
        shim = re.search(r'src="([^"]*iframe-worker.js)"', text)
        assert shim is not None and (page.parent / shim[1]).is_file()
