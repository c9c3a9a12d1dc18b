"""How plain questions about all feeds, about people and about changes are answered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.cards.model import Card, Link, Section, Table, Tone
from bot.cards.text import literal, md, quote
from bot.presenters.alerts import moment
from bot.presenters.plain_answers import of_all, on_call_words
from bot.question_kinds import Question, Wanted
from domain.counting import counted, in_series
from domain.identity.people import Person, Role
from domain.running.feed_troubles import FeedTroubles
from domain.running.runs import TROUBLE
from domain.watch.feed_health import FeedHealth, Light

_LINES = 12
_VERBS = {
    Wanted.FAILED: ("ended badly in the last run",) * 2 + ("did not end badly in its last run",),
    Wanted.DONE: ("ended well in the last run",) * 2 + ("did not end well in its last run",),
    Wanted.URGENT: (
        "is in trouble or may soon be",
        "are in trouble or may soon be",
        "is not late, has not failed and is not likely to",
    ),
}
"""What one of many feeds does, what several do, and what the only one does not."""
_OUTCOMES = {Wanted.LATE: ("late",), Wanted.FAILED: ("failed", "partial"), Wanted.DONE: ("ok", "late")}


def on_call_card(people: Sequence[Person]) -> Card:
    """Return who is on call."""
    said = (
        on_call_words(people).strip()
        or "Nobody has the role *on call*. An administrator gives it in the people's file."
    )
    return Card(title="Who is on call", lead=said, plain=literal(said))


def approvers_card(people: Sequence[Person]) -> Card:
    """Return who may approve, and what decides how many must."""
    names = [person.name for person in people if person.is_active and Role.APPROVER in person.roles]
    who = (
        md("Approvers: {who}.", who=in_series(names, most=12)) if names else "Nobody has the role *approver*."
    )
    said = f"{who} The policy says how many a request needs; its card names the rest."
    return Card(title="Who may approve", lead=said, plain=literal(said))


def which_card(
    healths: Sequence[FeedHealth],
    troubles: Sequence[FeedTroubles],
    asked: Question,
    now: datetime,
    ended: int | None = None,
) -> Card:
    """Return which feeds are, or were, as was asked; `ended` is how many runs there were of all feeds."""
    healths = [one for one in healths if asked.team in ("", one.team)]
    if asked.window is not None and asked.wanted in (Wanted.LATE, Wanted.FAILED):
        if asked.team or asked.only:
            troubles = [one for one in troubles if any(one.feed == h.name for h in healths)]
        by_name = {one.name: one for one in healths}
        if asked.by_team:
            return _which_teams(troubles, by_name, asked)
        return _which_were(troubles, by_name, asked, None if asked.team else ended)
    found = [one for one in healths if is_wanted(one, asked, now)]
    if asked.wanted is Wanted.GOOD:
        return _all_well(healths)
    if asked.wanted is Wanted.WORST:
        scored = [one for one in healths if one.quality is not None]
        found = sorted(scored, key=lambda one: one.quality or 0.0)[:_LINES]
    said = _how_many(len(found), len(healths), asked)
    if healths and not _is_any_live(healths) and asked.wanted not in (Wanted.ANY, Wanted.WORST, Wanted.GREY):
        said = _cannot_tell(healths)
    rows = tuple((f"**{quote(one.name)}**", one.state.words, quote(one.team), quote(_why(one, asked.wanted)))
                 for one in found[:_LINES])  # fmt: skip
    more = f" The {_LINES} most urgent are shown." if len(found) > _LINES else ""
    return Card(
        title=_heading(asked),
        lead=said + more,
        tone=_tone(found, healths, asked.wanted),
        table=Table(columns=("Feed", "State", "Owner", "Why"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{said} {', '.join(one.name for one in found[:_LINES])}",
    )


def _tone(found: Sequence[FeedHealth], healths: Sequence[FeedHealth], wanted: Wanted) -> Tone:
    """Return how serious a list is: only what looks for trouble is bad when it finds some, else good."""
    if wanted in (Wanted.ANY, Wanted.DONE, Wanted.WORST, Wanted.GREY):
        return Tone.CALM
    return Tone.WARNING if found else Tone.GOOD if _is_any_live(healths) else Tone.CALM


def _is_any_live(healths: Sequence[FeedHealth]) -> bool:
    return any(one.state is not Light.GREY for one in healths)


def is_wanted(one: FeedHealth, asked: Question, now: datetime) -> bool:
    """Return whether a feed is as a question wants it."""
    return asked.wanted is Wanted.ANY or _is(one, asked.wanted, now)


def _is(one: FeedHealth, wanted: Wanted, now: datetime) -> bool:
    if one.state is Light.GREY or wanted is Wanted.GREY:
        return one.state is Light.GREY and wanted is Wanted.GREY
    outcome = one.last_run.outcome if one.last_run else ""
    is_overdue = one.overdue_at is not None and one.overdue_at < now
    return {
        Wanted.URGENT: one.state is not Light.GREEN,
        Wanted.LATE: is_overdue or outcome == "late",
        Wanted.FAILED: outcome in ("failed", "partial"),
        Wanted.RED: one.state is Light.RED,
        Wanted.YELLOW: one.state is Light.YELLOW,
        Wanted.DONE: outcome == "ok",
    }.get(wanted, False)


def _why(one: FeedHealth, wanted: Wanted) -> str:
    return (
        f"scored {one.quality:.0f} of 100" if wanted is Wanted.WORST and one.quality is not None else one.why
    )


def _how_many(found: int, known: int, asked: Question) -> str:
    wanted, whose = asked.wanted, f" of {asked.team}" if asked.team else ""
    if wanted is Wanted.ANY:
        return f"{counted(found, 'feed')}, the most urgent first."
    if wanted is Wanted.WORST:
        return (
            "The lowest scores of the last deliveries."
            if found
            else "No delivery of any feed has been scored yet."
        )
    if not known:
        return md("No feed{whose} is under watch.", whose=whose)
    one, many, neither = _VERBS.get(wanted) or (
        f"is {wanted.value}", f"are {wanted.value}", f"is not {wanted.value}"
    )  # fmt: skip
    if known == 1:
        return md("The only feed{whose} {does}.", whose=whose, does=one if found else neither)
    first = "; the most urgent first" if found and wanted is Wanted.URGENT else ""
    does = many if found > 1 else one
    if wanted is Wanted.URGENT and not found:
        does = "is late, has failed or is likely to"
    return f"{found or 'None'} of {counted(known, 'feed')} {does}{first}."


def _heading(asked: Question) -> str:
    if asked.wanted is Wanted.ANY:
        return f"Feeds of {asked.team}"
    named = {Wanted.WORST: "The worst quality", Wanted.URGENT: "The most urgent feeds"}
    return named.get(asked.wanted, f"Feeds: {asked.wanted.value}")


def _all_well(healths: Sequence[FeedHealth]) -> Card:
    counts = {light: sum(one.state is light for one in healths) for light in Light}
    bad = [one for one in healths if one.state is Light.RED][:5]
    told = in_series([f"{count} {light.words}" for light, count in counts.items() if count])
    told = f"{told} of {counted(len(healths), 'feed')}"
    if len(healths) == 1:
        told = f"the only feed is {healths[0].state.words}"
    well = not counts[Light.RED] and not counts[Light.YELLOW]
    said = f"{'All is well' if well else 'Not all is well'}: {told}."
    if not _is_any_live(healths):
        said = _cannot_tell(healths)
    elif bad:
        said += md(" The most urgent: {names}.", names=in_series([one.name for one in bad]))
    return Card(
        title="How everything is", lead=said,
        tone=Tone.CALM if not _is_any_live(healths) else Tone.GOOD if well else Tone.WARNING,
        links=(Link(label="All feeds", target="/dashboard/"),), plain=literal(said),
    )  # fmt: skip


def _cannot_tell(healths: Sequence[FeedHealth]) -> str:
    feeds = "the only feed" if len(healths) == 1 else counted(len(healths), "feed")
    if all(one.has_not_run for one in healths):
        return f"I can't tell: of {feeds} there are no runs yet."
    return f"I can't tell: of {feeds} I know only the history, nothing live."


def _which_were(
    troubles: Sequence[FeedTroubles],
    healths: Mapping[str, FeedHealth],
    asked: Question,
    ended: int | None = None,
) -> Card:
    wanted = {str(one) for one in TROUBLE} if asked.wanted is Wanted.ANY else set(_OUTCOMES[asked.wanted])
    words = asked.window.words if asked.window else ""
    found = [(one, sum(n for what, n in one.counts.items() if what in wanted)) for one in troubles]
    if asked.times.is_never:
        return _which_never({one.feed for one, number in found if number}, healths, asked)
    least = max(asked.times.at_least, 1)
    found = sorted(((one, number) for one, number in found if number >= least), key=lambda pair: -pair[1])
    so_many = f"a {asked.wanted.value} run" if least == 1 else f"at least {least} {asked.wanted.value} runs"
    said = f"{counted(len(found), 'feed') if found else 'No feed'} had {so_many} {words}."
    if ended is not None:
        share = of_all(sum(number for _, number in found), ended)
        said = f"{share} of all runs. {said}" if ended else f"{said} No run ended then."
    if len(found) > _LINES:
        said += f" The {_LINES} with the most are shown."
    rows = tuple(
        (f"**{quote(one.feed)}**", str(number), quote(healths[one.feed].team if one.feed in healths else ""),
         moment(one.last_at, healths[one.feed].zone if one.feed in healths else "UTC"),
         healths[one.feed].state.words if one.feed in healths else "")
        for one, number in found[:_LINES]
    )  # fmt: skip
    return Card(
        title=f"{asked.wanted.value.capitalize()} {words}",
        lead=said,
        table=Table(columns=("Feed", "Times", "Owner", "Last", "Now"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{said} {', '.join(one.feed for one, _ in found[:_LINES])}",
    )


def _which_never(not_so: Collection[str], healths: Mapping[str, FeedHealth], asked: Question) -> Card:
    """Return the feeds that had no such run in a span; those without any run show none either."""
    words = asked.window.words if asked.window else ""
    found = [one for name, one in healths.items() if name not in not_so and not one.has_not_run]
    said = (
        f"{len(found) or 'None'} of {counted(len(healths), 'feed')} had no {asked.wanted.value} run {words}."
    )
    if len(found) > _LINES:
        said += f" {_LINES} of them are shown."
    rows = tuple((f"**{quote(one.name)}**", one.state.words, quote(one.team)) for one in found[:_LINES])
    return Card(
        title=f"Never {asked.wanted.value} {words}",
        lead=said,
        table=Table(columns=("Feed", "Now", "Owner"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{said} {', '.join(one.name for one in found[:_LINES])}",
    )


def _which_teams(
    troubles: Sequence[FeedTroubles], healths: Mapping[str, FeedHealth], asked: Question
) -> Card:
    """Return whose feeds had such runs in a span, the most of them first."""
    wanted = set(_OUTCOMES[asked.wanted])
    counts: dict[str, list[int]] = {}
    for one in troubles:
        number = sum(n for what, n in one.counts.items() if what in wanted)
        if number:
            team = healths[one.feed].team if one.feed in healths else ""
            counts.setdefault(team, []).append(number)
    least = asked.times.at_least
    counts = {team: numbers for team, numbers in counts.items() if sum(numbers) >= least}
    found = sorted(counts.items(), key=lambda pair: (-sum(pair[1]), pair[0]))
    words = asked.window.words if asked.window else ""
    so_many = f"a {asked.wanted.value} run" if least <= 1 else f"at least {least} {asked.wanted.value} runs"
    said = f"{counted(len(found), 'team') if found else 'No team'} had {so_many} {words}."
    rows = tuple(
        (quote(team or "nobody yet"), str(sum(some)), str(len(some))) for team, some in found[:_LINES]
    )
    return Card(
        title=f"{asked.wanted.value.capitalize()} {words}, by team", lead=said,
        table=Table(columns=("Team", "Runs", "Feeds"), rows=rows) if rows else None,
        links=(Link(label="All feeds", target="/dashboard/"),),
        plain=f"{said} {', '.join(team or 'nobody yet' for team, _ in found[:_LINES])}",
    )  # fmt: skip


def changed_card(
    what: Sequence[tuple[str, Sequence[str]]], words: str, about: str, kind: str = "", cut: str = ""
) -> Card:
    """Return what changed in a span, under headings; an empty heading is left out.

    Args:
        kind: Heading of the one kind that was asked for; empty: all of them were.
        cut: Heading of what there was more of than was looked at.
    """
    title = kind or "What changed"
    kept = [(heading, lines) for heading, lines in what if lines]
    name = md(" about **{name}**", name=about) if about else ""
    if not kept:
        said = f"Nothing that I know of changed{name} {words}: no configuration, plan, incident or alert."
        said = f"No {kind.lower().rstrip('s')} was opened or changed{name} {words}." if kind else said
        return Card(title=title, lead=said, plain=literal(said))
    said = (
        f"{words[:1].upper()}{words[1:]}{name}: "
        + in_series(
            [f"{head.lower()} ({len(lines):,}{' or more' if head == cut else ''})" for head, lines in kept]
        )
        + "."
    )
    sections = tuple(
        Section(heading=heading, text="\n".join(f"• {text}" for text in lines[:_LINES])
                + (f"\n… and {len(lines) - _LINES} more" if len(lines) > _LINES else ""))
        for heading, lines in kept
    )  # fmt: skip
    return Card(
        title=title, lead=said, sections=sections,
        links=(Link(label="The dashboard", target="/dashboard/"),), plain=literal(said),
    )  # fmt: skip
