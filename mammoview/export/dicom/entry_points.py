"""The formats sr, seg, sc and gsps of an export: each writes the DICOM objects of what goes into one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pydicom.dataset import Dataset

from mammoview.assess.results.assessment import Assessment
from mammoview.core import paths
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.dicom.deidentification import Deidentifier, kept_secret
from mammoview.export.dicom.options import DicomOptions
from mammoview.export.dicom.source import DicomSource, dicom_source
from mammoview.export.dicom.writing import write_objects
from mammoview.records.reader_report import Verdict
from mammoview.study.scan import Study


class ExportedScan(Protocol):
    """A scan with what is known of it."""

    @property
    def analysis(self) -> ScanAnalysis:
        """Of the scan."""

    @property
    def assessment(self) -> Assessment | None:
        """None where the models were not run, or could not be."""

    @property
    def beside(self) -> tuple[ScanAnalysis, ...]:
        """Of the scans with which it shares the automatic window."""

    @property
    def judged(self) -> Mapping[int, Verdict]:
        """The reader's verdicts by rank of the finding."""

    @property
    def unassessed(self) -> str:
        """Why there is no assessment; empty where the models were not run."""


class IdentityChoice(Protocol):
    """The part of an export's options that counts here."""

    @property
    def keep_identity(self) -> bool:
        """Whether the patient is named."""


class ExportedContent(Protocol):
    """What goes into one file."""

    @property
    def target(self) -> Path:
        """File to write."""

    @property
    def study(self) -> Study:
        """Study of the scans."""

    @property
    def scans(self) -> Sequence[ExportedScan]:
        """One scan, or those of the study."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers of a picture."""

    @property
    def options(self) -> IdentityChoice:
        """Whether the patient is named."""


def write_sr(content: ExportedContent) -> None:
    """Write the measurement report, and beside it the segmentations that it refers to. Raises MammoviewError."""
    from mammoview.export.dicom.measurement_report import measurement_reports

    _write(content, lambda sources: measurement_reports(sources, DicomOptions(_reader())))


def write_seg(content: ExportedContent) -> None:
    """Write the segmentations: outlines, marks and maps, each an object of its own. Raises MammoviewError."""
    from mammoview.export.dicom.segmentation import segmentations

    _write(content, lambda sources: segmentations(sources, DicomOptions()))


def write_sc(content: ExportedContent) -> None:
    """Write the annotated picture as a secondary capture. Raises MammoviewError."""
    from mammoview.export.dicom.secondary_capture import secondary_captures

    _write(content, lambda sources: secondary_captures(sources, DicomOptions(), content.layers))


def write_gsps(content: ExportedContent) -> None:
    """Write the presentation state. Raises MammoviewError."""
    from mammoview.export.dicom.presentation_state import presentation_states

    _write(content, lambda sources: presentation_states(sources, DicomOptions()))


def sources(content: ExportedContent) -> list[DicomSource]:
    """Return the sources of the objects, their identity removed unless it is kept. Raises MammoviewError."""
    secret = "" if content.options.keep_identity else kept_secret(paths.data_folder())
    return [
        dicom_source(
            one.analysis,
            content.study.scans,
            one.assessment,
            one.judged,
            one.unassessed,
            one.beside,
            Deidentifier(secret, one.analysis.scan.identity) if secret else None,
        )
        for one in content.scans
    ]


def _write(content: ExportedContent, make: Callable[[Sequence[DicomSource]], Sequence[Dataset]]) -> None:
    write_objects(make(sources(content)), content.target)


def _reader() -> str:
    """Return the name of the reader in the settings; empty where there is none."""
    from mammoview.core import settings

    own, _problem = settings.load()
    return own.reader
