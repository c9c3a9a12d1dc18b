"""Tell a sender that has gone silent from feeds that are late: nothing is heard of any of its feeds.

One that is quiet as a whole key is one trouble, and so is one namespace of a key whose others still speak.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.clock.wall_clock import clock_near
from domain.ids import FeedName
from domain.running.feeds import COST_OF_A_MISS
from domain.running.senders import BETWEEN, groups_of, in_words
from domain.watch.predictions import Reason
from domain.watch.watching import Estimate, Heard, SilentSender, Trouble

SILENT_FEEDS = 3
"""From so many feeds on, none of which waits for another, silence is the sender's and not theirs."""
_IN_A_ROW = 3
"""So many runs of a feed that are missing with all other words of its sender are one silence, as a rule."""
_BESIDE = timedelta(hours=24)
"""A sender speaks for a feed for as long behind the newest word on it."""
REPORTED_LATE = timedelta(minutes=10)
"""A run of which news was due just before the last word may have lasted a little longer."""
_SILENT_FOR = timedelta(minutes=10)
"""Who spoke just now is not silent, however late what it spoke of."""


def last_words(heard: Iterable[Heard]) -> dict[str, datetime]:
    """Return when each sender, each format of a key, and each key was last heard."""
    found: dict[str, datetime] = {}
    for one in heard:
        for group in groups_of(one.sender):
            found[group] = max(found.get(group, one.at), one.at)
    return found


def with_silence_said(
    estimates: Sequence[Estimate], missed: Sequence[float], heard: Sequence[Heard]
) -> list[Estimate]:
    """Return estimates with the silence of their senders among the reasons, where several runs in a row are
    missing: they may have run unheard. A sender of one feed or two gets no card of its own.

    Args:
        estimates: All feeds.
        missed: How many deadlines in a row each of them has missed.
        heard: When each sender last spoke of each feed.
    """
    gone = [one.is_late and one.running_since is None for one in estimates]
    gone = [late and count >= _IN_A_ROW for late, count in zip(gone, missed, strict=True)]
    if not any(gone):
        return list(estimates)
    words, newest = last_words(heard), {one.feed: one for one in sorted(heard, key=lambda one: one.at)}
    return [
        _with_silence(one, newest.get(one.name), words) if is_gone else one
        for one, is_gone in zip(estimates, gone, strict=True)
    ]


def _with_silence(one: Estimate, speaker: Heard | None, words: Mapping[str, datetime]) -> Estimate:
    if speaker is None or one.overdue_at is None or words[speaker.sender] >= one.overdue_at:
        return one
    told = one.prediction
    since = clock_near(one.watched.feed.schedule.zone, words[speaker.sender], told.made_at)
    silence = Reason(f"nothing was heard from {in_words(speaker.sender)} since {since}", 0.0)
    return replace(one, prediction=replace(told, reasons=(*told.reasons[:1], silence, *told.reasons[1:])))


def silent_senders(
    estimates: Sequence[Estimate], heard: Sequence[Heard], now: datetime
) -> list[SilentSender]:
    """Return the senders of which nothing was heard although news of several of their feeds was due.

    Args:
        estimates: All feeds.
        heard: When each sender last spoke of each feed.
        now: The moment of the estimates.
    """
    missing = {one.name: one for one in estimates if one.is_without_news(now)}
    if len(missing) < SILENT_FEEDS:
        return []
    words, speakers = last_words(heard), _speakers(heard, missing)
    quiet: dict[str, list[FeedName]] = {}
    for name, one in missing.items():
        for group in _quiet_groups(speakers.get(name, ()), one, words, now):
            quiet.setdefault(group, []).append(name)
    narrowest = _narrowest(words)
    found: list[SilentSender] = []
    told: set[FeedName] = set()
    for group in sorted(quiet, key=lambda one: (one.count(BETWEEN), one)):
        names = tuple(sorted(set(quiet[group]) - told))
        if _is_enough([missing[name] for name in names]):
            found.append(SilentSender(narrowest[group], words[group], names))
            told |= set(names)
    return found


def with_silent_senders(
    troubles: Sequence[Trouble], silent: Sequence[SilentSender], by_name: Mapping[FeedName, Estimate]
) -> list[Trouble]:
    """Return troubles with those of a silent sender's feeds folded into one; what has failed stays apart."""
    kept = list(troubles)
    for one in silent:
        mine = set(one.feeds)
        folded = [trouble for trouble in kept if _follows(trouble.root, mine, by_name)]
        kept = [trouble for trouble in kept if trouble not in folded]
        elsewhere = {name for trouble in kept for name in trouble.members}
        follow = {name for trouble in folded for name in trouble.members} - mine
        broken = {name for name in follow if by_name[name].trouble_at is not None}
        members = sorted((mine | follow) - broken - elsewhere, key=lambda name: (-_cost(by_name[name]), name))
        kept += [Trouble(name, (name,), _weight(by_name[name])) for name in sorted(broken - elsewhere)]
        if members:
            priority = sum(_cost(by_name[name]) for name in members)
            kept.append(Trouble(members[0], tuple(members), priority, one))
    return sorted(kept, key=lambda trouble: (-trouble.priority, trouble.root))


def _is_enough(some: Sequence[Estimate]) -> bool:
    """Return whether so many feeds without news speak for their sender, and one would be told of anyway."""
    names = {one.name for one in some}
    first = [one for one in some if not names & set(one.watched.feed.upstreams)]
    return len(first) >= SILENT_FEEDS and any(one.is_high or one.is_late for one in some)


def _follows(name: FeedName, mine: set[FeedName], by_name: Mapping[FeedName, Estimate]) -> bool:
    """Return whether a feed is one of those without news, or waits for one and has not failed itself."""
    one = by_name[name]
    return name in mine or (one.trouble_at is None and bool(mine & set(one.watched.feed.upstreams)))


def _speakers(heard: Iterable[Heard], names: Collection[FeedName]) -> dict[FeedName, list[str]]:
    """Return who speaks for each feed, the newest first: who told of it last, or not long before that."""
    of: dict[FeedName, list[Heard]] = {}
    for one in heard:
        if one.feed in names:
            of.setdefault(one.feed, []).append(one)
    found = {}
    for name, some in of.items():
        some.sort(key=lambda one: (one.at, one.sender), reverse=True)
        found[name] = [one.sender for one in some if some[0].at - one.at <= _BESIDE]
    return found


def _quiet_groups(
    speakers: Sequence[str], one: Estimate, words: Mapping[str, datetime], now: datetime
) -> list[str]:
    """Return the groups of a feed's newest sender that told nothing since news of it was due.

    Whoever else speaks for the feed has to be silent too: with one that lives, the feed itself is late.
    """
    if not speakers or one.news_due_at is None:
        return []
    until = min(one.news_due_at + REPORTED_LATE, now - _SILENT_FOR)
    return [
        group
        for group in groups_of(speakers[0])
        if words[group] <= until
        and all(words[other] <= until for other in speakers[1:] if group not in groups_of(other))
    ]


def _narrowest(groups: Collection[str]) -> dict[str, str]:
    """Return for each group the narrowest that is the same senders: a key that one sender uses is that."""
    inside: dict[str, list[str]] = {}
    for group in groups:
        inside.setdefault(group.rpartition(BETWEEN)[0], []).append(group)
    found = {}
    for group in groups:
        here = group
        while len(inside.get(here, ())) == 1:
            here = inside[here][0]
        found[group] = here
    return found


def _cost(one: Estimate) -> float:
    return COST_OF_A_MISS[one.watched.feed.criticality]


def _weight(one: Estimate) -> float:
    return one.prediction.probability * _cost(one)
