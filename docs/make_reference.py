"""Writes the chapters of the manual that are generated from the program: python -m docs.make_reference.

Keys from the table of commands, settings from the class of settings, the command line from its help, and the Python
reference from docstrings.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import mammoview
from mammoview.cli.command_line import app
from mammoview.cli.command_tree import commands
from mammoview.core.settings import Settings
from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.actions.shortcut_help import ENTRY, MOUSE
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS

FOLDER = Path(__file__).parent / "manual"
MARK = "<!-- below: written by python -m docs.make_reference -->"
PUBLIC = (
    "open_study",
    "render",
    "Assessor",
    "Assessor.assess",
    "Assessor.detect",
    "Assessor.complete",
    "Assessor.sensitivity",
)
CLASSES = (
    ("mammoview.study.scan", "Scan"),
    ("mammoview.study.scan", "Outline"),
    ("mammoview.study.spacing", "Spacing"),
    ("mammoview.assess.results.assessment", "Assessment"),
    ("mammoview.assess.results.assessment", "Finding"),
    ("mammoview.assess.results.assessment", "Layer"),
)


def cell(text: str) -> str:
    """Return text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> list[str]:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows), ""]


def keys() -> str:
    """Every command with its default keys, by menu."""
    lines = ["# Keys", "", "Every key can be changed in the settings (`Ctrl+,`); `?` shows those in force.", ""]
    for title, rows in (("Mouse", MOUSE), ("While an impression or the worksheet is entered", ENTRY)):
        lines += [f"## {title}", "", *table(("what", "does"), iter(rows))]
    for menu in MENUS:
        found = [command for command in COMMANDS if command.menu == menu]
        rows = ((", ".join(f"`{key}`" for key in c.key.split(" | ") if key), c.title.rstrip("…")) for c in found)
        lines += [f"## {menu}", "", *table(("key", "does"), rows)]
    return "\n".join(lines).rstrip() + "\n"


def parameters(text: str) -> Iterator[tuple[str, str]]:
    """Return names and descriptions of the section "Parameters" of a numpydoc text."""
    body = inspect.cleandoc(text).partition("Parameters\n----------\n")[2]
    name, said = "", []
    for line in body.splitlines():
        if line and not line.startswith(" "):
            if set(line) == {"-"}:
                break
            if name and said:
                yield name, " ".join(said)
            name, said = line, []
        elif line.strip():
            said.append(line.strip())
    if name and said:
        yield name, " ".join(said)


def settings() -> str:
    """Every setting with its default and what it does."""
    rows = (
        (f"`{name}`", f"`{field.get_default(call_default_factory=True)!r}`", field.description or "")
        for name, field in Settings.model_fields.items()
    )
    lines = [
        "# Settings",
        "",
        "`Ctrl+,` opens them. They are kept in `settings.json` (chapter [Privacy](privacy.md)); a variable of the",
        "environment such as `MAMMOVIEW_LANGUAGE=es` overrides one of them. A damaged file never prevents a start.",
        "",
        *table(("name", "default", "meaning"), rows),
    ]
    return "\n".join(lines).rstrip() + "\n"


def command_line() -> str:
    """Every command with its options."""
    root: Any = typer.main.get_command(app)
    window = root.commands["open-window"]
    lines = [
        "# Command line",
        "",
        "`mammoview PATH ...` opens the window on files, folders, zips or DICOMDIRs; `--separate` opens another one,",
        "also where one runs that would open them. Exit codes: 0 on success, 2 with one line on stderr for input that",
        "cannot be used, 1 for an internal error.",
        "",
    ]
    for words, command in [("[PATH ...]", window), *commands(root)]:
        arguments = (
            ""
            if command is window
            else "".join(f" {str(p.name).upper()}" for p in command.params if p.param_type_name == "argument")
        )
        lines += [f"## mammoview {words}{arguments}", "", cell(command.help or ""), ""]
        rows = [
            (f"`{', '.join([*p.opts, *p.secondary_opts])}`", p.help or "")
            for p in command.params
            if p.param_type_name == "option" and "--help" not in p.opts
        ]
        lines += table(("option", "does"), iter(rows)) if rows else []
    return "\n".join(lines).rstrip() + "\n"


def described(title: str, what: Any) -> list[str]:  # noqa: ANN401  # a class or a function
    """Return signature and docstring of a public name."""
    lines = [f"### {title}", ""]
    if not inspect.isclass(what):
        lines += ["```", f"{title}{inspect.signature(what)}", "```", ""]
    text = inspect.getdoc(what) or ""
    summary = text.partition("\nParameters\n")[0].strip()
    lines += [summary, ""]
    rows = [(f"`{name}`", said) for name, said in parameters(text)]
    lines += table(("parameter", "meaning"), iter(rows)) if rows else []
    for section in ("Returns", "Raises"):
        _, _, after = text.partition(f"{section}\n{'-' * len(section)}\n")
        if after:
            body = after.split("\n\n")[0]
            lines += [f"{section}: {cell(body)}", ""]
    return lines


def reference() -> str:
    """Public functions and the classes that they return."""
    from importlib import import_module

    lines = ["## Reference", ""]
    for name in PUBLIC:
        what: Any = mammoview
        for part in name.split("."):
            what = getattr(what, part)
        lines += described(f"mammoview.{name}", what)
    for module, name in CLASSES:
        lines += described(name, getattr(import_module(module), name))
    return "\n".join(lines).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Text of every page that is made here, by name of the file."""
    python = (FOLDER / "python.md").read_text(encoding="utf-8").partition(MARK)[0]
    return {
        "keys.md": keys(),
        "settings.md": settings(),
        "command-line.md": command_line(),
        "python.md": f"{python.rstrip()}\n\n{MARK}\n\n{reference()}",
    }


if __name__ == "__main__":
    for file, text in pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
        print(FOLDER / file, file=sys.stderr)
