"""Synthetic findings and distractors in real normal tissue.

Prepared intensities are minus the film's optical density up to scale and offset, and density follows the logarithm of
exposure between toe and shoulder of the film: attenuation adds up along the beam. So findings are added to tissue in
this scale, in standard deviations of the breast, followed by blur, grain and grey levels of the scanner.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoview.assess.inference.preprocessing import CLIP

FINE_UM = 50
"""Grains are drawn on pixels of this size and averaged down: one of 0.1 mm is smaller than a pixel."""
LINE_UM = 100
"""Pixel size for spicules, vessels and scratches, none of which is thinner than one pixel."""
MASS_MM = (5.0, 24.0)
"""Smallest and largest diameter of a mass without its spicules, mm."""
CONTRAST = 0.9
"""Median contrast of a mass, standard deviations of the breast."""
PARTICLES = (5, 30)
"""Fewest and most calcifications of a cluster."""
PARTICLE_MM = (0.1, 1.0)
"""Smallest and largest diameter of a calcification."""
LONE_GRAIN_MM = (0.3, 3.0)
"""Smallest and largest diameter of a calcification that lies alone: coarse ones are benign."""
CLUSTER_MM = (4.0, 20.0)
"""Smallest and largest diameter of a cluster."""
SCANNER_MM = (0.04, 0.15)
"""Blur of film and scanner, standard deviation; it is unknown for most data sets, hence drawn."""
GRAIN = 0.03
"""Largest added grain, standard deviations of the breast."""
LEVELS = (25, 80)
"""Grey levels per standard deviation of the breast, as 8-bit copies of films have them."""


@dataclass(frozen=True)
class AddedIntensities:
    """A profile that is added to the intensities around a point.

    Parameters
    ----------
    profile
        float32 (n, n), n odd, in standard deviations of the breast; zero along its edge.
    mm
        Largest diameter of a mass without spicules, or of a cluster with its particles.
    kind
        "mass", "spiculated mass", "cluster", "lone grains", "vessel", "marker" or "scratch".
    """

    profile: NDArray[np.float32]
    mm: float
    kind: str


def _averaged(fine: NDArray[np.float32], fine_um: int, um: int) -> NDArray[np.float32]:
    """Average a drawing on pixels of `fine_um` down to pixels of `um`, on an odd square with an empty edge."""
    side = int(np.ceil(fine.shape[0] * fine_um / um))
    side += 3 - side % 2
    shift = (side - fine.shape[0] * fine_um / um) / 2
    scale = fine_um / um
    # A box blur over a pixel's area before sampling is the average; sizes need not be multiples.
    kernel = max(1, round(um / fine_um))
    soft = cv2.blur(fine, (kernel, kernel), borderType=cv2.BORDER_CONSTANT)
    # The centre of an even kernel lies half a pixel before its anchor.
    first = (0.5 - shift) / scale - 0.5 * (kernel % 2)
    to_fine = np.array([[1 / scale, 0, first], [0, 1 / scale, first]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    out: NDArray[np.float32] = cv2.warpAffine(soft, to_fine, (side, side), flags=flags)  # type: ignore[assignment]  # OpenCV keeps float32
    return out


def _strips(
    canvas: NDArray[np.float32], lines: NDArray[np.float64], width: NDArray[np.float64], value: NDArray[np.float64]
) -> None:
    """Draw lines (K, N, 2) of (column, row) with width and value at each point (K, N), their last points first."""
    along = np.gradient(lines, axis=1)
    across = along[..., ::-1] * (-1, 1) / np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-9)[..., None]
    left, right = lines + across * width[..., None] / 2, lines - across * width[..., None] / 2
    pieces = np.stack([left[:, :-1], left[:, 1:], right[:, 1:], right[:, :-1]], 2)
    # OpenCV takes fractions of a pixel as fixed point with so many bits.
    corners = np.round(pieces * 16).astype(np.int32)
    for i in range(corners.shape[1] - 1, -1, -1):
        for piece, of in zip(corners[:, i], value[:, i].tolist(), strict=True):
            cv2.fillPoly(canvas, [piece], of, shift=4)


def mass(
    rng: np.random.Generator, um: int, most_mm: float = MASS_MM[1], spicules: bool | None = None
) -> AddedIntensities:
    """Draw a star-shaped soft mass, with tapering spicules or without.

    Parameters
    ----------
    um
        um per pixel.
    most_mm
        Largest diameter that may be drawn.
    spicules
        Whether it has spicules; by chance when left out.
    """
    spicules = bool(rng.random() < 0.4) if spicules is None else spicules
    mm = float(np.clip(np.exp(rng.normal(np.log(14.0), 0.35)), MASS_MM[0], min(MASS_MM[1], most_mm)))
    angles = np.linspace(-np.pi, np.pi, 257)
    order = np.arange(2, 9)
    size, phase = rng.normal(0, 0.22, len(order)) / order, rng.uniform(0, 2 * np.pi, len(order))
    radius = np.clip(1 + (size * np.cos(angles[:, None] * order + phase)).sum(1), 0.4, 1.6)
    edge = np.stack([np.cos(angles), np.sin(angles)], 1) * radius[:, None]
    # The box of the body has the diameter that was drawn, and its middle is the canvas's.
    middle, unit = (edge.max(0) + edge.min(0)) / 2, mm / float(np.ptp(edge, 0).max())
    if spicules:
        rays = _spicules(rng, angles, radius * unit, middle * unit, rng.uniform(0.3, 0.9) * mm / 2)
    else:
        rays = np.zeros((int(mm * 1000 / LINE_UM) // 2 * 2 + 3,) * 2, np.float32)
    profile = _averaged(rays, LINE_UM, um)
    # The body fills its box in the canvas's middle.
    half, reach = len(profile) // 2, int(np.ceil(mm / 2 * 1000 / um))
    grid = np.arange(-reach, reach + 1) * um / 1000 / unit
    x, y = grid + middle[0], grid[:, None] + middle[1]
    distance = np.hypot(x, y) / np.interp(np.arctan2(y, x), angles, radius)
    body = np.maximum(1 - distance**2, 0) ** rng.uniform(0.7, 1.8)
    profile[half - reach : half + reach + 1, half - reach : half + reach + 1] += body.astype(np.float32)
    contrast = np.exp(rng.normal(np.log(CONTRAST), 0.45)) / profile.max()
    return AddedIntensities((profile * contrast).astype(np.float32), mm, "spiculated mass" if spicules else "mass")


def _spicules(
    rng: np.random.Generator,
    angles: NDArray[np.float64],
    radius: NDArray[np.float64],
    middle: NDArray[np.float64],
    reach: float,
) -> NDArray[np.float32]:
    """Draw 12 to 40 tapering spicules on fine pixels; they leave a body of that radius (mm) by up to `reach` mm."""
    half = int(np.ceil((np.abs(radius).max() + np.abs(middle).max() + 1.3 * reach) * 1000 / LINE_UM)) + 4
    rays = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    number = rng.integers(12, 41)
    t = np.linspace(0, 1, 9)
    angle = rng.uniform(-np.pi, np.pi, (number, 1))
    edge = np.interp(angle, angles, radius)
    start, end = rng.uniform(0.3, 0.7, (number, 1)) * edge, edge + rng.uniform(0.3, 1.0, (number, 1)) * reach
    bent = angle + rng.normal(0, 0.12, (number, 1)) * t**2
    lines = np.stack([np.cos(bent), np.sin(bent)], -1) * (start + (end - start) * t)[..., None] - middle
    base = rng.uniform(0.25, 0.7, (number, 1))
    width = (base + (0.1 - base) * t) * 1000 / LINE_UM
    # Their contrast fades towards their ends.
    value = rng.uniform(0.2, 0.5, (number, 1)) * np.minimum(1, 3 * t) * (1 - 0.8 * t)
    _strips(rays, lines * 1000 / LINE_UM + half, width, value)
    soft: NDArray[np.float32] = cv2.GaussianBlur(rays, (0, 0), 0.08 * 1000 / LINE_UM)  # type: ignore[assignment]  # OpenCV keeps float32
    return soft


def cluster(rng: np.random.Generator, um: int, most_mm: float = CLUSTER_MM[1]) -> AddedIntensities:
    """Draw a cluster of calcifications: irregular grains whose contrast grows with their thickness."""
    number = int(rng.integers(PARTICLES[0], PARTICLES[1] + 1))
    mm = float(rng.uniform(CLUSTER_MM[0], min(CLUSTER_MM[1], most_mm)))
    sizes = np.clip(np.exp(rng.normal(np.log(0.35), 0.5, number)), *PARTICLE_MM)
    # Places in a disc, denser in its centre, scaled so that the largest distance is the diameter drawn.
    places = rng.normal(0, 1, (number, 2)) * (1, rng.uniform(0.4, 1))
    turn = rng.uniform(0, np.pi)
    places = places @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    places -= (places.max(0) + places.min(0)) / 2
    places *= max(mm - sizes.max(), 0.5) / np.ptp(places, 0).max()
    return AddedIntensities(_averaged(_grains(rng, places, sizes, mm), FINE_UM, um), mm, "cluster")


def lone_grains(rng: np.random.Generator, um: int, most_mm: float = CLUSTER_MM[1]) -> AddedIntensities:
    """Draw one to three grains that are no cluster, up to three times as large as those of one: a distractor."""
    number = int(rng.integers(1, 4))
    sizes = np.exp(rng.uniform(np.log(LONE_GRAIN_MM[0]), np.log(LONE_GRAIN_MM[1]), number))
    reach = max(most_mm - sizes.max(), 0.0) / 2 * (number > 1)
    places = rng.uniform(-reach, reach, (number, 2))
    mm = float(2 * np.abs(places).max() + sizes.max())
    return AddedIntensities(_averaged(_grains(rng, places, sizes, mm), FINE_UM, um), mm, "lone grains")


def _grains(
    rng: np.random.Generator, places: NDArray[np.float64], sizes: NDArray[np.float64], mm: float
) -> NDArray[np.float32]:
    """Draw grains of `sizes` mm at places (N, 2) of (column, row) in mm from the middle, on fine pixels."""
    half = int(np.ceil(mm / 2 * 1000 / FINE_UM)) + 4
    fine = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    per_mm = rng.uniform(4.0, 8.0)
    for (column, row), size in zip(places * 1000 / FINE_UM + half, sizes, strict=True):
        reach = int(np.ceil(size / 2 * 1000 / FINE_UM)) + 1
        c, r = int(np.floor(column)), int(np.floor(row))
        # Five points across each fine pixel: a grain of 0.1 mm is two of them wide.
        at = (np.arange((2 * reach + 1) * 5) + 0.5) / 5 - reach
        u, v = at - (column - c), at[:, None] - (row - r)
        angle, flat = rng.uniform(0, np.pi), rng.uniform(0.5, 1.0)
        a, b = u * np.cos(angle) + v * np.sin(angle), (v * np.cos(angle) - u * np.sin(angle)) / flat
        radius = size / 2 * 1000 / FINE_UM
        chord = size * np.sqrt(np.maximum(1 - (a**2 + b**2) / radius**2, 0))
        side = 2 * reach + 1
        fine[r - reach : r + reach + 1, c - reach : c + reach + 1] += (
            per_mm * chord.reshape(side, 5, side, 5).mean((1, 3))
        ).astype(np.float32)
    return fine


def finding(rng: np.random.Generator, um: int, most_mm: float) -> AddedIntensities:
    """Draw a finding no larger than `most_mm`: four masses to one cluster of calcifications."""
    return cluster(rng, um, most_mm) if rng.random() < 0.2 else mass(rng, um, most_mm)


def vessel(rng: np.random.Generator, um: int) -> AddedIntensities:
    """Draw a bent tube of 0.5 to 2 mm that grows thinner."""
    mm = rng.uniform(12, 40)
    t = np.linspace(0, 1, 33)
    bend = rng.uniform(0.02, 0.08) * mm * np.sin(2 * np.pi * (rng.uniform(0.5, 1.5) * t + rng.random()))
    turn = rng.uniform(0, 2 * np.pi)
    line = np.stack([(t - 0.5) * mm, bend], 1) @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    width = rng.uniform(0.8, 2.0) * (1 - 0.6 * t)
    fine = _line(line, width, np.full(len(t), rng.uniform(0.15, 0.6)))
    # A tube is thickest along its middle.
    soft: NDArray[np.float32] = cv2.GaussianBlur(fine, (0, 0), 0.25 * 1000 / LINE_UM)  # type: ignore[assignment]  # OpenCV keeps float32
    return AddedIntensities(_averaged(soft, LINE_UM, um), mm, "vessel")


def scratch(rng: np.random.Generator, um: int) -> AddedIntensities:
    """Draw a straight line of 0.1 mm across the film, brighter or darker than it."""
    mm = rng.uniform(5, 40)
    turn = rng.uniform(0, 2 * np.pi)
    line = np.linspace(-0.5, 0.5, 17)[:, None] * mm * np.array([[np.cos(turn), np.sin(turn)]])
    value = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 2.5)
    return AddedIntensities(_averaged(_line(line, np.full(17, 0.1), np.full(17, value)), LINE_UM, um), mm, "scratch")


def marker(rng: np.random.Generator, um: int) -> AddedIntensities:
    """Draw a lead ball or ring on the skin, 1.5 to 3 mm with a sharp rim."""
    mm = rng.uniform(1.5, 3.0)
    half = int(np.ceil(mm / 2 * 1000 / FINE_UM)) + 4
    grid = (np.arange(2 * half + 1) - half) * FINE_UM / 1000
    distance = np.hypot(grid, grid[:, None])
    inner = 0.0 if rng.random() < 0.6 else mm / 2 * 0.6
    fine = ((distance <= mm / 2) & (distance >= inner)).astype(np.float32) * np.float32(rng.uniform(2, 4))
    return AddedIntensities(_averaged(fine, FINE_UM, um), mm, "marker")


def _line(line: NDArray[np.float64], width: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float32]:
    """Draw a line given in mm from the canvas's middle, with widths in mm."""
    half = int(np.ceil((np.abs(line).max() + width.max()) * 1000 / LINE_UM)) + 4
    canvas = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    _strips(canvas, line[None] * 1000 / LINE_UM + half, width[None] * 1000 / LINE_UM, value[None])
    return canvas


