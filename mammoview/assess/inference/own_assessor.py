"""Assessment of one scan by a user's own model, in the form of an assessment by the bundled models."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.film_spacing import film_spacing
from mammoview.anatomy.frame import Frame
from mammoview.assess.inference import own_maps
from mammoview.assess.inference.heatmap_cells import CELL_UM, FRAME_CELLS, NEAREST_UM
from mammoview.assess.inference.own_maps import MagnifiedBreast, box_map, read_cells
from mammoview.assess.inference.own_sensitivity import OwnAnswer, sensitivity_of, sensitivity_text
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.scan_input import Check, analysed, cancel_check, staged
from mammoview.assess.inference.scope import pixel_lines, spacing_lines
from mammoview.assess.inference.undivided import UndividedAssessor
from mammoview.assess.models.own_model import ModelTask
from mammoview.assess.models.own_network import OwnNetwork
from mammoview.assess.results.assessment import OWN_SCORES, Assessment, Finding, Layer
from mammoview.assess.results.findings import MOST, marks_at, peaks_of
from mammoview.assess.results.sensitivity import (
    LEAST_GATE,
    Sensitivity,
    SensitivityOptions,
    Weighting,
)
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.study.scan import Scan

T = TypeVar("T")


class OwnAssessor(UndividedAssessor):
    """Runs one model of the user's own on scans; one instance per worker, not shared between threads.

    A patch classifier gives a grid, a heatmap that is the grid read in cells of 3.2 mm, and the peaks of the grid as
    findings. A heatmap gives its peaks as findings and no grid. A detector gives its boxes as findings, at their
    centres, and a heatmap of the best box over each cell of 3.2 mm.

    Parameters
    ----------
    network
        Checked and loaded.
    """

    def __init__(self, network: OwnNetwork) -> None:
        self.network = network
        self.facts = network.facts

    @property
    def device(self) -> str:
        """Processor in use: "cpu" or "cuda"."""
        return self.network.device

    def release_memory(self) -> None:
        """Do nothing: onnxruntime keeps its memory for the next scan."""

    def assess(
        self,
        scan: Scan,
        progress: Callable[[float, str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Callable[[str, Layer, float], None] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Assess one scan.

        Parameters
        ----------
        progress
            Called with a share 0..1 and a word for the stage.
        cancelled
            Asked between stages and batches.
        arrived
            Called with a name, a layer and its threshold as soon as one is made: "grid", where there is one, and
            "heatmap".
        analysis
            Of the scan, if it is known already.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, ModelError, MammoviewError
        """
        check, emit = cancel_check(scan, cancelled), arrived or (lambda *_: None)
        return self.run(scan, lambda: self._assess(scan, analysis, staged(check, progress), check, emit))

    def sensitivity(
        self,
        scan: Scan,
        assessment: Assessment,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Sensitivity:
        """Cover the most probable patches of a scan square by square, for a gate that moves.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, ModelError, MammoviewError
        """
        check = cancel_check(scan, cancelled, "sensitivity")

        def taken() -> Sensitivity:
            check()
            answer = self.answer(scan, self.prepared(scan, analysis, check)[1], check, lambda _: None)
            found = sensitivity_of(
                self.network, answer, assessment.heatmap, LEAST_GATE, None, check, lambda _: check()
            )[0]
            return found.with_marks(assessment.marks)

        return self.run(scan, taken)

    @staticmethod
    def run(scan: Scan, work: Callable[[], T]) -> T:
        """Return the result of `work`; MammoviewError where memory does not suffice."""
        try:
            return work()
        except MemoryError:
            raise MammoviewError("there is not enough memory for this scan", "Close studies", scan.path) from None

    def prepared(self, scan: Scan, analysis: ScanAnalysis | None, check: Check) -> tuple[ScanAnalysis, PreparedScan]:
        """Return the analysis of a scan, and the scan as the model is given it."""
        found = analysed(scan, analysis, check)
        return found, own_maps.prepared_for(found, self.facts.input, check)

    def _assess(
        self,
        scan: Scan,
        analysis: ScanAnalysis | None,
        stage: Callable[[float, str], None],
        check: Check,
        arrived: Callable[[str, Layer, float], None],
    ) -> Assessment:
        started = time.perf_counter()
        stage(0.0, "reading")
        warnings = spacing_lines(scan)
        _ = scan.pixels
        stage(0.1, "finding the breast")
        analysis, prepared = self.prepared(scan, analysis, check)
        assert analysis.breast is not None  # `prepared` says so
        warnings += [*analysis.orientation.notes, *analysis.warnings, *pixel_lines(scan, prepared)]
        operating = self.facts.thresholds.operating
        word = "grid" if self.facts.task is ModelTask.CLASSIFIER else "heatmap"
        answer = self.answer(scan, prepared, check, lambda share: stage(0.2 + 0.5 * share, word))
        if answer.grid is not None:
            arrived("grid", answer.grid, operating)
        arrived("heatmap", answer.heatmap, operating)
        sensitivity, asked = sensitivity_of(
            self.network,
            answer,
            answer.heatmap,
            operating,
            operating,
            check,
            lambda share: stage(0.7 + 0.3 * share, "saliency"),
        )
        if len(sensitivity.starts) < asked:
            warnings.append(f"the sensitivity covers {len(sensitivity.starts)} of {asked} places, for want of time")
        frame = Frame.of(analysis.breast, film_spacing(scan), analysis.orientation.upside_down)
        um = round(self.facts.input.um_per_px)
        runtime = "torch" if self.facts.network else "onnxruntime"
        stage(1.0, "done")
        return Assessment(
            frame=frame,
            grids={} if answer.grid is None else {um: answer.grid},
            heatmap=answer.heatmap,
            heatmap_baseline=None,
            frame_heatmap=read_cells(answer.heatmap, frame.lattice(CELL_UM), (FRAME_CELLS, FRAME_CELLS)),
            frame_heatmap_baseline=None,
            saliency=sensitivity.layer(SensitivityOptions(Weighting.ENTROPY, operating, operating)),
            tau=operating,
            marks=answer.marks,
            provenance={
                "program": f"mammoview {__version__}",
                "models": [self.facts.provenance],
                "tau": operating,
                "mark": operating,
                "listed": operating,
                "scores": OWN_SCORES,
                "input": self.facts.input.model_dump(mode="json"),
                "sensitivity": sensitivity_text(self.facts),
                "device": self.device,
                "seconds": round(time.perf_counter() - started, 3),
                runtime: version(runtime),
                "python": platform.python_version(),
                "notice": "For research and education. Not a medical device, not for diagnosis.",
            },
            warnings=tuple(warnings),
            leading_um=None if answer.grid is None else um,
            mark=operating,
            listed=operating,
            gate=operating,
        )

    def answer(self, scan: Scan, prepared: PreparedScan, check: Check, progress: Callable[[float], None]) -> OwnAnswer:
        """Return the results of the model for a prepared scan."""
        match self.facts.task:
            case ModelTask.CLASSIFIER:
                return self._patches(scan, prepared, check, progress)
            case ModelTask.HEATMAP:
                return self._heatmap(scan, prepared, check, progress)
            case ModelTask.DETECTOR:
                return self._boxes(scan, prepared, check, progress)

    def _patches(
        self, scan: Scan, prepared: PreparedScan, check: Check, progress: Callable[[float], None]
    ) -> OwnAnswer:
        scanned = own_maps.patch_grid(self.network, prepared, check, progress)
        left, top, right, bottom = prepared.extent(CELL_UM)
        heatmap = read_cells(scanned.grid, prepared.frame.lattice(CELL_UM, left, top), (bottom - top, right - left))
        apart = NEAREST_UM / self.facts.input.um_per_px / self.facts.input.stride
        marks = self._peaks(scan, scanned.grid, apart, {scanned.grid.name: scanned.grid, "heatmap": heatmap})
        centres = (scanned.starts[:, ::-1] + self.facts.input.patch_px / 2).astype(np.float64)
        return OwnAnswer(scanned.grid, heatmap, marks, scanned.breast, centres, scanned.logits)

    def _heatmap(
        self, scan: Scan, prepared: PreparedScan, check: Check, progress: Callable[[float], None]
    ) -> OwnAnswer:
        heatmap, breast = own_maps.tiled_heatmap(self.network, prepared, check, progress)
        cell = heatmap.to_scan.cell(1, 1)[0] / breast.to_scan.cell(1, 1)[0] * self.facts.input.um_per_px
        marks = self._peaks(scan, heatmap, NEAREST_UM / cell, {"heatmap": heatmap})
        return OwnAnswer(None, heatmap, marks, breast, *_sites(marks, breast))

    def _boxes(self, scan: Scan, prepared: PreparedScan, check: Check, progress: Callable[[float], None]) -> OwnAnswer:
        found = own_maps.detected(self.network, prepared, check, progress)
        heatmap = box_map(found, prepared)
        places, scores = found.breast.to_scan(found.centres), 1 / (1 + np.exp(-found.logits))
        marks = marks_at(places, scores, self._named({"heatmap": heatmap}), scan.spacing)
        best = found.boxes[:MOST]
        return OwnAnswer(None, heatmap, marks, found.breast, found.centres[:MOST], found.logits[:MOST], best)

    def _named(self, layers: dict[str, Layer]) -> dict[str, tuple[Layer, float]]:
        return {name: (layer, self.facts.thresholds.operating) for name, layer in layers.items()}

    def _peaks(self, scan: Scan, layer: Layer, apart: float, layers: dict[str, Layer]) -> tuple[Finding, ...]:
        """Peaks of a layer, so many cells apart at least, as marks."""
        cells = peaks_of(layer, self.facts.thresholds.kept, max(1, round(apart)))
        scores = layer.values[tuple(cells.T)].astype(np.float64)
        return marks_at(layer.to_scan(cells[:, ::-1] + 0.5), scores, self._named(layers), scan.spacing)


def _sites(marks: tuple[Finding, ...], breast: MagnifiedBreast) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return place (column, row) in the image, and logit, of each mark."""
    places = np.array([(m.column, m.row) for m in marks], float).reshape(-1, 2)
    p = np.clip(np.array([m.score for m in marks], float), 1e-7, 1 - 1e-7)
    return breast.to_scan.inverse(places), np.log(p / (1 - p))
