"""The formats sr, cad, seg, sc and gsps of an export: each writes the DICOM objects of what goes into one file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydicom.dataset import Dataset

from mammoview.core import paths
from mammoview.export.dicom.deidentification import Deidentifier, kept_secret
from mammoview.export.dicom.source import DicomSource, dicom_source
from mammoview.export.dicom.writing import write_objects
from mammoview.export.export_format import AssessedScan, ExportContent
from mammoview.records.reader_report import ReaderReport, ReaderReportStore, Verdict, report_key


def write_sr(content: ExportContent) -> None:
    """Write the measurement report, and beside it the segmentations that it refers to. Raises MammoviewError."""
    from mammoview.export.dicom.measurement_report import measurement_reports

    hashes = [scan.pixel_hash for scan in content.study.scans]
    report = ReaderReportStore.of(paths.data_folder()).find(report_key(hashes))
    _write(content, lambda sources: measurement_reports(sources, reader_name()), report)


def write_cad(content: ExportContent) -> None:
    """Write the Mammography CAD report of a study, for stations that show no other results. Raises MammoviewError."""
    from mammoview.export.dicom.cad_report import cad_reports

    _write(content, lambda sources: cad_reports(sources))


def write_seg(content: ExportContent) -> None:
    """Write the segmentations: outlines, marks and maps, each an object of its own. Raises MammoviewError."""
    from mammoview.export.dicom.segmentation import segmentations

    _write(content, lambda sources: segmentations(sources))


def write_sc(content: ExportContent) -> None:
    """Write the annotated picture as a secondary capture. Raises MammoviewError."""
    from mammoview.export.dicom.secondary_capture import secondary_captures

    options = content.options
    _write(content, lambda sources: secondary_captures(sources, content.layers, content.styles, options.black_outside))


def write_gsps(content: ExportContent) -> None:
    """Write the presentation state. Raises MammoviewError."""
    from mammoview.export.dicom.presentation_state import presentation_states

    _write(content, lambda sources: presentation_states(sources))


def sources(content: ExportContent, report: ReaderReport | None = None) -> list[DicomSource]:
    """Return the sources of the objects, their identity removed unless it is kept. Raises MammoviewError.

    Parameters
    ----------
    content
        What goes into one file.
    report
        The reader's report about the study, for verdicts that the content does not hold.
    """
    secret = "" if content.options.keep_identity else kept_secret(paths.data_folder())
    return [
        dicom_source(
            one.analysis,
            content.study.scans,
            one.assessment,
            one.judged or (_verdicts(one, report) if report else {}),
            one.unassessed,
            one.beside,
            Deidentifier(secret, one.analysis.scan.identity) if secret else None,
        )
        for one in content.scans
    ]


def _write(
    content: ExportContent,
    make: Callable[[Sequence[DicomSource]], Sequence[Dataset]],
    report: ReaderReport | None = None,
) -> None:
    write_objects(make(sources(content, report)), content.target)


def _verdicts(one: AssessedScan, report: ReaderReport) -> dict[int, Verdict]:
    """Return the verdicts of a report on the marks of a scan, by rank."""
    if one.assessment is None:
        return {}
    scan, model = one.analysis.scan.pixel_hash, one.assessment.model_key
    verdicts = {mark.rank: report.verdict(scan, mark.column, mark.row, model) for mark in one.assessment.marks}
    return {rank: verdict for rank, verdict in verdicts.items() if verdict is not None}


def reader_name() -> str:
    """Return the name of the reader in the settings; empty where there is none."""
    from mammoview.core import settings

    own, _problem = settings.load()
    return own.reader
