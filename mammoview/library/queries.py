"""Queries of the index: all studies, search, recently opened studies, earlier examinations of a patient."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import Row

from mammoview.library.database import LibraryDatabase
from mammoview.library.insert import folded_text
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import view_name

MOST = 500
"""Most studies in one result."""
ALL = -1
"""A limit that means none."""
_VIEWS = ("R CC", "L CC", "R MLO", "L MLO")


@dataclass(frozen=True)
class IndexedScan:
    """A scan of the index.

    Parameters
    ----------
    path
        Its file, or its path in a zip.
    source
        Path to open.
    laterality, projection
        "L", "R", "CC", ...; empty when unknown.
    there
        Whether it could be reached when last looked for.
    instance_uid
        Empty when it has none.
    thumbnail
        JPEG; empty when none can be made, None when none has been made.
    """

    path: Path
    source: Path
    laterality: str
    projection: str
    there: bool
    instance_uid: str = ""
    thumbnail: bytes | None = None

    @property
    def name(self) -> str:
        """Such as "R CC"."""
        return view_name(self.laterality, self.projection)


@dataclass(frozen=True)
class IndexedStudy:
    """An examination of the index.

    Parameters
    ----------
    id
        Its row.
    key
        What its scans have in common.
    patient_id, issuer, birth_date, name
        Of the patient; empty when unknown.
    date
        YYYY-MM-DD, or empty.
    description
        What it is called.
    opened
        When it was last opened, seconds since 1970; None for never.
    scans
        In hanging order: R CC, L CC, R MLO, L MLO, then the rest; no picture twice.
    """

    id: int
    key: str
    patient_id: str
    issuer: str
    birth_date: str
    name: str
    date: str
    description: str
    opened: float | None
    scans: tuple[IndexedScan, ...]

    @property
    def patient(self) -> str:
        """The patient for display: the name, else the ID."""
        return self.name or self.patient_id

    @property
    def identity(self) -> PatientIdentity:
        """Identity of the patient."""
        return PatientIdentity(self.patient_id, self.issuer, self.birth_date, self.name)

    @property
    def sources(self) -> list[Path]:
        """Paths to open, without missing ones."""
        return list(dict.fromkeys(scan.source for scan in self.scans if scan.there))

    @property
    def missing(self) -> list[Path]:
        """Paths that are missing."""
        return list(dict.fromkeys(scan.source for scan in self.scans if not scan.there))


_STUDIES = (
    "SELECT studies.id, studies.key, date, description, opened, patient_id, issuer, birth_date, name "
    "FROM studies JOIN patients ON patients.id = studies.patient "
)


def studies(index: LibraryDatabase, words: str = "", recent: bool = False, limit: int = MOST) -> list[IndexedStudy]:
    """Return studies, newest first, or with `recent` those that were opened, latest first.

    Parameters
    ----------
    index
        The index.
    words
        Every word must occur in patient, ID, date, description or folder; case and accents are ignored.
    recent
        Whether to return opened studies only.
    limit
        Most studies to return.
    """
    wanted = folded_text(words).split()
    where = ["opened IS NOT NULL"] if recent else []
    where += ["instr(words, ?) > 0"] * len(wanted)
    query = _STUDIES + (f"WHERE {' AND '.join(where)} " if where else "")
    query += f"ORDER BY {'opened DESC' if recent else 'date DESC, name, studies.id'} LIMIT ?"
    return _with_scans(index, index.rows(query, *wanted, limit))


def priors(index: LibraryDatabase, identity: PatientIdentity, date: str, key: str = "") -> list[IndexedStudy]:
    """Return the earlier examinations of the same person, the latest first.

    A person is matched by Patient ID, and by issuer and birth date where both have them; never by name.

    Parameters
    ----------
    index
        The index.
    identity
        Identity of the open study.
    date
        Its day, YYYY-MM-DD. Without one nothing is earlier.
    key
        Its key, which is left out.
    """
    if not identity.patient_id or not date:
        return []
    query = _STUDIES + "WHERE patient_id = ? AND date != '' AND date < ? AND studies.key != ? ORDER BY date DESC"
    found = _with_scans(index, index.rows(query, identity.patient_id, date, key))
    return [study for study in found if study.identity.is_person(identity)]


def located_studies(index: LibraryDatabase, known: Iterable[IndexedStudy]) -> list[IndexedStudy]:
    """Return the studies with the present state of their files; changes are stored in the index."""
    found, changed = [], []
    for study in known:
        reached = {source: source.exists() for source in {scan.source for scan in study.scans}}
        scans = tuple(replace(scan, there=reached[scan.source]) for scan in study.scans)
        changed += [new for old, new in zip(study.scans, scans, strict=True) if old.there != new.there]
        found.append(replace(study, scans=scans))
    if changed:
        with index.writing():
            for scan in changed:
                index.change("UPDATE scans SET there = ? WHERE path = ?", scan.there, os.fsencode(scan.path))
    return found


def _with_scans(index: LibraryDatabase, rows: list[Row]) -> list[IndexedStudy]:
    """Add their scans to studies."""
    of_study: dict[int, list[IndexedScan]] = defaultdict(list)
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), MOST):
        part = ids[start : start + MOST]
        for row in index.rows(
            "SELECT study, path, source, laterality, projection, there, instance_uid, thumbnail FROM scans "
            f"WHERE study IN ({','.join('?' * len(part))}) ORDER BY for_processing, there DESC, path",
            *part,
        ):
            of_study[row["study"]].append(_scan(row))
    return [
        IndexedStudy(**{name: row[name] for name in row.keys()}, scans=_hung(of_study[row["id"]]))  # noqa: SIM118
        for row in rows
    ]


def _scan(row: Row) -> IndexedScan:
    return IndexedScan(
        path=Path(os.fsdecode(row["path"])),
        source=Path(os.fsdecode(row["source"])),
        laterality=row["laterality"],
        projection=row["projection"],
        there=bool(row["there"]),
        instance_uid=row["instance_uid"],
        thumbnail=row["thumbnail"],
    )


def _hung(scans: list[IndexedScan]) -> tuple[IndexedScan, ...]:
    """Sort by hanging order, and keep one copy of each picture."""
    once: dict[object, IndexedScan] = {}
    for scan in scans:
        # Bad anonymisers give one UID to all pictures of a study.
        once.setdefault((scan.instance_uid, scan.name) if scan.instance_uid else scan.path, scan)
    return tuple(sorted(once.values(), key=lambda s: _VIEWS.index(s.name) if s.name in _VIEWS else len(_VIEWS)))
