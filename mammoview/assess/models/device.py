"""Which processor the models run on, and what it can do."""

from __future__ import annotations

import torch
from torch import nn

from mammoview.core import malloc
from mammoview.core.errors import MammoviewError

HALF_WITHIN = 1e-3
"""Largest difference of a probability for which half precision counts as equal."""


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device for "auto", "cpu" or "cuda"; CUDA counts only if a convolution on it gives the right answer.

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
            # A card that this build of torch has no kernels for, a driver that is too old, a card that is full.
            problem = f"CUDA does not work ({str(error).splitlines()[0]})"
    if not problem:
        return torch.device("cuda")
    if wish == "cuda":
        raise MammoviewError(problem, "Use --device cpu")
    return torch.device("cpu")


def convolves(device: torch.device) -> bool:
    """Whether a small convolution on a device gives what the CPU gives. Raises RuntimeError where none runs."""
    generator = torch.Generator().manual_seed(0)
    x, weights = torch.randn(1, 4, 32, 32, generator=generator), torch.randn(8, 4, 3, 3, generator=generator)
    expected = nn.functional.conv2d(x, weights)
    # Reduced precision of the multiplications (TF32) is within this, wrong results are not.
    return bool(torch.allclose(nn.functional.conv2d(x.to(device), weights.to(device)).cpu(), expected, atol=0.05))


def halves_well(network: nn.Module, sample: torch.Tensor) -> bool:
    """Whether a network says the same in half precision, within `HALF_WITHIN` of a probability, on its own device.

    Parameters
    ----------
    sample
        float32 (N, C, H, W) like what it will see, on the network's device.
    """
    with torch.inference_mode():
        whole = network(sample)
        with torch.autocast(sample.device.type, torch.float16):
            half = network(sample).float()
    if whole.shape[1] == 2:
        whole, half = whole.softmax(1), half.softmax(1)
    return bool(half.isfinite().all()) and float((whole - half).abs().max()) <= HALF_WITHIN


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch's CPU allocator has no error class of its own for that."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error).lower() for words in ("not enough memory", "can't allocate memory", "out of memory")
    )


def release_memory() -> None:
    """Return memory that is no longer used to the graphics card and to the operating system."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    malloc.give_back()
