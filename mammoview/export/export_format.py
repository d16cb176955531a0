"""Content and options of an export, and the entry of a format in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core.errors import MammoviewError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET
from mammoview.display.layers.registry import MODEL_LAYERS
from mammoview.study.pixel_changes import refuse_altered

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Assessment
    from mammoview.display.layer_style import LayerStyle
    from mammoview.display.scan_analysis import ScanAnalysis
    from mammoview.records.reader_report import Verdict
    from mammoview.study.scan import Scan, Study


class FigureKind(StrEnum):
    """What is shown of a study."""

    SCAN = "scan"
    PANELS = "panels"
    FINDING = "finding"
    STUDY = "study"
    REPORT = "report"

    @property
    def of_study(self) -> bool:
        """Whether there is one for each study; of the others there is one for each scan."""
        return self in (FigureKind.STUDY, FigureKind.REPORT)


class Grey(StrEnum):
    """How a picture of a scan holds its grey."""

    BURNED = "burned"
    """In colour, with layers and legend over it and below it."""
    SHOWN_8 = "shown8"
    SHOWN_16 = "shown16"
    """As on screen, in 8 or 16 bits, without anything over it."""
    STORED = "stored"
    """The values of the file."""


@dataclass(frozen=True, eq=False)
class AssessedScan:
    """A scan with what is known of it; its outlines, annotations and marks are those of the scan.

    Parameters
    ----------
    analysis
        Of the scan.
    assessment
        With the thresholds of the budget that was asked for; None where the models were not run, or could not be.
    beside
        Of the other breast's scans, from `rendering.companions`, with which it shares the automatic window.
    judged
        The reader's verdicts by rank of the finding.
    unassessed
        Why there is no assessment, a sentence; empty where the models were not run.

    Raises
    ------
    MammoviewError
        When the assessment is not complete.
    """

    analysis: ScanAnalysis
    assessment: Assessment | None = None
    beside: tuple[ScanAnalysis, ...] = ()
    judged: Mapping[int, Verdict] = field(default_factory=dict)
    unassessed: str = ""

    def __post_init__(self) -> None:
        """Refuse an assessment that is not complete."""
        if self.assessment is not None:
            self.assessment.refuse_incomplete()

    @property
    def scan(self) -> Scan:
        """The scan."""
        return self.analysis.scan


@dataclass(frozen=True)
class ExportOptions:
    """What the user chooses beside format and layers.

    Parameters
    ----------
    figure
        What is shown.
    dpi
        Pixels per inch of the printed picture.
    keep_identity
        Whether the patient is named; only formats with `names_patient` can.
    crop
        Part of the scan that panels and animations show: "scan", "breast", "paper", "finding:N" or "outline:N".
    grey
        How the picture of a scan holds its grey.
    black_outside
        Whether the film more than 5 mm outside the breast is black, such as where text is burned into it.
    hanging_protocol
        Name of the hanging protocol that a figure of a study shows; empty for the one that suits it.
    reader_report
        Whether a PDF report of the study includes the reader report: impression, worksheet and verdicts, as written.
    false_marks
        Budget of false marks per normal view, which the thresholds of findings, heatmap and leading grid follow; models
        without an operating curve keep their own.
    """

    figure: FigureKind = FigureKind.SCAN
    dpi: int = 300
    keep_identity: bool = False
    crop: str = "breast"
    grey: Grey = Grey.BURNED
    black_outside: bool = False
    hanging_protocol: str = ""
    reader_report: bool = False
    false_marks: float = DEFAULT_BUDGET


@dataclass(frozen=True, eq=False)
class ExportContent:
    """What goes into one file.

    Parameters
    ----------
    target
        File to write.
    study
        Study of the scans.
    scans
        One scan, or those of the study where the figure is of a study.
    layers
        Names of the layers that are shown, out of `registry.LAYERS`.
    styles
        Looks of the layers; None takes the default ones with thresholds at the models' operating points.
    options
        Figure, resolution, identity.
    """

    target: Path
    study: Study
    scans: tuple[AssessedScan, ...]
    layers: tuple[str, ...]
    styles: Mapping[str, LayerStyle] | None = None
    options: ExportOptions = ExportOptions()


@dataclass(frozen=True)
class ExportFormat:
    """One kind of file.

    Parameters
    ----------
    name
        On the command line, such as "png".
    title
        For the reader, such as "PNG picture".
    suffix
        Ending of its files without the dot.
    figures
        What it can hold; the first is the default.
    writer
        Module and name of the function that writes it, such as "mammoview.export.pictures:write_png". It takes an
        `ExportContent`, writes its `target` by `core.atomic_write` and raises MammoviewError. It is imported when
        the first file is written.
    needs_assessment
        Whether there is nothing to write without an assessment; else the models run where a layer of theirs is shown.
    names_patient
        Whether it can name the patient. The other formats never do.
    holds_grey
        Whether it can hold a scan as grey values without anything over them.
    shows_pixels
        Whether it holds pixels of the scan, and so what is written in them.
    blacks_out
        Whether it can be asked to make black what lies outside the breast.
    printed
        Whether it has a resolution in print.
    covers_films
        Whether it blacks out what lies outside the breast of its own accord where pixels there may name the patient:
        of films, and where the file says so, unless the identity is kept.
    outlines_only
        Whether it holds nothing but outlines, so that the models never run for it.
    pictures
        Whether it is a picture that the eye looks at, with words beside it: altered scans are shown in those alone.
    """

    name: str
    title: str
    suffix: str
    figures: tuple[FigureKind, ...]
    writer: str
    needs_assessment: bool = False
    names_patient: bool = False
    holds_grey: bool = False
    shows_pixels: bool = False
    blacks_out: bool = False
    printed: bool = False
    covers_films: bool = False
    outlines_only: bool = False
    pictures: bool = False

    def write(self, content: ExportContent) -> Path:
        """Write one file, whole or not at all; returns its path. Raises MammoviewError."""
        self.check_pixels(content)
        module, _, name = self.writer.partition(":")
        getattr(import_module(module), name)(content)
        return content.target

    def check_pixels(self, content: ExportContent) -> None:
        """Raise MammoviewError where a scan is altered and the file is not a picture that says so."""
        options = content.options
        if not self.pictures or options.grey is not Grey.BURNED or options.figure is FigureKind.REPORT:
            for one in content.scans:
                refuse_altered(one.scan, self._words(options))

    def _words(self, options: ExportOptions) -> str:
        """Return what a file with these options is, for a message."""
        if options.figure is FigureKind.REPORT:
            return "a report"
        if self.pictures:
            return "a picture in grey without words"
        return "a DICOM object" if self.suffix.endswith(".dcm") else "a table or a file of results"

    def wants_models(self, layers: tuple[str, ...]) -> bool:
        """Whether the models run for these layers."""
        return not self.outlines_only and (self.needs_assessment or bool(MODEL_LAYERS & set(layers)))

    def check(self, options: ExportOptions) -> None:
        """Raise MammoviewError where the format cannot hold the options."""
        if options.figure not in self.figures:
            raise MammoviewError(
                f"there is no {options.figure.value} as {self.name}",
                f"As {self.name} there is: {', '.join(figure.value for figure in self.figures)}",
            )
        # Of the figures only a report has a place for the patient; DICOM objects have one whatever they show.
        pictured = self.names_patient and FigureKind.REPORT in self.figures and options.figure is not FigureKind.REPORT
        if options.keep_identity and (pictured or not self.names_patient):
            what = f"{self.title}s" if not pictured else f"{self.title}s with the figure {options.figure.value}"
            raise MammoviewError(f"{what} never name the patient", "Leave --keep-identity out")
        if options.black_outside and not self.blacks_out:
            raise MammoviewError(
                f"{self.title}s cannot be asked to black out what lies outside the breast", "Leave --black-outside out"
            )
        if options.grey is not Grey.BURNED and (not self.holds_grey or options.figure is not FigureKind.SCAN):
            raise MammoviewError(
                f"there is no {options.figure.value} as {self.name} in {options.grey.value} grey",
                "Choose the scan as png or tiff, or leave --grey out",
            )
