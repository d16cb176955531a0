"""`python -m training prepare`: memory-mapped, normalised breasts at each magnification, with a manifest."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.model_selection import StratifiedGroupKFold

from mammoview.anatomy.breast import find_breast
from mammoview.assess.inference.preprocessing import position_channels, prepare
from mammoview.core.errors import MammoviewError
from training.data.memmaps import write_text
from training.datasets import LICENCES, Example, ExcludedImage, examples
from training.datasets.example import UNKNOWN, outside

MAGNIFICATIONS = (100, 150, 200, 400)
"""um per pixel: patches at three scales, and the heatmap's input."""
MARGIN_PX = 64
"""Half a patch is kept around the breast at every magnification."""
FOLDS = 5
OFFICIAL_TEST = -1
"""Fold of the patients that are never trained on."""
UNKNOWN_FOLD = -2
"""Fold of the patients who may be those of another data set: they neither train nor test."""


@dataclass(frozen=True)
class PreparedOutline:
    """One outline on the Frame's lattice at 50 um, (column, row)."""

    points: NDArray[np.float64]
    lesion_type: str
    pathology: str
    subtlety: int | None = None


@dataclass(frozen=True)
class PreparedMammogram:
    """One prepared mammogram; arrays are memory-mapped on demand."""

    folder: Path
    source: str
    name: str
    group: str
    fold: int
    unplaced: bool
    findings: tuple[PreparedOutline, ...]
    corners: dict[int, tuple[int, int]]
    facts: dict[str, str]
    later: bool = False
    """Came to the data after the folds of the bundled models were drawn."""

    @property
    def key(self) -> str:
        """Data set and name, which no other mammogram has: the stem of its files."""
        return f"{self.source}.{self.name}"

    def image(self, um: int) -> NDArray[np.float16]:
        """Normalised intensities float16 (rows, columns); its corner on the Frame's lattice is `corners[um]`."""
        return np.load(self.folder / f"{self.key}.{um}.npy", mmap_mode="r")

    def mask(self, um: int) -> NDArray[np.uint8]:
        """Breast's share per pixel, 0..255, like `image`."""
        return np.load(self.folder / f"{self.key}.{um}.mask.npy", mmap_mode="r")

    def position(self) -> NDArray[np.float16]:
        """Position channels float16 (3, rows, columns) on the lattice of 3.2 mm cells of the 400 um image."""
        return np.load(self.folder / f"{self.key}.position.npy", mmap_mode="r")

    def polygons(self, um: int) -> list[NDArray[np.float64]]:
        """Outlines in pixels of `image(um)`, (column, row)."""
        left, top = self.corners[um]
        return [f.points * 50 / um - (left, top) for f in self.findings]


