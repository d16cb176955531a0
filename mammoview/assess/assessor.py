"""The whole assessment of one scan: grid, heatmaps, saliency, findings, provenance."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

import mammoview
from mammoview.assess.assessment import Assessment, Grid, Layer
from mammoview.assess.bundle import Bundle, Model, load_bundle
from mammoview.assess.device import choose
from mammoview.assess.findings import ranked
from mammoview.assess.heatmaps import CELL_UM, FRAME_CELLS, heatmaps, whole_breast
from mammoview.assess.networks import FusedHeatmap, HeatmapRegressor, TissueClassifier
from mammoview.assess.normalise import Prepared, prepare
from mammoview.assess.saliency import entropy_weight, gradients, summed
from mammoview.assess.scanning import Scanned, dense, patchwise, scan_breast
from mammoview.display.orientation import upside_down
from mammoview.errors import CancelledError, MammoviewError, OutOfScopeError
from mammoview.study.geometry import Affine
from mammoview.study.intensity import tissue_bright
from mammoview.study.scan import Projection, Scan, Spacing, SpacingSource

Progress = Callable[[float, str], None]
FILM_MM = 240.0
"""Length taken for the longer side of a picture whose spacing is unknown: the common 18 x 24 cm film."""
LEAST_PX, MOST_PX = 256, 400_000_000
"""Scans with a shorter side or more pixels than this are refused."""


class Assessor:
    """Runs the bundled models on scans; one instance per worker, not shared between threads.

    Parameters
    ----------
    device
        "auto" (CUDA if a kernel runs on it, else the CPU), "cpu" or "cuda".
    stride_um
        Distance of the grid's cells on the breast: 6400 um is the paper's 64 px at x0.5. Rounded to a multiple of
        the classifier's step at each magnification.
    bundle
        Models; the bundled ones by default.
    """

    def __init__(self, device: str = "auto", stride_um: int = 6400, bundle: Bundle | None = None) -> None:
        self._device = choose(device)
        self.bundle = bundle or load_bundle()
        self.stride_um = stride_um
        self._fell_back = False
        self._move(self._device)

    @property
    def device(self) -> str:
        """Processor in use: "cpu" or "cuda"."""
        return self._device.type

    def _move(self, device: torch.device) -> None:
        self._device = device
        for model in (*self.bundle.classifiers.values(), self.bundle.baseline, self.bundle.fused):
            model.network.to(device)

    def _classifier(self, um_per_px: int | None) -> tuple[int, Model]:
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
        return patchwise(cast(TissueClassifier, self._classifier(um_per_px)[1].network), image, starts)

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
        return dense(network, image, stride_px // network.step)

    def assess(
        self, scan: Scan, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> Assessment:
        """Assess one scan.

        Parameters
        ----------
        progress
            Called with a share 0..1 and a word for the stage.
        cancelled
            Asked between stages and batches.

        Raises
        ------
        CancelledError, NoBreastError, UnreadableError, MammoviewError
        """
        try:
            return self._assess(scan, progress or (lambda _share, _stage: None), cancelled or (lambda: False))
        except (torch.OutOfMemoryError, MemoryError) as error:
            if self.device == "cpu" or isinstance(error, MemoryError):
                raise MammoviewError("there is not enough memory for this scan", "Close studies", scan.path) from None
        # Outside the handler: the error's traceback would keep the device's tensors alive.
        self._move(torch.device("cpu"))
        torch.cuda.empty_cache()
        self._fell_back = True
        return self.assess(scan, progress, cancelled)

    def _assess(self, scan: Scan, progress: Progress, cancelled: Callable[[], bool]) -> Assessment:
        started = time.perf_counter()

        def stage(share: float, name: str) -> None:
            if cancelled():
                raise CancelledError(f"the assessment of {scan.path.name} was cancelled")
            progress(share, name)

        stage(0.0, "reading")
        warnings = _out_of_range(scan)
        if self._fell_back:
            warnings.append("the graphics card ran out of memory: assessed on the CPU")
        spacing = _spacing(scan)
        image = tissue_bright(scan.pixels, scan.grey)
        stage(0.2, "finding the breast")
        try:
            prepared = prepare(image, spacing, upside_down(scan))
        except MammoviewError as error:
            raise type(error)(error.what, error.remedy, scan.path) from None
        scanned: dict[int, Scanned] = {}
        for i, (um, model) in enumerate(self.bundle.classifiers.items()):
            stage(0.3 + 0.3 * i / len(self.bundle.classifiers), "grid")
            network = cast(TissueClassifier, model.network)
            scanned[um] = scan_breast(network, prepared, um, model.facts.temperature)
        grids = {um: self._grid(um, s, prepared) for um, s in scanned.items()}
        stage(0.6, "heatmap")
        networks = cast(HeatmapRegressor, self.bundle.baseline.network), cast(FusedHeatmap, self.bundle.fused.network)
        area = whole_breast(prepared)
        lattice = prepared.frame.lattice(CELL_UM, *area[:2])
        base, fused = (Layer(v, lattice) for v in heatmaps(*networks, prepared, scanned, area))
        cells = prepared.frame.lattice(CELL_UM)
        frame_maps = heatmaps(*networks, prepared, scanned, (0, 0, FRAME_CELLS, FRAME_CELLS))
        stage(0.7, "saliency")
        tau = self.bundle.tau
        saliency = self._saliency(prepared, scanned, fused, lambda share: stage(0.7 + 0.3 * share, "saliency"))
        progress(1.0, "done")
        return Assessment(
            frame=prepared.frame,
            grids=grids,
            heatmap=fused,
            heatmap_baseline=base,
            frame_heatmap=Layer(frame_maps[1], cells),
            frame_heatmap_baseline=Layer(frame_maps[0], cells),
            saliency=saliency,
            tau=tau,
            findings=ranked(fused, base, grids, self.bundle.mark, scan.spacing),
            provenance={
                "program": f"mammoview {mammoview.__version__}",
                "models": self.bundle.provenance(),
                "tau": tau,
                "mark": self.bundle.mark,
                "grid_thresholds": {f"{um}um": g.threshold for um, g in grids.items()},
                "grid_stride_um": self.stride_um,
                "device": self.device,
                "seconds": round(time.perf_counter() - started, 3),
                "torch": torch.__version__,
                "python": platform.python_version(),
                "notice": "For research and education. Not a medical device, not for diagnosis.",
            },
            warnings=tuple(warnings),
            leading_um=self.bundle.leading,
            mark=self.bundle.mark,
        )

    def _stride(self, um: int, step: int) -> int:
        """Grid stride in pixels of that magnification: a multiple of twice the step, so that cells have a centre."""
        return max(2 * step, round(self.stride_um / um / (2 * step)) * 2 * step)

    def _grid(self, um: int, scanned: Scanned, prepared: Prepared) -> Grid:
        stride = self._stride(um, scanned.step)
        values = scanned.probability[np.ix_(*scanned.strided(stride))].astype(np.float32)
        half = scanned.patch_px // 2
        to_magnified = Affine(stride, stride, scanned.left + half, scanned.top + half)
        return Grid(
            values,
            prepared.frame.lattice(um) @ to_magnified,
            um_per_px=float(um),
            stride_px=stride,
            patch_px=scanned.patch_px,
            threshold=self.bundle.classifiers[um].facts.thresholds["operating"].value,
        )

    def _saliency(
        self, prepared: Prepared, scanned: dict[int, Scanned], heatmap: Layer, progress: Callable[[float], None]
    ) -> Layer:
        """Entropy gradients of the patches of the leading magnification that are positive and inside the heatmap."""
        um, model = self._classifier(None)
        s = scanned[um]
        lattice = prepared.frame.lattice(um, s.left, s.top)
        rows, columns = s.strided(self._stride(um, s.step))
        starts = np.stack(np.meshgrid(rows * s.step, columns * s.step, indexing="ij"), -1).reshape(-1, 2)
        p = s.probability[np.ix_(rows, columns)].ravel()
        centres = lattice(starts[:, ::-1] + s.patch_px / 2)
        inside = np.array([(heatmap.at(*point) or 0.0) >= self.bundle.tau for point in centres])
        gate = inside & (p >= model.facts.thresholds["operating"].value)
        z = s.logits[np.ix_(rows, columns)].ravel()[gate]
        patches = gradients(cast(TissueClassifier, model.network), s.image, starts[gate], progress)
        weights = entropy_weight(z, model.facts.temperature)
        total = summed(patches, weights, starts[gate], s.image.shape)
        return Layer(np.where(self._bound(heatmap, lattice, total.shape), total, 0).astype(np.float32), lattice)

    def _bound(self, heatmap: Layer, lattice: Affine, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Whether each pixel of a lattice lies in a heatmap cell at or above tau (P25)."""
        to_cells = heatmap.to_scan.inverse @ lattice
        columns, _ = to_cells(np.stack([np.arange(shape[1]) + 0.5, np.zeros(shape[1])], 1)).T
        _, rows = to_cells(np.stack([np.zeros(shape[0]), np.arange(shape[0]) + 0.5], 1)).T
        r, c = np.floor(rows).astype(int), np.floor(columns).astype(int)
        height, width = heatmap.values.shape
        above = heatmap.values >= self.bundle.tau
        held = ((r >= 0) & (r < height))[:, None] & ((c >= 0) & (c < width))[None]
        return held & above[np.ix_(r.clip(0, height - 1), c.clip(0, width - 1))]


