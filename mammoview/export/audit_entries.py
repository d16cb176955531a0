"""Entries of the audit log about what leaves: kind, views and layers, and whether it names the patient.

Every file of an export has one entry, and every run over many scans, such as an evaluation or a conversion, has one.
One that names its patient is noted before it is written, and not written where it cannot be noted. Of the others an
entry that cannot be written is reported, and the file stays: it names nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mammoview.core import paths, settings
from mammoview.core.audit_log import AuditEvent, AuditLog, EventKind, user_name
from mammoview.core.errors import MammoviewError
from mammoview.export.export_format import ExportContent, ExportFormat
from mammoview.records.reader_report import report_key
from mammoview.study.scan import Scan, Study


def export_event(
    what: str, study: Study, scans: Iterable[Scan], layers: Iterable[str], named: bool = False
) -> AuditEvent:
    """Return the entry of what leaves of a study. Decodes its scans, for their hashes, and releases them again.

    Parameters
    ----------
    what
        Kind of file or picture, such as "png".
    study, scans
        The study, and those of its scans that are shown.
    layers
        Names of the layers that are shown.
    named
        Whether the patient is named.
    """
    own, _problem = settings.load()
    facts: dict[str, str | float | bool] = {
        "what": what,
        "view": ", ".join(scan.name for scan in scans),
        "layers": " ".join(layers),
    }
    if named:
        facts["identity"] = True
    return AuditEvent(EventKind.EXPORT, own.reader or user_name(), _key(study), facts)


def run_event(what: str, scans: int, named: bool = False, **facts: str | float | bool) -> AuditEvent:
    """Return the entry of a run over many scans, or of a selection of them; it has the key of no study.

    Parameters
    ----------
    what
        Kind of run, such as "evaluation".
    scans
        How many are in it.
    named
        Whether what is written names patients.
    facts
        More about it: plain values, no free text.
    """
    own, _problem = settings.load()
    facts_of_export: dict[str, str | float | bool] = {"what": what, "scans": scans, **facts}
    if named:
        facts_of_export["identity"] = True
    return AuditEvent(EventKind.EXPORT, own.reader or user_name(), facts=facts_of_export)


def write_noted(event: AuditEvent, write: Callable[[], object]) -> str:
    """Write what leaves, and its entry.

    Returns
    -------
    Why there is no entry, a message for the user; empty where there is one.

    Raises
    ------
    MammoviewError
        Of `write`, and where the patient is named and that cannot be noted.
    """
    log = AuditLog.of(paths.data_folder())
    if event.facts.get("identity"):
        log.append([event])
        write()
        return ""
    write()
    try:
        log.append([event])
    except MammoviewError as error:
        return str(error)
    return ""


def export_noted(format: ExportFormat, content: ExportContent) -> str:
    """Write one file of an export, and its entry, as `write_noted`."""
    shown = (one.scan for one in content.scans)
    event = export_event(format.name, content.study, shown, content.layers, content.options.keep_identity)
    return write_noted(event, lambda: format.write(content))


def _key(study: Study) -> str:
    """Return the key of a study's pixels; empty where one of its scans cannot be decoded."""
    hashes = []
    for scan in study.scans:
        held = scan.is_decoded
        try:
            hashes.append(scan.pixel_hash)
        except MammoviewError:
            return ""
        if not held:
            scan.release()
    return report_key(hashes)
