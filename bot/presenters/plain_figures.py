"""How a figure of many runs is told: the slowest of a span, the fewest rows, how long on average."""

import statistics
from collections.abc import Sequence

from bot.cards.model import Card, Link, Table
from bot.cards.text import literal, md, quote
from bot.figures_asked import End, Figure, Of
from bot.presenters.alerts import moment
from bot.question_kinds import Question
from bot.weekdays import by_weekday
from domain.counting import counted
from domain.watch.feed_health import FeedHealth, FeedPage, RunPoint

_LINES = 5
_FEEDS = 12
_WHOLE = frozenset({"ok", "late"})
"""Runs that came to their end: one that failed was fast, and brought few rows, for another reason."""
_CALLED = {
    (Of.MINUTES, End.MOST): "slowest",
    (Of.MINUTES, End.LEAST): "fastest",
    (Of.ROWS, End.MOST): "largest",
    (Of.ROWS, End.LEAST): "smallest",
}


def figures_of_feeds_card(healths: Sequence[FeedHealth], asked: Question, figure: Figure) -> Card:
    """Return which feeds have the most or the least of a figure, by the last good run of each."""
    window, unit = asked.window, "minutes" if figure.of is Of.MINUTES else "rows"
    known = [
        (one, value)
        for one in healths
        if asked.team in ("", one.team)
        and (run := one.last_run) is not None
        and run.outcome in _WHOLE
        and (window is None or (run.at is not None and window.since <= run.at < window.until))
        and (value := _value(run, figure)) is not None
    ]
    most = figure.end is End.MOST
    found = sorted(known, key=lambda pair: (-pair[1] if most else pair[1], pair[0].name))
    if (bound := figure.beyond) is not None:
        found = [pair for pair in found if (pair[1] > bound if most else pair[1] < bound)]
        said = (
            f"{counted(len(found), 'feed') if found else 'No feed'} had {'more' if most else 'fewer'} than "
        )
        said += f"{bound:,.0f} {unit} in the last run"
    else:
        said = f"The {_CALLED[figure.of, figure.end]} by the last run"
    said += f" {window.words}" if window else ""
    said += f", of {counted(len(known), 'feed')} whose last run ended well and says it."
    none = f"No feed has a last run{f' {window.words}' if window else ''} that ended well"
    shown = found[:_FEEDS]
    said += f" {len(shown)} are shown." if len(found) > len(shown) else ""
    rows = tuple(
        (
            f"**{quote(one.name)}**",
            f"{value:,.1f}" if unit == "minutes" else f"{value:,.0f}",
            moment(one.last_run.at, one.zone, one.measured_at) if one.last_run else "",
            quote(one.team),
        )
        for one, value in shown
    )
    return Card(
        title=f"Feeds by {unit}",
        lead=said if known else f"{none} and says how many {unit} it had.",
        table=Table(columns=("Feed", unit.capitalize(), "Last run", "Owner"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=literal(f"{said} {', '.join(one.name for one, _ in shown)}"),
    )


def figures_card(page: FeedPage, asked: Question, figure: Figure) -> Card:
    """Return what is asked of a feed's good runs, in the span that was named, else of the newest."""
    one, window = page.health, asked.window
    of_time = [
        run for run in page.runs if window is None or (run.at and window.since <= run.at < window.until)
    ]
    of_time, _ = by_weekday(of_time, asked.weekdays, one.zone)
    good = [run for run in of_time if run.outcome in _WHOLE and _value(run, figure) is not None]
    if not good:
        when = f" {window.words}" if window else ""
        told = counted(len(of_time), "run")
        unit = "how long it took" if figure.of is Of.MINUTES else "how many rows it had"
        said = md("**{name}**: ", name=one.name)
        said += f"of {told}{when} none came to a good end and says {unit}." if of_time else (
            f"I know of no run{when}."
        )  # fmt: skip
        return _card(one.name, said, None)
    good.sort(key=lambda run: _value(run, figure) or 0.0, reverse=figure.end is not End.LEAST)
    when = f" {window.words}" if window else f", the newest since {_since(good, page)}"
    values = [_value(run, figure) or 0.0 for run in good]
    middle, least, most = (
        _told(value, figure) for value in (statistics.fmean(values), min(values), max(values))
    )
    of_them = f"of {counted(len(good), 'good run')}{when}"
    if figure.end is End.MIDDLE:
        verb = "takes" if figure.of is Of.MINUTES else "brings"
        said = md("**{name}** ", name=one.name)
        said += f"{verb} {middle} on average, {least} to {most}: {of_them}."
        return _card(one.name, said, None)
    verb = "took" if figure.of is Of.MINUTES else "had"
    said = md("The {called} run of **{name}** ", called=_CALLED[(figure.of, figure.end)], name=one.name)
    said += f"{verb} {_told(values[0], figure)}, {moment(good[0].at, one.zone, one.measured_at)}."
    said += f" The average {of_them} is {middle}."
    return _card(one.name, said, _table(good[:_LINES], page))


def _value(run: RunPoint, figure: Figure) -> float | None:
    if figure.of is Of.MINUTES:
        return run.minutes
    return None if run.rows is None else float(run.rows)


def _told(value: float, figure: Figure) -> str:
    if figure.of is Of.ROWS:
        return counted(round(value), "row")
    return f"{value:.1f} minutes"


def _since(runs: Sequence[RunPoint], page: FeedPage) -> str:
    return moment(
        min(run.at for run in runs if run.at is not None), page.health.zone, page.health.measured_at
    )


def _table(runs: Sequence[RunPoint], page: FeedPage) -> Table:
    rows = tuple(
        (
            moment(run.at, page.health.zone, page.health.measured_at),
            run.outcome,
            "" if run.minutes is None else f"{run.minutes:.1f}",
            "" if run.rows is None else f"{run.rows:,}",
        )
        for run in runs
    )
    return Table(columns=("When", "Outcome", "Minutes", "Rows"), rows=rows)


def _card(name: str, said: str, table: Table | None) -> Card:
    return Card(
        title=f"Runs of {name}",
        lead=said,
        table=table,
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{name}"),),
        plain=literal(said),
    )
