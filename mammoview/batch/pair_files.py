"""Pairs of marks in CC and MLO of each study, as one file per study beside the results of its scans.

The files are made of the SCAN.json files alone, so that it does not matter which run assessed which scan.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mammoview.assess.results.assessment import Finding
from mammoview.assess.results.mark_pairs import PlacedMark, pair_document, same_lesion_at
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.display.breast_position import BreastPosition
from mammoview.study.scan import Projection, Scan, Study

if TYPE_CHECKING:
    from mammoview.batch.batch_task import BatchResult, BatchTask

SUFFIX = ".pairs.json"
_DIGITS = 12
"""Hexadecimal digits of the scans in the name of a file."""
Document = dict[str, Any]
_EMPTY: Document = {"scans": [], "source_ids": []}


def write_pairs(
    folder: Path, studies: Sequence[Study], tasks: Sequence[BatchTask], outcomes: Iterable[BatchResult]
) -> list[str]:
    """Write the pairs of every study that has CC and MLO of a breast among its results.

    A file is named after the results of the scans of its study, such as `study-3f0a52c1d9e4.pairs.json`. Files about
    fewer, or earlier, results of the same source files are replaced by it; all others are left unchanged, also those
    about more scans of the study.

    Parameters
    ----------
    folder
        Folder of the SCAN.json files.
    studies
        As they were opened.
    tasks
        One per scan of the studies, in their order.
    outcomes
        Of this run; scans that failed, or have no outcome yet, are left out.

    Returns
    -------
    Names of the SCAN.json files that could not be read: the pairs of their studies were not written.

    Raises
    ------
    MammoviewError
        When one cannot be written.
    """
    unreadable: list[str] = []
    names = {outcome.source.id: outcome.name for outcome in outcomes if not outcome.failed}
    remaining = iter(tasks)
    found: dict[Path, Document] = {}
    for study in studies:
        sources = {scan: next(remaining).source.id for scan in study.scans}
        named = {scan: names[source] for scan, source in sources.items() if source in names}
        document = _document(folder, named, unreadable)
        if document is not None:
            key = sha256("\n".join(sorted(set(named.values()))).encode()).hexdigest()[:_DIGITS]
            file = folder / f"study-{key}{SUFFIX}"
            shared = found.get(file, {}).get("source_ids", ())
            found[file] = {**document, "source_ids": sorted({*shared, *(sources[scan] for scan in named)})}
    try:
        earlier = {file: _read(file) for file in folder.glob(f"study-*{SUFFIX}")}
        for file, held in earlier.items():
            about = set(held["source_ids"])
            if file not in found and about and any(about <= set(made["source_ids"]) for made in found.values()):
                file.unlink(missing_ok=True)
        for file, document in found.items():
            if any(_holds(held, document) for other, held in earlier.items() if other != file):
                continue  # Only a part of the study was given this time.
            # Copies of the study may lie elsewhere.
            document["source_ids"] = sorted({*document["source_ids"], *earlier.get(file, _EMPTY)["source_ids"]})
            text = json.dumps(document, indent=1)
            if not file.is_file() or file.read_bytes() != text.encode():
                with atomic_write(file) as partial:
                    partial.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"the pairs cannot be written ({error.strerror})"
        raise MammoviewError(what, "Choose another folder", folder) from error
    return list(dict.fromkeys(unreadable))


def _document(folder: Path, names: dict[Scan, str], unreadable: list[str]) -> Document | None:
    """Return the pairs of a study ready for JSON, None where no breast has both projections.

    A result that cannot be read is added to `unreadable`, and the study has no pairs.
    """
    views = {(scan.laterality, scan.projection) for scan in names}
    if not any((side, Projection.MLO) in views for side, projection in views if projection is Projection.CC and side):
        return None
    marks: list[PlacedMark] = []
    false_marks: float | None = None
    for scan, name in names.items():
        try:
            held = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            marks += [_mark(scan, line) for line in held["findings"]]
            false_marks = held["listed_false_marks"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            unreadable.append(f"{name}.json")  # Of another version, damaged, or removed meanwhile.
            return None
    return {
        "scans": [{"scan": name, "view": scan.name} for scan, name in names.items()],
        **pair_document(marks, same_lesion_at(false_marks), names),
    }


def _mark(scan: Scan, line: dict[str, Any]) -> PlacedMark:
    """Return a finding of a SCAN.json as a mark to be paired."""
    place = line["from_nipple"]
    return PlacedMark(
        scan, Finding.of(line), None if place is None else BreastPosition(place["inward_mm"], place["up_mm"])
    )


def _holds(held: Document, made: Document) -> bool:
    """Whether an earlier document is about all results, and all source files, of another, and about more."""
    named, others = ({scan["scan"] for scan in document["scans"]} for document in (held, made))
    return others < named and set(made["source_ids"]) <= set(held["source_ids"])


def _read(file: Path) -> Document:
    """Return an earlier document; an empty one where it cannot be read."""
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        return {"scans": [{"scan": str(scan["scan"])} for scan in held["scans"]], "source_ids": [*held["source_ids"]]}
    except (OSError, ValueError, KeyError, TypeError):
        return _EMPTY