def _prepare_one(example: Example, folder: Path, magnifications: Sequence[int]) -> dict[str, object] | str:
    """Write the arrays of one example, its entry last; returns the entry, or why it is excluded."""
    stem = f"{example.source}.{example.name}"
    try:
        image = example.read()
        made = prepare(image, find_breast(image, example.spacing), example.spacing)
    except MammoviewError as error:
        return error.what
    if wrong := outside(example.outlines, *image.shape):
        return wrong
    corners: dict[str, tuple[int, int]] = {}
    for um in magnifications:
        cell = 8 if um == 400 else 32
        left, top, right, bottom = made.extent(um)
        left, top = (left - MARGIN_PX) // cell * cell, (top - MARGIN_PX) // cell * cell
        rows, columns = -(-(bottom + MARGIN_PX - top) // cell) * cell, -(-(right + MARGIN_PX - left) // cell) * cell
        values, mask = made.magnified(um, left, top, rows, columns)
        np.save(folder / f"{stem}.{um}.npy", values.astype(np.float16))
        np.save(folder / f"{stem}.{um}.mask.npy", np.round(mask * 255).astype(np.uint8))
        corners[str(um)] = (left, top)
    left, top = (c // 8 for c in corners["400"])
    cells = position_channels(made, made.frame.lattice(3200, left, top), rows // 8, columns // 8)
    np.save(folder / f"{stem}.position.npy", cells.astype(np.float16))
    entry: dict[str, object] = {
        "source": example.source,
        "name": example.name,
        "unplaced": example.unplaced,
        "corners": corners,
        "facts": example.facts,
        **_stated(example),
        "pixels_sha256": hashlib.sha256(image.tobytes()).hexdigest(),
        "findings": [
            {
                "points": np.round(made.frame.from_scan(o.points), 2).tolist(),
                "lesion_type": o.lesion_type,
                "pathology": o.pathology,
                "subtlety": o.subtlety,
            }
            for o in example.outlines
        ],
    }
    write_text(folder / f"{stem}.json", json.dumps(entry))
    return entry


def _stated(example: Example) -> dict[str, object]:
    """Return what a data set states of an example that may change without its pixels changing."""
    spacing = [round(example.spacing.row_mm, 6), round(example.spacing.column_mm, 6)]
    described = [(np.round(o.points, 2).tolist(), o.lesion_type, o.pathology, o.subtlety) for o in example.outlines]
    return {
        "spacing_mm": spacing,
        "later": example.later,
        "official": example.official,
        "group": example.group,
        "outlines_sha256": hashlib.sha256(json.dumps(described).encode()).hexdigest(),
    }


def _holds(entry: dict[str, object] | None, example: Example, magnifications: Sequence[int]) -> bool:
    """Whether an earlier entry is of this example as it is stated now, at these magnifications."""
    if entry is None:
        return False
    same = all(entry.get(key) == value for key, value in _stated(example).items())
    return same and {str(um) for um in magnifications} <= set(cast(dict[str, object], entry["corners"]))


def _earlier(folder: Path) -> dict[str, dict[str, object]]:
    """Entries finished by an earlier call, by source and name."""
    manifest = folder / "manifest.json"
    before = json.loads(manifest.read_text())["examples"] if manifest.exists() else []
    entries = [*before] + [json.loads(f.read_text()) for f in folder.glob("*.json") if f != manifest]
    return {f"{e['source']}.{e['name']}": e for e in entries}


def run(data: Path, folder: Path, jobs: int = 2, magnifications: Sequence[int] = MAGNIFICATIONS) -> None:
    """Prepare every example below `data` into `folder`; what an interrupted call finished is kept.

    What has changed since, such as an example's spacing or outlines, is prepared anew; the manifest's `changes` say
    what.

    Raises
    ------
    MammoviewError
        When there is no data set, no finding in any, or the folder cannot be written.
    """
    magnifications = sorted({*magnifications, MAGNIFICATIONS[-1]})  # the last gives the heatmap's lattice
    excluded: list[dict[str, str]] = []
    wanted: list[Example] = []
    for item in examples(data):
        if isinstance(item, ExcludedImage):
            excluded.append({"source": item.source, "name": item.name, "why": item.why})
        else:
            wanted.append(item)
    if not any(e.outlines for e in wanted):
        raise MammoviewError("no image has a finding to learn from", "Add a data set with outlines", data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        done = _earlier(folder)
        before = dict(done)
        names = {f"{e.source}.{e.name}" for e in wanted}
        done = {name: entry for name, entry in done.items() if name in names}
        fresh = [e for e in wanted if not _holds(done.get(f"{e.source}.{e.name}"), e, magnifications)]
        with ProcessPoolExecutor(jobs) as pool:
            results = pool.map(
                _prepare_one, fresh, [folder] * len(fresh), [tuple(magnifications)] * len(fresh), chunksize=8
            )
            for example, entry in zip(track(fresh, "preparing"), results, strict=False):
                if isinstance(entry, str):
                    excluded.append({"source": example.source, "name": example.name, "why": entry})
                else:
                    done[f"{example.source}.{example.name}"] = entry
        entries = sorted(done.values(), key=lambda e: (str(e["source"]), str(e["name"])))
        _assign_folds(entries)
        manifest = {
            "licences": LICENCES,
            "counts": _counts(entries),
            "changes": _changes(before, entries),
            "warnings": {f"{e.source}.{e.name}": e.warning for e in wanted if e.warning},
            "excluded": excluded,
            "examples": entries,
        }
        write_text(folder / "manifest.json", json.dumps(manifest))
    except OSError as error:
        raise MammoviewError(
            f"the prepared data cannot be written ({error.strerror})", "Make room, then give the command again", folder
        ) from error
    for source, numbers in _counts(entries).items():
        print(source, *(f"{n} {word}" for word, n in numbers.items()), sep=", ")
    for why, n in Counter(e["why"] for e in excluded).most_common():
        print(f"left out: {n}, {why}")
    for example in wanted:
        if example.warning:
            print(f"{example.source} {example.name}: {example.warning}")
    print(f"{len(entries)} mammograms prepared in {folder}, {len(excluded)} left out")


def _changes(before: dict[str, dict[str, object]], entries: list[dict[str, object]]) -> dict[str, list[str]]:
    """Names of what came, went, or got another spacing or other outlines since the folder was prepared before."""
    after = {f"{e['source']}.{e['name']}": e for e in entries}
    later = {"later than the folds of the bundled models": [name for name, e in after.items() if e["later"]]}
    if not before:
        return later

    def other(key: str) -> list[str]:
        return sorted(n for n in after.keys() & before.keys() if after[n][key] != before[n].get(key))

    return {
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "other spacing": other("spacing_mm"),
        "other outlines": other("outlines_sha256"),
        **later,
    }


def _counts(entries: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Images, patients, findings of every data set."""
    counts: dict[str, dict[str, int]] = {}
    for source in sorted({str(e["source"]) for e in entries}):
        of = [e for e in entries if e["source"] == source]
        findings = [f for e in of for f in e["findings"]]
        counts[source] = {
            "images": len(of),
            "patients": len({e["group"] for e in of}),
            "findings": len(findings),
            "normal images": sum(not e["findings"] and not e["unplaced"] for e in of),
            "images with a finding of unknown place": sum(bool(e["unplaced"]) for e in of),
        }
    return counts


def _assign_folds(entries: list[dict[str, object]]) -> None:
    """Give every patient one of five folds, stratified by data set and by having a finding (rule 1).

    Patients whom the data set's own split sets apart for testing are in no fold: OFFICIAL_TEST; those who may be women
    of another data set neither: UNKNOWN_FOLD. What came later than the folds of the bundled models moves no patient: it
    joins its patient's fold, and patients without one are dealt out after all others.
    """
    for entry in entries:
        entry["fold"] = UNKNOWN_FOLD if entry["official"] == UNKNOWN else OFFICIAL_TEST
    entries = [e for e in entries if e["official"] not in ("test", UNKNOWN)]
    first = [e for e in entries if not e["later"]]
    if len({e["group"] for e in first}) < FOLDS:
        raise MammoviewError(
            f"{len({e['group'] for e in first})} patients are too few for {FOLDS} folds", "Add more data"
        )
    _deal(first)
    folds = {e["group"]: e["fold"] for e in first}
    rest = []
    for entry in entries:
        if entry["later"]:
            if entry["group"] in folds:
                entry["fold"] = folds[entry["group"]]
            else:
                rest.append(entry)
    if len({e["group"] for e in rest}) >= FOLDS:
        _deal(rest)
    else:
        for number, group in enumerate(sorted({str(e["group"]) for e in rest})):
            for entry in rest:
                if entry["group"] == group:
                    entry["fold"] = number % FOLDS


def _deal(entries: list[dict[str, object]]) -> None:
    strata = [f"{e['source']} {bool(e['findings'])}" for e in entries]
    groups = [str(e["group"]) for e in entries]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=20180806)
    for fold, (_, members) in enumerate(splitter.split(strata, strata, groups)):
        for i in members:
            entries[i]["fold"] = fold


def load(folder: Path) -> list[PreparedMammogram]:
    """Read the manifest of a prepared folder.

    Raises MammoviewError when there is none, or a woman is in two folds.
    """
    manifest = folder / "manifest.json"
    if not manifest.exists():
        raise MammoviewError("nothing is prepared here", "Run: python -m training prepare", folder)
    entries = json.loads(manifest.read_text())["examples"]
    fold_of: dict[str, int] = {}
    for e in entries:
        if fold_of.setdefault(e["group"], e["fold"]) != e["fold"]:
            what = f"{e['group']} is in folds {fold_of[e['group']]} and {e['fold']}"
            raise MammoviewError(what, "Prepare the data anew", manifest)
    return [
        PreparedMammogram(
            folder,
            e["source"],
            e["name"],
            e["group"],
            e["fold"],
            e["unplaced"],
            tuple(
                PreparedOutline(np.array(f["points"]), f["lesion_type"], f["pathology"], f.get("subtlety"))
                for f in e["findings"]
            ),
            {int(um): (c[0], c[1]) for um, c in e["corners"].items()},
            e["facts"],
            e.get("later", False),
        )
        for e in entries
    ]


def manifest_hash(folder: Path) -> str:
    """SHA-256 of the manifest, which identifies the training set in a model's provenance."""
    return hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
