"""Contents of `model.toml`, the description of a user's own model. Imports neither torch nor onnx."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^\P{C}*$")]
"""A line of text without control characters: it is printed, and stands in pictures and DICOM objects."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Three = tuple[float, float, float]
MOST_INPUT = 2**28
"""Most numbers that one run is given: 1 GB."""
SAFETENSORS = ".safetensors"
"""Ending of a file of weights without a graph; the architecture is that of `[network]`."""
LEAST_STRIDE_UM = 200.0
"""Least distance of neighbouring patches or tiles, micrometres: over a million of them on the largest film."""


class ModelTask(StrEnum):
    """What a model is given and what it returns."""

    CLASSIFIER = "patch classifier"
    """One score per patch."""
    HEATMAP = "heatmap"
    """One map per tile, with a score in each cell."""
    DETECTOR = "detector"
    """Boxes with scores per tile."""


class NormalisationKind(StrEnum):
    """How intensities become the input."""

    BREAST_DEVIATIONS = "breast mean and deviation"
    """Standard deviations from the mean inside the breast, kept within -4..4: that of the bundled models."""
    BREAST_RANGE = "breast minimum and maximum"
    """0 for the lowest and 1 for the highest intensity inside the breast, kept within 0..1."""
    FIXED = "fixed"
    """Less `mean`, divided by `deviation`, the same for every picture."""


class Meaning(StrEnum):
    """What the numbers of the output are."""

    LOGIT = "logit"
    PROBABILITY = "probability"
    TWO_LOGITS = "two-class logits"
    """Before the softmax."""
    TWO_PROBABILITIES = "two-class probabilities"
    """After the softmax."""

    @property
    def classes(self) -> int:
        """Length of the axis of classes."""
        return 2 if self in (Meaning.TWO_LOGITS, Meaning.TWO_PROBABILITIES) else 1


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Weights(_Facts):
    """The files that hold the model.

    Parameters
    ----------
    file
        Name of the ONNX file, or of the safetensors file of a known architecture, in the folder itself.
    sha256
        Its SHA-256.
    external
        SHA-256 of each file in which the ONNX file keeps tensors, by name.
    """

    file: Text
    sha256: Sha256
    external: dict[str, Sha256] = Field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """SHA-256 of all of them by name."""
        return {self.file: self.sha256, **self.external}


class ModelInput(_Facts):
    """What the model is given.

    Parameters
    ----------
    um_per_px
        Pixel size that the scan is resampled to.
    patch_px
        Side of a patch, or of the tile of a heatmap or detector.
    stride_px
        Distance of neighbouring patches or tiles; half of `patch_px` when left out.
    channels
        1, or 3 for the same grey three times.
    layout
        Order of the axes; images of Keras have the channels last.
    orientation
        Breast with the nipple to the right, as the paper's Frame, or as the picture is stored.
    normalisation, mean, deviation
        How intensities become the input; mean and deviation belong to `NormalisationKind.FIXED`.
    channel_mean, channel_deviation
        Taken from, and dividing, the three channels after the normalisation.
    batch
        Most patches of one run.
    """

    um_per_px: float = Field(ge=10, le=2000)
    patch_px: int = Field(ge=8, le=8192)
    stride_px: int = Field(default=0, ge=1, le=8192)  # the default, which is not checked, says that it was left out
    channels: Literal[1, 3] = 1
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    orientation: Literal["nipple right", "as stored"] = "nipple right"
    normalisation: NormalisationKind = NormalisationKind.BREAST_DEVIATIONS
    mean: float | None = None
    deviation: float | None = Field(default=None, gt=0)
    channel_mean: Three | None = None
    channel_deviation: Three | None = None
    batch: int = Field(default=16, ge=1, le=1024)

    @property
    def stride(self) -> int:
        """Distance of neighbouring patches or tiles, pixels."""
        return self.stride_px or self.patch_px // 2

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        fixed = self.normalisation is NormalisationKind.FIXED
        if fixed != (self.mean is not None and self.deviation is not None) or (
            not fixed and not (self.mean is None and self.deviation is None)
        ):
            raise ValueError('mean and deviation are given with normalisation = "fixed", and only then')
        if self.batch * self.channels * self.patch_px**2 > MOST_INPUT:
            raise ValueError("batch x channels x patch_px x patch_px is above 2^28 numbers: a smaller batch is needed")
        if self.stride * self.um_per_px < LEAST_STRIDE_UM:
            raise ValueError(f"stride_px x um_per_px is below {LEAST_STRIDE_UM:g} um: a larger stride is needed")
        if (self.channel_mean is None) != (self.channel_deviation is None):
            raise ValueError("channel_mean and channel_deviation are given together")
        if self.channel_mean is not None and self.channels != 3:
            raise ValueError("channel_mean and channel_deviation need channels = 3")
        if self.channel_deviation is not None and min(self.channel_deviation) <= 0:
            raise ValueError("channel_deviation is above 0")
        return self


