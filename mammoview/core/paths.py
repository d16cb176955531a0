"""Paths of the bundled resources and of the user's folders. The only module that uses appdirs."""

from __future__ import annotations

import sysconfig
from contextlib import suppress
from pathlib import Path

import appdirs

_PACKAGE = Path(__file__).parents[1]


def resources() -> Path:
    """Folder of icons, hanging protocols and models: inside the package when installed, beside it in a checkout."""
    inside = _PACKAGE / "resources"
    return inside if inside.is_dir() else _PACKAGE.parent / "resources"


def documentation() -> Path:
    """Folder of the pages of the documentation: inside the package when installed, beside it in a checkout."""
    inside = _PACKAGE / "docs"
    return inside if inside.is_dir() else _PACKAGE.parent / "docs"


def settings_folder() -> Path:
    """Folder of the user's settings; created when first written to."""
    return Path(appdirs.user_config_dir("mammoview", appauthor=False))


def settings_file() -> Path:
    """File of the user's settings."""
    return settings_folder() / "settings.json"


def cache_folder() -> Path:
    """Folder of data that can be computed again; created when first written to."""
    return Path(appdirs.user_cache_dir("mammoview", appauthor=False))


def running_folder() -> Path:
    """Folder with one file for each process that writes; created when first written to."""
    return cache_folder() / "running"


def data_folder() -> Path:
    """Folder of the user's data that is not stored beside the pictures; created when first written to."""
    return Path(appdirs.user_data_dir("mammoview", appauthor=False))


def renamed(folder: Path, earlier: str) -> Path:
    """Return a folder of the user, after what earlier versions left beside it under another name is moved there.

    Nothing is replaced or lost: a file that is in both folders stays in both. Where the earlier folder cannot be
    renamed and there is no other, it is returned.

    Parameters
    ----------
    folder
        As it is called now; it need not exist.
    earlier
        Its name in earlier versions.
    """
    before = folder.with_name(earlier)
    if not before.is_dir():
        return folder
    with suppress(OSError):  # a read-only folder, or another process that does the same
        if not folder.exists():
            before.rename(folder)
        else:
            for path in before.iterdir():
                if not (folder / path.name).exists():
                    path.rename(folder / path.name)
            before.rmdir()  # unless files of the same name are left in it
    return folder if folder.exists() else before


def is_installed(folder: Path) -> bool:
    """Return whether a folder belongs to an installed package (ours or another), where no user data is kept.

    Such a folder is replaced by the next update of the package, and shared by all users of the computer.
    """
    folder = folder.resolve()
    ours = (_PACKAGE, resources(), *(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")))
    within = any(folder.is_relative_to(place.resolve()) for place in ours)
    return within or not {"site-packages", "dist-packages"}.isdisjoint(folder.parts)
