"""Read what people say of a feed itself beside its sample: `this is daily at 6:30`, `owner team-fx`.

As with columns, a sentence is understood as a whole or not at all: *daily numbers are late* says nothing.
"""

import re
from collections.abc import Callable

from config_gen.questions import ON_ARRIVAL
from domain.configuration.corrections import CorrectionKind as Kind

USUAL_CRON = "0 6 * * 1-5"
_FEED = r"(?:it|this|that|the (?:feed|file)|this (?:feed|file))"
_COMES = "is|comes|comes in|arrives|runs|lands|is (?:loaded|sent|delivered)|gets (?:loaded|sent|delivered)"
_WE_GET = "it's|we (?:get|receive) (?:it|this|them)|(?:es |die datei )?kommt"
_IT = rf"(?:(?:{_FEED} (?:{_COMES})|{_WE_GET}) )?"
_CLOCK = (
    r"(?=at \d|by \d|um \d|\d{1,2}[:.h]\d|\d{1,2} ?(?:am|pm|uhr)\b)(?:at |by |um )?"
    r"(?P<hour>[01]?\d|2[0-3])(?:[:.h](?P<minute>[0-5]\d))?(?: ?(?P<half>am|pm|uhr|o'clock))?"
)
_DAYS = {
    **dict.fromkeys(("daily", "every day", "each day", "once a day", "täglich", "jeden tag"), "*"),
    **dict.fromkeys(
        (
            "every weekday",
            "on weekdays",
            "weekdays",
            "every working day",
            "every business day",
            "werktags",
            "each weekday",
            "each business day",
            "jeden werktag",
            "jeden arbeitstag",
            "an werktagen",
        ),
        "1-5",
    ),
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("sunday sonntag", "monday montag", "tuesday dienstag", "wednesday mittwoch", "thursday donnerstag",
         "friday freitag", "saturday samstag")
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = "|".join(_WEEKDAYS)
_WHEN = (
    rf"(?P<days>{'|'.join(_DAYS)})|(?:weekly on|every|each|jeden|wöchentlich am) (?P<weekday>{_WEEKDAY})s?"
)
_MONTHLY = (
    r"(?:monthly|every month|once a month|monatlich)(?: on the (?P<date>[12]?\d|3[01])(?:st|nd|rd|th))?"
)
_DAILY = re.compile(rf"{_IT}(?:{_WHEN}|(?P<monthly>{_MONTHLY}))(?:,? {_CLOCK})?")
_CLOCK_FIRST = re.compile(rf"{_IT}{_CLOCK} (?:{_WHEN}|(?P<monthly>{_MONTHLY}))")
_OFTEN = re.compile(rf"{_IT}(?:hourly|every hour|stündlich|every (?P<minutes>5|10|15|20|30) minutes)")
_ARRIVAL = re.compile(rf"{_IT}(?:loaded )?(?:on|upon) arrival")
_TEAM = r"(?P<team>[A-Za-z][\w-]{1,39})"
_OWNER = re.compile(
    r"(?:(?:the )?(?:owner|owning team)(?: is|:|=)?|(?:it |this |the feed )?(?:is )?owned by"
    rf"|(?:it|this) belongs to) (?:the )?(?:team )?{_TEAM}(?: team)?"
)
_TEAM_OWNS = re.compile(
    rf"(?:the )?(?:team {_TEAM}|(?P<other>[A-Za-z][\w-]{{1,39}}) team) owns (?:it|this|the feed)"
)
_NO_TEAM = frozenset(
    """
    text number integer decimal date unknown missing wrong empty away me us you him her them nobody none not
    no here there ill sick late asleep on off back gone still also optional personal required unclear tbd team
    the our my your their
    aware happy busy fine ok okay good bad right correct new old responsible different available sure
    unsure clear done ready free open same online offline already again now today tomorrow yesterday
    soon later probably maybe says said knows wants asks told has had was were will would can could may
    might must does did is are agrees approves confirms needs sent thinks thought gave got took made
    wrote left went came id name names column columns field fields code key keys mail email contact
    address changing waiting asking checking looking working reviewing going leaving moving pending
    thinking
    """.split()  # noqa: SIM905  words, not strings
)
"""What people say of an owner, or of a column of owners; what ends in *ed* is such a word, too."""
_CRITICALITY = re.compile(
    r"(?:(?:the )?criticality(?: is|:|=)? (?P<level>low|normal|high|critical)"
    r"|(?:the|this) feed is (?P<said>critical))"
)
_CLASS = re.compile(
    r"(?:it|this|the (?:feed|file|data)|classification)(?: is|:|=)?"
    r" (?P<level>internal|confidential|restricted)"
)


def read_setting(text: str, cron: str = "") -> tuple[Kind, str] | None:
    """Return which setting of the feed a sentence speaks of and what it says, None where it speaks of none.

    Args:
        text: One sentence, without manners.
        cron: How the feed is loaded now; its clock stays where only the days are said.
    """
    lowered = " ".join(text.lower().split())
    said = _schedule(lowered, cron or USUAL_CRON)
    if said:
        return Kind.SCHEDULE, said
    for kind, read in _READERS:
        if found := read(text, lowered):
            return kind, found
    return None


def _schedule(text: str, cron: str) -> str:
    if _ARRIVAL.fullmatch(text):
        return ON_ARRIVAL
    often = _OFTEN.fullmatch(text)
    if often is not None:
        return f"*/{often['minutes']} * * * *" if often["minutes"] else "0 * * * *"
    found = _DAILY.fullmatch(text) or _CLOCK_FIRST.fullmatch(text)
    if found is None:
        return ""
    parts = cron.split()
    once_a_day = len(parts) == 5 and parts[0].isdecimal() and parts[1].isdecimal()
    minute, hour = (parts[0], parts[1]) if once_a_day else tuple(USUAL_CRON.split()[:2])
    if found["hour"]:
        minute, hour = str(int(found["minute"] or 0)), _hour(int(found["hour"]), found["half"] or "")
        if not hour:
            return ""
    if found["monthly"]:
        return f"{minute} {hour} {found['date'] or '1'} * *"
    day = _DAYS[found["days"]] if found["days"] else str(_WEEKDAYS[found["weekday"]])
    return f"{minute} {hour} * * {day}"


def _hour(hour: int, half: str) -> str:
    """Return the hour of 24, empty for one that no clock of twelve has."""
    if half not in ("am", "pm"):
        return str(hour)
    return str(hour % 12 + 12 * (half == "pm")) if 1 <= hour <= 12 else ""


def _owner(text: str, lowered: str) -> str:
    found = _OWNER.fullmatch(text) or _OWNER.fullmatch(lowered)
    if found is not None:
        team = found["team"]
    else:
        owns = _TEAM_OWNS.fullmatch(text)
        team = (owns["team"] or owns["other"]) if owns is not None else ""
    is_called_so = "team" in lowered.split()
    talk = "belongs to" in lowered or re.fullmatch(r"[a-z]{2,}ed", team.lower()) is not None
    return "" if team.lower() in _NO_TEAM or (talk and not is_called_so) else team


def _criticality(_text: str, lowered: str) -> str:
    found = _CRITICALITY.fullmatch(lowered)
    return (found["level"] or found["said"]) if found is not None else ""


def _classification(_text: str, lowered: str) -> str:
    found = _CLASS.fullmatch(lowered)
    return found["level"] if found is not None else ""


_READERS: tuple[tuple[Kind, Callable[[str, str], str]], ...] = (
    (Kind.OWNER, _owner),
    (Kind.CRITICALITY, _criticality),
    (Kind.CLASSIFICATION, _classification),
)
