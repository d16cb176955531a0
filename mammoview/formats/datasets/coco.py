"""COCO files: pictures, and which of their annotations are lesions (the format of MS COCO, 2014).

Every annotation is one lesion, but for predictions, which have a score, and regions of the breast itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeGuard

from mammoview.core.errors import MammoviewError, UnreadableError, printable
from mammoview.formats.common import file_io
from mammoview.formats.common.outline_files import FILE_ENDING, FOLDER_FILE
from mammoview.study.finding_status import FindingStatus

MAX_BYTES = 256 << 20
"""Largest COCO file, packed or not, bytes."""
_FIRST = re.compile(rb'\s*\{\s*"(info|licen[sc]es|categories|images|annotations|type)"\s*:')
"""How a COCO file begins."""
_NAMED = re.compile(r"coco|annotation|instance|label|train|val|test", re.IGNORECASE)
"""In the names of files that are looked at first near a picture that was opened by itself."""
MOST_NEAR = 200
"""JSON files whose first words are looked at in one place near a picture."""
_IMAGES = "images"
_DEEPEST = 3
"""Folders of a data set below the parent of images/ that a picture may lie in, images/ among them."""
_FOLDERS = frozenset({"annotations", "annotation", "labels"})
_ANATOMY = frozenset({"breast", "nipple", "pectoral", "pectoralis", "muscle", "skin", "tissue", "background", "normal"})
_NO_FINDING = re.compile(r"no[ _-]?findings?", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
"""A word of a category."""
_PREDICTIONS = "predictions"
FINDING_STATUS = "finding_status"
"""Key under which this program writes the `FindingStatus` of a picture."""
EXPORTED = "Outlines and findings, in stored pixels"
"""Description of the files that this program exports."""
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
        Its attributes in the file.
    annotations
        Its lesions, with the words of their categories.
    warnings
        About annotations that cannot be assigned.
    unknown
        Why it is not known whether it has a finding; "" where the file states it.
    """

    name: str
    entry: Entry
    annotations: tuple[tuple[Entry, str], ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width that the file states, in pixels; None for none."""
        height, width = self.entry.get("height"), self.entry.get("width")
        return (height, width) if is_whole(height) and is_whole(width) else None


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

    @property
    def root(self) -> Path:
        """Folder that all its pictures lie in or below."""
        folder = self.path.parent
        return folder.parent if folder.name.lower() in _FOLDERS else folder

    def folders(self) -> list[Path]:
        """Return where its pictures may lie: beside it or in images/, and a folder higher if it is in annotations/."""
        places = dict.fromkeys((self.path.parent, self.root))
        return [folder for place in places for folder in (place, place / _IMAGES)]


def is_coco(path: Path) -> bool:
    """Whether a file is a COCO file by its name and its first words; False where it cannot be read."""
    if path.suffix.lower() != ".json" or path.name == FOLDER_FILE or path.name.endswith(FILE_ENDING):
        return False
    try:
        return bool(_FIRST.match(file_io.head(path).removeprefix(b"\xef\xbb\xbf")))
    except MammoviewError:
        return False


def coco_files_near(folders: Iterable[Path]) -> list[Path]:
    """Return the COCO files that may list the pictures of some folders.

    They are looked for beside the pictures, one folder higher, and where these lie in images/, or up to two folders
    below it, in the folder that holds images/; in each of these places also in annotations/, annotation/ and labels/.
    At most 200 JSON files of one place are looked at, those whose names suggest annotations first.
    """
    found: dict[Path, None] = {}
    for place in dict.fromkeys(place for folder in folders for place in _places(folder.absolute())):
        inside = sorted(_entries(place))
        for entry in [entry for entry in inside if entry.name.lower() in _FOLDERS]:
            inside += sorted(_entries(entry))
        files = [file for file in inside if file.suffix.lower() == ".json"]
        files.sort(key=lambda file: _NAMED.search(file.name) is None)
        found |= dict.fromkeys(file for file in files[:MOST_NEAR] if is_coco(file))
    return list(found)


def _places(folder: Path) -> list[Path]:
    """Return where COCO files of the pictures of a folder are looked for."""
    above = (folder, *folder.parents)[:_DEEPEST]
    return [folder, folder.parent, *(place.parent for place in above if place.name.lower() == _IMAGES)]


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing where it cannot be read, or is none."""
    with suppress(OSError):
        return list(folder.iterdir())
    return []


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
    """Parse the bytes of a COCO file. Raises UnreadableError where they are none."""
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
    predicted: set[str] = set()
    by_picture: dict[str, list[Any]] = {}
    for name, one in names.values():
        by_picture.setdefault(name, []).append(one.get(FINDING_STATUS))
    judged: set[str] = set()
    for one in _once(annotations, errors):
        image = one.get("image_id") if isinstance(one, dict) else None
        if not isinstance(image, Hashable) or image not in names:
            _add(errors, f"annotation{number_of(one)}", "of no picture that is listed")
            continue
        word = words.get(one.get("category_id")) if isinstance(one.get("category_id"), Hashable) else None
        what = _no_lesion(one, word or "")
        of_image = shared.get(image, {names[image][0]})
        if what == _PREDICTIONS:
            predicted |= of_image
        elif not what or _NO_FINDING.fullmatch(word or ""):
            judged |= of_image
        if what:
            left_out[what] += 1
        elif image in shared:
            lost.update(shared[image])
        else:
            of_picture.setdefault(names[image][0], []).append((one, word or ""))
    only = f"its annotations in {path.name} are predictions: whether it has a finding is not known"
    unknown = dict.fromkeys(predicted - judged, only)
    if annotations and not judged:
        none = f"{path.name} has annotations, but none of a lesion: whether it has a finding is not known"
        unknown = dict.fromkeys(known, none)
    exported = _description(document) == EXPORTED
    for name, statuses in by_picture.items():
        if FindingStatus.NOT_KNOWN in statuses or (exported and FindingStatus.NORMAL not in statuses):
            unknown[name] = f"{path.name} does not say that it is normal: whether it has a finding is not known"
        elif FindingStatus.NORMAL in statuses:
            unknown.pop(name, None)
    pictures = {
        name: CocoPicture(
            name,
            picture.entry,
            tuple(of_picture.get(name, ())),
            (f"an outline of {path.name} is left out: two pictures have its image id",) if lost[name] else (),
            unknown.get(name, ""),
        )
        for name, picture in known.items()
    }
    return CocoFile(path, pictures, tuple(f"{listed(of)}: {what}" for what, of in errors.items()), dict(left_out))


def _named(images: Sequence[Any], errors: Errors) -> tuple[dict[Any, tuple[str, Entry]], dict[Any, set[str]]]:
    """Return name and entry of each picture by its id, and the names of those that share one."""
    names: dict[Any, tuple[str, Entry]] = {}
    shared: dict[Any, set[str]] = {}
    for entry in images:
        number, file_name = (entry.get("id"), entry.get("file_name")) if isinstance(entry, dict) else (None, None)
        if number is None or not isinstance(number, Hashable) or not isinstance(file_name, str):
            _add(errors, "a picture", "without id or file_name, and left out")
            continue
        name = inside(file_name)
        if name is None:
            _add(errors, printable(file_name), "outside the folder, and left out")
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


def _description(document: Mapping[str, Any]) -> object:
    info = document.get("info")
    return info.get("description") if isinstance(info, dict) else None


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
        return _PREDICTIONS
    words = {word.lower() for word in WORD.findall(category)}
    return "regions that are no lesions" if _NO_FINDING.fullmatch(category) or (words and words <= _ANATOMY) else ""


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


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
