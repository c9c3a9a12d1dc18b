"""What speaks against a restart, a release or any other act now; and whose feeds there are.

Nobody can say that an act is safe. What is known against it is listed, and who asks decides.
"""

from collections.abc import Sequence

from bot.cards.model import Card, Link, Section, Table, Tone
from bot.cards.text import literal, md, quote
from bot.commands.feeds_asked_for import KnownFeed
from bot.presenters.alerts import moment
from bot.turn import Turn
from domain.counting import counted, in_series
from domain.investigation.incidents import IncidentKind
from domain.remediation.fixes import FixState
from domain.watch.feed_health import FeedHealth, Light

_LISTED = 8
_UNDER_WAY = (FixState.APPROVED, FixState.RUNNING, FixState.UNKNOWN)


def tell_before_acting(turn: Turn, healths: Sequence[FeedHealth], feeds: Sequence[str]) -> None:
    """Say what is frozen, open, under way and in trouble.

    Args:
        feeds: Those that the question names; without any, all count.
    """
    freeze = turn.uow.guards.freeze()
    near = [one for one in healths if not feeds or one.name in feeds]
    running = [
        md("**{feed}**, since {at}", feed=one.name, at=moment(one.running_since, one.zone, turn.now))
        for one in near
        if one.running_since is not None
    ]
    troubles = [
        md("**{feed}**: {why}", feed=one.name, why=one.why)
        for one in near
        if one.state in (Light.RED, Light.YELLOW)
    ]
    incidents = [
        md("`{id}` {title}", id=one.id, title=one.title)
        for one in turn.uow.incidents.every_open()
        if one.kind is IncidentKind.INCIDENT
    ]
    plans = [
        md("`{id}` {what}: {state}", id=one.id, what=one.title or one.subject_name,
           state=one.state.value.replace("_", " "))
        for one in turn.uow.fixes.every_open()
        if one.state in _UNDER_WAY
    ]  # fmt: skip
    told = [
        (f"{counted(len(incidents), 'incident')} open", incidents),
        (f"{counted(len(plans), 'plan')} under way", plans),
        (f"{counted(len(running), 'run')} under way", running),
        (f"{counted(len(troubles), 'feed')} in trouble or at risk", troubles),
    ]
    frozen = (
        md("**Frozen** since {at} UTC: {why}.", at=f"{freeze.at:%d %b %H:%M}", why=freeze.reason.rstrip("."))
        if freeze
        else "Nothing is frozen."
    )
    against = [heading for heading, lines in told if lines]
    rest = (
        md("Against an act now: {what}.", what=in_series(against)) if against else "I know of nothing else."
    )
    lead = f"{frozen} {rest} Whether it is safe is yours to judge."
    turn.say(
        Card(
            title="Before you act",
            lead=lead,
            tone=Tone.WARNING if freeze or incidents else Tone.CALM,
            sections=tuple(
                Section(heading=heading, text="\n".join(f"• {line}" for line in _first(lines)))
                for heading, lines in told
                if lines
            ),
            plain=literal(lead),
        )
    )


def teams_card(feeds: Sequence[KnownFeed], unknown: str) -> Card:
    """Return every team with its feeds.

    Args:
        unknown: A team that was asked about and that owns none; empty without one.
    """
    teams: dict[str, list[KnownFeed]] = {}
    for one in feeds:
        teams.setdefault(one.team, []).append(one)
    nobody = len(teams.pop("", []))
    said = f"{counted(len(teams), 'team owns', 'teams own')} feeds."
    if unknown:
        said = md("I know no team *{name}*. ", name=unknown[:60]) + said
    if nobody:
        said += f" {counted(nobody, 'feed has', 'feeds have')} no owner."
    rows = tuple(
        (f"**{quote(team)}**", str(len(mine)), str(sum(map(_is_bad, mine))))
        for team, mine in sorted(teams.items(), key=lambda each: (-len(each[1]), each[0]))
    )
    return Card(
        title="Teams",
        lead=said,
        table=Table(columns=("Team", "Feeds", "In trouble or at risk"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{literal(said)} {', '.join(sorted(teams))}",
    )


def _is_bad(one: KnownFeed) -> bool:
    return one.health is not None and one.health.state in (Light.RED, Light.YELLOW)


def _first(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return [*lines[:_LISTED], *more]
