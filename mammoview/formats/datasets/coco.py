"""COCO files: pictures, and which of their annotations are lesions (the format of MS COCO, 2014).

Every annotation is one lesion, but for predictions, which have a score, and regions of the breast itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from mammoview.core.errors import MammoviewError, UnreadableError, printable
from mammoview.formats.common import file_io
from mammoview.formats.common.outline_files import FILE_ENDING, FOLDER_FILE

MAX_BYTES = 256 << 20
"""Largest COCO file, packed or not, bytes."""
_FIRST = re.compile(rb'\s*\{\s*"(info|licen[sc]es|categories|images|annotations|type)"\s*:')
"""How a COCO file begins."""
_NAMED = re.compile(r"coco|annotation|instance|label|train|val|test", re.IGNORECASE)
"""In the names of files that are looked at beside a picture that was opened by itself."""
_FOLDERS = frozenset({"annotations", "annotation", "labels"})
_ANATOMY = frozenset({"breast", "nipple", "pectoral", "pectoralis", "muscle", "skin", "tissue", "background", "normal"})
_NO_FINDING = re.compile(r"no[ _-]?findings?", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
"""A word of a category."""
_LISTED = 4
"""Most names of a line."""
FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)
"""Exceptions raised by reading a text of another format."""
Entry = Mapping[str, Any]
Errors = dict[str, list[str]]
"""What is wrong, with all that it is wrong with."""


@dataclass(frozen=True)
class CocoPicture:
    """One picture of a COCO file.

    Parameters
    ----------
    name
        Its file name, with "/" between folders.
    entry
        What the file says of it.
    annotations
        Its lesions, with the words of their categories.
    warnings
        About annotations that cannot be assigned.
    """

    name: str
    entry: Entry
    annotations: tuple[tuple[Entry, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CocoFile:
    """A COCO file.

    Parameters
    ----------
    path
        The file.
    pictures
        All that it lists, by file name.
    errors
        A line for each thing in it that is wrong.
    left_out
        Numbers of annotations that are no outlines of lesions, by what they are.
    """

    path: Path
    pictures: Mapping[str, CocoPicture] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def folders(self) -> list[Path]:
        """Return where its pictures may lie: beside it or in images/, and a folder higher if it is in annotations/."""
        places = [self.path.parent]
        if self.path.parent.name.lower() in _FOLDERS:
            places.append(self.path.parent.parent)
        return [folder for place in places for folder in (place, place / "images")]


def is_coco(path: Path) -> bool:
    """Whether a file is a COCO file by its name and its first words; False where it cannot be read."""
    if path.suffix.lower() != ".json" or path.name == FOLDER_FILE or path.name.endswith(FILE_ENDING):
        return False
    try:
        return bool(_FIRST.match(file_io.head(path).removeprefix(b"\xef\xbb\xbf")))
    except MammoviewError:
        return False


def coco_files_near(folder: Path) -> list[Path]:
    """Return the COCO files that may list the pictures of a folder: beside them, or one folder higher."""
    found = []
    for place in dict.fromkeys((folder, folder.parent)):
        for inside in (place, *(place / name for name in sorted(_FOLDERS))):
            try:
                files = sorted(file for file in inside.iterdir() if _NAMED.search(file.name))
            except OSError:
                continue
            found += [file for file in files if is_coco(file)]
    return found


def read(path: Path) -> CocoFile:
    """Read a COCO file, once until it changes. Raises UnreadableError."""
    try:
        return _read(path, file_io.stamp(path))
    except OSError as error:
        raise file_io.refused_by_system(path, error) from error


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: tuple[int, int]) -> CocoFile:
    return parse(file_io.contents(path, MAX_BYTES), path)


def parse(raw: bytes, path: Path) -> CocoFile:
    """Return what the bytes of a COCO file say. Raises UnreadableError where they are none."""
    try:
        document = json.loads(raw.decode("utf-8-sig", "replace"))
        images, annotations = document["images"], document["annotations"]
        if not isinstance(images, list) or not isinstance(annotations, list):
            raise ValueError("images and annotations are no lists")
    except FAULTS as error:
        what = f"it is no COCO file that can be read ({error or type(error).__name__})"
        raise UnreadableError(what, "It needs the lists images and annotations", path) from error
    errors: Errors = {}
    names, shared = _named(images, errors)
    known = {name: CocoPicture(name, entry) for name, entry in names.values()}
    words = _categories(document.get("categories"))
    of_picture: dict[str, list[tuple[Entry, str]]] = {}
    left_out: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for one in _once(annotations, errors):
        image = one.get("image_id") if isinstance(one, dict) else None
        if not isinstance(image, Hashable) or image not in names:
            _add(errors, f"annotation{number_of(one)}", "of no picture that is listed")
            continue
        word = words.get(one.get("category_id")) if isinstance(one.get("category_id"), Hashable) else None
        what = _no_lesion(one, word or "")
        if what:
            left_out[what] += 1
        elif image in shared:
            lost.update(shared[image])
        else:
            of_picture.setdefault(names[image][0], []).append((one, word or ""))
    pictures = {
        name: CocoPicture(
            name,
            picture.entry,
            tuple(of_picture.get(name, ())),
            (f"an outline of {path.name} is left out: two pictures have its image id",) if lost[name] else (),
        )
        for name, picture in known.items()
    }
    return CocoFile(path, pictures, tuple(f"{listed(of)}: {what}" for what, of in errors.items()), dict(left_out))


def _named(images: Sequence[Any], errors: Errors) -> tuple[dict[Any, tuple[str, Entry]], dict[Any, set[str]]]:
    """Return name and entry of each picture by its id, and the names of those that share one."""
    names: dict[Any, tuple[str, Entry]] = {}
    shared: dict[Any, set[str]] = {}
    for entry in images:
        number, said = (entry.get("id"), entry.get("file_name")) if isinstance(entry, dict) else (None, None)
        if number is None or not isinstance(number, Hashable) or not isinstance(said, str):
            _add(errors, "a picture", "without id or file_name, and left out")
            continue
        name = inside(said)
        if name is None:
            _add(errors, printable(said), "outside the folder, and left out")
            continue
        if number in names and names[number][0] != name:
            _add(errors, f"image id {printable(str(number))[:40]}", "of two pictures, whose outlines are left out")
            shared.setdefault(number, {names[number][0]}).add(name)
            # It is listed all the same, under an id that no annotation has.
            names[_Unreferenced(name)] = (name, entry)
            continue
        names[number] = (name, entry)
    return names, shared


@dataclass(frozen=True)
class _Unreferenced:
    """The id of a picture whose own is that of another."""

    name: str


def inside(name: str) -> str | None:
    """Return a file name with "/" between folders; None where it leads out of the folder that it is of."""
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    outside = plain.startswith("/") or bool(PureWindowsPath(name).drive) or ".." in parts or "\0" in name
    return None if outside or not parts else "/".join(parts)


def _categories(listed: object) -> dict[Any, str]:
    """Return the words of each category by its id."""
    found: dict[Any, str] = {}
    for one in listed if isinstance(listed, list) else ():
        number, name = (one.get("id"), one.get("name")) if isinstance(one, dict) else (None, None)
        if number is not None and isinstance(number, Hashable) and isinstance(name, str):
            found[number] = name
    return found


def _once(annotations: Sequence[Any], errors: Errors) -> list[Any]:
    """Return the annotations without those that another with the same id repeats."""
    seen: dict[Any, Any] = {}
    found = []
    for one in annotations:
        number = one.get("id") if isinstance(one, dict) else None
        if number is not None and isinstance(number, Hashable):
            if number in seen:
                again = seen[number] == one
                what = "there twice, and read once" if again else "an id of two annotations, which are both read"
                _add(errors, f"annotation{number_of(one)}", what)
                if again:
                    continue
            seen[number] = one
        found.append(one)
    return found


def _no_lesion(annotation: Entry, category: str) -> str:
    """Return what an annotation is that is no outline of a lesion; "" for one that is."""
    if isinstance(annotation.get("score"), (int, float)):
        return "predictions"
    words = {word.lower() for word in WORD.findall(category)}
    return "regions that are no lesions" if _NO_FINDING.fullmatch(category) or (words and words <= _ANATOMY) else ""


def number_of(annotation: object) -> str:
    """Return the id of an annotation after a space; "" for none."""
    number = annotation.get("id") if isinstance(annotation, dict) else None
    return "" if number is None else f" {printable(str(number))[:40]}"


def _add(errors: Errors, subject: str, what: str) -> None:
    errors.setdefault(what, []).append(subject)


def listed(names: Sequence[str]) -> str:
    """Return the first of some names, and the number of further ones."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(map(printable, names[:_LISTED]))}{more}"
