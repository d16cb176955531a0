"""Damage to bytes, as by broken disks, programs and people."""

from __future__ import annotations

import random
from collections.abc import Sequence


def mutated(data: bytes, chance: random.Random, words: Sequence[bytes], head: int) -> bytes:
    """Return data with one to eight changes: bits, bytes, words, pieces lost, doubled, or all to the end cut off.

    Parameters
    ----------
    data
        Whole.
    chance
        What happens.
    words
        Tokens of the format that are sometimes inserted.
    head
        Half of the changes go into this many first bytes, since headers are short and matter most.
    """
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        reach = len(changed) if chance.random() < 0.5 else min(len(changed), head)
        place = chance.randrange(reach + 1)
        length = chance.choice((1, 1, 2, 8, 64, 1000))
        match chance.randrange(6):
            case 0 if place < len(changed):
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place : place + length] = chance.randbytes(length)
            case 2:
                changed[place:place] = chance.choice(words)
            case 3:
                del changed[place : place + length]
            case 4:
                changed[place:place] = changed[place : place + length]
            case 5 if chance.random() < 0.3:
                del changed[place:]
    return bytes(changed)
