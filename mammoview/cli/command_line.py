"""The command `mammoview`. Exit code 0 on success, 2 with one line on stderr for bad input, 1 for an internal error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID

from mammoview.assess.models.own_model_folder import OwnModelFolder
from mammoview.assess.results.strides import GridStride
from mammoview.cli import convert_command, evaluation_command, library_commands, maintenance, model_commands
from mammoview.cli.common import DeviceChoice, OwnModel, Processor, made_folder, opened, report_failed, report_unnoted
from mammoview.cli.progress import progress
from mammoview.core import unfinished
from mammoview.core.errors import MammoviewError
from mammoview.core.exit_codes import exit_code
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET, FALSE_MARK_BUDGETS
from mammoview.core.version import __version__
from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.export.export_format import ExportOptions, FigureKind, Grey
from mammoview.export.formats import FORMATS, format_named
from mammoview.formats.opening.sample_study import sample_study
from mammoview.records.opened_studies import refused_files

if TYPE_CHECKING:
    from mammoview.study.scan import Study

_WINDOW = "open-window"
"""The hidden command that runs when the first word is no command."""
_SEPARATE = "--separate"

app = typer.Typer(
    name="mammoview",
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    subcommand_metavar="[PATH ... | COMMAND ...]",
    help="A mammography viewer that shows what a model sees. For research and education, not for diagnosis.\n\n"
    "`mammoview PATH ...` opens the window on files, folders, zips or DICOMDIRs, or a window that runs opens them; "
    "`mammoview --separate PATH ...` opens another one.",
)
app.add_typer(library_commands.app, name="library")
app.add_typer(model_commands.app, name="model")


Layers = Annotated[
    str, typer.Option("--layers", help='Layers to show, such as heatmap,grid,saliency,outlines; "" shows none.')
]
BlackOutside = Annotated[
    bool, typer.Option("--black-outside", help="Black out what is more than 5 mm outside the breast.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Write again what is already there.")]
NAMELESS_LAYERS = ",".join(USUAL_LAYERS)
SUITABLE_PROTOCOL = "Hanging protocol of the study; the one that suits it by default."

_RENAMED = {"hanging": "hanging-protocol", "reading": "reader-report"}
EARLIER_OPTION_NAMES = {"token_normalize_func": lambda name: _RENAMED.get(name, name)}
"""Context settings of a command that takes options by the names of versions up to 0.2.0 as well, unlisted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, or with those of the process; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    known = (*command_names(), _WINDOW)
    if not words or words[0] in ("--", _SEPARATE) or not (words[0].startswith("-") or words[0] in known):
        words.insert(0, _WINDOW)
    unfinished.remove()
    return exit_code(lambda: app(words, prog_name="mammoview", standalone_mode=False))


