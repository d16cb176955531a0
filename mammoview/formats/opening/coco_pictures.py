"""Which of the pictures that were opened are those that COCO files list.

A name that leads to one file from the folders of the COCO file is that picture. Else it is the only file of that name
below them, if the folders of both agree. What else is on the disk counts, whether it was opened or not.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_names
from mammoview.formats.datasets import coco
from mammoview.formats.datasets.coco import CocoFile
from mammoview.formats.opening.folder_walk import MAX_FILES, walk
from mammoview.formats.opening.gathered_scans import GatheredScans


@dataclass(frozen=True)
class ListedPictures:
    """The pictures that a COCO file lists, by the names in it.

    Parameters
    ----------
    found
        The picture that each of these names means.
    unsure
        Pictures that each of these names may mean.
    missing
        Names of pictures that were not opened.
    """

    found: Mapping[str, Path]
    unsure: Mapping[str, tuple[Path, ...]]
    missing: tuple[str, ...]

    @cached_property
    def names(self) -> Mapping[Path, str]:
        """The name of each picture that is surely meant."""
        return {path: name for name, path in self.found.items()}

    @cached_property
    def doubtful(self) -> frozenset[Path]:
        """Pictures that may be meant."""
        return frozenset(path for paths in self.unsure.values() for path in paths)


class PicturesByName:
    """Pictures that were opened, by the names that COCO files give them."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = {path.absolute() for path in paths}
        self._named: dict[str, list[Path]] = defaultdict(list)
        self._exported: dict[str, list[Path]] = defaultdict(list)
        self._walked: dict[Path, Mapping[str, list[Path]] | None] = {}
        self._listed: dict[Path, tuple[CocoFile, ListedPictures]] = {}
        for path in self._paths:
            self._named[path.name].append(path)
            words = file_names.stem(path.name).split("-")
            for k in range(len(words)):
                self._exported["-".join(words[: k + 1])].append(path)

    def listed(self, file: CocoFile) -> ListedPictures:
        """Return which pictures a file lists, as absolute paths."""
        known = self._listed.get(file.path)
        if known is None or known[0] is not file:
            known = self._listed[file.path] = file, self._looked_up(file)
        return known[1]

    def _looked_up(self, file: CocoFile) -> ListedPictures:
        direct = {name: self._direct(file, name) for name in file.pictures}
        taken = {place for places in direct.values() for place in places}
        found: dict[str, Path] = {}
        unsure: dict[str, tuple[Path, ...]] = {}
        missing: list[str] = []
        for name, places in direct.items():
            sure = len(places) == 1 and not any(_is_another(folder / name, places[0]) for folder in file.folders())
            if not places:
                places = [path for path in self._below(file, name) if path not in taken]
                sure = len(places) == 1 and self._is_only(file, name, places[0])
            if not places:
                missing.append(name)
            elif sure:
                found[name] = places[0]
            else:
                unsure[name] = tuple(places)
        times = Counter(found.values())
        unsure |= {name: (path,) for name, path in found.items() if times[path] > 1}
        return ListedPictures({n: path for n, path in found.items() if times[path] == 1}, unsure, tuple(missing))

    def _direct(self, file: CocoFile, name: str) -> list[Path]:
        """Return the pictures to which a name leads from the folders of a file."""
        places = dict.fromkeys((folder / name).absolute() for folder in file.folders())
        return [place for place in places if place in self._paths]

    def _below(self, file: CocoFile, name: str) -> list[Path]:
        """Return the pictures below the folders of a file that have the name in it.

        A name without ending is that of an export, which names of exported pictures begin with.
        """
        below = [path for path in self._named.get(name.rpartition("/")[2], ()) if _agrees(path, file, name)]
        if not below and name == file_names.stem(name):
            folder = file.path.parent.absolute()
            below = [path for path in self._exported.get(name, ()) if path.parent == folder]
        return below

    def _is_only(self, file: CocoFile, name: str, path: Path) -> bool:
        """Whether the disk has no other picture that a name may mean; False where not all of it can be looked at."""
        last = name.rpartition("/")[2]
        if path.name != last:  # of an export, whose pictures lie beside the file
            return True
        root = file.root.absolute()
        if root not in self._walked:
            self._walked[root] = _files_below(root)
        files = self._walked[root]
        return files is not None and not any(
            _agrees(other, file, name) and _is_another(other, path) for other in files.get(last, ())
        )


def missing_pictures(paths: Iterable[Path], folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """Return the pictures that COCO files near some folders list and that are not there, with the files.

    Parameters
    ----------
    paths
        Of the pictures that were opened.
    folders
        Where COCO files are looked for.
    """
    names = PicturesByName(paths)
    found = []
    for file in coco.coco_files_near(folders):
        with suppress(MammoviewError):  # that it cannot be read is reported where it is opened
            found += [(file, name) for name in names.listed(coco.read(file)).missing]
    return found


def _agrees(path: Path, file: CocoFile, name: str) -> bool:
    """Whether a picture lies below a folder of a file, in the folders of its name, as far as both have any.

    The last folder of the name is always that of the picture.
    """
    wanted, own = tuple(name.split("/")), path.absolute().parts
    if own[-2:][-len(wanted) :] != wanted[-2:]:
        return False
    for folder in file.folders():
        with suppress(ValueError):  # it does not lie below this one
            inside = path.absolute().relative_to(folder.absolute()).parts
            both = min(len(inside), len(wanted))
            if inside[-both:] == wanted[-both:]:
                return True
    return False


def _is_another(place: Path, path: Path) -> bool:
    """Whether there is a file at a place, and another one than that of a path."""
    with suppress(OSError, ValueError):
        if place.absolute() == path or not place.is_file():
            return False
        one, other = place.stat(), path.stat()
        return not (one.st_ino and os.path.samestat(one, other))  # files in a zip have no number
    return False


def _files_below(root: Path) -> Mapping[str, list[Path]] | None:
    """Return all files below a folder by name; None where it has too many, or some that cannot be looked at."""
    named: dict[str, list[Path]] = defaultdict(list)
    unread, count = GatheredScans(), 0
    try:
        for folder, _, files in walk(root, unread):
            count += 1 + len(files)
            if count > MAX_FILES:
                return None
            for file in files:
                named[file.name].append(folder / file.name)
    except MammoviewError:
        return None
    return None if unread.refused else named
