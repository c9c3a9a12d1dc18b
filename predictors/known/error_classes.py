"""Read more from a failure than that it happened: does this class of error come again, is this line new?

A wrong configuration fails until somebody mends it, a lost connection seldom twice. Which is which is counted
over all feeds, from what was known before; nobody lists classes. Texts enter as numbers, the same for the
same text.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

# The odds of a class start as those after any trouble, and so many of its own outcomes outweigh that.
_PRIOR_OUTCOMES = 10.0
_USUAL_SHARE, _PRIOR_USUAL = 0.2, 5.0


def class_number(text: str) -> float:
    """Return a number that is the same for the same text, whatever its case; 0 for none."""
    return float(zlib.crc32(text.strip().casefold().encode()))


def lines_number(lines: str) -> float:
    """Return the number of a set of lines, whatever their order; 0 for none."""
    return class_number("\n".join(sorted(set(lines.split("\n")))))


def repeats(feed: Whole, seen: Floats, bad: Floats, error: Floats) -> Floats:
    """Return per troubled run how much likelier trouble follows its class of error than any; 0 for others.

    Args:
        feed: Number of the feed per run; each feed's runs together and in the order they became known.
        seen: When each became known.
        bad: 1 where it was in trouble.
        error: Number of its class of error.

    Returns:
        Difference of log-odds, from the runs that had followed such troubles by the moment it became known.
    """
    result = np.zeros(len(bad))
    asked = np.flatnonzero(bad > 0)
    first = asked[asked + 1 < len(bad)]
    first = first[feed[first + 1] == feed[first]]
    order = np.argsort(seen[first + 1], kind="stable")
    first = first[order]
    moments, again, kind = seen[first + 1], bad[first + 1], error[first]
    by_then = np.searchsorted(moments, seen[asked], "right")
    usual = _shares(again, by_then, np.full(len(asked), _USUAL_SHARE), _PRIOR_USUAL)
    for number in np.unique(error[asked]):
        own, mine = np.flatnonzero(kind == number), np.flatnonzero(error[asked] == number)
        known = np.searchsorted(own, by_then[mine], "left")
        share = _shares(again[own], known, usual[mine], _PRIOR_OUTCOMES)
        result[asked[mine]] = _log_odds(share) - _log_odds(usual[mine])
    return result


def newly_met(feed: Whole, lines: Floats) -> Floats:
    """Return 1 where a feed's run says a set of lines for the first time; runs in the order they came."""
    said = np.flatnonzero(lines != 0.0)
    result = np.zeros(len(lines))
    if len(said):
        _, first = np.unique(np.column_stack([feed[said], lines[said]]), axis=0, return_index=True)
        result[said[first]] = 1.0
    return result


def _shares(again: Floats, known: Whole, start: Floats, weight: float) -> Floats:
    """Return the share of outcomes known by each moment, shrunk toward where it starts from."""
    return np.asarray((np.r_[0.0, np.cumsum(again)][known] + weight * start) / (known + weight))


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1.0 - share)), dtype=np.float64)
