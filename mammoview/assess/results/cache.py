"""Cache of assessments on disk, so that a study that is opened again shows its layers immediately. No torch.

An entry is named after a hash of everything that the results depend on: the decoded values, how they are read,
the models, the settings. It holds arrays and figures, and nothing that identifies a patient.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mammoview.anatomy.frame import Frame
from mammoview.assess.models.operating_curves import BundleCurves
from mammoview.assess.results.assessment import Assessment, Finding, Grid, Layer
from mammoview.assess.results.content_keys import earlier_input_key, input_key, model_key
from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write, leftover_files
from mammoview.core.errors import MammoviewError
from mammoview.core.settings import Settings
from mammoview.study.geometry import Affine
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.pixel_hash import DIGITS
from mammoview.study.scan import Scan

if TYPE_CHECKING:
    # What a file of such a model may hold takes Python half as long to lay down as all else that the cache imports.
    from mammoview.assess.models.own_model_folder import OwnModelFolder

FORMAT = 5
"""Raised whenever an older program's entries would be read wrongly, or rest on other breast masks."""
_LAYERS = ("heatmap", "heatmap_baseline", "frame_heatmap", "frame_heatmap_baseline", "saliency")
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What reading a file that is not a whole entry of ours may raise."""


@dataclass(frozen=True)
class AssessmentCache:
    """A folder of assessments that is never larger than its limit; any number of processes may share it.

    Parameters
    ----------
    folder
        Where the entries lie; made when the first is kept.
    limit
        Bytes that all entries may take; the one that has not been used for longest goes first.
    settings
        What else the assessments depend on, such as stride and flips.
    """

    folder: Path
    limit: int
    settings: tuple[str, ...] = ()

    def key(self, scan: Scan) -> str:
        """Return the name of a scan's entry, 40 hexadecimal digits. Decodes the scan. Raises UnreadableError."""
        return self._key(input_key(scan))[:DIGITS]

    def _key(self, read: str) -> str:
        """Return 64 hexadecimal digits for a scan whose input key is `read`: the whole name in earlier versions."""
        return sha256(f"{FORMAT} {model_key(self.settings)} {read}".encode()).hexdigest()

    def get(self, scan: Scan) -> Assessment | None:
        """Return the complete assessment that is kept of a scan, or None; an entry that is damaged is dropped.

        Raises
        ------
        UnreadableError
        """
        if scan.altered:
            return None
        file = self._file(self.key(scan))
        if not file.is_file():
            self._take_earlier(scan, file)
        return self._read(file, complete=True)

    def get_incomplete(self, scan: Scan) -> Assessment | None:
        """Return the assessment that is kept of a scan and lacks magnifications, or None; none once it is complete.

        Raises
        ------
        UnreadableError
        """
        return None if scan.altered else self._read(self._file(self.key(scan), complete=False), complete=False)

    def _read(self, file: Path, complete: bool) -> Assessment | None:
        """Return what a file holds, None where there is none; one that is damaged or of the other kind is dropped."""
        try:
            found = _read(file.read_bytes())
            if complete == bool(found.lacking):
                raise ValueError("not an assessment of this kind")
        except FileNotFoundError:
            return None
        except _DAMAGED:
            _drop(file)
            return None
        with suppress(OSError):  # It is read only, or has just gone: what was read is sound.
            os.utime(file)
        return found

    def put(self, scan: Scan, assessment: Assessment, key: str = "") -> None:
        """Keep an assessment, and remove the oldest where there is no more room.

        One that lacks magnifications has an entry of its own, which goes when the complete one comes.

        Parameters
        ----------
        scan, assessment
            The scan and the results of the models for it.
        key
            `key` of the scan when its assessment began. Where another has taken its place since (calibrated meanwhile,
            its file replaced, other settings) nothing is kept: the assessment is not that of the scan as it is now.

        Raises
        ------
        MammoviewError
            When it cannot be written, such as on a full disk; what is there stays sound.
        """
        refuse_altered(scan, "an assessment that is kept")
        now = self.key(scan)
        if key and key != now:
            return
        file = self._file(now, complete=not assessment.lacking)
        content = _written(assessment)
        try:
            with atomic_write(file) as partial:
                partial.write_bytes(content)
        except OSError as error:
            what = f"assessments cannot be kept for the next time ({error.strerror})"
            raise MammoviewError(what, "Make room, or set cache_mb to 0", self.folder) from error
        if not assessment.lacking:
            _drop(self._file(now, complete=False))
        self._trim()

    def size(self) -> tuple[int, int]:
        """Return the number of entries and their bytes."""
        found = self._entries()
        return len(found), sum(size for _, size, _ in found)

    def clear(self) -> int:
        """Drop all entries, and what a killed process left; returns how many entries there were."""
        found = self._entries()
        for _, _, file in found:
            _drop(file)
        for file in leftover_files(self.folder):
            _drop(file)
        return len(found)

    def _file(self, key: str, complete: bool = True) -> Path:
        """Return the file of an entry; an incomplete assessment has another one than a complete one."""
        name = key if complete else sha256(f"{key} incomplete".encode()).hexdigest()[:DIGITS]
        return self.folder / f"{name}.npz"

    def _take_earlier(self, scan: Scan, file: Path) -> None:
        """Rename to `file` what an earlier version kept of a scan under another hash of its pixels."""
        if all(len(one.stem) == DIGITS for one in self.folder.glob("*.npz")):
            return
        with suppress(OSError):  # There is none, or another process has renamed or dropped it.
            (self.folder / f"{self._key(earlier_input_key(scan))}.npz").rename(file)

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Last use, bytes and file of every entry, the longest unused first."""
        found = []
        for file in self.folder.glob("*.npz"):
            try:
                state = file.stat()
            except OSError:
                continue  # Another process has dropped it.
            found.append((state.st_mtime, state.st_size, file))
        return sorted(found)

    def _trim(self) -> None:
        """Drop entries until the rest fits."""
        found = self._entries()
        total = sum(size for _, size, _ in found)
        for _, size, file in found:
            if total <= self.limit:
                break
            _drop(file)
            total -= size


def user_cache(settings: Settings, model: OwnModelFolder | None = None) -> AssessmentCache:
    """Return the cache of the window, as large as the user's settings allow.

    Results of a `model` of the user's own have entries of their own; None stands for the bundled models.
    """
    depends = (settings.grid_stride, str(settings.flips), *(() if model is None else (model.key,)))
    return AssessmentCache(paths.cache_folder() / "assessments", settings.cache_mb * 1_000_000, depends)


def _drop(file: Path) -> None:
    """Remove a file, unless that is not possible: it will be tried again."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _written(assessment: Assessment) -> bytes:
    """Return an assessment as the bytes of an .npz file."""
    arrays: dict[str, NDArray[Any]] = {}

    def layer(name: str, one: Layer) -> list[float]:
        arrays[name] = one.values
        return list(astuple(one.to_scan))

    def grid(name: str, one: Grid) -> dict[str, Any]:
        return {
            "to_scan": layer(name, one),
            "um_per_px": one.um_per_px,
            "stride_px": one.stride_px,
            "patch_px": one.patch_px,
            "threshold": one.threshold,
            "mean_of": one.mean_of,
        }

    facts = {
        "frame": astuple(assessment.frame.to_scan),
        "grids": {um: grid(f"grid_{um}", one) for um, one in assessment.grids.items()},
        "mean_grid": None if assessment.mean_grid is None else grid("grid_mean", assessment.mean_grid),
        "layers": {name: layer(name, one) for name in _LAYERS if (one := getattr(assessment, name)) is not None},
        "logits": {um: layer(f"logits_{um}", one) for um, one in assessment.logits.items()},
        "marks": [asdict(mark) for mark in assessment.marks],
        "curves": assessment.curves.model_dump(mode="json"),
        "plain": {
            name: getattr(assessment, name) for name in ("tau", "leading_um", "mark", "listed", "weighting", "gate")
        },
        "lacking": assessment.lacking,
        "provenance": dict(assessment.provenance),
        "warnings": assessment.warnings,
    }
    out = BytesIO()
    np.savez_compressed(out, allow_pickle=False, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
    return out.getvalue()


def _read(content: bytes) -> Assessment:
    """Return the assessment in the bytes of an .npz file; raises one of `_DAMAGED` for anything else."""
    with np.load(BytesIO(content), allow_pickle=False) as stored:
        facts = json.loads(stored["facts"].tobytes())
        arrays = {name: stored[name] for name in stored.files if name != "facts"}

    def grid(name: str, one: dict[str, Any]) -> Grid:
        to_scan, mean_of = Affine(*one.pop("to_scan")), tuple(one.pop("mean_of"))
        return Grid(_lattice(arrays[name]), to_scan, mean_of=mean_of, **one)

    def layer(name: str, to_scan: list[Any]) -> Layer:
        return Layer(_lattice(arrays[name]), Affine(*to_scan))

    layers = {name: layer(name, to_scan) for name, to_scan in facts["layers"].items()}
    return Assessment(
        frame=Frame(Affine(*facts["frame"])),
        grids={int(um): grid(f"grid_{um}", one) for um, one in facts["grids"].items()},
        mean_grid=None if facts["mean_grid"] is None else grid("grid_mean", facts["mean_grid"]),
        heatmap=layers["heatmap"],
        heatmap_baseline=layers.get("heatmap_baseline"),
        frame_heatmap=layers["frame_heatmap"],
        frame_heatmap_baseline=layers.get("frame_heatmap_baseline"),
        saliency=layers["saliency"],
        marks=tuple(Finding.of(one) for one in facts["marks"]),
        curves=BundleCurves.model_validate(facts["curves"]),
        provenance=facts["provenance"],
        warnings=tuple(facts["warnings"]),
        lacking=tuple(facts.get("lacking", ())),
        logits={int(um): layer(f"logits_{um}", to_scan) for um, to_scan in facts.get("logits", {}).items()},
        **facts["plain"],
    )


def _lattice(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return the values of a layer, or raise ValueError for an array that is none."""
    if values.dtype != np.float32 or values.ndim != 2:
        raise ValueError("not a layer")
    return values
