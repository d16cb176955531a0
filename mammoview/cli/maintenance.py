"""`mammoview audit` and `mammoview cache`: the audit log and the kept assessments."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from mammoview.core.errors import MammoviewError


def audit(
    last: Annotated[int, typer.Option("--last", min=0, metavar="N", help="Print only the last N lines.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the lines as they were written.")] = False,
) -> None:
    """Print the audit log and check that nothing was taken out.

    Reveals, layers, thresholds, verdicts, exports: who, when, what. No patient is named in it.
    """
    from mammoview.core.audit_log import AuditLog, event_text
    from mammoview.core.paths import data_folder

    log = AuditLog.of(data_folder())
    found = log.verify()
    for line in found.lines[-last:]:
        print(json.dumps(line, sort_keys=True) if as_json else event_text(line))
    torn = f", {found.torn} cut off by a crash" if found.torn else ""
    print(f"{len(found.lines)} lines{torn}, {'NOT whole' if found.problems else 'whole'}: {log.path}", file=sys.stderr)
    if found.problems:
        raise MammoviewError("; ".join(found.problems), "Compare it with a copy of the log", log.path)


class CacheAction(StrEnum):
    """What to do with the assessments that the window keeps."""

    SHOW = "show"
    CLEAR = "clear"


def cache(
    action: Annotated[CacheAction, typer.Argument(help="Show how much is kept, or clear it.")] = CacheAction.SHOW,
) -> None:
    """Print how many assessments the window keeps.

    Kept assessments show the layers of a study at once when it is opened again; they name nobody.
    """
    from mammoview.assess.results.cache import user_cache
    from mammoview.core.settings import load

    settings, problem = load()
    if problem:
        print(f"mammoview: {problem}", file=sys.stderr)
    kept = user_cache(settings)
    number, size = kept.size()
    if action is CacheAction.CLEAR:
        kept.clear()
    done = "dropped" if action is CacheAction.CLEAR else f"kept, at most {settings.cache_mb} MB"
    print(f"{kept.folder}: {number} assessments, {size / 1e6:.1f} MB {done}")
