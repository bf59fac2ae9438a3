"""How far a difference between models, or an accuracy, could be chance."""

import math
from collections.abc import Sequence

NORMAL_975 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact p, two-sided, for the images that only one of two models gets right.

    McNemar (1947), https://doi.org/10.1007/BF02295996; exact form in Fagerland, Lydersen and Laake (2013),
    https://doi.org/10.1186/1471-2288-13-91. Computed in whole numbers.
    """
    total = only_a + only_b
    tail = sum(math.comb(total, k) for k in range(min(only_a, only_b) + 1))
    return float(min(1.0, 2 * tail / 2**total))


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's score interval of 95 % for a share of `count` independent cases.

    Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.
    """
    square = NORMAL_975**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = NORMAL_975 * math.sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def holm(p: Sequence[float]) -> list[float]:
    """The p values, corrected so that the chance of any false discovery among them stays below the level.

    Holm (1979), https://www.jstor.org/stable/4615733.
    """
    corrected = [0.0] * len(p)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        highest = max(highest, min(1.0, (len(p) - rank) * p[index]))
        corrected[index] = highest
    return corrected


def combined(p: Sequence[float]) -> float:
    """One p value for several of the same hypothesis, however they depend on each other: twice their mean.

    Of one p value it is that value. Vovk and Wang (2020), https://doi.org/10.1093/biomet/asaa027.
    """
    return p[0] if len(p) == 1 else min(1.0, 2 * sum(p) / len(p))
