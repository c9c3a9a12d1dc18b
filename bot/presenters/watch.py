"""How feeds under watch read: one feed, and what is likely to fail."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Picture, Section, Table, Tone
from bot.cards.text import literal, md, quote, told
from bot.presenters.alerts import moment
from bot.turn import button
from domain.clock.wall_clock import clock_in, local
from domain.configuration.changes import FeedEntry
from domain.counting import counted, lasting
from domain.ports.feed_health import A_FEW_HOURS
from domain.watch.feed_health import FeedHealth, FeedPage, Light, TimelineEntry

_TONES = {
    Light.RED: Tone.DANGER,
    Light.YELLOW: Tone.WARNING,
    Light.GREEN: Tone.GOOD,
    Light.GREY: Tone.CALM,
}
_LINES = 15


def feed_card(page: FeedPage, entry: FeedEntry | None, picture: str) -> Card:
    """Return the card of one feed; `entry` is what is configured of it."""
    one = page.health
    verb = "has" if one.state is Light.GREY else "is"
    state = one.state.words
    lead = md("**{name}** {verb} **{state}**: {why}.", name=one.name, verb=verb, state=state, why=one.why)
    sections = []
    if one.reasons:
        why = told("; ".join(one.reasons))
        sections.append(Section(heading="What moves the estimate", text=f"{why[:1].upper()}{why[1:]}."))
    lineage = _lineage(page)
    if lineage:
        sections.append(Section(heading="Lineage", text=lineage))
    alternative = f"Runs of {one.name}: {_runs_in_words(page)}"
    return Card(
        title=one.name,
        tone=_TONES[one.state],
        lead=lead,
        facts=tuple(_facts(page, entry)),
        sections=tuple(sections),
        picture=Picture(path=picture, alternative=alternative) if picture else None,
        actions=_actions(one, entry),
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{one.name}"),),
        plain=f"{literal(lead)} {alternative}."
        + (f" Within the hour: {one.probability:.0%}." if one.state is not Light.GREY else ""),
    )


def _facts(page: FeedPage, entry: FeedEntry | None) -> list[Fact]:
    one = page.health
    facts = [
        Fact(label="Owner", value=quote(one.team or "nobody yet")),
        Fact(label="Matters", value=quote(one.impact or one.criticality)),
    ]
    if one.state is not Light.GREY:
        level = f"{one.probability:.0%}, alerts from {one.threshold:.0%}"
        facts.append(Fact(label="Trouble within 1 h", value=level))
        facts.append(Fact(label="Due", value=moment(one.next_due, one.zone) or "not within a day"))
    if one.finish_early and one.finish_late and one.last_run is not None:
        facts.append(
            Fact(
                label="Finishes (80%)",
                value=f"{local(one.zone, one.finish_early):%H:%M} to {clock_in(one.zone, one.finish_late)}",
            )
        )
    if one.last_run is not None:
        when = moment(one.last_run.at, one.zone, one.measured_at)
        facts.append(Fact(label="Last run", value=quote(f"{one.last_run.outcome}, {when}")))
    if page.quality:
        facts.append(Fact(label="Quality", value=f"{page.quality[-1].overall:.0f} of 100"))
    if one.is_shadow:
        facts.append(Fact(label="Alerts", value="in shadow: counted, told to nobody yet"))
    if entry is not None:
        facts.append(Fact(label="Configuration", value=md("`{sha}`", sha=entry.commit[:10])))
    return facts


def _lineage(page: FeedPage) -> str:
    parts = []
    for word, some in (("reads from", page.upstreams), ("is read by", page.downstreams)):
        if some:
            named = ", ".join(f"{quote(one.name)} ({one.state.words})" for one in some[:_LINES])
            parts.append(f"{word} {named}")
    return "; ".join(parts)


def _runs_in_words(page: FeedPage) -> str:
    bad = sum(run.outcome in {"failed", "late", "partial"} for run in page.runs)
    band = page.duration_band
    usual = f", usually {band.low:.0f} to {band.high:.0f} min" if band else ""
    return f"{counted(len(page.runs), 'run')}, {bad} in trouble{usual}"


def _actions(one: FeedHealth, entry: FeedEntry | None) -> tuple[Action, ...]:
    actions = [button("incident.open", "Open incident", f"feed/{one.name}")]
    if entry is not None:
        actions += [
            button("feed.config", "Configuration", feed=one.name),
            button("feed.history", "History", feed=one.name),
            Action(
                verb="feed.revert",
                label="Revert the last change",
                arguments={"feed": one.name, "commit": entry.commit},
                style=ActionStyle.DANGER,
                confirm=f"Ask the approvers to bring back the former configuration of {one.name}?",
            ),
        ]
    return tuple(actions)


def likely_card(
    timeline: Sequence[TimelineEntry],
    now: datetime,
    picture: str = "",
    ahead: timedelta | None = None,
    *,
    beyond: str = "",
) -> Card:
    """Return what is likely to fail, in order of time.

    Args:
        ahead: The span that was asked for, None for the usual one.
        beyond: A day that was asked for and that is later than any estimate.
    """
    reach = lasting(A_FEW_HOURS.total_seconds() / 60)
    not_yet = (
        md("My estimates reach {reach} ahead, not to *{day}*. ", reach=reach, day=beyond) if beyond else ""
    )
    span = f"in the next {lasting(ahead.total_seconds() / 60)}" if ahead else "in the next hours"
    if not timeline:
        text = f"{not_yet}Nothing speaks for trouble {span}."
        tone = Tone.CALM if beyond else Tone.GOOD
        return Card(title="What will break", tone=tone, lead=text, plain=literal(text))
    rows = tuple(
        (
            "now" if entry.at <= now else clock_in(entry.zone, entry.at),
            f"**{quote(entry.feed)}**",
            f"{entry.probability:.0%}",
            quote(entry.impact or entry.criticality),
            quote(entry.reasons[0]) if entry.reasons else entry.state.words,
        )
        for entry in timeline[:_LINES]
    )
    more = f" The first {_LINES} of {len(timeline)} are shown." if len(timeline) > _LINES else ""
    return Card(
        title="What will break",
        tone=Tone.WARNING,
        lead=f"{not_yet}{counted(len(timeline), 'feed')} may fail or be late {span}.{more}",
        table=Table(columns=("Late from", "Feed", "Within 1 h", "Matters", "Why"), rows=rows),
        picture=Picture(path=picture, alternative=_ahead_in_words(timeline, now)) if picture else None,
        links=(Link(label="The timeline", target="/dashboard"),),
        plain=f"{literal(not_yet)}Likely to fail: "
        + ", ".join(f"{e.feed} ({e.probability:.0%})" for e in timeline[:_LINES]),
    )


def _ahead_in_words(timeline: Sequence[TimelineEntry], now: datetime) -> str:
    first = [(entry.feed, "now" if entry.at <= now else _at(entry)) for entry in timeline[:5]]
    told = ", ".join(f"{feed} {when}" for feed, when in first)
    more = f" and {len(timeline) - 5} more" if len(timeline) > 5 else ""
    return f"The next hours: {told}{more}"


def _at(entry: TimelineEntry) -> str:
    return f"at {clock_in(entry.zone, entry.at)}"
