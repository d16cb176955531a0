"""Device and precision of the models of a bundle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch

from mammoview.assess.models import device as devices
from mammoview.assess.models.bundle import BundledModel, ModelBundle
from mammoview.assess.models.networks import FusedHeatmap
from mammoview.core.errors import MammoviewError
from mammoview.study.scan import Scan

T = TypeVar("T")


class ModelPlacement:
    """The device of a bundle's models, with the CPU to fall back to.

    Parameters
    ----------
    bundle
        The models.
    device
        Where they are moved to.
    """

    def __init__(self, bundle: ModelBundle, device: torch.device) -> None:
        self._bundle = bundle
        self.fell_back = False
        """Whether the graphics card ran out of memory."""
        self.halved: set[str] = set()
        """Names of the models that run in half precision."""
        self.move(device)

    def move(self, device: torch.device) -> None:
        """Move all models to a device, and find those that are as good in half precision there."""
        self.device = device
        for model in self._bundle.models:
            model.network.to(device)
        self.halved.clear()
        if device.type == "cuda":
            # Half precision on a CPU is slower than the whole, and is never used there.
            for model in self._bundle.models:
                if not isinstance(model.network, FusedHeatmap) and devices.halves_well(
                    model.network, torch.randn(4, 1, 256, 256, device=device)
                ):
                    self.halved.add(model.facts.name)

    def precision(self, *models: BundledModel) -> AbstractContextManager[object]:
        """Return the context of half precision, where that was found to be equal for all of these models."""
        if all(model.facts.name in self.halved for model in models):
            return torch.autocast(self.device.type, torch.float16)
        return nullcontext()

    def run(self, scan: Scan, work: Callable[[], T]) -> T:
        """Return the result of `work` on a scan; when the graphics card is full, it is done once more on the CPU.

        Raises
        ------
        MammoviewError
            When there is not enough memory on the CPU either; and whatever `work` raises.
        """
        try:
            return work()
        except (RuntimeError, MemoryError) as error:
            if not devices.out_of_memory(error):
                raise
            if self.device.type == "cpu" or not isinstance(error, torch.OutOfMemoryError):
                raise MammoviewError("there is not enough memory for this scan", "Close studies", scan.path) from None
        # Outside the handler: the error's traceback would keep the device's tensors alive.
        self.move(torch.device("cpu"))
        devices.release_memory()
        self.fell_back = True
        return self.run(scan, work)
