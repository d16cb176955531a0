"""Inserting scans into the index: patients, studies and scans, each once."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from mammoview.core.errors import printable
from mammoview.formats.common import file_io
from mammoview.formats.common.zip_files import Member
from mammoview.library.database import LibraryDatabase
from mammoview.study.identity import PatientIdentity, readable
from mammoview.study.scan import Scan, Study

KEEP_STUDIES_WITH_SCANS = "DELETE FROM studies WHERE id NOT IN (SELECT study FROM scans)"
KEEP_PATIENTS_WITH_STUDIES = "DELETE FROM patients WHERE id NOT IN (SELECT patient FROM studies)"


def insert_scan(index: LibraryDatabase, scan: Scan, key: Sequence[str], date: str, folder: int | None) -> None:
    """Insert a scan into the index, or update its row; within `LibraryDatabase.writing`.

    Parameters
    ----------
    index
        The index.
    scan
        The scan; its path is absolute.
    key
        What the scans of its examination have in common (`Study.key`).
    date
        Day of the examination as YYYY-MM-DD; empty when unknown.
    folder
        Row of the user's folder in which it was found; None when it was opened elsewhere.
    """
    path, source = scan.path.absolute(), source_of(scan)
    size, modified = file_stamp(source)
    study = _study(index, scan, _steady(key, scan.path), date)
    values = {
        "study": study,
        "path": os.fsencode(path),
        "directory": os.fsencode(path.parent),
        "source": os.fsencode(source),
        "size": size,
        "modified": modified,
        "laterality": str(scan.laterality or ""),
        "projection": str(scan.projection or ""),
        "for_processing": scan.grey.for_processing,
        "instance_uid": scan.identity.instance_uid,
        "there": 1,
    }
    known = index.rows("SELECT id, folder, size, modified FROM scans WHERE path = ?", values["path"])
    if not known:
        values["folder"] = folder
        names = ", ".join(values)
        index.change(f"INSERT INTO scans ({names}) VALUES ({', '.join('?' * len(values))})", *values.values())
        return
    row = known[0]
    values["folder"] = row["folder"] if folder is None else folder
    if (row["size"], abs(row["modified"])) != (size, modified):  # a stale stamp is that of the same pixels
        values["thumbnail"] = None
    assignments = ", ".join(f"{name} = ?" for name in values)
    index.change(f"UPDATE scans SET {assignments} WHERE id = ?", *values.values(), row["id"])


def insert_opened_study(index: LibraryDatabase, study: Study, when: float) -> None:
    """Record that a study was opened, with its scans, in any folder. Raises MammoviewError."""
    with index.writing():
        for scan in study.scans:
            insert_scan(index, scan, study.key, study.date, None)
        key = _written(_steady(study.key, study.scans[0].path))
        index.change("UPDATE studies SET opened = ? WHERE key = ?", when, key)
        index.change(KEEP_STUDIES_WITH_SCANS)
        index.change(KEEP_PATIENTS_WITH_STUDIES)


def source_of(scan: Scan) -> Path:
    """Return the absolute path to open for a scan: its file, or its zip."""
    return scan.file.archive.path.absolute() if isinstance(scan.file, Member) else scan.path.absolute()


def file_stamp(path: Path) -> tuple[int, int]:
    """Return size and time of change (ns) of a file, as `file_io.stamp` does; zeros when it is missing."""
    try:
        return file_io.stamp(path)
    except OSError:
        return 0, 0


def study_key(study: Study) -> str:
    """Return a study's key in the form of the index."""
    return _written(_steady(study.key, study.scans[0].path))


def folded_text(text: str) -> str:
    """Return a text in the form used for search: lower case, without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _study(index: LibraryDatabase, scan: Scan, key: Sequence[str], date: str) -> int:
    """Row of a scan's study; inserted, or completed with the facts of the scan."""
    identity, written = scan.identity, _written(key)
    patient = _patient(index, identity, scan.patient, written)
    place = scan.path.absolute().parent
    who = (readable(identity.name), identity.name, identity.patient_id, scan.patient, identity.birth_date)
    what = (date, date.replace("-", ""), identity.description, place.name, place.parent.name)
    words = folded_text("\n".join(map(printable, (*who, *what))))
    known = index.rows("SELECT id, patient, date, description FROM studies WHERE key = ?", written)
    if not known:
        return index.change(
            "INSERT INTO studies (patient, key, date, description, words) VALUES (?, ?, ?, ?, ?)",
            patient,
            written,
            date,
            identity.description,
            words,
        )
    row = known[0]
    index.change(
        "UPDATE studies SET patient = ?, date = ?, description = ?, words = ? WHERE id = ?",
        patient,
        date or row["date"],
        identity.description or row["description"],
        words,
        row["id"],
    )
    return int(row["id"])


def _patient(index: LibraryDatabase, identity: PatientIdentity, called: str, study: str) -> int:
    """Row of a scan's patient. Without a Patient ID each study has its own patient."""
    if identity.patient_id:
        key = _written((identity.patient_id, identity.issuer, identity.birth_date))
        name = printable(readable(identity.name))
    else:
        key, name = _written(("no id", study)), printable(readable(identity.name) or called)
    known = index.rows("SELECT id, name FROM patients WHERE key = ?", key)
    if known:
        if name and name != known[0]["name"]:
            index.change("UPDATE patients SET name = ? WHERE id = ?", name, known[0]["id"])
        return int(known[0]["id"])
    return index.change(
        "INSERT INTO patients (key, patient_id, issuer, birth_date, name) VALUES (?, ?, ?, ?, ?)",
        key,
        identity.patient_id,
        identity.issuer,
        identity.birth_date,
        name,
    )


def _steady(key: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return a key with the scan's folders as absolute paths, independent of how they were given."""
    given = {str(folder) for folder in path.parents}
    return tuple(str(Path(part).absolute()) if part in given else part for part in key)


def _written(key: Sequence[str]) -> str:
    return json.dumps(list(key))
