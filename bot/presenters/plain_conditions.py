"""How the feeds are listed that meet what a question asks of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards.model import Card, Link, Table
from bot.cards.text import literal, md, quote
from bot.feed_conditions import Conditions, Trait
from bot.question_kinds import Question
from domain.counting import counted, in_series

_LINES = 15
_A_MOMENT = timedelta(minutes=5)
"""Between a question and its answer: a span that ends in it still goes on."""
_LACKS = {
    Trait.UPSTREAM: "reads no other feed",
    Trait.READER: "read by no other feed",
    Trait.RUN: "no run yet",
    Trait.DEADLINE: "no promised time",
}
_HINTS = {
    Trait.OWNER: "`config NAME edit` names one, or a first configuration does: drop a sample file.",
    Trait.DEADLINE: "They count as late by what is usual of them. `config NAME edit` says when readers"
    " need them.",
    Trait.SCHEDULE: "Without one nothing of them is late; a calendar is read off runs, or configured.",
    Trait.CONFIGURATION: "They are known by their runs alone. Drop a sample file of one to configure it.",
}


def conditions_card(
    found: Sequence[tuple[str, str, str, str]],
    known: int,
    asked: Question,
    teams: Sequence[str],
    now: datetime,
) -> Card:
    """Return which feeds meet what is asked.

    Args:
        found: Name, state, owner and the fact that shows it, of each.
        known: How many feeds there are.
        teams: Of the one who asks.
    """
    what = in_words(asked, teams, now)
    title = f"Feeds: {what}"
    if asked.only.is_mine and not teams:
        said = "You are in no team that I know of, so no feed is yours. `whoami` says what I know of you."
        return Card(title=title, lead=said, plain=literal(said))
    count, every = str(len(found) or "none"), counted(known, "feed")
    said = md("{what}: {count} of {every}.", what=what[:1].upper() + what[1:], count=count, every=every)
    more = f" The first {_LINES} are shown." if len(found) > _LINES else ""
    hint = _HINTS.get(asked.only.lacks, "") if found and asked.only.lacks else ""
    rows = tuple(
        (f"**{quote(name)}**", state, quote(team), quote(fact)) for name, state, team, fact in found[:_LINES]
    )
    return Card(
        title=title,
        lead=" ".join(part for part in (said + more, hint) if part),
        table=Table(columns=("Feed", "State", "Owner", _column(asked.only)), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{literal(said)} {', '.join(one[0] for one in found[:_LINES])}",
    )


def in_words(asked: Question, teams: Sequence[str], now: datetime) -> str:
    """Return what is asked of the feeds, as it stands before a number."""
    only, when = asked.only, asked.window.words if asked.window else ""
    if asked.window is not None and asked.window.until < now - _A_MOMENT:
        when += " or since"  # of each feed only the last run is looked at
    parts = [
        _LACKS.get(only.lacks, f"no {only.lacks}") if only.lacks else "",
        f"with {only.has}" if only.has else "",
        only.rhythm,
        {"high": "critical or high"}.get(only.criticality, only.criticality),
        f"using {only.uses}" if only.uses else "",
        f"yours ({in_series(list(teams))})" if only.is_mine and teams else "yours" if only.is_mine else "",
        f"of {asked.team}" if asked.team else "",
        "running now" if only.is_running else "",
        f"no run {when}" if only.has_not_run else "",
        f"run {when}" if only.has_run else "",
        f"due {only.due.words}" if only.due else "",
        asked.wanted.value,
    ]
    return ", ".join(part for part in parts if part)


def _column(only: Conditions) -> str:
    if only.due is not None:
        return "Due"
    if only.has_not_run or only.has_run or only.is_running or only.lacks is Trait.RUN:
        return "Run"
    if only.rhythm or only.has is Trait.SCHEDULE:
        return "Schedule"
    return "Uses" if only.uses else "Promised" if only.has is Trait.DEADLINE else "Matters"
