"""A model of the user's own: a folder with `model.toml`, ONNX weights and a card. Imports neither torch nor onnx."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from mammoview.core.errors import ModelError

FACTS = "model.toml"
MOST_BYTES = 8 * 1024**3
"""Weights that take more than this are refused."""
MOST_FACTS_BYTES = 1_000_000
CHECK = "mammoview model check FOLDER lists everything that is wrong"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Three = tuple[float, float, float]


class Task(StrEnum):
    """What a model is given and what it returns."""

    CLASSIFIER = "patch classifier"
    """One score per patch."""
    HEATMAP = "heatmap"
    """One map per tile, with a score in each cell."""
    DETECTOR = "detector"
    """Boxes with scores per tile."""


class Normalisation(StrEnum):
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
        Name of the ONNX file, in the folder itself.
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
        How intensities become the input; mean and deviation belong to `Normalisation.FIXED`.
    channel_mean, channel_deviation
        Taken from, and dividing, the three channels after the normalisation.
    batch
        Most patches of one run.
    """

    um_per_px: float = Field(ge=10, le=2000)
    patch_px: int = Field(ge=8, le=8192)
    stride_px: int = Field(default=0, ge=0, le=8192)
    channels: Literal[1, 3] = 1
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    orientation: Literal["nipple right", "as stored"] = "nipple right"
    normalisation: Normalisation = Normalisation.BREAST_DEVIATIONS
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
        fixed = self.normalisation is Normalisation.FIXED
        if fixed != (self.mean is not None and self.deviation is not None) or (
            not fixed and not (self.mean is None and self.deviation is None)
        ):
            raise ValueError('mean and deviation are given with normalisation = "fixed", and only then')
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
        Name of the file that says what the model was made of and for.
    weights, input, output, thresholds
        See there.
    """

    format: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[\w][\w .+-]{0,79}$")]
    version: Text
    task: Task
    licence: Text
    card: Text
    weights: Weights
    input: ModelInput
    output: ModelOutput
    thresholds: ModelThresholds

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        detector = self.task is Task.DETECTOR
        if detector and self.output.meaning.classes != 1:
            raise ValueError('the scores of a detector are "logit" or "probability"')
        if detector != bool(self.output.boxes) or (detector and not self.output.scores):
            raise ValueError("output.boxes and output.scores name the outputs of a detector; only it has boxes")
        if self.task is Task.CLASSIFIER and self.input.stride > 4 * self.input.patch_px:
            raise ValueError("input.stride_px is more than four patches")
        if self.task is not Task.CLASSIFIER and self.input.stride > self.input.patch_px:
            raise ValueError("input.stride_px is larger than a tile: places between tiles would not be seen")
        return self

    @property
    def key(self) -> str:
        """64 hexadecimal digits that change with the weights and with everything that is said about them."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def provenance(self) -> dict[str, object]:
        """Name, version, hash and licence, for exports."""
        names = {"name": self.name, "version": self.version, "sha256": self.weights.sha256}
        return {**names, "task": self.task.value, "licence": self.licence, "facts_sha256": self.key}


@dataclass(frozen=True)
class CheckedFolder:
    """What was found in a folder.

    Parameters
    ----------
    facts
        Contents of `model.toml`; None where it cannot be read.
    mistakes
        A line for each; none where the folder is sound as far as it was read.
    """

    facts: OwnModelFacts | None
    mistakes: tuple[str, ...]


def check_facts(folder: Path) -> CheckedFolder:
    """Read `model.toml` and list its mistakes. The weights are not read."""
    file = folder / FACTS
    if not folder.is_dir():
        return CheckedFolder(None, ("there is no such folder",))
    if file.is_symlink() or not file.is_file():
        return CheckedFolder(None, (f"{FACTS} is missing, or is a link",))
    try:
        if file.stat().st_size > MOST_FACTS_BYTES:
            return CheckedFolder(None, (f"{FACTS} is larger than 1 MB",))
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return CheckedFolder(OwnModelFacts.model_validate(content), ())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return CheckedFolder(None, (f"{FACTS} cannot be read: {_one_line(error)}",))
    except ValidationError as error:
        return CheckedFolder(None, tuple(_lines(error)))


def _lines(error: ValidationError) -> Iterator[str]:
    """Return a line for every mistake that pydantic found."""
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        match one["type"]:
            case "extra_forbidden":
                what = "there is no such key"
            case "missing":
                what = "is missing"
            case "string_pattern_mismatch" if where.endswith("sha256") or "external" in where:
                what = "is not a SHA-256 (64 digits 0-9 and a-f)"
            case _:
                message = str(one["msg"]).removeprefix("Value error, ")
                what = message[:1].lower() + message[1:]
        yield f"{FACTS}: {where}: {what}" if where else f"{FACTS}: {what}"


def check_files(folder: Path, facts: OwnModelFacts) -> list[str]:
    """List what is wrong with the files that `model.toml` names: names, links, sizes, hashes. Reads them all."""
    found, sizes = [], 0
    for name in (*facts.weights.files, facts.card):
        problem = name_problem(folder, name)
        if problem:
            found.append(f"{name}: {problem}")
        elif name != facts.card:
            sizes += (folder / name).stat().st_size
    if sizes > MOST_BYTES:
        return [*found, f"the weights take {sizes / 1024**3:.1f} GB: more than 8 GB are not loaded"]
    return found + [
        f"{name}: its SHA-256 is {actual}, not the one in {FACTS}" for name, actual in _altered(folder, facts)
    ]


def _altered(folder: Path, facts: OwnModelFacts) -> Iterator[tuple[str, str]]:
    """Return name and SHA-256 of every file whose hash is not the declared one."""
    for name, declared in facts.weights.files.items():
        if not name_problem(folder, name):
            with (folder / name).open("rb") as file:
                actual = file_digest(file, "sha256").hexdigest()
            if actual != declared:
                yield name, actual


def name_problem(folder: Path, name: str) -> str:
    """Return why a file of that name is not read: it leaves the folder, is a link, or is no file; else nothing."""
    if not name or name in (".", "..") or re.search(r"[/\\:\0]", name):
        return "leaves the folder, or is no plain name of a file in it"
    file = folder / name
    if file.is_symlink():
        return "is a link"
    return "" if file.is_file() else "is missing"


def read_weights(folder: Path, facts: OwnModelFacts) -> Mapping[str, bytes]:
    """Return the contents of all files of the weights by name, after a check of size and hash. Raises ModelError."""
    mistakes = check_files(folder, facts)
    if mistakes:
        raise model_error(folder, mistakes)
    found = {}
    for name, declared in facts.weights.files.items():
        content = (folder / name).read_bytes()
        if sha256(content).hexdigest() != declared:
            raise model_error(folder, [f"{name}: it was altered while it was read"])
        found[name] = content
    return found


def read_facts(folder: Path) -> OwnModelFacts:
    """Read `model.toml`. Raises ModelError with the first mistake."""
    found = check_facts(folder)
    if found.facts is None:
        raise model_error(folder, found.mistakes)
    return found.facts


def model_error(folder: Path, mistakes: tuple[str, ...] | list[str]) -> ModelError:
    """Return the error for a folder with these mistakes, of which it names the first."""
    further = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return ModelError(f"this model cannot be used: {mistakes[0]}{further}", CHECK, folder)


def _one_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
