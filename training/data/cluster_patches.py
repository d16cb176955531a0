"""Patches with and without a synthetic cluster of calcifications, cut from mammograms at 200 um.

Half of the patches have a cluster of `synthetic` added, and some of the others lone grains. Most places are those where
a filter finds clusters of bright spots, so that what is added differs from what looks like it; the others are anywhere
in the breast. Patches of either kind are compressed as JPEG now and then, whose ringing looks like spots.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.cluster_scoring import centred, patch_at
from mammoview.assess.inference.preprocessing import CLIP
from mammoview.assess.inference.spot_clusters import UM
from mammoview.assess.models.cluster_network import ClusterConfig
from training.data import synthetic

SIDE_PX = ClusterConfig().patch_px
"""Side of a patch, 12.8 mm."""
LARGEST_MM = 11.0
"""Largest synthetic cluster: it fits into a patch."""
PROFILES = 800
"""Clusters that are drawn once and added again and again, turned, blurred and scaled."""
BLUR_PX = (0.2, 0.75)
"""Blur of film and scanner, standard deviation, 40 to 150 um."""
STRENGTH = 0.45
"""Median factor of a cluster's contrast: real ones are fainter than those that `synthetic` draws."""
STRENGTH_SD = 0.5
"""Standard deviation of the logarithm of that factor."""
LONE = 0.25
"""Share of patches without a cluster that have lone grains."""
COMPRESSED = 0.4
"""Share of patches that are compressed as JPEG after what was added."""
JPEG_QUALITY = (40, 95)
JPEG_UM = (180, 280)
"""um per pixel of the compressed picture: it is reduced to that, or enlarged, and back."""
LEVELS = (25, 60)
"""Grey levels of the compressed picture per standard deviation of the breast."""
TONE = (0.85, 1.15)
"""Factor of a patch's contrast."""
JITTER_PX = 8
"""Places are shifted by up to this: clusters of spots lie on cells of 16 px."""
OFF_CENTRE_PX = 6
"""A cluster lies up to this far from the middle of its patch, where it has that room."""
AT_CLUSTERS = 0.6
"""Share of patches that lie where bright spots cluster, of mammograms that have such places."""
RIM_PX = 7
"""Other places lie at least this far inside the breast mask, 1.4 mm."""
EACH = 97
"""One of so many pixels of the breast is a place."""


@dataclass(frozen=True)
class NormalView:
    """A mammogram, and places in it without a finding.

    Parameters
    ----------
    source
        Its data set; patches are drawn from each as often.
    image
        Normalised intensities (rows, columns), 200 um per pixel.
    clusters
        Where bright spots cluster, float (N, 2) of (row, column); may be empty.
    tissue
        Other places in the breast, (M, 2).
    """

    source: str
    image: NDArray[np.floating]
    clusters: NDArray[np.float64]
    tissue: NDArray[np.intp]


def tissue_places(inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return places all over a breast mask, away from its rim, (N, 2) of (row, column)."""
    deep = cv2.erode(inside.astype(np.uint8), np.ones((2 * RIM_PX + 1,) * 2, np.uint8), borderValue=0)
    return np.argwhere(deep > 0)[::EACH]


class ClusterPatches:
    """Patches drawn from mammograms, each second one with a synthetic cluster.

    Parameters
    ----------
    views
        Mammograms with places that have no finding.
    rng
        Every draw comes from it, in order.
    """

    def __init__(self, views: list[NormalView], rng: np.random.Generator) -> None:
        self.rng = rng
        self.views = [[v for v in views if v.source == source] for source in sorted({v.source for v in views})]
        self.clusters = [synthetic.cluster(rng, UM, LARGEST_MM).profile for _ in range(PROFILES)]
        self.grains = [synthetic.lone_grains(rng, UM, LARGEST_MM).profile for _ in range(PROFILES)]

    def batch(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Draw patches, float32 (number, 1, 64, 64), and whether each has a cluster, 0 or 1, float32 (number,)."""
        has = np.arange(number) % 2
        return np.stack([self._one(bool(h)) for h in has])[:, None], has.astype(np.float32)

    def _one(self, has_cluster: bool) -> NDArray[np.float32]:
        rng = self.rng
        of_source = self.views[rng.integers(len(self.views))]
        view = of_source[rng.integers(len(of_source))]
        pool = view.clusters if rng.random() < AT_CLUSTERS and len(view.clusters) else view.tissue
        row, column = pool[rng.integers(len(pool))] + rng.uniform(-JITTER_PX, JITTER_PX, 2)
        patch = patch_at(view.image, row, column, SIDE_PX)
        if has_cluster:
            self._add(patch, self.clusters)
        elif rng.random() < LONE:
            self._add(patch, self.grains)
        if rng.random() < COMPRESSED:
            patch = compressed(patch, rng)
        return centred(_turned(patch, rng)) * np.float32(rng.uniform(*TONE))

    def _add(self, patch: NDArray[np.float32], profiles: list[NDArray[np.float32]]) -> None:
        """Add one of some profiles to a patch in place."""
        rng = self.rng
        profile = np.ascontiguousarray(_turned(profiles[rng.integers(len(profiles))], rng))
        soft = cv2.GaussianBlur(profile, (0, 0), rng.uniform(*BLUR_PX))
        added = soft * np.exp(rng.normal(np.log(STRENGTH), STRENGTH_SD))
        side = len(added)
        start = np.array([(SIDE_PX - side) // 2] * 2)
        if side < SIDE_PX - 2 * OFF_CENTRE_PX:
            start += rng.integers(-OFF_CENTRE_PX, OFF_CENTRE_PX + 1, 2)
        patch[start[0] : start[0] + side, start[1] : start[1] + side] += added
        np.minimum(patch, CLIP[1], out=patch)


def compressed(patch: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a patch as a JPEG of another resolution has it."""
    side = round(SIDE_PX * UM / rng.uniform(*JPEG_UM))
    levels, lowest = rng.uniform(*LEVELS), float(patch.min())
    reduced = cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA)
    grey = np.clip(np.rint((reduced - lowest) * levels), 0, 255).astype(np.uint8)
    quality = int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1))
    _, coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.float32)
    back = cv2.resize(read, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(back / np.float32(levels) + np.float32(lowest), np.float32)


def _turned(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Turn a square by quarters, and mirror it or not."""
    return np.rot90(values, int(rng.integers(4)))[:, :: rng.choice([-1, 1])]
