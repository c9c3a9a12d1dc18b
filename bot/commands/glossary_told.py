"""Tells what a word of this house means, with how it stands here where that helps."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from statistics import median

from bot.cards.model import Card
from bot.cards.text import literal
from bot.glossary_terms import FEED, INCIDENT, MTTR, SHADOW, STATE, TERMS
from bot.turn import Turn
from domain.counting import counted, lasting
from domain.investigation.incidents import IncidentKind
from domain.watch.feed_health import FeedHealth, Light

_SPAN = timedelta(days=90)
_MOST_INCIDENTS = 500


def tell_term(turn: Turn, name: str, healths: Sequence[FeedHealth]) -> None:
    """Tell a word's meaning, a figure of this house, and where more of it stands."""
    term = next(one for one in TERMS if one.names[0] == name)
    figure = _FIGURES.get(name)
    here = figure(turn, healths) if figure is not None else ""
    text = f"{term.text} {here}".strip()
    title = f"{name[:1].upper()}{name[1:]}"
    turn.say(
        Card(
            title=title,
            lead=text,
            footer=f"More of it: docs/{term.page}. *ask* in front of it asks the library.",
            plain=f"{title}: {literal(text)}",
        )
    )


def _states(_turn: Turn, healths: Sequence[FeedHealth]) -> str:
    if not healths:
        return ""
    each = Counter(one.state for one in healths)
    states = ", ".join(f"{each[light]} {light.words}" for light in Light)
    return f"Of {counted(len(healths), 'feed')} here: {states}."


def _in_shadow(_turn: Turn, healths: Sequence[FeedHealth]) -> str:
    hidden = sum(one.is_shadow for one in healths)
    return (
        f"Of {counted(len(healths), 'feed')} here {hidden} {'is' if hidden == 1 else 'are'}."
        if healths
        else ""
    )


def _open_incidents(turn: Turn, _healths: Sequence[FeedHealth]) -> str:
    open_ones = [one for one in turn.uow.incidents.every_open() if one.kind is IncidentKind.INCIDENT]
    return f"{counted(len(open_ones), 'incident')} {'is' if len(open_ones) == 1 else 'are'} open here."


def _time_to_repair(turn: Turn, _healths: Sequence[FeedHealth]) -> str:
    """Return how long incidents took that were resolved lately: their mean, and the middle one."""
    every = turn.uow.incidents.newest(_MOST_INCIDENTS)
    took = [
        (one.resolved_at - one.began_at).total_seconds() / 60
        for one in every
        if one.kind is IncidentKind.INCIDENT
        and one.resolved_at is not None
        and one.resolved_at >= turn.now - _SPAN
    ]
    if not took:
        return "Here no incident was resolved in the last 90 days."
    mean, middle = lasting(sum(took) / len(took)), lasting(median(took))
    many = counted(len(took), "incident")
    return f"Here {many} of the last 90 days took {mean} in the mean; half of them {middle} at most."


_FIGURES: Mapping[str, Callable[[Turn, Sequence[FeedHealth]], str]] = {
    STATE: _states,
    FEED: _states,
    SHADOW: _in_shadow,
    INCIDENT: _open_incidents,
    MTTR: _time_to_repair,
}