def distractors(rng: np.random.Generator, um: int) -> list[AddedIntensities]:
    """Draw distractors; equally for patches with and without a finding."""
    drawn = [(vessel, 0.3), (scratch, 0.15), (marker, 0.04)]
    return [make(rng, um) for make, share in drawn if rng.random() < share]


def place(
    canvas: NDArray[np.float32],
    added: AddedIntensities,
    row: int,
    column: int,
    limit: NDArray[np.float32] | None = None,
) -> None:
    """Add a profile to `canvas` around a pixel, clipped to the canvas.

    `limit` (rows, columns) is the largest value that may be added to each pixel: a profile that exceeds it is scaled
    down as a whole rather than clipped.
    """
    half = added.profile.shape[0] // 2
    top, left = row - half, column - half
    r0, c0 = max(top, 0), max(left, 0)
    part = added.profile[r0 - top : canvas.shape[0] - top, c0 - left : canvas.shape[1] - left]
    if not part.size:
        return
    window = np.s_[r0 : r0 + part.shape[0], c0 : c0 + part.shape[1]]
    share = 1.0
    if limit is not None and (asks := part > 0.05 * part.max()).any():
        share = float(np.clip((np.maximum(limit[window][asks], 0) / part[asks]).min(), 0, 1))
    canvas[window] += np.float32(share) * part


