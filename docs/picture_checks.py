"""Whether the pictures of the manual still show what the program draws.

`recipes.json` beside the pictures notes what each was made of: the functions of the script that made it, and the
modules that draw what it is about. A quick test compares these with the present ones; a slow test makes all pictures
anew and compares what they show. `python -m docs.make_screenshots docs/pictures` makes those of the window, `python -m
docs.make_figures docs/pictures` the figures, `python -m docs.make_report_picture docs/pictures` that of the report of
an evaluation; all write the notes.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, uniform_filter
from skimage.metrics import structural_similarity

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "docs"
NOTES = "recipes.json"
MODELS = "mammoview/assess/models/hashes.py"
"""A source of every picture: other models have other figures."""
_QT, _LAYERS, _EXPORT = "mammoview/qt", "mammoview/display/layers", "mammoview/export"


@dataclass(frozen=True)
class PictureRecipe:
    """What a picture is made of.

    Parameters
    ----------
    functions
        Functions and constants of the script, by name.
    sources
        Modules and data that draw what the picture is about, below the root of the repository.
    script
        The script: of the window, of figures, or of the report.
    """

    functions: tuple[str, ...]
    sources: tuple[str, ...]
    script: str = "make_screenshots"


def _figure(*pages: str) -> PictureRecipe:
    return PictureRecipe(("FIGURES", "figure"), tuple(f"{_EXPORT}/{page}.py" for page in pages), "make_figures")


RECIPES = {
    "annotations.webp": PictureRecipe(("annotations",), (f"{_QT}/canvas/annotation_item.py",)),
    "comparison.png": PictureRecipe(
        ("comparison", "keep_wide"), (f"{_QT}/findings/comparison_panel.py", f"{_QT}/canvas/difference_item.py")
    ),
    "comparison.webp": PictureRecipe(
        ("comparison",), (f"{_QT}/findings/comparison_panel.py", f"{_QT}/canvas/difference_item.py")
    ),
    "drawing.webp": PictureRecipe(("outline",), (f"{_QT}/canvas/outline_edit_item.py",)),
    "eraser.webp": PictureRecipe(("eraser",), (f"{_QT}/eraser/altered_overlay.py",)),
    "figure-finding.webp": _figure("scan_page", "figure_crop"),
    "figure-paper.webp": _figure("figure_panels"),
    "figure-report.webp": _figure("report_page", "legend_samples"),
    "figure-study.webp": _figure("figure_study", "legend_samples"),
    "findings.webp": PictureRecipe(
        ("verdicts",), (f"{_QT}/findings/findings_panel.py", f"{_QT}/findings/listed_finding.py")
    ),
    "hanging-stages.webp": PictureRecipe(("hanging_stages", "sheet"), ("resources/hanging_protocols/four-view.toml",)),
    "impression.png": PictureRecipe(("opened", "keep_wide"), (f"{_QT}/reader/impression_panel.py",)),
    "impression.webp": PictureRecipe(("opened",), (f"{_QT}/reader/impression_panel.py",)),
    "keyboard.webp": PictureRecipe(("keyboard",), (f"{_QT}/navigation/keyboard_pointer.py",)),
    "layers.webp": PictureRecipe(
        ("FIGURES", "figure"),
        tuple(f"{_LAYERS}/{name}.py" for name in ("heatmap", "patch_grid", "saliency", "outlines")),
        "make_figures",
    ),
    "magnifier.webp": PictureRecipe(("magnifier",), (f"{_QT}/navigation/magnifier.py",)),
    "priors.webp": PictureRecipe(("made_up", "opened"), ("resources/hanging_protocols/prior-cc.toml",)),
    "report.webp": PictureRecipe(
        ("cases", "rendered"),
        (
            "resources/reports/evaluation.html",
            *(f"mammoview/evaluation/{name}.py" for name in ("evaluation_page", "curve_plots", "svg_plots")),
        ),
        "make_report_picture",
    ),
    "studies.webp": PictureRecipe(("made_up", "opened"), (f"{_QT}/library/study_delegate.py",)),
    "two-models.webp": PictureRecipe(("two_models",), (f"{_QT}/findings/model_differences.py",)),
    "verdicts.webp": PictureRecipe(("reveal", "verdicts"), (f"{_QT}/findings/verdict_row.py",)),
    "window.png": PictureRecipe(
        ("front", "opened"), (f"{_QT}/canvas/layer_painting.py", f"{_QT}/main_window/tool_rail.py")
    ),
    "workbench.webp": PictureRecipe(
        ("workbench",), (f"{_QT}/workbench/error_table.py", f"{_QT}/workbench/error_views.py")
    ),
    "worksheet.webp": PictureRecipe(
        ("worksheet",), (f"{_QT}/reader/worksheet_dialog.py", f"{_QT}/reader/finding_form.py")
    ),
}
"""Every picture of the manual, and that of the README and of software centres."""


def place(name: str, folder: Path) -> Path:
    """Return where a picture lies: those of the manual in its folder, those of software centres with the packages."""
    return (ROOT / "packaging" / "screenshots" if name.endswith(".png") else folder) / name


def _digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def _code(node: ast.AST) -> str:
    """Return code without its comments, texts of documentation and line breaks."""
    for part in ast.walk(node):
        if isinstance(part, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(part) is not None:
            part.body = part.body[1:]
    return ast.dump(node)


def notes(picture: Path) -> dict[str, str]:
    """Return what a picture was made of: hashes of the picture, its functions and its sources, by name."""
    recipe = RECIPES[picture.name]
    script = ast.parse((SCRIPTS / f"{recipe.script}.py").read_text("utf-8"))
    functions: dict[str, ast.AST] = {node.name: node for node in script.body if isinstance(node, ast.FunctionDef)}
    functions |= {ast.unparse(node.target): node for node in script.body if isinstance(node, ast.AnnAssign)}
    found = {"picture": _digest(picture.read_bytes())}
    found |= {name: _digest(_code(functions[name])) for name in recipe.functions}
    for source in (*recipe.sources, MODELS):
        text = (ROOT / source).read_text("utf-8")
        found[source] = _digest(_code(ast.parse(text)) if source.endswith(".py") else text)
    return found


def take_over(made: Path, folder: Path) -> None:
    """Put pictures into a folder, and note what they were made of.

    All are taken: figures may be others in a picture that otherwise shows the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for picture in sorted(made.iterdir()):
        target = place(picture.name, folder)
        if not target.exists() or target.read_bytes() != picture.read_bytes():
            shutil.copyfile(picture, target)
            print(f"{picture.name}: made anew")
    file = folder / NOTES
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    known |= {picture.name: notes(place(picture.name, folder)) for picture in made.iterdir() if picture.name in RECIPES}
    kept = {name: known[name] for name in sorted(known.keys() & RECIPES.keys())}
    file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def stale(folder: Path) -> list[str]:
    """Return why pictures may not show what the program draws: missing, without recipe, or made of other sources."""
    there = {file.name for file in folder.iterdir() if file.name != NOTES}
    there |= {name for name in RECIPES if place(name, folder).exists()}
    kept = json.loads((folder / NOTES).read_text("utf-8"))
    said = [f"{name}: there is no such picture" for name in sorted(RECIPES.keys() - there)]
    said += [f"{name}: no recipe makes it" for name in sorted(there - RECIPES.keys())]
    for name in sorted(RECIPES.keys() & there):
        now, then = notes(place(name, folder)), kept.get(name, {})
        said += [f"{name}: {part} has changed" for part in sorted(now) if now[part] != then.get(part)]
    return said


