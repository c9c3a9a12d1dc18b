"""The lines of the promotion log: which feeds people hear of from now on, from which estimates, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from domain.ids import FeedName
from domain.watch.feed_health import LogEntry
from domain.watch.watching import Threshold, WatchedFeed

_NAMED = 3
_SAME_LEVEL = 0.0005


def promotions(
    before: Mapping[FeedName, WatchedFeed], after: Sequence[Threshold], now: datetime
) -> Iterator[LogEntry]:
    """Yield one line per feed that entered or left shadow, and one per team whose levels moved."""
    moved: dict[str, list[tuple[float, Threshold]]] = {}
    for one in after:
        was = before.get(one.feed)
        if was is None:
            continue
        if was.speaks != one.speaks:
            yield LogEntry(at=now, kind="feed", subject=one.feed, sentence=_spoken(one))
        if abs(was.threshold - one.level) > _SAME_LEVEL:
            moved.setdefault(one.team, []).append((was.threshold, one))
    for team, some in sorted(moved.items()):
        yield LogEntry(at=now, kind="level", subject=team or "no team", sentence=_moved(team, some))


def _spoken(one: Threshold) -> str:
    """Return in words that a feed moved between shadow and speech, with the counts that moved it."""
    moved = "from shadow to people" if one.speaks else "from people back to shadow"
    owner = f" of {one.team}" if one.team else ""
    pooled = f"with those of all feeds that counts as {one.share:.0%}"
    return f"{one.feed}{owner} moved {moved}, from {one.level:.1%} on: {counts_in_words(one)}; {pooled}."


def silenced(before: Mapping[FeedName, WatchedFeed], after: Sequence[Threshold]) -> list[Threshold]:
    """Return the feeds of which people were told, and are not from now on."""
    return [one for one in after if not one.speaks and (was := before.get(one.feed)) and was.speaks]


def counts_in_words(one: Threshold) -> str:
    """Return in words how many of a feed's alerts were right."""
    if not one.alerts:
        return "no alert of its own reached that level"
    tested, right = one.alerts - one.live_alerts, one.true - one.live_true
    counts = f"{one.true} of its {one.alerts} alerts were right"
    if one.live_alerts and tested:
        counts += f" ({one.live_true} of {one.live_alerts} real ones, {right} of {tested} in the backtest)"
    elif one.live_alerts:
        counts += ", all of them real ones"
    return counts


def _moved(team: str, some: Sequence[tuple[float, Threshold]]) -> str:
    """Return in words how the levels of a team moved."""
    ordered = sorted(some, key=lambda pair: (-abs(pair[1].level - pair[0]), pair[1].feed))
    named = ", ".join(f"{one.feed} from {was:.1%} to {one.level:.1%}" for was, one in ordered[:_NAMED])
    more = len(ordered) - _NAMED
    rest = f" and {more} more" if more > 0 else ""
    whose = team or "feeds without a team"
    return f"Alert levels of {whose} moved: {named}{rest}. Why: {ordered[0][1].why}."
