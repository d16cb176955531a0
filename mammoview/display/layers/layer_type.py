"""The entry of a layer: everything that the program needs to draw, list and export it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from mammoview.display.lattice import Lattice
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import RGB, Drawing

if TYPE_CHECKING:
    from mammoview.anatomy.breast import Breast
    from mammoview.study.scan import Scan

T = TypeVar("T")


class GridLattice(Lattice, Protocol):
    """A patch grid, such as `mammoview.assess.results.assessment.Grid`."""

    @property
    def name(self) -> str:
        """Name in results."""

    @property
    def title(self) -> str:
        """Name for the reader."""

    @property
    def threshold(self) -> float:
        """Operating point of the classifier."""

    @property
    def mean_of(self) -> tuple[int, ...]:
        """Magnifications that it is the mean of; empty for the grid of one classifier."""


class AssessedLayers(Protocol):
    """The part of `mammoview.assess.results.assessment.Assessment` that is drawn."""

    @property
    def grid(self) -> GridLattice | None:
        """Grid that is drawn."""

    @property
    def named_grids(self) -> Mapping[str, GridLattice]:
        """All grids."""

    @property
    def heatmap(self) -> Lattice:
        """Fused heatmap."""

    @property
    def heatmap_baseline(self) -> Lattice | None:
        """Heatmap of the baseline alone; None where there is none."""

    @property
    def saliency(self) -> Lattice:
        """Weighted saliency, in its own unit."""

    @property
    def operating(self) -> float:
        """Operating point of the heatmap."""

    @property
    def weighting(self) -> str:
        """Weighting of the saliency."""


class ModelResults(Protocol):
    """Results of the models for a scan, such as `mammoview.qt.session.model_worker.AssessmentResult`."""

    @property
    def assessment(self) -> AssessedLayers:
        """The assessment."""

    @property
    def sensitivity(self) -> Lattice:
        """Percentile rank of the saliency, 0..1."""


@dataclass(frozen=True, eq=False)
class LayerContext:
    """What the layers of a scan are made of.

    Parameters
    ----------
    scan
        Decoded, with its outlines, marks and current frame.
    results
        Results of the models; None where they were not run.
    breast
        As `mammoview.display.scan_analysis` found it in the pixels; None where none was found.
    patient_shown
        Whether texts that may name the patient are shown.
    overlays
        Groups of the overlay planes that are shown; None for all.
    """

    scan: Scan
    results: ModelResults | None = None
    breast: Breast | None = None
    patient_shown: bool = True
    overlays: Collection[int] | None = None


@dataclass(frozen=True)
class ReadOut:
    """What the status bar shows of a layer at one point.

    Parameters
    ----------
    name
        Words before the values.
    values
        Name, which may be empty, and value each.
    """

    name: str
    values: tuple[tuple[str, float], ...] = ()


def nothing(_context: LayerContext, _column: float, _row: float) -> tuple[ReadOut, ...]:
    """Return no read-out."""
    return ()


def _all(_name: str, _assessment: AssessedLayers | None) -> bool:
    """Whether the figures of a map are shown: always."""
    return True


@dataclass(frozen=True, eq=False)
class ComparedMaps:
    """Maps of the models that outlines are set against.

    Parameters
    ----------
    name
        What the reader chooses; it begins the names of the maps.
    title
        The same for the reader.
    maps
        Returns the maps by their names in tables, each with the operating point of its model, 0..1.
    shows
        Whether the window shows the figures of the map of that name, given the current assessment, if any.
    ranked
        Whether the map is averaged over cells and ranked, as its own values have no scale.
    """

    name: str
    title: str
    maps: Callable[[AssessedLayers], Mapping[str, tuple[Lattice, float]]]
    shows: Callable[[str, AssessedLayers | None], bool] = _all
    ranked: bool = False


class Identifying(Enum):
    """Whether what a layer draws may name the patient."""

    NO = "no"
    TEXT = "text"
    """In texts, which are hidden where the patient is."""
    PIXELS = "pixels"


@dataclass(frozen=True, eq=False)
class LayerType(Generic[T]):
    """One layer.

    Parameters
    ----------
    style
        Name, title, key and default look.
    order
        Height over the scan: layers of higher order are drawn over those of lower.
    data
        Returns what is drawn of a scan; None where it has nothing of this layer.
    describe
        Returns the drawing of that data. It does not depend on the opacity of the style.
    note
        One line for the legend: whose layer it is.
    caption
        Returns the note below an exported picture of a scan; None for `note`.
    read_out
        Returns what the status bar shows at a scan point (column, row).
    operating_point
        Returns the threshold of the model behind the layer; None where it has none.
    model
        Whether it shows results of models; the others are drawn by people or come from other programs or the pixels.
    optional
        Whether legends leave it out where a scan has nothing of it.
    technical
        Whether it shows how the program worked, not what is in the breast: "all layers" leaves it out.
    fillable
        Whether its cells can be filled, not outlined alone.
    fades_fill_alone
        Whether the opacity is that of the fill, up to `FILL_AT_MOST`, and the lines are always opaque.
    dashes
        Dash and gap per kind of line, None for a continuous one, which the layers panel explains.
    inks
        Colours of those kinds of line that have not the colour of the style.
    usual
        Whether an export for which no layers are chosen has it.
    initial
        Whether it is on when the layers are opened to the reader for the first time, and in the demonstration.
    identifying
        Whether it may name the patient.
    panel
        Place of its panel in figures, from the left; None for one that follows those with a place.
    budgeted
        Whether its threshold follows the budget of false marks.
    compared
        Maps that outlines are set against at the threshold of this layer.
    """

    style: LayerStyle
    order: float
    data: Callable[[LayerContext], T | None]
    describe: Callable[[T, LayerStyle], Drawing]
    note: str = ""
    caption: Callable[[LayerContext, LayerStyle], str | None] = lambda _context, _style: None
    read_out: Callable[[LayerContext, float, float], tuple[ReadOut, ...]] = nothing
    operating_point: Callable[[ModelResults], float | None] = lambda _results: None
    model: bool = False
    optional: bool = False
    technical: bool = False
    fillable: bool = False
    fades_fill_alone: bool = False
    dashes: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    inks: Mapping[str, RGB] = field(default_factory=dict)
    usual: bool = False
    initial: bool = False
    identifying: Identifying = Identifying.NO
    panel: int | None = None
    budgeted: bool = False
    compared: tuple[ComparedMaps, ...] = ()

    @property
    def name(self) -> str:
        """Name in settings and on the command line."""
        return self.style.name

    def is_listed(self, context: LayerContext) -> bool:
        """Whether a legend of this scan has the layer when it is switched on."""
        return not self.optional or self.data(context) is not None

    def lines_opacity(self, style: LayerStyle) -> float:
        """Opacity of lines, texts and bitmaps in this style."""
        return 1.0 if self.fades_fill_alone else style.opacity


def figure(lattice: Lattice, column: float, row: float) -> tuple[float, ...]:
    """Return the value of a lattice at a scan point; nothing where it has none or it is no number."""
    value = lattice.at(column, row)
    return () if value is None or value != value else (value,)


def model_caption(lattice: Lattice | None, context: LayerContext, style: LayerStyle) -> str | None:
    """Return the note of a model layer: that it was not run, or has nothing to show at its threshold."""
    if context.results is None:
        return "not run"
    if lattice is None or not (lattice.values >= max(style.threshold, 1e-6)).any():
        return "nothing above the threshold"
    return None
