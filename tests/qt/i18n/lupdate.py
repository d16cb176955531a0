"""Finds every string that is to be translated by reading the code: Qt's lupdate does not resolve aliases."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mammoview.core.setting_control import SettingsPage
from mammoview.core.settings import Settings
from mammoview.display import colormaps
from mammoview.display.hanging_protocols import UNKNOWN_TITLE, all_protocols
from mammoview.display.layers.registry import LAYERS
from mammoview.study.annotations import TYPES
from mammoview.study.outline_sources import DrawnBy
from mammoview.study.scan import OutlineKind

ROOT = Path(__file__).parents[3] / "mammoview" / "qt"


@dataclass(frozen=True)
class Text:
    """A string with the context under which Qt looks it up."""

    context: str
    source: str


def data_texts() -> set[Text]:
    """Return the texts of entries and data files below Qt that the window translates, by what they are entries of."""
    words = [protocol.title for protocol in all_protocols() if not protocol.own]
    words += [UNKNOWN_TITLE, *colormaps.NAMES, *OutlineKind, *DrawnBy]
    words += [kind for layer in LAYERS.values() for kind in layer.dashes]
    return {
        *(Text("commands", layer.style.title) for layer in LAYERS.values()),
        *(Text("commands", one.title) for one in TYPES.values()),
        *(Text("words", str(w)) for w in words),
        *(Text("settings", page) for page in SettingsPage),
        *(Text("settings", text) for control in Settings.controls().values() for text in control.texts),
    }


def texts() -> tuple[set[Text], list[str]]:
    """Return all strings, and places where something is translated that is no literal."""
    found = data_texts()
    odd: list[str] = []
    for file in sorted(ROOT.rglob("*.py")):
        reader = _Reader(file)
        reader.visit(ast.parse(file.read_text(encoding="utf-8")))
        found |= reader.found
        odd += reader.odd
    return found, odd


class _Reader(ast.NodeVisitor):
    def __init__(self, file: Path) -> None:
        self.file = file
        self.found: set[Text] = set()
        self.odd: list[str] = []
        self._classes: list[str] = []
        self._constants: dict[str, str] = {}
        self._own = ""
        self._inside = ""
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body:
            named = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            if named and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                self._constants[node.targets[0].id] = node.value.value
            if isinstance(node, ast.FunctionDef) and node.name == "_tr":
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("translate"):
                        self._own = self._text(call.args[0]) or ""

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        was, self._inside = self._inside, node.name
        self.generic_visit(node)
        self._inside = was

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        if name == "self.tr" or (name.endswith(".tr") and len(node.args) == 1):
            self._take(self._classes[-1] if self._classes else "", node.args[0], node)
        elif name in ("_N", "translate_noop") or (
            name.endswith("QCoreApplication.translate") and self._text(node.args[1]) is not None
        ):
            self._take(self._text(node.args[0]) or "", node.args[1], node)
        elif name == "_tr" and self._text(node.args[0]) is not None:
            self._take(self._own, node.args[0], node)
        self.generic_visit(node)

    def _take(self, context: str, argument: ast.expr, node: ast.Call) -> None:
        text = self._text(argument)
        if text is None or not context:
            self.odd.append(f"{self.file.name}:{node.lineno}: {ast.unparse(node)}")
        elif text:
            self.found.add(Text(context, text))

    def _text(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self._constants.get(node.id) if isinstance(node, ast.Name) else None


def update(file: Path) -> int:
    """Bring a .ts file up to date: new texts as unfinished, texts that have gone dropped; returns how many are new."""
    found, odd = texts()
    assert not odd, odd
    tree = ElementTree.parse(file)
    known = {
        Text(context.findtext("name") or "", message.findtext("source") or ""): message.findtext("translation") or ""
        for context in tree.iter("context")
        for message in context.iter("message")
    }
    root = ElementTree.Element("TS", version="2.1", language=file.stem.rpartition("_")[2], sourcelanguage="en")
    for name in sorted({text.context for text in found}):
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for text in sorted((t for t in found if t.context == name), key=lambda t: t.source):
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "source").text = text.source
            said = known.get(text, "")
            ElementTree.SubElement(message, "translation", {} if said else {"type": "unfinished"}).text = said
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")
    subprocess.run([Path(sys.executable).with_name("pyside6-lrelease"), "-silent", str(file)], check=True)
    return len(found - {text for text, said in known.items() if said})


if __name__ == "__main__":
    for path in sorted((ROOT.parents[1] / "resources" / "translations").glob("*.ts")):
        print(f"{path.name}: {update(path)} texts to be translated")
