"""The reader report of a study: impressions per breast, time of opening the layers, verdicts, BI-RADS worksheet.

Kept in the user's data folder under a hash of the pixels; it holds no name, no date of the study and no path.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.formats.common import file_io
from mammoview.records import worksheet
from mammoview.records.birads import AssessmentCategory
from mammoview.records.worksheet import Worksheet
from mammoview.study.pixel_hash import DIGITS

BUNDLED = "bundled"
"""Name of the bundled models among those whose layers were open."""
UNKNOWN_BREAST = "?"
"""Key of the breast of unknown side; the others are "R" and "L"."""
SECOND, CONCURRENT, BLIND = "second_reader", "concurrent", "blind"
"""Reading modes: layers after the first impression, at any time, or never."""
NEAR_PX = 1.0
"""A finding within this of a verdict's place, in scan pixels, is the one that was judged."""


class VerdictReason(StrEnum):
    """Why a finding was accepted or rejected; more goes into the note."""

    NONE = ""
    MASS = "mass"
    CALCIFICATIONS = "calcifications"
    DISTORTION = "architectural distortion"
    ASYMMETRY = "asymmetry"
    NORMAL_TISSUE = "normal tissue"
    KNOWN_BENIGN = "known benign lesion"
    ARTEFACT = "artefact, label or skin"
    DUPLICATE = "same as another finding"


@dataclass(frozen=True)
class Impression:
    """The reader's impression of one breast.

    Parameters
    ----------
    category
        BI-RADS category, or None before it is given.
    text
        Free text.
    """

    category: AssessmentCategory | None = None
    text: str = ""

    def __bool__(self) -> bool:
        return self.category is not None or bool(self.text.strip())


@dataclass(frozen=True)
class Verdict:
    """The reader's verdict on one finding.

    Parameters
    ----------
    scan
        `Scan.pixel_hash`.
    view
        Such as "R CC".
    column, row, score
        Place in scan pixels and score of the finding, as the models gave them.
    accepted
        True for accepted, False for rejected.
    reason, note
        Why: one of a list, and free text.
    time
        UTC.
    model
        Key of the user's own model that the finding is of; empty for the bundled models.
    """

    scan: str
    view: str
    column: float
    row: float
    score: float
    accepted: bool
    reason: VerdictReason = VerdictReason.NONE
    note: str = ""
    time: str = ""
    model: str = ""

    def about(self, scan: str, column: float, row: float, model: str = "") -> bool:
        """Return whether the verdict is on the finding of a model at that place."""
        near = abs(column - self.column) <= NEAR_PX and abs(row - self.row) <= NEAR_PX
        return near and scan == self.scan and model == self.model


@dataclass(frozen=True)
class DrawnPlace:
    """Where a reader has drawn something.

    Parameters
    ----------
    scan
        `Scan.pixel_hash`.
    column, row
        Of its centre, scan pixels.
    """

    scan: str
    column: float
    row: float


