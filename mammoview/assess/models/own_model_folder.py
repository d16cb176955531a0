"""Folder of a user's own model: `model.toml`, weights and a card. Imports neither torch nor onnx."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from mammoview.assess.models.own_model import OwnModelFacts
from mammoview.core.errors import ModelError

FACTS = "model.toml"
MOST_BYTES = 8 * 10**9
"""Weights that take as much as this, or more, are refused."""
MOST_FACTS_BYTES = 1_000_000
CHECK = "mammoview model check FOLDER lists everything that is wrong"


@dataclass(frozen=True)
class OwnModelFolder:
    """A model of the user's own, named by its folder and by what was in it.

    Parameters
    ----------
    path
        The folder.
    key
        `OwnModelFacts.key` of its contents when it was chosen.
    """

    path: Path
    key: str

    @classmethod
    def of(cls, path: Path) -> OwnModelFolder:
        """Read the facts of a folder. Raises ModelError."""
        return cls(path.absolute(), read_facts(path).key)

    def unchanged_facts(self) -> OwnModelFacts:
        """Read the facts again. Raises ModelError where the folder holds another model by now."""
        facts = read_facts(self.path)
        if facts.key != self.key:
            raise ModelError("this model is another one than when it was chosen", "Choose it again", self.path)
        return facts


@dataclass(frozen=True)
class CheckedFolder:
    """What was found in a folder.

    Parameters
    ----------
    facts
        Contents of `model.toml`; None where it cannot be read.
    mistakes
        A line for each; none where the folder is sound as far as it was read.
    """

    facts: OwnModelFacts | None
    mistakes: tuple[str, ...]


def check_facts(folder: Path) -> CheckedFolder:
    """Read `model.toml` and list its mistakes. The weights are not read."""
    file = folder / FACTS
    if not folder.is_dir():
        return CheckedFolder(None, ("there is no such folder",))
    if file.is_symlink() or not file.is_file():
        return CheckedFolder(None, (f"{FACTS} is missing, or is a link",))
    try:
        if file.stat().st_size > MOST_FACTS_BYTES:
            return CheckedFolder(None, (f"{FACTS} is larger than 1 MB",))
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return CheckedFolder(OwnModelFacts.model_validate(content), ())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return CheckedFolder(None, (f"{FACTS} cannot be read: {_one_line(error)}",))
    except ValidationError as error:
        return CheckedFolder(None, tuple(_lines(error)))


def _lines(error: ValidationError) -> Iterator[str]:
    """Return a line for every mistake that pydantic found."""
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        match one["type"]:
            case "extra_forbidden":
                what = "there is no such key"
            case "missing":
                what = "is missing"
            case "string_pattern_mismatch" if where.endswith("sha256") or "external" in where:
                what = "is not a SHA-256 (64 digits 0-9 and a-f)"
            case "string_pattern_mismatch" if where == "name":
                what = "begins with a letter, digit or _, and has at most 80 of these, blanks, and the signs . + -"
            case "string_pattern_mismatch":
                what = "holds a control character, such as a line break"
            case _:
                message = str(one["msg"]).removeprefix("Value error, ")
                what = message[:1].lower() + message[1:]
        yield f"{FACTS}: {where}: {what}" if where else f"{FACTS}: {what}"


def check_files(folder: Path, facts: OwnModelFacts) -> tuple[list[str], dict[str, bytes]]:
    """Read the weights, and list what is wrong with the files that `model.toml` names: names, links, sizes, hashes.

    Returns
    -------
    tuple[list[str], dict[str, bytes]]
        A line for each mistake, and the contents of the files of the weights that can be read, by name; none of them
        is read where they are too large.
    """
    found, sizes, readable = [], 0, []
    for name in (*facts.weights.files, facts.card):
        problem = name_problem(folder, name)
        if problem:
            found.append(f"{name}: {problem}")
        elif name != facts.card:
            sizes += (folder / name).stat().st_size
            readable.append(name)
    if sizes >= MOST_BYTES:
        return [*found, f"the weights take {sizes / 10**9:.1f} GB: 8 GB or more are not loaded"], {}
    parts = {name: (folder / name).read_bytes() for name in readable}
    for name, content in parts.items():
        actual = sha256(content).hexdigest()
        if actual != facts.weights.files[name]:
            found.append(f"{name}: its SHA-256 is {actual}, not the one in {FACTS}")
    return found, parts


def name_problem(folder: Path, name: str) -> str:
    """Return why a file of that name is not read: it leaves the folder, is a link, or is no file; else nothing."""
    if not name or name in (".", "..") or re.search(r"[/\\:\0]", name):
        return "leaves the folder, or is no plain name of a file in it"
    file = folder / name
    if file.is_symlink():
        return "is a link"
    return "" if file.is_file() else "is missing"


def read_weights(folder: Path, facts: OwnModelFacts) -> Mapping[str, bytes]:
    """Return the contents of all files of the weights by name, after a check of size and hash. Raises ModelError."""
    mistakes, parts = check_files(folder, facts)
    if mistakes:
        raise model_error(folder, mistakes)
    return parts


def read_facts(folder: Path) -> OwnModelFacts:
    """Read `model.toml`. Raises ModelError with the first mistake."""
    found = check_facts(folder)
    if found.facts is None:
        raise model_error(folder, found.mistakes)
    return found.facts


def model_error(folder: Path, mistakes: tuple[str, ...] | list[str]) -> ModelError:
    """Return the error for a folder with these mistakes, of which it names the first."""
    further = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return ModelError(f"this model cannot be used: {mistakes[0]}{further}", CHECK, folder)


def _one_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
