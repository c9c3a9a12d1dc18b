"""Let people's words stand above what was reported: which runs teach what, which moments are not judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from domain.ids import FeedName
from domain.watch.predictions import Verdict
from domain.watch.verdicts import Word
from predictors.known.run_table import RunTable

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Span:
    """A word about the feed of that number, with its moments in epoch seconds."""

    feed: int
    verdict: Verdict
    since: float
    until: float
    came_at: float
    is_neither: bool

    def covers(self, feed: Whole, at: Floats) -> Truths:
        """Return which moments of feeds lie in the span."""
        return np.asarray((feed == self.feed) & (at > self.since) & (at <= self.until))


def spans_of(words: Iterable[Word], names: Sequence[FeedName]) -> tuple[Span, ...]:
    """Return the words about the named feeds."""
    number = {name: place for place, name in enumerate(names)}
    return tuple(
        Span(
            number[one.feed],
            one.verdict,
            one.since.timestamp(),
            one.until.timestamp(),
            one.came_at.timestamp(),
            one.is_neither,
        )
        for one in words
        if one.feed in number
    )


def outcomes(words: Sequence[Span], table: RunTable, bad: Floats) -> Floats:
    """Return what each run teaches: 1 trouble, 0 none, NaN nothing, since people left it out.

    A trouble that no report tells of is taken to be that of the last run that ended while the alert stood.
    """
    taught = bad.astype(np.float64)
    for word in words:
        rows = np.flatnonzero(word.covers(table.feed, table.finished))
        if word.is_neither:
            taught[rows] = np.nan
        elif word.verdict is Verdict.DID_NOT_HAPPEN:
            taught[rows] = 0.0
        elif len(rows) and not (taught[rows] > 0).any():
            taught[rows[np.argmax(table.finished[rows])]] = 1.0
    return taught


def as_said(words: Sequence[Span], table: RunTable) -> RunTable:
    """Return the table with the outcomes that words give its runs; one that is left out is no trouble."""
    return replace(table, bad=np.nan_to_num(outcomes(words, table, table.bad))) if words else table


def left_out(words: Sequence[Span], feed: Whole, now: Floats, seconds: float) -> Truths:
    """Return which questions about (now, now + seconds] meet a span that counts for nothing."""
    gone = np.zeros(len(now), dtype=bool)
    for word in words:
        if word.is_neither:
            gone |= (feed == word.feed) & (now < word.until) & (now + seconds > word.since)
    return gone


def troubles_as_said(
    words: Sequence[Span], feed: Whole, now: Floats, late_at: Floats, seconds: float
) -> Floats:
    """Return when a deadline was missed after each moment, without those that people call no trouble, and
    with the troubles that they tell of."""
    found = late_at.copy()
    for word in words:
        if word.verdict is Verdict.DID_NOT_HAPPEN:
            found[word.covers(feed, found)] = np.nan
        elif word.verdict is Verdict.HAPPENED:
            came = (feed == word.feed) & (now < word.came_at) & (word.came_at <= now + seconds)
            found[came] = np.fmin(found[came], word.came_at)
    return found
