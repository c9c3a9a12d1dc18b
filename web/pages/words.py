"""How figures and moments read on a page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from markupsafe import Markup

from domain.clock.wall_clock import clock_in, local, moment_in
from domain.counting import counted
from domain.investigation.incidents import Severity
from domain.watch.feed_health import FeedHealth, Light, Neighbour
from web.pages.ahead import hours_scale, lane
from web.pages.hands import helps, hushed, shade, stands, whose
from web.pages.headline import spoken
from web.pages.incidents import OpenIncident

_NONE = "\u2013"
_SIGNS = {Light.RED: "▲", Light.YELLOW: "◆", Light.GREEN: "●", Light.GREY: "○"}


def light(state: Light, has_not_run: bool = False) -> Markup:
    """Return a light as sign and word: nobody has to see its colour."""
    return Markup('<span class="light {}"><span aria-hidden="true">{}</span> {}</span>').format(
        state.value, _SIGNS[state], word(state, has_not_run)
    )


def sign(state: Light) -> str:
    """Return the sign of a light."""
    return _SIGNS[state]


def word(state: Light, has_not_run: bool = False) -> str:
    """Return the word of a light; of a feed that has not run there is no news to miss."""
    return "no runs yet" if state is Light.GREY and has_not_run else state.words


def moment(at: datetime | None, zone: str = "UTC") -> Markup | str:
    """Return a moment, to the minute, in a zone that it names; a dash when there is none."""
    if at is None:
        return _NONE
    return _time(at, moment_in(zone, at))


def clock(at: datetime, zone: str = "UTC") -> Markup:
    """Return a time of day that is near, in a zone that it names."""
    return _time(at, clock_in(zone, at))


def _time(at: datetime, words: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(f"{local('UTC', at):%Y-%m-%dT%H:%MZ}", words)


def percent(share: float | None) -> str:
    """Return a share as percent; a dash when there is none."""
    return _NONE if share is None else f"{share:.0%}"


def chance(one: FeedHealth | Neighbour) -> Markup | str:
    """Return how likely a feed is in trouble within the hour; where it is already, that it is."""
    if one.state is Light.RED:
        return "now"
    return Markup('{}<span class="visually-hidden"> chance of trouble</span>').format(
        percent(one.probability)
    )


def minutes(value: float | int | None) -> str:
    """Return minutes as people say them; a dash when there are none."""
    if value is None:
        return _NONE
    whole = round(value)
    if whole < 120:
        return f"{whole} min"
    return f"{whole / 60:.1f} h" if whole < 2880 else f"{whole / 1440:.1f} days"


def count(value: int | None) -> str:
    """Return a number with commas between thousands, as the chat writes it; a dash when there is none."""
    return _NONE if value is None else f"{value:,}"


def team(name: str) -> str:
    """Return whose a feed is: with the word before it, unless the name says it already."""
    if not name:
        return "team unknown"
    return name if name.casefold().startswith("team") else f"team {name}"


def gravity(severity: Severity) -> str:
    """Return the colour of an open incident."""
    return {Severity.SEV1: "red", Severity.SEV2: "red", Severity.SEV3: "yellow"}.get(severity, "grey")


def graveness(incident: OpenIncident) -> Markup:
    """Return how grave an open incident is, as a word in its colour."""
    return Markup('<span class="light {}">{}</span>').format(
        gravity(incident.severity), incident.severity.value.upper()
    )


def sentence(text: str) -> str:
    """Return a text that begins like a sentence."""
    return text[:1].upper() + text[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    "light": light,
    "sign": sign,
    "word": word,
    "moment": moment,
    "clock": clock,
    "hours_scale": hours_scale,
    "lane": lane,
    "shade": shade,
    "gravity": gravity,
    "graveness": graveness,
    "percent": percent,
    "chance": chance,
    "minutes": minutes,
    "count": count,
    "whose": whose,
    "hushed": hushed,
    "stands": stands,
    "counted": counted,
    "team": team,
    "helps": helps,
    "sentence": sentence,
    "spoken": spoken,
}