def _spacing(scan: Scan) -> Spacing:
    """Spacing for the models: the scan's own, or the one a common film would have."""
    if scan.spacing.known:
        return scan.spacing
    mm = FILM_MM / max(scan.rows, scan.columns)
    return Spacing(mm, mm, SpacingSource.ASSUMED)


def _out_of_range(scan: Scan) -> list[str]:
    """Lines about what the models never saw in training. Raises OutOfScopeError for what makes no sense to assess."""
    if min(scan.rows, scan.columns) < LEAST_PX or scan.rows * scan.columns > MOST_PX:
        raise OutOfScopeError(
            f"a picture of {scan.columns} x {scan.rows} pixels is out of the models' scope",
            f"Give a whole mammogram of at least {LEAST_PX} pixels each way",
            scan.path,
        )
    lines = []
    if not scan.spacing.known:
        lines.append("spacing is unknown: the longer side is taken as 24 cm, so the models may look at the wrong scale")
    elif scan.spacing.source is SpacingSource.ASSUMED:
        lines.append(f"spacing is assumed ({1000 * scan.spacing.row_mm:g} um)")
    if scan.projection not in (Projection.CC, Projection.MLO):
        lines.append(f"projection {scan.projection or 'unknown'}: the models were trained on CC and MLO")
    if scan.grey.for_processing:
        lines.append("FOR PROCESSING pixels: the models were trained on digitised film")
    elif scan.facts.get("acquisition") == "digital":
        lines.append("digital mammogram: the models were trained on digitised film")
    if scan.facts.get("implant") == "yes":
        lines.append("breast implant: the models never saw one")
    return lines
