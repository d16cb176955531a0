"""Codes of patients, studies and pictures: stable, keyed with the user's secret, and free of names and numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mammoview.core.result_sources import anonymous_source, code_of
from mammoview.study.scan import Study

DIGITS = 10
"""Hexadecimal digits of a code."""


@dataclass(frozen=True)
class StudyCodes:
    """Codes of one study.

    Parameters
    ----------
    patient, study
        As they stand in the tables.
    """

    patient: str
    study: str


def study_codes(
    studies: Sequence[Study], key: bytes, keep_identity: bool = False
) -> tuple[list[StudyCodes], list[str]]:
    """Return the codes of every study, and one line for each patient whose studies lie in several folders.

    Parameters
    ----------
    studies
        As they were opened.
    key
        The user's secret (`mammoview.core.result_sources.private_key`).
    keep_identity
        Write the Patient ID, or the data set's word for the patient, before the code. The code stands there too,
        so that the same studies are of one patient either way.
    """
    people = _people(studies)
    codes = [f"patient-{code_of(person, key)[:DIGITS]}" for person in people]
    names = {code: _name_of(study) for code, study in zip(reversed(codes), reversed(studies), strict=True)}
    found = [
        StudyCodes(
            f"{names[code]} ({code})" if keep_identity else code,
            f"study-{code_of(repr((person, study.key)), key)[:DIGITS]}",
        )
        for code, person, study in zip(codes, people, studies, strict=True)
    ]
    folders: dict[str, set[Path]] = defaultdict(set)
    for code, study in zip(found, studies, strict=True):
        folders[code.patient] |= {scan.path.parent for scan in study.scans}
    lines = [f"{patient} is in {len(of)} folders, and is one patient" for patient, of in folders.items() if len(of) > 1]
    return found, sorted(lines)


def view_code(path: Path, key: bytes) -> str:
    """Return the code of a picture, which the user's private table maps to its file."""
    return anonymous_source(path, key).file


def _name_of(study: Study) -> str:
    return study.identity.patient_id or study.patient


def _people(studies: Sequence[Study]) -> list[str]:
    """Return a text for each study that is the same for the same person.

    A Patient ID that two issuers or two birth dates share is distinguished by them; without one a patient of a data set
    is identified by its name there, and a plain picture by its examination.
    """
    seen = defaultdict(list)
    for study in studies:
        seen[study.identity.patient_id].append(study.identity)
    found = []
    for study in studies:
        one, data_set = study.identity, next((s.facts["data set"] for s in study.scans if "data set" in s.facts), "")
        if data_set:
            found.append(repr((data_set, study.patient)))
        elif one.patient_id:
            apart = not all(one.is_person(other) for other in seen[one.patient_id])
            found.append(repr((one.patient_id, one.issuer, one.birth_date) if apart else (one.patient_id,)))
        else:
            found.append(repr((study.key, study.patient)))
    return found
