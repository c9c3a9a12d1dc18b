"""Which of too many log lines a diagnosis gets to read: a fair choice, told before any text is read.

Services that say little are kept whole, so that a flood from one of them hides nobody. Of the others come
lines worse than info first, up to three quarters of the room: what they are compared with must be there too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

WHOLE = 1 << 16
"""Shares are told in so many parts."""
_QUIET_PART = 0.5
_BAD_PART = 0.75


@dataclass(frozen=True, slots=True)
class LogSample:
    """What is read: all lines of `quiet` services, and of the others so many of `WHOLE` parts."""

    quiet: tuple[str, ...]
    bad_parts: int
    rest_parts: int
    words: str


def choose_lines(counts: Mapping[str, tuple[int, int]], most: int) -> LogSample:
    """Return what to read of each service's lines.

    Args:
        counts: Service to its number of lines, and of those worse than info.
        most: How many lines there is room for.
    """
    quiet, room = set[str](), most * _QUIET_PART
    for service, (total, _) in sorted(counts.items(), key=lambda pair: (pair[1][0], pair[0])):
        if total > room:
            break
        quiet.add(service)
        room -= total
    left = most - sum(counts[service][0] for service in quiet)
    loud = [numbers for service, numbers in counts.items() if service not in quiet]
    bad = sum(one for _, one in loud)
    rest = sum(total for total, _ in loud) - bad
    kept_bad = min(bad, int(left * _BAD_PART) if rest else left)
    kept_rest = min(rest, left - kept_bad)
    told = [f"{len(quiet)} quiet service{'s' * (len(quiet) > 1)} whole"] if quiet else []
    told += [f"{_percent(kept_bad, bad)} of warnings and errors"] if bad else []
    told += [f"{_percent(kept_rest, rest)} of the rest"] if rest else []
    words = "kept: " + ", ".join(told)
    return LogSample(tuple(sorted(quiet)), _parts(kept_bad, bad), _parts(kept_rest, rest), words)


def _parts(kept: int, total: int) -> int:
    """Return a share that gives at least so many lines, although chance chooses them."""
    if not total:
        return 0
    return min(math.ceil(WHOLE * (kept + 4.0 * math.sqrt(kept) + 10.0) / total), WHOLE)


def _percent(kept: int, total: int) -> str:
    share = 100.0 * kept / max(total, 1)
    return f"{share:.0f} %" if share >= 10 or share == 0 else f"{share:.2g} %"