def exposed(
    tissue: NDArray[np.float32],
    mask: NDArray[np.float32],
    um: int,
    rng: np.random.Generator,
    inside: tuple[tuple[AddedIntensities, int, int], ...] = (),
) -> NDArray[np.float32]:
    """Simulate film of tissue, with or without a finding; distractors, blur, grain and grey levels are drawn equally.

    Parameters
    ----------
    tissue
        Normalised intensities float32 (rows, columns).
    mask
        Share of breast per pixel, 0..1, float32: nothing but scratches and markers is added outside.
    um
        um per pixel.
    inside
        Findings with the pixel (row, column) of their middle.
    """
    body, film, values = np.zeros_like(tissue), np.zeros_like(tissue), tissue.copy()
    room = CLIP[1] - 0.25 - tissue
    for added, row, column in inside:
        place(body, added, row, column, room)
    for added in distractors(rng, um):
        row, column = (int(rng.integers(n)) for n in tissue.shape)
        place(body if added.kind == "vessel" else film, added, row, column)
    sigma = rng.uniform(*SCANNER_MM) * 1000 / um
    for layer, share in ((body, mask), (film, None)):
        if layer.any():
            soft = cv2.GaussianBlur(layer, (0, 0), sigma)
            values += soft if share is None else soft * share
    values += rng.standard_normal(tissue.shape, np.float32) * np.float32(rng.uniform(0, GRAIN))
    levels = np.float32(rng.uniform(*LEVELS))
    return np.clip(np.rint(values * levels) / levels, *CLIP)