def _grey(file: Path) -> NDArray[np.float64]:
    with Image.open(file) as image:
        return np.asarray(image.convert("L"), float)


def difference(one: Path, two: Path) -> str:
    """Return how two pictures differ, empty where they show the same.

    What is compared is a fourth of their resolution, and the mean grey of squares of 32 px: letters of another font and
    the noise of the compression are the same, a control or a layer that is missing or moved is not.
    """
    first, second = _grey(one), _grey(two)
    if first.shape != second.shape:
        return f"{second.shape[1]} x {second.shape[0]} px instead of {first.shape[1]} x {first.shape[0]}"
    coarse = [gaussian_filter(grey, 3)[::4, ::4] for grey in (first, second)]
    alike = float(structural_similarity(*coarse, data_range=255))
    if alike < LEAST_ALIKE:
        return f"structural similarity {alike:.3f}, below {LEAST_ALIKE}"
    squares = np.abs(uniform_filter(first, 32) - uniform_filter(second, 32))
    if squares.max() > MOST_GREY:
        row, column = np.unravel_index(int(squares.argmax()), squares.shape)
        return f"around column {column}, row {row} by {squares.max():.0f} grey levels, more than {MOST_GREY}"
    return ""


LEAST_ALIKE = 0.9
"""Lowest structural similarity of pictures that show the same."""
MOST_GREY = 40
"""Largest difference of the mean of a square of 32 px, grey levels of 255."""
