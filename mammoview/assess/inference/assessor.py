"""The assessment of one scan: first findings and what they rest on, then the grids of the other magnifications."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.assessment_provenance import completed_provenance, provenance
from mammoview.assess.inference.candidate_scoring import scored_candidates
from mammoview.assess.inference.dense_classifier import (
    DenseResult,
    PatchLogits,
    dense_logits,
    patchwise_logits,
    scan_breast,
)
from mammoview.assess.inference.flip_stability import steadied
from mammoview.assess.inference.gated_gradients import gated_gradients
from mammoview.assess.inference.grids import grid, known_logits, mean_of_bundle
from mammoview.assess.inference.heatmap_cells import CELL_UM
from mammoview.assess.inference.heatmaps import all_heatmaps, baseline_over, whole_breast
from mammoview.assess.inference.model_placement import ModelPlacement
from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.assess.inference.rescoring import Rescored, scored_marks
from mammoview.assess.inference.scan_input import Check, Progress, analysed, cancel_check, part, prepared_scan, staged
from mammoview.assess.inference.scope import header_lines, pixel_lines
from mammoview.assess.models import device as devices
from mammoview.assess.models.bundle import BundledModel, ModelBundle, load_bundle
from mammoview.assess.models.networks import FusedHeatmap, HeatmapRegressor, TissueClassifier
from mammoview.assess.results.assessment import Assessment, Grid, Layer
from mammoview.assess.results.findings import with_agreement
from mammoview.assess.results.sensitivity import LEAST_GATE, Sensitivity, SensitivityOptions, Weighting
from mammoview.assess.results.strides import GridStride
from mammoview.core import malloc
from mammoview.core.errors import MammoviewError
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

    def _classifier(self, um_per_px: int | None) -> BundledModel:
        um = um_per_px if um_per_px is not None else self.bundle.leading
        if um not in self.bundle.classifiers:
            known = ", ".join(str(k) for k in self.bundle.classifiers)
            raise MammoviewError(f"there is no tissue classifier for {um} um per pixel", f"Use one of: {known}")
        return self.bundle.classifiers[um]

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
        return patchwise_logits(cast(TissueClassifier, self._classifier(um_per_px).network), image, starts)

    def grid(
        self, image: NDArray[np.float32], stride_px: int = 64, um_per_px: int | None = None
    ) -> NDArray[np.float64]:
        """Logit difference at every `stride_px` in one dense pass, float64 (rows, columns); equals `classify`.

        Raises
        ------
        MammoviewError
            When the stride is no multiple of the network's step, or the image is smaller than a patch.
        """
        network = cast(TissueClassifier, self._classifier(um_per_px).network)
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
        return self._assess(scan, progress, cancelled, arrived, analysis, whole=True)

    def detect(
        self,
        scan: Scan,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        arrived: Arrived | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Assess one scan but for the magnifications that its findings do not rest on, which `complete` adds.

        Parameters and errors are those of `assess`.
        """
        return self._assess(scan, progress, cancelled, arrived, analysis, whole=False)

    def complete(
        self,
        scan: Scan,
        assessment: Assessment,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        analysis: ScanAnalysis | None = None,
    ) -> Assessment:
        """Return what `assess` would have, from an assessment of the same scan by `detect`.

        A scan whose breast lies otherwise than it did then, such as after the reader has named its side, is assessed
        anew. Parameters and errors are those of `assess`.
        """
        if not assessment.lacking:
            return assessment
        check = cancel_check(scan, cancelled)
        stage = staged(check, progress)

        def completed() -> Assessment:
            stage(0.0, "finding the breast")
            now = analysed(scan, analysis, check)
            prepared = prepared_scan(now, check)
            known = known_logits(self.bundle, prepared, assessment)
            if known.keys() | set(assessment.lacking) != self.bundle.classifiers.keys():
                return self.assess(scan, progress, cancelled, None, now)
            whole = self._completed(scan, prepared, assessment, known, part(stage, 0.1, 1.0), check)
            stage(1.0, "done")
            return whole

        return self.placement.run(scan, completed)

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
        um, heatmap, gates = self.bundle.leading, assessment.heatmap, (LEAST_GATE, None)

        def taken() -> Sensitivity:
            check()
            prepared = prepared_scan(analysed(scan, analysis, check), check)
            s, stride = self.scanned(scan, prepared, um, check), self.stride_px(um)
            found = gated_gradients(self.bundle, prepared, s, stride, heatmap, gates, lambda _: check())
            return found.with_marks(assessment.marks)

        return self.placement.run(scan, taken)

    def _assess(
        self,
        scan: Scan,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        arrived: Arrived | None,
        analysis: ScanAnalysis | None,
        whole: bool,
    ) -> Assessment:
        check = cancel_check(scan, cancelled)
        stage, emit = staged(check, progress), arrived or (lambda _name, _layer, _point: None)

        def assessed() -> Assessment:
            found, prepared = self._detected(scan, analysis, part(stage, 0, 0.5) if whole else stage, check, emit)
            if whole or not found.lacking:
                known = known_logits(self.bundle, prepared, found)
                found = self._completed(scan, prepared, found, known, part(stage, 0.5, 1), check)
            stage(1.0, "done")
            return found

        return self.placement.run(scan, assessed)

    def _detected(
        self,
        scan: Scan,
        analysis: ScanAnalysis | None,
        stage: Progress,
        check: Check,
        arrived: Arrived,
    ) -> tuple[Assessment, PreparedScan]:
        """Assess a scan but for the magnifications that nothing else rests on."""
        started = time.perf_counter()
        stage(0.0, "reading")
        warnings = header_lines(scan)
        _ = scan.pixels
        stage(0.15, "finding the breast")
        analysis = analysed(scan, analysis, check)
        prepared = prepared_scan(analysis, check)
        warnings += [*analysis.orientation.notes, *analysis.warnings, *pixel_lines(scan, prepared)]
        leading = self.bundle.leading
        stage(0.3, "grid")
        # The leading magnification first: its grid is what is shown.
        scanned = {leading: self.scanned(scan, prepared, leading, check)}
        first = self._grid(scanned[leading], prepared, leading)
        arrived("grid", first, first.threshold)
        for um in sorted(set(cast(FusedHeatmap, self.bundle.fused.network).config.grids) - {leading}):
            scanned[um] = self.scanned(scan, prepared, um, check)
        scanned = dict(sorted(scanned.items()))
        grids = {um: self._grid(one, prepared, um) for um, one in scanned.items()}
        stage(0.5, "heatmap")
        base, fused, frame_base, frame_fused = all_heatmaps(self.bundle, self.placement, prepared, scanned, check)
        arrived("heatmap", fused, self.bundle.mark)
        stage(0.6, "saliency")
        gate, tau = grids[leading].threshold, self.bundle.tau
        share = lambda done: stage(0.6 + 0.4 * done, "saliency")  # noqa: E731
        stride = self.stride_px(leading)
        sensitivity = gated_gradients(self.bundle, prepared, scanned[leading], stride, fused, (gate, tau), share)
        saliency = sensitivity.layer(SensitivityOptions(Weighting.ENTROPY, gate, tau))
        found = scored_candidates(self.bundle, self.placement, prepared, scanned[leading], base.values, check)
        marks = scored_marks(self.bundle, found, (fused, base, grids), scan.spacing)
        check()
        models = self.bundle.classifiers[leading], *self.bundle.folds
        networks = [(cast(TissueClassifier, m.network), m.facts.temperature) for m in models]
        s, to_scan = scanned[leading], prepared.frame.lattice(leading, scanned[leading].left, scanned[leading].top)
        marks = steadied(marks, networks, s.image, to_scan, self.flips, s.shown)
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
            provenance=provenance(self.bundle, self.placement, self.stride, grids, time.perf_counter() - started),
            warnings=self._with_device(warnings),
            leading_um=leading,
            mark=self.bundle.mark,
            listed=self.bundle.listed,
            gate=gate,
            logits={um: one.layer(prepared.frame, um) for um, one in scanned.items()},
            lacking=tuple(sorted(self.bundle.classifiers.keys() - scanned.keys())),
        ), prepared

    def _completed(
        self,
        scan: Scan,
        prepared: PreparedScan,
        made: Assessment,
        known: Mapping[int, PatchLogits],
        stage: Progress,
        check: Check,
    ) -> Assessment:
        """Read the magnifications that an assessment lacks, and add what rests on them.

        `known` is what `known_logits` reads in the assessment.
        """
        started = time.perf_counter()
        scanned = dict(known)
        for i, um in enumerate(made.lacking):
            stage(i / len(made.lacking), "grid")
            scanned[um] = self.scanned(scan, prepared, um, check).answer
        scanned = dict(sorted(scanned.items()))
        grids = {um: made.grids[um] if um in known else self._grid(s, prepared, um) for um, s in scanned.items()}
        return replace(
            made,
            grids=grids,
            mean_grid=mean_of_bundle(self.bundle, scanned, prepared.frame, grids[self.bundle.leading]),
            logits={um: made.logits[um] if um in known else s.layer(prepared.frame, um) for um, s in scanned.items()},
            marks=with_agreement(made.marks, (made.heatmap, made.heatmap_baseline, grids), self.bundle.mark),
            provenance=completed_provenance(
                self.bundle, self.placement, self.stride, grids, made, time.perf_counter() - started
            ),
            warnings=self._with_device(made.warnings, made.provenance["device"] != self.device),
            lacking=(),
        )

    def _with_device(self, warnings: Sequence[str], between: bool = False) -> tuple[str, ...]:
        """Return warnings, with one where the models had to leave the graphics card, maybe `between` the two steps."""
        if not self.placement.fell_back:
            return tuple(warnings)
        whole = "the graphics card ran out of memory: assessed on the CPU"
        part = "the graphics card ran out of memory: the last grids were read on the CPU"
        return tuple(dict.fromkeys([*warnings, part if between else whole]))

    def _grid(self, s: PatchLogits, prepared: PreparedScan, um: int) -> Grid:
        return grid(s, prepared.frame, um, self.stride_px(um), self.operating(um))

    def scanned(self, scan: Scan, prepared: PreparedScan, um: int, check: Check) -> DenseResult:
        """Read the breast at one magnification; in whole precision where half of it leads to no numbers."""
        model = self._classifier(um)
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

    def candidates(self, scan: Scan) -> tuple[Rescored, Affine]:
        """Return what findings are made of, and the affine from its cells to scan pixels.

        Nothing else of an assessment is worked out; the candidates are those that `assess` scores.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, MammoviewError
            Also when the bundle has no re-scorer.
        """
        check = lambda: None  # noqa: E731
        prepared, um = prepared_scan(analyse(scan, check), check), self.bundle.leading
        area = whole_breast(prepared)
        with self.placement.precision(self.bundle.baseline):
            base, inside = baseline_over(cast(HeatmapRegressor, self.bundle.baseline.network), prepared, area, check)
        base = np.where(inside, base, np.float32(0))
        leading = self.scanned(scan, prepared, um, check)
        found = scored_candidates(self.bundle, self.placement, prepared, leading, base, check)
        if found is None:
            raise MammoviewError("these models have no re-scorer", "Assess the scan instead")
        return found, prepared.frame.lattice(CELL_UM, *area[:2])
