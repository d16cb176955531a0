"""`mammoview convert`: a data set in another format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mammoview.cli.common import made_folder, report_failed, report_unnoted
from mammoview.cli.progress import progress
from mammoview.export.conversion_formats import OutlineFormat, PictureFormat
from mammoview.records.opened_studies import refused_files


def convert_data(
    data: Annotated[Path, typer.Argument(help="DDSM, CBIS-DDSM or mini-MIAS: a folder, file or zip.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the files.")],
    to: Annotated[PictureFormat, typer.Option("--to", help="Format of the pictures.")] = PictureFormat.PNG,
    outlines: Annotated[
        OutlineFormat | None, typer.Option("--outlines", help="Format of the outlines; none are written without it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write again what is already there.")] = False,
) -> None:
    """Convert DDSM, CBIS-DDSM or mini-MIAS.

    Stored values stay as they are. Goes on where it stopped; conversion.csv lists every scan with its spacing, the
    source of that, and what is wrong with its masks.
    """
    from mammoview.export import conversion, conversion_lists
    from mammoview.export.audit_entries import run_event, write_noted
    from mammoview.export.conversion import ConversionState
    from mammoview.formats.opening.open_study import open_study

    plan = conversion.ConversionPlan(data, open_study(data), out, to, outlines, overwrite)
    made_folder(out)
    earlier = conversion_lists.EarlierLists.of(out)
    total = sum(len(study.scans) for study in plan.studies)
    results: list[conversion.ConversionResult] = []
    try:
        with progress(rate=True) as bar:
            every = bar.add_task("converting", total=total, stage="")
            for one in conversion.convert(plan, lambda word: bar.update(every, stage=word)):
                bar.update(every, advance=1, stage="")
                results.append(one)
                if one.state is ConversionState.CONVERTED:
                    print(one.text, flush=True)
    finally:
        # Also when it is stopped: list the scans so far.
        def lists() -> None:
            conversion_lists.write_table(out, results, earlier)
            if outlines is OutlineFormat.COCO:
                conversion_lists.write_coco(out, results, earlier)

        drawn = "" if outlines is None else outlines.value
        report_unnoted(write_noted(run_event("conversion", len(results), format=to.value, outlines=drawn), lists))
    there = sum(one.state is ConversionState.THERE for one in results)
    if there:
        print(f"{there} already there, left as they are (--overwrite writes them again)", file=sys.stderr)
    failed = [one.text for one in results if one.state is ConversionState.FAILED]
    report_failed([*refused_files(plan.studies), *failed], total)
