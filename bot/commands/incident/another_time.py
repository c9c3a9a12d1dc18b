"""A follow-up that asks the same why of another time: "and the day before?", "was it slow yesterday too?".

It is one only where nothing but a time is said, beside small words and what the incident is about: "what did
the deploy of yesterday change?" asks for something else.
"""

import re
from datetime import datetime, timedelta

from bot.cards.model import Reply
from bot.commands.incident.incident_names import hours_asked_about
from bot.commands.incident.incident_subjects import begin, report_of
from bot.turn import Turn
from domain.clock.hour_words import past_time, without
from domain.clock.wall_clock import local
from domain.ids import FeedName
from domain.investigation.incidents import Incident, IncidentKind, Severity

_BEFORE = re.compile(
    r"(?i)\b(?:(?:the|a|an|one) )?(?:(?P<unit>day|night|hour|week) (?:before|earlier|prior)(?! yesterday)|"
    r"(?:previous|preceding) (?P<other>day|night|hour|week))\b"
)
_BACK = {
    "day": timedelta(days=1), "night": timedelta(days=1),
    "hour": timedelta(hours=1), "week": timedelta(weeks=1),
}  # fmt: skip
_WHOLE_DAY = timedelta(hours=12)
_WORD = re.compile(r"[\w']+")
_SMALL = re.compile(
    r"and|but|or|so|what|how|about|why|was|were|is|are|did|does|ha[sd]|been|its?|this|that|there|also|too|as|"
    r"well|then|same|the|like|already|again|even|slow|late|down|fail(?:ed|ing)?|wrong|bad|broken|trouble|"
    r"happen(?:ed)?|in|at|on|for|from|of|to|between|until|ok|okay|hm|please"
)


def why_at_another_time(turn: Turn, incident: Incident) -> Reply | None:
    """Ask why again, of the time that was said; None where something else was said."""
    text = turn.incoming.text
    said = _BEFORE.search(text)
    zone = _zone(turn, incident)
    hours = None if said else past_time(text, turn.now, zone)
    if said is None and hours is None:
        return None
    times = (said.group(),) if said else hours.said if hours else ()
    left = {word.lower() for word in _WORD.findall(without(text, times))}
    known = {word.lower() for word in _WORD.findall(f"{incident.about} {incident.title}")}
    if any(word not in known and not _SMALL.fullmatch(word) for word in left):
        return None
    when = _earlier(turn, incident, said, zone) if said else " ".join(reversed(times))
    turn.words = tuple(when.split())
    asked = hours_asked_about(turn, incident.about)
    if asked is None or asked.until >= turn.now:
        return None  # it is about now
    title = f"Why {_question(incident, turn.now, zone)} {' '.join(times)}?"
    begin(turn, IncidentKind.QUESTION, incident.about, title, Severity.SEV4, asked)
    return Reply()


def _zone(turn: Turn, incident: Incident) -> str:
    kind, _, name = incident.about.partition("/")
    watched = turn.uow.watched.find(FeedName(name)) if kind == "feed" else None
    return turn.tools.zone if watched is None else watched.feed.schedule.zone


def _earlier(turn: Turn, incident: Incident, said: re.Match[str], zone: str) -> str:
    """Return the time that lies before the one the incident looks at: of a feed or of a whole day a day."""
    unit = (said["unit"] or said["other"]).lower()
    asked, until = incident.asked_hours, incident.asked_until
    base = incident.began_at if asked is None else asked.since
    is_day = asked is not None and until is not None and until - asked.since >= _WHOLE_DAY
    if unit != "hour" and (is_day or incident.about.startswith("feed/")):
        return f"{local(zone, base - _BACK[unit]):%Y-%m-%d}"
    if asked is None and incident.report is not None:
        onset = report_of(turn, incident).diagnosis.onset
        base = datetime.fromtimestamp(onset, base.tzinfo) if onset > 0 else base
    return f"{local('UTC', base - _BACK[unit]):%Y-%m-%d %H:%M}Z"


def _question(incident: Incident, now: datetime, zone: str) -> str:
    """Return what was asked, without its own time and in the past."""
    name = incident.about.partition("/")[2] or "everything"
    if incident.kind is not IncidentKind.QUESTION:
        return f"was {name} in trouble"
    asked = re.sub(r"(?i)^why\b\s*", "", incident.title).rstrip(" ?")
    hours = past_time(asked, now, zone)
    asked = _BEFORE.sub("", without(asked, hours.said if hours else ()))
    past = {"is": "was", "are": "were", "does": "did"}
    first, _, rest = " ".join(asked.split()).partition(" ")
    return f"{past.get(first.lower(), first)} {rest}".strip() or f"was {name} in trouble"