class ModelOutput(_Facts):
    """What the model returns.

    Parameters
    ----------
    meaning
        What its numbers are; of a detector, the scores of its boxes.
    finding
        Which of two classes is the finding.
    temperature
        Divides the logits: calibration.
    scores
        Name of the output of scores; the only one when left out.
    boxes
        Name of a detector's output of boxes: left, top, right, bottom in pixels of the input.
    overlap
        Intersection over union from which two boxes of a detector are one finding.
    """

    meaning: Meaning
    finding: Literal[0, 1] = 1
    temperature: float = Field(default=1.0, gt=0)
    scores: str = ""
    boxes: str = ""
    overlap: float = Field(default=0.3, gt=0, le=1)


class ModelThresholds(_Facts):
    """Probabilities from which something counts.

    Parameters
    ----------
    operating
        Findings are listed, and patches and cells are positive, from here on.
    lowest
        Marks are kept from here on; `operating` when left out.
    """

    operating: float = Field(gt=0, lt=1)
    lowest: float | None = Field(default=None, gt=0, lt=1)

    @property
    def kept(self) -> float:
        """Probability from which marks are kept."""
        return self.operating if self.lowest is None else self.lowest

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.kept > self.operating:
            raise ValueError("lowest is not above operating")
        return self


class OwnModelFacts(_Facts):
    """Contents of `model.toml`.

    Parameters
    ----------
    format
        Version of the file's format.
    name, version
        Shown wherever results of the model are shown.
    task
        What it is given and what it returns.
    licence
        Under which the weights may be used.
    card
        Name of the file that states what the model was made of and for.
    weights, input, output, thresholds
        See there.
    network
        Architecture of weights in a safetensors file: its kind and parameters, as `known_network` takes them. Empty for
        ONNX weights.
    """

    format: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[\w][\w .+-]{0,79}$")]
    version: Text
    task: ModelTask
    licence: Text
    card: Text
    weights: Weights
    input: ModelInput
    output: ModelOutput
    thresholds: ModelThresholds
    network: dict[str, Text | bool | int | float | list[int]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind_of_weights(self) -> Self:
        bare = self.weights.file.endswith(SAFETENSORS)
        if bare != bool(self.network):
            raise ValueError(f"[network] names the architecture of weights in a {SAFETENSORS} file, and only of those")
        if bare and self.weights.external:
            raise ValueError("weights.external belongs to an ONNX file")
        if bare and (self.input.channels != 1 or self.input.layout != "NCHW" or self.output.scores):
            raise ValueError("a network of [network] has one channel, the layout NCHW and one output without a name")
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        detector = self.task is ModelTask.DETECTOR
        if detector and self.output.meaning.classes != 1:
            raise ValueError('the scores of a detector are "logit" or "probability"')
        if detector != bool(self.output.boxes) or (detector and not self.output.scores):
            raise ValueError("output.boxes and output.scores name the outputs of a detector; only it has boxes")
        if self.task is ModelTask.CLASSIFIER and self.input.stride > 4 * self.input.patch_px:
            raise ValueError("input.stride_px is more than four patches")
        if self.task is not ModelTask.CLASSIFIER and self.input.stride > self.input.patch_px:
            raise ValueError("input.stride_px is larger than a tile: places between tiles would not be seen")
        return self

    @property
    def key(self) -> str:
        """64 hexadecimal digits that change with the weights and with all their facts."""
        text = self.model_dump_json(exclude=None if self.network else {"network"})
        return sha256(text.encode()).hexdigest()

    @property
    def provenance(self) -> dict[str, object]:
        """Name, version, hash and licence, for exports."""
        names = {"name": self.name, "version": self.version, "sha256": self.weights.sha256}
        return {**names, "task": self.task.value, "licence": self.licence, "facts_sha256": self.key}
