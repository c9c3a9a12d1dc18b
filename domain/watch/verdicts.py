"""What people said of troubles that were foretold, and what fixes prevented: it stands above the reports.

A word covers the feeds of its card for as long as the alert stood. That something was prevented or expected
says neither yes nor no: what it covers is left out wherever estimates are learned from or judged. A mute says
that a trouble is not worth telling, and nothing about whether it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ids import FeedName
from domain.watch.alerts import Alert, Label
from domain.watch.predictions import Judged, Verdict

OUTCOME = "outcome"
"""In place of a person: what the sweeps saw."""

NEITHER = frozenset({Verdict.PREVENTED, Verdict.EXPECTED})
_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of one feed for a span of time.

    Attributes:
        feed: The feed.
        verdict: What became of the trouble.
        since: From when; a run that ended after this is covered.
        until: Until when, that moment included.
        came_at: When the trouble came, where one is said to have come that no report tells of.
    """

    feed: FeedName
    verdict: Verdict
    since: datetime
    until: datetime
    came_at: datetime

    @property
    def is_neither(self) -> bool:
        """Return whether it speaks neither for nor against an estimate."""
        return self.verdict in NEITHER


def words_of(label: Label, alert: Alert) -> list[Word]:
    """Return what a label says beyond what the sweeps saw by themselves, one word per feed."""
    # Late by its calendar only: people gave the run more time, and it kept to it.
    in_time = label.verdict is Verdict.DID_NOT_HAPPEN and alert.extended_until is not None
    by_sweeps = label.by == OUTCOME and label.verdict not in NEITHER
    if (by_sweeps and not in_time) or label.verdict is Verdict.NOT_WORTH_TELLING:
        return []
    # Of a card with several feeds, trouble and expectation are those of the feed that it starts at.
    is_of_root = by_sweeps or label.verdict in (Verdict.HAPPENED, Verdict.EXPECTED)
    feeds = (alert.root,) if is_of_root else (alert.root, *alert.dependants)
    began = min(alert.opened_at, alert.trouble_at or alert.opened_at)
    closed = alert.closed_at or label.at
    until = label.until or closed
    came = min(alert.trouble_at or closed, until)
    return [Word(feed, label.verdict, began - _INSTANT, until, came) for feed in feeds]


def as_said(judged: Sequence[Judged], words: Iterable[Word]) -> list[Judged]:
    """Return judged estimates of one feed as people's words have them; what they leave out is gone."""
    kept = list(judged)
    for word in words:
        if word.is_neither:
            kept = [one for one in kept if not _touches(one, word)]
        else:
            kept = [_corrected(one, word) for one in kept]
    return kept


def in_words(words: Iterable[Word]) -> str:
    """Return how many words count, and how, as people read it; empty where there are none."""
    verdicts = [word.verdict for word in words]
    told = [
        f"{verdicts.count(verdict)} {said}"
        for verdict, said in (
            (Verdict.HAPPENED, "happened"),
            (Verdict.DID_NOT_HAPPEN, "no trouble"),
            (Verdict.PREVENTED, "prevented, left out"),
            (Verdict.EXPECTED, "expected, left out"),
        )
        if verdict in verdicts
    ]
    return f"Words of people and fixes that count: {'; '.join(told)}." if told else ""


def _touches(one: Judged, word: Word) -> bool:
    """Return whether the hour that an estimate spoke of meets the span of a word."""
    return one.made_at < word.until and one.made_at + one.horizon > word.since


def _corrected(one: Judged, word: Word) -> Judged:
    if word.verdict is Verdict.HAPPENED:
        came = one.made_at < word.came_at <= one.made_at + one.horizon
        return replace(one, trouble_at=word.came_at) if came and not one.came_true else one
    at = one.trouble_at
    return replace(one, trouble_at=None) if at is not None and word.since < at <= word.until else one
