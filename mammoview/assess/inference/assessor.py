"""The whole assessment of one scan: grids, heatmaps, saliency, findings, provenance."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview.assess.inference.cluster_scoring import scored_clusters
from mammoview.assess.inference.dense_classifier import DenseResult, dense_logits, patchwise_logits, scan_breast
from mammoview.assess.inference.flip_stability import steadied
from mammoview.assess.inference.gradients import gradients
from mammoview.assess.inference.grids import grid, mean_of_bundle
from mammoview.assess.inference.heatmap_cells import CELL_UM, FRAME_CELLS
from mammoview.assess.inference.heatmaps import baseline_over, grid_cells, heatmaps, whole_breast
from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import Rescored, rescored, scored_marks
from mammoview.assess.inference.scan_input import Check, Progress, analysed, cancel_check, prepared_scan, staged
from mammoview.assess.inference.scope import header_lines, pixel_lines
from mammoview.assess.models import device as devices
from mammoview.assess.models.bundle import BundledModel, ModelBundle, load_bundle
from mammoview.assess.models.cluster_network import ClusterNetwork
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, Rescorer, TissueClassifier
from mammoview.assess.results.assessment import Assessment, Finding, Grid, Layer
from mammoview.assess.results.sensitivity import (
    LEAST_GATE,
    MOST_PATCHES,
    Sensitivity,
    SensitivityOptions,
    Weighting,
    in_heatmap,
)
from mammoview.assess.results.strides import GridStride
from mammoview.core import malloc
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.study.geometry import Affine
from mammoview.study.scan import Scan

Arrived = Callable[[str, Layer, float], None]


class Assessor:
    """Runs the bundled models on scans; one instance per worker, not shared between threads.

    Making one has the process hold on to memory that is freed, until `release_memory`.

    Parameters
    ----------
    device
        "auto" (CUDA if a convolution on it is right, else the CPU), "cpu" or "cuda".
    stride
        Distance of the grids' cells.
    bundle
        Models; the bundled ones by default.
    flips
        Whether findings say how steady their patch is over its flips.
    """

    def __init__(
        self,
        device: str = "auto",
        stride: GridStride | str = GridStride.EVEN,
        bundle: ModelBundle | None = None,
        flips: bool = True,
    ) -> None:
        malloc.hold()
        processor = devices.choose_device(device)
        self.bundle = bundle or load_bundle()
        self.stride = GridStride(stride)
        self.flips = flips
        self.placement = ModelPlacement(self.bundle, processor)

    @property
    def device(self) -> str:
        """Processor in use: "cpu" or "cuda"."""
        return self.placement.device.type

    def release_memory(self) -> None:
        """Give back memory that was held for a next scan, such as after a study."""
        devices.release_memory()

    def _classifier(self, um_per_px: int | None) -> tuple[int, BundledModel]:
        um = um_per_px if um_per_px is not None else self.bundle.leading
        if um not in self.bundle.classifiers:
            known = ", ".join(str(k) for k in self.bundle.classifiers)
            raise MammoviewError(f"there is no tissue classifier for {um} um per pixel", f"Use one of: {known}")
        return um, self.bundle.classifiers[um]

    def classify(
        self, image: NDArray[np.float32], starts: NDArray[np.intp], um_per_px: int | None = None
    ) -> NDArray[np.float64]:
        """Logit difference patch by patch, float64 (N,).

        Parameters
        ----------
        image
            float32 (rows, columns), normalised, at `um_per_px` (the leading magnification by default).
        starts
            (N, 2): row and column of each patch's top left corner.
        """
        return patchwise_logits(cast(TissueClassifier, self._classifier(um_per_px)[1].network), image, starts)

    def grid(
        self, image: NDArray[np.float32], stride_px: int = 64, um_per_px: int | None = None
    ) -> NDArray[np.float64]:
        """Logit difference at every `stride_px` in one dense pass, float64 (rows, columns); equals `classify`.

        Raises
        ------
        MammoviewError
            When the stride is no multiple of the network's step, or the image is smaller than a patch.
        """
        network = cast(TissueClassifier, self._classifier(um_per_px)[1].network)
        if stride_px < 1 or stride_px % network.step:
            raise MammoviewError(f"a stride of {stride_px} px is not possible", f"Use a multiple of {network.step}")
        if min(image.shape) < network.config.patch_px:
            raise MammoviewError("the image is smaller than one patch", f"Give at least {network.config.patch_px} px")
        return dense_logits(network, image, stride_px // network.step)

    def assess(
        self,
        scan: Scan,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Arrived | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Assess one scan.

        Parameters
        ----------
        progress
            Called with a share 0..1 and a word for the stage.
        cancelled
            Asked between stages, strips, Frames and batches.
        arrived
            Called with a name, a layer and its operating point as soon as one is made: first "grid", that of the
            leading magnification, then "heatmap". The saliency comes with the assessment.
        analysis
            Of the scan, if it is known already.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, MammoviewError
        """
        check = cancel_check(scan, cancelled)
        emit = arrived or (lambda _name, _layer, _point: None)
        return self.placement.run(scan, lambda: self._assess(scan, analysis, staged(check, progress), check, emit))

    def sensitivity(
        self,
        scan: Scan,
        assessment: Assessment,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Sensitivity:
        """Take the gradients of all patches of a scan that any gate may let through, best first.

        `analysis` is that of the scan, if it is known already.

        The assessment's own saliency needs but those of its operating point; these are for a gate that moves.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, MammoviewError
        """
        check = cancel_check(scan, cancelled, "sensitivity")

        def taken() -> Sensitivity:
            check()
            prepared = prepared_scan(analysed(scan, analysis, check), check)
            scanned = self.scanned(scan, prepared, self._classifier(None)[0], check)
            found = self._sensitivity(prepared, scanned, assessment.heatmap, LEAST_GATE, None, lambda _: check())
            return found.with_marks(assessment.marks)

        return self.placement.run(scan, taken)

    def _assess(
        self,
        scan: Scan,
        analysis: ScanAnalysis | None,
        stage: Progress,
        check: Check,
        arrived: Arrived,
    ) -> Assessment:
        started = time.perf_counter()
        stage(0.0, "reading")
        warnings = header_lines(scan)
        _ = scan.pixels
        stage(0.1, "finding the breast")
        analysis = analysed(scan, analysis, check)
        prepared = prepared_scan(analysis, check)
        warnings += [*analysis.orientation.notes, *analysis.warnings, *pixel_lines(scan, prepared)]
        leading, _ = self._classifier(None)
        scanned: dict[int, DenseResult] = {}
        # The leading magnification first: its grid is what is shown.
        for i, um in enumerate(sorted(self.bundle.classifiers, key=lambda um: um != leading)):
            stage(0.2 + 0.4 * i / len(self.bundle.classifiers), "grid")
            scanned[um] = self.scanned(scan, prepared, um, check)
            if um == leading:
                first = grid(scanned[um], prepared.frame, um, self.stride_px(um), self.operating(um))
                arrived("grid", first, first.threshold)
        scanned = dict(sorted(scanned.items()))
        grids = {um: grid(s, prepared.frame, um, self.stride_px(um), self.operating(um)) for um, s in scanned.items()}
        stage(0.6, "heatmap")
        base, fused, frame_base, frame_fused = self._heatmaps(prepared, scanned, check)
        arrived("heatmap", fused, self.bundle.mark)
        stage(0.7, "saliency")
        gate, tau = grids[leading].threshold, self.bundle.tau
        share = lambda part: stage(0.7 + 0.3 * part, "saliency")  # noqa: E731
        sensitivity = self._sensitivity(prepared, scanned[leading], fused, gate, tau, share)
        saliency = sensitivity.layer(SensitivityOptions(Weighting.ENTROPY, gate, tau))
        marks = self._marks(scan, prepared, scanned, fused, base, grids, check)
        check()
        marks = self._steadied(marks, prepared, scanned[leading])
        if self.placement.fell_back:
            warnings.append("the graphics card ran out of memory: assessed on the CPU")
        stage(1.0, "done")
        return Assessment(
            frame=prepared.frame,
            grids=grids,
            heatmap=fused,
            heatmap_baseline=base,
            frame_heatmap=frame_fused,
            frame_heatmap_baseline=frame_base,
            saliency=saliency,
            tau=tau,
            marks=marks,
            curves=self.bundle.curves,
            provenance={
                "program": f"mammoview {__version__}",
                "models": self.bundle.provenance(),
                "tau": tau,
                "mark": self.bundle.mark,
                "listed": self.bundle.listed,
                "scores": "values of the fused heatmap" if self.bundle.rescorer is None else "frequencies",
                "grid_thresholds": {f"{um}um": g.threshold for um, g in grids.items()},
                "grid_stride": self.stride.value,
                "device": self.device,
                "half_precision": sorted(self.placement.halved),
                "seconds": round(time.perf_counter() - started, 3),
                "torch": torch.__version__,
                "python": platform.python_version(),
                "notice": "For research and education. Not a medical device, not for diagnosis.",
            },
            warnings=tuple(warnings),
            leading_um=leading,
            mark=self.bundle.mark,
            listed=self.bundle.listed,
            mean_grid=mean_of_bundle(self.bundle, scanned, prepared.frame, grids[leading]),
            gate=gate,
            logits={um: one.layer(prepared.frame, um) for um, one in scanned.items()},
        )

    def scanned(self, scan: Scan, prepared: PreparedScan, um: int, check: Check) -> DenseResult:
        """Read the breast at one magnification; in whole precision where half of it leads to no numbers."""
        _, model = self._classifier(um)
        with self.placement.precision(model):
            # Half precision lets other units through than the gradients, which are taken in whole precision, would.
            keep = um == self.bundle.leading and model.facts.name not in self.placement.halved
            found = scan_breast(
                cast(TissueClassifier, model.network), prepared, um, model.facts.temperature, check, keep
            )
        found = replace(found, shown=model.facts.shown)
        if np.isfinite(found.logits).all():
            return found
        if model.facts.name in self.placement.halved:
            self.placement.halved.discard(model.facts.name)
            return self.scanned(scan, prepared, um, check)
        raise MammoviewError("the models find no number for these pixels", "Export the picture again", scan.path)

    def operating(self, um: int) -> float:
        """Operating threshold of the tissue classifier's own probability at a magnification."""
        return self.bundle.classifiers[um].facts.thresholds["operating"].value

    def stride_px(self, um: int) -> int:
        """Distance of the grid's cells at a magnification, pixels of it."""
        return self.stride.pixels(um, cast(TissueClassifier, self.bundle.classifiers[um].network).step)

    def _heatmaps(
        self, prepared: PreparedScan, scanned: dict[int, DenseResult], check: Check
    ) -> tuple[Layer, Layer, Layer, Layer]:
        """Baseline and fused heatmap over the whole breast, then both over the paper's Frame."""
        networks = cast(HeatmapRegressor, self.bundle.baseline.network), cast(FusedHeatmap, self.bundle.fused.network)
        layers: list[Layer] = []
        with self.placement.precision(self.bundle.baseline):
            for area in (whole_breast(prepared), (0, 0, FRAME_CELLS, FRAME_CELLS)):
                lattice = prepared.frame.lattice(CELL_UM, *area[:2])
                layers += [Layer(v, lattice) for v in heatmaps(*networks, prepared, scanned, area, check)]
                check()
        return layers[0], layers[1], layers[2], layers[3]

    def _marks(
        self,
        scan: Scan,
        prepared: PreparedScan,
        scanned: dict[int, DenseResult],
        fused: Layer,
        base: Layer,
        grids: dict[int, Grid],
        check: Check,
    ) -> tuple[Finding, ...]:
        """Return the peaks of the fused heatmap, or what the re-scorer makes of its candidates, down to `lowest`."""
        model = self.bundle.rescorer
        scores = model is not None and model.facts.scoring is not None
        found = self._rescored(model, prepared, scanned, base.values, check) if model is not None and scores else None
        return scored_marks(self.bundle, found, (fused, base, grids), scan.spacing)

    def _rescored(
        self,
        model: BundledModel,
        prepared: PreparedScan,
        scanned: dict[int, DenseResult],
        base: NDArray[np.float32],
        check: Check,
    ) -> Rescored:
        area, um = whole_breast(prepared), self.bundle.leading
        assert model.facts.scoring is not None  # the bundle says so
        cells = grid_cells(scanned[um], um, area)
        with self.placement.precision(model):
            network = cast(Rescorer, model.network)
            found = rescored(network, prepared, area, base, cells, model.facts.scoring.candidates, check)
        if (clusters := self.bundle.clusters) is None:
            return found
        with self.placement.precision(clusters):
            looks = cast(ClusterNetwork, clusters.network)
            return replace(found, clusters=scored_clusters(looks, prepared, area, base > 0, cells, check))

    def candidates(self, scan: Scan) -> tuple[Rescored, Affine]:
        """Return what findings are made of, and the affine from its cells to scan pixels.

        Nothing else of an assessment is worked out; the candidates are those that `assess` scores.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, MammoviewError
            Also when the bundle has no re-scorer.
        """
        model = self.bundle.rescorer
        if model is None:
            raise MammoviewError("these models have no re-scorer", "Assess the scan instead")
        check = lambda: None  # noqa: E731
        prepared, um = prepared_scan(analyse(scan, check), check), self.bundle.leading
        area = whole_breast(prepared)
        with self.placement.precision(self.bundle.baseline):
            base, inside = baseline_over(cast(HeatmapRegressor, self.bundle.baseline.network), prepared, area, check)
        base = np.where(inside, base, np.float32(0))
        found = self._rescored(model, prepared, {um: self.scanned(scan, prepared, um, check)}, base, check)
        return found, prepared.frame.lattice(CELL_UM, *area[:2])

    def _sensitivity(
        self,
        prepared: PreparedScan,
        s: DenseResult,
        heatmap: Layer,
        gate: float,
        tau: float | None,
        progress: Callable[[float], None],
    ) -> Sensitivity:
        """Gradients of the leading grid's patches at or above `gate`, and inside the heatmap unless `tau` is None.

        With a `tau` they are kept as they are; without one the most probable `MOST_PATCHES`, at half precision.
        """
        um, model = self._classifier(None)
        lattice = prepared.frame.lattice(um, s.left, s.top)
        rows, columns = s.strided(self.stride_px(um))
        starts = np.stack(np.meshgrid(rows * s.step, columns * s.step, indexing="ij"), -1).reshape(-1, 2)
        p, z = (values[np.ix_(rows, columns)].ravel() for values in (s.shown_probability, s.logits))
        chosen = np.flatnonzero((p > 0) & (p >= gate))  # of patches without breast nothing was read
        if tau is None:
            chosen = chosen[np.argsort(-p[chosen], kind="stable")]
            gate = float(p[chosen[MOST_PATCHES - 1]]) if len(chosen) > MOST_PATCHES else gate
            chosen = chosen[:MOST_PATCHES]
        else:
            chosen = chosen[in_heatmap(heatmap, lattice, starts[chosen] + s.patch_px / 2, tau)]
        patches = gradients(cast(TissueClassifier, model.network), s.image, starts[chosen], progress, s.kept)
        highest = np.maximum(patches.max((1, 2), initial=0), np.finfo(np.float32).tiny)
        patches /= highest[:, None, None]
        kept = patches if tau is not None else patches.astype(np.float16)
        return Sensitivity(
            kept,
            highest,
            starts[chosen],
            z[chosen],
            model.facts.temperature,
            lattice,
            s.image.shape,
            heatmap,
            gate,
            shown=s.shown,
        )

    def _steadied(self, marks: tuple[Finding, ...], prepared: PreparedScan, s: DenseResult) -> tuple[Finding, ...]:
        """Say of each finding how its patch fares over its flips and over the folds."""
        um, model = self._classifier(None)
        networks = [(cast(TissueClassifier, m.network), m.facts.temperature) for m in (model, *self.bundle.folds)]
        return steadied(marks, networks, s.image, prepared.frame.lattice(um, s.left, s.top), self.flips, s.shown)