@dataclass(frozen=True)
class ReaderReport:
    """The reader report of one study.

    Parameters
    ----------
    key
        Key of the study's pixels.
    first, final
        Impressions by breast ("R", "L" or "?"): before the layers were opened, and with them.
    revealed
        When the layers were first opened, UTC; empty before. From then on `first` is locked.
    mode
        Reading mode in which they were.
    verdicts
        On findings.
    worksheet
        BI-RADS worksheet: composition and findings.
    models
        Models whose layers were open to the reader, such as "bundled", in the order in which they were first shown.
    first_places, final_places
        What the reader has drawn: before the layers were opened, and in the end. Reports of earlier versions have none.
    first_seen, final_seen
        `Scan.pixel_hash` of the scans that have been on the screen when something was reported: before the layers were
        opened, and in the end. Reports of earlier versions have none.
    """

    key: str
    first: Mapping[str, Impression] = field(default_factory=dict)
    final: Mapping[str, Impression] = field(default_factory=dict)
    revealed: str = ""
    mode: str = ""
    verdicts: tuple[Verdict, ...] = ()
    worksheet: Worksheet = field(default_factory=Worksheet)
    models: tuple[str, ...] = ()
    first_places: tuple[DrawnPlace, ...] = ()
    final_places: tuple[DrawnPlace, ...] = ()
    first_seen: tuple[str, ...] = ()
    final_seen: tuple[str, ...] = ()

    def with_places(self, places: tuple[DrawnPlace, ...], final: bool) -> ReaderReport:
        """Return the report with what is drawn now; what was drawn first is locked once the layers were opened."""
        if final or self.revealed:
            return replace(self, final_places=places)
        return replace(self, first_places=places, final_places=places)

    def with_seen(self, scans: Iterable[str], final: bool) -> ReaderReport:
        """Return the report with scans that are known to have been on the screen, by `Scan.pixel_hash`."""
        seen = sorted({*scans, *self.final_seen})
        if final or self.revealed:
            return replace(self, final_seen=tuple(seen))
        return replace(self, first_seen=tuple(sorted({*scans, *self.first_seen})), final_seen=tuple(seen))

    def with_impression(self, breast: str, impression: Impression, final: bool) -> ReaderReport:
        """Return the report with another impression; first impressions do not change once the layers were opened."""
        if final:
            return replace(self, final={**self.final, breast: impression})
        return self if self.revealed else replace(self, first={**self.first, breast: impression})

    def complete(self, breasts: Collection[str]) -> bool:
        """Return whether each of these breasts has a first category."""
        return all(self.first.get(breast, Impression()).category is not None for breast in breasts)

    def opened(self, time: str, mode: str) -> ReaderReport:
        """Return the report with its first impressions locked; later calls do not change the time."""
        return self if self.revealed else replace(self, revealed=time, mode=mode)

    def impression(self, breast: str) -> AssessmentCategory | None:
        """Return the category that counts for a breast: the final one, else the first; None where there is none."""
        given = (self.final.get(breast, Impression()).category, self.first.get(breast, Impression()).category)
        return next((category for category in given if category is not None), None)

    def differences(self) -> dict[str, tuple[AssessmentCategory, AssessmentCategory]]:
        """Return, by breast, the worksheet's category and the impression's where both are given and differ."""
        found = {}
        for breast in dict.fromkeys(finding.breast for finding in self.worksheet.findings):
            described, impression = self.worksheet.category(breast), self.impression(breast)
            if described is not None and impression is not None and not worksheet.agree(described, impression):
                found[breast] = (described, impression)
        return found

    def seen_with(self, model: str) -> ReaderReport:
        """Return the report with a model among those whose layers were open.

        Where layers were open and no model is named, an earlier version made the report: those were the bundled ones.
        """
        before = self.models or ((BUNDLED,) if self.revealed else ())
        return self if model in before else replace(self, models=(*before, model))

    def verdict(self, scan: str, column: float, row: float, model: str = "") -> Verdict | None:
        """Return the verdict on the finding of a model at a place, or None; `model` is its key, empty for bundled."""
        return next((v for v in self.verdicts if v.about(scan, column, row, model)), None)

    def with_verdict(self, verdict: Verdict) -> ReaderReport:
        """Return the report with this verdict in place of an earlier one on the same finding."""
        return replace(self, verdicts=(*self._others(verdict), verdict))

    def without_verdict(self, verdict: Verdict) -> ReaderReport:
        """Return the report without a verdict on that finding."""
        return replace(self, verdicts=tuple(self._others(verdict)))

    def _others(self, verdict: Verdict) -> list[Verdict]:
        return [v for v in self.verdicts if not v.about(verdict.scan, verdict.column, verdict.row, verdict.model)]

    def __bool__(self) -> bool:
        stated = any(self.first.values()) or any(self.final.values())
        return bool(stated or self.revealed or self.verdicts or self.worksheet or self.final_places)


