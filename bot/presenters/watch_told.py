"""How it reads which feeds are in shadow, what is held back, and which model answers."""

from collections.abc import Sequence

from bot.cards.model import Card, Fact, Link, Section, Table
from bot.cards.text import literal, md, quote, told
from bot.presenters.alerts import moment
from domain.approval.approvals import ApprovalRequest
from domain.counting import counted
from domain.data_quality.discrepancies import Discrepancy
from domain.watch.feed_health import FeedHealth, LogEntry, ScorecardView

_LINES = 15
_LOGGED = 6
_OF_MODELS = frozenset({"model", "serving", "drift", "trust", "training"})
_SHADOW = "In shadow a feed's alerts are counted and told to nobody, until enough of them were right."
_SCORECARD = Link(label="Scorecard and promotion log", target="/dashboard/scorecard")


def shadow_card(healths: Sequence[FeedHealth]) -> Card:
    """Return which of the watched feeds are in shadow."""
    silent = sorted((one for one in healths if one.is_shadow), key=lambda one: one.name)
    said = (
        f"{len(silent)} of {counted(len(healths), 'feed')} {'is' if len(silent) == 1 else 'are'} in shadow."
    )
    if not silent:
        said = (
            f"No feed is in shadow: people hear of all {len(healths)}." if healths else "No feed is watched."
        )
    rows = tuple(
        (f"**{quote(one.name)}**", quote(one.team), f"{one.threshold:.0%}", one.state.words)
        for one in silent[:_LINES]
    )
    more = f" The first {_LINES} are shown." if len(silent) > _LINES else ""
    columns = ("Feed", "Owner", "Alerts from", "State")
    return Card(
        title="Feeds in shadow",
        lead=f"{said} {_SHADOW}{more}",
        table=Table(columns=columns, rows=rows) if rows else None,
        links=(_SCORECARD,),
        plain=f"{said} {', '.join(one.name for one in silent[:_LINES])}",
    )


def feed_in_shadow_card(one: FeedHealth, log: Sequence[LogEntry]) -> Card:
    """Return whether people hear of a feed, and since when that is so where the log still says it."""
    if one.is_shadow:
        said = md("Yes, **{feed}** is in shadow. ", feed=one.name) + _SHADOW
    else:
        said = md(
            "No, people hear of **{feed}**, from {level} on.", feed=one.name, level=f"{one.threshold:.0%}"
        )
    line = next((line for line in log if line.kind == "feed" and line.subject == one.name), None)
    if line is not None:
        said += f" {moment(line.at)}: {told(line.sentence)}"
    return Card(title=f"Is {one.name} in shadow?", lead=said, links=(_SCORECARD,), plain=literal(said))


def held_card(requests: Sequence[ApprovalRequest], feeds: Sequence[str]) -> Card:
    """Return what is held back and until when it may be decided."""
    whose = f" of {', '.join(feeds)}" if feeds else ""
    if not requests:
        said = f"Nothing{whose} is held back."
        return Card(title="Held back", lead=quote(said), plain=said)
    waits = counted(len(requests), "question waits", "questions wait")
    rows = tuple((f"**{quote(one.title)}**", moment(one.expires_at)) for one in requests[:_LINES])
    more = f" The first {_LINES} are shown." if len(requests) > _LINES else ""
    said = f"{waits} for a yes{whose}. What nobody decides about in time stays out."
    return Card(
        title="Held back",
        lead=quote(said) + more,
        table=Table(columns=("Waits", "Until"), rows=rows),
        plain=f"{said} {'; '.join(one.title for one in requests[:_LINES])}",
    )


def differing_card(found: Sequence[Discrepancy]) -> Card:
    """Return which feeds differ from their source more than usual, the longest first."""
    title = "Feeds that differ from their source"
    if not found:
        said = "No feed differs from its source more than usual, of those that are compared with it."
        return Card(title=title, lead=said + " `reconcile NAME` compares one now.", plain=said)
    rows = tuple(
        (
            f"**{quote(one.feed)}**",
            quote(one.worst.business_date),
            f"{sum(kind.rows for kind in one.worst.mismatches):,}",
            moment(one.opened_at),
        )
        for one in found[:_LINES]
    )
    more = f" The first {_LINES} are shown." if len(found) > _LINES else ""
    said = f"{counted(len(found), 'feed differs', 'feeds differ')} from the source more than usual.{more}"
    return Card(
        title=title,
        lead=said,
        table=Table(columns=("Feed", "Worst day", "Rows that differ", "Told"), rows=rows),
        plain=f"{said} {', '.join(one.feed for one in found[:_LINES])}",
    )


def model_card(card: ScorecardView, feeds: Sequence[FeedHealth] = ()) -> Card:
    """Return which model answers, also about feeds that are named, and what became of the last trainings."""
    said = md("`{model}` answers.", model=card.model) if card.model else (
        "No model answers yet, but a rule on elapsed time."
    )  # fmt: skip
    said += (
        " It tells the chance of trouble of every feed: none has a model of its own. When a run ends comes"
        " from the feed's own usual durations, stretched by what is seen now."
    )
    for one in feeds:
        said += md(
            " Of **{feed}** it now says {chance} within an hour; alerts from {level}.",
            feed=one.name,
            chance=f"{one.probability:.0%}",
            level=f"{one.threshold:.0%}",
        )
    said += " Trainings come by themselves: daily, after an import, and when estimates no longer come true."
    lines = [line for line in card.log if line.kind in _OF_MODELS][:_LOGGED]
    text = "\n".join(f"{moment(line.at)}: {told(line.sentence)}" for line in lines)
    facts = (Fact(label="Estimates judged since", value=moment(card.since)),) if card.since else ()
    return Card(
        title="The model",
        lead=said,
        facts=facts,
        sections=(Section(heading="Lately", text=text),) if lines else (),
        links=(_SCORECARD,),
        plain=literal(said),
    )
