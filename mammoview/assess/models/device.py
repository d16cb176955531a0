"""Choice of the device of the models, and checks of it."""

from __future__ import annotations

import torch
from torch import nn

from mammoview.core import malloc
from mammoview.core.errors import MammoviewError

HALF_WITHIN = 1e-3
"""Largest difference of a probability for which half precision counts as equal."""


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; CUDA is accepted only if a convolution on it is correct.

    Raises
    ------
    MammoviewError
        When CUDA is asked for and does not work.
    """
    if wish not in ("auto", "cpu", "cuda"):
        raise MammoviewError(f"{wish!r} is not a device", "Use auto, cpu or cuda")
    if wish == "cpu":
        return torch.device("cpu")
    problem = "there is no CUDA device"
    if torch.cuda.is_available():
        try:
            problem = "" if convolves(torch.device("cuda")) else "CUDA computes wrongly"
        except RuntimeError as error:
            # Causes: no kernels for this card in this build of torch, an old driver, or a full card.
            problem = f"CUDA does not work ({str(error).splitlines()[0]})"
    if not problem:
        return torch.device("cuda")
    if wish == "cuda":
        raise MammoviewError(problem, "Use --device cpu")
    return torch.device("cpu")


def convolves(device: torch.device) -> bool:
    """Whether a small convolution on a device equals that on the CPU. Raises RuntimeError where it cannot run."""
    generator = torch.Generator().manual_seed(0)
    x, weights = torch.randn(1, 4, 32, 32, generator=generator), torch.randn(8, 4, 3, 3, generator=generator)
    expected = nn.functional.conv2d(x, weights)
    # The tolerance admits reduced precision (TF32), but not wrong results.
    return bool(torch.allclose(nn.functional.conv2d(x.to(device), weights.to(device)).cpu(), expected, atol=0.05))


def halves_well(network: nn.Module, sample: torch.Tensor) -> bool:
    """Whether a network has equal outputs in half precision, within `HALF_WITHIN` of a probability, on its device.

    Parameters
    ----------
    sample
        float32 (N, C, H, W), typical inputs, on the network's device.
    """
    with torch.inference_mode():
        whole = network(sample)
        with torch.autocast(sample.device.type, torch.float16):
            half = network(sample).float()
    if whole.ndim == 1:  # one logit for each sample
        whole, half = whole.sigmoid(), half.sigmoid()
    elif whole.shape[1] == 2:
        whole, half = whole.softmax(1), half.softmax(1)
    return bool(half.isfinite().all()) and float((whole - half).abs().max()) <= HALF_WITHIN


def out_of_memory(error: BaseException) -> bool:
    """Whether an error is out of memory; torch's CPU allocator has no error class for that."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error).lower() for words in ("not enough memory", "can't allocate memory", "out of memory")
    )


def release_memory() -> None:
    """Release unused memory of torch to the graphics card and to the operating system."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    malloc.give_back()