VERSION_KEY = "mammoview_reader_report"
"""Key of the version of the document; "mammoview_reading" in those of earlier versions."""


def report_key(scans: Iterable[str]) -> str:
    """Return 40 hexadecimal digits for the report about a study, from `Scan.pixel_hash` of its scans in any order."""
    return sha256("\n".join(sorted(scans)).encode()).hexdigest()[:DIGITS]


def report_document(report: ReaderReport) -> dict[str, Any]:
    """Return the report as a JSON document."""
    held = {VERSION_KEY: 1, **asdict(report)}
    for verdict in held["verdicts"]:
        if not verdict["model"]:
            del verdict["model"]
    for name in ("models", "first_places", "final_places", "first_seen", "final_seen"):
        if not held[name]:
            del held[name]
    return held


def parse_report(text: str, path: Path) -> ReaderReport:
    """Return the report of a document made by `report_document`. Raises UnreadableError."""
    try:
        held = json.loads(text)
        if held.get(VERSION_KEY, held.get("mammoview_reading")) != 1:  # as earlier versions called it
            raise ValueError("another version")
        return ReaderReport(
            str(held["key"]),
            {str(breast): _impression(entry) for breast, entry in held["first"].items()},
            {str(breast): _impression(entry) for breast, entry in held["final"].items()},
            str(held["revealed"]),
            str(held["mode"]),
            tuple(map(_verdict, held["verdicts"])),
            worksheet.parse(held.get("worksheet", {})),
            tuple(str(model) for model in held.get("models", ())),
            tuple(map(_place, held.get("first_places", ()))),
            tuple(map(_place, held.get("final_places", ()))),
            tuple(map(str, held.get("first_seen", ()))),
            tuple(map(str, held.get("final_seen", ()))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError("it holds no reader report of this program", "Delete or move the file", path) from error


def _verdict(entry: Mapping[str, Any]) -> Verdict:
    numbers = {name: float(entry[name]) for name in ("column", "row", "score")}
    return Verdict(**{**entry, **numbers, "reason": VerdictReason(entry["reason"])})


def _place(entry: Mapping[str, Any]) -> DrawnPlace:
    return DrawnPlace(str(entry["scan"]), float(entry["column"]), float(entry["row"]))


def _impression(entry: Mapping[str, Any]) -> Impression:
    category = entry["category"]
    return Impression(None if category is None else AssessmentCategory(category), str(entry["text"]))


@dataclass(frozen=True)
class ReaderReportStore:
    """The reader reports on disk, one file each.

    Parameters
    ----------
    folder
        Made when first written to.
    """

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> ReaderReportStore:
        """Return those in the user's data folder; earlier versions called their folder "readings"."""
        return cls(paths.renamed(folder / "reader_reports", "readings"))

    def file(self, key: str) -> Path:
        """Return where the report about a study lies; it need not exist."""
        return self.folder / f"{key}.json"

    def find(self, key: str) -> ReaderReport:
        """Return the report of a study; an empty one when there is none.

        Raises
        ------
        UnreadableError
            When the file is damaged; it is renamed, so that the next save does not overwrite it.
        """
        file = self.file(key)
        if not file.is_file():
            return ReaderReport(key)
        try:
            return parse_report(file_io.text(file), file)
        except UnreadableError as error:
            aside = file.with_suffix(".damaged")
            with suppress(OSError):
                file.replace(aside)
            raise UnreadableError(
                "an earlier reader report is damaged", f"It was moved to {aside.name}", file
            ) from error

    def keep(self, report: ReaderReport) -> None:
        """Write a report atomically, with fsync. Raises MammoviewError."""
        file = self.file(report.key)
        try:
            with atomic_write(file, lasting=True, private=True) as partial:
                partial.write_text(json.dumps(report_document(report), indent=1), encoding="utf-8")
        except OSError as error:
            raise MammoviewError(
                f"the reader report cannot be kept ({error.strerror})",
                "Make room on the disk; it is held until then",
                file,
            ) from error
