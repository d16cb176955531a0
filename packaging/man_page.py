"""Writes the manual page of the command `mammoview` from its own help: python packaging/man_page.py > mammoview.1."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import typer

from mammoview.cli.command_line import app
from mammoview.cli.command_tree import commands
from mammoview.core.version import __version__

FILES = (
    ("~/.config/mammoview/settings.json", "The settings. A variable such as MAMMOVIEW_LANGUAGE=es overrides one."),
    ("~/.config/mammoview/hanging_protocols/", "Hanging protocols of your own."),
    ("~/.local/share/mammoview/", "Study list, impressions, verdicts, drawings on read-only media, audit log."),
    ("~/.cache/mammoview/", "Assessments of studies opened before; may be deleted at any time."),
)
STATUS = (
    ("0", "Success."),
    ("1", "An internal error; with MAMMOVIEW_DEBUG=1 its traceback is printed."),
    ("2", "Input that cannot be used. One line on standard error says what is wrong and what to do."),
)


def quoted(text: str) -> str:
    """Return text as roff prints it: backslashes and hyphens as they are, no line that is a request."""
    plain = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("`", "")
    return "\\&" + plain if plain.startswith((".", "'")) else plain


def listed(pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    """Return a list of terms and what they mean."""
    for term, meaning in pairs:
        yield from (".TP", f"\\fB{quoted(term)}\\fR", quoted(meaning))


def options(command: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # click's classes, bundled by typer or not
    """Return the options of a command with their help."""
    for parameter in command.params:
        help_text = getattr(parameter, "help", None)
        if parameter.param_type_name == "option" and "--help" not in parameter.opts:
            names = ", ".join([*parameter.opts, *parameter.secondary_opts])
            value = "" if parameter.is_flag else f" {parameter.metavar or str(parameter.name).upper()}"
            yield names + value, help_text or ""


def page() -> str:
    """Return the page in roff."""
    root: Any = typer.main.get_command(app)
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    lines = [
        f'.TH MAMMOVIEW 1 "{day}" "Mammoview {__version__}" "User Commands"',
        ".SH NAME",
        "mammoview \\- mammography viewer that shows what a model sees",
        ".SH SYNOPSIS",
        ".B mammoview\n.RI [ PATH ...]\n.br",
        ".B mammoview\n.I COMMAND\n.RI [ OPTION ...]",
        ".SH DESCRIPTION",
        "Opens files, folders, zips or DICOMDIRs in the window. For research and education; not a medical device, not",
        "for diagnosis. A path of the name of a command is written ./NAME.",
        ".SH COMMANDS",
    ]
    for words, command in commands(root):
        arguments = [str(p.name).upper() for p in command.params if p.param_type_name == "argument"]
        lines += [f".SS {quoted(' '.join([words, *arguments]))}", quoted(command.help or ""), *listed(options(command))]
    lines += [".SH OPTIONS", *listed(options(root)), *listed(options(root.commands["open-window"]))]
    lines += [".SH EXIT STATUS", *listed(iter(STATUS)), ".SH FILES", *listed(iter(FILES))]
    lines += [".SH SEE ALSO", "The manual in the window, Shift+F1."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
