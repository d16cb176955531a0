"""The pictures of the manual show what the program draws now."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs import picture_checks
from docs.picture_checks import NOTES, RECIPES, difference, place, stale, take_over
from tests.support.timeouts import PROGRAM_S

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
SCRIPTS = sorted({recipe.script for recipe in RECIPES.values()})
REMAKE = f"run: {', '.join(f'python -m docs.{script} docs/pictures' for script in SCRIPTS)}; and look at them"


def test_pictures_are_of_the_present_recipes_and_sources() -> None:
    assert stale(PICTURES) == [], REMAKE


def test_every_picture_is_shown_and_every_shown_one_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "".join(page.read_text("utf-8") for page in pages)
    shown = set(re.findall(r"(?:pictures|screenshots)/([\w.-]+\.(?:webp|png))", text))
    # Software centres show what the metadata of the packages name.
    shown |= set(re.findall(r'"([\w-]+\.png)"', (ROOT / "packaging" / "metainfo.py").read_text("utf-8")))
    assert shown == set(RECIPES)


def test_what_is_missing_orphaned_or_of_other_sources_is_named(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "pictures"
    shutil.copytree(PICTURES, folder)
    assert stale(folder) == stale(PICTURES)
    (folder / "keyboard.webp").unlink()
    (folder / "older.webp").write_bytes(b"")
    shutil.copyfile(folder / "verdicts.webp", folder / "findings.webp")
    notes = json.loads((folder / NOTES).read_text("utf-8"))
    notes["magnifier.webp"]["magnifier"] = "of another recipe"
    (folder / NOTES).write_text(json.dumps(notes))
    named = set(stale(folder)) - set(stale(PICTURES))
    assert named == {
        "keyboard.webp: there is no such picture",
        "older.webp: no recipe makes it",
        "findings.webp: picture has changed",
        "magnifier.webp: magnifier has changed",
    }
    for name in SCRIPTS:
        script = (picture_checks.SCRIPTS / f"{name}.py").read_text("utf-8")
        (tmp_path / f"{name}.py").write_text(script.replace("window.magnifier.switch(True)", "pass"))
    monkeypatch.setattr(picture_checks, "SCRIPTS", tmp_path)
    assert [line for line in stale(PICTURES) if "recipe" not in line][-1:] == ["magnifier.webp: magnifier has changed"]


@pytest.fixture
def shown(tmp_path: Path) -> np.ndarray:
    """A window: a bright field with lines of letters, and a panel."""
    made = np.full((400, 640), 30, np.uint8)
    made[40:360, 40:400] = np.linspace(60, 220, 360).astype(np.uint8)
    for row in range(60, 340, 20):
        made[row : row + 8, 440:600:6] = 200
    Image.fromarray(made).save(tmp_path / "one.png")
    return made


def test_other_letters_are_the_same_picture_and_a_missing_mark_is_another(shown: np.ndarray, tmp_path: Path) -> None:
    def compared(changed: np.ndarray) -> str:
        Image.fromarray(changed).save(tmp_path / "two.png")
        return difference(tmp_path / "one.png", tmp_path / "two.png")

    letters = shown.copy()
    letters[:, 420:] = np.roll(shown[:, 420:], 1, (0, 1))
    assert compared(letters) == ""
    mark = shown.copy()
    mark[200:240, 150:190] = 255
    assert "around column" in compared(mark)
    assert "similarity" in compared(np.roll(shown, 60, 1))
    assert "px instead of" in compared(shown[:-1])


def test_a_picture_with_other_figures_is_taken_over(shown: np.ndarray, tmp_path: Path, monkeypatch) -> None:
    recipes = {name: picture_checks.PictureRecipe((), ()) for name in ("figures.png", "new.png")}
    monkeypatch.setattr(picture_checks, "RECIPES", recipes)
    made, there = tmp_path / "made", tmp_path / "there"
    monkeypatch.setattr(picture_checks, "place", lambda name, folder: folder / name)
    for folder in (made, there):
        folder.mkdir()
        Image.fromarray(shown).save(folder / "figures.png")
    shown[:, 420:] = np.roll(shown[:, 420:], 1, (0, 1))
    for name in recipes:
        Image.fromarray(shown).save(made / name)
    assert difference(there / "figures.png", made / "figures.png") == "", "figures alone do not show in this"
    take_over(made, there)
    for name in recipes:
        assert (there / name).read_bytes() == (made / name).read_bytes()


def test_pictures_of_other_models_are_stale(tmp_path: Path, monkeypatch) -> None:
    other = tmp_path / "hashes.py"
    other.write_text("PINS = {}")
    monkeypatch.setattr(picture_checks, "MODELS", str(other))
    assert len(stale(PICTURES)) >= len(RECIPES)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_pictures_made_anew_show_the_same(script: str, tmp_path: Path) -> None:
    code = f"import sys; from docs.{script} import main; from pathlib import Path; main(Path(sys.argv[1]))"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, timeout=4 * PROGRAM_S, check=True)
    names = [name for name, recipe in RECIPES.items() if recipe.script == script]
    said = {name: difference(place(name, PICTURES), tmp_path / name) for name in names}
    assert not any(said.values()), f"{ {name: words for name, words in said.items() if words} }; {REMAKE}"
