"""Feeds beside each other: a column a feed, and the figure first that was asked for."""

import statistics
from collections.abc import Callable, Sequence

from bot.cards.model import Card, Table
from bot.cards.text import literal, md, quote
from bot.comparison import Measure
from bot.presenters.alerts import moment
from domain.clock.day_words import Window
from domain.counting import counted
from domain.watch.feed_health import FeedPage, RunPoint

_NEWEST = 30
_WHOLE = ("ok", "late")
_BAD = ("failed", "partial")


def feeds_beside_card(
    pages: Sequence[FeedPage], window: Window | None, measures: Sequence[Measure], unseen: Sequence[str]
) -> Card:
    """Return feeds beside each other, by their runs of a span or their newest ones.

    Args:
        measures: What is asked of them; the first line answers these.
        unseen: Feeds of which nothing is known.
    """
    of_each = [_of_span(page, window) for page in pages]
    when = window.words if window is not None else f"in their newest {_NEWEST} runs"
    said = [_FIRST[one](pages, of_each, when) for one in measures if one in _FIRST]
    said += [md("Of **{feed}** I know no runs.", feed=name) for name in unseen]
    rows = [
        ("State", *(quote(page.health.state.words) for page in pages)),
        ("Owner", *(quote(page.health.team or "nobody yet") for page in pages)),
        ("Matters", *(quote(page.health.impact or page.health.criticality) for page in pages)),
        ("Trouble within 1 h", *(f"{page.health.probability:.0%}" for page in pages)),
        ("Due", *(quote(moment(page.health.next_due, page.health.zone)) for page in pages)),
        ("Last run", *(_last(page) for page in pages)),
        ("Minutes, in the middle", *(_middle(_minutes(some), "{:.1f}") for some in of_each)),
        ("Rows, in the middle", *(_middle(_rows(some), "{:,.0f}") for some in of_each)),
        ("Failed", *(f"{_failed(some)} of {len(some)}" for some in of_each)),
    ]
    title = " beside ".join(page.health.name for page in pages)[:150]
    lead = "\n".join(said)
    return Card(
        title=title,
        lead=lead,
        table=Table(columns=("What", *(page.health.name for page in pages)), rows=tuple(rows)),
        footer=f"Minutes, rows and failures {when}.",
        plain=f"{title}: {literal(lead)}",
    )


def _of_span(page: FeedPage, window: Window | None) -> list[RunPoint]:
    if window is None:
        return list(page.runs[-_NEWEST:])
    return [run for run in page.runs if run.at is not None and window.since <= run.at < window.until]


def _minutes(runs: Sequence[RunPoint]) -> list[float]:
    return [run.minutes for run in runs if run.outcome in _WHOLE and run.minutes is not None]


def _rows(runs: Sequence[RunPoint]) -> list[float]:
    return [run.rows for run in runs if run.outcome in _WHOLE and run.rows is not None]


def _failed(runs: Sequence[RunPoint]) -> int:
    return sum(run.outcome in _BAD for run in runs)


def _middle(values: Sequence[float], form: str) -> str:
    return form.format(statistics.median(values)) if values else "unknown"


def _last(page: FeedPage) -> str:
    last = page.health.last_run
    return quote(f"{last.outcome}, {moment(last.at, page.health.zone)}") if last is not None else "none"


def _most(
    values: Callable[[Sequence[RunPoint]], Sequence[float]], unit: str, form: str, how: str
) -> Callable[[Sequence[FeedPage], Sequence[Sequence[RunPoint]], str], str]:
    """Return what names the feed with the most of something, of its good runs in the middle."""

    def first(pages: Sequence[FeedPage], of_each: Sequence[Sequence[RunPoint]], when: str) -> str:
        both = [(page.health.name, values(runs)) for page, runs in zip(pages, of_each, strict=True)]
        middles = [(statistics.median(some), name) for name, some in both if some]
        if len(middles) < 2:
            return f"Too few good runs {when} to say which is {how}."
        (most, name), *others = sorted(middles, reverse=True)
        if others[0][0] == most:
            return f"None is {how}: {form.format(most)} {unit} in the middle."
        rest = ", ".join(
            md("**{name}** {value}", name=one, value=form.format(value)) for value, one in others
        )
        told = md("**{name}** is {how}: {value} {unit} in the middle; ", name=name, how=how, unit=unit,
                  value=form.format(most))  # fmt: skip
        return f"{told}{rest}."

    return first


def _worst(pages: Sequence[FeedPage], of_each: Sequence[Sequence[RunPoint]], when: str) -> str:
    names = [page.health.name for page in pages]
    counts = [(_failed(some), name, len(some)) for name, some in zip(names, of_each, strict=True)]
    (most, name, of), *others = sorted(counts, reverse=True)
    rest = ", ".join(md("**{name}** {n}", name=one, n=f"{n} of {all_}") for n, one, all_ in others)
    if others[0][0] == most:
        return f"None failed more often: {counted(most, 'failure')} each."
    told = md("**{name}** failed most often: {n} of {of} runs; ", name=name, n=str(most), of=str(of))
    return f"{told}{rest}."


_FIRST = {
    Measure.MINUTES: _most(_minutes, "minutes", "{:.1f}", "slower"),
    Measure.ROWS: _most(_rows, "rows", "{:,.0f}", "larger"),
    Measure.FAILED: _worst,
}
