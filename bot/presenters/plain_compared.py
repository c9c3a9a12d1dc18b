"""How two spans are told beside each other: failures of two weeks, a run and what is usual."""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bot.cards.model import Card, Link, Table
from bot.cards.text import literal, md, quote
from bot.comparison import Compared, Measure
from bot.presenters.alerts import moment
from domain.clock.day_words import Window
from domain.clock.wall_clock import clock_near
from domain.counting import counted
from domain.running.feed_troubles import FeedTroubles
from domain.watch.feed_health import FeedPage, RunPoint

_LINES = 12
_WHOLE = frozenset({"ok", "late"})
"""Runs that came to their end: one that failed was fast for another reason."""
_OUTCOMES = {
    Measure.FAILED: ("failed", "partial"),
    Measure.LATE: ("late",),
    Measure.TROUBLE: ("failed", "partial", "late"),
}
_CALLED = {
    Measure.FAILED: "failed run",
    Measure.LATE: "late run",
    Measure.TROUBLE: "late or failed run",
    Measure.ALERTS: "alert",
}
Counts = Mapping[str, int]


def counts_of(troubles: Sequence[FeedTroubles], measure: Measure, feeds: Sequence[str] = ()) -> Counts:
    """Return how often feeds had what is compared; of these feeds where some are named."""
    wanted = _OUTCOMES[measure]
    return {
        one.feed: number
        for one in troubles
        if (not feeds or one.feed in feeds)
        and (number := sum(one.counts.get(outcome, 0) for outcome in wanted))
    }


def compared_counts_card(asked: Compared, now: Counts, by_then: Counts, before: int) -> Card:
    """Return how many there were in two spans, and which feeds made the difference.

    Args:
        now: Of the later span, by feed.
        by_then: Of the part of the earlier span that lies as far from its beginning.
        before: Of the whole earlier span.
    """
    when, earlier = (span.words if span else "" for span in (asked.now, asked.before))
    noun, many, few = _CALLED[asked.of], sum(now.values()), sum(by_then.values())
    is_part = asked.by_then != asked.before
    until = " by the same time" if is_part else ""
    said = f"{_verdict(asked.way, many, few)}{counted(many, noun)} {when}, {few:,} "
    said += f"{earlier}{until}."
    said += f" In all there were {before:,} {earlier}." if is_part else ""
    changes = Counter(now)
    changes.subtract(by_then)
    order = sorted(changes, key=lambda name: (-abs(changes[name]), name))
    rows = tuple(
        (f"**{quote(name)}**", str(now.get(name, 0)), str(by_then.get(name, 0)))
        for name in [name for name in order if changes[name]][:_LINES]
    )
    columns = ("Feed", _begun(when), f"{_begun(earlier)}{until}")
    return Card(
        title=f"{noun.capitalize()}s {when}",
        lead=said,
        table=Table(columns=columns, rows=rows) if rows and len(now.keys() | by_then.keys()) > 1 else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=literal(said),
    )


def compared_runs_card(page: FeedPage, asked: Compared) -> Card:
    """Return how a feed's runs of a span are beside those of another span, or beside what is usual."""
    if asked.of is Measure.MINUTES:
        said = _runs_said(page, asked, lambda run: run.minutes, "minutes")
    else:
        said = _runs_said(page, asked, lambda run: None if run.rows is None else float(run.rows), "rows")
    name = page.health.name
    return Card(
        title=f"Runs of {name}",
        lead=said,
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{name}"),),
        plain=literal(said),
    )


def _runs_said(page: FeedPage, asked: Compared, value: Callable[[RunPoint], float | None], unit: str) -> str:
    name = page.health.name
    runs = [run for run in page.runs if run.outcome in _WHOLE and value(run) is not None]
    if asked.before is None:
        return _beside_usual(page, asked, runs, value, unit)
    values = [
        [number for run in runs if _is_in(run, span) and (number := value(run)) is not None]
        for span in (asked.now, asked.before)
    ]
    words = [span.words if span else "" for span in (asked.now, asked.before)]
    for some, when in zip(values, words, strict=True):
        if not some:
            return md(
                "**{name}**: I know of no good run {when}, so there is nothing to compare.",
                name=name,
                when=when,
            )
    now, before = (statistics.median(some) for some in values)
    said = _verdict(asked.way, *map(_rounded(unit), (now, before)))
    said += md(
        "**{name}** had {now} {unit} in the middle {when}",
        name=name,
        now=_number(now, unit),
        unit=unit,
        when=words[0],
    )
    said += f" ({counted(len(values[0]), 'run')}), {_number(before, unit)} {words[1]}"
    return f"{said} ({counted(len(values[1]), 'run')})."


def _beside_usual(
    page: FeedPage,
    asked: Compared,
    runs: Sequence[RunPoint],
    value: Callable[[RunPoint], float | None],
    unit: str,
) -> str:
    name, band = page.health.name, page.duration_band if unit == "minutes" else page.rows_band
    of_time = [run for run in runs if asked.now is None or _is_in(run, asked.now)]
    last = value(of_time[-1]) if of_time else None
    if last is None or band is None:
        return md("**{name}** has too few good runs to say what is usual.", name=name)
    beyond = 1 if last > band.high else -1 if last < band.low else 0
    verdict = "" if not asked.way else "Yes: " if beyond == asked.way else "No: "
    at = moment(of_time[-1].at, page.health.zone, page.health.measured_at)
    said = verdict + md(
        "**{name}** had {last} {unit} in its last good run", name=name, last=_number(last, unit), unit=unit
    )
    said += f", {at}; usual are {_number(band.low, unit)} to {_number(band.high, unit)}."
    one, until = page.health, asked.now.until if asked.now else page.health.measured_at
    if one.running_since is not None and until >= one.running_since:
        said += f" A run is under way since {clock_near(one.zone, one.running_since, one.measured_at)}."
    return said


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _is_in(run: RunPoint, span: Window | None) -> bool:
    return span is not None and run.at is not None and span.since <= run.at < span.until


def _rounded(unit: str) -> Callable[[float], float]:
    return lambda value: round(value, 1 if unit == "minutes" else 0)


def _number(value: float, unit: str) -> str:
    return f"{value:.1f}" if unit == "minutes" else f"{value:,.0f}"


def _verdict(way: int, now: float, before: float) -> str:
    """Return whether it is as somebody asked, who asked for one way; nothing for who asked for either."""
    if not way:
        return ""
    if now == before:
        return "No, the same: "
    return "Yes: " if (now > before) == (way > 0) else "No: "
