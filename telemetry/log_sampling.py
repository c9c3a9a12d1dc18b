"""Which of too many log lines a diagnosis gets to read: a fair choice, told before any text is read.

Services that say little are kept whole, so that a flood from one of them hides nobody. Of the others come
lines worse than info first, up to three quarters of the room: what they are compared with must be there too.
Where even those are too many, what a service seldom says is kept whole: the cause is said some hundred times,
noise a hundred thousand times.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

WHOLE = 1 << 16
"""Shares are told in so many parts."""
_QUIET_PART = 0.5
_BAD_PART = 0.75
_RARE_PART = 0.5
_MOST_RARE = 200
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class LogSample:
    """What is read: all lines of `quiet` services, and of the others' so many.

    Args:
        quiet: Services that are read whole.
        bad: Warnings and errors of the other services.
        kept_bad: How many of them are read, chosen by chance.
        rest: All other lines.
        kept_rest: How many of them are read.
        room: Lines that there is room for, beside the quiet services'.
        rare: (service, shape) of warnings and errors that are read whole all the same.
    """

    quiet: tuple[str, ...]
    bad: int
    kept_bad: int
    rest: int
    kept_rest: int
    room: int
    rare: tuple[tuple[str, str], ...] = ()

    @property
    def bad_parts(self) -> int:
        """Return the share of warnings and errors."""
        return _parts(self.kept_bad, self.bad)

    @property
    def rest_parts(self) -> int:
        """Return the share of all others."""
        return _parts(self.kept_rest, self.rest)

    @property
    def most_bad(self) -> int:
        """Return how many warnings and errors leave the others their room, when chance gives too many."""
        return self.room if self.rare else self.room - self.kept_rest

    @property
    def words(self) -> str:
        """Return what is kept, for people."""
        told = [_many(len(self.quiet), "quiet service") + " whole"] if self.quiet else []
        told += [_many(len(self.rare), "rare kind") + " of warnings and errors"] if self.rare else []
        others = "the other warnings and errors" if self.rare else "warnings and errors"
        told += [f"{_percent(self.kept_bad, self.bad)} of {others}"] if self.bad else []
        told += [f"{_percent(self.kept_rest, self.rest)} of the rest"] if self.rest else []
        return "kept: " + ", ".join(told)


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
    return LogSample(tuple(sorted(quiet)), bad, kept_bad, rest, kept_rest, left)


def with_rare(sample: LogSample, shapes: Mapping[tuple[str, str], int]) -> LogSample:
    """Return a choice that reads warnings and errors whole of which chance would leave fewer than twenty.

    Args:
        sample: The choice so far.
        shapes: (service, shape) to how often it was said; a shape is how a line begins.
    """
    rare: list[tuple[str, str]] = []
    room, share = sample.kept_bad * _RARE_PART, sample.kept_bad / max(sample.bad, 1)
    for key, count in sorted(shapes.items(), key=lambda pair: (pair[1], pair[0])):
        if count * share >= _ENOUGH or count > room or len(rare) >= _MOST_RARE:
            break
        if key[0] not in sample.quiet:
            rare.append(key)
            room -= count
    used = sum(shapes[key] for key in rare)
    return replace(sample, bad=sample.bad - used, kept_bad=sample.kept_bad - used, rare=tuple(rare))


def _parts(kept: int, total: int) -> int:
    """Return a share that gives at least so many lines, although chance chooses them."""
    if not total:
        return 0
    return min(math.ceil(WHOLE * (kept + 4.0 * math.sqrt(kept) + 10.0) / total), WHOLE)


def _percent(kept: int, total: int) -> str:
    share = 100.0 * kept / max(total, 1)
    return f"{share:.0f}%" if share >= 10 or share == 0 else f"{share:.2g}%"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count > 1)}"
