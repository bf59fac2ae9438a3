"""In which order: classes in natural order, pictures in that of their names' digests, by which a test split is made."""

import hashlib
import math
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A key by which names are sorted as people do: "2" before "10", capitals beside small letters."""
    parts = [part for part in re.split(r"([0-9]+)", name) if part]
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts], name


def digest(place: str) -> str:
    """Of a name: an order that nobody chose, and that is the same on every machine."""
    return hashlib.sha256(os.fsencode(place)).hexdigest()


def spread(places: Sequence[str]) -> list[int]:
    """The indices of `places` in the order of their digests, so that neighbours are of different classes."""
    digests = [digest(place) for place in places]
    return sorted(range(len(places)), key=lambda index: (digests[index], index))


def chosen(places: Sequence[str], labels: Sequence[object], share: float) -> set[int]:
    """The indices of those that are kept for testing: of every label `share`, those whose digests are the lowest.

    At least one stays for training and, where a label has two, one is kept. Another file of a label moves at most one
    of the others.
    """
    groups: defaultdict[object, list[int]] = defaultdict(list)
    for index in spread(places):
        groups[labels[index]].append(index)
    return {index for own in groups.values() for index in own[: _count(len(own), share)]}


def _count(images: int, share: float) -> int:
    return min(images - 1, max(1, math.floor(images * share + 0.5)))


def united(found: Iterable[str]) -> list[str]:
    """Names, each once, in natural order."""
    return sorted(set(found), key=natural)
