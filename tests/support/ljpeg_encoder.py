"""An encoder of lossless JPEG by DDSM's rule, written from T.81, independent of the reader.

Predictor 7 on every row, with 2^(P-1) above the first; the pixel above in the first column of later rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def encode(pixels: NDArray[np.integer], bits: int, size: tuple[int, int] | None = None, rule: str = "ddsm") -> bytes:
    """Return the file; `size` (rows, columns) replaces that in the header, rule "t81" follows the standard."""
    x = pixels.astype(np.int64)
    above = np.vstack([np.full((1, x.shape[1]), 1 << (bits - 1)), x[:-1]])
    left = np.hstack([above[:, :1], x[:, :-1]])
    predicted = (above + left) // 2
    if rule == "t81":
        predicted[0, 1:] = x[0, :-1]
    difference = (x - predicted + 32768) % 65536 - 32768
    size = size or x.shape
    frame = bytes([bits]) + size[0].to_bytes(2, "big") + size[1].to_bytes(2, "big") + bytes([1, 1, 0x11, 0])
    lengths = [0] * 16
    lengths[4] = 17  # Seventeen codes of five bits for the categories 0..16.
    table = bytes([0, *lengths, *range(17)])
    scan = bytes([1, 1, 0, 7, 0, 0])
    head = b"\xff\xd8" + _segment(0xC3, frame) + _segment(0xC4, table) + _segment(0xDA, scan)
    return head + _coded(difference.ravel()) + b"\xff\xd9"


def _segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body


def _coded(difference: NDArray[np.int64]) -> bytes:
    """Huffman code of five bits for the category, then its extra bits (T.81 H.1.2.2), stuffed."""
    category = np.ceil(np.log2(np.abs(difference) + 1)).astype(np.int64)
    category[difference == -32768] = 16
    extra = np.where(category == 16, 0, category)
    amount = np.where(difference > 0, difference, difference + (1 << extra) - 1)
    length = 5 + extra
    word = (category << extra) | np.where(extra > 0, amount & ((1 << extra) - 1), 0)
    owner = np.repeat(np.arange(len(word)), length)
    down = np.repeat(np.cumsum(length), length) - np.arange(len(owner)) - 1
    stream = (word[owner] >> down) & 1
    stream = np.append(stream, np.ones(-len(stream) % 8, np.int64))
    data = np.packbits(stream.astype(np.uint8))
    return data.tobytes().replace(b"\xff", b"\xff\x00")


def film(rows: int, columns: int, bits: int, seed: int = 0) -> NDArray[np.uint16]:
    """Smooth with noise, as film is."""
    rng = np.random.default_rng(seed)
    wave = np.add.outer(np.sin(np.arange(rows) / 37), np.cos(np.arange(columns) / 53)) / 5 + 0.5
    top = (1 << bits) - 1
    return np.clip(wave * top + rng.normal(0, top / 200, (rows, columns)), 0, top).astype(np.uint16)
