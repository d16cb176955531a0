"""Which processor the models run on."""

from __future__ import annotations

import torch

from mammoview.errors import MammoviewError


def choose(wish: str = "auto") -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; CUDA counts only if a kernel really runs on it.

    Raises
    ------
    MammoviewError
        When CUDA is asked for and does not work.
    """
    if wish not in ("auto", "cpu", "cuda"):
        raise MammoviewError(f"{wish!r} is not a device", "Use auto, cpu or cuda")
    if wish != "cpu":
        try:
            if torch.cuda.is_available() and float(torch.ones(8, device="cuda").sum()) == 8.0:
                return torch.device("cuda")
        except RuntimeError as error:
            if wish == "cuda":
                raise MammoviewError(f"CUDA does not work ({error})", "Use --device cpu") from error
        if wish == "cuda":
            raise MammoviewError("there is no CUDA device that works", "Use --device cpu")
    return torch.device("cpu")