def command_names() -> list[str]:
    """Names of the commands that the help shows."""
    plain = [str(command.name) for command in app.registered_commands if not command.hidden]
    return [*plain, *(str(group.name) for group in app.registered_groups)]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mammoview {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Take the options that come before a command."""


@app.command(_WINDOW, hidden=True)
def open_window(
    paths: Annotated[list[Path] | None, typer.Argument()] = None,
    separate: Annotated[
        bool, typer.Option(_SEPARATE, help="Open another window, also where one runs that would open the paths.")
    ] = False,
) -> None:
    """Open the window on these files, folders, zips or DICOMDIRs."""
    for path in paths or []:
        if not path.exists():
            commands = ", ".join(command_names())
            raise MammoviewError("no such file or folder", f"Check the name (commands are {commands})", path)
    raise typer.Exit(_window(paths or [], separate=separate))


@app.command("demo")
def demo() -> None:
    """Open the window on the sample study."""
    raise typer.Exit(_window([sample_study()], demo=True))


def _window(paths: Sequence[Path], demo: bool = False, separate: bool = False) -> int:
    """Run the window until it is closed. Raises MammoviewError where Qt would abort without a screen."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise MammoviewError("there is no screen for the window", "Use: mammoview snapshot PATH -o OUT.png")
    from mammoview.qt.application import run

    return run(paths, demo, separate)


@app.command("snapshot", context_settings=EARLIER_OPTION_NAMES)
def snapshot(
    path: Annotated[Path, typer.Argument(help="A file, folder, zip or DICOMDIR.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT.png", help="The picture to write.")],
    layers: Layers = NAMELESS_LAYERS,
    hanging_protocol: Annotated[str, typer.Option(metavar="NAME", help=SUITABLE_PROTOCOL)] = "",
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the window in pixels.")] = "1600x1200",
    black_outside: BlackOutside = False,
    deidentify: Annotated[bool, typer.Option("--deidentify/--keep-identity", help="The picture names nobody.")] = True,
    overwrite: Overwrite = False,
    model: OwnModel = None,
) -> None:
    """Write the window's picture, rendered without a screen."""
    from mammoview.display.hanging_protocols import protocol_named
    from mammoview.display.layers.registry import parse_layer_names
    from mammoview.export.export_names import suffixed

    wanted = parse_layer_names(layers)
    width_height = _size(size)
    out = suffixed(out, ".png")
    if hanging_protocol:
        protocol_named(hanging_protocol)
    if out.exists() and not overwrite:
        raise MammoviewError("there is such a file already", "Choose another name, or replace it with --overwrite", out)
    if model is not None:
        OwnModelFolder.of(model)
    opened([path])
    made_folder(out.parent)
    from mammoview.qt.application import snapshot as rendered

    rendered(path, out, wanted, hanging_protocol, width_height, not deidentify, black_outside, model)
    print(out)


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 1600x1200."""
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text.strip().lower())
    if match is None or not all(200 <= int(side) <= 16000 for side in match.groups()):
        raise MammoviewError(f"{text!r} is not a size", "Give width and height such as 1600x1200, 200 to 16000 each")
    return int(match[1]), int(match[2])


@app.command("assess")
def assess(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders, zips or DICOMDIRs.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for SCAN.json and SCAN.npz.")],
    device: Processor = DeviceChoice.AUTO,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes to work in.")] = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Assess again what is already there.")] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to work on, such as tcp://host:8786.")
    ] = None,
    stride: Annotated[
        GridStride,
        typer.Option("--grid", help="Cells of the patch grids: 6.4 mm apart, or 64 or 32 px of each magnification."),
    ] = GridStride.EVEN,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write the table as Parquet as well.")] = False,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Name no file in the results; a private table lists the codes.")
    ] = False,
    model: OwnModel = None,
) -> None:
    """Run the models on every scan.

    Writes figures and arrays, then one table over all of them (assessments.csv) and the pairs of marks in CC and MLO of
    each study (study-*.pairs.json), and goes on where it stopped.
    """
    from mammoview.batch import runner
    from mammoview.batch.batch_task import BatchSettings, BatchState
    from mammoview.batch.executors import executor
    from mammoview.batch.pair_files import write_pairs
    from mammoview.batch.table import TABLE, older_results, write_table
    from mammoview.core.result_sources import private_table
    from mammoview.export.audit_entries import run_event, write_noted

    own = None if model is None else OwnModelFolder.of(model)
    studies = opened(paths)
    made_folder(out)
    threads = max(1, (os.cpu_count() or 1) // jobs) if jobs > 1 and not scheduler else 0
    how = BatchSettings(device.value, stride.value, threads, own)
    absolute = [path.absolute() for path in paths]
    tasks = runner.plan(absolute, studies, out.absolute(), how, overwrite, anonymous)
    refused, outcomes = refused_files(studies), []
    try:
        with executor(jobs, scheduler) as where, progress(rate=True) as bar:
            every = bar.add_task("assessing", total=len(tasks), stage="")

            def stage(share: float, word: str) -> None:
                bar.update(every, stage=word)

            for outcome in runner.run(tasks, where, stage):
                bar.update(every, advance=1, stage="")
                outcomes.append(outcome)
                if outcome.state is BatchState.ASSESSED:
                    print(f"{outcome.name}: {outcome.text}", flush=True)
    finally:
        # Also when it is stopped: report the results so far.
        write_table(out, outcomes, parquet)
        unreadable = write_pairs(out, studies, tasks, outcomes)
        report_unnoted(write_noted(run_event("assessment", len(outcomes), anonymous=anonymous), lambda: None))
    there, older = sum(outcome.there for outcome in outcomes), older_results(out)
    if there:
        print(f"{there} already there, left as they are (--overwrite assesses them again)", file=sys.stderr)
    if older:
        print(f"{older} results of an older Mammoview are left as they are, and are not in {TABLE}", file=sys.stderr)
    if unreadable:
        print(
            f"no pairs were written for the studies of results that cannot be read: {', '.join(unreadable)} "
            "(--overwrite makes them again)",
            file=sys.stderr,
        )
    if anonymous:
        print(f"which code is which file, for you alone: {private_table(out)}", file=sys.stderr)
    failed = [f"{outcome.name}: {outcome.text}" for outcome in outcomes if outcome.failed]
    report_failed([*refused, *failed], len(tasks))


@app.command("export", context_settings=EARLIER_OPTION_NAMES)
def export(
    path: Annotated[Path, typer.Argument(help="A file, folder, zip or DICOMDIR.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the files.")],
    format: Annotated[
        str, typer.Option("--format", metavar="NAME", help=f"Kind of file: {', '.join(FORMATS)}.")
    ] = "png",
    figure: Annotated[
        FigureKind | None,
        typer.Option("--figure", help="What is shown; the first that the format can hold by default."),
    ] = None,
    dpi: Annotated[int, typer.Option(min=30, max=2400, help="Pixels per inch in print.")] = 300,
    crop: Annotated[
        str, typer.Option("--crop", help="Part of panels and animations: scan, breast, paper, finding:N or outline:N.")
    ] = "breast",
    grey: Annotated[
        Grey, typer.Option("--grey", help="A scan as png or tiff: layers burned in, or grey values alone.")
    ] = Grey.BURNED,
    black_outside: BlackOutside = False,
    hanging_protocol: Annotated[str, typer.Option(metavar="NAME", help=SUITABLE_PROTOCOL)] = "",
    reader_report: Annotated[
        bool,
        typer.Option(
            "--reader-report", help="A report includes impression, worksheet and verdicts as they were written."
        ),
    ] = False,
    layers: Annotated[
        str,
        typer.Option(
            "--layers",
            help='Layers to show, such as heatmap,grid; "" shows none. Overlay planes (planes), '
            "in which a name may be written, are shown only when they are asked for.",
        ),
    ] = NAMELESS_LAYERS,
    false_marks: Annotated[
        float,
        typer.Option(
            "--false-marks",
            metavar="N",
            min=min(FALSE_MARK_BUDGETS),
            max=max(FALSE_MARK_BUDGETS),
            help="False marks per normal view that the thresholds may cost, as in the window.",
        ),
    ] = DEFAULT_BUDGET,
    device: Processor = DeviceChoice.AUTO,
    deidentify: Annotated[bool, typer.Option("--deidentify/--keep-identity", help="The files name nobody.")] = True,
    overwrite: Overwrite = False,
    model: OwnModel = None,
) -> None:
    """Write pictures, figures, reports, data or DICOM objects. Files that are there are kept."""
    from mammoview.display.layers.registry import parse_layer_names
    from mammoview.export import export_run
    from mammoview.export.assessments import AssessmentSource
    from mammoview.export.export_run import ExportState

    kind = format_named(format)
    shown = figure or kind.figures[0]
    options = ExportOptions(
        shown, dpi, not deidentify, crop, grey, black_outside, hanging_protocol, reader_report, false_marks
    )
    wanted = parse_layer_names(layers)
    kind.check(options)
    own = None if model is None else OwnModelFolder.of(model)
    studies = opened([path])
    made_folder(out)
    plan = export_run.ExportPlan(studies, kind, options, wanted, out, overwrite)
    failed, kept, doubtful, unnoted = refused_files(studies), 0, 0, ""
    with progress(rate=True) as bar:
        every = bar.add_task("exporting", total=len(plan.groups), stage="")
        stage = partial(_show_stage, bar, every)
        for outcome in export_run.export(plan, AssessmentSource.of_program(device.value, own), stage):
            bar.update(every, advance=1)
            if outcome.state is ExportState.WRITTEN:
                print(outcome.text, flush=True)
                doubtful += bool(outcome.warning)
                unnoted = unnoted or outcome.unnoted
            elif outcome.state is ExportState.KEPT:
                kept += 1
            else:
                failed.append(f"{outcome.name}: {outcome.text}")
    if doubtful:
        print(f"{doubtful} may show text in the pixels: look at them, or use --black-outside", file=sys.stderr)
    if unnoted:
        print(f"the audit log does not have all of them: {unnoted}", file=sys.stderr)
    if kept:
        print(f"{kept} already there, left as they are (--overwrite writes them again)", file=sys.stderr)
    report_failed(failed, sum(len(study.scans) for study in studies))


def _show_stage(bar: Progress, task: TaskID, word: str) -> None:
    """Show what is done now beside the progress bar."""
    bar.update(task, stage=word)


@app.command("info")
def info(
    path: Annotated[Path, typer.Argument(help="A file, folder, zip or DICOMDIR.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    pixels: Annotated[
        bool,
        typer.Option("--pixels", help="Decode every scan as well, and warn where its pixels are doubtful. Slower."),
    ] = False,
) -> None:
    """Describe files.

    Studies, scans, spacing and its source, outlines, warnings. Reads headers only, unless --pixels is given.
    """
    from mammoview.formats.inspection.describe import describe, description_lines

    studies = opened([path])
    if pixels:
        _add_pixel_warnings(studies)
    print(
        json.dumps(describe(studies), indent=2, ensure_ascii=False)
        if as_json
        else "\n".join(description_lines(studies))
    )


@app.command("selftest")
def selftest() -> None:
    """Check models, codecs and graphics here."""
    from mammoview.cli.selftest import checks

    bad = 0
    for name, passed, text in checks():
        bad += not passed
        print(f"{'ok  ' if passed else 'FAIL'} {name}: {text}", flush=True)
    if bad:
        raise MammoviewError(f"{bad} of the checks failed", "The lines above say which and what to do")


app.command("evaluate")(evaluation_command.evaluate)
app.command("audit")(maintenance.audit)
app.command("convert")(convert_command.convert_data)
app.command("cache")(maintenance.cache)


def _add_pixel_warnings(studies: Sequence[Study]) -> None:
    """Add warnings from the pixels to the scans; scans that cannot be decoded keep those of the header."""
    from mammoview.display.scan_analysis import analyse

    for scan in (scan for study in studies for scan in study.scans):
        with suppress(MammoviewError):
            scan.warnings += analyse(scan).warnings
        scan.release()
