"""`mammoview library`: add folders, scan them, list and search studies, forget."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoview.cli.progress import progress
from mammoview.core.errors import MammoviewError, printable

if TYPE_CHECKING:
    from rich.progress import TaskID

    from mammoview.library.database import LibraryDatabase
    from mammoview.library.folder_scan import UserFolder
    from mammoview.library.queries import IndexedStudy

app = typer.Typer(
    name="library",
    help="The library: an index of your folders. Files are read, never changed.",
    rich_markup_mode=None,
    no_args_is_help=False,
)


@app.command("add")
def add(folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with mammograms.")]) -> None:
    """Add folders and scan them."""
    from mammoview.library import folder_scan

    with _opened() as index:
        _scan(index, [folder_scan.add_folder(index, folder) for folder in folders])


@app.command("scan")
def scan() -> None:
    """Bring the library up to date: new, changed and missing files. Goes on where a scan was stopped."""
    from mammoview.library import folder_scan

    with _opened() as index:
        _scan(index, folder_scan.folders(index))


@app.command("list")
def list_studies(
    recent: Annotated[bool, typer.Option("--recent", help="What was opened, the last first.")] = False,
) -> None:
    """List folders and studies."""
    from mammoview.library import folder_scan, queries

    with _opened() as index:
        for folder in [] if recent else folder_scan.folders(index):
            state = "" if folder.scanned else "  (not scanned to the end: mammoview library scan)"
            print(f"folder  {printable(folder.path)}{state if folder.there else '  (missing)'}")
        _print(queries.located_studies(index, queries.studies(index, recent=recent, limit=_ALL)))


@app.command("search")
def search(words: Annotated[list[str], typer.Argument(help="Parts of name, ID, date, description or folder.")]) -> None:
    """Find studies in which all the words stand."""
    from mammoview.library import queries

    with _opened() as index:
        _print(queries.located_studies(index, queries.studies(index, " ".join(words), limit=_ALL)))


@app.command("forget")
def forget(
    study: Annotated[int | None, typer.Option(metavar="NUMBER", help="A study, by its number in the list.")] = None,
    folder: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A folder and what was found in it.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="The whole library.")] = False,
) -> None:
    """Forget a study, a folder or everything, without a trace.

    Your pictures stay. A study whose folder stays in the library comes back at the next scan.
    """
    from mammoview.library import erase, folder_scan, queries

    if (study is not None) + (folder is not None) + everything != 1:
        raise MammoviewError("it is not said what to forget", "Give one of --study, --folder, --everything")
    with _opened() as index:
        if everything:
            erase.forget_everything(index)
            print("forgotten: everything")
        elif folder is not None:
            place = folder.absolute()
            row = next((f.id for f in folder_scan.folders(index) if f.path == place), None)
            if row is None:
                raise MammoviewError("it is no folder of the library", "See: mammoview library list", folder)
            erase.forget_folder(index, row)
            print(f"forgotten: {printable(place)}")
        elif study is not None:
            if not any(known.id == study for known in queries.studies(index, limit=_ALL)):
                raise MammoviewError(f"there is no study {study} in the library", "See: mammoview library list")
            erase.forget_study(index, study)
            print(f"forgotten: study {study}")


_ALL = -1
"""SQLite's word for no limit."""


@contextmanager
def _opened() -> Iterator[LibraryDatabase]:
    """Yield the user's library; print a message when a damaged one was replaced."""
    from mammoview.library.database import LibraryDatabase

    with LibraryDatabase() as index:
        if index.warning:
            print(index.warning, file=sys.stderr)
        yield index


def _scan(index: LibraryDatabase, folders: Iterable[UserFolder]) -> None:
    """Scan folders, with a progress bar; missing folders are reported at the end."""
    from mammoview.library import folder_scan

    lost: list[str] = []
    with progress() as bar:
        for folder in folders:
            name = folder.path.name or str(folder.path)
            task = bar.add_task(f"scanning {printable(name)}", total=None, stage="")

            def advance(done: int, total: int, task: TaskID = task) -> None:
                bar.update(task, completed=done, total=total)

            outcome = folder_scan.scan_folder(index, folder, advance)
            if not outcome.there:
                lost += outcome.refused
                continue
            for line in outcome.refused:
                print(f"left out: {line}", file=sys.stderr)
            missing = f", {outcome.missing} of them missing" if outcome.missing else ""
            print(f"{printable(folder.path)}: {outcome.scans} scans{missing}; {outcome.read} files read")
    for line in lost:
        print(f"missing: {line}", file=sys.stderr)


def _print(studies: Iterable[IndexedStudy]) -> None:
    """Print a line per study."""
    for study in studies:
        views = ", ".join(scan.name for scan in study.scans)
        gone = len([scan for scan in study.scans if not scan.there])
        state = f"  ({gone} of {len(study.scans)} missing)" if gone else ""
        words = (study.date or "no date", study.patient, study.patient_id, study.description, views)
        print(f"{study.id:>6}  " + "  ".join(dict.fromkeys(word for word in words if word)) + state)
